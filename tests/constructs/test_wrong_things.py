"""What is not even of the right type: the error says what it must be, and what to give instead."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    CampaignDashboard,
    ItemExploration,
    JobInput,
    JobOutput,
    PersonalizeProvider,
    ProviderSettings,
    ProviderSettingsError,
    Recommender,
    SolutionVersion,
)
from cdk_personalize.faults import InvalidPropertiesError

GROUP = "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies"
SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/movies"


def number_of(stack):
    """A number that only CloudFormation knows."""
    return cdk.CfnParameter(stack, "Number", type="Number").value_as_number


def recommender(stack, **props):
    return Recommender(
        stack, "ForYou", dataset_group=GROUP, recipe_arn="aws-vod-top-picks", **props
    )


def job(stack, version_arn, **props):
    places = {
        "job_input": JobInput.from_s3_path("s3://shop/in/"),
        "job_output": JobOutput.from_s3_path("s3://shop/out/"),
    }
    return BatchInferenceJob(stack, "Job", solution_version=version_arn, **places | props)


# --- told at synthesis ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"triggers": {"training": None}}, "Triggers.training"),
        (
            {"item_exploration": {"explorationWeight": None}},
            "BatchInferenceJobConfig.ItemExplorationConfig.explorationWeight",
        ),
        (
            {"ranking_influence": {"POPULARITY": None}},
            "BatchInferenceJobConfig.RankingInfluence.POPULARITY",
        ),
    ],
)
def test_an_entry_without_a_value_is_not_dropped_in_silence(
    stack, version_arn, faults_of, given, path
):
    """Its value is likely to come from a context that was not given."""
    (fault,) = faults_of(lambda: job(stack, version_arn, **given)).values()
    assert (fault.property, fault.value) == (path, None)
    assert fault.way_out == "Give the value, or leave the key out too."


def test_nor_is_one_of_a_version_or_a_recommender(stack, faults_of):
    trained = {"solution": SOLUTION, "triggers": {"data": None, "code": "1"}}
    assert list(faults_of(lambda: SolutionVersion(stack, "Model", **trained))) == ["Triggers.data"]
    other = cdk.Stack(cdk.App(), "Other")
    columns = {"excluded_dataset_columns": {"ITEMS": None}}
    assert list(faults_of(lambda: recommender(other, **columns))) == [
        "RecommenderConfig.TrainingDataConfig.ExcludedDatasetColumns.ITEMS"
    ]


def test_a_provider_is_no_arn(stack, version_arn, faults_of):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:provider"
    made = faults_of(lambda: Campaign(stack, "Live", solution_version=version_arn, provider=arn))
    fault = made["ServiceToken"]
    assert (fault.value, fault.rule) == (arn, "be of a provider")
    assert "PersonalizeProvider.from_service_token" in fault.way_out


@pytest.mark.parametrize(
    ("token", "role", "path"),
    [
        (None, None, "ServiceToken"),
        ("arn:aws:lambda:us-east-1:123456789012:function:provider", 7, "handler_role_name"),
    ],
)
def test_an_imported_provider_has_an_arn_and_a_name(
    stack, version_arn, faults_of, token, role, path
):
    provider = PersonalizeProvider.from_service_token(
        stack, "Provider", token, handler_role_name=role
    )
    props = {"solution_version": version_arn, "provider": provider}
    assert path in faults_of(lambda: Campaign(stack, "Live", **props))


def test_an_age_of_a_token_is_in_days(stack, version_arn, faults_of):
    age = ItemExploration(age_cut_off=cdk.Duration.hours(number_of(stack)))
    (fault,) = faults_of(lambda: job(stack, version_arn, item_exploration=age)).values()
    assert fault.rule == "be given in days, where it is a token"
    other = cdk.Stack(cdk.App(), "Other")
    days = ItemExploration(age_cut_off=cdk.Duration.days(number_of(other)))
    job(other, version_arn, item_exploration=days).node.root.synth()


@pytest.mark.parametrize("sign", ["*", "?", "${"])
@pytest.mark.parametrize("of_a_bucket", [False, True])
def test_a_key_has_no_wildcard(stack, version_arn, faults_of, sign, of_a_bucket):
    """IAM would read it as one, and the service as it is."""
    key = f"in/{sign}user.json"
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "shop")
    place = (
        JobInput.from_bucket(bucket, key)
        if of_a_bucket
        else JobInput.from_s3_path(f"s3://shop/{key}")
    )
    (fault,) = faults_of(lambda: job(stack, version_arn, job_input=place)).values()
    assert fault.property == "JobInput.S3DataSource.Path"
    assert fault.rule.startswith(f"have no {sign} in its key")
    assert fault.way_out == "Give the folder, 'in/', which stands for all that is in it."


def test_nor_has_one_that_is_in_no_folder(stack, version_arn, faults_of):
    place = JobInput.from_s3_path("s3://shop/*.json")
    (fault,) = faults_of(lambda: job(stack, version_arn, job_input=place)).values()
    assert fault.way_out == "Give a folder, such as 'folder/'."


def test_what_stands_for_no_place_draws_no_warnings(stack, version_arn):
    assert job(stack, version_arn, job_input="s3://shop/in/").node.metadata == []
    other = cdk.Stack(cdk.App(), "Other")
    assert len(job(other, version_arn).node.metadata) == 2


# --- raised at once ------------------------------------------------------------------------------


@pytest.mark.parametrize("arn", [None, 7, "arn:aws:personalize:us-east-1:12:campaign/live"])
def test_a_reference_is_by_an_arn(stack, arn):
    for refer in (Campaign.from_campaign_arn, Recommender.from_recommender_arn):
        with pytest.raises(InvalidPropertiesError, match="it must be the ARN of a"):
            refer(stack, "Live", arn)


@pytest.mark.parametrize("name", [None, 7])
def test_or_by_a_name(stack, name):
    with pytest.raises(InvalidPropertiesError, match="it must be the name of a campaign"):
        Campaign.from_campaign_name(stack, "Live", name)


@pytest.mark.parametrize("version_id", [None, 7])
def test_a_version_has_an_id(version_id):
    with pytest.raises(InvalidPropertiesError, match="it must end in a version's id, a string"):
        SolutionVersion.of_solution(SOLUTION, version_id)


def test_a_place_takes_a_key(stack):
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "shop")
    arn = "arn:aws:kms:us-east-1:123456789012:key/abc"
    with pytest.raises(InvalidPropertiesError, match=r"kms\.Key\.from_key_arn"):
        JobInput.from_bucket(bucket, "in/", encryption_key=arn)
    with pytest.raises(InvalidPropertiesError, match=r"kms\.Key\.from_key_arn"):
        JobOutput.from_s3_path("s3://shop/out/", encryption_key=arn)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"runtime": "python3.13"}, "runtime is 'python3.13': it must be Python 3.11 or newer"),
        ({"memory_mb": "512"}, "memory_mb is '512': it must be a whole number from 128"),
        ({"memory_mb": 256.5}, "memory_mb is 256.5: it must be a whole number"),
        ({"memory_mb": True}, "memory_mb is True: it must be a whole number"),
        ({"log_retention": None}, "log_retention is None: it must be one of RetentionDays"),
        ({"encryption_key": "arn:aws:kms:us-east-1:123456789012:key/abc"}, "must be a key; for"),
    ],
)
def test_settings_are_of_their_types(settings, told):
    with pytest.raises(ProviderSettingsError) as caught:
        ProviderSettings(**settings)
    assert told in str(caught.value)


def test_a_provider_takes_no_alias_of_an_unknown_key(stack):
    alias = kms.Alias.from_alias_name(stack, "Alias", "alias/mine")
    with pytest.raises(ProviderSettingsError, match="encryption_key is alias/mine: it must be"):
        ProviderSettings(encryption_key=alias)


def test_configure_takes_settings(stack):
    with pytest.raises(ProviderSettingsError, match="configure takes ProviderSettings"):
        PersonalizeProvider.configure(stack, None)


def test_stacks_are_allowed_by_their_names(stack):
    provider = PersonalizeProvider(stack, "Provider")
    with pytest.raises(ProviderSettingsError, match="each must be a stack's name"):
        provider.allow_stacks(["shop"])


def test_actions_are_granted_one_by_one(stack):
    campaign = Campaign.from_campaign_name(stack, "Live", "shop")
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    with pytest.raises(ValueError, match="each action for itself"):
        campaign.grant(role, ["personalize:GetRecommendations"])


def test_a_dashboard_is_of_campaigns(stack):
    with pytest.raises(ValueError, match=r"Recommender Shop/ForYou is none"):
        CampaignDashboard(stack, "Board", campaigns=[recommender(stack)])
