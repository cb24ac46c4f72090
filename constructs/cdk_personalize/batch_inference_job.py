"""A batch inference job: recommendations for many users or items, written to S3 once."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_personalize.batch_job import BatchJob
from cdk_personalize.existing_solution_version import SolutionVersionLike
from cdk_personalize.item_exploration import (
    ItemExplorationLike,
    exploration_faults,
    exploration_map,
)
from cdk_personalize.job_location import JobInput, JobOutput
from cdk_personalize.native_reference import FilterLike
from cdk_personalize.provider_base import IPersonalizeProvider
from cdk_personalize.ranking_influence import RankingInfluenceLike, influence_faults, influence_map
from cdk_personalize.theme_generation import ThemeGeneration
from personalize_provider.resources import BATCH_INFERENCE_JOB


class BatchInferenceJob(BatchJob):
    """An Amazon Personalize batch inference job that counts as created once its output is there.

    The service can neither update, stop nor delete a job: any changed prop but `timeout`,
    `wait_for_completion` and `state_change_events` runs a new job, and deleting the resource leaves
    the finished one (and its output) behind.

    A prop may be a token where its type takes one; `timeout` may not. Without `role` the job
    makes one role with the least privilege. In any case it lets the service into the buckets and
    keys of this app; imported ones draw a warning that says what their owner must add.

    Args:
        scope: Where the job belongs.
        id: Its name in that scope.
        solution_version: ARN of the solution version that makes the recommendations, or an
            ISolutionVersion: one that this app trains, or what `SolutionVersion.of_solution` gives.
        job_input: JSON Lines to read: `JobInput.from_bucket` or `JobInput.from_s3_path`.
        job_output: Folder to write to: `JobOutput.from_bucket` or `JobOutput.from_s3_path`.
        role: Role that the service assumes. It must trust `personalize.amazonaws.com`, and have the
            rights itself: see docs/properties.md, "The role of a job". It is left as it is; the
            policies of buckets and keys are added to as without it. Default: one is made.
        job_name: 1 to 63 letters, digits, `-` and `_`, unique in account and region; a name is
            used up by its job. Default: made of the stack's name, the logical id and hashes.
        filter_arn: A filter for the recommendations: its ARN, or a native `CfnFilter`.
            Default: no filter.
        num_results: Recommendations for each line, 1 to 500. Default: the service's, 25.
        item_exploration: How much new items are explored: an ItemExploration, or the service's
            own map of strings. Default: the service's.
        ranking_influence: How much popularity or freshness counts: a RankingInfluence, or the
            service's own map. Default: no influence.
        theme_generation: Generate themes. Default: plain recommendations.
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

    Source: Amazon Personalize API reference, CreateBatchInferenceJob.
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
        item_exploration: ItemExplorationLike | None = None,
        ranking_influence: RankingInfluenceLike | None = None,
        theme_generation: ThemeGeneration | None = None,
        triggers: Mapping[str, str] | None = None,
        timeout: cdk.Duration | None = None,
        wait_for_completion: bool = True,
        state_change_events: bool = True,
        provider: IPersonalizeProvider | None = None,
    ) -> None:
        themes = theme_generation if isinstance(theme_generation, ThemeGeneration) else None
        super().__init__(
            scope,
            id,
            spec=BATCH_INFERENCE_JOB,
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
            further_properties={
                "BatchInferenceJobConfig": {
                    "ItemExplorationConfig": exploration_map(item_exploration),
                    "RankingInfluence": influence_map(ranking_influence),
                },
                # Left to the service's default without themes, so that the template stays small.
                "BatchInferenceJobMode": "THEME_GENERATION" if themes else None,
                "ThemeGenerationConfig": themes.to_config() if themes else None,
            },
            further_faults=(
                *exploration_faults(
                    item_exploration, path="BatchInferenceJobConfig.ItemExplorationConfig"
                ),
                *influence_faults(
                    ranking_influence, path="BatchInferenceJobConfig.RankingInfluence"
                ),
                *ThemeGeneration.type_faults(theme_generation),
            ),
        )
