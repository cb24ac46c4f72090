"""IAM refuses calls of the services beside Personalize, whose own plans know refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from simulator.step_functions import _error
from simulator.wire import HttpAnswer
from simulator.world import World


def denied(world: World, service: str, operations: Collection[str], until_s: float) -> None:
    """Let IAM refuse calls of another service until then."""
    serve = world.wire.services[service]

    def guarded(headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        target = {key.lower(): value for key, value in headers.items()}.get("x-amz-target", "")
        called = target.rsplit(".", 1)[-1] or body.decode()
        if world.scheduler.now_s < until_s and any(each in called for each in operations):
            message = f"User is not authorized to perform: {service}:{operations}"
            if service == "stepfunctions":
                return _error("AccessDeniedException", message)
            error = (
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                f"<Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            )
            return 403, {"Content-Type": "text/xml"}, error.encode()
        return serve(headers, body)

    world.wire.services[service] = guarded
