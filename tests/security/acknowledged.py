"""What cdk-nag finds in the example app and is left as it is: where, which rule, and why.

Each row is scoped to single constructs. `test_nag.py` holds the rows against what the packs find,
both ways: nothing is left out, and no row outlives its finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HANDLER: Final = "CdkPersonalizeProvider/Handler/Resource"
HANDLER_ROLE: Final = "CdkPersonalizeProvider/HandlerRole/Resource"
HANDLER_POLICY: Final = "CdkPersonalizeProvider/HandlerPolicy/Resource"
LAST_RESORT: Final = "CdkPersonalizeProvider/LastResort/Resource"
LAST_RESORT_ROLE: Final = "CdkPersonalizeProvider/LastResortRole/Resource"
LOGS: Final = "CdkPersonalizeProvider/Logs/Resource"
WAITER: Final = "CdkPersonalizeProvider/Waiter"
WAITER_ROLE: Final = "CdkPersonalizeProvider/WaiterRole/Resource"
WAITER_POLICY: Final = "CdkPersonalizeProvider/WaiterPolicy/Resource"
JOB_ROLE: Final = "Newsletter/Role/Resource"

BUCKET: Final = "Data/Resource"
CONTENTS: Final = "DataContents/Function/Resource"
CONTENTS_LOGS: Final = "DataContents/Logs/Resource"
CONTENTS_POLICY: Final = "DataContents/Function/ServiceRole/DefaultPolicy/Resource"
CONTENTS_ROLE: Final = "DataContents/Function/ServiceRole/Resource"
MAILINGS: Final = "MailingsDue/Resource"
TOPIC: Final = "Oncall/Resource"

_HERE: Final = "<AWS::Region>:<AWS::AccountId>"


def solutions(*rules: str) -> tuple[str, ...]:
    """Rules of the pack AwsSolutions."""
    return tuple(f"AwsSolutions-{rule}" for rule in rules)


def regulated(*rules: str) -> tuple[str, ...]:
    """Rules that the packs NIST 800-53 R5 and HIPAA have in common."""
    return tuple(
        f"{pack}-{rule}" for rule in rules for pack in ("NIST.800.53.R5", "HIPAA.Security")
    )


def wildcards(*resources: str) -> tuple[str, ...]:
    """The findings of AwsSolutions-IAM5, one for each resource with a wildcard."""
    return solutions(*(f"IAM5[Resource::{resource}]" for resource in resources))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Findings that are left as they are.

    Attributes:
        constructs: Paths below the stack.
        rules: Ids of the findings, each of which stands at each of the constructs.
        reason: Why that is right here.
    """

    constructs: tuple[str, ...]
    rules: tuple[str, ...]
    reason: str

    def findings(self) -> Iterator[tuple[str, str]]:
        """(path, rule), one by one."""
        for construct in self.constructs:
            for rule in self.rules:
                yield construct, rule


THE_PROVIDERS: Final = (
    Acknowledged(
        constructs=(HANDLER_POLICY,),
        rules=wildcards(
            f"arn:<AWS::Partition>:personalize:{_HERE}:campaign/*",
            f"arn:<AWS::Partition>:personalize:{_HERE}:batch-inference-job/*",
            f"arn:<AWS::Partition>:personalize:{_HERE}:batch-segment-job/*",
            f"arn:<AWS::Partition>:personalize:{_HERE}:recommender/*",
            f"arn:<AWS::Partition>:personalize:{_HERE}:dataset-group/*",
            f"arn:<AWS::Partition>:personalize:{_HERE}:solution/*",
        ),
        reason="One policy of constant size serves all resources of the stack, whose names are "
        "made at deployment. What carries no tags of this stack is neither changed nor deleted.",
    ),
    Acknowledged(
        constructs=(HANDLER_POLICY,),
        rules=wildcards("*"),
        reason="ListBatchInferenceJobs, ListBatchSegmentJobs and ListSolutionVersions of Amazon "
        "Personalize have no resource type.",
    ),
    Acknowledged(
        constructs=(HANDLER_POLICY,),
        rules=wildcards(
            f"arn:<AWS::Partition>:states:{_HERE}:execution:"
            "<CdkPersonalizeProviderWaiterEB7E51F6.Name>:*"
        ),
        reason="The executions of the stack's own state machine, named after each request.",
    ),
    Acknowledged(
        constructs=(HANDLER_POLICY,),
        rules=wildcards(
            "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/cdk-personalize/<AWS::StackName>/*"
        ),
        reason="iam:PassRole on the roles that the stack's own jobs made, under a path of the "
        "stack's name, and to Amazon Personalize alone.",
    ),
    Acknowledged(
        constructs=(JOB_ROLE,),
        rules=wildcards("<Data666C94C7.Arn>/input/users.json*", "<Data666C94C7.Arn>/output/*"),
        reason="Amazon Personalize reads by prefix, and writes objects whose names it chooses.",
    ),
    Acknowledged(
        constructs=(HANDLER, LAST_RESORT),
        rules=solutions("L1"),
        reason="Python 3.13 is what the handler is tested with. ProviderSettings.runtime takes a "
        "newer one.",
    ),
    Acknowledged(
        constructs=(WAITER,),
        rules=solutions("SF1"),
        reason="The input of an execution holds CloudFormation's presigned URL, which a log would "
        "keep in clear. Step Functions keeps the history of standard executions for 90 days.",
    ),
    Acknowledged(
        constructs=(WAITER,),
        rules=solutions("SF2"),
        reason="One function is called, and the history of an execution shows each call of it.",
    ),
    Acknowledged(
        constructs=(LOGS,),
        rules=regulated("CloudWatchLogGroupEncrypted"),
        reason="CloudWatch encrypts it with a key of AWS. ProviderSettings.encryption_key takes "
        "another one.",
    ),
    Acknowledged(
        constructs=(LAST_RESORT_ROLE, HANDLER_POLICY, WAITER_POLICY, JOB_ROLE),
        rules=regulated("IAMNoInlinePolicy"),
        reason="The policy serves this one role, and has to go with it.",
    ),
    Acknowledged(
        constructs=(HANDLER, LAST_RESORT),
        rules=regulated("LambdaConcurrency"),
        reason="A reserved concurrency would be taken from the account's for good, for functions "
        "that run during deployments alone. Throttled calls are tried again.",
    ),
    Acknowledged(
        constructs=(HANDLER,),
        rules=regulated("LambdaDLQ"),
        reason="An event that cannot be delivered goes to the last resort, by an on-failure "
        "destination, and is answered there.",
    ),
    Acknowledged(
        constructs=(LAST_RESORT,),
        rules=regulated("LambdaDLQ"),
        reason="It is where undelivered events go. Nobody would read a queue behind it, and "
        "CloudFormation's own time-out ends the request.",
    ),
    Acknowledged(
        constructs=(HANDLER, LAST_RESORT),
        rules=regulated("LambdaInsideVPC"),
        reason="They call AWS alone and listen to nobody. ProviderSettings.vpc puts them into a "
        "VPC.",
    ),
)
"""Of the library's own resources: what every stack that uses it meets."""

