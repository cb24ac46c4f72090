"""BatchInferenceJob: props in, template out; its role, and the policies of buckets and keys."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    ThemeGeneration,
)

JOB = "Custom::PersonalizeBatchInferenceJob"
FILTER_ARN = "arn:aws:personalize:us-east-1:123456789012:filter/unseen"

FROM_PERSONALIZE = {
    "StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
    "StringLike": {
        "aws:SourceArn": "arn:${AWS::Partition}:personalize:${AWS::Region}:${AWS::AccountId}:*"
    },
}
SERVICE = {"Service": "personalize.amazonaws.com"}


def own(resource):
    """The properties that are the job's own, and not the machinery's."""
    machinery = {"ServiceToken", "ServiceTimeout", "Timeout"}
    return {k: v for k, v in resource["Properties"].items() if k not in machinery}


def shop_job(stack, version_arn, name="Job", **props):
    """A job that reads s3://shop/in/ and writes s3://shop/out/, where props do not differ."""
    places = {
        "job_input": JobInput.from_s3_path("s3://shop/in/"),
        "job_output": JobOutput.from_s3_path("s3://shop/out/"),
    }
    return BatchInferenceJob(stack, name, solution_version=version_arn, **{**places, **props})


def bucket_places(bucket):
    """Props of a job that reads in/ and writes out/ of one bucket."""
    return {
        "job_input": JobInput.from_bucket(bucket, "in/"),
        "job_output": JobOutput.from_bucket(bucket, "out/"),
    }


def statements(resource, within="PolicyDocument"):
    return resource["Properties"][within]["Statement"]


@pytest.fixture(scope="module")
def whole(synthesize, version_arn):
    """A job with every prop, in buckets and with a key of the same stack, and a role made."""

    def build(stack):
        key = kms.Key(stack, "Key")
        job = BatchInferenceJob(
            stack,
            "Job",
            solution_version=version_arn,
            job_input=JobInput.from_bucket(
                s3.Bucket(stack, "In"), "input/users.json", encryption_key=key
            ),
            job_output=JobOutput.from_bucket(
                s3.Bucket(stack, "Out"), "output/", encryption_key=key
            ),
            job_name="newsletter",
            filter_arn=FILTER_ARN,
            num_results=50,
            item_exploration=ItemExploration(weight=0.3, age_cut_off=cdk.Duration.days(30)),
            ranking_influence=RankingInfluence(popularity=0.4),
            theme_generation=ThemeGeneration(item_name="TITLE"),
            triggers={"month": "2026-11"},
            timeout=cdk.Duration.minutes(45),
        )
        for name in ("job_arn", "job_name", "status", "output_path"):
            cdk.CfnOutput(stack, name.replace("_", ""), value=getattr(job, name))

    return synthesize(build)


def test_every_prop_reaches_the_template_under_the_services_name(whole, version_arn):
    job = own(whole.one(JOB))
    (role,) = (name for name in whole.resources if name.startswith("JobRole"))
    (key,) = whole.of_type("AWS::KMS::Key")
    assert job == {
        "JobName": "newsletter",
        "SolutionVersionArn": version_arn,
        "FilterArn": FILTER_ARN,
        "NumResults": 50,
        "JobInput": {
            "S3DataSource": {
                "Path": "s3://${InA6E750FB}/input/users.json",
                "KmsKeyArn": f"${{{key}.Arn}}",
            }
        },
        "JobOutput": {
            "S3DataDestination": {
                "Path": "s3://${OutB8D7CCDD}/output/",
                "KmsKeyArn": f"${{{key}.Arn}}",
            }
        },
        "RoleArn": f"${{{role}.Arn}}",
        "BatchInferenceJobConfig": {
            "ItemExplorationConfig": {
                "explorationWeight": "0.3",
                "explorationItemAgeCutOff": "30",
            },
            "RankingInfluence": {"POPULARITY": 0.4},
        },
        "BatchInferenceJobMode": "THEME_GENERATION",
        "ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "TITLE"}},
        "Triggers": {"month": "2026-11"},
    }


def test_attributes_come_from_the_custom_resource(whole):
    (name,) = whole.of_type(JOB)
    assert whole.outputs == {
        "jobarn": f"${{{name}.BatchInferenceJobArn}}",
        "jobname": f"${{{name}.JobName}}",
        "status": f"${{{name}.Status}}",
        "outputpath": f"${{{name}.OutputPath}}",
    }


