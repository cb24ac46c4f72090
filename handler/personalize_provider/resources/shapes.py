"""Shapes and rules that several kinds share.

Source: botocore's `personalize/2018-05-22` model, and docs/properties.md for the rules that the
model does not state.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from personalize_provider.resources.spec import Rule
from personalize_provider.schema import (
    Dictionary,
    Fault,
    Number,
    Opaque,
    Structure,
    Text,
    cloudformation_name,
    read,
)

NAME = Text(
    min_length=1,
    max_length=63,
    pattern=r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*",
    means="1 to 63 letters, digits, hyphens or underscores, the first a letter or digit, "
    "or leave the name to the library",
)


def arn(means: str) -> Text:
    """The shape of an ARN of Amazon Personalize.

    Args:
        means: Of what, and how it is spelled, for the message.
    """
    return Text(max_length=256, pattern=r"arn:([a-z\d-]+):personalize:.*:.*:.+", means=means)


A_SOLUTION_VERSION = (
    "the ARN of a solution version (arn:aws:personalize:REGION:ACCOUNT:solution/NAME/VERSION_ID)"
)
SOLUTION_VERSION_ARN = arn(A_SOLUTION_VERSION)
ROLE_ARN = Text(
    max_length=256,
    pattern=r"arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
    means="the ARN of an IAM role",
)
KMS_KEY_ARN = Text(
    max_length=2048,
    pattern=r"arn:aws.*:kms:.*:[0-9]{12}:key/.*",
    means="the ARN of a KMS key (not an alias)",
)
S3_PATH = Text(
    max_length=256, pattern=r"(s3|http|https)://.+", means="a path such as s3://bucket/folder/"
)
EXPLORATION = Dictionary(
    key=Text(max_length=256),
    value=Text(max_length=1000, means="the number as a string, such as '0.3'"),
    max_entries=100,
    means="a map such as {'explorationWeight': '0.3', 'explorationItemAgeCutOff': '30'}",
)
RANKING_INFLUENCE = Dictionary(
    key=Text(choices=("POPULARITY", "FRESHNESS"), means="POPULARITY or FRESHNESS"),
    value=Number(minimum=0, maximum=1),
    means="a map such as {'POPULARITY': 0.5}",
)

S3_LOCATION = Structure(
    members={"path": S3_PATH, "kmsKeyArn": KMS_KEY_ARN}, required=frozenset({"path"})
)

EXPLORATION_DEFAULTS: Mapping[str, str] = {
    "explorationWeight": "0.3",
    "explorationItemAgeCutOff": "30",
}
"""What the service takes where itemExplorationConfig leaves a key out (days for the age)."""


def known(desired: Mapping[str, Any], *path: str, opaque: Opaque) -> Any:
    """The value at a path of members; None where it is missing or not known yet."""
    value: Any = desired
    for member in path:
        value = None if opaque(value) else value.get(member)
        if value is None:
            return None
    return None if opaque(value) else value


def names_a(member: str, *, kind: str, means: str, way_out: str) -> Rule:
    """The rule that a member is the ARN of one kind of resource.

    Args:
        member: `filterArn`.
        kind: How the ARN names the kind: `dataset-group`.
        means: What such an ARN is, for the message, as in its shape.
        way_out: Where to find one.
    """

    def rule(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
        given = known(desired, member, opaque=opaque)
        if given is None:
            return
        found, _, name = given.split(":", 5)[-1].partition("/")
        if found != kind or not name or "/" in name:
            yield Fault(
                property=cloudformation_name(member),
                value=given,
                rule=f"be {means}",
                way_out=way_out,
            )

    return rule


def exploration_faults(
    desired: Mapping[str, Any], *, config: str, opaque: Opaque
) -> Iterator[Fault]:
    """Check the two documented keys of itemExplorationConfig; their values travel as strings.

    Args:
        desired: The properties.
        config: The member that holds itemExplorationConfig: `campaignConfig`.
        opaque: Tells values that are not known yet.
    """
    exploration = known(desired, config, "itemExplorationConfig", opaque=opaque) or {}
    path = f"{cloudformation_name(config)}.ItemExplorationConfig"
    limits = {
        "explorationWeight": (Number(minimum=0, maximum=1), "be a number from 0 to 1"),
        "explorationItemAgeCutOff": (Number(minimum=1), "be a number of days of at least 1"),
    }
    for key, value in exploration.items():
        where = f"{path}.{key}"
        if key not in limits:
            yield Fault(
                property=where,
                value=value,
                rule="be one of the documented keys explorationWeight, explorationItemAgeCutOff",
                way_out=_nearest_key(key, limits),
            )
        elif not opaque(value):
            shape, rule = limits[key]
            if read(shape, value)[1]:
                default = EXPLORATION_DEFAULTS[key]
                yield Fault(
                    property=where,
                    value=value,
                    rule=rule,
                    way_out=f"Leave it out for the service's default of {default}.",
                )


def _nearest_key(key: object, keys: Iterable[str]) -> str:
    by_letters = {known_key.lower(): known_key for known_key in keys}
    close = difflib.get_close_matches(str(key).lower(), by_letters, n=1)
    return f"Did you mean {by_letters[close[0]]}?" if close else "Use those keys, or leave it out."


SOLUTION_VERSION_RULE = f"be {A_SOLUTION_VERSION}"


def solution_version_faults(
    desired: Mapping[str, Any], *, latest: bool, opaque: Opaque
) -> Iterator[Fault]:
    """Check that solutionVersionArn names a version of a solution.

    Args:
        desired: The properties.
        latest: Whether `<solution ARN>/$LATEST` is allowed.
        opaque: Tells values that are not known yet.
    """
    given = known(desired, "solutionVersionArn", opaque=opaque)
    if given is None:
        return
    resource = given.split(":", 5)[-1].split("/")
    if len(resource) == 2 and resource[0] == "solution":
        yield Fault(
            property="SolutionVersionArn",
            value=given,
            rule=SOLUTION_VERSION_RULE,
            way_out="Add the version's id behind a slash"
            + (", or /$LATEST with SyncWithLatestSolutionVersion." if latest else ".")
            + " The service answers ResourceNotFoundException for less.",
        )
    elif resource[0] != "solution" or len(resource) != 3 or not all(resource):
        yield Fault(
            property="SolutionVersionArn",
            value=given,
            rule=SOLUTION_VERSION_RULE,
            way_out="`aws personalize list-solution-versions` shows those that exist.",
        )
    elif resource[2] == "$LATEST" and not latest:
        yield Fault(
            property="SolutionVersionArn",
            value=given,
            rule="name one version: $LATEST is for campaigns that synchronize",
            way_out="Give the version's own ARN.",
        )
