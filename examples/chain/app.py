"""The example: from a file of interactions to a campaign and a newsletter, in one stack.

Run `python app.py` to synthesize, or `cdk deploy`. Context values change it:

    bucket      the bucket with the data, which also takes the recommendations (default movie-data)
    training    any text; another one trains again, with the data of that moment (default first)
    stackName   name of the stack, and of what is in it (default Movies)
"""

from __future__ import annotations

import json
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as personalize
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    SolutionVersion,
    StateChangeEvent,
)

INTERACTIONS_KEY = "interactions.csv"
USERS_KEY = "users.json"
OUTPUT_KEY = "recommendations/"
RECIPE = "aws-user-personalization-v2"
UNSEEN = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")'
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}


class Data(Construct):
    """What comes before a training: a dataset group, and in it the interactions of a file.

    Args:
        scope: Where it belongs.
        id: Its name in that scope.
        name: Name of what is made, 1 to 50 letters, digits, `-` and `_`.
        bucket: The bucket with the file at INTERACTIONS_KEY.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        name: str,
        bucket: s3.IBucket,
    ) -> None:
        super().__init__(scope, id)
        self.group = personalize.CfnDatasetGroup(self, "Group", name=name)
        schema = personalize.CfnSchema(
            self, "Schema", name=f"{name}-interactions", schema=json.dumps(SCHEMA)
        )
        self.dataset = personalize.CfnDataset(
            self,
            "Interactions",
            name=f"{name}-interactions",
            dataset_type="Interactions",
            dataset_group_arn=self.group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
            dataset_import_job=personalize.CfnDataset.DatasetImportJobProperty(
                job_name=f"{name}-initial",
                data_source={"DataLocation": bucket.s3_url_for_object(INTERACTIONS_KEY)},
                role_arn=self._reader(bucket).role_arn,
            ),
        )

    def _reader(self, bucket: s3.IBucket) -> iam.Role:
        """A role by which Amazon Personalize reads the file; its policy is there with it."""
        stack = cdk.Stack.of(self)
        personalize_here = iam.ServicePrincipal(
            "personalize.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "StringLike": {
                    "aws:SourceArn": stack.format_arn(service="personalize", resource="*")
                },
            },
        )
        statements = [
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]),
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[bucket.arn_for_objects(INTERACTIONS_KEY)]
            ),
        ]
        return iam.Role(
            self,
            "Reader",
            # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
            assumed_by=cast("iam.IPrincipal", personalize_here),
            inline_policies={"Read": iam.PolicyDocument(statements=statements)},
        )


class ChainStack(cdk.Stack):
    """Data, solution, trained version, campaign, batch job, and what the job's end starts.

    Args:
        scope: The app.
        id: Its name in the app.
        bucket_name: The bucket with the data, which also takes the recommendations.
        training: Any text; another one trains again.
        training_timeout: How long a training may take. Default: the library's, 6 hours.
        stack_name: Name of the stack, and of the data and the solution in it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        bucket_name: str,
        training: str,
        stack_name: str,
        training_timeout: cdk.Duration | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=stack_name,
            description="From a file of interactions to a campaign and a newsletter",
        )
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", bucket_name)
        data = Data(self, "Data", name=stack_name, bucket=bucket)
        solution = personalize.CfnSolution(
            self,
            "Solution",
            name=stack_name,
            dataset_group_arn=data.group.attr_dataset_group_arn,
            recipe_arn=f"arn:{self.partition}:personalize:::recipe/{RECIPE}",
        )
        # Its trainings need the imported data, and hold on to the dataset while they run.
        solution.node.add_dependency(data.dataset)
        unseen = personalize.CfnFilter(
            self,
            "Unseen",
            name=f"{stack_name}-unseen",
            dataset_group_arn=data.group.attr_dataset_group_arn,
            filter_expression=UNSEEN,
        )
        # The service looks the expression's fields up in the schemas of the group's datasets.
        unseen.node.add_dependency(data.dataset)

        version = SolutionVersion(
            self,
            "Version",
            solution=solution,
            triggers={"training": training},
            timeout=training_timeout,
        )
        campaign = Campaign(self, "Campaign", solution_version=version)
        job = BatchInferenceJob(
            self,
            "Newsletter",
            solution_version=version,
            job_input=JobInput.from_bucket(bucket, USERS_KEY),
            job_output=JobOutput.from_bucket(bucket, OUTPUT_KEY),
            filter_arn=unseen,
            num_results=10,
        )
        queue = sqs.Queue(self, "MailingsDue", enforce_ssl=True)
        mailing = {"job": StateChangeEvent.name, "recommendations": StateChangeEvent.output_path}
        job.on_completed(
            "Send",
            description="A newsletter is due: its recommendations are there",
            target=cast(
                "events.IRuleTarget",
                targets.SqsQueue(queue, message=events.RuleTargetInput.from_object(mailing)),
            ),
        )
        for name, value in {
            "SolutionVersionArn": version.solution_version_arn,
            "CampaignArn": campaign.campaign_arn,
            "JobArn": job.job_arn,
            "OutputPath": job.output_path,
            "MailingsDueUrl": queue.queue_url,
        }.items():
            cdk.CfnOutput(self, name, value=value)


def build(app: cdk.App) -> ChainStack:
    """The example's stack, as the app's context values want it."""

    def context(key: str, default: str) -> str:
        value = app.node.try_get_context(key)
        return default if value is None else str(value)

    return ChainStack(
        app,
        "Chain",
        bucket_name=context("bucket", "movie-data"),
        training=context("training", "first"),
        stack_name=context("stackName", "Movies"),
    )


if __name__ == "__main__":
    APP = cdk.App()
    build(APP)
    APP.synth()