def test_the_timeouts_are_those_of_every_construct(whole):
    properties = whole.one(JOB)["Properties"]
    assert (properties["Timeout"], properties["ServiceTimeout"]) == (2700, "3600")


def test_the_made_role_is_one_resource_under_the_stacks_path(whole):
    role = whole.named("JobRole")
    assert role["Properties"]["Path"] == "/cdk-personalize/${AWS::StackName}/"
    assert "ManagedPolicyArns" not in role["Properties"]
    assert len(role["Properties"]["Policies"]) == 1
    policies = whole.of_type("AWS::IAM::Policy")
    assert all(name.startswith("CdkPersonalizeProvider") for name in policies)


def test_the_made_role_trusts_the_service_for_this_account_only(whole):
    trust = whole.named("JobRole")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": SERVICE,
            "Condition": FROM_PERSONALIZE,
        }
    ]


def test_the_made_role_may_do_what_the_job_needs_and_no_more(whole):
    (policy,) = whole.named("JobRole")["Properties"]["Policies"]
    (key,) = whole.of_type("AWS::KMS::Key")
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": "s3:GetObject",
            "Effect": "Allow",
            "Resource": "${InA6E750FB.Arn}/input/users.json*",
        },
        {
            "Action": "s3:ListBucket",
            "Effect": "Allow",
            "Resource": "${InA6E750FB.Arn}",
        },
        {
            "Action": "s3:PutObject",
            "Effect": "Allow",
            "Resource": "${OutB8D7CCDD.Arn}/output/*",
        },
        {
            "Action": "s3:ListBucket",
            "Effect": "Allow",
            "Resource": "${OutB8D7CCDD.Arn}",
        },
        {
            "Action": [
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:GenerateDataKey",
                "kms:ListGrants",
            ],
            "Effect": "Allow",
            "Resource": f"${{{key}.Arn}}",
        },
    ]


def test_the_bucket_policies_let_the_service_in_for_this_account_only(whole):
    policies = whole.of_type("AWS::S3::BucketPolicy")
    allowed = [statement for policy in policies.values() for statement in statements(policy)]
    assert [(s["Action"], s["Resource"]) for s in allowed] == [
        ("s3:GetObject", "${InA6E750FB.Arn}/input/users.json*"),
        ("s3:ListBucket", "${InA6E750FB.Arn}"),
        ("s3:PutObject", "${OutB8D7CCDD.Arn}/output/*"),
        ("s3:ListBucket", "${OutB8D7CCDD.Arn}"),
    ]
    for statement in allowed:
        assert statement["Principal"] == SERVICE
        assert statement["Condition"] == FROM_PERSONALIZE


