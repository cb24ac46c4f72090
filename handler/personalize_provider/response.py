"""The answer that CloudFormation takes: at most 4,096 bytes, a reason, and an id, always."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_ANSWER_BYTES = 4096
_ELLIPSIS = "…"


class Status(enum.Enum):
    """The outcome, as CloudFormation spells it."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decided outcome of a request.

    Attributes:
        status: SUCCESS or FAILED.
        physical_id: The ARN, or an id that says that nothing was created.
        reason: What people read in the console.
        data: Attribute -> value, for Fn::GetAtt.
    """

    status: Status
    physical_id: str
    reason: str
    data: Mapping[str, str] = field(default_factory=dict)


def body(
    verdict: Verdict, *, stack_id: str, request_id: str, logical_id: str, no_echo: bool = False
) -> bytes:
    """The answer's JSON, in UTF-8, cut to what CloudFormation takes.

    The reason loses its tail first, at a whole character; its head names the fault. Data is
    dropped only if it alone is too long, which makes a success a failure that says so.

    Source: the CloudFormation User Guide, "Custom resource response objects".
    """
    answer = {
        "Status": verdict.status.value,
        "Reason": verdict.reason or verdict.status.value,
        "PhysicalResourceId": verdict.physical_id,
        "StackId": stack_id,
        "RequestId": request_id,
        "LogicalResourceId": logical_id,
        "NoEcho": no_echo,
        "Data": dict(verdict.data),
    }
    encoded = _encode(answer)
    if len(encoded) <= MAX_ANSWER_BYTES:
        return encoded
    room = MAX_ANSWER_BYTES - len(_encode(answer | {"Reason": ""}))
    if room < len(_ELLIPSIS.encode()) and verdict.data:
        too_long = Verdict(
            status=Status.FAILED,
            physical_id=verdict.physical_id,
            reason="The attributes do not fit into the 4,096 bytes that CloudFormation takes. "
            + verdict.reason,
        )
        return body(
            too_long,
            stack_id=stack_id,
            request_id=request_id,
            logical_id=logical_id,
            no_echo=no_echo,
        )
    return _encode(answer | {"Reason": _cut(answer["Reason"], room)})


def _encode(answer: Mapping[str, object]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _cut(text: object, room_bytes: int) -> str:
    """The longest head of a text whose JSON, quotes left out, takes at most so many bytes."""
    whole = str(text)
    low, high = 0, len(whole)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_encode_text(whole[:middle] + _ELLIPSIS)) <= room_bytes:
            low = middle
        else:
            high = middle - 1
    return whole[:low] + _ELLIPSIS


def _encode_text(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")[1:-1]
