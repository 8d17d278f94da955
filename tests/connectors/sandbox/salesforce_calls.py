"""Calls to a sandbox org as a client makes them, for the tests beside this file."""

from __future__ import annotations

from typing import Any

import requests

from connectors.sandbox.server import Sandbox

CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "sandbox",
    "client_secret": "sandbox",
}


class Caller:
    """A logged-in client of the sandbox's org."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.org = sandbox.salesforce
        self.url = sandbox.salesforce_url
        self.session = requests.Session()
        answer = requests.post(f"{self.url}/services/oauth2/token", data=CREDENTIALS, timeout=5)
        self.user_id = str(answer.json()["id"]).rsplit("/", 1)[1]
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.url}/services/data/v67.0/{path}"
        return self.session.request(method, url, timeout=10, **more)

    def query(self, text: str) -> list[dict[str, Any]]:
        records = self("GET", "query", params={"q": text}).json()["records"]
        for record in records:
            del record["attributes"]
        return list(records)

    def refusal(self, text: str) -> str:
        """The error code with which a query is refused."""
        answer = self("GET", "query", params={"q": text})
        assert answer.status_code == 400
        return str(answer.json()[0]["errorCode"])

    def upsert(self, records: list[dict[str, Any]], key: str, all_or_none: bool = False) -> Any:
        typed = [{"attributes": {"type": "Task"}, **record} for record in records]
        body = {"allOrNone": all_or_none, "records": typed}
        return self("PATCH", f"composite/sobjects/Task/{key}", json=body).json()

    def update(self, type: str, *records: dict[str, Any], all_or_none: bool = False) -> Any:
        typed = [{"attributes": {"type": type}, **record} for record in records]
        body = {"allOrNone": all_or_none, "records": typed}
        return self("PATCH", "composite/sobjects", json=body).json()


def codes(results: list[dict[str, Any]]) -> list[str]:
    """The first error's code of each row, "" where it went well."""
    return ["" if one["success"] else one["errors"][0]["statusCode"] for one in results]
