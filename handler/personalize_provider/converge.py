"""Create and Update: bring the resource to what was asked for."""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Iterator

from personalize_provider import names, search, tagging
from personalize_provider.acting import act, stop, undo
from personalize_provider.calls import DeniedError, RefusedError
from personalize_provider.event import Request, RequestType
from personalize_provider.lifecycle import (
    CALLS_SHOW_WITHIN_S,
    ENDED_BADLY,
    VISIBLE_AFTER_S,
    Step,
    View,
    converging,
    phase_of,
    situation,
)
from personalize_provider.outcome import Again, Outcome, OverError
from personalize_provider.personalize import Found
from personalize_provider.resources import Change
from personalize_provider.supersede import (
    behind_fence,
    guard,
    is_too_late,
    may_yet_show,
    unless_unseen,
)
from personalize_provider.undoing import (
    after_failure_in_rollback,
    is_adopted_in_vain,
    is_failed_replacement,
    stopping,
    was_there_before,
)
from personalize_provider.work import Work

logger = logging.getLogger(__name__)

MOST_UNFIT = 100
"""Runs that are remembered not to fit at most; the oldest is forgotten for another."""


def converge(work: Work) -> Outcome:
    """Look at the resource that is asked for, and bring it one step closer."""
    # No wait segment would know of what is left behind.
    work.may_hand_over = not work.memo.failure and not _leftover_arn(work)
    target = target_of(work)
    view = work.view(target)
    if work.memo.failure or is_failed_replacement(view):
        return _remove_failed_replacement(work, view)
    step = converging(view)
    if step is Step.LOOK:
        return _twin(work) or _leftover_meanwhile(work, view) or work.again()
    if step is Step.FAIL:
        step = _once_more(work, view)
    if step is Step.FAIL and is_adopted_in_vain(view):
        return _remove_failed_replacement(work, view)
    if step is Step.FAIL:
        return work.failed(work.say.why_not(view, situation(view)))
    # Behind a fence too: what a stopped execution made may take several looks to show.
    leftover = _leftover(work, view) if step is Step.SUCCEED else None
    if leftover is not None or behind_fence(work):
        return leftover or work.again()
    if step is Step.SUCCEED:
        return unless_unseen(work) or _tagged(work, view)
    if is_too_late(work, step):
        return work.again()
    if step is Step.DELETE and view.found and not work.memo.failed_before:
        # Noted before it is deleted: afterwards nobody could tell the reason.
        why = work.say.failed_before(view.found)
        return Again(wait_s=0, memo=work.memo.but(failed_before=why))
    guard(work)
    act(work, step, view)
    return work.again()


def _tagged(work: Work, view: View) -> Outcome:
    """SUCCESS, once the resource has the template's tags."""
    if tagging.may_differ(view):
        service, arn = work.services.personalize, view.target_arn
        missing, gone = tagging.changes(work.request, service.tags(arn))
        if missing or gone:
            guard(work)
            tagging.bring(service, arn, missing, gone)
    return work.say.success(view.target_arn, view)


def is_done_before(work: Work) -> bool:
    """Whether a wait segment finds, at its first look, that the links before have done it all.

    Then nobody needs to be stopped first, which would only cost the time of a fence.
    """
    if not work.request.continues or work.memo.rivals_settled or work.memo.rivals:
        return False
    return converging(work.view(target_of(work))) is Step.SUCCEED


def _once_more(work: Work, view: View) -> Step:
    """In a rollback, what the service let fail is tried again: a rollback must not fail."""
    step = after_failure_in_rollback(view)
    if step is Step.FAIL:
        return step
    try:
        rolls_back = work.is_in_rollback()
    except (DeniedError, RefusedError) as error:
        # What the resource failed of is worth more to the reader than this.
        logger.warning("not tried again, for the stack's status is not known: %s", error)
        return Step.FAIL
    if rolls_back:
        logger.warning("tried again, for the stack rolls back: %s", view.target_arn)
    return step if rolls_back else Step.FAIL


