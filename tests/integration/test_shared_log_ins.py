"""One log-in for all processes on a PostgreSQL, whatever becomes of the one that makes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from connectors.errors import CredentialsRefused, CrmError, Unavailable
from connectors.log_ins import Credentials
from connectors.salesforce.auth import LogInRefused
from integration.shared_log_ins import SharedLogIns
from integration.store.engine import begin, connect
from integration.store.tables import log_ins

PROCESSES = 4
WAIT = timedelta(seconds=0.5)
LONG = timedelta(seconds=30)
OURS = Credentials(("sales", "https://acme.my.salesforce.com", "app"), "s3cret")
OTHERS = Credentials(OURS.names, "another secret")


@dataclass
class Org:
    """Gives numbered tokens, slowly; `failure` instead where there is one."""

    seconds: float = 0.0
    failure: BaseException | None = None
    given: list[str] = field(default_factory=list)
    asked: int = 0

    def log_in(self) -> str:
        self.asked += 1
        number = self.asked
        time.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        self.given.append(f"token {number}")
        return self.given[-1]


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = connect(postgres_url, connections=PROCESSES + 1)
    yield engine
    engine.dispose()


def process(engine: Engine, wait: timedelta = LONG) -> SharedLogIns:
    return SharedLogIns(engine, "sales", wait=wait)


def race(asks: list[Callable[[], str]]) -> list[str | BaseException]:
    ready = threading.Barrier(len(asks))

    def one(ask: Callable[[], str]) -> str | BaseException:
        ready.wait()
        try:
            return ask()
        except CrmError as error:
            return error

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(one, asks))


@contextmanager
def stuck(
    engine: Engine, wait: timedelta, said: str = "the late one"
) -> Iterator[tuple[threading.Event, Future[str]]]:
    """A process that stands still in its log-in until the event; what it got then."""
    standing, go_on = threading.Event(), threading.Event()

    def log_in() -> str:
        standing.set()
        assert go_on.wait(30)
        return said

    with ThreadPoolExecutor(1) as thread:
        late = thread.submit(process(engine, wait).token, OURS, log_in)
        assert standing.wait(30)
        try:
            yield go_on, late
        finally:
            go_on.set()


def test_all_who_have_none_share_one_log_in(engine: Engine) -> None:
    org = Org(seconds=0.2)
    asks = [lambda: process(engine).token(OURS, org.log_in)] * PROCESSES
    assert race(asks) == ["token 1"] * PROCESSES
    assert org.asked == 1


def test_all_who_were_refused_the_same_token_share_the_next_one(engine: Engine) -> None:
    org = Org(seconds=0.2)
    first = process(engine).token(OURS, org.log_in)
    asks = [lambda: process(engine).token(OURS, org.log_in, refused=first)] * PROCESSES
    assert race(asks) == ["token 2"] * PROCESSES
    assert process(engine).token(OURS, org.log_in, refused=first) == "token 2"  # who comes late too
    assert org.asked == 2


@pytest.mark.parametrize("failure", [CredentialsRefused("no"), Unavailable("not now")])
def test_all_who_wait_share_a_failure_and_who_comes_later_asks_anew(
    engine: Engine, failure: CrmError
) -> None:
    org = Org(seconds=0.5, failure=failure)
    got = race([lambda: process(engine).token(OURS, org.log_in)] * PROCESSES)
    assert [(type(one), str(one)) for one in got] == [(type(failure), str(failure))] * PROCESSES
    assert org.asked == 1
    org.failure = None
    assert process(engine).token(OURS, org.log_in) == "token 2"


def test_what_an_org_says_of_a_refused_log_in_is_not_kept(engine: Engine) -> None:
    org = Org(failure=LogInRefused("refused: Ms Bauer has left", "refused"))
    with pytest.raises(LogInRefused):
        process(engine).token(OURS, org.log_in)
    with engine.connect() as connection:
        assert connection.execute(sa.select(log_ins.c.sentence)).scalar() == "refused"


def test_who_is_killed_or_stopped_in_mid_log_in_holds_nobody_up_for_long(engine: Engine) -> None:
    org = Org()
    with stuck(engine, WAIT) as (go_on, late):
        began = time.monotonic()
        asks = [lambda: process(engine).token(OURS, org.log_in)] * PROCESSES
        assert race(asks) == ["token 1"] * PROCESSES
        assert 0 < time.monotonic() - began < WAIT.total_seconds() + 5
        assert org.asked == 1
        go_on.set()
        assert late.result(30) == "the late one"  # good for who got it
        assert process(engine).token(OURS, org.log_in) == "token 1"


def test_a_late_refusal_takes_nothing_from_who_went_on(engine: Engine) -> None:
    org = Org()
    late = Org(seconds=1.0, failure=CredentialsRefused("the grant was revoked just then"))
    with ThreadPoolExecutor(1) as thread:
        refused = thread.submit(process(engine, WAIT).token, OURS, late.log_in)
        while not late.asked:
            time.sleep(0.01)
        assert process(engine).token(OURS, org.log_in) == "token 1"
        assert isinstance(refused.exception(30), CredentialsRefused)
    assert process(engine).token(OURS, org.log_in) == "token 1"


def test_a_log_in_that_takes_longer_than_others_wait_is_kept_even_so(engine: Engine) -> None:
    """Where an org answers slowly, those who come later find a token all the same."""
    with stuck(engine, timedelta(0), "the first") as (first_goes_on, first):
        with stuck(engine, timedelta(0), "the second") as (_, second):
            first_goes_on.set()
            assert first.result(30) == "the first"
            assert process(engine).token(OURS, Org().log_in) == "the first"
        assert second.result(30) == "the second"
    assert process(engine).token(OURS, Org().log_in) == "the first"


def test_a_log_in_that_broke_off_is_made_by_who_waits(engine: Engine) -> None:
    broken = Org(seconds=0.3, failure=KeyboardInterrupt())
    org = Org()
    with ThreadPoolExecutor(1) as thread:
        ended = thread.submit(process(engine).token, OURS, broken.log_in)
        while not broken.asked:
            time.sleep(0.01)
        began = time.monotonic()
        assert process(engine).token(OURS, org.log_in) == "token 1"
        assert time.monotonic() - began < LONG.total_seconds() / 2
        assert isinstance(ended.exception(30), KeyboardInterrupt)


def test_other_credentials_wait_for_nobody_and_share_nothing(engine: Engine) -> None:
    org = Org()
    with stuck(engine, LONG):
        began = time.monotonic()
        assert process(engine).token(OTHERS, org.log_in) == "token 1"
        assert time.monotonic() - began < LONG.total_seconds() / 2
    assert process(engine).token(OTHERS, org.log_in) == "token 1"  # whatever the late one brought
    assert process(engine).token(OURS, org.log_in) == "token 2"


def test_a_kept_token_that_cannot_be_read_is_none(engine: Engine) -> None:
    org = Org()
    process(engine).token(OURS, org.log_in)
    with begin(engine) as connection:
        connection.execute(sa.update(log_ins).values(token="spoilt"))
    assert process(engine).token(OURS, org.log_in) == "token 2"
    assert process(engine).token(OURS, org.log_in) == "token 2"


def test_nobody_waits_for_a_clock_that_was_set_back(engine: Engine) -> None:
    with stuck(engine, LONG):
        with begin(engine) as connection:
            tomorrow = sa.func.now() + timedelta(days=1)
            connection.execute(sa.update(log_ins).values(until=tomorrow))
        began = time.monotonic()
        assert process(engine).token(OURS, Org().log_in) == "token 1"
        assert time.monotonic() - began < LONG.total_seconds() / 2


def test_each_crm_has_its_own(engine: Engine) -> None:
    org = Org()
    assert process(engine).token(OURS, org.log_in) == "token 1"
    assert SharedLogIns(engine, "emea").token(OURS, org.log_in) == "token 2"