def test_the_key_policy_names_the_service_and_the_roles_of_the_stack(whole):
    actions = [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
        "kms:ListGrants",
    ]
    added = statements(whole.one("AWS::KMS::Key"), "KeyPolicy")[1:]
    roles = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-personalize/${AWS::StackName}/*"
    assert added == [
        {
            "Action": actions,
            "Effect": "Allow",
            "Principal": SERVICE,
            "Resource": "*",
            "Condition": FROM_PERSONALIZE,
        },
        {
            "Action": actions,
            "Effect": "Allow",
            "Principal": {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
            "Resource": "*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": roles}},
        },
    ]


def test_the_job_waits_for_everything_that_lets_the_service_in(whole):
    needed = {
        name
        for name, resource in whole.resources.items()
        if name.startswith("JobRole")
        or resource["Type"] in {"AWS::S3::BucketPolicy", "AWS::KMS::Key"}
    }
    assert len(needed) == 4
    assert needed <= set(whole.one(JOB)["DependsOn"])


def test_no_resource_waits_in_a_circle(whole):
    order = whole.creation_order()
    assert order.index(next(iter(whole.of_type(JOB)))) > 0


def test_owned_buckets_and_keys_draw_no_warning(whole):
    assert whole.warnings == []


@pytest.fixture(scope="module")
def small(synthesize, version_arn):
    """Two jobs in one bucket, with the least props."""

    def build(stack):
        bucket = s3.Bucket(stack, "Data")
        for name in ("First", "Second"):
            shop_job(stack, version_arn, name, **bucket_places(bucket))

    return synthesize(build)


def test_what_is_left_out_is_left_out_of_the_template(small, version_arn):
    job = own(small.named("First"))
    assert job.pop("RoleArn")
    assert job == {
        "SolutionVersionArn": version_arn,
        "JobInput": {"S3DataSource": {"Path": "s3://${Data666C94C7}/in/"}},
        "JobOutput": {"S3DataDestination": {"Path": "s3://${Data666C94C7}/out/"}},
    }


def test_a_further_job_is_one_resource_and_its_role(small):
    kinds = sorted(
        r["Type"]
        for name, r in small.resources.items()
        if not name.startswith(("CdkPersonalizeProvider", "Data"))
    )
    assert kinds == ["AWS::IAM::Role"] * 2 + [JOB] * 2


def test_statements_of_jobs_that_share_a_place_stand_once_in_its_bucket_policy(small):
    # Reading, writing, and one listing for both.
    assert len(statements(small.one("AWS::S3::BucketPolicy"))) == 3


def test_one_constant_statement_passes_all_made_roles(small):
    passed = [
        s
        for s in statements(small.named("CdkPersonalizeProviderHandlerPolicy"))
        if s["Action"] == "iam:PassRole"
    ]
    assert passed == [
        {
            "Action": "iam:PassRole",
            "Effect": "Allow",
            "Resource": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role"
            "/cdk-personalize/${AWS::StackName}/*",
            "Condition": {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}},
        }
    ]


@pytest.fixture(scope="module")
def roles_given(synthesize, version_arn):
    """Jobs with roles of their users: one twice, one imported, and one job with a made role."""

    def build(stack):
        bucket = s3.Bucket(stack, "Data")
        mine = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
        bucket.grant_read_write(mine)
        imported = iam.Role.from_role_arn(stack, "Imported", "arn:aws:iam::123456789012:role/batch")
        for name, role in {"A": mine, "B": mine, "C": imported, "D": None}.items():
            place = bucket if role else s3.Bucket.from_bucket_name(stack, "Other", "other")
            shop_job(stack, version_arn, name, **bucket_places(place), role=role)

    return synthesize(build)


def test_with_a_role_given_nothing_is_made(roles_given):
    roles = [
        name
        for name in roles_given.of_type("AWS::IAM::Role")
        if not name.startswith("CdkPersonalizeProvider")
    ]
    assert sorted(name[:-8] for name in roles) == ["DRole", "Mine"]


def test_the_handler_passes_exactly_the_given_roles_each_once(roles_given):
    policy = roles_given.named("CdkPersonalizeProviderPassedRoles")
    (handler_role,) = policy["Properties"]["Roles"]
    assert handler_role.startswith("${CdkPersonalizeProviderHandlerRole")
    (mine,) = (name for name in roles_given.of_type("AWS::IAM::Role") if name.startswith("Mine"))
    assert statements(policy) == [
        {
            "Action": "iam:PassRole",
            "Effect": "Allow",
            "Resource": [f"${{{mine}.Arn}}", "arn:aws:iam::123456789012:role/batch"],
            "Condition": {"StringEquals": {"iam:PassedToService": "personalize.amazonaws.com"}},
        }
    ]


def test_made_roles_are_passed_where_they_were_whatever_roles_are_given(roles_given):
    policy = roles_given.named("CdkPersonalizeProviderHandlerPolicy")
    (passing,) = (s for s in statements(policy) if s["Action"] == "iam:PassRole")
    assert passing["Resource"] == (
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-personalize/${AWS::StackName}/*"
    )


def test_the_jobs_whose_role_was_given_wait_for_the_right_to_pass_it_and_no_others(roles_given):
    (right,) = (name for name in roles_given.resources if "ProviderPassedRoles" in name)
    waiting = {name[:-8] for name, before in roles_given.dependencies().items() if right in before}
    assert waiting == {"A", "B", "C"}


def test_without_a_given_role_there_is_no_policy_for_them(small):
    assert "PassedRoles" not in str(small.raw)


def test_a_job_waits_for_the_policies_of_a_given_role(roles_given):
    waits = set(roles_given.named("A")["DependsOn"])
    assert {name[:-8] for name in waits if name.startswith("Mine")} == {
        "Mine",
        "MineDefaultPolicy",
    }


def test_given_roles_close_no_circle(roles_given):
    assert roles_given.creation_order()


def naming_role(scope, *arns):
    """A role for jobs, with a policy inline that names other resources of the app."""
    document = iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(actions=["personalize:GetRecommendations"], resources=[*arns])
        ]
    )
    return iam.Role(
        scope,
        "Mine",
        assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"),
        inline_policies={"Reads": document},
    )


def test_a_given_role_may_name_a_campaign_of_the_stack(synthesize, version_arn):
    def build(stack):
        campaign = Campaign(stack, "C", solution_version=version_arn)
        role = naming_role(stack, campaign.campaign_arn)
        shop_job(stack, version_arn, role=role, timeout=cdk.Duration.hours(2))

    order = [name[:-8] for name in synthesize(build).creation_order()]
    assert order.index("C") < order.index("Mine") < order.index("Job") < order.index("JobWait")


def test_a_given_role_may_be_in_a_nested_stack_with_one_that_reads_a_campaign(
    synthesize, version_arn
):
    def build(stack):
        roles = cdk.NestedStack(stack, "Roles")
        campaign = Campaign(stack, "C", solution_version=version_arn)
        caller = iam.Role(roles, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        campaign.grant_get_recommendations(caller)
        shop_job(stack, version_arn, role=naming_role(roles, "*"))

    assert synthesize(build).creation_order()


# --- made roles that are elsewhere ---------------------------------------------------------------


@jsii.implements(cdk.IAspect)
class MovesRoles:
    """What companies have: every role under a path of theirs."""

    def __init__(self, path):
        self.path = path

    def visit(self, node):
        if isinstance(node, iam.CfnRole):
            node.path = self.path


@pytest.mark.parametrize(("path", "shown"), [("/corp/", "/corp/"), (None, "/")])
def test_a_made_role_that_an_aspect_moves_is_refused_for_it_could_not_be_passed(
    faults_of, stack, version_arn, path, shown
):
    cdk.Aspects.of(stack).add(MovesRoles(path))
    (fault,) = faults_of(lambda: shop_job(stack, version_arn)).values()
    assert (fault.path, fault.property) == ("Shop/Job", "RoleArn")
    assert fault.value == f"a role under the path {shown}"
    assert "/cdk-personalize/${AWS::StackName}/" in fault.rule
    assert "Aspect" in fault.way_out
    assert "`role`" in fault.way_out


def test_a_path_below_that_of_the_stack_is_passed_too(synthesize, version_arn):
    def build(stack):
        cdk.Aspects.of(stack).add(MovesRoles(f"/cdk-personalize/{cdk.Aws.STACK_NAME}/corp/"))
        shop_job(stack, version_arn)

    path = synthesize(build).named("JobRole")["Properties"]["Path"]
    assert path == "/cdk-personalize/${AWS::StackName}/corp/"


def test_a_given_role_may_be_moved(synthesize, version_arn):
    def build(stack):
        cdk.Aspects.of(stack).add(MovesRoles("/corp/"))
        shop_job(stack, version_arn, role=naming_role(stack, "*"))

    assert synthesize(build).named("Mine")["Properties"]["Path"] == "/corp/"


def test_a_role_that_exists_in_place_of_a_made_one_is_passed_by_its_own_arn(
    synthesized_from, version_arn
):
    app = cdk.App(analytics_reporting=False)
    provider = "Shop/CdkPersonalizeProvider"
    iam.Role.customize_roles(
        app,
        use_precreated_roles={
            f"{provider}/HandlerRole": "handler",
            f"{provider}/LastResortRole": "last",
            f"{provider}/WaiterRole": "waiter",
            "Shop/Job/Role": "batch",
        },
    )
    stack = cdk.Stack(app, "Shop")
    key = kms.Key(stack, "Key")
    places = bucket_places(s3.Bucket(stack, "Data", encryption_key=key))
    shop_job(stack, version_arn, **places)
    template = synthesized_from(stack)
    batch = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/batch"
    assert template.one(JOB)["Properties"]["RoleArn"] == batch
    policy = template.named("CdkPersonalizeProviderPassedRoles")
    assert policy["Properties"]["Roles"] == ["handler"]
    assert [each["Resource"] for each in statements(policy)] == [batch]
    # Nobody is under the path of the stack's made roles.
    assert "role/cdk-personalize/" not in str(template.resources)


@pytest.fixture(scope="module")
def opened(synthesize, version_arn):
    """A job with a role of its user, in a bucket and with a key of the same stack."""

    def build(stack):
        role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
        bucket = s3.Bucket(stack, "Data", encryption_key=kms.Key(stack, "Key"))
        shop_job(stack, version_arn, **bucket_places(bucket), role=role)

    return synthesize(build)


def test_a_role_that_is_given_does_not_keep_the_service_out_of_the_apps_buckets(opened):
    allowed = statements(opened.one("AWS::S3::BucketPolicy"))
    assert {s["Action"] for s in allowed} == {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
    for statement in allowed:
        assert statement["Principal"] == SERVICE
        assert statement["Condition"] == FROM_PERSONALIZE
    (policy,) = opened.of_type("AWS::S3::BucketPolicy")
    assert policy in opened.one(JOB)["DependsOn"]
    assert opened.creation_order()


def test_nor_out_of_its_keys_which_name_no_role(opened):
    (added,) = statements(opened.one("AWS::KMS::Key"), "KeyPolicy")[1:]
    assert added["Principal"] == SERVICE
    assert added["Condition"] == FROM_PERSONALIZE


def test_the_given_role_itself_is_left_as_it_is(opened):
    assert "Policies" not in opened.named("Mine")["Properties"]
    assert not any(name.startswith("MineDefaultPolicy") for name in opened.resources)
    assert opened.warnings == []


def test_with_a_role_given_the_warnings_about_what_is_others_are_the_same(synthesize, version_arn):
    def build(stack):
        key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd")
        bucket = s3.Bucket.from_bucket_attributes(
            stack, "Data", bucket_name="lake", encryption_key=key
        )
        role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/batch")
        shop_job(stack, version_arn, **bucket_places(bucket), role=role)

    told = synthesize(build).warnings
    assert len([each for each in told if "cdk-personalize:bucketPolicy" in each]) == 2
    (key_told,) = (each for each in told if "cdk-personalize:keyPolicy" in each)
    assert '"Service": "personalize.amazonaws.com"' in key_told
    assert "aws:PrincipalArn" not in key_told


def test_a_job_is_granted_to_through_its_role(synthesize, version_arn):
    def build(stack):
        job = shop_job(stack, version_arn)
        s3.Bucket(stack, "Extra").grant_read(job)

    result = synthesize(build)
    (granted,) = (name for name in result.resources if name.startswith("JobRoleDefaultPolicy"))
    assert granted in result.one(JOB)["DependsOn"]
    assert result.creation_order()


@pytest.fixture(scope="module")
def imported(synthesize, version_arn):
    """A job in a bucket and with a key that belong to others."""

    def build(stack):
        key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd")
        BatchInferenceJob(
            stack,
            "Job",
            solution_version=version_arn,
            job_input=JobInput.from_bucket(
                s3.Bucket.from_bucket_name(stack, "In", "lake"), "in/", encryption_key=key
            ),
            job_output=JobOutput.from_s3_path("s3://lake/out/"),
        )

    return synthesize(build)


def test_imported_buckets_and_keys_draw_warnings_with_the_statements_to_add(imported):
    one, two, three = sorted(imported.warnings, key=lambda text: ("key arn" in text, text))
    for warning in (one, two):
        assert "bucket arn:${AWS::Partition}:s3:::lake cannot be changed" in warning
        assert '"Service": "personalize.amazonaws.com"' in warning
        assert "[ack: cdk-personalize:bucketPolicy]" in warning
    assert '"s3:GetObject"' in one
    assert '"s3:PutObject"' in two
    assert '"kms:CreateGrant"' in three
    assert "[ack: cdk-personalize:keyPolicy]" in three
    assert "TOKEN" not in one + two + three


def test_the_warning_about_a_key_says_the_stacks_name_for_the_owner_has_another_stack(imported):
    (told,) = (each for each in imported.warnings if "cdk-personalize:keyPolicy" in each)
    assert ":role/cdk-personalize/Shop/*" in told
    assert "AWS::StackName" not in told


def test_of_a_nested_stack_it_says_how_the_name_begins(synthesized_from, version_arn):
    parent = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    nested = cdk.NestedStack(parent, "Nested")
    key = kms.Key.from_key_arn(nested, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd")
    place = JobInput.from_s3_path("s3://lake/in/", encryption_key=key)
    shop_job(nested, version_arn, job_input=place)
    told = [each for each in synthesized_from(parent).warnings if "keyPolicy" in each]
    assert ":role/cdk-personalize/Shop-*/*" in "".join(told)


