"""A team's stack: a campaign, a newsletter's batch job, what follows its end, and who is told.

Run `python app.py` to synthesize, or `cdk deploy`. Context values change it:

    solutionVersionArn   ARN of a trained solution version of a User-Personalization recipe
    bucket               the bucket with the users, which also takes the recommendations
                         (default team-data)
    issue                any text; another one runs the job again (default first)
    email                who is told; the address has to confirm once (default nobody)
    stackName            name of the stack (default Team)
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    CampaignDashboard,
    ItemExploration,
    JobInput,
    JobOutput,
    StateChangeEvent,
)

SOLUTION_VERSION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"
USERS_KEY = "newsletter/users.json"
OUTPUT_KEY = "newsletter/recommendations/"
FOLLOW_UP = Path(__file__).with_name("follow_up")


class TeamStack(cdk.Stack):
    """What a team runs around a trained model.

    Args:
        scope: The app.
        id: Its name in the app.
        solution_version_arn: ARN of the trained solution version behind campaign and job.
        bucket_name: The bucket with the users, which also takes the recommendations.
        issue: Any text; another one runs the job again.
        email: Who is told of the job's end and of the alarm. None: nobody yet.
        stack_name: Name of the stack in CloudFormation.

    Attributes:
        job: The newsletter's batch job.
        topic: Where the team is told.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        solution_version_arn: str,
        bucket_name: str,
        issue: str,
        email: str | None,
        stack_name: str,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=stack_name,
            description="A team's recommendations: served, sent as a newsletter, and watched",
        )
        # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
        self.topic = cast("sns.ITopic", sns.Topic(self, "Team", enforce_ssl=True))
        alarms = iam.ServicePrincipal(
            "cloudwatch.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": self.account}},
        )
        # A topic with a policy of its own no longer lets alarms in by itself.
        self.topic.grant_publish(cast("iam.IGrantable", alarms))
        if email is not None:
            protocol = sns.SubscriptionProtocol.EMAIL
            sns.Subscription(self, "Email", topic=self.topic, protocol=protocol, endpoint=email)
        bucket = s3.Bucket.from_bucket_name(self, "Data", bucket_name)

        campaign = Campaign(
            self,
            "Campaign",
            solution_version=solution_version_arn,
            min_provisioned_tps=2,
            item_exploration=ItemExploration(weight=0.2),
        )
        self._watch(campaign)

        self.job = BatchInferenceJob(
            self,
            "Newsletter",
            solution_version=solution_version_arn,
            job_input=JobInput.from_bucket(bucket, USERS_KEY),
            job_output=JobOutput.from_bucket(bucket, OUTPUT_KEY),
            num_results=10,
            triggers={"issue": issue},
            # It may take hours with many users. The deployment need not.
            wait_for_completion=False,
        )
        self._follow_up(bucket)

        cdk.CfnOutput(self, "CampaignArn", value=campaign.campaign_arn)
        cdk.CfnOutput(self, "JobArn", value=self.job.job_arn)
        cdk.CfnOutput(self, "TopicArn", value=self.topic.topic_arn)

    def _watch(self, campaign: Campaign) -> None:
        """A dashboard, and an alarm that tells the team."""
        CampaignDashboard(self, "Dashboard", campaigns=[campaign])
        alarm = campaign.metric_get_recommendations_5xx_errors().create_alarm(
            self,
            "CampaignErrors",
            alarm_description="The campaign fails to answer requests for recommendations",
            threshold=5,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(cast("cloudwatch.IAlarmAction", actions.SnsAction(self.topic)))

    def _follow_up(self, bucket: s3.IBucket) -> None:
        """Let a function report the output of a job that has finished; tell a failure at once."""
        function = lambda_.Function(
            self,
            "FollowUp",
            description="Counts the recommendations of a finished job and tells the team",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(FOLLOW_UP)),
            timeout=cdk.Duration.minutes(5),
            memory_size=256,
            environment={"TOPIC_ARN": self.topic.topic_arn},
            log_group=logs.LogGroup(
                self,
                "FollowUpLogs",
                retention=logs.RetentionDays.ONE_MONTH,
                removal_policy=cdk.RemovalPolicy.DESTROY,
            ),
        )
        grantee = cast("iam.IGrantable", function)
        bucket.grant_read(grantee, f"{OUTPUT_KEY}*")
        self.topic.grant_publish(grantee)
        given = {"job": StateChangeEvent.name, "outputPath": StateChangeEvent.output_path}
        self.job.on_completed(
            "Completed",
            description="The newsletter's recommendations are there",
            target=cast(
                "events.IRuleTarget",
                targets.LambdaFunction(
                    cast("lambda_.IFunction", function),
                    event=events.RuleTargetInput.from_object(given),
                ),
            ),
        )
        text = f"{StateChangeEvent.name} failed: {StateChangeEvent.failure_reason}"
        self.job.on_failed(
            "Failed",
            description="The newsletter's recommendations will not come",
            target=cast(
                "events.IRuleTarget",
                targets.SnsTopic(self.topic, message=events.RuleTargetInput.from_text(text)),
            ),
        )


def build(app: cdk.App) -> TeamStack:
    """The example's stack, as the app's context values want it."""

    def context(key: str, default: str) -> str:
        value = app.node.try_get_context(key)
        return default if value is None else str(value)

    return TeamStack(
        app,
        "Team",
        solution_version_arn=context("solutionVersionArn", SOLUTION_VERSION_ARN),
        bucket_name=context("bucket", "team-data"),
        issue=context("issue", "first"),
        email=app.node.try_get_context("email"),
        stack_name=context("stackName", "Team"),
    )


if __name__ == "__main__":
    APP = cdk.App()
    build(APP)
    APP.synth()
