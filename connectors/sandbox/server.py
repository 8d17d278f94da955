"""The sandbox's HTTP server: two sockets on loopback, one world.

HTTP/1.1 with keep-alive; the `Date` header tells the sandbox's clock. Planned faults strike
here, so that neither CRM knows of them.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from connectors.sandbox.control import Control
from connectors.sandbox.exchange import Exchange
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.listener import Listener
from connectors.sandbox.salesforce.crm import SalesforceOrg
from connectors.sandbox.world import World


class Sandbox:
    """Both CRMs, running. `salesforce` and `hubspot` are their states, for tests and the demo."""

    def __init__(self, port: int = 0, data: Path | None = None, latency: float = 0.0) -> None:
        self.world = World(latency)
        self.salesforce = SalesforceOrg(self.world)
        self.hubspot = HubSpotPortal(self.world)
        self._data = data
        self._load()
        control = Control(self)
        self._listeners = (
            Listener(Exchange, port, self.salesforce, self.world, control),
            Listener(Exchange, port + 1 if port else 0, self.hubspot, self.world, control),
        )
        self.salesforce.base_url = self.salesforce_url
        for listener in self._listeners:
            listener.begin()

    def _load(self) -> None:
        if self._data is not None:
            self.salesforce.load(self._data)
            self.hubspot.load(self._data)

    def reset(self) -> None:
        """As it was at the start. The portal is a new one: ask for `hubspot` again."""
        with self.world.lock:
            self.world.restart()
            self.salesforce.reset()
            self.hubspot = HubSpotPortal(self.world)
            self._listeners[1].crm = self.hubspot
            self._load()

    @property
    def salesforce_url(self) -> str:
        return self._listeners[0].url

    @property
    def hubspot_url(self) -> str:
        return self._listeners[1].url

    def close(self) -> None:
        for listener in self._listeners:
            listener.end()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start(port: int = 0, data: Path | None = None, latency: float = 0.0) -> Sandbox:
    """Start both CRMs on loopback: Salesforce on `port`, HubSpot on the next; 0 takes any.

    `data` is a folder of CSV files to begin with, `latency` seconds added to every API call.
    """
    return Sandbox(port, data, latency)
