"""Which request has the say: stop older ones, end for a newer one, ask the stack before a change.

Stopping an execution is no fence, since its last tick may still be running, and lists of
executions lag. So a request that stopped another waits for a function's time-out, and one that
may follow a request given up in flight waits until the list, and that one's calls, have settled.
"""

from __future__ import annotations

from personalize_provider import names
from personalize_provider.event import Request, RequestType
from personalize_provider.lifecycle import (
    CALLS_ACT_WITHIN_S,
    CALLS_SHOW_WITHIN_S,
    VISIBLE_AFTER_S,
    Step,
)
from personalize_provider.outcome import Again, Outcome, OverError, Superseded
from personalize_provider.resources import Change
from personalize_provider.stack import STACK_SHOWS_WITHIN_S, Wish
from personalize_provider.waiter import FUNCTION_TIMEOUT_S
from personalize_provider.work import TAGS_TAKE_S, Work

LISTS_SETTLE_WITHIN_S = 10
"""How long Step Functions may not list an execution that has started."""

_CHANGES = (Step.UPDATE, Step.START, Step.STOP)
"""What changes a resource that goes on to exist."""

LATE_AFTER_S = 5
"""A request that begins so long after it was signed may have been overtaken by a newer one.

A newer one that could not see it waits for LISTS_SETTLE_WITHIN_S before it ends.
"""


def settle_rivals(work: Work) -> None:
    """Stop the executions of older requests; end if a newer one runs.

    They are looked for at first, and once more when the list shows all: else the fence would only
    come before the first change, when an hour of waiting may be over. Which ones to stop is noted
    before the first is stopped: a crash in between must not lose the fence, during which a stopped
    execution's last tick may still act.
    """
    if work.memo.rivals:
        for arn in work.memo.rivals:
            work.services.executions.stop(arn)
        fence_s = work.services.clock() + FUNCTION_TIMEOUT_S
        work.memo = work.memo.but(rivals=(), rivals_settled=True, fence_until_s=fence_s)
    memo, lists_settled = work.memo, _lists_have_settled(work)
    looked = memo.rivals_settled and (memo.lists_settled or not lists_settled)
    if looked or _is_about_nothing(work.request):
        return
    if not memo.rivals_settled and work.now_s > work.request.signed_at_s + LATE_AFTER_S:
        work.memo = memo.but(late=True)
    # Who has begun beside one of the same second waits for it before a change alone.
    older = _end_if_newer(work, waits_for_level=not memo.rivals_settled)
    if older:
        raise OverError(Again(wait_s=0, memo=work.memo.but(rivals=older)))
    work.memo = work.memo.but(rivals_settled=True, lists_settled=lists_settled)


def guard(work: Work) -> None:
    """Right before a change: in time, still the newest request, and wanted by the stack?"""
    if work.now_s >= work.deadline_s:
        raise OverError(work.late())
    older = _end_if_newer(work)
    if older:
        raise OverError(Again(wait_s=0, memo=work.memo.but(rivals=older)))
    wish = work.services.wish()
    if wish is Wish.WANTED:
        work.memo = work.memo.but(unwanted_since_s=0)
        return
    if wish is Wish.OVER and work.stack_has_settled:
        raise OverError(Superseded(why="the stack has given this request up"))
    since_s = work.memo.unwanted_since_s or work.now_s
    work.memo = work.memo.but(unwanted_since_s=since_s)
    if work.now_s >= since_s + STACK_SHOWS_WITHIN_S:
        raise OverError(work.failed(work.say.stack_does_not_show()))
    raise OverError(work.again())


def unless_unseen(work: Work) -> Outcome | None:
    """Before the answer that all is done: nothing, or a look when an older one may act yet.

    The list of executions may lag, and so hide an older one whose last call is in flight.
    Once the list has settled it shows that one, which is then stopped and fenced off. And the
    create that a Delete without an ARN is about may have ended with a call whose effect does not
    show yet.
    """
    request = work.request
    if behind_fence(work):
        return work.again()
    if not request.spec.can_be_undone or not _follows_unanswered_request(work):
        return None
    if request.continues:
        # It follows the link before, which has been answered.
        return None
    if not _lists_have_settled(work):
        return work.again()
    if may_yet_show(work) and _may_be_missed(work):
        return work.again()
    older = _end_if_newer(work)
    return Again(wait_s=0, memo=work.memo.but(rivals=older)) if older else None


