"""What a deploy of this library's resources does in IAM's terms, by CloudFormation type. Data only.

Source: README, "Compatibility", and the types' handlers in the CloudFormation registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ROLE = "arn:{partition}:iam::{account}:role/{stack}-CdkPersonalizeProvider"
_FUNCTION = "arn:{partition}:lambda:{region}:{account}:function:{stack}-CdkPersonalizeProvider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What has to be allowed.

    Attributes:
        actions: IAM actions.
        resource: ARN of such a resource as CloudFormation would name it.
    """

    actions: tuple[str, ...]
    resource: str


RIGHTS: Mapping[str, Rights] = {
    "AWS::IAM::Role": Rights(
        actions=("iam:CreateRole", "iam:GetRole", "iam:PassRole", "iam:DeleteRole"),
        resource=_ROLE,
    ),
    "AWS::IAM::Policy": Rights(
        actions=("iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy"),
        resource=_ROLE,
    ),
    "AWS::Lambda::Function": Rights(
        actions=(
            "lambda:CreateFunction",
            "lambda:GetFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:DeleteFunction",
            "lambda:InvokeFunction",
        ),
        resource=_FUNCTION,
    ),
    "AWS::Lambda::EventInvokeConfig": Rights(
        actions=(
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:GetFunctionEventInvokeConfig",
            "lambda:UpdateFunctionEventInvokeConfig",
            "lambda:DeleteFunctionEventInvokeConfig",
        ),
        resource=_FUNCTION,
    ),
    "AWS::StepFunctions::StateMachine": Rights(
        actions=(
            "states:CreateStateMachine",
            "states:DescribeStateMachine",
            "states:UpdateStateMachine",
            "states:DeleteStateMachine",
        ),
        resource=(
            "arn:{partition}:states:{region}:{account}:stateMachine:CdkPersonalizeProviderWaiter"
        ),
    ),
    "AWS::Logs::LogGroup": Rights(
        actions=("logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"),
        resource=(
            "arn:{partition}:logs:{region}:{account}:log-group:{stack}-CdkPersonalizeProviderLogs:*"
        ),
    ),
    "AWS::S3::BucketPolicy": Rights(
        actions=("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"),
        resource="arn:{partition}:s3:::*",
    ),
    "AWS::Events::Rule": Rights(
        actions=(
            "events:PutRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "events:DeleteRule",
        ),
        resource="arn:{partition}:events:{region}:{account}:rule/{stack}-*",
    ),
}
"""CloudFormation type -> what its create, update and delete take."""

PROVIDER_TYPES = frozenset(
    {
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::Lambda::Function",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::StepFunctions::StateMachine",
        "AWS::Logs::LogGroup",
    }
)
"""The types of the provider's ten resources, which every stack of this library has."""

JOB_ROLE = Rights(
    actions=("iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy", "iam:DeleteRole"),
    resource="arn:{partition}:iam::{account}:role/cdk-personalize/{stack}/{stack}-Role",
)
"""The role that the library makes for a batch job, under a path of its own."""
