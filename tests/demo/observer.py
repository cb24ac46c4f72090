"""Looks at both sides of a step, and at what is left of a stack in the account."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from demo.seen import Seen
from local_aws.cdk_cli import Outcome
from local_aws.engine import Engine
from local_aws.events import stack_events

STACK: Final = "Recommendations"

_LEFTOVERS: Final = (
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("events", "list_rules", "Rules", "Name"),
)
"""Service, action, where the answer lists what exists, and what names it there."""


class Observer:
    """Collects what a step brought to light."""

    def __init__(self, engine: Engine) -> None:
        """Observes one engine; `start` comes before each step."""
        self._engine = engine
        self._stack = STACK
        self._started_s = 0.0

    def start(self) -> None:
        """Marks the start of a step."""
        self._started_s = time.time()

    def seen(self, outcome: Outcome, *, before: Seen | None) -> Seen:
        """Everything since the start."""
        events = stack_events(self._engine, self._stack)
        # A stack that was deleted is only found by its id.
        self._stack = next((each.physical_id for each in events if each.is_stack), self._stack)
        # CloudFormation's times are cut to milliseconds.
        since_s = int(self._started_s * 1000) / 1000
        log = [each for each in self._engine.personalize.log() if each["at_s"] >= since_s]
        outputs = self._outputs()
        return Seen(
            stack=STACK,
            started_s=self._started_s,
            outcome=outcome,
            events=tuple(each for each in events if each.time.timestamp() >= since_s),
            log=tuple(log),
            outputs=outputs,
            exploration=self._exploration(outputs.get("CampaignArn")),
            mailings=tuple(self._mailings(outputs.get("Mailings"))),
            job_output=tuple(self._job_output(outputs.get("OutputPath"))),
            campaigns=tuple(
                each["arn"]
                for each in self._engine.personalize.resources()
                if each["kind"] == "campaign"
            ),
            left=tuple(self._left()) if not outputs else (),
            before=before,
        )

    def _outputs(self) -> dict[str, str]:
        stacks = self._engine.client("cloudformation").describe_stacks()["Stacks"]
        return {
            output["OutputKey"]: output["OutputValue"]
            for stack in stacks
            if stack["StackName"] == STACK
            for output in stack.get("Outputs", [])
        }

    def _exploration(self, arn: str | None) -> Mapping[str, str] | None:
        if arn is None:
            return None
        client = self._engine.client("personalize")
        try:
            campaign: dict[str, Any] = client.describe_campaign(campaignArn=arn)["campaign"]
        except ClientError:
            return None
        found: dict[str, str] = campaign["campaignConfig"]["itemExplorationConfig"]
        return found

    def _mailings(self, queue_url: str | None) -> Iterator[Mapping[str, str]]:
        """What lies in the queue, taken out; an event may come a moment after the deployment."""
        if queue_url is None:
            return
        sqs = self._engine.client("sqs")
        asked = {"QueueUrl": queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 2}
        for message in sqs.receive_message(**asked).get("Messages", []):
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])

    def _job_output(self, path: str | None) -> Iterator[str]:
        if path is None:
            return
        s3 = self._engine.client("s3")
        place = urlsplit(path)
        listed = s3.list_objects_v2(Bucket=place.netloc, Prefix=place.path.lstrip("/"))
        for each in listed.get("Contents", []):
            if each["Key"].endswith(".out"):
                body = s3.get_object(Bucket=place.netloc, Key=each["Key"])["Body"].read()
                yield from body.decode().splitlines()

    def _left(self) -> Iterator[str]:
        for service, action, key, name in _LEFTOVERS:
            for each in getattr(self._engine.client(service), action)()[key]:
                if STACK.lower() in each[name].lower():
                    yield f"{service} {each[name]}"
