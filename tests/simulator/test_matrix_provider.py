"""Rows of the failure matrix about the provider: its permissions, and very many resources."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput
from emulator.plans import Plan
from personalize_provider.waiter import SOONEST_LOOK_S
from simulator.matrix import broken_promises, short_world
from simulator.wire import Effect, HttpAnswer
from simulator.world import VERSION, World, campaign

# --- permissions, in the template -----------------------------------------------------------------


def _synthesized(campaigns: int = 1, *, with_job: bool = False) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Shop")
    for number in range(campaigns):
        Campaign(stack, f"Campaign{number}", solution_version=VERSION)
    if with_job:
        bucket = cdk.aws_s3.Bucket(stack, "Bucket")
        BatchInferenceJob(
            stack,
            "Job",
            solution_version=VERSION,
            job_input=JobInput.from_bucket(bucket, "in/users.json"),
            job_output=JobOutput.from_bucket(bucket, "out/"),
        )
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def test_row_23_every_resource_depends_on_its_permissions_so_they_outlive_it() -> None:
    """The simulator has no IAM and no order of resources, so the template is asked.

    CloudFormation creates what a resource depends on before it, and deletes it after it.
    """
    resources = _synthesized(2, with_job=True)
    served = {name: each for name, each in resources.items() if each["Type"].startswith("Custom::")}
    assert {each["Type"] for each in served.values()} >= {
        "Custom::PersonalizeCampaign",
        "Custom::PersonalizeBatchInferenceJob",
    }
    needed = {
        name
        for name, each in resources.items()
        if each["Type"]
        in ("AWS::IAM::Policy", "AWS::Lambda::EventInvokeConfig", "AWS::Logs::LogGroup")
        and name.startswith("CdkPersonalizeProvider")
    }
    assert len(needed) == 4
    personalize = [
        each for each in served.values() if each["Type"].startswith("Custom::Personalize")
    ]
    for each in personalize:
        assert needed <= set(each["DependsOn"])


def test_row_26_policies_rules_and_functions_stay_the_same_however_many_resources() -> None:
    """The simulator has no IAM, so the templates are compared."""
    few, many = _synthesized(1), _synthesized(60)
    own = [
        {name: each for name, each in template.items() if not each["Type"].startswith("Custom::")}
        for template in (few, many)
    ]
    assert json.dumps(own[0], sort_keys=True) == json.dumps(own[1], sort_keys=True)
    policies = [each for each in few.values() if each["Type"] == "AWS::IAM::Policy"]
    for each in policies:
        assert len(json.dumps(each["Properties"]["PolicyDocument"])) < 6_144
    types = Counter(each["Type"] for each in many.values())
    assert types["AWS::Events::Rule"] == types["AWS::Lambda::Permission"] == 0


# --- 500 resources at once ------------------------------------------------------------------------

RESOURCES = 500
CONCURRENCY = 100

RATES: Mapping[str, tuple[float, float]] = {
    "StartExecution": (300, 1300),
    "ListExecutions": (5, 200),
    "DescribeStackResource": (10, 50),
    "CreateCampaign": (10, 50),
    "DescribeCampaign": (50, 100),
    "ListTagsForResource": (25, 100),
    "PutEvents": (400, 400),
}
"""Calls per second, and at once. Step Functions' are from its quotas page, others are guesses."""


class _Throttle:
    """Throttles calls over their rates, and notes those that pass."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._left = {name: burst for name, (_, burst) in RATES.items()}
        self._seen_s = dict.fromkeys(RATES, world.scheduler.now_s)
        self.throttled: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()

    def strike(self, _service: str, operation: str) -> Effect | None:
        rate, burst = RATES[operation]
        now_s = self._world.scheduler.now_s
        refilled = self._left[operation] + rate * (now_s - self._seen_s[operation])
        self._seen_s[operation] = now_s
        self._left[operation] = min(burst, refilled)
        if self._left[operation] < 1:
            self.throttled[operation] += 1
            return "throttle"
        self._left[operation] -= 1
        self.passed[operation] += 1
        return None


def _without_dates(world: World) -> None:
    """Leave out of lists what nobody reads: parsing it would be most of the work here."""
    serve = world.states.serve

    def lean(headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        status, answered, content = serve(headers, body)
        if b'"executions"' in content:
            page = json.loads(content)
            read = {"executionArn", "name", "status"}
            if "statusFilter" not in json.loads(body):
                read.add("startDate")
            page["executions"] = [{key: each[key] for key in read} for each in page["executions"]]
            content = json.dumps(page).encode()
        return status, answered, content

    world.wire.services["stepfunctions"] = lean


def test_row_26_500_resources_of_one_stack_that_wait_at_once_are_all_served() -> None:
    world = short_world()
    world.personalize.set_quotas(campaigns_per_dataset_group=RESOURCES)
    world.personalize.plan("*", Plan(create_s=10.0))
    throttle = _Throttle(world)
    world.wire.faults = throttle
    _without_dates(world)
    world.functions.trouble = lambda: (
        "Lambda.TooManyRequestsException"
        if sum(task.alive for task in world.handler.running) >= CONCURRENCY
        else None
    )
    stack = world.stack("shop")
    stack.create({f"Campaign{number}": campaign() for number in range(RESOURCES)})
    world.run()

    assert stack.status == "CREATE_COMPLETE", Counter(each.status for each in stack.events)
    assert len(world.campaigns()) == RESOURCES
    assert all(len(each.deliveries) == 1 for each in world.cloudformation.exchanges)
    assert throttle.throttled["ListExecutions"] > 0
    assert throttle.passed["CreateCampaign"] == RESOURCES
    looks: dict[str, list[float]] = defaultdict(list)
    for entry in world.personalize.log():
        if entry["kind"] == "request" and entry["operation"] == "DescribeCampaign":
            looks[entry["name"]].append(entry["at_s"])
    assert len(looks) == RESOURCES
    for times in looks.values():
        # After the first, which is early to spread the rest, none comes sooner than 4 s: at most
        # 125 looks a second in all.
        assert all(later - earlier > SOONEST_LOOK_S - 2 for earlier, later in pairwise(times[1:]))
    last_s = max(each.answered_s for each in world.cloudformation.exchanges)
    assert last_s - world.cloudformation.exchanges[0].asked_s < 1200


@pytest.mark.parametrize("seed", [0])
def test_row_26_forty_resources_are_created_changed_and_deleted_at_once(seed: int) -> None:
    world = short_world(seed=seed)
    world.personalize.set_quotas(campaigns_per_dataset_group=100)
    stack = world.stack("shop")
    stack.create({f"Campaign{number}": campaign() for number in range(40)})
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    stack.update({f"Campaign{number}": campaign(MinProvisionedTPS=2) for number in range(40)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    assert broken_promises(world) == []
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}
