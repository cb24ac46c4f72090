"""What every batch job offers: a run over files in S3, with its role and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam

from cdk_personalize.existing_solution_version import (
    SolutionVersionLike,
    mark_version,
    version_arn,
    version_faults,
    warn_of_export,
)
from cdk_personalize.faults import check, is_dummy, missing_faults, place_faults, type_fault
from cdk_personalize.job_access import is_made, make_role, open_locations
from cdk_personalize.job_location import JobInput, JobOutput
from cdk_personalize.native_reference import FILTER, FilterLike
from cdk_personalize.prefix_warnings import warn_of_prefixes
from cdk_personalize.provider_base import IPersonalizeProvider
from cdk_personalize.resource import custom_resource, given, is_off, provider_of, unless_true
from cdk_personalize.state_change import StateChanges, TellsItsEnd
from personalize_provider.schema import cloudformation_name

if TYPE_CHECKING:
    from constructs import Construct, IDependable

    from personalize_provider.resources import Fault, ResourceSpec


@jsii.implements(iam.IGrantable)
class BatchJob(TellsItsEnd, cdk.Resource):
    """A batch job that counts as created once its output is there. Take one of its subclasses.

    The service can neither update, stop nor delete a job: any changed prop but `timeout`,
    `wait_for_completion` and `state_change_events` runs a new job, and deleting the resource leaves
    the finished one (and its output) behind.

    Args:
        scope: Where the job belongs.
        id: Its name in that scope.
        spec: Its kind.
        solution_version: See the kind's construct, here and below.
        job_input: What is read.
        job_output: Where is written.
        role: Role that the service assumes.
        job_name: The job's name.
        filter_arn: A filter.
        num_results: Results for each line.
        triggers: Any strings; a changed one runs the job again.
        timeout: How long a run may take.
        wait_for_completion: Whether the stack waits for the output.
        state_change_events: Whether statuses are told to EventBridge.
        provider: What serves it.
        further_properties: The kind's own CloudFormation properties; None is left out.
        further_faults: Faults of the kind's own props.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        spec: ResourceSpec,
        solution_version: SolutionVersionLike,
        job_input: JobInput,
        job_output: JobOutput,
        role: iam.IRole | None,
        job_name: str | None,
        filter_arn: FilterLike | None,
        num_results: jsii.Number | None,
        triggers: Mapping[str, str] | None,
        timeout: cdk.Duration | None,
        wait_for_completion: bool,
        state_change_events: bool,
        provider: IPersonalizeProvider | None,
        further_properties: Mapping[str, Any] | None = None,
        further_faults: Iterable[Fault] = (),
    ) -> None:
        super().__init__(scope, id)
        reads, writes = JobInput.standing_for(job_input), JobOutput.standing_for(job_output)
        role_faults = _role_faults(role)
        given_role = None if role_faults else role
        properties: dict[str, Any] = given(
            {
                "JobName": job_name,
                "SolutionVersionArn": version_arn(solution_version),
                "FilterArn": FILTER.arn_of(filter_arn),
                "NumResults": num_results,
                "JobInput": {"S3DataSource": reads.to_properties()},
                "JobOutput": {"S3DataDestination": writes.to_properties()},
                **(further_properties or {}),
                "Triggers": triggers,
                "WaitForCompletion": unless_true(wait_for_completion),
                "StateChangeEvents": unless_true(state_change_events),
            }
        )
        home = cdk.Stack.of(self).region
        checked = check(
            self,
            spec=spec,
            # A role that is still to be made has an ARN that is as good as known.
            properties={
                "RoleArn": given_role.role_arn if given_role else cdk.Aws.NO_VALUE,
                **properties,
            },
            timeout=timeout,
            provider=provider,
            further=(
                *version_faults(self, solution_version, spec=spec),
                *FILTER.faults(self, filter_arn),
                *JobInput.type_faults(job_input),
                *JobOutput.type_faults(job_output),
                *reads.faults(home=home),
                *writes.faults(home=home),
                *reads.key_faults(self),
                *writes.key_faults(self),
                *role_faults,
                *_role_place_faults(self, given_role),
                *missing_faults("Triggers", triggers),
                *further_faults,
            ),
        )
        warn_of_export(self, solution_version)
        places_are_given = reads is job_input and writes is job_output
        rights = provider_of(self, checked.provider).rights_for(self)
        policies: list[IDependable] = []
        self._role: iam.IRole = (
            make_role(self, job_input=reads, job_output=writes)
            if given_role is None
            else given_role
        )
        role_is_made = given_role is None and is_made(self._role)
        if role_is_made:
            rights.pass_made_roles()
        else:
            policies += rights.pass_role(self._role.role_arn)
        if places_are_given:
            policies += open_locations(
                self, job_input=reads, job_output=writes, role_is_made=role_is_made
            )
            warn_of_prefixes(self, job_input=reads, job_output=writes)
        self._spec = spec
        with_role = {**checked.properties, "RoleArn": self._role.role_arn}
        self._chain = custom_resource(
            self, spec=spec, checked=replace(checked, properties=with_role)
        )
        mark_version(self._chain.resource, solution_version)
        self._changes = StateChanges(
            scope=self,
            spec=spec,
            resource=self._chain.resource,
            told=not is_off(state_change_events),
        )
        # The role stands for its policies too, those that are granted to it later included.
        self._chain.resource.node.add_dependency(self._role, *policies)

    @property
    def role(self) -> iam.IRole:
        """The role that the service assumes, given or made."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Lets `bucket.grant_read(job)` and the like add to the job's role."""
        return self._role.grant_principal

    @property
    def job_arn(self) -> str:
        """The job's ARN, as a token that makes its users wait until the output is there.

        Without `wait_for_completion` they wait until the service is at it.
        """
        return self._chain.attribute(cloudformation_name(self._spec.arn_member))

    @property
    def job_name(self) -> str:
        """The job's name, given or made."""
        return self._chain.attribute("JobName")

    @property
    def status(self) -> str:
        """The job's status when CloudFormation was told: ACTIVE, which means finished.

        Without `wait_for_completion` it may be `IN PROGRESS` or `CREATE IN_PROGRESS`.
        """
        return self._chain.attribute("Status")

    @property
    def output_path(self) -> str:
        """The s3 path of the output folder, as a token that makes its users wait for the output.

        Without `wait_for_completion` they wait until the service is at it.
        """
        return self._chain.attribute("OutputPath")


def _role_place_faults(scope: Construct, role: iam.IRole | None) -> tuple[Fault, ...]:
    """What is wrong with the account of a role; one that is still to be looked up is in none."""
    if role is None or is_dummy(role.role_arn):
        return ()
    return place_faults(scope, role, at=("roleArn",), service="iam", is_regional=False)


def _role_faults(role: object) -> tuple[Fault, ...]:
    if role is None or getattr(role, "role_arn", None) is not None:
        return ()
    return (
        type_fault(
            "RoleArn",
            role,
            rule="be given as a role",
            way_out="For a role's ARN there is iam.Role.from_role_arn; leave it out to have one "
            "made.",
        ),
    )
