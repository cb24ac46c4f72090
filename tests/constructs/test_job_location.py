"""JobInput and JobOutput: a bucket and a key, or an s3 path, plain or a token."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize import InvalidPropertiesError, JobInput, JobOutput
from cdk_personalize.key_access import spelled

PATH = "JobOutput.S3DataDestination.Path"
HOME = "us-east-1"


@pytest.fixture
def bucket(stack):
    return s3.Bucket(stack, "Data")


def test_a_bucket_and_a_key_make_a_path(stack, bucket):
    place = JobInput.from_bucket(bucket, "input/users.json")
    assert spelled(stack.resolve(place.to_properties())) == {
        "Path": "s3://${Data666C94C7}/input/users.json",
    }
    assert spelled(stack.resolve(place.objects_arn)) == "${Data666C94C7.Arn}/input/users.json*"


def test_a_buckets_own_key_is_the_default(stack):
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Data", encryption_key=key)
    assert JobInput.from_bucket(bucket, "in/").encryption_key is key


def test_a_given_key_wins_over_the_buckets_own(stack):
    bucket = s3.Bucket(stack, "Data", encryption_key=kms.Key(stack, "Key"))
    other = kms.Key(stack, "Other")
    assert JobInput.from_bucket(bucket, "in/", encryption_key=other).encryption_key is other


def test_an_alias_stands_for_its_key_because_the_service_takes_no_alias(stack, bucket):
    key = kms.Key(stack, "Key")
    alias = key.add_alias("alias/shop")
    assert JobInput.from_bucket(bucket, "in/", encryption_key=alias).encryption_key is key


def test_a_plain_path_is_taken_apart(stack):
    place = JobInput.from_s3_path("s3://shop/input/users.json")
    assert place.key == "input/users.json"
    assert spelled(stack.resolve(place.bucket_arn)) == "arn:${AWS::Partition}:s3:::shop"
    assert (
        spelled(stack.resolve(place.objects_arn))
        == "arn:${AWS::Partition}:s3:::shop/input/users.json*"
    )


@pytest.mark.parametrize("form", ["{}", "s3://{}/folder/"])
def test_a_token_path_is_taken_apart_by_cloudformation(stack, form):
    path = form.format(cdk.CfnParameter(stack, "Where").value_as_string)
    place = JobOutput.from_s3_path(path)
    assert place.key is None
    whole = stack.resolve(path)
    assert stack.resolve(place.bucket_arn)["Fn::Join"][1][-1] == {
        "Fn::Select": [2, {"Fn::Split": ["/", whole]}]
    }
    assert stack.resolve(place.objects_arn)["Fn::Join"][1][-2:] == [
        {"Fn::Select": [1, {"Fn::Split": ["s3://", whole]}]},
        "*",
    ]


def test_a_plain_bucket_with_a_token_key_needs_no_cloudformation(stack):
    key = cdk.CfnParameter(stack, "Folder").value_as_string
    place = JobOutput.from_s3_path(f"s3://shop/{key}/")
    assert stack.resolve(place.bucket_arn)["Fn::Join"][1][-1] == ":s3:::shop"
    assert place.faults(home=HOME) == ()


def test_an_output_key_in_a_bucket_must_end_as_a_folder(bucket):
    (fault,) = JobOutput.from_bucket(bucket, "output").faults(home=HOME)
    assert (fault.property, fault.value) == (PATH, "s3://BUCKET/output")
    assert fault.way_out == "Give s3://BUCKET/output/ instead."


@pytest.mark.parametrize(
    ("form", "shown"),
    [("s3://{}/output", "s3://BUCKET/output"), ("{}/output", "s3://BUCKET/KEY/output")],
)
def test_an_output_path_whose_end_is_known_must_end_as_a_folder(stack, form, shown):
    path = form.format(cdk.CfnParameter(stack, "Where").value_as_string)
    (fault,) = JobOutput.from_s3_path(path).faults(home=HOME)
    assert fault.value == shown
    assert "must end with a slash" in str(fault)


@pytest.mark.parametrize("key", ["output/", ""])
def test_folders_and_the_bucket_itself_are_fine_as_output(bucket, key):
    assert JobOutput.from_bucket(bucket, key).faults(home=HOME) == ()


@pytest.mark.parametrize("kind", [JobInput, JobOutput])
def test_a_path_whose_end_is_a_token_is_left_to_the_handler(stack, bucket, kind):
    key = cdk.CfnParameter(stack, "Folder").value_as_string
    assert kind.from_bucket(bucket, key).faults(home=HOME) == ()


def test_a_key_with_a_slash_in_front_is_refused_with_the_key_that_was_meant(bucket):
    (fault,) = JobInput.from_bucket(bucket, "/input/users.json").faults(home=HOME)
    assert "one slash behind" in fault.rule
    assert fault.way_out == "Give s3://BUCKET/input/users.json instead."


def test_a_bucket_of_another_region_is_refused_where_both_are_known(stack):
    there = s3.Bucket.from_bucket_attributes(
        stack, "There", bucket_name="there", region="us-west-2"
    )
    (fault,) = JobInput.from_bucket(there, "in/").faults(home="eu-west-1")
    assert (fault.property, fault.value) == ("JobInput.S3DataSource.Path", "s3://there/in/")
    assert fault.rule == "be in a bucket of eu-west-1, where the stack is, and not of us-west-2"
    assert "put the job into a stack of us-west-2" in fault.way_out
    assert JobInput.from_bucket(there, "in/").faults(home="us-west-2") == ()
    assert JobInput.from_bucket(there, "in/").faults(home=cdk.Aws.REGION) == ()


def test_a_bucket_without_a_known_region_is_left_alone(bucket):
    assert JobInput.from_bucket(bucket, "in/").faults(home="eu-west-1") == ()


@pytest.mark.parametrize("given", ["shop", None, 7])
def test_what_is_no_bucket_is_refused_at_once(given):
    with pytest.raises(InvalidPropertiesError, match="be given as a bucket") as caught:
        JobOutput.from_bucket(given, "out/")
    assert "s3.Bucket.from_bucket_name" in caught.value.faults[0].way_out
    assert caught.value.faults[0].property == PATH


@pytest.mark.parametrize("given", [None, Path("in")])
def test_what_is_no_text_is_refused_at_once(bucket, given):
    with pytest.raises(InvalidPropertiesError, match="the key as a string"):
        JobInput.from_bucket(bucket, given)
    with pytest.raises(InvalidPropertiesError, match="the path as a string"):
        JobInput.from_s3_path(given)
