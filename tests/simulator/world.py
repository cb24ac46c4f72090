"""One simulated account: everything joined, ready for stacks."""

from __future__ import annotations

import importlib.util
import json
import random
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ConnectionClosedError

from emulator.backend import PersonalizeBackend
from emulator.exceptions import ConnectionDroppedError
from emulator.oddities import Oddities
from emulator.plans import Plan
from emulator.responses import PersonalizeResponse
from personalize_provider import front_door
from simulator.aws_lambda import Function, Lambda
from simulator.chains import HOUR_S
from simulator.cloudformation import CloudFormation
from simulator.deployment import Deployment, deployment
from simulator.event_bridge import EventBridge
from simulator.scheduler import Scheduler
from simulator.stacks import References, Rollback, Stack
from simulator.step_functions import StepFunctions
from simulator.templates import Declared
from simulator.wire import ACCOUNT, REGION, Faults, HttpAnswer, NoFaults, Wire
from simulator.works import Resource

SOLUTION = f"arn:aws:personalize:{REGION}:{ACCOUNT}:solution/films"
VERSION = f"{SOLUTION}/v1"
OTHER_VERSION = f"{SOLUTION}/v2"
OTHER_SOLUTION = f"{SOLUTION}-of-old"
FANS_VERSION = f"{SOLUTION}-fans/v1"
"""Trained with a recipe that finds users."""
DATASET_GROUP = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset-group/films"
OTHER_DATASET_GROUP = f"{DATASET_GROUP}-of-old"
RECIPE = "arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
STATE_MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:waiter"
LAST_RESORT_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:last-resort"

DEFAULT_PLAN = Plan(create_s=300.0, update_s=200.0, delete_s=60.0)


class World:
    """One account on one clock.

    Args:
        seed: Decides every draw.
        faults: What befalls calls.
        oddities: How Personalize differs from its reference.
        handler: The handler's code; the real entry unless a test of the simulator says otherwise.
        rollback: How CloudFormation undoes a replacement.
        references: What CloudFormation puts in place of references in a rollback.
        synthesized: The provider. Default: as the constructs synthesize it.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        faults: Faults | None = None,
        oddities: Oddities | None = None,
        handler: Any = None,
        rollback: Rollback = "update-then-delete",
        references: References = "evaluated again",
        synthesized: Deployment | None = None,
    ) -> None:
        self.scheduler = Scheduler(seed)
        # botocore draws the jitter of its own retries from there.
        random.seed(seed)
        self.personalize = PersonalizeBackend(
            clock=self.scheduler.clock, account=ACCOUNT, oddities=oddities, defaults=DEFAULT_PLAN
        )
        for solution in (SOLUTION, OTHER_SOLUTION):
            self.personalize.add_solution(solution)
        for version in (VERSION, OTHER_VERSION):
            self.personalize.add_solution_version(version)
        self.personalize.add_solution_version(FANS_VERSION, recipe="aws-item-affinity")
        for group in (DATASET_GROUP, OTHER_DATASET_GROUP):
            self.personalize.add_dataset_group(group, domain="ECOMMERCE")
        self.stopped_by_others: set[str] = set()
        self.functions = Lambda(self.scheduler)
        self.cloudformation = CloudFormation(self.scheduler, self.functions)
        self.cloudformation.resource_of = self._resource_of
        self.cloudformation.stack_status_of = self._stack_status_of
        provider = synthesized or deployment(LAST_RESORT_ARN)
        self.states = StepFunctions(self.scheduler, self.functions, provider.definition)
        self.bus = EventBridge(self.scheduler)
        self.faults: Faults = faults or NoFaults()
        self.wire = Wire(
            scheduler=self.scheduler,
            faults=self.faults,
            services={
                "personalize": self._serve_personalize,
                "stepfunctions": self.states.serve,
                "cloudformation": self.cloudformation.serve,
                "events": self.bus.serve,
            },
        )
        self.wire.install_clock()
        self._response = PersonalizeResponse(self.personalize)
        self._rollback: Rollback = rollback
        self._references: References = references
        self.handler = self.functions.add(
            Function(
                name="handler",
                code=handler or self._real_entry(),
                timeout_s=provider.handler_timeout_s,
                retries=provider.retries,
                oldest_event_s=provider.oldest_event_s,
                destination=LAST_RESORT_ARN,
            )
        )
        self.last_resort = self.functions.add(
            Function(name="last-resort", code=self._real_last_resort())
        )
        self.stacks: list[Stack] = []

    def stack(self, name: str) -> Stack:
        """A new stack with a provider of its own in front of the same account."""
        stack = Stack(
            self.scheduler,
            self.cloudformation,
            name=name,
            service_token=self.handler.arn,
            rollback=self._rollback,
            references=self._references,
        )
        self.stacks.append(stack)
        return stack

    def run(self, *, until_s: float | None = None) -> None:
        """Let time pass until nothing happens any more."""
        self.scheduler.run(until_s=until_s)

    def run_for(self, seconds: float) -> None:
        """Let so much time pass."""
        self.scheduler.run(until_s=self.scheduler.now_s + seconds)

    def campaigns(self) -> dict[str, dict[str, Any]]:
        """Name -> what Personalize describes, for every campaign that exists."""
        self.personalize.look()
        return {
            each["arn"].rsplit("/", 1)[-1]: dict(each)
            for each in self.personalize.resources()
            if each["kind"] == "campaign"
        }

    def call_as_other_owner(self, operation: str, request: dict[str, Any]) -> bytes | None:
        """A call of somebody else, at once and without faults; its answer, or None if refused."""
        headers = {"X-Amz-Target": f"AmazonPersonalize.{operation}"}
        body = json.dumps(request).encode()
        status, _, content = self._serve_personalize(headers, body)
        return content if status == 200 else None

    def _serve_personalize(self, headers: Any, body: bytes) -> HttpAnswer:
        try:
            return self._response.dispatch(headers, body, region=REGION, account=ACCOUNT)
        except ConnectionDroppedError as error:
            raise ConnectionClosedError(endpoint_url="personalize") from error

    def _resource_of(self, stack_id: str, logical_id: str) -> Resource | None:
        found = (stack for stack in self.stacks if stack.id == stack_id)
        lag_s = self.cloudformation.lag_s
        return next((stack.view(lag_s).resources.get(logical_id) for stack in found), None)

    def _stack_status_of(self, stack_id: str) -> str:
        lag_s = self.cloudformation.lag_s
        return next(stack.view(lag_s).status for stack in self.stacks if stack.id == stack_id)

    def _real_entry(self) -> Any:
        """The handler's real entry, its surroundings replaced by simulated ones."""
        runtime = front_door.Runtime(
            client=self.wire.client,
            put=self.cloudformation.put,
            clock=self.scheduler.clock,
            sleep=self.scheduler.sleep,
            state_machine_arn=STATE_MACHINE,
        )
        module = _copy_of("entry")
        module._front_door = SimpleNamespace(
            handle=front_door.handle, lambda_runtime=lambda: runtime
        )
        return module.handler

    def _real_last_resort(self) -> Any:
        """The real last resort, but for its transport."""
        module = _copy_of("last_resort")
        module.urllib = _Transport(self.cloudformation)
        return module.handler


