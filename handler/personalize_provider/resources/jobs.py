"""What all batch jobs share: what they take and write, and the rules on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.shapes import (
    ARN,
    NAME,
    ROLE_ARN,
    S3_LOCATION,
    known,
    solution_version_faults,
)
from personalize_provider.resources.spec import Rule
from personalize_provider.schema import Fault, Integer, Opaque, Shape, Structure

MEMBERS: Mapping[str, Shape] = {
    "jobName": NAME,
    "solutionVersionArn": ARN,
    "filterArn": ARN,
    "numResults": Integer(),
    "jobInput": Structure(
        members={"s3DataSource": S3_LOCATION}, required=frozenset({"s3DataSource"})
    ),
    "jobOutput": Structure(
        members={"s3DataDestination": S3_LOCATION}, required=frozenset({"s3DataDestination"})
    ),
    "roleArn": ROLE_ARN,
}

REQUIRED = frozenset({"jobName", "solutionVersionArn", "jobInput", "jobOutput", "roleArn"})

OUTPUT_PATH = ("jobOutput", "s3DataDestination", "path")

DEFAULT_RESULTS = 25
"""What the service takes where numResults is left out."""


def solution_version(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    """A job takes one version, and never the latest one."""
    return solution_version_faults(desired, latest=False, opaque=opaque)


def output_is_a_folder(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    """The output's path ends with a slash."""
    path = known(desired, *OUTPUT_PATH, opaque=opaque)
    if path is not None and not path.endswith("/"):
        yield Fault(
            property="JobOutput.S3DataDestination.Path",
            value=path,
            rule="name a folder, so it must end with a slash",
            way_out=f"Give {path}/ instead.",
        )


def results(most: int) -> Rule:
    """The rule on the number of results for each line of input.

    Args:
        most: The kind's maximum.
    """

    def rule(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
        number = known(desired, "numResults", opaque=opaque)
        if number is not None and not 1 <= number <= most:
            yield Fault(
                property="NumResults",
                value=number,
                rule=f"be a whole number from 1 to {most}",
                way_out=f"Leave it out for the service's default of {DEFAULT_RESULTS}.",
            )

    return rule
