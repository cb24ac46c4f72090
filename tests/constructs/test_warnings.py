"""Every warning has an id, and is gone once that is acknowledged."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput, PersonalizeProvider
from cdk_personalize.grants import GRANT_WARNING
from cdk_personalize.job_access import BUCKET_POLICY_WARNING
from cdk_personalize.key_access import KEY_POLICY_WARNING
from cdk_personalize.stack_rights import HANDLER_POLICY_WARNING


def build(stack, version_arn):
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/abc")
    BatchInferenceJob(
        stack,
        "Job",
        solution_version=version_arn,
        job_input=JobInput.from_s3_path("s3://shop/in/", encryption_key=key),
        job_output=JobOutput.from_s3_path("s3://shop/out/"),
    )
    provider = PersonalizeProvider.from_service_token(
        stack, "Provider", "arn:aws:lambda:us-east-1:123456789012:function:provider"
    )
    Campaign(stack, "Served", solution_version=version_arn, provider=provider)
    campaign = Campaign.from_campaign_name(stack, "Campaign", "shop")
    campaign.grant_get_recommendations(iam.ServicePrincipal("lambda.amazonaws.com"))


@pytest.mark.parametrize(
    "warning",
    [BUCKET_POLICY_WARNING, KEY_POLICY_WARNING, GRANT_WARNING, HANDLER_POLICY_WARNING],
)
def test_an_acknowledged_warning_is_gone_and_the_others_stay(synthesize, version_arn, warning):
    def acknowledged(stack):
        build(stack, version_arn)
        cdk.Annotations.of(stack).acknowledge_warning(warning, "The owner has added them.")

    before = synthesize(lambda stack: build(stack, version_arn)).warnings
    assert any(f"[ack: {warning}]" in text for text in before)
    after = synthesize(acknowledged).warnings
    assert after == [text for text in before if f"[ack: {warning}]" not in text]
