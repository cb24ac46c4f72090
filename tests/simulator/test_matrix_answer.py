"""Rows of the failure matrix about the answer, and about what the handler is given."""

from __future__ import annotations

import json
import logging
import socket
from itertools import chain, repeat
from typing import Any

import pytest

from emulator.plans import Plan
from personalize_provider.callback import ATTEMPTS
from simulator.cloudformation import MAX_ANSWER_BYTES, SIGNATURE
from simulator.matrix import (
    CHANGED,
    FEW_SEEDS,
    TEMPLATE,
    Nth,
    broken_promises,
    created,
    exchanges,
    last,
    only_campaign,
    reasons,
    requests,
    secrets_in,
    short_world,
    watch_errors,
)
from simulator.templates import Template
from simulator.wire import ACCOUNT, Effect
from simulator.world import VERSION, World, campaign, job

# --- the PUT goes wrong --------------------------------------------------------------------------

Trouble = int | OSError

TROUBLES: dict[str, Trouble] = {
    "500": 500,
    "503": 503,
    "a reset": ConnectionResetError("Connection reset by peer"),
    "a DNS error": socket.gaierror(-2, "Name or service not known"),
    "a time-out": TimeoutError("timed out"),
}


def _puts_meet(world: World, trouble: Trouble, *, times: int) -> list[int]:
    """Let the next answers go wrong; the list grows by one with each PUT."""
    rest = chain(repeat(trouble, times), repeat(None))
    puts: list[int] = []

    def meet() -> Trouble | None:
        puts.append(1)
        return next(rest)

    world.cloudformation.put_trouble = meet
    return puts


@pytest.mark.parametrize("times", [1, 2, 3, 7])
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_row_17_an_answer_that_does_not_arrive_is_sent_again(
    trouble: Trouble, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    world = short_world()
    puts = _puts_meet(world, trouble, times=times)

    created(world)

    assert len(puts) == times + 1
    assert broken_promises(world) == []
    assert sum("answer not delivered" in each.getMessage() for each in caplog.records) == times


@pytest.mark.parametrize("times", [3, 7])
def test_row_17_a_refusal_of_bad_properties_is_sent_again_by_the_front_door(times: int) -> None:
    world = short_world()
    _puts_meet(world, 500, times=times)
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(MinProvisionedTPS=0)})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


def test_row_17_the_tries_are_bounded_and_paced() -> None:
    world = short_world()
    puts = _puts_meet(world, 500, times=10_000)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(3590)
    # The tick and its nine repetitions try thrice each, then the last resort, once each time.
    assert len(puts) == 10 * ATTEMPTS + 10
    (execution,) = world.states.executions.values()
    assert execution.status == "FAILED"


def test_row_17_a_403_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    world = short_world()
    puts = _puts_meet(world, 403, times=1)
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(3590)
    assert len(puts) == 1
    assert "refused the answer (HTTP 403), for good" in caplog.text
    (execution,) = world.states.executions.values()
    assert execution.status == "SUCCEEDED"


# --- the answer is too long ----------------------------------------------------------------------

TEXTS = {"ascii": "x", "two bytes": "ä", "three bytes": "語", "four bytes": "😀", "escaped": '"\n'}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("shift", range(4))
def test_row_18_a_reason_over_4096_bytes_is_cut_at_a_character_and_keeps_its_head(
    text: str, shift: int
) -> None:
    world = short_world()
    reason = "No metrics. " + "." * shift + text * 5000
    world.personalize.plan("*", Plan(create_s=20.0, delete_s=10.0, create_fails=reason))
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run()

    (body,) = last(world, "Create").deliveries
    assert MAX_ANSWER_BYTES - 10 <= len(body) <= MAX_ANSWER_BYTES
    answer = json.loads(body.decode("utf-8"))
    assert "is CREATE FAILED: No metrics." in answer["Reason"]
    assert answer["Reason"].endswith("…")
    assert stack.status == "ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


def test_row_18_a_hundred_faults_fit_into_an_answer() -> None:
    world = short_world()
    keys = {f"unknown{number:03d}" + "語" * 200: str(number) for number in range(100)}
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(CampaignConfig={"ItemExplorationConfig": keys})})
    world.run()
    (body,) = last(world, "Create").deliveries
    assert len(body) <= MAX_ANSWER_BYTES
    assert "nothing was created" in json.loads(body)["Reason"]
    assert broken_promises(world) == []


def test_row_18_the_last_resorts_answer_fits_too() -> None:
    world = short_world()

    def breaks(_event: Any, _context: Any) -> None:
        raise RuntimeError("語" * 100_000)

    world.handler.code = breaks
    stack = world.stack("s" * 100)
    stack.create({"L" * 255: campaign()})
    world.run_for(600)
    exchange = last(world, "Create")
    (body,) = exchange.deliveries
    assert len(body) <= MAX_ANSWER_BYTES
    assert "RuntimeError: 語語" in json.loads(body)["Reason"]
    assert exchange.faults == []


