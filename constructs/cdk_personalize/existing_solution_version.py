"""Which version of a solution is used: an ARN, a solution with a version's id, or a construct.

What takes a version needs this file alone, and so does the construct that trains one: neither needs
the other.
"""

from __future__ import annotations

import abc
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk.interfaces import aws_personalize as references
from constructs import Construct

from cdk_personalize.faults import (
    InvalidPropertiesError,
    is_dummy,
    is_token,
    place_faults,
    shown,
    type_fault,
)
from cdk_personalize.stack_names import whole_stack
from personalize_provider.resources import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from personalize_provider.resources import ResourceSpec

LATEST = "$LATEST"
"""The version id that stands for the newest version, for campaigns that synchronize."""

EXPORTED_VERSION_WARNING = "cdk-personalize:exportedVersion"
"""Id of the warning about a version of another stack, which cannot be trained again."""

VERSION_METADATA = "cdk-personalize:version"
"""Key of the metadata that differs with what another stack's version is trained with."""

_TRAINED_WITH = ("Name", "SolutionArn", "TrainingMode", "Triggers")
"""The properties a change of which trains another version."""

_STRENGTH = "@aws-cdk/core:defaultCrossStackReferences"
"""Context key by which the CDK is told how stacks refer to each other."""

SolutionLike = str | references.ISolutionRef
"""What a solution is given as: its ARN, or a native `CfnSolution`."""

# As the rules of the service spell an ARN, for what only CloudFormation knows of it.
_UNKNOWN_SOLUTION = "arn:PARTITION:personalize:REGION:ACCOUNT:solution/NAME"
_UNKNOWN_VERSION = "VERSION_ID"


