"""A CloudFormation event -> `Request`: the only room that knows CloudFormation's key names."""

from __future__ import annotations

import calendar
import enum
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from personalize_provider import segments
from personalize_provider.comparison import to_empty
from personalize_provider.resources import LONGEST_TIMEOUT_S, SPECS, Fault, ResourceSpec
from personalize_provider.resources.spec import (
    ACTIVE,
    ADOPT_EXISTING,
    DELETE_ADOPTED,
    STATE_CHANGE_EVENTS,
    WAIT_FOR_COMPLETION,
    tags_in,
)


class RequestType(enum.Enum):
    """What CloudFormation asks for.

    `rank` breaks the tie between requests that CloudFormation signed in the same second.
    """

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"

    @property
    def rank(self) -> int:
        """1 to 3; a Delete comes after an Update, an Update after a Create."""
        return list(RequestType).index(self) + 1


class BadEventError(Exception):
    """The event is none that CloudFormation sends, or its properties are faulty.

    Attributes:
        faults: What is wrong with the properties; empty when the event itself is wrong.
    """

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of CloudFormation.

    Attributes:
        type: Create, Update or Delete.
        spec: The kind of resource.
        request_id: CloudFormation's id; the same in every delivery of the same request.
        stack_id: ARN of the stack.
        logical_id: The resource's logical id in the template.
        response_url: The presigned URL that takes the answer. Never logged.
        physical_id: What an earlier answer gave; empty on Create.
        properties: The resource's properties, numbers and booleans as strings.
        old_properties: On Update, the properties before; else empty.
        signed_at_s: Epoch seconds at which CloudFormation signed the response URL; this orders
            the requests of one resource.
        position: 1 for the resource's own request; a wait segment that goes on with its work has
            the next numbers, and carries that resource's identity and properties.
        asked_of: Logical id that CloudFormation asked: that of the segment, if it is one.
        seen: The status that the link before has seen last, or "".
        told_to_empty: What the request empties that a wait segment goes on with, as paths.
    """

    type: RequestType
    spec: ResourceSpec
    request_id: str
    stack_id: str
    logical_id: str
    response_url: str = field(repr=False)
    physical_id: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]
    signed_at_s: int
    position: int = 1
    asked_of: str = ""
    seen: str = ""
    told_to_empty: tuple[str, ...] = ()

    @property
    def continues(self) -> bool:
        """Whether this is a wait segment's, which goes on with what another request began."""
        return self.position > 1

    def emptied(self, described: Mapping[str, Any] | None) -> tuple[str, ...]:
        """Paths of lists that are to be empty, for they were stated before and are no longer.

        Args:
            described: The service's description of the resource, or None where it is not there.
                What is taken over, and was not made as the properties before asked, may have lists
                that this request's properties never stated.
        """
        if self.continues or not self.spec.emptied:
            return self.told_to_empty
        before: list[Mapping[str, Any]] = [self.spec.desired(self.old_properties)]
        is_known = described and described.get(self.spec.arn_member) == self.physical_id
        if described and not is_known:
            before.append(described)
        desired = self.spec.desired(self.properties)
        paths = (path for each in before for path in to_empty(self.spec, desired, each))
        return tuple(dict.fromkeys(paths))

    @property
    def waits_for_completion(self) -> bool:
        """Whether the answer comes once all is done; else once the service is at it."""
        return _flag(self.properties, WAIT_FOR_COMPLETION)

    @property
    def waited_for_completion(self) -> bool:
        """On an Update, whether the answer before came once all was done."""
        return _flag(self.old_properties, WAIT_FOR_COMPLETION)

    @property
    def is_left_throughout(self) -> bool:
        """On an Update, whether nobody waits for all to be done, and nobody did before."""
        return not self.waits_for_completion and not self.waited_for_completion

    @property
    def wants_rest(self) -> bool:
        """Whether the resource is to be stopped, for the time being."""
        return self.spec.may_rest and not _flag(self.properties, ACTIVE)

    @property
    def adopts(self) -> bool:
        """Whether it takes over what has its name already."""
        return self.spec.may_be_adopted and _flag(self.properties, ADOPT_EXISTING, default=False)

    @property
    def adopted_before(self) -> bool:
        """On an Update, whether the properties before asked for that."""
        return self.spec.may_be_adopted and _flag(
            self.old_properties, ADOPT_EXISTING, default=False
        )

    @property
    def deletes_adopted(self) -> bool:
        """Whether its Delete deletes even what was taken over."""
        return _flag(self.properties, DELETE_ADOPTED, default=False)

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags that the template sets."""
        return tags_in(self.properties)

    @property
    def old_tags(self) -> Mapping[str, str]:
        """On an Update, the tags that the template set before."""
        return tags_in(self.old_properties)

    @property
    def tells_state_changes(self) -> bool:
        """Whether EventBridge hears of each status."""
        return _flag(self.properties, STATE_CHANGE_EVENTS)

    @property
    def stack_name(self) -> str:
        """The stack's name, from its ARN."""
        return self.stack_id.split("/")[1]

    @property
    def deadline_s(self) -> float:
        """Epoch seconds by which the request is answered, come what may.

        A create or an update has the construct's `timeout`. A delete has all the time that
        CloudFormation gives, since it may first have to wait for a create to end.
        """
        wait_s = self._share_s
        if self.type is not RequestType.DELETE:
            wait_s = min(wait_s, self.asked_timeout_s - self.waited_before_s)
        return self.signed_at_s + wait_s

    @property
    def latest_s(self) -> float:
        """Epoch seconds until which CloudFormation takes an answer, less a margin."""
        return self.signed_at_s + self._share_s

    @property
    def timeout_s(self) -> int:
        """Seconds that this one request may take."""
        return int(self.deadline_s) - self.signed_at_s

    @property
    def asked_timeout_s(self) -> int:
        """Seconds that a create or an update may take with all its links."""
        return _seconds(self.properties, "Timeout", self._share_s, most=LONGEST_TIMEOUT_S)

    @property
    def waited_before_s(self) -> int:
        """Seconds that the links before have used up."""
        return (self.position - 1) * self._share_s

    @property
    def has_segments(self) -> bool:
        """Whether wait segments follow the resource."""
        return self.asked_timeout_s > self._limit_s

    @property
    def is_chained(self) -> bool:
        """Whether wait segments share the work; none has a share in a Delete's."""
        return self.type is not RequestType.DELETE and self.has_segments

    @property
    def hands_over(self) -> bool:
        """Whether another link goes on when this one's time is over."""
        return self.is_chained and self.position * self._limit_s < self.asked_timeout_s

    @property
    def handed_over_before(self) -> bool:
        """On an Update, whether the properties before had another link go on from this one."""
        limit_s = _limit_s(self.old_properties)
        asked_s = _seconds(self.old_properties, "Timeout", 0, most=LONGEST_TIMEOUT_S)
        return self.position * limit_s < asked_s

    @property
    def _limit_s(self) -> int:
        return _limit_s(self.properties)

    @property
    def _share_s(self) -> int:
        return segments.share_s(self._limit_s)


