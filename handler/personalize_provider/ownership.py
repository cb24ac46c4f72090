"""What is ours: tags that say which resource of which stack a Personalize resource belongs to.

A stack's id and a logical id never come again, so nobody else's resource carries both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from personalize_provider.event import Request

STACK = "cdk-personalize:stack-id"
LOGICAL_ID = "cdk-personalize:logical-id"
REQUEST = "cdk-personalize:request-id"
PROPERTIES = "cdk-personalize:properties"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who made a resource.

    Attributes:
        stack_id: ARN of the stack.
        logical_id: Logical id in its template.
        request_id: The request that created it.
        fingerprint: The properties it was created with.
    """

    stack_id: str
    logical_id: str
    request_id: str
    fingerprint: str

    def is_same_resource(self, request: Request) -> bool:
        """Whether a request is about the resource that this owner stands for."""
        return (self.stack_id, self.logical_id) == (request.stack_id, request.logical_id)


def owner_of(tags: Mapping[str, str]) -> Owner | None:
    """The owner that tags name, or None."""
    if STACK not in tags or LOGICAL_ID not in tags:
        return None
    return Owner(
        stack_id=tags[STACK],
        logical_id=tags[LOGICAL_ID],
        request_id=tags.get(REQUEST, ""),
        fingerprint=tags.get(PROPERTIES, ""),
    )


def tags_of(request: Request) -> dict[str, str]:
    """The tags of a resource that a request creates."""
    return {
        STACK: request.stack_id,
        LOGICAL_ID: request.logical_id,
        REQUEST: request.request_id,
        PROPERTIES: request.spec.fingerprint(request.properties),
    }
