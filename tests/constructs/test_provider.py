"""PersonalizeProvider: one a stack, at most ten resources, rights that do not grow."""

from __future__ import annotations

import re

import aws_cdk as cdk
import pytest

from cdk_personalize import BatchInferenceJob, Campaign, JobInput, JobOutput, PersonalizeProvider

LOGICAL_IDS = {
    "CdkPersonalizeProviderHandler44179077": "AWS::Lambda::Function",
    "CdkPersonalizeProviderHandlerInvocation24FA62A3": "AWS::Lambda::EventInvokeConfig",
    "CdkPersonalizeProviderHandlerPolicy54586E8C": "AWS::IAM::Policy",
    "CdkPersonalizeProviderHandlerRole7EE606D0": "AWS::IAM::Role",
    "CdkPersonalizeProviderLastResortDAA0B793": "AWS::Lambda::Function",
    "CdkPersonalizeProviderLastResortRole700D86F3": "AWS::IAM::Role",
    "CdkPersonalizeProviderLogsA55F162D": "AWS::Logs::LogGroup",
    "CdkPersonalizeProviderWaiterEB7E51F6": "AWS::StepFunctions::StateMachine",
    "CdkPersonalizeProviderWaiterPolicy7D95228C": "AWS::IAM::Policy",
    "CdkPersonalizeProviderWaiterRole3BF5DF5A": "AWS::IAM::Role",
}
"""Frozen: CloudFormation refuses to change the ServiceToken of a deployed custom resource."""

ARN = "arn:${AWS::Partition}"
HERE = "${AWS::Region}:${AWS::AccountId}"


@pytest.fixture(scope="module")
def provider(synthesize, version_arn):
    """The template of a stack with a few campaigns, deep and shallow, and no job."""

    def build(stack):
        Campaign(stack, "One", solution_version=version_arn)
        team = cdk.Stack.of(stack).node
        inner = cdk.CfnOutput(stack, "Deep", value="x")
        Campaign(inner, "Two", solution_version=version_arn)
        assert len([c for c in team.children if isinstance(c, PersonalizeProvider)]) == 1

    return synthesize(build)


def statements(provider, name):
    return provider.resources[name]["Properties"]["PolicyDocument"]["Statement"]


def actions_of(statement):
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def test_it_is_at_most_ten_resources_with_frozen_logical_ids(provider):
    made = {
        name: resource["Type"]
        for name, resource in provider.resources.items()
        if not resource["Type"].startswith("Custom::")
    }
    assert made == LOGICAL_IDS
    assert len(made) <= 10


def test_the_logical_ids_do_not_depend_on_the_feature_flags(version_arn, feature_flags):
    app = cdk.App(analytics_reporting=False, context=feature_flags)
    stack = cdk.Stack(app, "Else")
    Campaign(stack, "Campaign", solution_version=version_arn)
    resources = app.synth().get_stack_by_name("Else").template["Resources"]
    assert LOGICAL_IDS.keys() == resources.keys() - {"CampaignBB1DC5FF"}


def test_asking_twice_gives_the_same_provider(stack):
    first = PersonalizeProvider.get_or_create(stack)
    assert PersonalizeProvider.get_or_create(stack) is first


def test_two_stacks_of_one_app_have_a_provider_each(version_arn):
    app = cdk.App(analytics_reporting=False)
    for name in ("Shop", "Blog"):
        Campaign(cdk.Stack(app, name), "Campaign", solution_version=version_arn)
    assembly = app.synth()
    for name in ("Shop", "Blog"):
        template = assembly.get_stack_by_name(name).template
        assert LOGICAL_IDS.keys() < template["Resources"].keys()
        assert "Fn::ImportValue" not in str(template)


def test_custom_resources_name_the_handler_and_wait_for_all_that_it_needs(provider):
    for resource in provider.of_type("Custom::PersonalizeCampaign").values():
        token = resource["Properties"]["ServiceToken"]
        assert token == "${CdkPersonalizeProviderHandler44179077.Arn}"
        assert resource["DependsOn"] == [
            "CdkPersonalizeProviderHandlerInvocation24FA62A3",
            "CdkPersonalizeProviderHandlerPolicy54586E8C",
            "CdkPersonalizeProviderLogsA55F162D",
            "CdkPersonalizeProviderWaiterPolicy7D95228C",
        ]


def test_no_resource_waits_in_a_circle_and_the_custom_resources_come_last(provider):
    order = provider.creation_order()
    assert {name[:-8] for name in order[-2:]} == {"One", "DeepTwo"}


