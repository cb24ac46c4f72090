"""Personalize behind IAM: who may not call it is refused, the rest goes on to the emulator.

ministack has no Personalize, so its own enforcement never sees these calls, and the emulator asks
nobody's leave. So functions find Personalize at ministack's endpoint, where the caller's role is
asked first, for everything that AWS asks of it: the action, tags on what is created, and the right
to pass on a role.

Source: the service authorization reference of Amazon Personalize; the IAM guide, "Grant a user
permissions to pass a role to an AWS service".
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TARGET_PREFIX: Final = "AmazonPersonalize."

_KINDS: Final = (
    "Campaign",
    "BatchInferenceJob",
    "BatchSegmentJob",
    "Recommender",
    "SolutionVersion",
)
"""As operations spell them; members and ARNs follow from that."""
_CALL: Final = re.compile(
    rf"(?P<verb>Create|Update|Describe|Delete|Start|Stop)(?P<kind>{'|'.join(_KINDS)})(Creation)?"
)
_BELOW: Final = {"SolutionVersion": "solutionArn"}
"""A version has no type of resource to itself: its ARN is its solution's, and an id behind it."""
_MADE_FROM: Final = ("solutionVersionArn", "datasetGroupArn")
"""What a create is judged by beside what it makes."""
_FORWARDED: Final = ("authorization", "content-type", "x-amz-target", "x-amz-date")


@dataclass(frozen=True)
class Right:
    """What a caller needs; `context` holds the condition keys that AWS fills in."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def needed_rights(
    operation: str, request: Mapping[str, Any], *, region: str, account: str
) -> Iterator[Right]:
    """The rights that a call needs, all of them."""
    action = f"personalize:{operation}"
    call = _CALL.fullmatch(operation)
    if call is None:
        # The reference knows no resource type for lists.
        yield Right(action, request.get("resourceArn", "*"))
        return
    kind = call["kind"]
    if call["verb"] != "Create":
        yield Right(action, request.get(f"{kind[0].lower()}{kind[1:]}Arn", "*"))
        return
    name = request.get("name") or request.get("jobName")
    part = re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower()
    made = f"arn:aws:personalize:{region}:{account}:{part}/{name}"
    if kind in _BELOW:
        made = request.get(_BELOW[kind], "*")
    yield Right(action, made)
    for member in _MADE_FROM:
        if member in request:
            yield Right(action, _whose(request[member]))
    if request.get("tags"):
        yield Right("personalize:TagResource", made)
    if "roleArn" in request:
        passed = {"iam:PassedToService": "personalize.amazonaws.com"}
        yield Right("iam:PassRole", request["roleArn"], passed)


def _whose(arn: str) -> str:
    """The ARN of a version's solution; any other ARN as it is."""
    return "/".join(arn.split("/")[:2])


@dataclass(frozen=True)
class Gate:
    """Asks IAM, then the emulator at `url`."""

    url: str

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The HTTP status and the body of an answer, in JSON 1.1; blocks meanwhile."""
        refusal = self._refusal(headers, body)
        return refusal if refusal is not None else self._forward(headers, body)

    def _refusal(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        from ministack import app
        from ministack.core import iam_evaluator, responses, router

        key = router.extract_access_key_id(headers, {})
        region = router.extract_region(headers, {})
        # ministack keeps the account and the region of a request in context variables.
        responses.set_request_account_id(app._request_account_scope(key))
        responses.set_request_region(region)
        operation = headers["x-amz-target"].removeprefix(TARGET_PREFIX)
        rights = needed_rights(
            operation, json.loads(body or b"{}"), region=region, account=responses.get_account_id()
        )
        for right in rights:
            refused = iam_evaluator.enforce(
                key,
                right.action,
                right.action.split(":")[0],
                region,
                resource_arn=right.resource,
                service_context=dict(right.context),
            )
            if isinstance(refused, iam_evaluator.AuthError):
                return 403, _error(refused.code, refused.message)
            if refused is not None:
                return 400, _error(
                    "AccessDeniedException",
                    f"User: {refused.principal_arn} is not authorized to perform: {right.action}"
                    f" on resource: {right.resource} because no identity-based policy allows the"
                    f" {right.action} action",
                )
        return None

    def _forward(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        kept = {name: headers[name] for name in _FORWARDED if name in headers}
        request = urllib.request.Request(self.url, data=body, headers=kept, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- ours
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def _error(code: str, message: str) -> bytes:
    return json.dumps({"__type": code, "message": message}).encode()
