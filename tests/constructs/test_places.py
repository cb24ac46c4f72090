"""What a resource is made from is in its region and account, whether an ARN or a construct."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as personalize
from aws_cdk import aws_s3 as s3

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    JobInput,
    JobOutput,
    Recommender,
    SolutionVersion,
)
from cdk_personalize.existing_solution_version import EXPORTED_VERSION_WARNING

HERE = ("111122223333", "us-east-1")
OTHER_REGION = ("111122223333", "eu-west-1")
OTHER_ACCOUNT = ("444455556666", "us-east-1")
VERSION = "arn:aws:personalize:us-east-1:111122223333:solution/movies/5f3a9c1e"
SOLUTION = "arn:aws:personalize:{1}:{0}:solution/movies"

IN_OTHER_REGION = ("be in us-east-1, where the stack is", "Give one of us-east-1;")
IN_OTHER_ACCOUNT = ("be of account 111122223333, where the stack is", "Give one of 111122223333;")

ELSEWHERE = pytest.mark.parametrize(
    ("place", "told"), [(OTHER_REGION, IN_OTHER_REGION), (OTHER_ACCOUNT, IN_OTHER_ACCOUNT)]
)


def two_stacks(place, here=HERE):
    """The stack that uses something, and the one that it is of."""
    app = cdk.App(analytics_reporting=False)
    return tuple(
        cdk.Stack(
            app,
            name,
            cross_region_references=True,
            env=where and cdk.Environment(account=where[0], region=where[1]),
        )
        for name, where in (("Shop", here), ("Far", place))
    )


def solution(stack):
    return personalize.CfnSolution(stack, "Movies", name="movies", dataset_group_arn="group")


def job(stack, **props):
    places = {
        "job_input": JobInput.from_s3_path("s3://shop/in/"),
        "job_output": JobOutput.from_s3_path("s3://shop/out/"),
    }
    return BatchInferenceJob(stack, "Job", **{"solution_version": VERSION} | places | props)


def trained(far):
    account, region = far.account, far.region
    return SolutionVersion(far, "Model", solution=SOLUTION.format(account, region))


def with_trained_version(shop, far):
    return Campaign(shop, "Live", solution_version=trained(far))


def with_version_of_native_solution(shop, far):
    version = SolutionVersion.of_solution(solution(far), "5f3a9c1e")
    return Campaign(shop, "Live", solution_version=version)


def training_of_native_solution(shop, far):
    return SolutionVersion(shop, "Model", solution=solution(far))


def job_of_trained_version(shop, far):
    return job(shop, solution_version=trained(far))


def with_filter(shop, far):
    native = personalize.CfnFilter(
        far, "Unseen", name="unseen", dataset_group_arn="group", filter_expression="e"
    )
    return job(shop, filter_arn=native)


def with_dataset_group(shop, far):
    group = personalize.CfnDatasetGroup(far, "Group", name="movies")
    return Recommender(shop, "ForYou", dataset_group=group, recipe_arn="aws-vod-top-picks")


@ELSEWHERE
@pytest.mark.parametrize(
    ("build", "at", "shown"),
    [
        (with_trained_version, "SolutionVersionArn", "SolutionVersion Far/Model"),
        (with_version_of_native_solution, "SolutionVersionArn", "CfnSolution Far/Movies"),
        (training_of_native_solution, "SolutionArn", "CfnSolution Far/Movies"),
        (job_of_trained_version, "SolutionVersionArn", "SolutionVersion Far/Model"),
        (with_filter, "FilterArn", "CfnFilter Far/Unseen"),
        (with_dataset_group, "DatasetGroupArn", "CfnDatasetGroup Far/Group"),
    ],
)
def test_a_construct_of_elsewhere_is_refused_like_an_arn(faults_of, place, told, build, at, shown):
    (fault,) = faults_of(lambda: build(*two_stacks(place))).values()
    assert fault.property == at
    assert fault.value == f"{shown} in {place[0]}/{place[1]}"
    assert fault.rule == told[0]
    assert fault.way_out.startswith(told[1])


@ELSEWHERE
def test_an_arn_is_refused_in_the_same_words(faults_of, place, told):
    shop, _ = two_stacks(place)
    version = f"{SOLUTION.format(*place)}/5f3a9c1e"
    (fault,) = faults_of(lambda: Campaign(shop, "Live", solution_version=version)).values()
    assert fault.rule == told[0]
    assert fault.way_out.startswith(told[1])


@ELSEWHERE
def test_no_reference_to_such_a_version_is_advised(place, told):
    campaign = with_trained_version(*two_stacks(place))
    assert not any(EXPORTED_VERSION_WARNING in str(each.data) for each in campaign.node.metadata)


def with_key(shop, far):
    key = kms.Key(far, "Key")
    return job(shop, job_input=JobInput.from_s3_path("s3://shop/in/", encryption_key=key))


def test_a_key_of_another_region_is_refused(faults_of):
    (fault,) = faults_of(lambda: with_key(*two_stacks(OTHER_REGION))).values()
    assert fault.property == "JobInput.S3DataSource.KmsKeyArn"
    assert fault.value == "Key Far/Key in 111122223333/eu-west-1"
    assert fault.rule == IN_OTHER_REGION[0]


def with_role(shop, far):
    role = iam.Role(
        far,
        "Role",
        role_name="reader",
        assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"),
    )
    return job(shop, role=role)


def test_a_role_of_another_account_is_refused(faults_of):
    (fault,) = faults_of(lambda: with_role(*two_stacks(OTHER_ACCOUNT))).values()
    assert (fault.property, fault.rule) == ("RoleArn", IN_OTHER_ACCOUNT[0])
    assert fault.value == "Role Far/Role in 444455556666/us-east-1"
    assert "no role can be handed over" in fault.way_out


@pytest.mark.parametrize("build", [with_key, with_role])
def test_another_accounts_key_and_another_regions_role_are_in_order(build):
    place = OTHER_ACCOUNT if build is with_key else OTHER_REGION
    assert list(build(*two_stacks(place)).node.validate()) == []


@pytest.mark.parametrize(("here", "there"), [(HERE, None), (None, OTHER_REGION), (HERE, HERE)])
@pytest.mark.parametrize(
    "build", [with_trained_version, with_version_of_native_solution, with_filter, with_key]
)
def test_what_is_not_known_to_be_elsewhere_is_taken(build, here, there):
    shop, far = two_stacks(there, here)
    assert list(build(shop, far).node.validate()) == []


def test_a_key_that_is_a_buckets_own_counts_too(faults_of):
    shop, far = two_stacks(OTHER_REGION)
    bucket = s3.Bucket.from_bucket_attributes(
        shop, "Data", bucket_name="shop", encryption_key=kms.Key(far, "Key")
    )
    (fault,) = faults_of(
        lambda: job(shop, job_output=JobOutput.from_bucket(bucket, "out/"))
    ).values()
    assert fault.property == "JobOutput.S3DataDestination.KmsKeyArn"
