"""A tick's work: the request, the memo as it grows, and the looks, changes and answers it makes."""

from __future__ import annotations

import logging
from typing import Any

from personalize_provider import names
from personalize_provider.calls import (
    PassingError,
    ServiceError,
)
from personalize_provider.comparison import with_emptied
from personalize_provider.event import Request, RequestType
from personalize_provider.lifecycle import (
    AT_REST,
    VISIBLE_AFTER_S,
    Phase,
    Step,
    View,
    is_of_this_request,
    is_under_way,
    is_young,
    phase_of,
)
from personalize_provider.memo import Memo
from personalize_provider.outcome import Again, Outcome, OverError
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Found
from personalize_provider.response import Status, Verdict
from personalize_provider.services import Services
from personalize_provider.stack import STACK_SHOWS_WITHIN_S, Course
from personalize_provider.state_change import ABSENT, entry, status_text
from personalize_provider.undoing import needs_no_certain_successor, removing
from personalize_provider.waiter import next_look, next_try
from personalize_provider.wording import Wording

logger = logging.getLogger(__name__)

TAGS_TAKE_S = 15
"""What is left of its time to a request that finds all done but the tags, or the marks."""

MOST_NOTED = 10
"""Events that wait to be sent at most; the oldest is given up for another."""


class Work:
    """One tick's state, and what its steps have in common.

    Attributes:
        request: The request.
        memo: What earlier ticks noted, and this one so far.
        services: The services and the clock.
        now_s: Epoch seconds at the tick's start.
        say: The words of its answers.
        desired: The create call's input, with what is to be emptied of what the latest look has
            found.
        fingerprint: Of the properties asked for.
        found: What the latest look has found.
        latest_view: All of the latest look, None before it.
        is_ours: Whether that is the request's own resource.
        may_hand_over: Whether another link of the chain could go on from here.
    """

    def __init__(self, request: Request, memo: Memo, services: Services) -> None:
        self.request = request
        self.memo = memo
        self.services = services
        self.now_s = services.clock()
        self.say = Wording(request)
        self.desired = self._desired(None)
        self.fingerprint = request.spec.fingerprint(request.properties)
        self.found: Found | None = None
        self.latest_view: View | None = None
        self.is_ours = False
        self.may_hand_over = True

    @property
    def name(self) -> str:
        """The name of the resource that the request is about."""
        target = self.memo.target_arn or names.own_arn(self.request)
        if target and not self.request.spec.arn_from_service:
            return target.rsplit("/", 1)[-1]
        return names.resource_name(self.request)

    def view(self, target: str) -> View:
        """Look at a resource, and log what has changed since the latest look.

        Args:
            target: Its ARN; "" while that is not known, so that nothing is found.
        """
        self.found = self.services.personalize.find(target) if target else None
        self.desired = self._desired(self.found)
        owner = self._owner(target, self.found) if self.found else None
        self.is_ours = owner is not None and owner.is_same_resource(self.request)
        status = status_text(self.found)
        # What came of something while it was not ours yet was told to nobody.
        told = "" if self.memo.foreign else self.memo.last_status
        before = told or self.request.seen
        if status != self.memo.last_status:
            unknown = self.found is not None and phase_of(self.found.status) is Phase.UNKNOWN
            level = logging.WARNING if unknown else logging.INFO
            what = target or self.name
            logger.log(level, "%s: %s -> %s", what, self.memo.last_status or "?", status)
        foreign = self.found is not None and not self.is_ours
        self.memo = self.memo.but(last_status=status, foreign=foreign)
        deletes = self.request.type is RequestType.DELETE
        if self.found and self.is_ours and is_under_way(self.found) and not deletes:
            # What is seen to be at work tells more than why another call was refused.
            self.memo = self.memo.but(refusal="")
        view = View(
            request=self.request,
            desired=self.desired,
            fingerprint=self.fingerprint,
            target_arn=target,
            found=self.found,
            owner=owner,
            memo=self.memo,
            now_s=self.now_s,
        )
        self.latest_view = view
        is_news = bool(self.memo.fence_until_s) or _came_since_asked(view) or _is_by_request(view)
        self._note(entry(view, before=before, is_news=is_news))
        return view

    def _desired(self, found: Found | None) -> dict[str, Any]:
        described = found.description if found else None
        asked = self.request.spec.desired(self.request.properties)
        return with_emptied(asked, self.request.emptied(described))

    def _note(self, event: str | None) -> None:
        """Note an event, to be sent when the tick is over."""
        if event is None:
            return
        events = (*self.memo.events, event)
        for lost in events[:-MOST_NOTED]:
            logger.error("an event is given up, for more recent ones wait to be sent: %s", lost)
        self.memo = self.memo.but(events=events[-MOST_NOTED:])

    def _owner(self, target: str, found: Found) -> Owner | None:
        """Who made the resource; not asked again while the same one is just being worked on."""
        memo, request = self.memo, self.request
        settled = phase_of(found.status) in AT_REST
        if not settled and memo.verified_s == found.created_at_s and memo.verified_s:
            return Owner(
                stack_id=request.stack_id,
                logical_id=request.logical_id,
                request_id=memo.owner_request,
                fingerprint=memo.owner_fingerprint,
            )
        owner = self.services.personalize.owner(target)
        if owner is not None and owner.is_same_resource(request) and not owner.adopted:
            self.memo = memo.but(
                verified_s=found.created_at_s,
                owner_request=owner.request_id,
                owner_fingerprint=owner.fingerprint,
            )
        return owner

    @property
    def stack_has_settled(self) -> bool:
        """Whether the stack shows what it did when it sent the request."""
        return self.now_s >= self.request.signed_at_s + STACK_SHOWS_WITHIN_S

    def is_in_rollback(self) -> bool:
        """Whether the stack undoes an operation; another look while that may not show for sure.

        What it shows may be the operation before, which may have been a rollback itself.

        Raises:
            OverError: With that look.
            ServiceError: CloudFormation did not tell.
        """
        course = self.services.course()
        acts_until_s = self.deadline_s - min(TAGS_TAKE_S, self.request.timeout_s // 4)
        may_show_yet = not self.stack_has_settled and self.now_s < acts_until_s
        if course is not Course.DELETION and may_show_yet:
            raise OverError(self.unless_late(self.again()))
        return course is Course.ROLLBACK

    def removing(self, found: Found | None, owner: Owner | None, *, undoes: bool = False) -> Step:
        """The next step towards a resource's absence, or towards what it was before.

        Args:
            found: What the service describes, or None.
            owner: Whose it is, or None.
            undoes: Whether it undoes what has failed, so that nothing goes that was there before.
        """
        if found is not None and owner is None and is_young(found, self.now_s):
            return Step.LOOK
        gives_back = owner is not None and self._gives_back(owner, undoes=undoes)
        step = removing(self.request, found, owner, gives_back=gives_back)
        # Tags show late, and by now others may have adopted it: their marks are not to be removed.
        shows_s = self.memo.given_back_at_s + VISIBLE_AFTER_S
        return Step.LOOK if step is Step.GIVE_BACK and self.now_s < shows_s else step

    def _gives_back(self, owner: Owner, *, undoes: bool) -> bool:
        """Whether what was adopted stays. A rollback deletes nothing that was there before."""
        if not owner.adopted or not owner.is_same_resource(self.request):
            return False
        stays = undoes or not (owner.moved or self.request.deletes_adopted)
        return stays or self.is_in_rollback()

    def again(self) -> Again:
        """Another look, when the schedule wants it."""
        request = self.request
        elapsed_s = self.now_s - request.signed_at_s
        wait_s = next_look(request.waited_before_s + elapsed_s, self.draw())
        return Again(wait_s=wait_s, memo=self.memo)

    def draw(self) -> float:
        """A number in [0, 1) that differs from request to request and from look to look."""
        return names.draw(self.request.request_id, str(int(self.now_s)))

    def pause(self, troubles: int) -> int:
        """Seconds until the next try after so many failures in a row."""
        return next_try(troubles, self.draw())

    @property
    def deadline_s(self) -> float:
        """Epoch seconds by which the request is answered, come what may."""
        return self.request.latest_s if self.memo.more_time else self.request.deadline_s

    def unless_late(self, again: Again) -> Outcome:
        """Another look, or the end when the next one would come after the deadline."""
        left_s = self.deadline_s - self.now_s
        if left_s <= 0:
            return self.late()
        return Again(wait_s=min(again.wait_s, max(1, int(left_s))), memo=again.memo)

    def late(self) -> Outcome:
        """The deadline has come: there is more time, the next link goes on, or else FAILED."""
        if self.has_more_time():
            self.memo = self.memo.but(more_time=self.stack_has_settled)
            return self.again()
        if self.request.hands_over and self.may_hand_over and not self._may_be_the_last_asked():
            return self.say.handed_over(self.memo, self.found)
        return self.failed(self.say.too_late(self.memo, self.found))

    def has_more_time(self) -> bool:
        """Whether `timeout` is no limit: a rollback has all the time that CloudFormation gives.

        Past `timeout` the update that it undoes may still be under way.
        """
        request = self.request
        if request.type is not RequestType.UPDATE or self.memo.more_time:
            return False
        if self.now_s >= request.latest_s:
            return False
        if not self.stack_has_settled:
            # Nobody knows yet.
            return True
        try:
            return self.services.course() is Course.ROLLBACK
        except ServiceError as error:
            logger.warning("the stack's status is not known: %s", error)
            return isinstance(error, PassingError)

    def _may_be_the_last_asked(self) -> bool:
        """Whether nobody may go on from here, although something is left to do: in a rollback."""
        request, found = self.request, self.found
        if request.type is not RequestType.UPDATE:
            return False
        if found and needs_no_certain_successor(request, self.desired, found):
            return False
        # The time is over, and FAILED is safe either way.
        return self.may_be_in_rollback()

    def may_be_in_rollback(self) -> bool:
        """Whether the stack shows that it undoes an operation, or nobody tells that it does not."""
        try:
            return self.services.course() is Course.ROLLBACK
        except ServiceError as error:
            logger.warning("taken for a rollback: %s", error)
            return True

    def failed(self, reason: str) -> Verdict:
        """FAILED, with the id that tells what exists, and why it was made anew, if it was."""
        if self.memo.failed_before:
            reason = f"{reason.removesuffix('.')}. {self.memo.failed_before}"
        return Verdict(status=Status.FAILED, physical_id=self._id_after_failure(), reason=reason)

    def _id_after_failure(self) -> str:
        """The id of a failure: on a Create the ARN of what exists by now, else what it was.

        What was made, or adopted, and does not show yet is left to a Delete that looks for it: one
        with an ARN takes what is not found for gone at once. And an Update that changed the id on
        failure would make CloudFormation delete what runs.
        """
        memo, request = self.memo, self.request
        shows = memo.last_status not in ("", ABSENT) or not request.spec.can_be_undone
        exists = self.is_ours or (memo.created_at_s and shows)
        if request.type is RequestType.CREATE and exists:
            return memo.target_arn
        made = (memo.created_at_s, memo.unanswered_at_s, memo.taken_at_s, memo.adopted_at_s)
        return names.id_unless_created(request, certain=not any(made))


def _came_since_asked(view: View) -> bool:
    """Whether what is seen came after the request did, so that no earlier wait can have seen it.

    Where the request has stopped an earlier wait, that one may not have seen it either way.
    """
    found = view.found
    if found is None:
        return False
    latest = found.update.description if found.update else found.description
    changed = latest.get("lastUpdatedDateTime")
    return changed is not None and changed.timestamp() >= view.request.signed_at_s


def _is_by_request(view: View) -> bool:
    """Whether what is seen was made by this very request, even where a crash left no memo of it."""
    memo, owner, found = view.memo, view.owner, view.found
    if memo.created_at_s or memo.updated_at_s:
        return True
    if owner is not None and owner.request_id == view.request.request_id:
        return True
    update = found.update if found is not None else None
    return update is not None and is_of_this_request(view, update)
