"""A batch segment job: the users that fit items or attributes, written to S3 once."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_personalize.batch_job import BatchJob
from cdk_personalize.existing_solution_version import SolutionVersionLike
from cdk_personalize.job_location import JobInput, JobOutput
from cdk_personalize.native_reference import FilterLike
from cdk_personalize.provider_base import IPersonalizeProvider
from personalize_provider.resources import BATCH_SEGMENT_JOB


class BatchSegmentJob(BatchJob):
    """An Amazon Personalize batch segment job that counts as created once its output is there.

    It reads JSON Lines, by the recipe: items (`{"itemId": "105"}`), or queries by their attributes
    (`{"itemAttributes": "ITEMS.price < 10"}`). For each line it writes the users that are likeliest
    to take an interest.

    The service can neither update, stop nor delete a job: any changed prop but `timeout`,
    `wait_for_completion` and `state_change_events` runs a new job, and deleting the resource leaves
    the finished one (and its output) behind.

    A prop may be a token where its type takes one; `timeout` may not. Without `role` the job
    makes one role with the least privilege. In any case it lets the service into the buckets and
    keys of this app; imported ones draw a warning that says what their owner must add.

    Args:
        scope: Where the job belongs.
        id: Its name in that scope.
        solution_version: The solution version that finds the users, trained with a recipe for user
            segments (Item-Affinity or Item-Attribute-Affinity): its ARN, a SolutionVersion that
            this app trains, or one that exists, by `SolutionVersion.of_solution`.
        job_input: JSON Lines to read: `JobInput.from_bucket` or `JobInput.from_s3_path`.
        job_output: Folder to write to: `JobOutput.from_bucket` or `JobOutput.from_s3_path`.
        role: Role that the service assumes. It must trust `personalize.amazonaws.com`, and have the
            rights itself: see docs/properties.md, "The role of a job". It is left as it is; the
            policies of buckets and keys are added to as without it. Default: one is made.
        job_name: 1 to 63 letters, digits, `-` and `_`, unique in account and region; a name is
            used up by its job. Default: made of the stack's name, the logical id and hashes.
        filter_arn: A filter for the users: its ARN, or a native `CfnFilter`. Default: no filter.
        num_results: Users for each line, 1 to 5,000,000. Default: the service's, 25.
        triggers: Any strings; a changed one runs the job again. Default: none.
        timeout: How long a run may take, 1 minute to 48 hours, no token; each started hour after
            the first adds a wait segment to the stack. Default: 60 minutes.
        wait_for_completion: Whether the stack waits for the output. If not, it goes on once the
            service has accepted the job and is at it, which `timeout` then limits; `status` is
            that of this moment, and nothing that uses an attribute can count on the output. How
            the job ends is told by an event: `on_completed`, `on_failed`. Default: true.
        state_change_events: Whether every status that a wait sees is told to EventBridge; see
            docs/events.md. Default: true.
        provider: What serves it: a PersonalizeProvider, also of another stack, or what
            `PersonalizeProvider.from_service_token` gives. Once it is deployed, another one cannot
            take over. Default: the stack's own.

    Props that break the service's rules make synthesis fail, with every fault of every construct.

    Source: Amazon Personalize API reference, CreateBatchSegmentJob.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        solution_version: SolutionVersionLike,
        job_input: JobInput,
        job_output: JobOutput,
        role: iam.IRole | None = None,
        job_name: str | None = None,
        filter_arn: FilterLike | None = None,
        num_results: jsii.Number | None = None,
        triggers: Mapping[str, str] | None = None,
        timeout: cdk.Duration | None = None,
        wait_for_completion: bool = True,
        state_change_events: bool = True,
        provider: IPersonalizeProvider | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            spec=BATCH_SEGMENT_JOB,
            solution_version=solution_version,
            job_input=job_input,
            job_output=job_output,
            role=role,
            job_name=job_name,
            filter_arn=filter_arn,
            num_results=num_results,
            triggers=triggers,
            timeout=timeout,
            wait_for_completion=wait_for_completion,
            state_change_events=state_change_events,
            provider=provider,
        )
