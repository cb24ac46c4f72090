"""Events of every released property shape, replayed. CONTRIBUTING.md says how one is added.

What a released shape gives is never changed: another name or fingerprint would replace what is
deployed, and another execution name would let one request run twice during a deployment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from personalize_provider import names, segments, waiter
from personalize_provider.event import RequestType, check, parse
from personalize_provider.resources import SPECS

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*/*.json"))
VERSIONS = sorted(path.name for path in GOLDEN.iterdir())

EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    golden = json.loads(path.read_text())
    return golden["event"], golden["gives"]


@EACH
def test_a_golden_event_still_gives_what_it_gave_when_it_was_released(path: Path) -> None:
    event, gives = read(path)
    request = parse(event, now_s=0)
    check(request)
    assert {
        "desired": request.spec.desired(request.properties),
        "fingerprint": request.spec.fingerprint(request.properties),
        "name": names.resource_name(request),
        "execution": waiter.execution_name(request),
    } == gives


@EACH
def test_a_golden_events_old_properties_are_read_too(path: Path) -> None:
    event, _ = read(path)
    request = parse(event, now_s=0)
    if request.type is not RequestType.UPDATE:
        assert request.old_properties == {}
    elif segments.is_segment(event):
        assert set(request.old_properties) <= {"ServiceTimeout", "Timeout", "Tags"}
        assert request.handed_over_before
    else:
        assert request.spec.faults(request.old_properties) == ()


@EACH
def test_a_golden_event_holds_text_only_as_cloudformation_sends_it(path: Path) -> None:
    event, _ = read(path)
    assert {type(value) for value in leaves(event)} == {str}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_release_has_an_event_of_each_kind_and_request_type(version: str) -> None:
    found = {path.stem for path in FILES if path.parent.name == version}
    kinds = {spec.kind for spec in SPECS.values()}
    # Resources of other shapes beside them.
    kinds |= {"wait", "batch-inference-job-unwaited", "campaign-adopted"}
    assert found == {f"{kind}-{each.value.lower()}" for kind in kinds for each in RequestType}


def test_the_latest_release_leaves_no_property_out() -> None:
    given: dict[str, set[str]] = {}
    for path in FILES:
        if path.parent.name == VERSIONS[-1]:
            event, gives = read(path)
            given.setdefault(event["ResourceType"], set()).update(gives["desired"])
            if segments.is_segment(event):
                control = set(event["ResourceProperties"])
                assert control == {
                    *("ServiceToken", "ServiceTimeout", "Timeout", "Position", "Arn", "Request"),
                    *("Seen", "ResourceType", "LogicalResourceId", "Properties"),
                }
    for kind, spec in SPECS.items():
        named = set(spec.properties.members) - {spec.name_member}
        assert named <= given[kind]


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value