def _copy_of(room: str) -> Any:
    """A copy of a module, so that what is replaced in it is replaced nowhere else."""
    name = f"personalize_provider.{room}"
    found = importlib.util.find_spec(name)
    if found is None or found.loader is None:
        raise ModuleNotFoundError(name)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class _Transport:
    """What the last resort uses of urllib, on the simulated wire."""

    def __init__(self, cloudformation: CloudFormation) -> None:
        import urllib.request

        self.error = urllib.error
        self.request = self
        self.Request = urllib.request.Request
        self._cloudformation = cloudformation

    def urlopen(self, request: Any, timeout: float) -> Any:
        status = self._cloudformation.put(request.full_url, request.data)
        if status >= 300:
            raise self.error.HTTPError(request.full_url, status, "refused", {}, None)  # type: ignore[arg-type]
        return self

    def close(self) -> None:
        """Nothing to close."""


def campaign(**settings: Any) -> Declared:
    """A campaign as a construct declares it; see `_declared` for the settings."""
    return _declared("Campaign", {"SolutionVersionArn": VERSION}, **settings)


def job(**settings: Any) -> Declared:
    """A batch inference job as a construct declares it; see `_declared` for the settings."""
    return _declared("BatchInferenceJob", {"SolutionVersionArn": VERSION, **_FILES}, **settings)


def segment_job(**settings: Any) -> Declared:
    """A batch segment job as a construct declares it; see `_declared` for the settings."""
    return _declared("BatchSegmentJob", {"SolutionVersionArn": FANS_VERSION, **_FILES}, **settings)


def solution_version(**settings: Any) -> Declared:
    """A solution version as a construct declares it; see `_declared` for the settings."""
    return _declared("SolutionVersion", {"SolutionArn": SOLUTION}, **settings)


def recommender(**settings: Any) -> Declared:
    """A recommender as a construct declares it; see `_declared` for the settings."""
    required = {"DatasetGroupArn": DATASET_GROUP, "RecipeArn": RECIPE}
    return _declared("Recommender", required, **settings)


_FILES = {
    "JobInput": {"S3DataSource": {"Path": "s3://data/in/users.json"}},
    "JobOutput": {"S3DataDestination": {"Path": "s3://data/out/"}},
    "RoleArn": ROLE,
}


def _declared(
    noun: str,
    required: dict[str, Any],
    *,
    timeout_s: float = HOUR_S,
    hour_s: float = HOUR_S,
    **properties: Any,
) -> Declared:
    """A resource as a construct declares it; `chained` adds its wait segments.

    Args:
        noun: The kind, as operations spell it.
        required: The properties without which there is none.
        timeout_s: How long it may take.
        hour_s: How long CloudFormation waits for one resource.
        properties: Its own properties.
    """
    limits = {"ServiceTimeout": int(hour_s), "Timeout": int(timeout_s)}
    return Declared(
        type=f"Custom::Personalize{noun}", properties={**limits, **required, **properties}
    )
