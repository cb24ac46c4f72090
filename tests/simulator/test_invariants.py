"""Each invariant is seen to fail: a simulator that finds nothing in broken code proves nothing.

A sabotage breaks the handler in one place, as a careless change would. Random histories must then
find a violation of the invariant that this place keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulator.oddities import Oddities
from emulator.plans import Plan
from personalize_provider import (
    converge,
    event_bus,
    front_door,
    lifecycle,
    names,
    remove,
    segments,
    supersede,
    tagging,
    undoing,
    work,
)
from personalize_provider.event import Request
from personalize_provider.lifecycle import Phase, Situation, Step
from personalize_provider.outcome import Again, Outcome
from personalize_provider.ownership import Owner
from personalize_provider.response import Verdict
from personalize_provider.stack import Keeping
from personalize_provider.wording import Wording
from personalize_provider.work import Work
from simulator import histories
from simulator.faults import Trouble
from simulator.histories import Act
from simulator.running import run
from simulator.world import campaign

MOST_HISTORIES = 300

LIMITS = {"hour_s": histories.QUIET_HOUR_S, "timeout_s": 3 * histories.QUIET_HOUR_S}

Sabotage = Callable[[pytest.MonkeyPatch], None]


def deletes_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "removing", lambda *_, **__: Step.SUCCEED)


def stops_nothing(patch: pytest.MonkeyPatch) -> None:
    """Leaves what is in training alone."""
    patch.setattr(undoing, "stopping", lambda _: Step.SUCCEED)
    patch.setattr(remove, "stop_stray", lambda _: None)
    patch.setattr(converge, "stop_stray", lambda _: None)


def owns_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Owner, "is_same_resource", lambda *_: True)
    own = Owner(stack_id="", logical_id="", request_id="", fingerprint="")
    patch.setattr(Work, "_owner", lambda *_: own)


def takes_what_it_was_not_asked_to(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Request, "adopts", property(lambda self: self.spec.may_be_adopted))


def deletes_what_it_adopted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "_gives_back", lambda *_, **__: False)
    patch.setattr(histories, "ADOPTING", 1.0)
    # With one name, others and the stack meet under it more often.
    patch.setattr(histories, "NAMES", ("fresh",))


def takes_what_it_finds_for_its_own(patch: pytest.MonkeyPatch) -> None:
    when = {**lifecycle._WHEN_CONVERGING, Situation.FOREIGN: Step.SUCCEED}
    patch.setattr(lifecycle, "_WHEN_CONVERGING", when)
    # With one name, others and the stack meet under it more often.
    patch.setattr(histories, "NAMES", ("fresh",))


def brings_no_tags(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tagging, "may_differ", lambda _: False)


def never_replaces(patch: pytest.MonkeyPatch) -> None:
    """Takes what has the physical id for what is asked for, whatever the name."""
    target_of = converge.target_of

    def same(work: Work) -> str:
        known = work.request.physical_id
        is_named = known.startswith("arn:") and not work.request.spec.arn_from_service
        return known if is_named else target_of(work)

    patch.setattr(converge, "target_of", same)


def takes_what_is_young_for_somebody_elses(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lifecycle, "is_young", lambda *_: False)
    patch.setattr(work, "is_young", lambda *_: False)


def takes_what_does_not_show_for_gone(patch: pytest.MonkeyPatch) -> None:
    for room in (converge, supersede):
        patch.setattr(room, "may_yet_show", lambda _: False)


def never_answers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(front_door, "deliver", lambda *_, **__: None)


def answers_too_much(patch: pytest.MonkeyPatch) -> None:
    from personalize_provider.response import body

    patch.setattr(front_door, "body", lambda *a, **k: body(*a, **k) + b" " * 4096)


def is_impatient(patch: pytest.MonkeyPatch) -> None:
    """Takes a resource that is being worked on for one that is done."""
    phase_of = lifecycle.phase_of

    def hasty(status: str) -> Phase:
        phase = phase_of(status)
        return Phase.ACTIVE if phase is Phase.WORKING else phase

    patch.setattr(lifecycle, "phase_of", hasty)


def compares_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lifecycle, "is_as_asked", lambda *_: True)


def hides_the_reason(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Wording, "why_not", lambda *_: "It failed.")


def draws_ids(patch: pytest.MonkeyPatch) -> None:
    """Answers a failed update with an id of its own, as crhelper does."""
    patch.setattr(names, "id_unless_created", lambda request, **_: f"id-{request.request_id}")


def answers_with_other_ids(patch: pytest.MonkeyPatch) -> None:
    """Answers a success with an id of its own, as crhelper's polls do."""
    success = Wording.success

    def renaming(self: Wording, *args: Any, **kwargs: Any) -> Verdict:
        verdict = success(self, *args, **kwargs)
        return replace(verdict, physical_id=f"{verdict.physical_id}-again")

    patch.setattr(Wording, "success", renaming)


def never_tries_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(converge, "_once_more", lambda *_: Step.FAIL)


def tells_the_url(patch: pytest.MonkeyPatch) -> None:
    removed = Wording.removed

    def telling(self: Wording, *args: Any, **kwargs: Any) -> Verdict:
        verdict = removed(self, *args, **kwargs)
        return replace(verdict, reason=self._request.response_url)

    patch.setattr(Wording, "removed", telling)


