"""The protocol, AWS JSON 1.1: a request's headers and body in, a status, headers and body out.

No HTTP server is needed for it, and nothing here waits, draws a random number or reads a clock
other than the backend's.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.loaders import Loader
from botocore.model import ServiceModel

from emulator.exceptions import (
    ConnectionDroppedError,
    ServiceError,
    too_many_tag_keys,
    too_many_tags,
)
from emulator.shapes import Violation, violations
from emulator.world import Place

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from emulator.backend import PersonalizeBackend
    from emulator.plans import Fault
    from emulator.world import Answer

HttpAnswer: TypeAlias = tuple[int, dict[str, str], bytes]

MODEL = ServiceModel(Loader().load_service_model("personalize", "service-2"), "personalize")
TARGET_PREFIX = MODEL.metadata["targetPrefix"]
NAME_MEMBERS = ("name", "jobName", "campaignArn", "batchInferenceJobArn", "resourceArn")
"""The members that tell which resource a request is about: its name, or an ARN that ends in it."""


class PersonalizeResponse:
    """Answers the requests that botocore serializes."""

    def __init__(self, backend: PersonalizeBackend) -> None:
        self.backend = backend
        self._count = 0

    def dispatch(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        region: str | None = None,
        account: str | None = None,
    ) -> HttpAnswer:
        """Answer one request.

        Args:
            headers: The HTTP headers, in any case.
            region: None: that of the Authorization header's credential scope.
            account: None: the backend's.

        Raises:
            ConnectionDroppedError: A plan wants the caller to get no answer.
        """
        world = self.backend.world
        lowered = {key.lower(): value for key, value in headers.items()}
        operation = lowered.get("x-amz-target", "").removeprefix(f"{TARGET_PREFIX}.")
        place = Place(
            account=account or self.backend.account,
            region=region or _signed_region(lowered.get("authorization", "")),
        )
        request = _json(body)
        name = _resource_name(request)
        now_s = self.backend.look()
        entry = world.journal.request(
            now_s,
            operation=operation,
            account=place.account,
            region=place.region,
            name=name,
            input=None if request is NOT_JSON else request,
        )
        self._count += 1
        entry["request_id"] = request_id = str(uuid.UUID(int=self._count))
        fault = world.plans.fault(operation, name=name, now_s=now_s)
        try:
            if fault is not None:
                _meet(fault, operation=operation, place=place, name=name)
            answer = self._perform(operation, request, place=place)
            status, content = 200, b"" if answer is None else json.dumps(answer).encode()
            entry["outcome"] = "ok"
        except ServiceError as error:
            status = error.http_status
            content = json.dumps({"__type": error.code, "message": error.message}).encode()
            entry["outcome"], entry["message"] = error.code, error.message
        except ConnectionDroppedError:
            entry["outcome"] = "dropped before"
            raise
        if fault is not None and fault.effect == "drop_after":
            entry["outcome"] = "dropped after"
            raise ConnectionDroppedError(after_effect=True)
        entry["http_status"] = status
        answered = {
            "Content-Type": "application/x-amz-json-1.1",
            "Content-Length": str(len(content)),
            "x-amzn-RequestId": request_id,
        }
        if status != 200:
            answered["x-amzn-ErrorType"] = entry["outcome"]
        return status, answered, content

    def _perform(self, name: str, request: Any, *, place: Place) -> Answer | None:
        if not place.region:
            message = "Missing Authentication Token"
            raise ServiceError("MissingAuthenticationTokenException", message, http_status=403)
        operations = self.backend.region(place).operations
        if name not in MODEL.operation_names:
            raise ServiceError("UnknownOperationException", f"Unknown operation {name!r}.")
        if name not in operations:
            message = f"{name} is not emulated; emulated are {', '.join(sorted(operations))}."
            raise ServiceError("NotEmulatedException", message)
        model = MODEL.operation_model(name)
        self._check_request(model, request)
        answer = operations[name](_without_nulls(request))
        self._check_answer(model, answer)
        return answer

    def _check_request(self, model: OperationModel, request: Any) -> None:
        assert model.input_shape is not None
        if request is NOT_JSON:
            raise ServiceError("SerializationException", "The body is not a JSON document.")
        found = list(violations(model.input_shape, request))
        for broken in found:
            if broken.kind == "type":
                raise ServiceError("SerializationException", broken.message)
        for broken in found:
            if broken.kind == "length":
                raise _too_long(broken, self.backend)
        if found:
            errors = "error" if len(found) == 1 else "errors"
            texts = "; ".join(broken.message for broken in found)
            raise ServiceError(
                self.backend.world.oddities.validation_error_code,
                f"{len(found)} validation {errors} detected: {texts}",
            )

    def _check_answer(self, model: OperationModel, answer: Answer | None) -> None:
        """Stop an answer that the real service could not give; it would be the emulator's fault."""
        if model.output_shape is None:
            found = [] if answer is None else ["an answer where the model has none"]
        else:
            found = [broken.message for broken in violations(model.output_shape, answer)]
        if found:
            message = f"The emulator's answer to {model.name} is not valid: {'; '.join(found)}"
            world = self.backend.world
            world.journal.defect(world.now_s, operation=model.name, message=message)
            raise ServiceError("EmulatorDefect", message, http_status=500)


NOT_JSON = object()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return NOT_JSON


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _without_nulls(value: Any) -> Any:
    """A member that is null counts as left out."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _resource_name(request: Any) -> str:
    if not isinstance(request, dict):
        return ""
    found = (request[member] for member in NAME_MEMBERS if isinstance(request.get(member), str))
    return next(found, "").rpartition("/")[2]


def _signed_region(authorization: str) -> str:
    """The region in `Credential=KEY/DATE/REGION/personalize/aws4_request`; else ""."""
    _, _, rest = authorization.partition("Credential=")
    scope = rest.partition(",")[0].split("/")
    return scope[2] if len(scope) == 5 else ""


def _too_long(broken: Violation, backend: PersonalizeBackend) -> ServiceError:
    limit = backend.world.quotas.tags_per_resource
    return too_many_tag_keys(limit) if broken.path == "tagKeys" else too_many_tags(limit)


def _policy_resource(operation: str, place: Place, name: str) -> str:
    """What IAM judges an operation by; those on tags and the lists have no resource type."""
    kinds = {"Campaign": "campaign", "BatchInferenceJob": "batch-inference-job"}
    kind = next((each for end, each in kinds.items() if operation.endswith(end)), None)
    return place.arn(kind, name) if kind else "*"


def _meet(fault: Fault, *, operation: str, place: Place, name: str) -> None:
    """Raise what the fault does before the operation takes effect."""
    if fault.effect == "drop_before":
        raise ConnectionDroppedError(after_effect=False)
    if fault.effect == "deny":
        action = f"personalize:{operation}"
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:sts::{place.account}:assumed-role/emulated/caller is not authorized to "
            f"perform: {action} on resource: {_policy_resource(operation, place, name)} "
            f"because no identity-based policy allows the {action} action",
        )
    if fault.effect == "throttle":
        raise ServiceError("ThrottlingException", "Rate exceeded")
    if fault.effect == "error":
        raise ServiceError(fault.code, fault.message, http_status=fault.http_status)
