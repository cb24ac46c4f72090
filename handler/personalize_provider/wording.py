"""The sentences of an answer: what happened, in the service's own words, and the way out."""

from __future__ import annotations

import enum

from personalize_provider import names, segments
from personalize_provider.calls import ServiceError
from personalize_provider.comparison import fixed_differences
from personalize_provider.event import Request, RequestType
from personalize_provider.lifecycle import Situation, View, is_updating
from personalize_provider.memo import Memo
from personalize_provider.personalize import Found
from personalize_provider.resources import LONGEST_TIMEOUT_S
from personalize_provider.resources.spec import text_at
from personalize_provider.response import Status, Verdict
from personalize_provider.schema import cloudformation_name

_NO_REASON = "the service gave no reason"


class Kept(enum.Enum):
    """Why a Delete leaves something, in words."""

    FOREIGN = "not made by this resource of this stack, so it is left alone"
    IN_USE = "made or taken over since by a later request, so it stays"
    GIVEN_BACK = "there before this resource of this stack, so it is kept"


class Wording:
    """Words the outcome of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._title = request.spec.title

    def success(self, arn: str, view: View) -> Verdict:
        """The resource is as asked for, with its attributes."""
        return Verdict(
            status=Status.SUCCESS,
            physical_id=arn,
            reason=f"{arn} is {view.found.status if view.found else 'ACTIVE'}{_adopted(view)}",
            data=self._attributes(arn, view.found, seen=view.memo.last_status),
        )

    def handed_over(self, memo: Memo, found: Found | None) -> Verdict:
        """This link's time is over, and the next one of the chain goes on."""
        arn = memo.target_arn
        status = _status(found) if found else memo.last_status or "not seen"
        # The next link looks for what has no ARN yet.
        physical_id = arn or names.id_of_nothing(self._request, certain=False)
        return Verdict(
            status=Status.SUCCESS,
            physical_id=physical_id,
            reason=f"{arn or self._unnamed} is {status}; a wait segment goes on",
            data=self._attributes(physical_id, found, seen=memo.last_status),
        )

    def _attributes(self, arn: str, found: Found | None, *, seen: str) -> dict[str, str]:
        """What Fn::GetAtt gives; the ARN always, since the next link of a chain needs it."""
        spec = self._request.spec
        description = {spec.arn_member: arn, **(found.description if found else {})}
        data = {name: text_at(description, path) for name, path in spec.attributes.items()}
        if self._request.is_chained:
            request = self._request
            emptied = request.emptied(found.description if found else None)
            told = segments.request_attribute(request.request_id, emptied)
            data[segments.REQUEST_ATTRIBUTE] = told
            data[segments.SEEN_ATTRIBUTE] = seen or "absent"
        return {name: value for name, value in data.items() if value}

    def removed(self, arn: str, *, kept: Kept | None = None) -> Verdict:
        """Nothing of this stack's is left under the id, or it cannot be deleted at all.

        Args:
            arn: What the Delete was about; "" if nothing was ever created.
            kept: Why something is still there, or None.
        """
        stays = arn and self._request.spec.operations.delete is None
        done = "deleted" if arn else "nothing to delete"
        reason = f"{self._title} cannot be deleted: its record stays" if stays else done
        if kept is not None:
            reason = kept.value
        return Verdict(
            status=Status.SUCCESS,
            physical_id=names.id_unless_created(self._request),
            reason=f"{arn or 'Nothing was created'}: {reason}",
        )

    def why_not(self, view: View, situation: Situation) -> str:
        """Why a Create or an Update has failed."""
        found = view.found
        name = view.target_arn.rsplit("/", 1)[-1]
        what = f"{self._title} {name}" if name else self._unnamed
        if situation is Situation.TAKEN:
            return (
                f"{what} exists already, and the service takes each name once. Choose another "
                f"{self._name_property}, or leave the name out."
            )
        if found is None or situation is Situation.FOREIGN:
            return self._why_foreign(what, view)
        if situation in (Situation.FAILED_NOW, Situation.FAILED_BEFORE):
            reason = found.failure_reason or _NO_REASON
            way_out = self._way_out_of_an_earlier_failure(view, situation)
            return (
                f"{what} is {found.status}: {_as_sentence(reason) if way_out else reason}{way_out}"
            )
        if situation is Situation.UPDATE_FAILED and found.update:
            reason = found.update.failure_reason or _NO_REASON
            return f"The update of {what} is {found.update.status}: {reason}"
        if situation is Situation.FIXED:
            members = fixed_differences(self._request.spec, view.desired, found.description)
            fixed = " and ".join(map(cloudformation_name, members))
            return (
                f"{what} exists with another {fixed}, which no update can change. Choose another "
                f"{self._name_property}, or leave the name out, for a new one."
            )
        if situation is Situation.DIFFERENT:
            return (
                f"{what} exists with other properties. It can neither be changed nor deleted, so "
                f"its name is used up: choose another {self._name_property}, or leave the name out."
            )
        return (
            f"The update of {what} has ended, but the service describes another configuration "
            f"than the one asked for."
        )

    def failed_before(self, found: Found) -> str:
        """Why something is made anew, to be put behind the reason of an answer."""
        failure = found.failure or f"{found.status}: {_NO_REASON}"
        return f"It was to be made anew, for before it was {failure}"

    def update_failed_before(self, found: Found) -> str:
        """Why an update is tried again, to be put behind the reason of an answer."""
        return f"It was tried again, for before {_failure(found)}"

    def _way_out_of_an_earlier_failure(self, view: View, situation: Situation) -> str:
        """What to do about something of that name that failed before this request."""
        if view.owner is not None and view.owner.adopted:
            return " It was there before, so it is not made anew: delete it, and deploy again."
        if situation is not Situation.FAILED_BEFORE:
            return ""
        if not names.has_given_name(self._request):
            return " Deploy again for another run."
        return (
            f" It cannot be deleted, so its name is used up: choose another "
            f"{self._name_property}, or leave the name out."
        )

    def _why_foreign(self, what: str, view: View) -> str:
        """Why what somebody else made stays as it is."""
        found, owner = view.found, view.owner
        other_name = f"Choose another {self._name_property}, or leave the name out"
        if self._request.adopts and found is not None:
            return (
                f"{what} exists already and is {found.status}, so it cannot be adopted: "
                f"{found.failure_reason or _NO_REASON} Delete it, and deploy again. Or choose "
                f"another {self._name_property}."
            )
        adopt = " Or take it over with AdoptExisting." if self._request.spec.may_be_adopted else ""
        whose = f" It belongs to {owner.logical_id} of {owner.stack_id}." if owner else ""
        return (
            f"{what} exists already and was not made by this resource of this stack, so it is "
            f"left alone.{whose} {other_name}.{adopt}"
        )

    def refused(self, error: ServiceError) -> str:
        """The service refuses the call for good."""
        return f"{self._title} was refused. {error}"

    def denied(self, error: ServiceError) -> str:
        """IAM still refuses after all the time that a new permission may take."""
        return (
            f"{self._title}: not permitted, and not within the time that a new permission takes "
            f"to arrive. {error}"
        )

    def stack_does_not_show(self) -> str:
        """CloudFormation does not know the resource."""
        return (
            f"{self._title}: the stack does not show the resource {self._request.logical_id}, so "
            f"nothing was changed."
        )

    def too_late(self, memo: Memo, found: Found | None) -> str:
        """The deadline has come."""
        request = self._request
        is_last = request.is_chained and not request.hands_over
        latest_s = request.latest_s if memo.more_time else request.deadline_s
        gone_s = request.waited_before_s + int(latest_s) - request.signed_at_s
        in_full = is_last and not memo.more_time
        took = _in_words(request.asked_timeout_s) if in_full else f"{gone_s / 60:.0f} minutes"
        # A Delete with an id that CloudFormation invented is about what its create made.
        known = memo.target_arn or names.target_id(request) or names.own_arn(request)
        arn = found.arn if found else known or self._unnamed
        status = _status(found) if found else memo.last_status or "not seen"
        trouble = _trouble(memo, found)
        if request.type is RequestType.DELETE:
            return f"{arn} is {status} after {took}: delete again.{trouble}"
        if memo.left_behind == arn:
            return (
                f"{arn}, left by a replacement that failed, is {status}, not gone as asked for, "
                f"after {took}. It goes when the rollback is continued.{trouble}"
            )
        failed = f" A replacement had failed: {memo.failure}." if memo.failure else ""
        if memo.left_behind:
            failed += (
                f" {memo.left_behind} is still there, and goes when the rollback is continued."
            )
        aim = self._aim if status != self._aim else _what_is_missing(memo)
        return (
            f"{arn} is {status}, not {aim} as asked for, after {took}.{failed}{trouble} "
            f"If it only needs more time, give it some with `timeout`, "
            f"{_in_words(LONGEST_TIMEOUT_S)} at most."
        )

    @property
    def _aim(self) -> str:
        if self._request.wants_rest:
            return "INACTIVE"
        return "ACTIVE" if self._request.waits_for_completion else "at work"

    @property
    def _unnamed(self) -> str:
        """What has no ARN yet."""
        return f"{self._title} {names.resource_name(self._request)}"

    @property
    def _name_property(self) -> str:
        return self._request.spec.name_property


