"""Which version of a solution is used: an ARN, or a native solution with a version's id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import aws_cdk as cdk
from aws_cdk.interfaces import aws_personalize as references

from personalize_provider.resources import Fault

if TYPE_CHECKING:
    from personalize_provider.resources import ResourceSpec

LATEST = "$LATEST"
"""The version id that stands for the newest version, for campaigns that synchronize."""

SolutionLike = str | references.ISolutionRef
"""What a solution is given as: its ARN, or a native `CfnSolution`."""

# As the rules of the service spell an ARN, for what only CloudFormation knows of it.
_UNKNOWN_SOLUTION = "arn:PARTITION:personalize:REGION:ACCOUNT:solution/NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionVersion:
    """A version of a solution. Made by its two class methods.

    A native solution has versions, but there is no native resource for one: name the version that
    was trained, or the newest one.

    Attributes:
        solution_arn: ARN of the solution, plain or a token.
        version_id: The last part of the version's ARN, or `$LATEST`, or a token.

    Source: Amazon Personalize API reference, CreateCampaign, solutionVersionArn.
    """

    solution_arn: str
    version_id: str

    @classmethod
    def of_solution(cls, solution: SolutionLike, version_id: str) -> Self:
        """One version of a solution.

        Args:
            solution: The solution's ARN, or a native `CfnSolution`.
            version_id: The last part of the version's ARN, such as `5f3a9c1e`.
        """
        arn = solution if isinstance(solution, str) else solution.solution_ref.solution_arn
        return cls(solution_arn=arn, version_id=version_id)

    @classmethod
    def latest_of(cls, solution: SolutionLike) -> Self:
        """The newest version of a solution, now and later.

        Only for campaigns, and only together with `sync_with_latest_solution_version=True`. The
        solution must have a trained version by the time the campaign is created.

        Args:
            solution: The solution's ARN, or a native `CfnSolution`.
        """
        return cls.of_solution(solution, LATEST)

    @property
    def arn(self) -> str:
        """The ARN of the version; for `$LATEST` what the service takes in its place."""
        return f"{self.solution_arn}/{self.version_id}"


SolutionVersionLike = str | SolutionVersion | references.ISolutionRef
"""What `solution_version` takes. A native solution alone is refused, with the way out."""


def version_arn(version: SolutionVersionLike) -> str:
    """The ARN that goes into the template.

    Args:
        version: What was given. For a solution alone, which `version_faults` refuses, the answer
            is a token without a value, so that no other rule stumbles over it.
    """
    if isinstance(version, str):
        return version
    return version.arn if isinstance(version, SolutionVersion) else cdk.Aws.NO_VALUE


def version_faults(
    version: SolutionVersionLike,
    *,
    spec: ResourceSpec,
    sync: bool | cdk.IResolvable | None = None,
) -> tuple[Fault, ...]:
    """What the kind's rules cannot see, because the solution's ARN is a token.

    The end of the ARN is known all the same, and the kind's own rules judge it.

    Args:
        version: What was given.
        spec: The kind, with its rules.
        sync: `sync_with_latest_solution_version`, where the kind has it.
    """
    if isinstance(version, str):
        solution_arn, _, version_id = version.rpartition("/")
    elif isinstance(version, SolutionVersion):
        solution_arn, version_id = version.solution_arn, version.version_id
    else:
        return (_no_version(version),)
    if not cdk.Token.is_unresolved(solution_arn) or cdk.Token.is_unresolved(version_id):
        return ()
    known = {
        "solutionVersionArn": f"{_UNKNOWN_SOLUTION}/{version_id}",
        "campaignConfig": {"syncWithLatestSolutionVersion": sync or False},
    }
    return tuple(fault for rule in spec.rules for fault in rule(known, cdk.Token.is_unresolved))


def _no_version(given: object) -> Fault:
    solution = getattr(given, "solution_ref", None) is not None
    return Fault(
        property="SolutionVersionArn",
        value=_shown(given),
        rule="name a version of a solution: an ARN, or a SolutionVersion",
        way_out="A solution alone is no version. Give SolutionVersion.of_solution(solution, "
        "'VERSION_ID'), or, for a campaign with sync_with_latest_solution_version=True, "
        "SolutionVersion.latest_of(solution)."
        if solution
        else "Give the version's ARN, or SolutionVersion.of_solution(solution, 'VERSION_ID').",
    )


def _shown(given: object) -> str:
    node = getattr(given, "node", None)
    kind = type(given).__name__
    return kind if node is None else f"{kind} {node.path}"
