"""One tick of a wait: look, decide, act at most once, and say when to look next.

A tick depends on nothing but the request, the memo and what the services show, so it can be
killed at any point and run again.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from personalize_provider import names
from personalize_provider.calls import (
    BusyError,
    DeniedError,
    PassingError,
    QuotaError,
    RefusedError,
    ServiceError,
    TakenError,
)
from personalize_provider.comparison import update_input
from personalize_provider.event import Request, RequestType
from personalize_provider.lifecycle import (
    Phase,
    Situation,
    Step,
    View,
    after_failure_in_rollback,
    converging,
    is_failed_replacement,
    phase_of,
    removing,
    situation,
)
from personalize_provider.memo import Memo
from personalize_provider.ownership import Owner, tags_of
from personalize_provider.personalize import Found, Personalize
from personalize_provider.resources import Change
from personalize_provider.response import Status, Verdict
from personalize_provider.stack import Wish
from personalize_provider.waiter import FUNCTION_TIMEOUT_S, next_look, next_try
from personalize_provider.wording import Wording

logger = logging.getLogger(__name__)

PERMISSIONS_ARRIVE_WITHIN_S = 90
"""How long IAM may refuse what it was told to allow, or a new role may be unknown."""

QUOTA_PAUSE_S = 30
"""Between two tries to get one of the few places that a quota leaves."""

LISTS_SETTLE_WITHIN_S = 10
"""How long Step Functions may not list an execution that has started."""

STACK_SHOWS_WITHIN_S = 60
"""How long CloudFormation may not show the resource that it is creating."""


class Rivals(Protocol):
    """Other executions of the same resource."""

    def rivals(self) -> tuple[bool, tuple[str, ...]]:
        """Whether a newer one runs, and the older ones."""
        ...

    def stop(self, arn: str) -> None:
        """Stop one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a tick works with.

    Attributes:
        personalize: The service, for the request's kind.
        executions: The other executions of the resource.
        wish: What the stack wants.
        is_rolling_back: Whether the stack undoes an update.
        clock: Epoch seconds.
    """

    personalize: Personalize
    executions: Rivals
    wish: Callable[[], Wish]
    is_rolling_back: Callable[[], bool]
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Not decided yet: look again after so many seconds, with this memo."""

    wait_s: int
    memo: Memo


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """A newer request has taken over, or nobody wants an answer: end without one."""

    why: str


Outcome = Verdict | Again | Superseded


