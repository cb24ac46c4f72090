"""ProviderSettings: how a provider runs, said before it is made."""

from __future__ import annotations

import re

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from cdk_personalize import (
    Campaign,
    PersonalizeProvider,
    ProviderSettings,
    ProviderSettingsError,
)

FUNCTIONS = ("CdkPersonalizeProviderHandler", "CdkPersonalizeProviderLastResort")
KEY_ARN = "arn:aws:kms:us-east-1:111111111111:key/abc"


@pytest.fixture
def synthesized(synthesize, version_arn):
    """The template of a stack with one campaign, whose provider has settings."""

    def build(make_settings):
        def fill(stack):
            PersonalizeProvider.configure(stack, make_settings(stack))
            Campaign(stack, "Campaign", solution_version=version_arn)

        return synthesize(fill)

    return build


def functions(made):
    return [made.named(name)["Properties"] for name in FUNCTIONS]


def inline(made, role):
    policies = made.named(f"CdkPersonalizeProvider{role}")["Properties"].get("Policies", [])
    return {each["PolicyName"]: each["PolicyDocument"]["Statement"] for each in policies}


def test_default_settings_change_nothing(synthesized, synthesize, version_arn):
    def plain(stack):
        Campaign(stack, "Campaign", solution_version=version_arn)

    assert synthesized(lambda _: ProviderSettings()).raw == synthesize(plain).raw


def test_runtime_architecture_memory_and_log_level_reach_the_functions(synthesized):
    handler, last_resort = functions(
        synthesized(
            lambda _: ProviderSettings(
                runtime=lambda_.Runtime.PYTHON_3_12,
                architecture=lambda_.Architecture.ARM_64,
                memory_mb=512,
                log_level="DEBUG",
            )
        )
    )
    for each in (handler, last_resort):
        assert each["Runtime"] == "python3.12"
        assert each["Architectures"] == ["arm64"]
    assert (handler["MemorySize"], last_resort["MemorySize"]) == (512, 128)
    assert handler["Environment"]["Variables"]["LOG_LEVEL"] == "DEBUG"
    assert "Environment" not in last_resort


def test_logs_are_kept_as_long_as_asked(synthesized):
    made = synthesized(lambda _: ProviderSettings(log_retention=logs.RetentionDays.ONE_YEAR))
    assert made.one("AWS::Logs::LogGroup")["Properties"]["RetentionInDays"] == 365


@pytest.mark.parametrize("by_alias", [False, True])
def test_a_key_encrypts_log_environment_and_executions(synthesized, by_alias):
    def settings(stack):
        key = kms.Key(stack, "Key")
        return ProviderSettings(encryption_key=key.add_alias("shop") if by_alias else key)

    made = synthesized(settings)
    key = f"${{{next(iter(made.of_type('AWS::KMS::Key')))}.Arn}}"
    assert made.one("AWS::Logs::LogGroup")["Properties"]["KmsKeyId"] == key
    assert [each["KmsKeyArn"] for each in functions(made)] == [key, key]
    machine = made.one("AWS::StepFunctions::StateMachine")["Properties"]
    assert machine["EncryptionConfiguration"] == {
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
        "KmsKeyId": key,
    }
    reading = [{"Action": "kms:Decrypt", "Effect": "Allow", "Resource": key}]
    assert inline(made, "HandlerRole")["Key"] == reading
    assert inline(made, "LastResortRole")["Key"] == reading
    (statement,) = inline(made, "WaiterRole")["Key"]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statement["Resource"] == key
    assert inline(made, "HandlerRole")["Executions"] == [statement]
    (context,) = statement["Condition"]["StringLike"]
    assert context == "kms:EncryptionContext:aws:states:stateMachineArn"
    assert made.creation_order()
    assert made.warnings == []


def test_the_keys_policy_lets_in_the_logs_of_this_account_and_region_alone(synthesized):
    made = synthesized(lambda stack: ProviderSettings(encryption_key=kms.Key(stack, "Key")))
    statements = made.one("AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"]
    (statement,) = (each for each in statements if "Service" in each["Principal"])
    assert not any("*" in action for action in statement["Action"])
    assert statement["Principal"] == {"Service": "logs.${AWS::Region}.${AWS::URLSuffix}"}
    assert statement["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": (
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
            )
        }
    }


