"""The sandbox org answers as a real org did, request by request.

Compared: status, keys, types, values, the order of rows, error codes and sentences, of creating,
changing and upserting in collections (by e-mail and by id), one record at a time, queries with a
child query and an aggregate, and composite calls with and without errors.

Not compared: what the sandbox answers with 501 (record counts, Bulk API, Apex and package calls
of the Tooling API), a composite part with `If-Modified-Since`, record types, what only that org
has (its users, its Organization), GitHub's log-in, and the cassettes `TestSelect`, whose answers
were written by hand: their rows carry the ids of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.salesforce.webhooks import full_id
from connectors.sandbox.salesforce.building import choice
from connectors.sandbox.salesforce.ids import full
from connectors.sandbox.salesforce.org import Org
from connectors.sandbox.server import start
from tests.connectors.recorded.cassettes import Exchange, ids_in, story
from tests.connectors.recorded.replay import Replay
from tests.connectors.sandbox.salesforce_calls import Caller

BULK, HTTP, COUNTS = "tasks/bulkdata", "utils/http", "utils/salesforce"
OF_THAT_ORG_ALONE = ("limits/recordCount", "sobjects/Organization")


def nothing(org: Org) -> None:
    """The story begins in an empty org."""


def six_accounts(org: Org) -> None:
    for number in (4, 0, 5, 1, 3, 2):
        org.create("Account", {"Name": f"Account {number}"})


def cleaned_accounts(org: Org) -> None:
    """That org had a field of Data.com's."""
    account = org.schema.object("Account")
    assert account is not None
    account.add(choice("CleanStatus", "Pending"))


def seventeen_accounts(org: Org) -> None:
    for number in range(17):
        org.create("Account", {"Name": f"Account {number}"})


STORIES: dict[tuple[str, str], Callable[[Org], None]] = {
    (BULK, "TestUpsert.test_simple_upsert__rest"): nothing,
    (BULK, "TestUpsert.test_upsert__rest"): nothing,
    (BULK, "TestUpsert.test_upsert_complex_external_id_field__rest"): nothing,
    (BULK, "TestUpsert.test_upsert_complex_external_id_field_rest__duplicate_error"): nothing,
    (BULK, "TestUpdatesIntegrationTests.test_updates_task"): six_accounts,
    (COUNTS, "TestCountSObjects.test_count_sobjects_simple"): seventeen_accounts,
    (COUNTS, "TestCountSObjects.test_count_sobjects__errors"): seventeen_accounts,
    (HTTP, "TestCompositeParallelSalesforce.test_composite_parallel_salesforce"): nothing,
    (HTTP, "TestCompositeParallelSalesforce.test_errors"): nothing,
    (HTTP, "TestCompositeParallelSalesforce.test_reference_ids"): nothing,
}


@pytest.fixture(scope="module")
def caller() -> Iterator[Callable[[], Caller]]:
    with start() as sandbox:

        def fresh() -> Caller:
            sandbox.salesforce.records.tables.clear()
            return Caller(sandbox)

        yield fresh


def compared(exchanges: list[Exchange]) -> list[Exchange]:
    return [one for one in exchanges if not one.resource.startswith(OF_THAT_ORG_ALONE)]


@pytest.mark.parametrize(("folder", "name"), STORIES)
def test_a_story_goes_as_it_was_recorded(
    folder: str, name: str, caller: Callable[[], Caller]
) -> None:
    logged_in = caller()
    STORIES[folder, name](logged_in.org)
    replay = Replay(logged_in)
    told = compared(story(folder, name))
    assert told
    for exchange in told:
        assert replay.differences(exchange) == [], (exchange.method, exchange.path)


def test_a_count_before_and_after_a_collection(caller: Callable[[], Caller]) -> None:
    told = story("core", "TestDatasetsE2E.test_datasets_e2e")
    counts = [one for one in told if one.soql.startswith("select count(Id)")]
    before, after = sorted(counts, key=lambda one: one.answer["records"][0]["expr0"])
    [written] = [one for one in told if one.method == "POST"]
    logged_in = caller()
    cleaned_accounts(logged_in.org)
    replay = Replay(logged_in)
    for exchange in (before, written, after):
        assert replay.differences(exchange) == []


def test_the_comparison_sees_what_differs(caller: Callable[[], Caller]) -> None:
    logged_in = caller()
    replay = Replay(logged_in)
    told = story(BULK, "TestUpdatesIntegrationTests.test_updates_task")
    asked = next(one for one in told if one.soql)
    assert sorted(replay.differences(asked)) == [
        ".records: 6 of them, in the sandbox 0",
        ".totalSize: 6, in the sandbox 0",
    ]


def test_ids_have_the_checksum_that_real_ones_have() -> None:
    ids = {
        id
        for folder, name in STORIES
        for exchange in story(folder, name)
        for id in ids_in(exchange.answer)
    }
    assert len(ids) > 50
    for id in ids:
        assert full(id[:15]) == full_id(id[:15]) == id