# --- what the handler is given -------------------------------------------------------------------


def test_row_19_strings_become_numbers_and_booleans_again() -> None:
    world = short_world()
    stack = created(
        world,
        {
            "Campaign": campaign(
                MinProvisionedTPS=3,
                CampaignConfig={
                    "EnableMetadataWithRecommendations": True,
                    "SyncWithLatestSolutionVersion": False,
                    "RankingInfluence": {"POPULARITY": 0.5, "FRESHNESS": 1},
                    "ItemExplorationConfig": {"explorationWeight": "0.4"},
                },
            ),
            "Job": job(NumResults=7),
        },
    )
    sent = exchanges(world, "Create")[0].event["ResourceProperties"]
    assert sent["MinProvisionedTPS"] == "3"
    assert sent["CampaignConfig"]["EnableMetadataWithRecommendations"] == "true"
    (call,) = requests(world, "CreateCampaign")
    assert call["input"]["minProvisionedTPS"] == 3
    assert call["input"]["campaignConfig"] == {
        "enableMetadataWithRecommendations": True,
        "syncWithLatestSolutionVersion": False,
        "rankingInfluence": {"POPULARITY": 0.5, "FRESHNESS": 1},
        "itemExplorationConfig": {"explorationWeight": "0.4"},
    }
    (call,) = requests(world, "CreateBatchInferenceJob")
    assert call["input"]["numResults"] == 7
    assert stack.status == "CREATE_COMPLETE"


@pytest.mark.parametrize("moment_s", [3, 12])
def test_row_19_a_delete_with_properties_of_another_version_still_finds_what_was_made(
    moment_s: int,
) -> None:
    """A rollback may hand newer properties to older code, which would refuse them on a Create."""
    world = short_world()
    stack = world.stack("shop")
    stack.create(TEMPLATE)
    world.run_for(moment_s)
    newer = campaign(MinProvisionedTPS=1, ShinyNewProperty="yes")
    stack.resources["Campaign"].properties = newer.properties
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert broken_promises(world) == []


def test_row_19_a_rollback_from_properties_of_another_version_succeeds() -> None:
    world = short_world()
    stack = created(world, {"Campaign": campaign(), "Job": job()})
    newer: Template = {
        "Campaign": campaign(ShinyNewProperty="yes"),
        "Job": job(ShinyNewProperty="yes"),
    }
    stack.update(newer)
    world.run()
    assert "ShinyNewProperty" in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


def _life(world: World, template: Template, changed: Template) -> None:
    stack = created(world, template)
    stack.update(changed)
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events[-1]
    stack.update(template, fails_after_s=10)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events[-1]
    assert broken_promises(world) == []
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}


@pytest.mark.parametrize("length", [56, 57, 255])
def test_row_20_a_logical_id_of_up_to_255_characters_works(length: int) -> None:
    name, other = "C" * length, "J" * length
    _life(
        short_world(),
        {name: campaign(), other: job()},
        {name: campaign(MinProvisionedTPS=2), other: job(NumResults=9)},
    )


def test_row_20_two_long_logical_ids_that_differ_at_the_end_are_two_resources() -> None:
    world = short_world()
    ids = ["C" * 254 + "1", "C" * 254 + "2"]
    created(world, {each: campaign() for each in ids})
    assert len(world.campaigns()) == 2
    assert len(world.states.executions) == 2


def test_row_20_a_token_with_an_alias_works_and_ticks_meet_the_newest_code() -> None:
    world = short_world()
    alias = f"{world.handler.arn}:live"
    stack = world.stack("shop")
    stack._service_token = alias
    stack.create(TEMPLATE)
    world.run()
    assert stack.status == "CREATE_COMPLETE"
    (execution,) = world.states.executions.values()
    assert json.loads(execution.given)["function_arn"] == world.handler.arn


def test_row_20_an_event_over_8_kilobytes_works() -> None:
    triggers = {f"data{number}": "語" * 200 for number in range(40)}
    world = short_world()
    _life(
        world,
        {"Job": job(Triggers=triggers)},
        {"Job": job(Triggers={**triggers, "data0": "new"})},
    )
    assert min(len(json.dumps(each.event)) for each in exchanges(world, "Create")) > 8_192


