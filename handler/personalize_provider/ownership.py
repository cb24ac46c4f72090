"""What is ours: tags that say which resource of which stack a Personalize resource belongs to.

A stack's id and a logical id never come again, so nobody else's resource carries both.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from personalize_provider.event import Request

PREFIX = "cdk-personalize:"
"""What the library's own tags start with; no tag of a user's may."""

STACK = f"{PREFIX}stack-id"
LOGICAL_ID = f"{PREFIX}logical-id"
REQUEST = f"{PREFIX}request-id"
PROPERTIES = f"{PREFIX}properties"
ORIGIN = f"{PREFIX}origin"
PREVIOUS_STACK = f"{PREFIX}previous-stack-id"
PREVIOUS_LOGICAL_ID = f"{PREFIX}previous-logical-id"

OWN = (STACK, LOGICAL_ID, REQUEST, PROPERTIES, ORIGIN, PREVIOUS_STACK, PREVIOUS_LOGICAL_ID)
"""All tags of the library."""


class Origin(enum.Enum):
    """How a resource came to its owner, as the tag says.

    Attributes:
        MADE: Its owner made it.
        FOUND: It was made by hand, or by something that leaves no tags of ours, and then adopted.
        TAKEN: It was adopted from another resource of a stack, which had made it.
        TAKEN_FOUND: It was adopted from another resource of a stack, which had adopted it too.
    """

    MADE = "made"
    FOUND = "found"
    TAKEN = "taken"
    TAKEN_FOUND = "taken-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a resource is.

    Attributes:
        stack_id: ARN of the stack.
        logical_id: Logical id in its template.
        request_id: The request that created or adopted it.
        fingerprint: The properties it was created or adopted with.
        origin: How it came to this owner.
        previous: Stack and logical id of the owner before, if it was taken from one.
    """

    stack_id: str
    logical_id: str
    request_id: str
    fingerprint: str
    origin: Origin = Origin.MADE
    previous: tuple[str, str] = ("", "")

    def is_same_resource(self, request: Request) -> bool:
        """Whether a request is about the resource that this owner stands for."""
        return (self.stack_id, self.logical_id) == (request.stack_id, request.logical_id)

    @property
    def adopted(self) -> bool:
        """Whether it was there before its owner."""
        return self.origin is not Origin.MADE

    @property
    def moved(self) -> bool:
        """Whether another resource of the same stack made it, so that it is the stack's own."""
        return self.origin is Origin.TAKEN and self.previous[0] == self.stack_id


def owner_of(tags: Mapping[str, str]) -> Owner | None:
    """The owner that tags name, or None."""
    if STACK not in tags or LOGICAL_ID not in tags:
        return None
    return Owner(
        stack_id=tags[STACK],
        logical_id=tags[LOGICAL_ID],
        request_id=tags.get(REQUEST, ""),
        fingerprint=tags.get(PROPERTIES, ""),
        origin=_origin(tags.get(ORIGIN, Origin.MADE.value)),
        previous=(tags.get(PREVIOUS_STACK, ""), tags.get(PREVIOUS_LOGICAL_ID, "")),
    )


def _origin(told: str) -> Origin:
    """The origin that a tag tells; what no version known here has written is not made by us."""
    return next((each for each in Origin if each.value == told), Origin.FOUND)


def tags_of(request: Request) -> dict[str, str]:
    """The tags of a resource that a request creates."""
    return {
        STACK: request.stack_id,
        LOGICAL_ID: request.logical_id,
        REQUEST: request.request_id,
        PROPERTIES: request.spec.fingerprint(request.properties),
    }


def tags_of_adopted(request: Request, before: Owner | None) -> dict[str, str]:
    """The tags that make a resource a request's own, and tell whose it was before.

    Args:
        request: The request that adopts it.
        before: Its owner until then, or None.
    """
    if before is None:
        return {**tags_of(request), ORIGIN: Origin.FOUND.value}
    made = not before.adopted or before.moved
    return {
        **tags_of(request),
        ORIGIN: (Origin.TAKEN if made else Origin.TAKEN_FOUND).value,
        PREVIOUS_STACK: before.stack_id,
        PREVIOUS_LOGICAL_ID: before.logical_id,
    }


def tags_of_returned(owner: Owner) -> dict[str, str]:
    """The tags that give a resource back to the owner before, all in one call."""
    stack_id, logical_id = owner.previous
    origin = Origin.MADE if owner.origin is Origin.TAKEN else Origin.FOUND
    return {
        STACK: stack_id,
        LOGICAL_ID: logical_id,
        # Nobody goes on with a create that has long ended.
        REQUEST: "",
        PROPERTIES: "",
        ORIGIN: origin.value,
    }