class _OverError(Exception):
    """Ends a tick early."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def tick(request: Request, memo: Memo, services: Services) -> Outcome:
    """Bring a request one step further.

    Args:
        request: The request.
        memo: What the tick before noted.
        services: The services and the clock.

    Returns:
        A verdict to answer, another look, or the end without an answer.
    """
    work = _Tick(request, memo, services)
    try:
        return work.run()
    except _OverError as over:
        return over.outcome
    except ServiceError as error:
        return work.after(error)


class _Tick:
    """One tick's state: the request, the memo as it grows, and the time of its start."""

    def __init__(self, request: Request, memo: Memo, services: Services) -> None:
        self.request = request
        self.memo = memo
        self.services = services
        self.now_s = services.clock()
        self.say = Wording(request)
        self.desired = request.spec.desired(request.properties)
        self.fingerprint = request.spec.fingerprint(request.properties)
        self.found: Found | None = None
        self.is_ours = False

    # --- the order of things -------------------------------------------------------------------

    def run(self) -> Outcome:
        """Settle older requests, then converge or remove."""
        self._settle_rivals()
        outcome = self._remove() if self.request.type is RequestType.DELETE else self._converge()
        self.memo = self.memo.but(troubles=0, denied_since_s=0, last_error="")
        if isinstance(outcome, Again):
            return self._unless_late(outcome)
        return outcome

    def _settle_rivals(self) -> None:
        """Stop the executions of older requests, once; end if a newer one runs.

        Which ones to stop is noted before the first is stopped: a crash in between must not
        lose the fence, during which a stopped execution's last tick may still act.
        """
        if self.memo.rivals:
            for arn in self.memo.rivals:
                self.services.executions.stop(arn)
            fence_s = self.services.clock() + FUNCTION_TIMEOUT_S
            self.memo = self.memo.but(rivals=(), rivals_settled=True, fence_until_s=fence_s)
        if not self.memo.rivals_settled:
            older = self._end_if_newer()
            if older:
                raise _OverError(Again(wait_s=0, memo=self.memo.but(rivals=older)))
            self.memo = self.memo.but(rivals_settled=True)

    def _end_if_newer(self) -> tuple[str, ...]:
        newer, older = self.services.executions.rivals()
        if newer:
            raise _OverError(Superseded(why="a newer request of this resource is under way"))
        return older

    # --- Create and Update ---------------------------------------------------------------------

    def _converge(self) -> Outcome:
        target = self._target()
        view = self._view(target)
        if self.memo.failure or is_failed_replacement(view):
            return self._remove_failed_replacement(view)
        step = converging(view)
        if step is Step.LOOK:
            return self._again()
        if step is Step.FAIL:
            step = self._once_more(view)
        if step is Step.FAIL:
            return self._failed(self.say.why_not(view, situation(view)))
        # Behind a fence too: what a stopped execution made may take several looks to show.
        leftover = self._leftover() if step is Step.SUCCEED else None
        if leftover is not None or self._behind_fence():
            return leftover or self._again()
        if step is Step.SUCCEED:
            return self._unless_unseen() or self.say.success(target, view)
        self._guard()
        self._act(step, view)
        return self._again()

    def _once_more(self, view: View) -> Step:
        """In a rollback, what the service let fail is tried again: a rollback must not fail."""
        step = after_failure_in_rollback(view)
        if step is not Step.FAIL and self.services.is_rolling_back():
            logger.warning("tried again, for the stack rolls back: %s", view.target_arn)
            return step
        return Step.FAIL

    def _target(self) -> str:
        """The resource to converge on: on an Update one that is there already and fits, if any.

        A rollback of a replacement asks for the resource before it, whose generated name
        cannot be derived from the rollback's own request.
        """
        if not self.memo.target_arn:
            self.memo = self.memo.but(target_arn=self._fitting() or self._own_arn())
        return self.memo.target_arn

    def _own_arn(self) -> str:
        return names.arn(self.request, names.resource_name(self.request))

    def _fitting(self) -> str:
        request = self.request
        replaces = request.spec.change is Change.REPLACEMENT
        if request.type is not RequestType.UPDATE or not replaces:
            return ""
        known = (request.physical_id,) if names.is_arn(request, request.physical_id) else ()
        candidates = itertools.chain(known, self._earlier_runs())
        return next((arn for arn in candidates if self._fits(arn)), "")

    def _earlier_runs(self) -> Iterator[str]:
        """The ARNs of all runs of this resource with the same properties."""
        if names.has_given_name(self.request):
            return
        prefix = names.arn(
            self.request, names.job_name_prefix(self.request, self.request.properties)
        )
        filter_value = self.desired.get(self.request.spec.list_filter or "", "")
        for arn in self.services.personalize.names(filter_value):
            if arn.startswith(prefix):
                yield arn

    def _fits(self, arn: str) -> bool:
        found = self.services.personalize.find(arn)
        if found is None or phase_of(found.status) is Phase.FAILED:
            return False
        owner = self.services.personalize.owner(arn)
        return (
            owner is not None
            and owner.is_same_resource(self.request)
            and owner.fingerprint == self.fingerprint
        )

    def _act(self, step: Step, view: View) -> None:
        """Change something, once. What came of it, the next look tells."""
        service, target = self.services.personalize, view.target_arn
        try:
            if step is Step.CREATE:
                name = target.rsplit("/", 1)[-1]
                named = {**self.desired, self.request.spec.name_member: name}
                service.create(named, tags_of(self.request))
                self.memo = self.memo.but(created_at_s=self.now_s)
            elif step is Step.UPDATE and view.found is not None:
                changes = update_input(self.request.spec, self.desired, view.found.description)
                service.update(target, changes)
                self.memo = self.memo.but(updated_at_s=self.now_s)
            elif step is Step.DELETE:
                service.delete(target)
        except PassingError:
            unanswered = self.memo.create_unanswered or step is Step.CREATE
            self.memo = self.memo.but(create_unanswered=unanswered)
            raise
        except (BusyError, TakenError) as error:
            # Someone, perhaps an earlier tick of this request, was faster: the look will tell.
            logger.info("%s", error)
        else:
            logger.info("%s %s", step.name.lower(), target)

    def _remove_failed_replacement(self, view: View) -> Outcome:
        """Delete the new resource of a replacement that failed, then answer with the old id."""
        failure = self.memo.failure or self.say.why_not(view, Situation.FAILED_NOW)
        if not self.memo.failure:
            # Noted before it is deleted: afterwards nobody could tell the reason.
            raise _OverError(Again(wait_s=0, memo=self.memo.but(failure=failure)))
        step = removing(self.request, view.found, view.owner)
        if step is Step.SUCCEED:
            return self._failed(failure)
        if step is Step.DELETE:
            self._act(step, view)
        return self._again()

    def _leftover(self) -> Outcome | None:
        """On a rollback: remove what a replacement that never succeeded has left behind."""
        request = self.request
        if request.type is not RequestType.UPDATE or request.spec.operations.delete is None:
            return None
        name = names.resource_name(request, request.old_properties)
        arn = names.arn(request, name)
        if arn in (self.memo.target_arn, request.physical_id):
            return None
        found = self.services.personalize.find(arn)
        owner = self.services.personalize.owner(arn) if found else None
        step = removing(request, found, owner)
        if step is Step.DELETE:
            self._guard()
            self.services.personalize.delete(arn)
            logger.info("delete %s, left behind by a failed replacement", arn)
        return None if step is Step.SUCCEED else self._again()

    def _guard(self) -> None:
        """Right before a change: in time, still the newest request, and wanted by the stack?"""
        if self.now_s >= self.request.deadline_s:
            raise _OverError(self._failed(self.say.too_late(self.memo, self.found)))
        older = self._end_if_newer()
        if older:
            raise _OverError(Again(wait_s=0, memo=self.memo.but(rivals=older)))
        wish = self.services.wish()
        if wish is Wish.OVER:
            raise _OverError(Superseded(why="the stack has given this request up"))
        if wish is Wish.WANTED:
            self.memo = self.memo.but(unwanted_since_s=0)
            return
        since_s = self.memo.unwanted_since_s or self.now_s
        self.memo = self.memo.but(unwanted_since_s=since_s)
        if self.now_s >= since_s + STACK_SHOWS_WITHIN_S:
            raise _OverError(self._failed(self.say.stack_does_not_show()))
        raise _OverError(self._again())

    # --- Delete --------------------------------------------------------------------------------

    def _remove(self) -> Outcome:
        target = names.target_id(self.request)
        if not target and not self.request.spec.faults(self.request.properties):
            # CloudFormation invented the id: it is about whatever its create has made.
            target = self._own_arn()
        if not target or self.request.spec.operations.delete is None:
            return self.say.removed(target)
        view = self._view(target)
        step = removing(self.request, view.found, view.owner)
        if step is Step.SUCCEED:
            left_alone = view.found is not None
            return self._unless_unseen() or self.say.removed(target, left_alone=left_alone)
        if step is Step.DELETE:
            self._act(step, view)
        return self._again()

    # --- looking -------------------------------------------------------------------------------

    def _view(self, target: str) -> View:
        self.found = self.services.personalize.find(target)
        owner = self._owner(target, self.found) if self.found else None
        self.is_ours = owner is not None and owner.is_same_resource(self.request)
        status = self.found.status if self.found else "absent"
        if status != self.memo.last_status:
            unknown = self.found is not None and phase_of(status) is Phase.UNKNOWN
            level = logging.WARNING if unknown else logging.INFO
            logger.log(level, "%s: %s -> %s", target, self.memo.last_status or "?", status)
        self.memo = self.memo.but(last_status=status)
        return View(
            request=self.request,
            desired=self.desired,
            fingerprint=self.fingerprint,
            target_arn=target,
            found=self.found,
            owner=owner,
            memo=self.memo,
            now_s=self.now_s,
        )

    def _owner(self, target: str, found: Found) -> Owner | None:
        """Who made the resource; not asked again while the same one is just being worked on."""
        memo, request = self.memo, self.request
        settled = phase_of(found.status) in (Phase.ACTIVE, Phase.FAILED)
        if not settled and memo.verified_s == found.created_at_s and memo.verified_s:
            return Owner(
                stack_id=request.stack_id,
                logical_id=request.logical_id,
                request_id=memo.owner_request,
                fingerprint=memo.owner_fingerprint,
            )
        owner = self.services.personalize.owner(target)
        if owner is not None and owner.is_same_resource(request):
            self.memo = memo.but(
                verified_s=found.created_at_s,
                owner_request=owner.request_id,
                owner_fingerprint=owner.fingerprint,
            )
        return owner

    # --- answers -------------------------------------------------------------------------------

    def after(self, error: ServiceError) -> Outcome:
        """What a call that went wrong means: another try while it may pass, else FAILED."""
        self.memo = self.memo.but(last_error=str(error))
        if isinstance(error, DeniedError):
            since_s = self.memo.denied_since_s or self.now_s
            self.memo = self.memo.but(denied_since_s=since_s)
            if self.now_s >= since_s + PERMISSIONS_ARRIVE_WITHIN_S:
                return self._failed(self.say.denied(error))
        elif isinstance(error, RefusedError) or self._is_hopeless_quota(error):
            return self._failed(self.say.refused(error))
        elif isinstance(error, PassingError):
            self.memo = self.memo.but(troubles=self.memo.troubles + 1)
        logger.warning("will be tried again: %s", error)
        again = self._again()
        wait_s = max(again.wait_s, self._pause_after(error))
        return self._unless_late(Again(wait_s=wait_s, memo=again.memo))

    def _is_hopeless_quota(self, error: ServiceError) -> bool:
        return isinstance(error, QuotaError) and not self.request.spec.waits_for_quota

    def _pause_after(self, error: ServiceError) -> int:
        return QUOTA_PAUSE_S if isinstance(error, QuotaError) else next_try(self.memo.troubles)

    def _unless_late(self, again: Again) -> Outcome:
        """Another look, or FAILED when the next one would come after the deadline."""
        left_s = self.request.deadline_s - self.now_s
        if left_s <= 0:
            return self._failed(self.say.too_late(self.memo, self.found))
        return Again(wait_s=min(again.wait_s, max(1, int(left_s))), memo=again.memo)

    def _again(self) -> Again:
        wait_s = next_look(self.now_s - self.request.signed_at_s)
        return Again(wait_s=wait_s, memo=self.memo)

    def _behind_fence(self) -> bool:
        return self.now_s < self.memo.fence_until_s

    def _unless_unseen(self) -> Outcome | None:
        """Before the answer that all is done: nothing, or a look when an older one may act yet.

        The list of executions may lag, and so hide an older one whose last call is in flight.
        Once the list has settled it shows that one, which is then stopped and fenced off.
        """
        request = self.request
        if self._behind_fence():
            return self._again()
        if request.spec.operations.delete is None or not self._follows_unanswered_request():
            return None
        if self.now_s <= request.signed_at_s + LISTS_SETTLE_WITHIN_S:
            return self._again()
        older = self._end_if_newer()
        return Again(wait_s=0, memo=self.memo.but(rivals=older)) if older else None

    def _follows_unanswered_request(self) -> bool:
        """Whether CloudFormation may have given an older request up: to undo it, or to delete."""
        request = self.request
        if request.type is RequestType.DELETE:
            known = names.is_arn(request, request.physical_id)
            return not known and not names.tells_of_nothing(request.physical_id)
        return request.type is RequestType.UPDATE

    def _failed(self, reason: str) -> Verdict:
        return Verdict(status=Status.FAILED, physical_id=self._id_after_failure(), reason=reason)

    def _id_after_failure(self) -> str:
        """The id of a failure: on a Create the ARN of what exists by now, else what it was.

        An Update that changed the id on failure would make CloudFormation delete what runs.
        """
        if self.request.type is RequestType.CREATE and (self.is_ours or self.memo.created_at_s):
            return self.memo.target_arn
        return names.id_unless_created(self.request, certain=not self.memo.create_unanswered)