def _lists_have_settled(work: Work) -> bool:
    """Whether the list of executions shows all that began before the request was signed."""
    return work.now_s > work.request.signed_at_s + LISTS_SETTLE_WITHIN_S


def may_yet_show(work: Work) -> bool:
    """Whether an older request's last call may have made something that nothing shows yet.

    Not past the deadline: no request is to fail of what may not even be there. But a rollback's
    deadline is not that of what it brings back.
    """
    acts_until_s = max(work.request.signed_at_s + CALLS_ACT_WITHIN_S, work.memo.fence_until_s)
    if work.now_s >= acts_until_s + VISIBLE_AFTER_S:
        return False
    if work.request.type is not RequestType.UPDATE:
        return work.now_s < work.deadline_s
    return not _is_time_for_tags(work)


def is_too_late(work: Work, step: Step) -> bool:
    """Whether what is done now might not show before the time is over, to whoever undoes it."""
    shows_after_s = min(CALLS_SHOW_WITHIN_S, work.request.timeout_s // 4)
    if work.now_s < work.deadline_s - shows_after_s:
        return False
    return _misleads_a_delete(work, step) or _misleads_a_rollback(work, step)


def _misleads_a_delete(work: Work, step: Step) -> bool:
    """Whether a Delete would take what does not show for gone: a link's answer has the ARN."""
    request = work.request
    return step is Step.CREATE and request.is_chained and request.spec.can_be_undone


def _misleads_a_rollback(work: Work, step: Step) -> bool:
    """Whether a rollback would take what was before for what there is; none undoes a rollback."""
    is_change = work.request.type is RequestType.UPDATE and step in _CHANGES
    return is_change and not work.may_be_in_rollback()


def behind_fence(work: Work) -> bool:
    """Whether a stopped execution's last tick may still be acting."""
    return work.now_s < work.memo.fence_until_s


def _end_if_newer(work: Work, *, waits_for_level: bool = True) -> tuple[str, ...]:
    others = work.services.executions.rivals(ended=work.memo.late)
    if others.newer:
        raise OverError(Superseded(why="there is a newer request of this resource"))
    if others.level and waits_for_level:
        # Once that one has ended, the stack knows which of the two it wants.
        raise OverError(work.unless_late(work.again()))
    return others.older


def _follows_unanswered_request(work: Work) -> bool:
    """Whether CloudFormation may have given an older request up: to undo it, or to delete."""
    request = work.request
    if request.type is not RequestType.DELETE:
        return request.type is RequestType.UPDATE
    if names.is_arn(request, request.physical_id):
        # A link of a chain may have handed over what the next one was to create.
        handed_over = request.has_segments and work.found is None
        return handed_over or bool(work.memo.fence_until_s)
    return not names.tells_of_nothing(request.physical_id)


def _may_be_missed(work: Work) -> bool:
    """Whether what an older request has done may not be found yet.

    An Update that has changed nothing itself may miss what a request right before it, which was
    given up, had begun to change. A Delete may miss what was made, or marked as its own. A known
    ARN is taken at its word, unless an execution was stopped that may have made it.
    """
    request = work.request
    if request.type is RequestType.UPDATE:
        if request.spec.change is not Change.IN_PLACE or work.memo.updated_at_s:
            return False
        if work.memo.fence_until_s or work.memo.close_behind:
            return True
        # It stays so, and need not be asked again.
        follows = work.services.executions.follows_closely(CALLS_SHOW_WITHIN_S)
        work.memo = work.memo.but(close_behind=follows)
        return follows
    if names.is_arn(request, request.physical_id) and not work.memo.fence_until_s:
        return False
    return work.found is None or (request.adopts and not work.memo.given_back_at_s)


def _is_time_for_tags(work: Work) -> bool:
    """Whether no more time is left than bringing tags takes."""
    if work.now_s < work.deadline_s - TAGS_TAKE_S:
        return False
    return not work.has_more_time() or work.now_s >= work.request.latest_s - TAGS_TAKE_S


def _is_about_nothing(request: Request) -> bool:
    """Whether a Delete follows a failure that was answered, and would delete nothing anyway.

    What runs under the same logical id by now is then another's, and is still followed.
    """
    if request.type is not RequestType.DELETE or request.spec.can_be_undone:
        return False
    return bool(names.request_of_nothing(request.physical_id))