def test_the_role_reaches_imported_buckets_and_keys_all_the_same(imported):
    (policy,) = imported.named("JobRole")["Properties"]["Policies"]
    assert [s["Resource"] for s in policy["PolicyDocument"]["Statement"]] == [
        "arn:${AWS::Partition}:s3:::lake/in/*",
        "arn:${AWS::Partition}:s3:::lake",
        "arn:${AWS::Partition}:s3:::lake/out/*",
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd",
    ]


def test_the_warnings_can_be_acknowledged(synthesize, version_arn):
    def build(stack):
        job = shop_job(stack, version_arn)
        cdk.Annotations.of(job).acknowledge_warning("cdk-personalize:bucketPolicy", "asked IT")

    assert synthesize(build).warnings == []


def test_one_job_may_read_what_another_wrote(synthesize, version_arn):
    def build(stack):
        first = shop_job(stack, version_arn, "First")
        shop_job(stack, version_arn, "Second", job_input=JobInput.from_s3_path(first.output_path))

    result = synthesize(build)
    order = [name[:-8] for name in result.creation_order()]
    assert order.index("First") < order.index("SecondRole") < order.index("Second")
    (policy,) = result.named("SecondRole")["Properties"]["Policies"]
    listing = policy["PolicyDocument"]["Statement"][1]
    assert "Condition" not in listing