def test_no_statement_has_a_wildcard_action_and_no_role_a_managed_policy(provider):
    for resource in provider.resources.values():
        assert "ManagedPolicyArns" not in resource.get("Properties", {})
    actions = re.findall(r"'Action': (\[[^]]*\]|'[^']*')", str(provider.resources))
    assert len(actions) > 10
    assert not [action for action in actions if "*" in action]


def listed(value):
    return value if isinstance(value, list) else [value]


def test_the_handler_may_do_exactly_this(provider):
    waiter = "CdkPersonalizeProviderWaiterEB7E51F6"
    allowed = {
        (action, resource)
        for statement in statements(provider, "CdkPersonalizeProviderHandlerPolicy54586E8C")
        for action in actions_of(statement)
        for resource in listed(statement["Resource"])
    }
    campaigns = f"{ARN}:personalize:{HERE}:campaign/*"
    jobs = f"{ARN}:personalize:{HERE}:batch-inference-job/*"
    segment_jobs = f"{ARN}:personalize:{HERE}:batch-segment-job/*"
    recommenders = f"{ARN}:personalize:{HERE}:recommender/*"
    groups = f"{ARN}:personalize:{HERE}:dataset-group/*"
    solutions = f"{ARN}:personalize:{HERE}:solution/*"
    assert allowed == {
        ("personalize:CreateCampaign", campaigns),
        ("personalize:CreateCampaign", solutions),
        ("personalize:UpdateCampaign", campaigns),
        ("personalize:DescribeCampaign", campaigns),
        ("personalize:DeleteCampaign", campaigns),
        ("personalize:CreateBatchInferenceJob", jobs),
        ("personalize:CreateBatchInferenceJob", solutions),
        ("personalize:DescribeBatchInferenceJob", jobs),
        ("personalize:ListBatchInferenceJobs", "*"),
        # A version's ARN is its solution's and an id, so it has no other resource type.
        ("personalize:CreateSolutionVersion", solutions),
        ("personalize:DescribeSolutionVersion", solutions),
        ("personalize:StopSolutionVersionCreation", solutions),
        ("personalize:ListSolutionVersions", "*"),
        ("personalize:CreateBatchSegmentJob", segment_jobs),
        ("personalize:CreateBatchSegmentJob", solutions),
        ("personalize:DescribeBatchSegmentJob", segment_jobs),
        ("personalize:ListBatchSegmentJobs", "*"),
        ("personalize:CreateRecommender", recommenders),
        ("personalize:CreateRecommender", groups),
        ("personalize:UpdateRecommender", recommenders),
        ("personalize:DescribeRecommender", recommenders),
        ("personalize:DeleteRecommender", recommenders),
        ("personalize:StartRecommender", recommenders),
        ("personalize:StopRecommender", recommenders),
        *(
            (f"personalize:{action}", kind)
            for action in ("ListTagsForResource", "TagResource", "UntagResource")
            for kind in (campaigns, jobs, solutions, segment_jobs, recommenders)
        ),
        ("states:StartExecution", f"${{{waiter}.Arn}}"),
        ("states:ListExecutions", f"${{{waiter}.Arn}}"),
        ("states:StopExecution", f"{ARN}:states:{HERE}:execution:${{{waiter}.Name}}:*"),
        ("cloudformation:DescribeStackResource", "${AWS::StackId}"),
        ("cloudformation:DescribeStacks", "${AWS::StackId}"),
        ("lambda:InvokeFunction", "${CdkPersonalizeProviderLastResortDAA0B793.Arn}"),
        ("logs:CreateLogStream", "${CdkPersonalizeProviderLogsA55F162D.Arn}"),
        ("logs:PutLogEvents", "${CdkPersonalizeProviderLogsA55F162D.Arn}"),
        ("events:PutEvents", f"{ARN}:events:{HERE}:event-bus/default"),
    }


def test_only_lists_are_allowed_on_everything(provider):
    anywhere = {
        action
        for statement in statements(provider, "CdkPersonalizeProviderHandlerPolicy54586E8C")
        if "*" in listed(statement["Resource"])
        for action in actions_of(statement)
    }
    assert len(anywhere) == 3
    assert all(action.startswith("personalize:List") for action in anywhere)


def test_the_waiter_may_call_its_two_functions_and_no_more(provider):
    assert statements(provider, "CdkPersonalizeProviderWaiterPolicy7D95228C") == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": [
                "${CdkPersonalizeProviderHandler44179077.Arn}",
                "${CdkPersonalizeProviderLastResortDAA0B793.Arn}",
            ],
        }
    ]