def test_row_20_in_china_the_arns_are_of_aws_cn() -> None:
    """The simulated account is in Ireland, so the place is exchanged around it."""
    china, ireland = "arn:aws-cn:personalize:cn-north-1:", "arn:aws:personalize:eu-west-1:"
    world = short_world()
    version = VERSION.replace(ireland, china)
    world.personalize.add_solution_version(version)
    world.wire.services["personalize"] = lambda headers, body: world._response.dispatch(
        headers, body, region="cn-north-1", account=ACCOUNT
    )
    stack = world.stack("shop")
    stack.id = f"arn:aws-cn:cloudformation:cn-north-1:{ACCOUNT}:stack/shop/1"
    provider = f"arn:aws-cn:lambda:cn-north-1:{ACCOUNT}:function:handler"
    stack.create({"Campaign": campaign(SolutionVersionArn=version, ServiceToken=provider)})
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    assert stack.resources["Campaign"].physical_id.startswith(f"{china}{ACCOUNT}:campaign/shop-")
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}


# --- secrets -------------------------------------------------------------------------------------


class _LeakyError(OSError):
    """A network error that quotes the URL, as urllib's do."""


@pytest.mark.parametrize("log_level", ["DEBUG", "INFO"])
@pytest.mark.parametrize("effect", [None, "die_after", "error", "drop_after"])
def test_row_21_no_log_line_no_error_and_no_answer_holds_the_signature(
    effect: Effect | None,
    log_level: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOG_LEVEL", log_level)
    caplog.set_level(logging.DEBUG)
    for nth in (1, 4, 8) if effect else (1,):
        world = short_world(faults=Nth(nth, effect or "slow", times=3))
        errors = watch_errors(world)
        leaky = _LeakyError(f"<urlopen error https://x/?X-Amz-Signature={SIGNATURE}>")
        _puts_meet(world, leaky, times=5)
        world.personalize.plan("*", Plan(update_fails={1: "Too little data."}))
        stack = world.stack("shop")
        stack.create({**TEMPLATE, "Bad": campaign(MinProvisionedTPS=0)})
        world.run()
        stack = created(world, name="again")
        stack.update(CHANGED)
        world.run()
        stack.delete()
        world.run()
        told = [event.reason for each in world.stacks for event in each.events]
        assert secrets_in(caplog.records, caplog.text) == []
        assert [text for text in told if SIGNATURE in text] == []
        assert [each for each in errors if SIGNATURE in each.message] == []
        assert broken_promises(world) == []
    printed = capsys.readouterr()
    assert SIGNATURE not in printed.out + printed.err


@pytest.mark.parametrize(
    "broken",
    [
        {"ResourceType": "Custom::Unknown"},
        {"StackId": "no-arn"},
        {"ResourceProperties": "no map"},
        {"RequestType": "Import"},
        {"LogicalResourceId": None},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_row_21_an_event_that_is_none_of_cloudformations_reveals_nothing(
    broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """No stack sends such events, so the handler is called directly with what one once sent."""
    world = short_world()
    errors = watch_errors(world)
    created(world)
    event = {**exchanges(world, "Create")[0].event, **broken}
    event["RequestId"] = "another"
    world.functions.invoke_later(world.handler.arn, event)
    world.run()
    assert secrets_in(caplog.records, caplog.text) == []
    assert [each for each in errors if SIGNATURE in each.message] == []


# --- warm reuse ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_22_nothing_of_an_earlier_request_leaks_into_the_next(seed: int) -> None:
    """All requests of a world are served by one process, as by one warm Lambda."""
    world = short_world(seed=seed)
    created(world, name="first")
    first = last(world, "Create").answer
    assert first is not None
    assert first["Data"]["CampaignArn"] == first["PhysicalResourceId"]

    second = world.stack("second")
    second.create({"Bad": campaign(Name="not a name"), "Good": campaign(Name="good")})
    world.run()

    by_id = {each.event["LogicalResourceId"]: each.answer for each in exchanges(world, "Create")}
    bad = by_id["Bad"]
    assert bad is not None
    assert bad["Status"] == "FAILED"
    assert bad["Data"] == {}
    assert bad["PhysicalResourceId"] == f"not-created:{bad['RequestId']}"
    assert all(each is None or each["NoEcho"] is False for each in by_id.values())
    delete = exchanges(world, "Delete")[-1].answer
    assert delete is not None
    assert delete["Data"] == {}
    assert only_campaign(world).startswith("first-Campaign-")


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_22_requests_that_take_turns_in_one_process_keep_to_themselves(seed: int) -> None:
    world = short_world(seed=seed)
    stacks = [world.stack(f"stack{number}") for number in range(6)]
    for number, stack in enumerate(stacks):
        stack.create({"Campaign": campaign(Name=f"name{number}", MinProvisionedTPS=number + 1)})
    world.personalize.set_quotas(campaigns_per_dataset_group=10)
    world.run()
    for number, stack in enumerate(stacks):
        assert stack.status == "CREATE_COMPLETE"
        assert stack.resources["Campaign"].attributes["Name"] == f"name{number}"
    assert broken_promises(world) == []