def test_tokens_are_accepted_everywhere(synthesize):
    def build(stack):
        def parameter(name, kind="String"):
            return cdk.CfnParameter(stack, name, type=kind)

        BatchInferenceJob(
            stack,
            "Job",
            solution_version=parameter("Version").value_as_string,
            job_input=JobInput.from_s3_path(parameter("In").value_as_string),
            job_output=JobOutput.from_s3_path(parameter("Out").value_as_string),
            role=iam.Role.from_role_arn(stack, "Role", parameter("RoleArn").value_as_string),
            job_name=parameter("Name").value_as_string,
            filter_arn=parameter("Filter").value_as_string,
            num_results=parameter("Results", "Number").value_as_number,
            item_exploration={"explorationWeight": parameter("Weight").value_as_string},
            ranking_influence={"POPULARITY": parameter("Popular", "Number").value_as_number},
            theme_generation=ThemeGeneration(item_name=parameter("Item").value_as_string),
            triggers={"build": parameter("Build").value_as_string},
        )

    assert own(synthesize(build).one(JOB)) == {
        "JobName": "${Name}",
        "SolutionVersionArn": "${Version}",
        "FilterArn": "${Filter}",
        "NumResults": "${Results}",
        "JobInput": {"S3DataSource": {"Path": "${In}"}},
        "JobOutput": {"S3DataDestination": {"Path": "${Out}"}},
        "RoleArn": "${RoleArn}",
        "BatchInferenceJobConfig": {
            "ItemExplorationConfig": {"explorationWeight": "${Weight}"},
            "RankingInfluence": {"POPULARITY": "${Popular}"},
        },
        "BatchInferenceJobMode": "THEME_GENERATION",
        "ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "${Item}"}},
        "Triggers": {"build": "${Build}"},
    }