THE_SETTINGS: Final = (
    Acknowledged(
        constructs=(HANDLER_ROLE, LAST_RESORT_ROLE),
        rules=wildcards("*"),
        reason="Network interfaces that Lambda makes for a VPC have no name beforehand.",
    ),
    Acknowledged(
        constructs=(HANDLER_ROLE, WAITER_ROLE),
        rules=regulated("IAMNoInlinePolicy"),
        reason="The rights that a key or a VPC asks for are tried while the function or the state "
        "machine is made, so they are made with the role.",
    ),
)
"""Of the library's own resources, with a key and a VPC in the settings."""

THE_EXAMPLES: Final = (
    Acknowledged(
        constructs=(BUCKET,),
        rules=(
            *solutions("S1"),
            *regulated(
                "S3BucketLoggingEnabled",
                "S3BucketReplicationEnabled",
                "S3BucketVersioningEnabled",
                "S3DefaultEncryptionKMS",
            ),
        ),
        reason="The example's bucket holds five invented users. It is made, filled, emptied and "
        "deleted with the stack.",
    ),
    Acknowledged(
        constructs=(MAILINGS,),
        rules=solutions("SQS3"),
        reason="Who reads the queue belongs to no example, and so does where its failures go.",
    ),
    Acknowledged(
        constructs=(CONTENTS_ROLE,),
        rules=solutions(
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSLambdaBasicExecutionRole]"
        ),
        reason="The CDK's own default for a function, in an example.",
    ),
    Acknowledged(
        constructs=(CONTENTS_POLICY,),
        rules=(
            *solutions(
                *(
                    f"IAM5[Action::s3:{action}*]"
                    for action in ("GetBucket", "GetObject", "List", "Abort", "DeleteObject")
                )
            ),
            *wildcards("<Data666C94C7.Arn>/*"),
        ),
        reason="The function empties its own bucket, whatever is in it.",
    ),
    Acknowledged(
        constructs=(CONTENTS_POLICY,),
        rules=regulated("IAMNoInlinePolicy"),
        reason="The CDK's own grants, in an example.",
    ),
    Acknowledged(
        constructs=(CONTENTS,),
        rules=(
            *solutions("L1"),
            *regulated("LambdaConcurrency", "LambdaDLQ", "LambdaInsideVPC"),
        ),
        reason="It runs twice in the life of an example, and answers CloudFormation itself.",
    ),
    Acknowledged(
        constructs=(CONTENTS_LOGS,),
        rules=regulated("CloudWatchLogGroupEncrypted"),
        reason="It logs nothing about the invented users.",
    ),
    Acknowledged(
        constructs=(TOPIC,),
        rules=(*solutions("SNS3"), *regulated("SNSEncryptedKMS")),
        reason="An access policy would have to let in CloudWatch again, and a key of its own too. "
        "The message says that an alarm rings.",
    ),
)
"""Of app.py's other resources."""
