"""The waiter's definition: every failure ends in an answer, and nothing waits for ever."""

from __future__ import annotations

import json
from itertools import accumulate

import pytest

from cdk_personalize.state_machine import RETRY_ANYTHING, definition

LAST_RESORT = "arn:aws:lambda:us-east-1:123456789012:function:last-resort"


@pytest.fixture(scope="module")
def states():
    machine = definition(partition="aws", last_resort_arn=LAST_RESORT)
    assert machine["StartAt"] == "Wait"
    return machine["States"]


def next_of(state):
    """Every state that a state may lead to."""
    choices = [choice["Next"] for choice in state.get("Choices", []) + state.get("Catch", [])]
    return {*choices, *(state[key] for key in ("Next", "Default") if key in state)}


def test_every_state_is_reached_and_every_target_exists(states):
    reached, open_ = set(), {"Wait"}
    while open_:
        name = open_.pop()
        reached.add(name)
        open_ |= next_of(states[name]) - reached
    assert reached == states.keys()


def test_only_answers_end_it(states):
    ends = {name for name, state in states.items() if not next_of(state)}
    assert ends == {"Answered", "GaveUp", "FollowUpFailed"}
    assert {name for name, s in states.items() if "GaveUp" in next_of(s)} == {"LastResort"}


def test_a_tick_hands_the_whole_input_to_the_function_that_the_input_names(states):
    tick = states["Tick"]
    assert tick["Parameters"] == {"FunctionName.$": "$.function_arn", "Payload.$": "$"}
    assert tick["ResultPath"] == "$.next"
    assert tick["ResultSelector"] == {
        "wait_s.$": "$.Payload.wait_s",
        "done.$": "$.Payload.done",
        "memo.$": "$.Payload.memo",
    }


def test_each_round_waits_as_long_as_the_tick_before_asked(states):
    assert states["Wait"] == {"Type": "Wait", "SecondsPath": "$.next.wait_s", "Next": "Tick"}
    assert states["Done"]["Default"] == "Wait"
    assert states["Done"]["Choices"] == [
        {"Variable": "$.next.done", "BooleanEquals": True, "Next": "Answered"}
    ]


def test_a_tick_outlives_its_function(states):
    assert states["Tick"]["TimeoutSeconds"] > 30


def test_states_all_stands_alone_and_last_as_the_language_demands(states):
    for name in ("Tick", "LastResort"):
        for rules in (states[name]["Retry"], states[name].get("Catch", [])):
            for rule in rules[:-1]:
                assert "States.ALL" not in rule["ErrorEquals"]
            if rules:
                assert rules[-1]["ErrorEquals"] == ["States.ALL"]


def test_a_broken_tick_is_tried_for_three_minutes():
    rule = RETRY_ANYTHING
    waits = accumulate(
        range(rule["MaxAttempts"] - 1),
        lambda wait, _: min(wait * rule["BackoffRate"], rule["MaxDelaySeconds"]),
        initial=rule["IntervalSeconds"],
    )
    assert sum(waits) == 180


def test_lambdas_own_trouble_is_borne_until_the_deadline_and_any_other_ends(states):
    trouble, rest = states["Tick"]["Catch"]
    assert trouble["Next"] == "Deadline"
    assert trouble["ErrorEquals"] == states["Tick"]["Retry"][0]["ErrorEquals"]
    assert rest["Next"] == "Hopeless"
    assert states["Hopeless"]["Default"] == "LastResort"
    _, choice = states["Deadline"]["Choices"]
    assert choice == {
        "Variable": "$$.State.EnteredTime",
        "TimestampLessThanPath": "$.deadline",
        "Next": "Pause",
    }
    assert states["Deadline"]["Default"] == "LastResort"
    assert states["Pause"] == {"Type": "Wait", "Seconds": 20, "Next": "Tick"}


def test_after_the_answer_nothing_leads_to_another_one(states):
    answered = {"Variable": "$.next.memo.answered_at_s", "IsPresent": True}
    assert states["Hopeless"]["Choices"] == [{**answered, "Next": "FollowUpFailed"}]
    assert states["Deadline"]["Choices"][0] == {**answered, "Next": "Pause"}


def test_the_last_resort_sees_the_event_and_the_error(states):
    assert states["LastResort"]["Parameters"] == {
        "FunctionName": LAST_RESORT,
        "Payload.$": "$",
    }
    assert all(catch["ResultPath"] == "$.error" for catch in states["Tick"]["Catch"])


def test_it_has_no_timeout_of_its_own_which_would_end_it_without_an_answer():
    assert "TimeoutSeconds" not in definition(partition="aws", last_resort_arn=LAST_RESORT)


def test_the_partition_is_in_the_integrations_arn():
    text = json.dumps(definition(partition="aws-cn", last_resort_arn=LAST_RESORT))
    assert text.count("arn:aws-cn:states:::lambda:invoke") == 2
