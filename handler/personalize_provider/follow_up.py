"""What goes on after the answer: the end of a job that nobody waits for, events not sent yet.

A follow-up only looks and puts events. It creates, changes, deletes and answers nothing, so it may
run twice, or end at any time, without harm. A newer request of the resource stops it.

Source: docs/waiting.md, "Not waiting".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from personalize_provider import names
from personalize_provider.calls import ServiceError
from personalize_provider.event import RequestType
from personalize_provider.memo import Memo
from personalize_provider.outcome import Again
from personalize_provider.response import Status, Verdict
from personalize_provider.state_change import is_running, overall
from personalize_provider.work import Work

logger = logging.getLogger(__name__)

MOST_LOOKS = 2000
"""Looks of one execution after the answer. Step Functions ends an execution at 25,000 events.

A look is 9 events: Wait entered and exited; Tick entered, scheduled, started, succeeded and
exited; Done entered and exited. So these are 18,000, the hour before the answer is about 3,000,
and the rest is for tries that fail, 3 events each.
"""

LONGEST_S = 14 * 86_400
"""Seconds after the answer at which a follow-up ends, whatever the job is doing."""

MOST_TRIES = 30
"""Failures in a row, after the answer, at which events are given up: about half an hour."""

GONE_AFTER_S = 600
"""Seconds for which the resource may not be found before it counts as gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Nothing is left to do after the answer, or it was given up."""

    why: str


def send_noted(work: Work) -> None:
    """Put the events that are noted in the memo on EventBridge; what fails stays noted."""
    memo = work.memo
    if memo.events:
        left = work.services.put_events(memo.events)
        work.memo = memo.but(events=left, event_tries=memo.event_tries + 1 if left else 0)


def left_after(work: Work, verdict: Verdict) -> Memo | None:
    """The memo with which to go on after an answer; None where nothing is left to do."""
    follows = _is_left_running(work, verdict)
    if not follows and not work.memo.events:
        return None
    return work.memo.but(
        answered_at_s=work.now_s, follows=follows, event_tries=0, troubles=0, rivals=()
    )


def _is_left_running(work: Work, verdict: Verdict) -> bool:
    """Whether a job was answered for while it runs, and nobody else follows it.

    The link of a chain that sees it run follows it. Those after it have seen it run before, and
    follow it only where they had to stop the one that did.
    """
    request, found = work.request, work.found
    is_followed = is_running(request.seen) and not work.memo.fence_until_s
    return (
        verdict.status is Status.SUCCESS
        and request.type is not RequestType.DELETE
        and not request.waits_for_completion
        and request.tells_state_changes
        and not is_followed
        and found is not None
        and is_running(found.status)
    )


def follow_up(work: Work) -> Again | Ended:
    """One look after the answer."""
    memo = work.memo
    if work.now_s >= memo.answered_at_s + LONGEST_S:
        logger.error("%s is followed no longer, after %d s", memo.target_arn, LONGEST_S)
        return Ended(why="the longest time is over")
    work.memo = memo.but(looks=memo.looks + 1)
    if memo.follows:
        try:
            _look(work)
        except ServiceError as error:
            logger.warning("will be looked at again: %s", error)
    return settle(work)


def _look(work: Work) -> None:
    found = work.view(work.memo.target_arn).found
    if found is not None:
        work.memo = work.memo.but(gone_since_s=0)
        if overall(found).is_final:
            work.memo = work.memo.but(follows=False, event_tries=0)
        return
    since_s = work.memo.gone_since_s or work.now_s
    still = work.now_s < since_s + GONE_AFTER_S
    work.memo = work.memo.but(follows=still, gone_since_s=since_s)


def settle(work: Work) -> Again | Ended:
    """Send what is noted, and say when to look again, if anything is left to do."""
    send_noted(work)
    if work.memo.event_tries >= MOST_TRIES and not work.memo.follows:
        logger.error("events given up after %d tries: %s", MOST_TRIES, " ".join(work.memo.events))
        work.memo = work.memo.but(events=(), event_tries=0)
    if not work.memo.follows and not work.memo.events:
        return Ended(why="everything is told")
    if work.memo.follows and (work.memo.looks >= MOST_LOOKS or _is_misnamed(work)):
        return _start_afresh(work)
    if work.memo.follows:
        return work.again()
    return Again(wait_s=work.pause(work.memo.event_tries), memo=work.memo)


def _is_misnamed(work: Work) -> bool:
    """Whether the execution's name tells of another ARN, so that a Delete would not stop it.

    An Update that finds an earlier run of a job was named before that was known.
    """
    return not work.memo.fresh and names.target_id(work.request) != work.memo.target_arn


def _start_afresh(work: Work) -> Again | Ended:
    """Go on in a fresh execution, unless a newer request has taken over meanwhile."""
    memo = work.memo
    fresh = memo.but(fresh=memo.fresh + 1, looks=0)
    try:
        if work.services.executions.rivals(ended=True).newer:
            return Ended(why="there is a newer request of this resource")
        work.services.go_on(Again(wait_s=work.again().wait_s, memo=fresh))
    except ServiceError as error:
        logger.warning("goes on in the same execution for now: %s", error)
        return work.again()
    return Ended(why=f"it goes on in fresh execution {fresh.fresh}")
