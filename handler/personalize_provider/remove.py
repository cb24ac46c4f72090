"""Delete: bring about the resource's absence, and touch nobody else's."""

from __future__ import annotations

from personalize_provider import names, search
from personalize_provider.acting import act
from personalize_provider.calls import DeniedError
from personalize_provider.converge import stop_stray
from personalize_provider.event import Request
from personalize_provider.lifecycle import Step, View
from personalize_provider.outcome import Outcome
from personalize_provider.stack import Keeping
from personalize_provider.supersede import unless_unseen
from personalize_provider.wording import Kept
from personalize_provider.work import Work


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
        waits = unless_unseen(work) or _stopped_stray(work, view)
        return waits or work.say.removed(target, kept=_why_kept(work))
    if step is not Step.LOOK:
        if _is_made_since(work, view):
            return work.say.removed(target, kept=Kept.IN_USE)
        if not names.target_id(request):
            # A later create may have taken over what the one that failed had made after all.
            keeping = work.services.keeping(target)
            if keeping is not Keeping.GOES and not work.stack_has_settled:
                return work.again()
            if keeping is Keeping.KEPT:
                return work.say.removed(target, kept=Kept.IN_USE)
        act(work, step, view)
    return work.again()


def _stopped_stray(work: Work, view: View) -> Outcome | None:
    """See to what an update that failed has left in training, where the whole resource goes.

    A stack that kept the failure (`--no-rollback`) knows only what was there before.
    """
    if not work.request.spec.arn_from_service or search.stray(work) is None:
        return None
    if work.services.keeping(view.target_arn) is Keeping.GOES:
        return stop_stray(work)
    return None if work.stack_has_settled else work.again()


def _is_made_since(work: Work, view: View) -> bool:
    """Whether a Delete that follows a failed create has found what a later one has made.

    A stack that kept the failure (`--no-rollback`) creates the resource again under the same
    logical id, and so the same name, and has what failed deleted afterwards.
    """
    failed = names.request_of_nothing(work.request.physical_id)
    return bool(failed) and view.owner is not None and view.owner.request_id != failed


def _why_kept(work: Work) -> Kept | None:
    """Why something is still there, if it is."""
    if work.found is None or work.is_ours:
        return None
    return Kept.GIVEN_BACK if work.memo.given_back_at_s else Kept.FOREIGN


def _names_nothing(request: Request) -> bool:
    """Whether the properties hold a name that nothing can have."""
    return request.spec.is_faulty(request.properties, request.spec.name_property)
