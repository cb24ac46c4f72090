"""The smallest app: one campaign, done once it serves, and its ARN as an output."""

import aws_cdk as cdk

from cdk_personalize import Campaign

SOLUTION_VERSION_ARN = "arn:aws:personalize:us-east-1:123456789012:solution/movies/5f3a9c1e"

app = cdk.App()
stack = cdk.Stack(app, "Smallest")
campaign = Campaign(
    stack,
    "Campaign",
    solution_version=app.node.try_get_context("solutionVersionArn") or SOLUTION_VERSION_ARN,
)
cdk.CfnOutput(stack, "CampaignArn", value=campaign.campaign_arn)
app.synth()
