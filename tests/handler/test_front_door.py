"""The front door and the ticks, through the real crhelper, with an in-memory Runtime."""

from __future__ import annotations

import inspect
import json
import logging
import os
import threading
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
from crhelper import CfnResource, log_helper, resource_helper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.plans import NEVER, Plan
from emulator.scene import VERSION as SCENE_VERSION
from emulator.scene import Scene
from handler import services
from handler.given import (
    ACCOUNT,
    CREDENTIAL,
    FUNCTION,
    MACHINERY,
    SIGNATURE,
    Context,
    date,
    event,
    in_us_east_1,
)
from handler.given import response_url as url
from personalize_provider import front_door, waiter
from personalize_provider.callback import UndeliveredError
from personalize_provider.event import parse
from personalize_provider.front_door import Runtime, handle
from personalize_provider.lifecycle import VISIBLE_AFTER_S

STATE_MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:waiter"
STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1d0c5a40-aaaa-11ee"
PROPERTIES = {
    **MACHINERY,
    "ServiceToken": in_us_east_1(FUNCTION).replace(ACCOUNT, "000000000000"),
    "SolutionVersionArn": SCENE_VERSION,
    "Name": "shop",
}
ARN = "arn:aws:personalize:us-east-1:000000000000:campaign/shop"

SEAMS = {
    "_log_setup",
    "_set_timeout",
    "_wrap_function",
    "_setup_polling",
    "_remove_polling",
    "_send",
}
"""What front_door.py overrides."""


class World:
    """The surroundings of a handler: services in memory, a clock, and who takes the answers."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.executions = services.StepFunctions()
        self.stack = services.CloudFormation()
        self.bus = services.EventBridge()
        self.answers: list[dict[str, Any]] = []
        self.put_status = 200
        clients = {
            "personalize": self.scene.client,
            "stepfunctions": self.executions.client(),
            "cloudformation": self.stack.client(),
            "events": self.bus.client(),
        }
        self.runtime = Runtime(
            client=clients.__getitem__,
            put=self._put,
            clock=lambda: self.scene.now_s,
            sleep=self.scene.later,
            state_machine_arn=STATE_MACHINE,
        )

    def _put(self, _url: str, answer: bytes) -> int:
        self.answers.append(json.loads(answer))
        return self.put_status

    def event(self, request_type: str = "Create", **changes: Any) -> dict[str, Any]:
        """An event that CloudFormation signs now."""
        signed = url(date(self.scene.now_s))
        given = {"StackId": STACK, "properties": PROPERTIES, "ResponseURL": signed}
        if request_type != "Create":
            given["PhysicalResourceId"] = ARN
        return event(request_type, **{**given, **changes})

    def knock(self, sent: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
        """CloudFormation's own invocation."""
        return handle(sent, context or Context(), self.runtime)

    def tick(self) -> dict[str, Any]:
        """The one execution's next tick; its state afterwards."""
        (state,) = self.executions.inputs.values()
        state["next"] = json.loads(json.dumps(handle(state, Context(), self.runtime)))
        after: dict[str, Any] = state["next"]
        return after

    def run(self) -> dict[str, Any]:
        """Tick until the execution has ended; the only answer."""
        for _ in range(200):
            after = self.tick()
            if after["done"]:
                (answer,) = self.answers
                return answer
            self.scene.later(after["wait_s"])
        raise AssertionError("it does not end")


