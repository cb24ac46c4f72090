"""An integration test for someone with an account: everything from made-up data to an answer.

README.md says what to expect. Run `cdk deploy`, then change it by context values:

    weight     how much new items are explored by the campaign, 0 to 1 (default 0.3)
    training   any text; another one trains again (default first)
    faulty     yes: the campaign asks for a version that does not exist, and the deploy must fail
    stackName  name of the stack, and of what is in it (default PersonalizeInteg)
"""

from __future__ import annotations

import json
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as personalize
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import custom_resources as custom
from constructs import Construct

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    ItemExploration,
    JobInput,
    JobOutput,
    SolutionVersion,
)

INTERACTIONS_KEY = "input/interactions.csv"
USERS_KEY = "users/users.json"
OUTPUT_KEY = "recommendations/"
RECIPE = "aws-user-personalization-v2"
USERS = 60
ITEMS = 80
WATCHED_BY_EACH = 30
FIRST_S = 1_700_000_000
"""Time of the first interaction, in epoch seconds."""
NO_SUCH_VERSION = "00000000"
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


def interactions() -> str:
    """A file of interactions, the same every time: users of three tastes, and some chance finds.

    1,800 lines, which is more than the 1,000 that the service asks for.
    """
    lines = ["USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP"]
    for user in range(1, USERS + 1):
        for n in range(WATCHED_BY_EACH):
            item = (user % 3 + 3 * n * (1 + user % 5)) % ITEMS if n % 7 else user * n % ITEMS
            lines.append(f"{user},{item + 1},watch,{FIRST_S + 3600 * n + 60 * user}")
    return "\n".join(lines) + "\n"


def users() -> str:
    """The input of the batch job."""
    return "\n".join(json.dumps({"userId": str(user)}) for user in range(1, USERS + 1))


class Data(Construct):
    """A bucket with the made-up files, and a dataset group with the interactions imported.

    Args:
        scope: Where it belongs.
        id: Its name in that scope.
        name: Name of what is made, 1 to 50 letters, digits, `-` and `_`.

    Attributes:
        bucket: The bucket; it is emptied and deleted with the stack.
        files: What puts the files there.
        group: The dataset group.
        dataset: The dataset, there once the import has ended.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        name: str,
    ) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )
        self.files = deployment.BucketDeployment(
            self,
            "Files",
            destination_bucket=self.bucket,
            sources=[
                deployment.Source.data(INTERACTIONS_KEY, interactions()),
                deployment.Source.data(USERS_KEY, users()),
            ],
            # What the batch job writes into the same bucket stays.
            prune=False,
        )
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
                data_source={"DataLocation": self.bucket.s3_url_for_object(INTERACTIONS_KEY)},
                role_arn=self._reader().role_arn,
            ),
        )
        self.dataset.node.add_dependency(self.files)
        if self.bucket.policy is not None:
            self.dataset.node.add_dependency(self.bucket.policy)

    def _reader(self) -> iam.Role:
        """A role by which Amazon Personalize reads the interactions; the bucket agrees to it."""
        stack = cdk.Stack.of(self)
        conditions = {
            "StringEquals": {"aws:SourceAccount": stack.account},
            "StringLike": {"aws:SourceArn": stack.format_arn(service="personalize", resource="*")},
        }
        service = cast(
            "iam.IPrincipal",
            iam.ServicePrincipal("personalize.amazonaws.com", conditions=conditions),
        )
        allowed = {
            "s3:ListBucket": self.bucket.bucket_arn,
            "s3:GetObject": self.bucket.arn_for_objects(INTERACTIONS_KEY),
        }
        for action, arn in allowed.items():
            self.bucket.add_to_resource_policy(
                iam.PolicyStatement(actions=[action], resources=[arn], principals=[service])
            )
        statements = [
            iam.PolicyStatement(actions=[action], resources=[arn])
            for action, arn in allowed.items()
        ]
        return iam.Role(
            self,
            "Reader",
            assumed_by=service,
            inline_policies={"Read": iam.PolicyDocument(statements=statements)},
        )


class IntegStack(cdk.Stack):
    """Data, a trained version, a campaign that is asked once it serves, and a batch job.

    Args:
        scope: The app.
        id: Its name in the app.
        weight: How much new items are explored by the campaign.
        training: Any text; another one trains again.
        faulty: Whether the campaign asks for a version that does not exist.
        stack_name: Name of the stack, and of what is in it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        weight: float,
        training: str,
        faulty: bool,
        stack_name: str,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=stack_name,
            description="Integration test of cdk-personalize: costs until it is destroyed",
        )
        data = Data(self, "Data", name=stack_name)
        solution = personalize.CfnSolution(
            self,
            "Solution",
            name=stack_name,
            dataset_group_arn=data.group.attr_dataset_group_arn,
            recipe_arn=f"arn:{self.partition}:personalize:::recipe/{RECIPE}",
        )
        # Its trainings need the imported data, and hold on to the dataset while they run.
        solution.node.add_dependency(data.dataset)
        version = SolutionVersion(
            self, "Version", solution=solution, triggers={"training": training}
        )
        campaign = Campaign(
            self,
            "Campaign",
            solution_version=SolutionVersion.of_solution(solution, NO_SUCH_VERSION)
            if faulty
            else version,
            item_exploration=ItemExploration(weight=weight),
        )
        answer = self._ask(campaign)
        job = BatchInferenceJob(
            self,
            "Job",
            solution_version=version,
            job_input=JobInput.from_bucket(data.bucket, USERS_KEY),
            job_output=JobOutput.from_bucket(data.bucket, OUTPUT_KEY),
            num_results=5,
        )
        job.node.add_dependency(data.files)
        for name, value in {
            "SolutionVersionArn": version.solution_version_arn,
            "TrainingHours": version.training_hours,
            "CampaignArn": campaign.campaign_arn,
            "CampaignLastUpdated": campaign.last_updated_date_time,
            "RecommendedToUser1": answer.get_response_field("itemList.0.itemId"),
            "JobArn": job.job_arn,
            "OutputPath": job.output_path,
        }.items():
            cdk.CfnOutput(self, name, value=value)

    def _ask(self, campaign: Campaign) -> custom.AwsCustomResource:
        """Ask the campaign for recommendations, which fails the stack if it does not serve yet."""
        campaign_arn = campaign.campaign_arn
        return custom.AwsCustomResource(
            self,
            "Answer",
            # A create makes this call too, since no other is given for it.
            on_update=custom.AwsSdkCall(
                service="personalize-runtime",
                action="GetRecommendations",
                parameters={"campaignArn": campaign_arn, "userId": "1", "numResults": 5},
                output_paths=["itemList.0.itemId"],
                physical_resource_id=custom.PhysicalResourceId.of("recommended-to-user-1"),
            ),
            policy=custom.AwsCustomResourcePolicy.from_statements(
                [
                    iam.PolicyStatement(
                        actions=["personalize:GetRecommendations"], resources=[campaign_arn]
                    )
                ]
            ),
            install_latest_aws_sdk=False,
        )


def build(app: cdk.App) -> IntegStack:
    """The example's stack, as the app's context values want it."""

    def context(key: str, default: str) -> str:
        value = app.node.try_get_context(key)
        return default if value is None else str(value)

    return IntegStack(
        app,
        "Integ",
        weight=float(context("weight", "0.3")),
        training=context("training", "first"),
        faulty=context("faulty", "no") == "yes",
        stack_name=context("stackName", "PersonalizeInteg"),
    )


if __name__ == "__main__":
    APP = cdk.App()
    build(APP)
    APP.synth()
