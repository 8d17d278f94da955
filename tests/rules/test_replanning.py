"""What becomes of an open recovery when rules are published: its plan, chosen anew."""

from __future__ import annotations

from dataclasses import replace

from rules.case import Case
from rules.decide import decide
from rules.model import Owner
from rules.people import Assign, AssignTo
from rules.playbook import Playbook, PlaybookTask
from rules.replanning import replanned
from rules.rulebook import Rulebook
from tests.rules.cases import ANN, TODAY, case, eva, lost, remembered, rules, won

OLD = Playbook("call", tasks=(PlaybookTask("listen", "Call"), PlaybookTask("write", "Write")))
NEW = Playbook("visit", tasks=(PlaybookTask("listen", "Call"), PlaybookTask("visit", "Go there")))
OLD_RULES = rules(playbooks=(OLD,))


def under_way() -> Case:
    known = case(won("1", 400), lost("2", 3), contacts=(eva(),))
    known = remembered(known, decide(known, Rulebook(OLD_RULES, 7), TODAY))
    return replace(known, recoveries=tuple(replace(r, revision=7) for r in known.recoveries))


def book(*playbooks: Playbook) -> Rulebook:
    return Rulebook(rules(playbooks=playbooks), revision=8, earlier={(7, "call"): OLD})


def test_only_what_differs_is_closed_and_made() -> None:
    known = under_way()
    plan = replanned(known, book(NEW), TODAY)
    assert plan is not None
    assert (plan.before, plan.after, plan.changes) == ("call", "visit", True)
    assert [key.split(":")[-2] for key in plan.close] == ["write"]
    assert [task.draft.key.split(":")[-2] for task in plan.make] == ["visit"]


def test_whoever_a_step_is_given_to_reads_that_it_is_theirs_and_no_other_remark() -> None:
    to_mia = Assign(AssignTo.PERSON, "mia@acme.example")
    longer = PlaybookTask("listen", "Call {{ account.name }} " + "x" * 250, assign=to_mia)
    known = replace(under_way(), owners={"U1": ANN, "M": Owner("M", "Mia", "mia@acme.example")})
    plan = replanned(known, book(Playbook("visit", tasks=(longer,))), TODAY)
    assert plan is not None
    [handed] = plan.reassign.values()
    assert handed.owner_id == "M"
    assert 'the plan "visit" was changed; Mia ' in handed.note
    assert "cut" not in handed.note


def test_the_same_plan_changes_nothing() -> None:
    plan = replanned(under_way(), book(OLD), TODAY)
    assert plan is not None
    assert (plan.changes, plan.close, plan.make) == (False, (), ())


def test_where_no_playbook_fits_any_more_all_goes() -> None:
    plan = replanned(under_way(), book(), TODAY)
    assert plan is not None
    assert (plan.after, len(plan.close)) == (None, 2)


def test_without_an_open_recovery_there_is_nothing_to_plan() -> None:
    assert replanned(case(won("1", 400)), book(NEW), TODAY) is None


def test_a_loss_that_was_undone_is_not_planned_for() -> None:
    known = under_way()
    back = tuple(replace(o, won=True) for o in known.opportunities)
    reopened = replace(
        known,
        opportunities=back,
        records=tuple(replace(s, entity=o) for s, o in zip(known.records, back, strict=True)),
    )
    assert replanned(reopened, book(NEW), TODAY) is None
