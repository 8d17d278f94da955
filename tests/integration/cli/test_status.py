"""`winback status`: what ops see, and what a watching program reads."""

from __future__ import annotations

from datetime import timedelta

from integration.runtime import wall_clock
from integration.store import crms, deliveries, pulse
from integration.store.deliveries import Arrival
from integration.store.engine import begin, connect
from integration.store.locks import only_process
from tests import worlds
from tests.integration.cli.conftest import Desk


def test_a_store_that_does_not_exist_is_said_and_not_made(desk: Desk) -> None:
    missing = desk.config.parent / "elsewhere.db"
    result = desk("status", DATABASE_URL=f"sqlite:///{missing}")
    assert result.exit_code == 2
    assert "there is no store at" in result.stderr
    assert not missing.exists()


def test_an_address_without_a_database_behind_it_is_refused_without_its_password(
    desk: Desk,
) -> None:
    result = desk("status", DATABASE_URL="mysql://ann:hidden@db/winback")
    assert result.exit_code == 2
    assert "sqlite:///winback.db" in result.stderr
    assert "hidden" not in result.stderr


def test_a_healthy_crm_with_all_of_its_losses_written(each_desk: Desk) -> None:
    worlds.provision(each_desk.url, each_desk.config)
    worlds.salesforce_losses(each_desk.sandbox.salesforce, 2)
    each_desk.once()
    result = each_desk("status", "--json")
    sales = each_desk.json("status")["crms"]["sales"]
    assert result.exit_code == 0
    assert (sales["health"], sales["pending"], sales["held"]) == ("green", 0, 0)
    assert (sales["parked"], sales["oldest_due_at"]) == ([], None)
    assert sales["cursor_at"] == min(sales["streams"].values())
    assert sales["losses"] == {"customer": 2, "deal": 0, "prospect": 0}
    assert sales["recoveries"] == {"open": 2}
    assert sales["tasks"] == {"waiting": 0, "written": 6}


def test_without_a_rule_file_the_store_knows_its_crms(desk: Desk) -> None:
    desk.once()
    desk.config.unlink()
    result = desk("status", "--json", WINBACK_CONFIG="")
    assert result.exit_code == 0
    assert '"sales"' in result.stdout


def test_a_crm_that_nobody_contacted_yet_is_shown(desk: Desk) -> None:
    desk.rules(crms=("sales", "hub"))
    assert "hub  ● not contacted yet" in desk("status").stdout


def test_what_could_not_be_written_stands_on_the_screen_with_what_to_do(desk: Desk) -> None:
    worlds.salesforce_losses(desk.sandbox.salesforce, 5)
    desk.once()
    result = desk("status")
    words = " ".join(result.stdout.replace("│", " ").split())
    assert result.exit_code == 4
    assert "5 customers lost" in words
    assert "15 open in the CRM" in words
    assert words.count("PARKED") == 2  # ten rows, one sentence for each record type
    assert "and 2 more" in words
    assert "`winback requeue --crm sales` sends 10 rows again" in words


def test_refused_credentials_show_as_red(desk: Desk) -> None:
    desk.once()
    desk.sandbox.salesforce.sessions.client_secret = "another"
    desk.once()
    result = desk("status")
    assert result.exit_code == 3
    assert "in trouble" in result.stdout
    assert "refused the log-in" in result.stdout


def test_a_clock_that_stopped_faults_of_ours_and_refused_deliveries_are_told(desk: Desk) -> None:
    desk.once()
    assert "ticked" not in desk("status").stdout  # `once` needs no clock
    engine, now = connect(desk.url), wall_clock()
    pulse.tick(engine, now - timedelta(hours=2))
    with begin(engine) as connection:
        crms.fault(connection, "sales")
        refused = Arrival("sales", "Flow callout", now, refused="X-Winback-Secret is wrong")
        deliveries.note(connection, [refused])
    engine.dispose()
    shown = " ".join(desk("status").stdout.replace("│", " ").split())
    assert "The clock last ticked 2 hours ago" in shown
    assert "FAULT 1 round in a row failed inside winback" in shown
    assert "REFUSED Flow callout just now: X-Winback-Secret is wrong." in shown
    told = desk.json("status")
    assert told["crms"]["sales"]["faults"] == 1
    assert told["clock"]["ticked_at"].startswith(str((now - timedelta(hours=2)).date()))


def test_who_is_missing_in_a_deployment_of_several_processes(desk: Desk, postgres_url: str) -> None:
    desk.url = postgres_url
    desk.once()
    assert desk.json("status")["processes"] == []
    engine, now = connect(desk.url), wall_clock()
    pulse.tick(engine, now)
    pulse.work(engine, now - timedelta(hours=2))
    missing = "The last sign of a worker came 2 hours ago: nothing is worked on."
    assert missing in desk("status").stdout
    told = desk.json("status")
    assert told["processes"] == [f"{missing} Start `winback worker`."]
    assert told["workers"]["seen_at"].startswith(str((now - timedelta(hours=2)).date()))
    doctor = desk("doctor")
    assert doctor.exit_code == 2
    assert missing in " ".join(doctor.stdout.replace("│", " ").split())
    with only_process(desk.url, engine):  # which does the work itself
        assert desk.json("status")["processes"] == []
    engine.dispose()


def test_an_unknown_crm_is_refused_with_the_nearest_name(desk: Desk) -> None:
    result = desk("status", "--crm", "slaes")
    assert result.exit_code == 2
    assert result.stderr == 'no CRM is called "slaes"; did you mean "sales"?\n'


def test_a_faulty_rule_file_ends_with_its_faults(desk: Desk) -> None:
    desk.config.write_text("[company]\nnam = 1\n")
    result = desk("status")
    assert result.exit_code == 2
    assert f"{desk.config}:2: company.nam" in result.stderr


def test_the_last_delivery_of_each_push_channel_is_shown(desk: Desk) -> None:
    desk.once()
    engine, now = connect(desk.url), wall_clock()
    with begin(engine) as connection:
        taken = Arrival("sales", "outbound message", now - timedelta(minutes=3, seconds=30))
        refused = Arrival("sales", "Flow callout", now, refused="X-Winback-Secret is wrong")
        deliveries.note(connection, [taken, refused])
    engine.dispose()
    assert "outbound message 3 minutes ago" in desk("status").stdout
    told = desk.json("status")["crms"]["sales"]["deliveries"]
    assert told["outbound message"]["accepted_at"] == taken.at.isoformat()
    assert told["outbound message"]["refused_at"] is None
    assert told["Flow callout"]["refused_because"] == "X-Winback-Secret is wrong"
