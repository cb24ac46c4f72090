"""The example: recommendations as a platform team would deploy them, next to its other resources.

Run `python app.py` to synthesize, or `cdk deploy`. Context values change it:

    solutionVersionArn         ARN of a trained solution version of a User-Personalization recipe
    explorationWeight          how much new items are explored, 0 to 1 (default 0.3)
    explorationAgeCutOffDays   items older than this are not explored (default 30)
    numResults                 recommendations for each user of the batch job (default 25)
    stackName                  name of the stack (default Recommendations)
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    ItemExploration,
    JobInput,
    JobOutput,
    StateChangeEvent,
)

SOLUTION_VERSION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"
INPUT_KEY = "input/users.json"
OUTPUT_KEY = "output/"
USER_IDS = ("1", "2", "3", "5", "8")

# A bucket must be empty before CloudFormation can delete it, hence the Delete.
BUCKET_CONTENTS = """\
import json
import urllib.request

import boto3


def handler(event, context):
    answer = {"Status": "SUCCESS", "Reason": "done"}
    try:
        update(event["RequestType"], event["ResourceProperties"])
    except Exception as error:
        answer = {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:1000]}
    answer["PhysicalResourceId"] = event["ResourceProperties"]["Bucket"]
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        answer[name] = event[name]
    put = urllib.request.Request(
        event["ResponseURL"],
        data=json.dumps(answer).encode(),
        method="PUT",
        headers={"Content-Type": ""},
    )
    urllib.request.urlopen(put, timeout=20)


def update(request, properties):
    s3 = boto3.client("s3")
    bucket = properties["Bucket"]
    if request != "Delete":
        lines = [json.dumps({"userId": user}) for user in properties["UserIds"]]
        s3.put_object(Bucket=bucket, Key=properties["Key"], Body="\\n".join(lines).encode())
        return
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])
"""


class BucketContents(Construct):
    """Keeps one JSON Lines file of users in a bucket, and empties the bucket before it goes.

    Args:
        scope: Where it belongs.
        id: Its name in that scope.
        bucket: The bucket, which this construct has to itself.
        key: Key of the file.
        user_ids: A line each: `{"userId": "1"}`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        bucket: s3.IBucket,
        key: str,
        user_ids: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        function = lambda_.Function(
            self,
            "Function",
            description="Writes the example's input file, and empties its bucket in the end",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(BUCKET_CONTENTS),
            timeout=cdk.Duration.minutes(1),
            log_group=logs.LogGroup(
                self,
                "Logs",
                retention=logs.RetentionDays.ONE_WEEK,
                removal_policy=cdk.RemovalPolicy.DESTROY,
            ),
        )
        grants = (
            bucket.grant_read(function),
            bucket.grant_put(function, key),
            bucket.grant_delete(function),
        )
        resource = cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::BucketContents",
            service_token=function.function_arn,
            service_timeout=cdk.Duration.minutes(3),
            properties={"Bucket": bucket.bucket_name, "Key": key, "UserIds": list(user_ids)},
        )
        for grant in grants:
            grant.apply_before(resource)


class RecommendationsStack(cdk.Stack):
    """A campaign for live recommendations, a batch job for a newsletter, and what surrounds them.

    Args:
        scope: The app.
        id: Its name in the app.
        solution_version_arn: ARN of the trained solution version behind both.
        item_exploration: How much new items are explored, by both.
        num_results: Recommendations for each user of the batch job.
        stack_name: Name of the stack in CloudFormation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        solution_version_arn: str,
        item_exploration: ItemExploration,
        num_results: int,
        stack_name: str,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=stack_name,
            description="Personal recommendations: a campaign, and a batch job over known users",
        )
        bucket = s3.Bucket(
            self,
            "Data",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        contents = BucketContents(
            self, "DataContents", bucket=bucket, key=INPUT_KEY, user_ids=USER_IDS
        )

        campaign = Campaign(
            self,
            "Campaign",
            solution_version=solution_version_arn,
            min_provisioned_tps=1,
            item_exploration=item_exploration,
        )
        job = BatchInferenceJob(
            self,
            "Newsletter",
            solution_version=solution_version_arn,
            job_input=JobInput.from_bucket(bucket, INPUT_KEY),
            job_output=JobOutput.from_bucket(bucket, OUTPUT_KEY),
            num_results=num_results,
            item_exploration=item_exploration,
            # Other users are another run.
            triggers={"users": hashlib.sha256(" ".join(USER_IDS).encode()).hexdigest()[:16]},
        )
        job.node.add_dependency(contents)

        mailings = self._send_when_done(job)
        self._watch(campaign)
        ssm.StringParameter(
            self,
            "CampaignParameter",
            description="ARN of the campaign, for the services that ask it",
            string_value=campaign.campaign_arn,
        )
        for name, value in {
            "CampaignArn": campaign.campaign_arn,
            "CampaignStatus": campaign.status,
            "JobArn": job.job_arn,
            "OutputPath": job.output_path,
            "Bucket": bucket.bucket_name,
            "Mailings": mailings.queue_url,
        }.items():
            cdk.CfnOutput(self, name, value=value)

    def _send_when_done(self, job: BatchInferenceJob) -> sqs.Queue:
        """Ask for a mailing whenever the job has finished; who sends it reads the queue."""
        queue = sqs.Queue(self, "MailingsDue", enforce_ssl=True)
        mailing = {"job": StateChangeEvent.name, "recommendations": StateChangeEvent.output_path}
        job.on_completed(
            "Send",
            description="A newsletter is due: its recommendations are there",
            # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
            target=cast(
                "events.IRuleTarget",
                targets.SqsQueue(queue, message=events.RuleTargetInput.from_object(mailing)),
            ),
        )
        return queue

    def _watch(self, campaign: Campaign) -> None:
        """Tell the team when the campaign answers with errors of its own."""
        alarm = campaign.metric_get_recommendations_5xx_errors().create_alarm(
            self,
            "CampaignErrors",
            alarm_description="The campaign fails to answer requests for recommendations",
            threshold=5,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        topic = sns.Topic(self, "Oncall")
        # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
        alarm.add_alarm_action(actions.SnsAction(topic))  # pyright: ignore[reportArgumentType]


def build(app: cdk.App) -> RecommendationsStack:
    """The example's stack, as the app's context values want it."""

    def context(key: str, default: str) -> str:
        value = app.node.try_get_context(key)
        return default if value is None else str(value)

    return RecommendationsStack(
        app,
        "Recommendations",
        stack_name=context("stackName", "Recommendations"),
        solution_version_arn=context("solutionVersionArn", SOLUTION_VERSION_ARN),
        num_results=int(context("numResults", "25")),
        item_exploration=ItemExploration(
            weight=float(context("explorationWeight", "0.3")),
            age_cut_off=cdk.Duration.days(int(context("explorationAgeCutOffDays", "30"))),
        ),
    )


if __name__ == "__main__":
    APP = cdk.App()
    build(APP)
    APP.synth()
