"""The provider as it is synthesized: the state machine's definition and the functions' limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

HANDLER = "Handler"
LAST_RESORT = "LastResort"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the simulation takes from the template.

    Attributes:
        definition: The state machine, the last resort's ARN filled in as `LastResort`.
        handler_timeout_s: The handler's time-out.
        retries: Of an asynchronous invocation of the handler.
        oldest_event_s: Of an asynchronous invocation of the handler.
    """

    definition: dict[str, Any]
    handler_timeout_s: float
    retries: int
    oldest_event_s: float


@cache
def deployment(last_resort_arn: str) -> Deployment:
    """Synthesize a stack with one campaign and read its provider."""
    import aws_cdk as cdk
    from aws_cdk.assertions import Template

    from cdk_personalize import Campaign

    stack = cdk.Stack(cdk.App(), "Synthesized")
    Campaign(
        stack,
        "Campaign",
        solution_version="arn:aws:personalize:eu-west-1:111122223333:solution/a/b",
    )
    resources = Template.from_stack(stack).to_json()["Resources"]
    return read(resources, last_resort_arn)


def read(resources: dict[str, Any], last_resort_arn: str) -> Deployment:
    """Read the provider from a template's resources."""
    (machine,) = _of_type(resources, "AWS::StepFunctions::StateMachine")
    (invocation,) = _of_type(resources, "AWS::Lambda::EventInvokeConfig")
    handler = next(
        each
        for each in _of_type(resources, "AWS::Lambda::Function")
        if each["Handler"] == "personalize_provider.entry.handler"
    )
    text = _filled(machine["DefinitionString"], last_resort_arn)
    return Deployment(
        definition=json.loads(text),
        handler_timeout_s=handler["Timeout"],
        retries=invocation["MaximumRetryAttempts"],
        oldest_event_s=invocation["MaximumEventAgeInSeconds"],
    )


def _of_type(resources: dict[str, Any], kind: str) -> list[Any]:
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]


def _filled(definition: Any, last_resort_arn: str) -> str:
    """The definition's text: a Fn::Join, whose only references are the partition and an ARN."""
    if isinstance(definition, str):
        return definition
    _, parts = definition["Fn::Join"]
    return "".join(
        part if isinstance(part, str) else _reference(part, last_resort_arn) for part in parts
    )


def _reference(part: dict[str, Any], last_resort_arn: str) -> str:
    if part == {"Ref": "AWS::Partition"}:
        return "aws"
    if "Fn::GetAtt" in part and LAST_RESORT in part["Fn::GetAtt"][0]:
        return last_resort_arn
    raise NotImplementedError(f"a reference of the definition: {part}")