def test_an_imported_key_draws_a_warning_that_says_what_its_policy_needs(synthesized):
    made = synthesized(
        lambda stack: ProviderSettings(encryption_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN))
    )
    (warning,) = made.warnings
    assert KEY_ARN in warning
    assert "Amazon CloudWatch Logs needs these statements in it" in warning
    assert "kms:EncryptionContext:aws:logs:arn" in warning


def with_a_key_of(region, version_arn):
    env = cdk.Environment(account="123456789012", region="us-east-1")
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop", env=env)
    key = kms.Key.from_key_arn(stack, "Key", KEY_ARN.replace("us-east-1", region))
    PersonalizeProvider.configure(stack, ProviderSettings(encryption_key=key))
    Campaign(stack, "Campaign", solution_version=version_arn)
    return stack


def test_a_key_of_another_region_is_refused(faults_of, version_arn):
    (fault,) = faults_of(lambda: with_a_key_of("eu-west-1", version_arn)).values()
    assert str(fault) == (
        "encryption_key is 'of eu-west-1': it must be of the provider's own region, us-east-1. "
        "Give each stack, or each stage, settings with a key of its region."
    )


def test_another_accounts_key_of_the_same_region_is_in_order(synthesized_from, version_arn):
    made = synthesized_from(with_a_key_of("us-east-1", version_arn))
    assert made.one("AWS::Logs::LogGroup")["Properties"]["KmsKeyId"] == KEY_ARN


@pytest.mark.parametrize(
    ("region", "suffix"), [("cn-north-1", "amazonaws.com.cn"), ("eu-west-1", "amazonaws.com")]
)
def test_the_service_of_the_logs_has_its_regions_name(
    synthesized_from, version_arn, region, suffix
):
    partition = "aws-cn" if region.startswith("cn-") else "aws"
    env = cdk.Environment(account="123456789012", region=region)
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop", env=env)
    settings = ProviderSettings(encryption_key=kms.Key(stack, "Key"))
    PersonalizeProvider.configure(stack, settings)
    arn = version_arn.replace("us-east-1", region).replace("arn:aws:", f"arn:{partition}:")
    Campaign(stack, "Campaign", solution_version=arn)
    policy = synthesized_from(stack).one("AWS::KMS::Key")["Properties"]["KeyPolicy"]
    principals = [each["Principal"] for each in policy["Statement"]]
    assert {"Service": f"logs.{region}.{suffix}"} in principals


def test_both_functions_run_in_a_vpc_with_the_rights_that_lambda_tries_first(synthesized):
    made = synthesized(lambda stack: ProviderSettings(vpc=ec2.Vpc(stack, "Vpc", max_azs=2)))
    for each in functions(made):
        assert len(each["VpcConfig"]["SubnetIds"]) == 2
        assert len(each["VpcConfig"]["SecurityGroupIds"]) == 1
    assert len(made.of_type("AWS::EC2::SecurityGroup")) == 2
    for role in ("HandlerRole", "LastResortRole"):
        (statement,) = inline(made, role)["Network"]
        assert "ec2:CreateNetworkInterface" in statement["Action"]
    assert inline(made, "WaiterRole") == {}
    assert made.creation_order()


def test_subnets_and_security_groups_can_be_chosen(synthesized):
    def settings(stack):
        vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
        return ProviderSettings(
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=vpc.private_subnets[:1]),
            security_groups=[ec2.SecurityGroup(stack, "Group", vpc=vpc)],
        )

    made = synthesized(settings)
    (group,) = made.of_type("AWS::EC2::SecurityGroup")
    for each in functions(made):
        assert len(each["VpcConfig"]["SubnetIds"]) == 1
        assert each["VpcConfig"]["SecurityGroupIds"] == [f"${{{group}.GroupId}}"]