def test_step_functions_assumes_the_waiters_role_for_this_account_only(provider):
    role = provider.resources["CdkPersonalizeProviderWaiterRole3BF5DF5A"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
        "ArnLike": {"aws:SourceArn": f"{ARN}:states:{HERE}:stateMachine:*"},
    }


def test_the_last_resort_may_only_log(provider):
    role = provider.resources["CdkPersonalizeProviderLastResortRole700D86F3"]["Properties"]
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": "${CdkPersonalizeProviderLogsA55F162D.Arn}",
        }
    ]


def test_the_handler_is_the_function_of_the_contract(provider):
    properties = provider.resources["CdkPersonalizeProviderHandler44179077"]["Properties"]
    code = properties.pop("Code")
    assert re.fullmatch(r"[0-9a-f]{64}\.zip", code["S3Key"])
    assert properties.pop("Description")
    assert properties == {
        "Handler": "personalize_provider.entry.handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "MemorySize": 256,
        "Role": "${CdkPersonalizeProviderHandlerRole7EE606D0.Arn}",
        "LoggingConfig": {"LogGroup": "${CdkPersonalizeProviderLogsA55F162D}"},
        "Environment": {
            "Variables": {"STATE_MACHINE_ARN": "${CdkPersonalizeProviderWaiterEB7E51F6.Arn}"}
        },
    }


def test_the_last_resort_is_the_text_of_its_module_inline(provider, project):
    properties = provider.resources["CdkPersonalizeProviderLastResortDAA0B793"]["Properties"]
    source = project / "handler" / "personalize_provider" / "last_resort.py"
    assert properties["Code"] == {"ZipFile": source.read_text(encoding="utf-8")}
    assert properties["Handler"] == "index.handler"
    assert properties["LoggingConfig"] == {"LogGroup": "${CdkPersonalizeProviderLogsA55F162D}"}


def test_events_that_cannot_be_delivered_go_to_the_last_resort_after_five_minutes(provider):
    name = "CdkPersonalizeProviderHandlerInvocation24FA62A3"
    assert provider.resources[name]["Properties"] == {
        "FunctionName": "${CdkPersonalizeProviderHandler44179077}",
        "Qualifier": "$LATEST",
        "MaximumEventAgeInSeconds": 300,
        "MaximumRetryAttempts": 2,
        "DestinationConfig": {
            "OnFailure": {"Destination": "${CdkPersonalizeProviderLastResortDAA0B793.Arn}"}
        },
    }


def test_lambda_finds_the_right_to_the_destination_before_it_is_asked(provider):
    invocation = provider.resources["CdkPersonalizeProviderHandlerInvocation24FA62A3"]
    assert invocation["DependsOn"] == ["CdkPersonalizeProviderHandlerPolicy54586E8C"]


def test_logs_are_kept_a_month_and_go_with_the_stack(provider):
    logs = provider.resources["CdkPersonalizeProviderLogsA55F162D"]
    assert logs["Properties"]["RetentionInDays"] == 30
    assert logs["DeletionPolicy"] == "Delete"


def test_its_policies_are_the_same_for_one_campaign_and_for_many(synthesize, version_arn):
    def policies(count):
        def build(stack):
            for number in range(count):
                Campaign(stack, f"C{number}", solution_version=version_arn)

        return synthesize(build).of_type("AWS::IAM::Policy")

    assert policies(1) == policies(12)


def test_no_role_may_be_passed_where_there_is_no_job(provider):
    assert "iam:PassRole" not in str(provider.resources)


def test_a_look_at_the_policy_in_between_does_not_close_it(synthesize, version_arn):
    def build(stack):
        provider = PersonalizeProvider.get_or_create(stack)
        provider.rights_for(stack).pass_role("arn:aws:iam::123456789012:role/one")
        stack.resolve(provider.node.find_child("PassedRoles").document)
        provider.rights_for(stack).pass_role("arn:aws:iam::123456789012:role/two")

    policy = synthesize(build).named("CdkPersonalizeProviderPassedRoles")
    assert "role/one" in str(policy)
    assert "role/two" in str(policy)


def test_in_a_known_place_the_arns_are_plain(synthesize):
    def build(stack):
        BatchInferenceJob(
            stack,
            "Job",
            solution_version=cdk.Fn.import_value("Version"),
            job_input=JobInput.from_s3_path("s3://shop/in/"),
            job_output=JobOutput.from_s3_path("s3://shop/out/"),
        )

    env = cdk.Environment(account="123456789012", region="cn-north-1")
    text = str(synthesize(build, env=env).resources)
    assert ":personalize:cn-north-1:123456789012:campaign/*" in text
    assert "arn:aws:" not in text
