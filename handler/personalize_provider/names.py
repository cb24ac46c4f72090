"""Names and ids: everything here is derived from the request, nothing is random.

The same request always gives the same name, so a second delivery, or a tick that starts again
after a crash, finds what the first one made instead of making another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from personalize_provider.event import Request, RequestType
from personalize_provider.resources import Change, ResourceSpec

_NOT_CREATED = "not-created"
_UNKNOWN = "unknown"


def digest(*parts: str, length: int) -> str:
    """Hexadecimal digits that name a tuple of texts; no two tuples are confused."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:length]


def draw(*parts: str) -> float:
    """A number in [0, 1) that looks like chance, and is the same for the same texts."""
    return int(digest(*parts, length=8), 16) / 0x1_0000_0000


def resource_name(request: Request, properties: Mapping[str, Any] | None = None) -> str:
    """The name of the resource that a request stands for.

    The name that the user gave; else one made from the stack's name, the logical id and a hash.
    A resource that every change replaces gets a hash of its properties and of the request too,
    since a job can neither be deleted nor created twice under one name.

    Args:
        request: The request.
        properties: Its properties, or older ones whose resource is looked for.
    """
    properties = request.properties if properties is None else properties
    given = _given_name(request.spec, properties)
    if given:
        return given
    if request.spec.change is Change.REPLACEMENT:
        return f"{job_name_prefix(request, properties)}{digest(request.request_id, length=8)}"
    # A replacement is made before the old one goes, so it needs another name.
    desired = request.spec.desired(properties) if request.spec.fixed_members else {}
    fixed = (str(desired.get(member, "")) for member in request.spec.fixed_members)
    identity = digest(request.stack_id, request.logical_id, *fixed, length=12)
    return f"{request.stack_name[:24]}-{request.logical_id[:24]}-{identity}"


def job_name_prefix(request: Request, properties: Mapping[str, Any]) -> str:
    """What the generated names of all runs with the same properties start with (47 at most)."""
    fingerprint = request.spec.fingerprint(properties)
    identity = digest(request.stack_id, request.logical_id, fingerprint, length=12)
    return f"{request.stack_name[:16]}-{request.logical_id[:16]}-{identity}-"


def has_given_name(request: Request) -> bool:
    """Whether the user chose the name."""
    return bool(_given_name(request.spec, request.properties))


def arn(request: Request, name: str) -> str:
    """The ARN that the service gives to a resource of that name; known before the call."""
    _, partition, _, region, account, _ = request.stack_id.split(":", 5)
    kind = request.spec.arn_resource
    return f"arn:{partition}:personalize:{region}:{account}:{kind}/{name}"


def own_arn(request: Request) -> str:
    """The ARN of the resource that a request stands for; a wait segment carries it.

    "" where only the service can tell it, and has not yet.
    """
    if request.continues:
        return request.physical_id if is_arn(request, request.physical_id) else ""
    return "" if request.spec.arn_from_service else arn(request, resource_name(request))


def is_arn(request: Request, physical_id: str) -> bool:
    """Whether a physical id is the ARN of a resource of the request's kind."""
    pattern = rf"arn:[^:]+:personalize:[^:]+:[^:]+:{request.spec.arn_resource}/.+"
    return re.fullmatch(pattern, physical_id) is not None


def id_of_nothing(request: Request, *, certain: bool = True) -> str:
    """The physical id of a failure before which nothing was created; no ARN looks like it.

    Args:
        request: The request.
        certain: Whether nothing can show up later, as after a create call without an answer.
    """
    return f"{_NOT_CREATED if certain else _UNKNOWN}:{request.request_id}"


def tells_of_nothing(physical_id: str) -> bool:
    """Whether an id says for certain that nothing was created."""
    return physical_id.startswith(f"{_NOT_CREATED}:")


def request_of_nothing(physical_id: str) -> str:
    """The request whose failure an id stands for; "" if it is an ARN, or CloudFormation's own."""
    kind, _, request_id = physical_id.partition(":")
    return request_id if kind in (_NOT_CREATED, _UNKNOWN) else ""


def id_unless_created(request: Request, *, certain: bool = True) -> str:
    """What a failure answers when this request has created nothing: the id stays as it was."""
    return request.physical_id or id_of_nothing(request, certain=certain)


def target_id(request: Request) -> str:
    """The ARN that a request is about, "" where it cannot be told beforehand.

    A Delete without one follows a create that CloudFormation gave up, and its id is
    CloudFormation's invention, so it is about whatever that create made.
    """
    if request.type is RequestType.DELETE:
        return request.physical_id if is_arn(request, request.physical_id) else ""
    return own_arn(request)


def _given_name(spec: ResourceSpec, properties: Mapping[str, Any]) -> str:
    value = properties.get(spec.name_property)
    return value if isinstance(value, str) else ""
