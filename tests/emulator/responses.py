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
        now_s = self.backend.look()
        name, resource = self._subject(operation, request, place=place)
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
                _meet(fault, operation=operation, place=place, resource=resource)
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

    def _subject(self, operation: str, request: Any, *, place: Place) -> tuple[str, str]:
        """What a request is about: the name that plans go by, and what IAM judges it by."""
        room = self.backend.region(place).rooms.get(operation)
        if room is None or not isinstance(request, dict):
            return "", "*"
        return room.plan_name(request), room.policy_resource(request)

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


def _signed_region(authorization: str) -> str:
    """The region in `Credential=KEY/DATE/REGION/personalize/aws4_request`; else ""."""
    _, _, rest = authorization.partition("Credential=")
    scope = rest.partition(",")[0].split("/")
    return scope[2] if len(scope) == 5 else ""


def _too_long(broken: Violation, backend: PersonalizeBackend) -> ServiceError:
    limit = backend.world.quotas.tags_per_resource
    return too_many_tag_keys(limit) if broken.path == "tagKeys" else too_many_tags(limit)


def _meet(fault: Fault, *, operation: str, place: Place, resource: str) -> None:
    """Raise what the fault does before the operation takes effect."""
    if fault.effect == "drop_before":
        raise ConnectionDroppedError(after_effect=False)
    if fault.effect == "deny":
        action = f"personalize:{operation}"
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:sts::{place.account}:assumed-role/emulated/caller is not authorized to "
            f"perform: {action} on resource: {resource} because no "
            f"identity-based policy allows the {action} action",
        )
    if fault.effect == "throttle":
        raise ServiceError("ThrottlingException", "Rate exceeded")
    if fault.effect == "error":
        raise ServiceError(fault.code, fault.message, http_status=fault.http_status)
