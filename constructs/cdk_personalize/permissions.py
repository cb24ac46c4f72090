"""Who may do what: pure functions from names to IAM statements. No action has a wildcard.

Source: Service Authorization Reference; Amazon Personalize Developer Guide, "Giving Amazon
Personalize permission to access your resources" and "Cross-service confused deputy prevention".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from personalize_provider.resources import SPECS
from personalize_provider.state_change import SOURCE

if TYPE_CHECKING:
    from constructs import IConstruct

    from cdk_personalize.job_location import JobInput, JobLocation, JobOutput
    from personalize_provider.resources import ResourceSpec

PERSONALIZE = "personalize.amazonaws.com"
"""The service's principal, the same in every partition."""

ROLE_PATH_PREFIX = "/cdk-personalize"

KEY_USE = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "kms:ListGrants",
)
"""What the service, and the role of a job, do with the key of the job's files.

The key's policy and the role's both say so: the former names the roles by a condition on the
account's principals, which lets the account's own policies decide, and allows nothing by itself.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stack is, for ARNs and conditions.

    Attributes:
        partition: Such as `aws`.
        region: Such as `eu-west-1`.
        account: 12 digits.
    """

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, scope: IConstruct) -> Place:
        """The place of the stack that holds a construct; tokens where it is not known."""
        stack = cdk.Stack.of(scope)
        return cls(partition=stack.partition, region=stack.region, account=stack.account)

    @property
    def url_suffix(self) -> str:
        """How names of the region's services end, for those that have such names there.

        Source: aws-cdk-lib, region-info, Default.servicePrincipal.
        """
        if cdk.Token.is_unresolved(self.region):
            return cdk.Aws.URL_SUFFIX
        return "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """ARN of a regional resource."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role_arn(self, name: str) -> str:
        """ARN of a role, or of several where the name ends in `*`."""
        return f"arn:{self.partition}:iam::{self.account}:role{name}"

    def from_personalize(self) -> dict[str, dict[str, str]]:
        """The conditions under which a call of the service is one of this account's resources."""
        return {
            "StringEquals": {"aws:SourceAccount": self.account},
            "StringLike": {"aws:SourceArn": self.arn("personalize", "*")},
        }


def handler_statements(
    place: Place,
    *,
    state_machine_arn: str,
    state_machine_name: str,
    last_resort_arn: str,
    log_group_arn: str,
) -> list[iam.PolicyStatement]:
    """What the handler may do, whatever the number of resources that it serves.

    Args:
        place: Where the stack is.
        state_machine_arn: The waiter.
        state_machine_name: The waiter's name, which its executions' ARNs carry.
        last_resort_arn: Where Lambda sends an event that the handler could not take.
        log_group_arn: The provider's log group, with the `:*` that stands for its streams.
    """
    return [
        *_kind_statements(place, SPECS.values()),
        _allow(["states:ListExecutions", "states:StartExecution"], [state_machine_arn]),
        _allow(
            ["states:StopExecution"],
            [place.arn("states", f"execution:{state_machine_name}:*")],
        ),
        ask_stack_statement(cdk.Aws.STACK_ID),
        _allow(["lambda:InvokeFunction"], [last_resort_arn]),
        log_statement(log_group_arn),
    ]


_TAGGING = ("ListTagsForResource", "TagResource", "UntagResource")


def _kind_statements(place: Place, specs: Iterable[ResourceSpec]) -> list[iam.PolicyStatement]:
    """The calls of each kind, on resources of that kind."""
    statements: list[iam.PolicyStatement] = []
    listing: list[str] = []
    tagged: dict[str, None] = {}
    for spec in specs:
        own = place.arn("personalize", f"{spec.arn_resource}/*")
        tagged[own] = None
        # Creating is judged by what is created and by what it is made from, both.
        sources = [place.arn("personalize", f"{source}/*") for source in spec.created_from]
        operations = spec.operations
        rest = set(operations.all()) - {operations.create, operations.list}
        statements += [
            _allow([f"personalize:{operations.create}"], [own, *sources]),
            _allow(sorted(f"personalize:{each}" for each in rest), [own]),
        ]
        if operations.list is not None:
            listing.append(f"personalize:{operations.list}")
    return [
        *statements,
        _allow([f"personalize:{name}" for name in _TAGGING], list(tagged)),
        # Lists have no resource type in the Service Authorization Reference.
        _allow(sorted(listing), ["*"]),
    ]


def ask_stack_statement(stack_id: str) -> iam.PolicyStatement:
    """Asking what a stack still wants, about that stack alone.

    Args:
        stack_id: ARN of the stack, or a pattern.
    """
    return _allow(
        ["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"], [stack_id]
    )


def log_statement(log_group_arn: str) -> iam.PolicyStatement:
    """Writing to a log group, never making one: a late line cannot bring a deleted one back."""
    return _allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group_arn])


def waiter_statements(*, handler_arn: str, last_resort_arn: str) -> list[iam.PolicyStatement]:
    """What the state machine may do."""
    return [_allow(["lambda:InvokeFunction"], [handler_arn, last_resort_arn])]


def waiter_principal(place: Place) -> iam.IPrincipal:
    """Step Functions, on behalf of a state machine of this account and region."""
    return service_principal(
        "states.amazonaws.com",
        {
            "StringEquals": {"aws:SourceAccount": place.account},
            "ArnLike": {"aws:SourceArn": place.arn("states", "stateMachine:*")},
        },
    )


