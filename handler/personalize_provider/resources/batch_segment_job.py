"""The batch segment job: the users that fit items or attributes, written to S3 once."""

from __future__ import annotations

from personalize_provider.resources import jobs
from personalize_provider.resources.spec import Change, Operations, ResourceSpec
from personalize_provider.schema import Structure

MAX_USERS = 5_000_000

BATCH_SEGMENT_JOB = ResourceSpec(
    title="Batch segment job",
    cloudformation_type="Custom::PersonalizeBatchSegmentJob",
    arn_resource="batch-segment-job",
    name_member="jobName",
    arn_member="batchSegmentJobArn",
    described_member="batchSegmentJob",
    list_member="batchSegmentJobs",
    list_filter="solutionVersionArn",
    operations=Operations(
        create="CreateBatchSegmentJob",
        describe="DescribeBatchSegmentJob",
        list="ListBatchSegmentJobs",
    ),
    properties=Structure(members=jobs.MEMBERS, required=jobs.REQUIRED),
    created_from=("solution",),
    has_triggers=True,
    may_be_left=True,
    change=Change.REPLACEMENT,
    attributes={
        "BatchSegmentJobArn": ("batchSegmentJobArn",),
        "JobName": ("jobName",),
        "Status": ("status",),
        "OutputPath": jobs.OUTPUT_PATH,
    },
    told={"outputPath": jobs.OUTPUT_PATH},
    # Few jobs may be pending or in progress in a region; a place frees itself.
    waits_for_quota=True,
    rules=(*jobs.RULES, jobs.results(MAX_USERS)),
)
