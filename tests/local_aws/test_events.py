"""State changes start real targets, on a local AWS: a queue and a function, behind rules."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from cdk_personalize import BatchInferenceJob, JobInput, JobOutput, StateChangeEvent
from local_aws.conftest import Synthesize
from local_aws.engine import Engine
from local_aws.stacks import INPUT_KEY, OUTPUT_KEY, SOLUTION_VERSION_ARN, TIMEOUT

pytestmark = pytest.mark.local_aws

STACK = "Told"
BUCKET = "told-by-events"
REASON = "The input holds no users."
JOB_S = 12.0
"""Longer than the stack waits for a job that runs."""
COMES_WITHIN_S = 60.0

T = TypeVar("T")

PUBLISH = """\
import boto3


def handler(event, context):
    boto3.client("s3").put_object(
        Bucket=event["bucket"], Key="published.txt", Body=event["path"].encode()
    )
"""


def _job(stack: cdk.Stack, name: str, **props: Any) -> BatchInferenceJob:
    bucket = s3.Bucket.from_bucket_name(stack, f"{name}Bucket", BUCKET)
    return BatchInferenceJob(
        stack,
        name,
        solution_version=SOLUTION_VERSION_ARN,
        job_input=JobInput.from_bucket(bucket, INPUT_KEY),
        job_output=JobOutput.from_bucket(bucket, OUTPUT_KEY),
        timeout=TIMEOUT,
        wait_for_completion=False,
        **props,
    )


def _build(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    cdk.CfnOutput(stack, "QueueUrl", value=queue.queue_url)
    function = lambda_.Function(
        stack,
        "Publish",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(PUBLISH),
    )
    s3.Bucket.from_bucket_name(stack, "Published", BUCKET).grant_put(function)

    good = _job(stack, "Good", num_results=3)
    given = {"bucket": BUCKET, "path": StateChangeEvent.output_path}
    good.on_completed(
        "Done",
        target=targets.LambdaFunction(function, event=events.RuleTargetInput.from_object(given)),
    )
    good.on_state_change("All", target=targets.SqsQueue(queue))

    bad = _job(stack, "Bad", job_name="told-bad")
    text = f"{StateChangeEvent.name}: {StateChangeEvent.failure_reason}"
    bad.on_failed(
        "Failed", target=targets.SqsQueue(queue, message=events.RuleTargetInput.from_text(text))
    )
    bad.on_completed("Never", target=targets.SqsQueue(queue))


def _until(look: Callable[[], T | None]) -> T:
    """What a look shows once it shows something."""
    ends_s = time.monotonic() + COMES_WITHIN_S
    while time.monotonic() < ends_s:
        seen = look()
        if seen:
            return seen
        time.sleep(0.2)
    raise AssertionError("it does not come")


def test_a_job_that_ends_after_the_deployment_starts_what_its_rules_say(
    engine: Engine, synthesize: Synthesize
) -> None:
    client = engine.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=INPUT_KEY, Body=b'{"userId": "1"}')
    engine.personalize.plan(
        {
            f"{STACK}*": {"create_s": JOB_S},
            "told-bad": {"create_s": JOB_S, "create_fails": REASON},
        }
    )

    synthesize(STACK, _build).deploy().check()

    deployed_s = time.time()
    (stack,) = engine.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    (queue_url,) = (each["OutputValue"] for each in stack["Outputs"])
    received: list[str] = []

    def messages() -> list[str] | None:
        answer = engine.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        received.extend(each["Body"] for each in answer.get("Messages", []))
        told = [each for each in received if each.startswith("{")]
        ended = any(json.loads(each)["detail"]["state"] == "ACTIVE" for each in told)
        return received if ended and len(received) > len(told) else None

    _until(messages)
    (failure,) = (each for each in received if not each.startswith("{"))
    # EventBridge hands a text over as JSON.
    assert json.loads(failure) == f"told-bad: {REASON}"
    details = [json.loads(each)["detail"] for each in received if each.startswith("{")]
    assert all(detail["name"].startswith(STACK) for detail in details)
    arn = details[-1]["arn"]
    (active_s,) = engine.personalize.status_times(arn, "job", "ACTIVE")
    assert active_s > deployed_s

    def published() -> bytes | None:
        listed = client.list_objects_v2(Bucket=BUCKET, Prefix="published")
        if not listed.get("Contents"):
            return None
        body: bytes = client.get_object(Bucket=BUCKET, Key="published.txt")["Body"].read()
        return body

    assert _until(published) == f"s3://{BUCKET}/{OUTPUT_KEY}".encode()
    assert "is not authorized to perform: events:" not in engine.log("ministack")
    synthesize(STACK, _build).destroy().check()