def test_no_logical_id_depends_on_the_settings(synthesized, synthesize, version_arn):
    def every(stack):
        return ProviderSettings(
            runtime=lambda_.Runtime.PYTHON_3_12,
            memory_mb=512,
            log_level="DEBUG",
            log_retention=logs.RetentionDays.ONE_YEAR,
            encryption_key=kms.Key(stack, "Key"),
            vpc=ec2.Vpc(stack, "Vpc"),
        )

    def plain(stack):
        Campaign(stack, "Campaign", solution_version=version_arn)

    assert synthesize(plain).resources.keys() <= synthesized(every).resources.keys()


def retention_of(stack, synthesized_from):
    made = synthesized_from(stack)
    return made.one("AWS::Logs::LogGroup")["Properties"]["RetentionInDays"]


def test_settings_of_an_app_or_a_stage_hold_in_its_stacks_and_the_nearest_win(
    version_arn, synthesized_from
):
    app = cdk.App(analytics_reporting=False)
    stage = cdk.Stage(app, "Test")
    stacks = [cdk.Stack(app, "One"), cdk.Stack(stage, "Two"), cdk.Stack(stage, "Three")]
    days = logs.RetentionDays
    PersonalizeProvider.configure(app, ProviderSettings(log_retention=days.ONE_DAY))
    PersonalizeProvider.configure(stage, ProviderSettings(log_retention=days.THREE_DAYS))
    PersonalizeProvider.configure(stacks[2], ProviderSettings(log_retention=days.ONE_WEEK))
    nested = cdk.NestedStack(stacks[2], "Nested")
    for each in (*stacks, nested):
        Campaign(each, "Campaign", solution_version=version_arn)
    kept = [retention_of(each, synthesized_from) for each in (*stacks, nested)]
    assert kept == [1, 3, 7, 7]


def test_a_construct_stands_for_its_stack(stack, version_arn):
    part = cdk.CfnOutput(stack, "Part", value="x")
    PersonalizeProvider.configure(part, ProviderSettings(memory_mb=512))
    PersonalizeProvider.get_or_create(stack)
    with pytest.raises(ProviderSettingsError, match="The provider of Shop is configured already"):
        PersonalizeProvider.configure(stack, ProviderSettings())


@pytest.mark.parametrize("at_the_app", [False, True])
def test_settings_after_the_first_resource_are_refused(stack, version_arn, at_the_app):
    Campaign(stack, "Campaign", solution_version=version_arn)
    scope = stack.node.root if at_the_app else stack
    where = "the app" if at_the_app else "Shop"
    with pytest.raises(
        ProviderSettingsError,
        match=re.escape(
            "Shop/CdkPersonalizeProvider exists already, made by the first construct "
            f"of this library in its stack, so settings for {where} come too late: call "
            "PersonalizeProvider.configure before that."
        ),
    ):
        PersonalizeProvider.configure(scope, ProviderSettings())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"runtime": lambda_.Runtime.PYTHON_3_10}, "runtime is python3.10: it must be Python 3.11"),
        ({"runtime": lambda_.Runtime.NODEJS_22_X}, "runtime is nodejs22.x"),
        ({"memory_mb": 127}, "memory_mb is 127: it must be a whole number from 128 to 10240"),
        ({"memory_mb": 10_241}, "memory_mb is 10241"),
        ({"log_level": "LOUD"}, "log_level is 'LOUD': it must be one of DEBUG, INFO, WARNING, ERR"),
        ({"vpc_subnets": ec2.SubnetSelection()}, "need a vpc"),
    ],
)
def test_settings_that_cannot_hold_are_refused_with_the_way_out(settings, message):
    with pytest.raises(ProviderSettingsError, match=re.escape(message)):
        ProviderSettings(**settings)


def test_all_that_is_wrong_comes_at_once():
    with pytest.raises(ProviderSettingsError, match=r"memory_mb.*; log_level"):
        ProviderSettings(memory_mb=1, log_level="LOUD")  # type: ignore[arg-type]


@pytest.mark.parametrize("memory_mb", [128, 10_240])
def test_the_limits_of_the_memory_are_allowed(memory_mb):
    assert ProviderSettings(memory_mb=memory_mb).memory_mb == memory_mb