def test_a_bucket_and_a_key_of_another_stack_get_their_policies_there(
    synthesized_from, version_arn
):
    app = cdk.App(analytics_reporting=False)
    lake = cdk.Stack(app, "Lake")
    key = kms.Key(lake, "Key")
    bucket = s3.Bucket(lake, "Data", encryption_key=key)
    shop = cdk.Stack(app, "Shop")
    shop_job(shop, version_arn, **bucket_places(bucket))
    template = synthesized_from(lake)
    assert len(statements(template.one("AWS::S3::BucketPolicy"))) == 3
    roles = statements(template.one("AWS::KMS::Key"), "KeyPolicy")[-1]["Condition"]
    assert roles["ArnLike"]["aws:PrincipalArn"].endswith(":role/cdk-personalize/Shop/*")
    assert shop.dependencies == [lake]


def test_a_job_in_a_nested_stack_does_not_make_its_parents_key_wait_for_it(
    synthesized_from, version_arn
):
    parent = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    key = kms.Key(parent, "Key")
    bucket = s3.Bucket(parent, "Data", encryption_key=key)
    shop_job(cdk.NestedStack(parent, "Nested"), version_arn, **bucket_places(bucket))
    template = synthesized_from(parent)
    roles = statements(template.one("AWS::KMS::Key"), "KeyPolicy")[-1]["Condition"]
    assert roles["ArnLike"]["aws:PrincipalArn"].endswith(":role/cdk-personalize/Shop-*/*")
    assert template.creation_order()