@pytest.fixture(autouse=True)
def _levels_as_they_were() -> Iterator[None]:
    """The handler sets levels for its whole process; the next tests are not to notice."""
    loggers = [logging.getLogger(name) for name in (None, "boto", "boto3", "botocore", "urllib3")]
    loggers.append(logging.getLogger("crhelper"))
    before = [each.level for each in loggers]
    yield
    for each, level in zip(loggers, before, strict=True):
        each.setLevel(level)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def seams(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The seams in the order in which crhelper calls them."""
    called: list[str] = []

    def recording(name: str) -> Any:
        original = getattr(front_door._Helper, name)

        def record(self: Any, *args: Any, **kwargs: Any) -> Any:
            called.append(name)
            return original(self, *args, **kwargs)

        return record

    for name in SEAMS:
        monkeypatch.setattr(front_door._Helper, name, recording(name))
    return called


# --- crhelper's seams --------------------------------------------------------------------------


def test_the_crhelper_that_was_read_is_the_one_that_runs() -> None:
    version = tuple(int(part) for part in metadata.version("crhelper").split("."))
    assert (2, 0, 12) <= version < (3,)


def test_all_that_is_overridden_exists_in_crhelper() -> None:
    overridden = {
        name for name in vars(front_door._Helper) if name in vars(CfnResource) and name[:2] != "__"
    }
    assert overridden == SEAMS


@pytest.mark.parametrize("name", sorted(SEAMS))
def test_a_seam_takes_what_crhelper_gives_it(name: str) -> None:
    ours = inspect.signature(getattr(front_door._Helper, name))
    theirs = inspect.signature(getattr(CfnResource, name))
    given = [each for each in theirs.parameters if each != "send_response"]
    assert list(ours.parameters)[: len(given)] == given
    ours.bind(*given)


SIGNATURES = {
    "__init__": ["json_logging", "log_level", "sleep_on_delete", "boto_level"],
    "_log_setup": ["event", "context"],
    "_wrap_function": ["func"],
    "_setup_polling": [],
    "_remove_polling": [],
    "_set_timeout": [],
    "_poll_enabled": [],
    "_send": ["status", "reason"],
    "__call__": ["event", "context"],
    **{
        f"{poll}{each}": ["func"]
        for poll in ("", "poll_")
        for each in ("create", "update", "delete")
    },
}


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_crhelpers_own_signatures_are_those_that_were_read(name: str) -> None:
    parameters = inspect.signature(getattr(CfnResource, name)).parameters
    assert set(SIGNATURES[name]) <= set(parameters) - {"self"}


def test_the_log_helper_takes_a_formatter_and_its_fields() -> None:
    parameters = inspect.signature(log_helper.setup).parameters
    assert {"level", "formatter_cls", "boto_level", "kwargs"} <= set(parameters)
    formatter = log_helper.JsonFormatter(RequestType="Create")
    record = logging.LogRecord("n", logging.INFO, "p", 1, "said", None, None)
    assert json.loads(formatter.format(record))["RequestType"] == "Create"


def test_the_attributes_that_crhelper_sets_on_each_call_are_there(world: World) -> None:
    helper = front_door._Helper(world.runtime, state={})
    sent = world.event()
    context = Context()
    helper(sent, context)
    assert helper._event["RequestId"] == sent["RequestId"]
    assert helper._context is context
    assert helper._response_url == sent["ResponseURL"]
    assert (helper.StackId, helper.RequestId, helper.LogicalResourceId) == (
        sent["StackId"],
        sent["RequestId"],
        sent["LogicalResourceId"],
    )
    assert hasattr(helper, "Status")
    assert hasattr(helper, "PhysicalResourceId")


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_an_accepted_request_sets_a_poll_up_and_answers_nothing(
    world: World, seams: list[str], request_type: str
) -> None:
    world.knock(world.event(request_type))
    assert seams == ["_log_setup", "_set_timeout", "_wrap_function", "_setup_polling"]
    assert world.answers == []
    assert len(world.executions.inputs) == 1


def test_a_refused_request_is_sent_and_polls_nothing(world: World, seams: list[str]) -> None:
    world.knock(world.event(properties={**PROPERTIES, "Name": "-"}))
    assert seams == ["_log_setup", "_set_timeout", "_wrap_function", "_remove_polling", "_send"]
    assert world.executions.inputs == {}


def test_a_tick_that_decides_nothing_sends_nothing(world: World, seams: list[str]) -> None:
    world.knock(world.event())
    seams.clear()
    assert not world.tick()["done"]
    assert seams == ["_log_setup", "_set_timeout", "_wrap_function"]


def test_a_tick_that_decides_sends_once(world: World, seams: list[str]) -> None:
    world.scene.campaign("shop")
    world.scene.now_s += VISIBLE_AFTER_S
    world.knock(world.event())
    seams.clear()
    assert world.tick()["done"]
    assert seams == ["_log_setup", "_set_timeout", "_wrap_function", "_remove_polling", "_send"]


def test_crhelper_makes_no_client_no_timer_and_no_rule(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **_: Any) -> None:
        raise AssertionError(args)

    monkeypatch.setattr("crhelper.resource_helper.boto3.client", refuse)
    monkeypatch.setattr(threading, "Timer", refuse)
    for name in ("_put_rule", "_add_permission", "_put_targets", "_timeout"):
        monkeypatch.setattr(CfnResource, name, refuse)
    monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    world.knock(world.event())
    world.tick()
    helper = front_door._Helper(world.runtime, state={})
    assert vars(helper)["_init_failed"] is None


@pytest.mark.parametrize("before", [None, "true", ""])
def test_the_environment_is_left_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    if before is None:
        monkeypatch.delenv("AWS_SAM_LOCAL", raising=False)
    else:
        monkeypatch.setenv("AWS_SAM_LOCAL", before)
    world.knock(world.event())
    assert os.environ.get("AWS_SAM_LOCAL") == before
    assert len(world.executions.inputs) == 1


def test_a_delete_is_answered_without_crhelpers_sleep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource_helper, "sleep", lambda seconds: pytest.fail(f"slept {seconds}"))
    world.knock(world.event("Delete", ResourceType="Custom::Other"), Context(remaining_ms=900_000))
    assert world.answers[0]["Status"] == "FAILED"


# --- one request from the door to the answer ---------------------------------------------------


def test_nothing_is_created_at_the_door(world: World) -> None:
    world.knock(world.event())
    assert world.scene.client.list_campaigns()["campaigns"] == []


def test_the_execution_meets_the_function_without_a_qualifier(world: World) -> None:
    sent = world.event()
    world.knock(sent, Context(invoked_function_arn=f"{FUNCTION}:live"))
    (name,) = world.executions.inputs
    state = world.executions.inputs[name]
    assert name == waiter.execution_name(parse(sent, now_s=0))
    assert state["function_arn"] == FUNCTION
    assert state["event"] == {**sent, "CrHelperPoll": True}


def test_a_second_delivery_starts_nothing_new(world: World) -> None:
    sent = world.event()
    world.knock(sent)
    world.knock(sent)
    assert len(world.executions.inputs) == 1
    assert world.answers == []


def test_a_create_is_answered_once_it_is_active(world: World) -> None:
    world.scene.backend.plan("shop", Plan(create_s=100))
    sent = world.event()
    world.knock(sent)
    answer = world.run()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert answer["Data"]["CampaignArn"] == ARN
    assert answer["Data"]["Status"] == "ACTIVE"
    for key in ("StackId", "RequestId", "LogicalResourceId"):
        assert answer[key] == sent[key]


def test_an_update_and_a_delete_follow(world: World) -> None:
    world.knock(world.event())
    world.run()
    for request_type, status in (("Update", "UPDATE"), ("Delete", "DELETE")):
        world.executions.inputs.clear()
        world.answers.clear()
        world.scene.later(60)
        world.stack.status = f"{status}_IN_PROGRESS"
        changed = {**PROPERTIES, "MinProvisionedTPS": "2"}
        world.knock(world.event(request_type, RequestId=request_type, properties=changed))
        answer = world.run()
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", ARN)
    assert world.scene.client.list_campaigns()["campaigns"] == []


def test_a_failure_carries_the_real_id_the_reason_and_where_to_read_more(world: World) -> None:
    world.scene.backend.plan("shop", Plan(create_fails="Too little data."))
    sent = world.event()
    world.knock(sent)
    answer = world.run()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert "Too little data." in answer["Reason"]
    name = waiter.execution_name(parse(sent, now_s=0))
    assert f"(More in log group /aws/lambda/provider, execution {name}.)" in answer["Reason"]


def test_what_never_ends_is_answered_before_cloudformation_gives_up(world: World) -> None:
    world.scene.backend.plan("shop", Plan(create_s=NEVER))
    started_s = world.scene.now_s
    world.knock(world.event(properties={**PROPERTIES, "ServiceTimeout": "600", "Timeout": "500"}))
    answer = world.run()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", ARN)
    assert world.scene.now_s - started_s <= 560


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_bad_properties_are_answered_at_once_with_every_fault(
    world: World, request_type: str
) -> None:
    bad = {**PROPERTIES, "Name": "-", "MinProvisionedTPS": "0"}
    world.knock(world.event(request_type, properties=bad))
    (answer,) = world.answers
    assert answer["Status"] == "FAILED"
    assert "Name is '-'" in answer["Reason"]
    assert "MinProvisionedTPS is '0'" in answer["Reason"]
    expected = ARN if request_type == "Update" else f"not-created:{answer['RequestId']}"
    assert answer["PhysicalResourceId"] == expected


def test_nothing_of_one_request_leaks_into_the_next(world: World) -> None:
    world.knock(world.event(properties={**PROPERTIES, "Name": "-"}))
    world.knock(
        world.event(
            RequestId="second", LogicalResourceId="Other", properties={**PROPERTIES, "Nme": "x"}
        )
    )
    first, second = world.answers
    assert first["PhysicalResourceId"] != second["PhysicalResourceId"]
    assert (second["RequestId"], second["LogicalResourceId"]) == ("second", "Other")
    assert "'-'" not in second["Reason"]
    assert (second["NoEcho"], second["Data"]) == (False, {})


# --- what goes wrong leaves the invocation -----------------------------------------------------


def test_an_execution_that_does_not_start_is_raised_and_not_answered(world: World) -> None:
    world.executions.fails = 503
    with pytest.raises(Exception, match="ServiceUnavailable"):
        world.knock(world.event())
    assert world.answers == []


def test_an_answer_that_is_not_taken_is_raised(world: World) -> None:
    world.put_status = 500
    with pytest.raises(UndeliveredError):
        world.knock(world.event(properties={}))


def test_an_expired_url_ends_it(world: World) -> None:
    world.put_status = 403
    world.knock(world.event(properties={}))
    assert len(world.answers) == 1


def test_a_defect_in_a_tick_is_raised_and_not_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    world.knock(world.event())
    monkeypatch.setattr(front_door, "tick", broken)
    with pytest.raises(ZeroDivisionError):
        world.tick()
    assert world.answers == []


@pytest.mark.parametrize("key", ["StackId", "RequestId", "LogicalResourceId", "ResponseURL"])
def test_an_event_without_the_means_to_answer_is_raised(world: World, key: str) -> None:
    sent = world.event()
    del sent[key]
    with pytest.raises(RuntimeError, match=key):
        world.knock(sent)


# --- secrets -----------------------------------------------------------------------------------


class Lines(logging.Handler):
    """What a root handler writes, in the formatter that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    root, handler = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(handler)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


LEVELS = st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"])
STORIES = st.fixed_dictionaries(
    {
        "request_type": st.sampled_from(["Create", "Update", "Delete"]),
        "properties": st.sampled_from([PROPERTIES, {}, {**PROPERTIES, "Name": "-"}]),
        "kind": st.sampled_from(["Custom::PersonalizeCampaign", "Custom::Other"]),
        "put_status": st.sampled_from([200, 403, 500]),
        "executions_fail": st.sampled_from([0, 400, 503]),
        "missing": st.sampled_from([None, "StackId", "RequestId", "LogicalResourceId"]),
    }
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(level=LEVELS, story=STORIES)
def test_no_line_and_no_error_holds_the_signature_at_any_level(
    level: str, story: dict[str, Any], lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.put_status = story["put_status"]
    world.executions.fails = story["executions_fail"]
    sent = world.event(
        story["request_type"], ResourceType=story["kind"], properties=story["properties"]
    )
    if story["missing"]:
        del sent[story["missing"]]
    told = ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOG_LEVEL", level)
        try:
            world.knock(sent)
            if world.executions.inputs:
                world.tick()
        except Exception as error:  # noqa: BLE001 whatever leaves is what Lambda logs
            told = f"{error!r} {error.__cause__!r} {error.__context__!r}"
    for text in (told, caplog.text, *lines):
        assert SIGNATURE not in text
        assert CREDENTIAL not in text
    lines.clear()
    caplog.clear()


def test_a_logged_url_loses_its_query_and_the_line_stays_json(
    lines: list[str], world: World
) -> None:
    world.knock(world.event())
    lines.clear()
    logging.getLogger("somewhere").error("PUT %s failed", url())
    logging.getLogger("somewhere").error({"ResponseURL": url()})
    logging.getLogger("somewhere").error('{"ResponseURL": "%s"}', url())
    logging.getLogger("somewhere").error("%r", {"ResponseURL": url()})
    logging.getLogger("somewhere").error('got "%s"', url())
    assert len(lines) == 5
    for line in lines:
        assert SIGNATURE not in line
        assert "https://cloudformation-custom-resource-response" in line
        json.loads(line)


def test_lines_name_the_request_that_they_belong_to(lines: list[str], world: World) -> None:
    sent = world.event(properties={})
    world.knock(sent)
    told = [json.loads(line) for line in lines if "FAILED" in line]
    assert told
    for line in told:
        assert line["RequestId"] == sent["RequestId"]
        assert line["LogicalResourceId"] == sent["LogicalResourceId"]


@pytest.mark.parametrize("level", ["debug", "VERBOSE", ""])
def test_a_log_level_that_logging_does_not_know_keeps_nobody_waiting(
    level: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    world.knock(world.event())
    assert len(world.executions.inputs) == 1
