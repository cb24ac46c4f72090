"""The wait segments of the simulator have the shape that the constructs synthesize."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template as Synthesized

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput
from simulator.chains import HOUR_S, chained, own
from simulator.cloudformation import stringified
from simulator.templates import Attribute, Declared
from simulator.world import VERSION, campaign, job

TIMEOUT_S = 3 * HOUR_S


def _campaign(stack: cdk.Stack) -> Campaign:
    return Campaign(
        stack, "Slow", solution_version=VERSION, timeout=cdk.Duration.seconds(TIMEOUT_S)
    )


def _job(stack: cdk.Stack) -> BatchInferenceJob:
    return BatchInferenceJob(
        stack,
        "Slow",
        solution_version=VERSION,
        job_input=JobInput.from_s3_path("s3://data/in/users.json"),
        job_output=JobOutput.from_s3_path("s3://data/out/"),
        timeout=cdk.Duration.seconds(TIMEOUT_S),
    )


def _synthesized(make: Any) -> tuple[dict[str, Any], list[str]]:
    """All resources of a template, and the chain's logical ids from first to last."""
    stack = cdk.Stack(cdk.App(), "Shop")
    slow = make(stack)
    resources = Synthesized.from_stack(stack).to_json()["Resources"]
    names = ["Resource", "Wait2", "Wait"]
    elements = [slow.node.find_child(name) for name in names]
    assert not slow.node.try_find_child("Wait3")
    return resources, [stack.get_logical_id(each) for each in elements]


def _in_our_words(value: Any, names: Mapping[str, str]) -> Any:
    """A template's value with `Attribute` for Fn::GetAtt, and our logical ids for its own."""
    if isinstance(value, Mapping):
        if set(value) == {"Fn::GetAtt"}:
            logical_id, name = value["Fn::GetAtt"]
            return Attribute(names.get(logical_id, logical_id), name)
        return {key: _in_our_words(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_our_words(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _as_text(value: Any) -> str:
    return json.dumps(stringified(value), sort_keys=True)


@pytest.mark.parametrize(
    ("make", "declared"),
    [(_campaign, campaign(timeout_s=TIMEOUT_S)), (_job, job(timeout_s=TIMEOUT_S))],
    ids=["campaign", "job"],
)
def test_a_chain_is_what_the_construct_synthesizes(make: Any, declared: Declared) -> None:
    resources, synthesized_ids = _synthesized(make)
    ours = chained({"Slow": declared})
    names = dict(zip(synthesized_ids, ours, strict=True))
    first = {"Slow": _in_our_words(own(resources[synthesized_ids[0]]["Properties"]), names)}
    for theirs, name in names.items():
        segment = resources[theirs]
        properties = _in_our_words(segment["Properties"], names)
        del properties["ServiceToken"]
        expected = dict(ours[name].properties)
        if name == "Slow":
            # What the construct alone fills in: its role.
            expected = {**expected, **first["Slow"]}
        else:
            expected["Properties"] = first["Slow"]
        assert segment["Type"] == ours[name].type
        assert _as_text(properties) == _as_text(expected)
        needed = {names[each] for each in segment.get("DependsOn", ()) if each in names}
        assert needed | {each.logical_id for each in _attributes(properties)} >= ours[name].needs


def _attributes(value: Any) -> list[Attribute]:
    if isinstance(value, Attribute):
        return [value]
    within = value.values() if isinstance(value, Mapping) else ()
    return [each for item in within for each in _attributes(item)]


def test_an_hour_or_less_has_no_segment_and_each_started_hour_one_more() -> None:
    for timeout_s, names in (
        (60, ["Slow"]),
        (HOUR_S, ["Slow"]),
        (HOUR_S + 1, ["Slow", "SlowWait"]),
        (TIMEOUT_S, ["Slow", "SlowWait2", "SlowWait"]),
    ):
        assert list(chained({"Slow": campaign(timeout_s=timeout_s)})) == names