def target_of(work: Work) -> str:
    """The resource to converge on, "" while there is none whose ARN could be known.

    On an Update it is one that is there already and fits, if any.

    A rollback of a replacement asks for the resource before it, whose generated name
    cannot be derived from the rollback's own request.
    """
    if not work.memo.target_arn:
        target = _fitting(work) or names.own_arn(work.request)
        if not target and work.request.spec.arn_from_service:
            target = search.made(work)
        work.memo = work.memo.but(target_arn=target)
    return work.memo.target_arn


def _fitting(work: Work) -> str:
    request = work.request
    replaces = request.spec.change is Change.REPLACEMENT
    if request.type is not RequestType.UPDATE or not replaces or request.continues:
        return ""
    ended_badly = ""
    for arn, made_at_s in itertools.chain(_known_run(request), _earlier_runs(work)):
        if arn in work.memo.unfit:
            continue
        found = _find_fitting(work, arn)
        if found is None:
            _note_unfit(work, arn, made_at_s)
            continue
        if phase_of(found.status) not in ENDED_BADLY or _was_left(request, arn):
            return arn
        ended_badly = ended_badly or arn
    # Nobody waited for its end: a rollback to it runs nothing again.
    if ended_badly and not request.waits_for_completion and work.is_in_rollback():
        return ended_badly
    return ""


def _was_left(request: Request, arn: str) -> bool:
    """Whether a run counts however it has ended: nobody has waited for it, and nobody does now."""
    return arn == request.physical_id and request.is_left_throughout


def _known_run(request: Request) -> Iterator[tuple[str, float]]:
    """The run that the stack knows; when it was made does not matter."""
    if names.is_arn(request, request.physical_id):
        yield request.physical_id, math.inf


def _earlier_runs(work: Work) -> Iterator[tuple[str, float]]:
    """What may be runs of this resource with the same properties: ARN and time of creation."""
    if work.request.spec.arn_from_service:
        yield from ((each.arn, each.created_at_s) for each in search.earlier(work))
        return
    if names.has_given_name(work.request):
        return
    prefix = names.arn(work.request, names.job_name_prefix(work.request, work.request.properties))
    filter_value = work.desired.get(work.request.spec.list_filter or "", "")
    for listed in work.services.personalize.listed(filter_value):
        if listed.arn.startswith(prefix):
            yield listed.arn, listed.created_at_s


def _note_unfit(work: Work, arn: str, made_at_s: float) -> None:
    """Ask for its tags no more, so that the next tick goes on here if this one is cut short.

    What is young may not show its tags yet.
    """
    if work.now_s >= made_at_s + VISIBLE_AFTER_S:
        work.memo = work.memo.but(unfit=(*work.memo.unfit, arn)[-MOST_UNFIT:])


def _find_fitting(work: Work, arn: str) -> Found | None:
    """What was made for this resource with the same properties, if that is what the ARN names."""
    owner = work.services.personalize.owner(arn)
    if owner is None or not owner.is_same_resource(work.request):
        return None
    if owner.fingerprint != work.fingerprint:
        return None
    return work.services.personalize.find(arn)


def _remove_failed_replacement(work: Work, view: View) -> Outcome:
    """Undo a replacement whose new resource failed, then answer with the old id."""
    failure = work.memo.failure or work.say.why_not(view, situation(view))
    if not work.memo.failure:
        # Noted before it is deleted: afterwards nobody could tell the reason.
        raise OverError(Again(wait_s=0, memo=work.memo.but(failure=failure)))
    step = work.removing(view.found, view.owner, undoes=True)
    if step is Step.SUCCEED:
        return work.failed(failure)
    if step in (Step.DELETE, Step.GIVE_BACK):
        act(work, step, view)
    return work.again()


def _leftover_meanwhile(work: Work, view: View) -> Outcome | None:
    """On a rollback that waits for the resource itself: see to what is left behind all the same.

    Should the time run out, there is then less that a failed rollback leaves.
    """
    if not _leftover_arn(work):
        return None
    waited_for = work.found
    outcome = _leftover(work, view)
    work.found = waited_for
    return outcome


