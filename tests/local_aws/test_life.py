"""A stack's whole life, by the real cdk CLI, on a local AWS: each step, and what both sides saw."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest

from local_aws.cdk_cli import Outcome
from local_aws.conftest import Synthesize
from local_aws.engine import Engine
from local_aws.events import StackEvent, first, stack_events, statuses
from local_aws.stacks import INPUT_KEY, OUTPUT_KEY, Recommendations

pytestmark = pytest.mark.local_aws

STACK = "Life"
USERS = ("1", "2", "8")
REASON = "The solution version cannot serve this exploration weight."


@dataclass(frozen=True)
class Step:
    """What came of one command.

    Attributes:
        outcome: Of the cdk CLI.
        events: Of the stack, during the step alone.
        requests: That Personalize got during the step, as (operation, name).
        outputs: Of the stack after the step.
    """

    outcome: Outcome
    events: list[StackEvent]
    requests: list[tuple[str, str]]
    outputs: dict[str, str]

    def operations(self) -> list[str]:
        """What changed something, in order."""
        reading = ("Describe", "List")
        return [name for name, _ in self.requests if not name.startswith(reading)]


@pytest.fixture(scope="module")
def life(engine: Engine, synthesize: Synthesize) -> dict[str, Step]:
    """The steps of a life, by name."""
    bucket = "life-of-a-stack"
    s3 = engine.client("s3")
    s3.create_bucket(Bucket=bucket)
    lines = "\n".join(json.dumps({"userId": user}) for user in USERS)
    s3.put_object(Bucket=bucket, Key=INPUT_KEY, Body=lines.encode())
    cloudformation = engine.client("cloudformation")

    def outputs() -> dict[str, str]:
        found = cloudformation.describe_stacks()["Stacks"]
        return {
            output["OutputKey"]: output["OutputValue"]
            for stack in found
            if stack["StackName"] == STACK
            for output in stack.get("Outputs", [])
        }

    stack_id = STACK
    steps: dict[str, Step] = {}

    def step(name: str, act: str, build: Recommendations) -> None:
        nonlocal stack_id
        since = time.time()
        cdk = synthesize(STACK, build.build)
        outcome = cdk.deploy() if act == "deploy" else cdk.destroy()
        events = stack_events(engine, stack_id)
        stack_id = next(event.physical_id for event in events if event.is_stack)
        log = [entry for entry in engine.personalize.log() if entry["at_s"] >= since]
        steps[name] = Step(
            outcome,
            [event for event in events if event.time.timestamp() >= since - 0.001],
            [(each["operation"], each["name"]) for each in log if each["kind"] == "request"],
            outputs(),
        )

    step("create", "deploy", Recommendations(bucket=bucket))
    step("update", "deploy", Recommendations(bucket=bucket, exploration_weight=0.5))
    engine.personalize.plan({f"{STACK}*": {"update_fails": {"2": REASON}}})
    step("failure", "deploy", Recommendations(bucket=bucket, exploration_weight=0.9))
    step("replacement", "deploy", Recommendations(0.5, bucket, num_results=3))
    step("destroy", "destroy", Recommendations(bucket=bucket))
    return steps


def test_a_create_is_complete_only_after_personalize_says_active(
    engine: Engine, life: dict[str, Step]
) -> None:
    life["create"].outcome.check()
    arn = life["create"].outputs["Arn"]
    (active_s,) = engine.personalize.status_times(arn, "campaign", "ACTIVE")
    logical_id = _logical_id(life["create"], arn)
    complete = first(life["create"].events, logical_id, "CREATE_COMPLETE")
    assert complete.time.timestamp() > active_s
    assert life["create"].outputs["Status"] == "ACTIVE"


def test_a_dependent_starts_only_after_the_campaign_is_complete(life: dict[str, Step]) -> None:
    step = life["create"]
    complete = first(step.events, _logical_id(step, step.outputs["Arn"]), "CREATE_COMPLETE")
    (dependent,) = (
        event
        for event in step.events
        if event.resource_type == "AWS::SSM::Parameter" and event.status == "CREATE_IN_PROGRESS"
    )
    assert dependent.time >= complete.time


def test_a_job_is_complete_only_after_its_output_is_there(
    engine: Engine, life: dict[str, Step]
) -> None:
    step = life["create"]
    arn = step.outputs["JobArn"]
    (active_s,) = engine.personalize.status_times(arn, "job", "ACTIVE")
    complete = first(step.events, _logical_id(step, arn), "CREATE_COMPLETE")
    assert complete.time.timestamp() > active_s
    body = engine.client("s3").get_object(
        Bucket="life-of-a-stack", Key=f"{OUTPUT_KEY}{INPUT_KEY.rpartition('/')[2]}.out"
    )["Body"]
    lines = [json.loads(line) for line in body.read().splitlines()]
    assert [line["input"]["userId"] for line in lines] == list(USERS)
    assert all(line["error"] is None for line in lines)


def test_a_new_exploration_weight_is_one_update_of_the_same_campaign(
    life: dict[str, Step],
) -> None:
    step = life["update"]
    step.outcome.check()
    assert step.operations() == ["UpdateCampaign"]
    assert step.outputs["Arn"] == life["create"].outputs["Arn"]
    assert step.outputs["JobArn"] == life["create"].outputs["JobArn"]


def test_an_update_is_complete_only_after_the_latest_update_is_active(
    engine: Engine, life: dict[str, Step]
) -> None:
    step = life["update"]
    arn = step.outputs["Arn"]
    active_s = engine.personalize.status_times(arn, "update", "ACTIVE")[0]
    complete = first(step.events, _logical_id(step, arn), "UPDATE_COMPLETE")
    assert complete.time.timestamp() > active_s


def test_a_failing_update_shows_the_services_own_reason(life: dict[str, Step]) -> None:
    step = life["failure"]
    assert step.outcome.exit_code != 0
    failed = first(step.events, _logical_id(step, step.outputs["Arn"]), "UPDATE_FAILED")
    assert REASON in failed.reason
    assert failed.physical_id == step.outputs["Arn"]
    # The CLI breaks lines where it likes.
    assert REASON in " ".join(step.outcome.output.split())


def test_a_failing_update_is_rolled_back_without_touching_what_still_serves(
    life: dict[str, Step],
) -> None:
    step = life["failure"]
    assert statuses(step.events, STACK)[-1] == "UPDATE_ROLLBACK_COMPLETE"
    assert step.operations() == ["UpdateCampaign"]
    assert step.outputs == life["update"].outputs


def test_a_changed_job_is_a_new_job_and_the_campaign_stays(life: dict[str, Step]) -> None:
    step = life["replacement"]
    step.outcome.check()
    assert step.operations() == ["CreateBatchInferenceJob"]
    assert step.outputs["JobArn"] != life["failure"].outputs["JobArn"]
    assert step.outputs["Arn"] == life["failure"].outputs["Arn"]


def test_a_destroyed_stack_leaves_nothing_but_the_jobs_that_cannot_be_deleted(
    engine: Engine, life: dict[str, Step]
) -> None:
    life["destroy"].outcome.check()
    assert life["destroy"].operations() == ["DeleteCampaign"]
    mine = [each for each in engine.personalize.resources() if STACK in each["arn"]]
    assert [each["arn"] for each in mine if ":campaign/" in each["arn"]] == []
    for service, action, key, name in (
        ("logs", "describe_log_groups", "logGroups", "logGroupName"),
        ("lambda", "list_functions", "Functions", "FunctionName"),
        ("iam", "list_roles", "Roles", "RoleName"),
        ("stepfunctions", "list_state_machines", "stateMachines", "name"),
        ("ssm", "describe_parameters", "Parameters", "Name"),
    ):
        found = getattr(engine.client(service), action)()[key]
        left = [each[name] for each in found if STACK in each[name]]
        assert left == [], service
    running = [each["name"] for each in engine.report("executions") if each["status"] == "RUNNING"]
    assert running == []


def test_the_handler_was_refused_nothing(engine: Engine, life: dict[str, Step]) -> None:
    """IAM is enforced here, for Personalize too: a missing right would fail a step, or delay it."""
    assert "is not authorized to perform" not in engine.log("ministack")
    assert all(
        REASON in step.outcome.output or not step.outcome.exit_code for step in life.values()
    )


def _logical_id(step: Step, physical_id: str) -> str:
    return next(event.logical_id for event in step.events if event.physical_id == physical_id)
