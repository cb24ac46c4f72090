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
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TARGET_PREFIX: Final = "AmazonPersonalize."

_KINDS: Final = {"Campaign": "campaign", "BatchInferenceJob": "batch-inference-job"}
_VERBS: Final = ("Create", "Update", "Describe", "Delete")
_ARN_MEMBERS: Final = ("campaignArn", "batchInferenceJobArn")
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
    verb = next((each for each in _VERBS if operation.startswith(each)), "")
    kind = _KINDS.get(operation.removeprefix(verb))
    if verb and kind:
        name = request.get("name") or request.get("jobName")
        made = f"arn:aws:personalize:{region}:{account}:{kind}/{name}"
        given = next((request[each] for each in _ARN_MEMBERS if each in request), made)
        yield Right(f"personalize:{operation}", given)
    else:
        # The reference knows no resource type for lists.
        yield Right(f"personalize:{operation}", request.get("resourceArn", "*"))
    if verb == "Create" and "solutionVersionArn" in request:
        # Judged by the solution too, which is the version's ARN without its last part.
        solution = request["solutionVersionArn"].rpartition("/")[0]
        yield Right(f"personalize:{operation}", solution)
    if verb == "Create" and kind and request.get("tags"):
        yield Right("personalize:TagResource", made)
    if "roleArn" in request:
        passed = {"iam:PassedToService": "personalize.amazonaws.com"}
        yield Right("iam:PassRole", request["roleArn"], passed)


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