def _leftover(work: Work, view: View) -> Outcome | None:
    """On a rollback: remove what a replacement that never succeeded has left behind.

    Args:
        work: The tick's work.
        view: What the rollback brings back.
    """
    if work.request.spec.arn_from_service:
        settles = _undoes_another(work) and may_yet_show(work)
        return stop_stray(work) or (work.again() if settles or _may_have_twin(work) else None)
    arn = _leftover_arn(work)
    if not arn or arn == work.memo.target_arn:
        return None
    found = work.services.personalize.find(arn)
    owner = work.services.personalize.owner(arn) if found else None
    step = work.removing(found, owner, undoes=True)
    may_go = step in (Step.LOOK, Step.DELETE)
    if found and owner and may_go and was_there_before(view, found, owner.fingerprint):
        step = Step.SUCCEED
    work.memo = work.memo.but(left_behind="" if step is Step.SUCCEED else arn)
    if step is Step.SUCCEED:
        adopted = work.request.adopted_before and not work.memo.given_back_at_s
        may_be_missed = found is None or adopted
        return work.again() if may_be_missed and may_yet_show(work) else None
    # What is waited for, should the time run out.
    work.found = found
    if step is not Step.LOOK:
        guard(work)
        undo(work, step, arn, owner)
        logger.info("%s %s, of a failed replacement", step.name.lower(), arn)
    return work.again()


def _undoes_another(work: Work) -> bool:
    """Whether the request brings back what the stack has, after one that asked for another.

    A wait segment does not: what was begun before is the first link's matter.
    """
    request = work.request
    if request.type is not RequestType.UPDATE or request.continues:
        return False
    if work.memo.target_arn != request.physical_id:
        return False
    return request.spec.fingerprint(request.old_properties) != work.fingerprint


def stop_stray(work: Work) -> Outcome | None:
    """End the work on something of this resource that nobody will use; None when there is none."""
    listed = search.stray(work)
    if listed is None:
        return None
    # What is waited for, should the time run out.
    work.found, work.is_ours = work.services.personalize.find(listed.arn), True
    if work.found and stopping(phase_of(work.found.status)) is Step.STOP:
        if work.request.type is not RequestType.DELETE:
            guard(work)
        logger.info("stop %s, which no request is about any more", listed.arn)
        stop(work, listed.arn)
    return work.again()


def _twin(work: Work) -> Outcome | None:
    """Stop a second one of the same work early on, once lists show it.

    A tick that crashes after its call, while the list lags, is followed by another call, which the
    service may or may not refuse for the name.
    """
    found = work.found
    if not work.request.spec.arn_from_service or found is None or work.memo.alone:
        return None
    if work.now_s < found.created_at_s + VISIBLE_AFTER_S:
        return None
    stopped = stop_stray(work)
    if stopped is None:
        work.memo = work.memo.but(alone=True)
    return stopped


def _may_have_twin(work: Work) -> bool:
    """Whether a create call without an answer may have made another one, that lists hide yet.

    Of what takes long to make, `_twin` would have seen it by now.
    """
    unanswered_at_s = work.memo.unanswered_at_s
    if not unanswered_at_s or work.memo.alone:
        return False
    return work.now_s < min(unanswered_at_s + CALLS_SHOW_WITHIN_S, work.deadline_s)


def _leftover_arn(work: Work) -> str:
    """The resource that CloudFormation may not know of: an Update's older one, under another id."""
    request = work.request
    deletes = request.spec.operations.delete is not None
    if request.type is not RequestType.UPDATE or not deletes or request.continues:
        return ""
    if request.spec.is_faulty(request.old_properties, request.spec.name_property):
        # Nothing can have such a name.
        return ""
    arn = names.arn(request, names.resource_name(request, request.old_properties))
    return "" if arn in (names.own_arn(request), request.physical_id) else arn
