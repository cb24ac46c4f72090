"""A solution version: a model, trained from a solution's recipe and the data of that moment."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import Construct

from cdk_personalize.existing_solution_version import (
    LATEST,
    ExistingSolutionVersion,
    ISolutionVersion,
    SolutionLike,
    arn_of_solution,
    checked_version_id,
)
from cdk_personalize.faults import check, missing_faults, removal_faults
from cdk_personalize.native_reference import NativeReference
from cdk_personalize.provider_base import IPersonalizeProvider
from cdk_personalize.resource import custom_resource, given, is_off, unless_true
from cdk_personalize.state_change import StateChanges, TellsItsEnd
from personalize_provider.resources import SOLUTION_VERSION

DEFAULT_TIMEOUT_H = 6
"""Hours that a training may take where `timeout` is left out.

A training that is cut off is billed, and its model lost; a wait segment that finds all done costs
nothing. So it is generous: trainings of an hour or more are common, and few take this long.
"""

_SOLUTION = NativeReference(title="solution", construct="CfnSolution", taken_by="SolutionArn")


class SolutionVersion(TellsItsEnd, cdk.Resource, ISolutionVersion):
    """An Amazon Personalize solution version that counts as created once it is trained.

    A version is trained once. Any changed prop but `timeout`, `state_change_events` and
    `removal_policy` trains a new one, at the cost of a whole training, and puts it in this one's
    place; a changed entry of `triggers` asks for just that. What takes the construct as its
    `solution_version` then follows: a `Campaign` is updated in place and serves all the while, a
    `BatchInferenceJob` runs again.

    The service cannot delete a version by itself. Deleting the resource stops a training that still
    runs (what has been trained until then is billed) and otherwise does nothing: a trained version,
    and one that was replaced, stays until its solution is deleted, and costs nothing. So the
    solution has to be deleted after this resource. With a native `CfnSolution` as `solution`
    CloudFormation sees to that; of an ARN it knows nothing, so keep that solution for longer, or
    say `version.node.add_dependency(...)`.

    A prop may be a token where its type takes one; `timeout` may not. For a version that was
    trained elsewhere there are `SolutionVersion.of_solution` and `SolutionVersion.latest_of`.

    Args:
        scope: Where the version belongs.
        id: Its name in that scope.
        solution: The solution to train: its ARN, or a native `CfnSolution`. It must be ACTIVE, and
            its data imported.
        training_mode: `FULL`, `UPDATE` or `AUTOTRAIN`, as the service spells them. UPDATE only adds
            new items to a model of a User-Personalization recipe that had a FULL training before.
            Default: the service's, FULL.
        solution_version_name: 1 to 63 letters, digits, `-` and `_`; a name is used up by its
            version. Default: made of the stack's name, the logical id and hashes.
        triggers: Any strings; a changed one trains a new version. Default: none.
        timeout: How long a training may take, 1 minute to 48 hours, no token; each started hour
            after the first adds a wait segment to the stack. What takes longer is stopped.
            Default: 6 hours.
        removal_policy: What becomes of a training under way when the version leaves the stack, or
            is replaced. Default: it is stopped; RETAIN lets it go on.
        state_change_events: Whether every status that a wait sees is told to EventBridge; see
            docs/events.md. Default: true.
        provider: What serves it: a PersonalizeProvider, also of another stack, or what
            `PersonalizeProvider.from_service_token` gives. Once it is deployed, another one cannot
            take over. Default: the stack's own.

    Props that break the service's rules make synthesis fail, with every fault of every construct.

    Source: Amazon Personalize API reference, CreateSolutionVersion and StopSolutionVersionCreation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        solution: SolutionLike,
        training_mode: str | None = None,
        solution_version_name: str | None = None,
        triggers: Mapping[str, str] | None = None,
        timeout: cdk.Duration | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
        state_change_events: bool = True,
        provider: IPersonalizeProvider | None = None,
    ) -> None:
        super().__init__(scope, id)
        timeout = cdk.Duration.hours(DEFAULT_TIMEOUT_H) if timeout is None else timeout
        properties = given(
            {
                "Name": solution_version_name,
                "SolutionArn": _SOLUTION.arn_of(solution),
                "TrainingMode": training_mode,
                "Triggers": triggers,
                "StateChangeEvents": unless_true(state_change_events),
            }
        )
        checked = check(
            self,
            spec=SOLUTION_VERSION,
            properties=properties,
            timeout=timeout,
            provider=provider,
            further=(
                *_SOLUTION.faults(self, solution),
                *missing_faults("Triggers", triggers),
                *removal_faults(removal_policy, spec=SOLUTION_VERSION),
            ),
        )
        self._chain = custom_resource(
            self, spec=SOLUTION_VERSION, checked=checked, removal_policy=removal_policy
        )
        self._changes = StateChanges(
            scope=self,
            spec=SOLUTION_VERSION,
            resource=self._chain.resource,
            told=not is_off(state_change_events),
        )

    @staticmethod
    def of_solution(solution: SolutionLike, version_id: str) -> ExistingSolutionVersion:
        """One version of a solution, trained elsewhere.

        Args:
            solution: The solution's ARN, or a native `CfnSolution`.
            version_id: The last part of the version's ARN, such as `5f3a9c1e`.

        Raises:
            InvalidPropertiesError: It is no solution, or no id.
        """
        return ExistingSolutionVersion(
            solution_arn=arn_of_solution(solution),
            version_id=checked_version_id(version_id),
            solution=None if isinstance(solution, str) else solution,
        )

    @staticmethod
    def latest_of(solution: SolutionLike) -> ExistingSolutionVersion:
        """The newest version of a solution, now and later.

        Only for campaigns, and only together with `sync_with_latest_solution_version=True`. The
        solution must have a trained version by the time the campaign is created.

        Args:
            solution: The solution's ARN, or a native `CfnSolution`.

        Raises:
            InvalidPropertiesError: It is no solution.
        """
        return SolutionVersion.of_solution(solution, LATEST)

    @property
    def solution_version_arn(self) -> str:
        """The version's ARN, as a token that makes its users wait until it is trained."""
        return self._chain.attribute("SolutionVersionArn")

    @property
    def solution_version_name(self) -> str:
        """The version's name, given or made."""
        return self._chain.attribute("Name")

    @property
    def solution_arn(self) -> str:
        """ARN of the solution, as a token that makes its users wait until the version is trained.

        Do not build the solution's own resources on it: those have to be there before.
        """
        return self._chain.attribute("SolutionArn")

    @property
    def status(self) -> str:
        """The version's status when CloudFormation was told: ACTIVE, which means trained."""
        return self._chain.attribute("Status")

    @property
    def training_hours(self) -> str:
        """Hours that the training is billed for, as a text."""
        return self._chain.attribute("TrainingHours")

    @property
    def creation_date_time(self) -> str:
        """When the training was asked for, in ISO 8601."""
        return self._chain.attribute("CreationDateTime")

    @property
    def last_updated_date_time(self) -> str:
        """When the version last changed, in ISO 8601."""
        return self._chain.attribute("LastUpdatedDateTime")