def parse(event: Mapping[str, Any], *, now_s: float) -> Request:
    """Read an event.

    Args:
        event: What the Lambda was invoked with.
        now_s: Epoch seconds; stands in for the time of signing where the URL does not tell it.

    Raises:
        BadEventError: The event is none of CloudFormation's, or of a kind not known here.
    """
    try:
        asked = event
        position, seen = _place_in_chain(event)
        told_to_empty: tuple[str, ...] = ()
        if position > 1:
            told_to_empty = segments.emptied(event)
            event = segments.work_of(event)
        spec = _spec(event)
        response_url = _text(event, "ResponseURL")
        return Request(
            type=RequestType(event["RequestType"]),
            spec=spec,
            request_id=_text(event, "RequestId"),
            stack_id=_stack_id(event),
            logical_id=_text(event, "LogicalResourceId"),
            response_url=response_url,
            physical_id=event.get("PhysicalResourceId") or "",
            properties=_properties(event, "ResourceProperties"),
            old_properties=_properties(event, "OldResourceProperties"),
            signed_at_s=int(signed_at(response_url) or now_s),
            position=position,
            asked_of=_text(asked, "LogicalResourceId"),
            seen=seen,
            told_to_empty=told_to_empty,
        )
    except KeyError as error:
        raise BadEventError(f"not an event of CloudFormation: it has no {error}") from error
    except ValueError as error:
        raise BadEventError(f"not an event of CloudFormation: {error}") from error


