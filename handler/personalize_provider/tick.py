"""One tick of a wait: look, decide, act at most once, and say when to look next.

A tick depends on nothing but the request, the memo and what the services show, so it can be
killed at any point and run again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from personalize_provider.calls import (
    DeniedError,
    PassingError,
    QuotaError,
    RefusedError,
    ServiceError,
)
from personalize_provider.converge import converge, is_done_before
from personalize_provider.event import Request, RequestType
from personalize_provider.follow_up import Ended, follow_up, left_after, send_noted, settle
from personalize_provider.memo import Memo
from personalize_provider.outcome import Again, Outcome, OverError, Superseded
from personalize_provider.remove import remove
from personalize_provider.response import Verdict
from personalize_provider.services import Services
from personalize_provider.supersede import settle_rivals
from personalize_provider.undoing import is_adopted_in_vain
from personalize_provider.work import Work

logger = logging.getLogger(__name__)

PERMISSIONS_ARRIVE_WITHIN_S = 90
"""How long IAM may refuse what it was told to allow, or a new role may be unknown."""

QUOTA_PAUSE_S = 30
"""Between two tries to get one of the few places that a quota leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Decided: what to answer, and the memo with which to go on afterwards, if at all."""

    verdict: Verdict
    left: Memo | None


def tick(request: Request, memo: Memo, services: Services) -> Answer | Again | Superseded | Ended:
    """Bring a request one step further.

    What it notes for EventBridge is sent at its end, and where it has decided, after the answer:
    see `after_answer`.

    Args:
        request: The request.
        memo: What the tick before noted.
        services: The services and the clock.

    Returns:
        An answer, another look, or the end without an answer.
    """
    work = Work(request, memo, services)
    if memo.answered_at_s:
        return follow_up(work)
    outcome = _decided(work)
    if isinstance(outcome, Verdict):
        return Answer(verdict=outcome, left=left_after(work, outcome))
    work.memo = outcome.memo if isinstance(outcome, Again) else work.memo
    send_noted(work)
    if isinstance(outcome, Again):
        return Again(wait_s=outcome.wait_s, memo=work.memo)
    if work.memo.events:
        logger.error("events lost, for a newer request takes over: %s", " ".join(work.memo.events))
    return outcome


def after_answer(request: Request, left: Memo, services: Services) -> Again | Ended:
    """What is left to do once CloudFormation has been told."""
    return settle(Work(request, left, services))


def _decided(work: Work) -> Outcome:
    """The tick's own outcome, whatever goes wrong with a call."""
    try:
        return _run(work)
    except OverError as over:
        return over.outcome
    except ServiceError as error:
        return _after(work, error)


def _run(work: Work) -> Outcome:
    """Settle older requests, then converge or remove."""
    if not is_done_before(work):
        settle_rivals(work)
    outcome = remove(work) if work.request.type is RequestType.DELETE else converge(work)
    memo = outcome.memo if isinstance(outcome, Again) else work.memo
    # What has passed counts no more.
    work.memo = memo.but(troubles=0, denied_since_s=0, last_error="")
    if isinstance(outcome, Again):
        return work.unless_late(Again(wait_s=outcome.wait_s, memo=work.memo))
    return outcome


def _after(work: Work, error: ServiceError) -> Outcome:
    """What a call that went wrong means: another try while it may pass, else FAILED."""
    work.memo = work.memo.but(last_error=str(error))
    if isinstance(error, DeniedError):
        since_s = work.memo.denied_since_s or work.now_s
        work.memo = work.memo.but(denied_since_s=since_s)
        if work.now_s >= since_s + PERMISSIONS_ARRIVE_WITHIN_S:
            return _failed(work, work.say.denied(error))
    elif isinstance(error, RefusedError) or _is_hopeless_quota(work, error):
        return _failed(work, work.say.refused(error))
    elif isinstance(error, PassingError):
        work.memo = work.memo.but(troubles=work.memo.troubles + 1)
    logger.warning("will be tried again: %s", error)
    again = work.again()
    wait_s = max(again.wait_s, _pause_after(work, error))
    return work.unless_late(Again(wait_s=wait_s, memo=again.memo))


def _failed(work: Work, reason: str) -> Outcome:
    """FAILED, or a look to come that first gives back what was adopted for it in vain."""
    view = work.latest_view
    if work.memo.failure or view is None or not is_adopted_in_vain(view):
        return work.failed(reason)
    work.memo = work.memo.but(failure=reason)
    return work.unless_late(Again(wait_s=0, memo=work.memo))


def _is_hopeless_quota(work: Work, error: ServiceError) -> bool:
    return isinstance(error, QuotaError) and not work.request.spec.waits_for_quota


def _pause_after(work: Work, error: ServiceError) -> int:
    if isinstance(error, QuotaError):
        return QUOTA_PAUSE_S
    return work.pause(work.memo.troubles)
