"""JobInput and JobOutput: a bucket and a key, or an s3 path, plain or a token."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize import JobInput, JobOutput
from cdk_personalize.key_access import spelled

PATH = "JobOutput.S3DataDestination.Path"


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
    assert place.faults(property_path=PATH) == ()


def test_an_output_key_in_a_bucket_must_end_as_a_folder(bucket):
    (fault,) = JobOutput.from_bucket(bucket, "output").faults(property_path=PATH)
    assert (fault.property, fault.value) == (PATH, "output")
    assert fault.way_out == "Give 'output/' instead."


def test_an_output_path_whose_end_is_known_must_end_as_a_folder(stack):
    path = f"s3://{cdk.CfnParameter(stack, 'Where').value_as_string}/output"
    (fault,) = JobOutput.from_s3_path(path).faults(property_path=PATH)
    assert "must end with a slash" in str(fault)


@pytest.mark.parametrize("key", ["output/", ""])
def test_folders_and_the_bucket_itself_are_fine_as_output(bucket, key):
    assert JobOutput.from_bucket(bucket, key).faults(property_path=PATH) == ()


def test_an_output_whose_end_is_a_token_is_left_to_the_handler(stack, bucket):
    key = cdk.CfnParameter(stack, "Folder").value_as_string
    assert JobOutput.from_bucket(bucket, key).faults(property_path=PATH) == ()


def test_a_key_with_a_slash_in_front_is_refused_with_the_key_that_was_meant(bucket):
    (fault,) = JobInput.from_bucket(bucket, "/input/users.json").faults(property_path=PATH)
    assert "'input/users.json'" in fault.way_out


def test_a_path_of_another_scheme_is_refused():
    (fault,) = JobInput.from_s3_path("https://shop/users.json").faults(property_path=PATH)
    assert "start with s3://" in fault.rule


def test_a_bucket_name_alone_does_not_break_the_check():
    place = JobOutput.from_s3_path("s3://shop")
    assert place.faults(property_path=PATH) == ()