def service_principal(
    service: str, conditions: Mapping[str, Mapping[str, str]] | None = None
) -> iam.IPrincipal:
    """A service of AWS, under conditions.

    Args:
        service: Such as `lambda.amazonaws.com`.
        conditions: IAM conditions. Default: none.
    """
    # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
    return cast("iam.IPrincipal", iam.ServicePrincipal(service, conditions=conditions))


def pass_role_statement(role_arns: Sequence[str]) -> iam.PolicyStatement:
    """Handing roles to Amazon Personalize, and to no other service."""
    return _allow(
        ["iam:PassRole"], role_arns, {"StringEquals": {"iam:PassedToService": PERSONALIZE}}
    )


def put_events_statement(place: Place) -> iam.PolicyStatement:
    """Telling state changes on the default event bus, under this project's own source only."""
    return _allow(
        ["events:PutEvents"],
        [place.arn("events", "event-bus/default")],
        {"StringEquals": {"events:source": SOURCE}},
    )


def personalize_principal(place: Place) -> iam.IPrincipal:
    """Amazon Personalize, on behalf of a resource of this account and region."""
    return service_principal(PERSONALIZE, place.from_personalize())


def log_key_statement(place: Place) -> iam.PolicyStatement:
    """What a key's policy must say for CloudWatch Logs, and only for this account's log groups.

    The guide's wildcards, written out for a symmetric key.

    Source: Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
    """
    return _allow(
        [
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        ["*"],
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", "log-group:*")}},
        principal=service_principal(f"logs.{place.region}.{place.url_suffix}"),
    )


def environment_key_statement(key_arn: str) -> iam.PolicyStatement:
    """Reading an environment that a key encrypts, as the function itself does when it starts.

    Source: AWS Lambda Developer Guide, "Securing Lambda environment variables".
    """
    return _allow(["kms:Decrypt"], [key_arn])


def execution_key_statement(place: Place, key_arn: str) -> iam.PolicyStatement:
    """Reading and writing executions that a key encrypts, and nothing else with that key.

    Source: AWS Step Functions Developer Guide, "Data at rest encryption in Step Functions".
    """
    return _allow(
        ["kms:Decrypt", "kms:GenerateDataKey"],
        [key_arn],
        {
            "StringLike": {
                "kms:EncryptionContext:aws:states:stateMachineArn": place.arn(
                    "states", "stateMachine:*"
                )
            }
        },
    )


def network_statement() -> iam.PolicyStatement:
    """What Lambda needs of a function's role to put the function into a VPC.

    The actions know no resource that Lambda would name beforehand.
    Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in a VPC".
    """
    return _allow(
        [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
        ["*"],
    )


def job_role_path(stack_name: str) -> str:
    """IAM path of the roles that the library makes, so that one ARN covers a stack's."""
    return f"{ROLE_PATH_PREFIX}/{stack_name}/"


def job_role_statements(*, job_input: JobInput, job_output: JobOutput) -> list[iam.PolicyStatement]:
    """What the role of one batch job may do: read its input, write its output."""
    keys = {
        location.encryption_key.key_arn: None
        for location in (job_input, job_output)
        if location.encryption_key is not None
    }
    return [
        *input_statements(job_input),
        *output_statements(job_output),
        *([_allow(KEY_USE, list(keys))] if keys else []),
    ]


def input_statements(
    job_input: JobInput, principal: iam.IPrincipal | None = None
) -> list[iam.PolicyStatement]:
    """Reading a job's input.

    Args:
        job_input: What is read.
        principal: Who reads, for a bucket policy. Default: none, for a role's policy.
    """
    return [
        _allow(["s3:GetObject"], [job_input.objects_arn], principal=principal),
        _list_bucket(job_input, principal),
    ]


def output_statements(
    job_output: JobOutput, principal: iam.IPrincipal | None = None
) -> list[iam.PolicyStatement]:
    """Writing a job's output.

    Args:
        job_output: Where it is written.
        principal: Who writes, for a bucket policy. Default: none, for a role's policy.
    """
    return [
        _allow(["s3:PutObject"], [job_output.objects_arn], principal=principal),
        _list_bucket(job_output, principal),
    ]


def key_policy_statements(
    place: Place, *, stack_name_pattern: str | None
) -> list[iam.PolicyStatement]:
    """What a key's own policy must say for the jobs of one stack.

    The roles are named by a condition on the account's principals and not by their ARNs: a role's
    policy names the key, so a key policy that named the role would close a circle.

    Args:
        place: Where the jobs run.
        stack_name_pattern: Name of the jobs' stack, which is part of the path of the roles that the
            library makes. None: the jobs have roles of their users, who let those in themselves.
    """
    service = _allow(KEY_USE, ["*"], principal=personalize_principal(place))
    if stack_name_pattern is None:
        return [service]
    roles = place.role_arn(f"{job_role_path(stack_name_pattern)}*")
    return [
        service,
        _allow(
            KEY_USE,
            ["*"],
            {"ArnLike": {"aws:PrincipalArn": roles}},
            principal=cast("iam.IPrincipal", iam.AccountPrincipal(place.account)),
        ),
    ]


def _list_bucket(location: JobLocation, principal: iam.IPrincipal | None) -> iam.PolicyStatement:
    # Without an s3:prefix condition, as the service documents it: a request that asks for the
    # bucket itself carries no prefix, and would be refused.
    return _allow(["s3:ListBucket"], [location.bucket_arn], principal=principal)


def _allow(
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, Any] | None = None,
    *,
    principal: iam.IPrincipal | None = None,
) -> iam.PolicyStatement:
    statement = iam.PolicyStatement(
        actions=list(actions), resources=list(resources), conditions=conditions or None
    )
    if principal is not None:
        # Added by hand, because the principal's conditions then join the statement's own.
        statement.add_principals(principal)
    return statement