def sends_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(event_bus, "put", lambda _client, _noted: ())


def gives_up_early(patch: pytest.MonkeyPatch) -> None:
    def unless_late(self: Work, again: Again) -> Outcome:
        return self.failed(self.say.too_late(self.memo, self.found))

    patch.setattr(Work, "unless_late", unless_late)


def hands_over_early(patch: pytest.MonkeyPatch) -> None:
    """Answers a link of a chain at its first look, and leaves the work to the next one."""
    unless_late = Work.unless_late

    def early(self: Work, again: Again) -> Outcome:
        return self.late() if self.request.hands_over else unless_late(self, again)

    patch.setattr(Work, "unless_late", early)
    patch.setattr(histories, "LONG", 1.0)


def draws_segment_ids(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(segments, "physical_id", lambda event: f"wait:{event['RequestId']}")
    patch.setattr(histories, "LONG", 1.0)


def works_on_a_segments_delete(patch: pytest.MonkeyPatch) -> None:
    """Refuses a Delete of a segment, for it is of no kind that can be deleted."""
    accept = front_door._Helper._accept

    def refusing(self: Any, event: Any, context: Any) -> None:
        if segments.is_segment(event) and event["RequestType"] == "Delete":
            self._verdict = front_door._refused(event, "unknown kind")
            return
        accept(self, event, context)

    patch.setattr(front_door._Helper, "_accept", refusing)
    patch.setattr(histories, "LONG", 1.0)


@pytest.mark.parametrize(
    ("sabotage", "invariant"),
    [
        (deletes_nothing, "no orphan"),
        (stops_nothing, "no orphan"),
        (owns_everything, "not ours"),
        (takes_what_it_was_not_asked_to, "not ours"),
        (takes_what_it_finds_for_its_own, "SUCCESS means its own"),
        (takes_what_it_finds_for_its_own, "what a stack has is its own"),
        (brings_no_tags, "SUCCESS means as asked"),
        (brings_no_tags, "what a stack has is as declared"),
        (never_replaces, "the id"),
        (deletes_what_it_adopted, "adopted"),
        (takes_what_is_young_for_somebody_elses, "no orphan"),
        (takes_what_does_not_show_for_gone, "no orphan"),
        (never_answers, "always an answer"),
        (answers_too_much, "a valid answer"),
        (is_impatient, "SUCCESS means ACTIVE"),
        (compares_nothing, "SUCCESS means as asked"),
        (compares_nothing, "what a stack has is as declared"),
        (hides_the_reason, "the service's own reason"),
        (draws_ids, "the id"),
        (never_tries_again, "no stack is stuck"),
        (answers_with_other_ids, "what a stack has exists"),
        (tells_the_url, "no secret"),
        (gives_up_early, "in time"),
        (hands_over_early, "SUCCESS means ACTIVE"),
        (draws_segment_ids, "the id"),
        (works_on_a_segments_delete, "a segment can be deleted"),
        (sends_nothing, "an end is told"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_broken_handler_violates(
    sabotage: Sabotage, invariant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    found: set[str] = set()
    for seed in range(MOST_HISTORIES):
        history = histories.draw(seed)
        # More updates fail than usual: it takes a rollback whose own update fails.
        failing = replace(history.plan, update_fails={2: "An update met a problem."})
        found |= {each.invariant for each in run(replace(history, plan=failing)).violations}
        if invariant in found:
            return
    pytest.fail(f"{MOST_HISTORIES} histories only violate {sorted(found)}")


def test_a_chain_whose_last_link_hands_over_too_violates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few random histories outlast all links of a chain, so this one is written."""
    monkeypatch.setattr(Request, "hands_over", property(lambda self: self.is_chained))
    history = histories.History(
        seed=0,
        acts=(Act(verb="create", subject="shop", template={"Live": campaign(**LIMITS)}),),
        trouble=Trouble(),
        plan=Plan(create_s=3.5 * histories.QUIET_HOUR_S),
        oddities=Oddities(),
        rollback="update-then-delete",
    )
    found = {each.invariant for each in run(history).violations}
    assert found == {"SUCCESS means ACTIVE", "what a stack has is ACTIVE"}


def test_a_delete_of_what_a_later_create_lives_on_violates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few random histories make what was refused again under the same name: this one is written."""
    monkeypatch.setattr(remove, "_is_made_since", lambda *_: False)
    monkeypatch.setattr(front_door, "keeping", lambda *_: Keeping.GOES)
    refused = {"Live": campaign(MinProvisionedTPS=0)}
    history = histories.History(
        seed=0,
        acts=(
            Act(verb="create", subject="shop", template=refused, keeps_failures=True),
            Act(verb="update", subject="shop", template={"Live": campaign()}),
        ),
        trouble=Trouble(),
        plan=Plan(),
        oddities=Oddities(),
        rollback="update-then-delete",
    )
    assert {each.invariant for each in run(history).violations} == {"what a stack has exists"}


def test_the_same_seed_gives_the_same_history_to_the_last_step() -> None:
    first, second = (run(histories.draw(5)) for _ in range(2))
    assert first.steps == second.steps
    assert first.world.personalize.log() == second.world.personalize.log()
