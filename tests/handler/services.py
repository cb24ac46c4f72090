"""Real botocore clients without a network: stubbed against the service model, or in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.stub import Stubber

REGION = "eu-west-1"


@cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")


def client(service: Any) -> Any:
    """A client that never tries a call again."""
    config = Config(retries={"total_max_attempts": 1})
    return _session().client(service, region_name=REGION, config=config)


@contextmanager
def stubbed(service: str) -> Iterator[tuple[Any, Stubber]]:
    """A client whose calls are those that the stubber is told of, all of them, in their order."""
    made = client(service)
    with Stubber(made) as stubber:
        yield made, stubber
        stubber.assert_no_pending_responses()


Answer = tuple[int, str]


@dataclass
class StepFunctions:
    """As much of Step Functions as a provider needs: executions by name, none of which runs."""

    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    fails: int = 0

    def client(self) -> Any:
        """A client whose requests end here."""
        return _answered_by("stepfunctions", self._answer)

    def _answer(self, target: str, body: str) -> Answer:
        asked = json.loads(body)
        if self.fails:
            return self.fails, json.dumps({"__type": "ServiceUnavailable"})
        match target:
            case "StartExecution" if asked["name"] in self.inputs:
                return 400, json.dumps({"__type": "ExecutionAlreadyExists"})
            case "StartExecution":
                self.inputs[asked["name"]] = json.loads(asked["input"])
                arn = _execution_arn(asked["stateMachineArn"], asked["name"])
                return 200, json.dumps({"executionArn": arn, "startDate": 0})
            case "ListExecutions":
                machine = asked["stateMachineArn"]
                listed = [
                    {
                        "executionArn": _execution_arn(machine, name),
                        "stateMachineArn": machine,
                        "name": name,
                        "status": "RUNNING",
                        "startDate": 0,
                    }
                    for name in self.inputs
                ]
                return 200, json.dumps({"executions": listed})
            case "StopExecution":
                self.inputs.pop(asked["executionArn"].rsplit(":", 1)[-1])
                return 200, json.dumps({"stopDate": 0})
            case _:
                return 400, json.dumps({"__type": f"Unknown{target}"})


@dataclass
class CloudFormation:
    """One stack, and one status for all of its resources and for itself."""

    status: str = "CREATE_IN_PROGRESS"

    def client(self) -> Any:
        """A client whose requests end here."""
        return _answered_by("cloudformation", self._answer)

    def _answer(self, _target: str, body: str) -> Answer:
        asked = {key: values[0] for key, values in parse_qs(body).items()}
        action = asked["Action"]
        name = asked["StackName"]
        answers = {
            "DescribeStackResource": (
                f"<StackResourceDetail><LogicalResourceId>{asked.get('LogicalResourceId')}"
                f"</LogicalResourceId><ResourceStatus>{self.status}</ResourceStatus>"
                "</StackResourceDetail>"
            ),
            "DescribeStacks": (
                f"<Stacks><member><StackName>{name}</StackName><StackStatus>{self.status}"
                "</StackStatus></member></Stacks>"
            ),
        }
        inner = f"<{action}Result>{answers[action]}</{action}Result>"
        return 200, f"<{action}Response>{inner}</{action}Response>"


@dataclass
class EventBridge:
    """The default bus: notes what it takes, and refuses what it is told to.

    Attributes:
        entries: What it has taken.
        fails: The HTTP status of every call, or 0.
        codes: The error code of each entry to come, "" for none.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    fails: int = 0
    codes: list[str] = field(default_factory=list)

    @property
    def details(self) -> list[dict[str, Any]]:
        """The details of what it has taken."""
        return [json.loads(entry["Detail"]) for entry in self.entries]

    def client(self) -> Any:
        """A client whose requests end here."""
        return _answered_by("events", self._answer)

    def _answer(self, target: str, body: str) -> Answer:
        assert target == "PutEvents"
        if self.fails:
            return self.fails, json.dumps({"__type": "InternalException"})
        results = [self._take(entry) for entry in json.loads(body)["Entries"]]
        failed = sum("ErrorCode" in result for result in results)
        return 200, json.dumps({"FailedEntryCount": failed, "Entries": results})

    def _take(self, entry: dict[str, Any]) -> dict[str, str]:
        code = self.codes.pop(0) if self.codes else ""
        if code:
            return {"ErrorCode": code, "ErrorMessage": "sorry"}
        self.entries.append(entry)
        return {"EventId": str(len(self.entries))}


def _execution_arn(state_machine_arn: str, name: str) -> str:
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def _answered_by(service: str, answer: Callable[[str, str], Answer]) -> Any:
    made = client(service)

    def respond(request: Any, **_: Any) -> AWSResponse:
        target = request.headers.get("X-Amz-Target", b"")
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[-1]
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        status, content = answer(operation, body)
        return AWSResponse(request.url, status, HTTPHeaders(), _Raw(content.encode()))

    made.meta.events.register(f"before-send.{service}", respond)
    return made


class _Raw(BytesIO):
    """A body that botocore reads as it reads urllib3's."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
