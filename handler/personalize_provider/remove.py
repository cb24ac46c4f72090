"""Delete: bring about the resource's absence, and touch nobody else's."""

from __future__ import annotations

from personalize_provider import names
from personalize_provider.calls import DeniedError
from personalize_provider.converge import stop_stray
from personalize_provider.event import Request
from personalize_provider.lifecycle import Step
from personalize_provider.supersede import unless_unseen
from personalize_provider.wording import Kept
from personalize_provider.work import Outcome, Work


def remove(work: Work) -> Outcome:
    """Look at the resource that is to go, and bring its end one step closer."""
    try:
        return _remove(work)
    except DeniedError:
        if names.tells_of_nothing(work.request.physical_id) and not work.is_ours:
            # What was never permitted was never created, and must not fail the rollback too.
            return work.say.removed("")
        raise


def _remove(work: Work) -> Outcome:
    request = work.request
    target = names.target_id(request)
    if not target and not _names_nothing(request):
        # CloudFormation invented the id: it is about whatever its create has made.
        if request.spec.arn_from_service:
            return stop_stray(work) or unless_unseen(work) or work.say.removed("")
        target = names.own_arn(request)
    if not target or not request.spec.can_be_undone:
        return work.say.removed(target)
    view = work.view(target)
    step = work.removing(view.found, view.owner)
    if step is Step.SUCCEED:
        return unless_unseen(work) or work.say.removed(target, kept=_why_kept(work))
    if step in (Step.DELETE, Step.STOP, Step.GIVE_BACK):
        work.act(step, view)
    return work.again()


def _why_kept(work: Work) -> Kept | None:
    """Why something is still there, if it is."""
    if work.found is None or work.is_ours:
        return None
    return Kept.GIVEN_BACK if work.memo.given_back else Kept.FOREIGN


def _names_nothing(request: Request) -> bool:
    """Whether the properties hold a name that nothing can have.

    Other faults count for nothing: a rollback may hand the properties of a newer version over,
    with which that version has created something.
    """
    spec = request.spec
    faults = spec.faults(request.properties)
    return any(fault.property == spec.name_property for fault in faults)
