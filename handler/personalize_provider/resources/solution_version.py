"""The solution version: a model that is trained once, from a solution's recipe and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.regions import one_place
from personalize_provider.resources.shapes import NAME, arn, known
from personalize_provider.resources.spec import Change, Operations, ResourceSpec
from personalize_provider.schema import Fault, Opaque, Structure, Text

_A_SOLUTION = "the ARN of a solution (arn:aws:personalize:REGION:ACCOUNT:solution/NAME)"
TRAINING_MODES = ("FULL", "UPDATE", "AUTOTRAIN")


def _solution(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    given = known(desired, "solutionArn", opaque=opaque)
    if given is None:
        return
    kind, *names = given.split(":", 5)[-1].split("/")
    if kind == "solution" and len(names) == 1 and names[0]:
        return
    is_version = kind == "solution" and len(names) == 2
    yield Fault(
        property="SolutionArn",
        value=given,
        rule=f"be {_A_SOLUTION}",
        way_out=f"Leave the version's id out: give {given.rpartition('/')[0]}."
        if is_version
        else "`aws personalize list-solutions` shows those that exist.",
    )


SOLUTION_VERSION = ResourceSpec(
    title="Solution version",
    cloudformation_type="Custom::PersonalizeSolutionVersion",
    # Its ARN is the solution's, a slash, and an id that the service makes.
    arn_resource="solution",
    arn_from_service=True,
    name_member="name",
    arn_member="solutionVersionArn",
    described_member="solutionVersion",
    list_member="solutionVersions",
    list_filter="solutionArn",
    # What the solution's own schedule has trained was made by no create call.
    list_only={"trainingType": "MANUAL"},
    operations=Operations(
        create="CreateSolutionVersion",
        describe="DescribeSolutionVersion",
        stop="StopSolutionVersionCreation",
        list="ListSolutionVersions",
    ),
    properties=Structure(
        members={
            "name": NAME,
            "solutionArn": arn(_A_SOLUTION),
            "trainingMode": Text(choices=TRAINING_MODES, means="one of the training modes"),
        },
        required=frozenset({"solutionArn"}),
    ),
    has_triggers=True,
    change=Change.REPLACEMENT,
    attributes={
        "SolutionVersionArn": ("solutionVersionArn",),
        "Name": ("name",),
        "SolutionArn": ("solutionArn",),
        "Status": ("status",),
        "TrainingHours": ("trainingHours",),
        "CreationDateTime": ("creationDateTime",),
        "LastUpdatedDateTime": ("lastUpdatedDateTime",),
    },
    told={"solutionArn": ("solutionArn",), "trainingHours": ("trainingHours",)},
    # Few versions may be in training at once; a place frees itself.
    waits_for_quota=True,
    rules=(_solution, one_place(("solutionArn",))),
)