def _spec(event: Mapping[str, Any]) -> ResourceSpec:
    resource_type = event.get("ResourceType")
    spec = SPECS.get(str(resource_type))
    if spec is None:
        raise BadEventError(
            f"ResourceType is {resource_type!r}; this provider serves {', '.join(sorted(SPECS))}"
        )
    return spec


def _place_in_chain(event: Mapping[str, Any]) -> tuple[int, str]:
    """Which link asks, and what the link before has seen: 1 and "" for a resource itself."""
    if not segments.is_segment(event):
        return 1, ""
    properties = _properties(event, "ResourceProperties")
    position = int(properties["Position"])
    if position < 2:
        raise ValueError(f"Position is {position}, but a segment's is 2 at least")
    return position, str(properties.get(segments.SEEN_ATTRIBUTE, ""))


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event[key]
    if not isinstance(value, str) or not value:
        # Not the value: it may be the URL.
        raise ValueError(f"{key} is not a text")
    return value


def _stack_id(event: Mapping[str, Any]) -> str:
    """The stack's ARN, from which partition, region, account and name are read later."""
    stack_id = _text(event, "StackId")
    if not re.fullmatch(r"arn:[^:]+:cloudformation:[^:]+:[^:]*:stack/[^/]+/.+", stack_id):
        raise ValueError(f"StackId is {stack_id!r}, no ARN of a stack")
    return stack_id


def _properties(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    properties = event.get(key) or {}
    if not isinstance(properties, Mapping):
        raise ValueError(f"{key} is no map")  # noqa: TRY004 the event is bad, not the code
    return properties


def check(request: Request) -> None:
    """Refuse bad properties before anything is created.

    A Delete is never refused: it may follow a Create that was.

    Raises:
        BadEventError: With every fault.
    """
    if request.type is RequestType.DELETE:
        return
    faults = request.spec.faults(request.properties)
    if faults:
        count = f"{len(faults)} properties are" if len(faults) > 1 else "A property is"
        listed = " ".join(f"({number}) {fault}" for number, fault in enumerate(faults, 1))
        raise BadEventError(f"{count} not valid, and nothing was created. {listed}", faults)


def signed_at(response_url: str) -> int | None:
    """Epoch seconds at which a presigned URL was signed; None where it does not tell.

    Signature version 4 states the time of signing; version 2 states the time of expiry, which
    orders requests just as well, because the validity is constant.
    """
    query = parse_qs(urlsplit(response_url).query)
    try:
        if date := query.get("X-Amz-Date"):
            return calendar.timegm(time.strptime(date[0], "%Y%m%dT%H%M%SZ"))
        if expires := query.get("Expires"):
            return int(expires[0]) - _SIGV2_VALIDITY_S
    except ValueError:
        return None
    return None


_SIGV2_VALIDITY_S = 7200


def _limit_s(properties: Mapping[str, Any]) -> int:
    most = segments.CLOUDFORMATION_WAITS_S
    return _seconds(properties, "ServiceTimeout", most, most=most)


def _seconds(properties: Mapping[str, Any], name: str, default: int, *, most: int) -> int:
    try:
        value = int(properties.get(name, default))
    except (TypeError, ValueError):
        return default
    return min(value, most) if value > 0 else default


def _flag(properties: Mapping[str, Any], name: str, *, default: bool = True) -> bool:
    """A boolean property, which CloudFormation hands over as text."""
    return str(properties.get(name, default)).lower() != "false"