def _adopted(view: View) -> str:
    if view.owner is None or not view.owner.adopted:
        return ""
    return "; it was there before, and is adopted"


def _what_is_missing(memo: Memo) -> str:
    """What has not become of something that is as it is to end: marks may not show yet."""
    return "adopted" if memo.foreign and memo.adopted_at_s else "configured"


def _trouble(memo: Memo, found: Found | None) -> str:
    """What the latest call was answered with, if it was not taken, or what has failed of itself."""
    words = memo.last_error or memo.refusal or (_failure(found) if found else "")
    return f" The latest error: {words}." if words else ""


def _as_sentence(reason: str) -> str:
    """The service's words with an end, for another sentence to follow."""
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."


def _failure(found: Found) -> str:
    """What has failed of itself, and why: the resource, or else its latest update."""
    update = found.update
    if found.failure or update is None or not update.failure_reason:
        return found.failure
    return f"its update was {update.status}: {update.failure_reason}"


def _status(found: Found) -> str:
    """The status, and that of an update under way: meanwhile the resource itself stays ACTIVE."""
    update = found.update
    if update is None or not is_updating(found):
        return found.status
    return f"{found.status}, its update {update.status}"


def _in_words(seconds: int) -> str:
    """A time for people: "59 minutes", "3 hours"."""
    if seconds > segments.CLOUDFORMATION_WAITS_S:
        return f"{seconds / 3600:.4g} hours"
    return f"{seconds / 60:.0f} minutes"
