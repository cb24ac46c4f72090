"""What all batch jobs share: what they take and write, and the rules on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.regions import one_place
from personalize_provider.resources.shapes import (
    NAME,
    ROLE_ARN,
    S3_LOCATION,
    SOLUTION_VERSION_ARN,
    arn,
    known,
    names_a,
    solution_version_faults,
)
from personalize_provider.resources.spec import Rule
from personalize_provider.schema import (
    Fault,
    Integer,
    Opaque,
    Shape,
    Structure,
    cloudformation_name,
)

_A_FILTER = "the ARN of a filter (arn:aws:personalize:REGION:ACCOUNT:filter/NAME)"

MEMBERS: Mapping[str, Shape] = {
    "jobName": NAME,
    "solutionVersionArn": SOLUTION_VERSION_ARN,
    "filterArn": arn(_A_FILTER),
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

INPUT_PATH = ("jobInput", "s3DataSource", "path")
OUTPUT_PATH = ("jobOutput", "s3DataDestination", "path")

_IN_A_BUCKET = re.compile(r"s3://[a-zA-Z0-9._-]+(/([^/].*)?)?")

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


def paths_are_in_buckets(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    """Paths are s3://BUCKET/KEY. The model lets http:// pass too, but no role reaches that."""
    for where in (INPUT_PATH, OUTPUT_PATH):
        path = known(desired, *where, opaque=opaque)
        if path is None or _IN_A_BUCKET.fullmatch(path):
            continue
        bucket, _, key = path.partition("://")[2].lstrip("/").partition("/")
        is_arn = bucket.startswith("arn:")
        good = f"s3://{bucket.rpartition(':')[2] if is_arn else bucket}/{key.lstrip('/')}"
        yield Fault(
            property=".".join(map(cloudformation_name, where)),
            value=path,
            rule="be s3://BUCKET/KEY, with the bucket's name and one slash behind it",
            way_out=f"Give {good} instead."
            if _IN_A_BUCKET.fullmatch(good)
            else "Give a path such as s3://bucket/folder/.",
        )


filter_names_one = names_a(
    "filterArn",
    kind="filter",
    means=_A_FILTER,
    way_out="`aws personalize list-filters` shows those that exist.",
)
"""A filter is named by its ARN."""

in_one_place = one_place(
    ("solutionVersionArn",),
    ("filterArn",),
    ("roleArn",),
    (*INPUT_PATH[:-1], "kmsKeyArn"),
    (*OUTPUT_PATH[:-1], "kmsKeyArn"),
)
"""What a job is made from is in the region in which it runs."""

RULES: tuple[Rule, ...] = (
    solution_version,
    filter_names_one,
    paths_are_in_buckets,
    output_is_a_folder,
    in_one_place,
)
"""The rules of all batch jobs."""


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
