"""A deployment on a virtual clock: the real handler's ticks, the emulated Personalize, and as much
of CloudFormation and Step Functions as a watch asks of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cdk_personalize_cli.command import Surroundings, run
from cli.answering import FakeClients, RefusalError
from emulator.backend import PersonalizeBackend
from emulator.in_process import attach
from emulator.plans import Plan
from emulator.responses import PersonalizeResponse
from handler.given import (
    ACCOUNT,
    FUNCTION,
    RECOMMENDER_PROPERTIES,
    STACK,
    VERSION,
    date,
    response_url,
)
from handler.services import client
from personalize_provider.event import Request, parse
from personalize_provider.memo import Memo
from personalize_provider.outcome import Again
from personalize_provider.personalize import Personalize
from personalize_provider.response import Status
from personalize_provider.services import Services
from personalize_provider.stack import Course, Keeping, Wish
from personalize_provider.tick import Answer, tick
from personalize_provider.waiter import Others, execution_name

START_S = 1_764_000_000
MACHINE = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:CdkPersonalizeProviderWaiterEB7E51F6-x"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
GROUP = RECOMMENDER_PROPERTIES["DatasetGroupArn"]


@dataclass
class Execution:
    """A running execution of the waiter."""

    request: Request
    event: Mapping[str, Any]
    due_s: float
    memo: Memo = field(default_factory=Memo)
    ended: bool = False


class NoRivals:
    """Nobody else works on the resource."""

    def rivals(self, *, ended: bool = False) -> Others:
        return Others(newer=False, level=False, older=())

    def follows_closely(self, within_s: float) -> bool:
        return False

    def stop(self, arn: str) -> None:
        raise AssertionError(arn)


class Stage:
    """An account with one stack, or more."""

    def __init__(self) -> None:
        self.now_s = float(START_S)
        self.backend = PersonalizeBackend(clock=lambda: self.now_s, account=ACCOUNT)
        self.personalize = self._emulated()
        self._train()
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.executions: dict[str, Execution] = {}
        self.on_answer: dict[str, Callable[[], None]] = {}
        self.at: list[tuple[float, Callable[[], None]]] = []
        self.machine = MACHINE
        self.provider_stack = ""
        """Where the provider is; "" for a provider of each stack's own."""
        self.logical_ids: tuple[str, ...] = ()
        self.clients = FakeClients(made={"personalize": self._emulated()})
        self.clients.serve("cloudformation", self._cloudformation())
        self.clients.serve("stepfunctions", self._step_functions())

    def _emulated(self) -> Any:
        made = client("personalize")
        attach(made, PersonalizeResponse(self.backend), account=ACCOUNT)
        return made

    def _train(self) -> None:
        """A dataset group, and a version of a solution in it; VERSION is another, from outside."""
        self.now_s -= 1000
        self.personalize.create_dataset_group(name="shop")
        self.now_s += 100
        self.version = self.trained("shop", "aws-user-personalization-v2")
        self.now_s = START_S
        self.backend.add_solution_version(VERSION, dataset_group=GROUP)

    def trained(self, name: str, recipe: str) -> str:
        """Make a solution of a recipe, and train it; the version's ARN."""
        recipe_arn = f"arn:aws:personalize:::recipe/{recipe}"
        made = self.personalize.create_solution(
            name=name, datasetGroupArn=GROUP, recipeArn=recipe_arn
        )
        self.now_s += 100
        version = self.personalize.create_solution_version(solutionArn=made["solutionArn"])
        self.now_s += 100
        return str(version["solutionVersionArn"])

    # What happens.

    def plan(self, **fields: Any) -> None:
        self.backend.plan("*", Plan(**fields))

    def stack(self, status: str, *, stack: str = STACK, reason: str = "") -> None:
        """An event of a stack itself."""
        self.tell(stack.split("/")[1], status, stack=stack, physical_id=stack, reason=reason)

    def tell(
        self,
        logical_id: str,
        status: str,
        *,
        kind: str = "AWS::CloudFormation::Stack",
        stack: str = STACK,
        physical_id: str = "",
        reason: str = "",
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """An event of a stack."""
        events = self.events.setdefault(stack, [])
        raw = {
            "StackId": stack,
            "StackName": stack.split("/")[1],
            "EventId": f"{len(events)}-{logical_id}",
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "Timestamp": datetime.fromtimestamp(self.now_s, UTC),
            "ResourceStatus": status,
        }
        if reason:
            raw["ResourceStatusReason"] = reason
        if properties is not None:
            raw["ResourceProperties"] = json.dumps(properties)
        events.append(raw)

    def ask(
        self,
        logical_id: str,
        kind: str,
        properties: Mapping[str, Any],
        *,
        request_type: str = "Create",
        stack: str = STACK,
        physical_id: str = "",
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """CloudFormation asks the handler for something, and goes on with `then`."""
        event: dict[str, Any] = {
            "RequestType": request_type,
            "ServiceToken": FUNCTION,
            "ResponseURL": response_url(date(self.now_s)),
            "StackId": stack,
            "RequestId": f"request-{len(self.executions)}",
            "LogicalResourceId": logical_id,
            "ResourceType": kind,
            "ResourceProperties": dict(properties),
        }
        if physical_id:
            event["PhysicalResourceId"] = physical_id
        request = parse(event, now_s=self.now_s)
        name = execution_name(request)
        self.executions[name] = Execution(request=request, event=event, due_s=self.now_s + 1)
        self.on_answer[name] = then
        self.tell(
            logical_id,
            f"{request_type.upper()}_IN_PROGRESS",
            kind=kind,
            stack=stack,
            physical_id=physical_id,
            properties=properties,
        )

    def sleep(self, seconds: float) -> None:
        """Let time go by, with all that happens meanwhile."""
        until_s = self.now_s + seconds
        while True:
            running = [each for each in self.executions.items() if not each[1].ended]
            due = min((each.due_s for _, each in running), default=until_s + 1)
            planned = min((at_s for at_s, _ in self.at), default=until_s + 1)
            if min(due, planned) > until_s:
                break
            self.now_s = max(self.now_s, min(due, planned))
            if planned <= due:
                self.at.sort(key=lambda each: each[0])
                self.at.pop(0)[1]()
            else:
                self._tick(*next(each for each in running if each[1].due_s == due))
        self.now_s = until_s

    def _tick(self, name: str, execution: Execution) -> None:
        request = execution.request
        services = Services(
            personalize=Personalize(self.personalize, request.spec),
            executions=NoRivals(),
            wish=lambda: Wish.WANTED,
            course=lambda: Course.DELETION,
            keeping=lambda _: Keeping.GOES,
            put_events=lambda _: (),
            go_on=lambda _: None,
            clock=lambda: self.now_s,
        )
        outcome = tick(request, execution.memo, services)
        if isinstance(outcome, Again):
            execution.memo, execution.due_s = outcome.memo, self.now_s + outcome.wait_s
            return
        assert isinstance(outcome, Answer)
        execution.ended = True
        verb = request.type.value.upper()
        good = outcome.verdict.status is Status.SUCCESS
        self.tell(
            request.asked_of,
            f"{verb}_COMPLETE" if good else f"{verb}_FAILED",
            kind=execution.event["ResourceType"],
            stack=request.stack_id,
            physical_id=outcome.verdict.physical_id,
            reason="" if good else f"Received response status [FAILED]: {outcome.verdict.reason}",
        )
        self.on_answer[name]()

    # What is asked.

    def _cloudformation(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "DescribeStacks": self._describe_stacks,
            "DescribeStackEvents": self._describe_events,
            "DescribeStackResources": self._describe_resources,
            "ListStackResources": self._list_resources,
        }

    def _arn(self, name: str) -> str:
        for arn in self.events:
            if name in (arn, arn.split("/")[1]):
                return arn
        raise RefusalError("ValidationError", f"Stack with id {name} does not exist")

    def _describe_stacks(self, asked: dict[str, Any]) -> dict[str, Any]:
        arn = self._arn(asked["StackName"])
        own = [each for each in self.events[arn] if each["PhysicalResourceId"] == arn]
        stack = {
            "StackId": arn,
            "StackName": arn.split("/")[1],
            "StackStatus": own[-1]["ResourceStatus"],
            "CreationTime": own[0]["Timestamp"],
        }
        return {"Stacks": [stack]}

    def _describe_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The newest first, three a page."""
        events = self.events[self._arn(asked["StackName"])][::-1]
        start = int(asked.get("NextToken", 0))
        page: dict[str, Any] = {"StackEvents": events[start : start + 3]}
        if start + 3 < len(events):
            page["NextToken"] = str(start + 3)
        return page

    def _list_resources(self, asked: dict[str, Any]) -> dict[str, Any]:
        stack = asked["StackName"]
        if stack == self.provider_stack:
            return {"StackResourceSummaries": self._provider("SharedProvider")}
        self._arn(stack)
        listed = [summary(each, "AWS::IAM::Role", each) for each in self.logical_ids]
        own = [] if self.provider_stack else self._provider("CdkPersonalizeProvider")
        return {"StackResourceSummaries": [*listed, *own]}

    def _provider(self, own_id: str) -> list[dict[str, Any]]:
        """A provider's resources, its state machine among them once it is there."""
        function = FUNCTION.rpartition(":")[2]
        listed = [
            summary(f"{own_id}WaiterRole3BF5DF5A", "AWS::IAM::Role", "role"),
            summary(f"{own_id}HandlerB48F2C9A", "AWS::Lambda::Function", function),
        ]
        machine = summary(f"{own_id}WaiterEB7E51F6", STATE_MACHINE, self.machine)
        return [*listed, machine] if self.machine else listed

    def _describe_resources(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The resources of the stack that one belongs to."""
        if not self.provider_stack or asked["PhysicalResourceId"] != FUNCTION.rpartition(":")[2]:
            raise RefusalError("ValidationError", "Stack for this resource does not exist")
        described = [
            {
                "StackId": self.provider_stack,
                "LogicalResourceId": each["LogicalResourceId"],
                "PhysicalResourceId": each["PhysicalResourceId"],
                "ResourceType": each["ResourceType"],
                "Timestamp": each["LastUpdatedTimestamp"],
                "ResourceStatus": each["ResourceStatus"],
            }
            for each in self._provider("SharedProvider")
        ]
        return {"StackResources": described}

    def _step_functions(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "ListExecutions": self._list_executions,
            "GetExecutionHistory": self._history,
        }

    def _list_executions(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["statusFilter"] == "RUNNING"
        assert asked["stateMachineArn"] == self.machine
        listed = [
            {
                "executionArn": execution_arn(name),
                "stateMachineArn": self.machine,
                "name": name,
                "status": "RUNNING",
                "startDate": datetime.fromtimestamp(START_S, UTC),
            }
            for name, each in self.executions.items()
            if not each.ended
        ]
        return {"executions": listed}

    def _history(self, asked: dict[str, Any]) -> dict[str, Any]:
        execution = self.executions[asked["executionArn"].rsplit(":", 1)[1]]
        assert asked["reverseOrder"]
        state = {
            "version": 1,
            "function_arn": FUNCTION,
            "accepted_at_s": execution.request.signed_at_s,
            "event": execution.event,
            "next": {"wait_s": 5, "done": False, "memo": execution.memo.to_json()},
        }
        at = datetime.fromtimestamp(self.now_s, UTC)
        return {
            "events": [
                # Of the task only a part of the state is told, as Step Functions does.
                {
                    "timestamp": at,
                    "type": "TaskScheduled",
                    "id": 9,
                    "taskScheduledEventDetails": {
                        "resourceType": "lambda",
                        "resource": "invoke",
                        "region": "eu-west-1",
                        "parameters": json.dumps({"Payload": state}),
                    },
                },
                {
                    "timestamp": at,
                    "type": "TaskStateEntered",
                    "id": 8,
                    "stateEnteredEventDetails": {"name": "Tick", "input": json.dumps(state)},
                },
            ]
        }

    # The command.

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and error of a command."""
        out, err = io.StringIO(), io.StringIO()
        around = Surroundings(
            clients=lambda region, profile: self.clients,
            clock=lambda: self.now_s,
            sleep=self.sleep,
            out=out,
            err=err,
        )
        return run(arguments, around), out.getvalue(), err.getvalue()

    def watch(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and lines of `watch --json`."""
        code, out, err = self.run("watch", "shop", "--json", *arguments)
        assert not err
        return code, [json.loads(line) for line in out.splitlines()]


def summary(logical_id: str, kind: str, physical_id: str) -> dict[str, Any]:
    """A resource as ListStackResources tells it."""
    return {
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceType": kind,
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": datetime.fromtimestamp(START_S, UTC),
    }


def execution_arn(name: str) -> str:
    return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"