class ISolutionVersion(abc.ABC):
    """A version of a solution: one that exists already, or one that this app trains."""

    __slots__ = ()

    @property
    @abc.abstractmethod
    def solution_version_arn(self) -> str:
        """The version's ARN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingSolutionVersion(ISolutionVersion):
    """A version that was trained elsewhere: `SolutionVersion.of_solution` and `latest_of` give one.

    Attributes:
        solution_arn: ARN of the solution, plain or a token.
        version_id: The last part of the version's ARN, or `$LATEST`, or a token.
        solution: The native solution, which tells where it is; None where an ARN was given.

    Source: Amazon Personalize API reference, CreateCampaign, solutionVersionArn.
    """

    solution_arn: str
    version_id: str
    solution: references.ISolutionRef | None = field(default=None, repr=False, compare=False)

    @property
    def solution_version_arn(self) -> str:
        """The ARN of the version; for `$LATEST` what the service takes in its place."""
        return f"{self.solution_arn}/{self.version_id}"


SolutionVersionLike = str | ISolutionVersion
"""What `solution_version` takes. A native solution alone is none; synthesis says the way out."""


def arn_of_solution(solution: SolutionLike) -> str:
    """The ARN of a solution, for a version of it.

    Raises:
        InvalidPropertiesError: It is no solution, so it has no versions.
    """
    if isinstance(solution, str):
        return solution
    reference = getattr(solution, "solution_ref", None)
    if reference is None:
        raise _refused(
            solution,
            rule="be of a solution: its ARN, or a native solution (CfnSolution)",
            way_out="Give the solution itself, or its ARN as a string.",
        )
    return str(reference.solution_arn)


def checked_version_id(version_id: object) -> str:
    """The id of a version, once it is sure to be a text; the rules of the kinds judge that.

    Raises:
        InvalidPropertiesError: It is none, and would become one: `None`, in an ARN of nothing.
    """
    if isinstance(version_id, str):
        return version_id
    raise _refused(
        version_id,
        rule="end in a version's id, a string",
        way_out="Give the last part of the version's ARN, such as '5f3a9c1e'.",
    )


def _refused(given: object, *, rule: str, way_out: str) -> InvalidPropertiesError:
    """What `SolutionVersion.of_solution` raises, for there would be an ARN of nothing."""
    fault = type_fault("SolutionVersionArn", given, rule=rule, way_out=way_out)
    return InvalidPropertiesError(construct_path="SolutionVersion.of_solution", faults=[fault])


def version_arn(version: SolutionVersionLike) -> str:
    """The ARN that goes into the template.

    Args:
        version: What was given. For a solution alone, which `version_faults` refuses, the answer
            is a token without a value, so that no other rule stumbles over it.
    """
    if isinstance(version, str):
        return version
    if isinstance(version, ISolutionVersion):
        return version.solution_version_arn
    return cdk.Aws.NO_VALUE


def version_faults(
    scope: Construct,
    version: SolutionVersionLike,
    *,
    spec: ResourceSpec,
    sync: bool | cdk.IResolvable | None = None,
) -> tuple[Fault, ...]:
    """What the kind's rules cannot see, because the solution's or the version's ARN is a token.

    The end of the ARN is known all the same (of a version that this app trains: that it is one
    version), and the kind's own rules judge it.

    Args:
        scope: What uses the version.
        version: What was given.
        spec: The kind, with its rules.
        sync: `sync_with_latest_solution_version`, where the kind has it.
    """
    if is_dummy(version):
        return ()
    if isinstance(version, str):
        solution_arn, _, version_id = version.rpartition("/")
    elif isinstance(version, ExistingSolutionVersion):
        solution_arn, version_id = version.solution_arn, version.version_id
    elif isinstance(version, ISolutionVersion):
        solution_arn, version_id = version.solution_version_arn, _UNKNOWN_VERSION
    else:
        return (_no_version(version),)
    elsewhere = _place_faults(scope, version)
    if elsewhere or not is_token(solution_arn) or is_token(version_id):
        return elsewhere
    known = {
        "solutionVersionArn": f"{_UNKNOWN_SOLUTION}/{version_id}",
        "campaignConfig": {"syncWithLatestSolutionVersion": sync or False},
    }
    return tuple(fault for rule in spec.rules for fault in rule(known, is_token))


def _place_faults(scope: Construct, version: SolutionVersionLike) -> tuple[Fault, ...]:
    """What is wrong with where a version is, of which the app makes the solution or itself."""
    made = version.solution if isinstance(version, ExistingSolutionVersion) else version
    return place_faults(scope, made, at=("solutionVersionArn",))


def warn_of_export(scope: Construct, version: SolutionVersionLike) -> None:
    """Warn where another training would fail, since another stack imports the version's ARN.

    A version of another region or account is a fault, which no kind of reference mends.

    Args:
        scope: What uses the version.
        version: What was given.
    """
    made = _trained_here(version)
    if made is None or _place_faults(scope, version):
        return
    theirs, ours = whole_stack(made), whole_stack(scope)
    if theirs is ours or _refers_weakly(scope, made):
        return
    cdk.Annotations.of(scope).add_warning_v2(
        EXPORTED_VERSION_WARNING,
        f"The version {made.node.path} is of another stack, {theirs.stack_name}, which exports "
        "its ARN. CloudFormation changes no export that another stack imports, so another training "
        "would be paid for and then rolled back. Put both into one stack, or one of them into a "
        f"nested stack of the other's, or let {ours.stack_name} refer to others weakly, before "
        "anything is put into it: "
        "cdk.CrossStackReferences.of(stack).consume(cdk.ReferenceStrength.WEAK).",
    )


def mark_version(resource: cdk.CfnResource, version: SolutionVersionLike) -> None:
    """Change what uses another stack's version whenever that one is asked to train anew.

    A weak reference says the same whatever it stands for, and the command line passes over a stack
    whose template says what it said before.

    Args:
        resource: What uses the version.
        version: What was given.
    """
    made = _trained_here(version)
    if made is None or cdk.Stack.of(made) is cdk.Stack.of(resource):
        return
    told: Mapping[str, object] = getattr(made.node.default_child, "told", {})
    trained_with = {name: told.get(name) for name in _TRAINED_WITH}
    text = json.dumps(cdk.Stack.of(made).resolve(trained_with), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    resource.add_metadata(VERSION_METADATA, digest)


def _trained_here(version: SolutionVersionLike) -> Construct | None:
    """The construct behind a version that this app trains; None behind any other."""
    if isinstance(version, ISolutionVersion) and isinstance(version, Construct):
        return version
    return None


def _refers_weakly(scope: Construct, version: Construct) -> bool:
    """Whether a stack refers to a version so that nothing is exported for it.

    What is said of the version itself counts first, as in the CDK; then what the stack is told.
    """
    own = getattr(version.node.default_child, "strength", None)
    told = cdk.Stack.of(scope).node.try_get_context(_STRENGTH)
    return bool(own == cdk.ReferenceStrength.WEAK if own is not None else told == "weak")


def _no_version(given: object) -> Fault:
    solution = getattr(given, "solution_ref", None) is not None
    return Fault(
        property="SolutionVersionArn",
        value=shown(given),
        rule="name a version of a solution: an ARN, or a SolutionVersion",
        way_out="A solution alone is no version. Give SolutionVersion.of_solution(solution, "
        "'VERSION_ID'), or, for a campaign with sync_with_latest_solution_version=True, "
        "SolutionVersion.latest_of(solution)."
        if solution
        else "Give the version's ARN, or SolutionVersion.of_solution(solution, 'VERSION_ID').",
    )
