"""Recommender: props in, template out; what it offers to callers and to operators."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as personalize

from cdk_personalize import InvalidPropertiesError, IRecommender, ItemExploration, Recommender
from cdk_personalize.metrics import STATISTICS

RECOMMENDER = "Custom::PersonalizeRecommender"
WAIT = "Custom::PersonalizeWait"
RULE = "AWS::Events::Rule"
GROUP_ARN = "arn:aws:personalize:us-east-1:123456789012:dataset-group/shop"
RECIPE = "aws-ecomm-recommended-for-you"
RECIPE_ARN = f"arn:aws:personalize:::recipe/{RECIPE}"
HERE, ELSEWHERE = "111111111111", "222222222222"
ARN = f"arn:aws:personalize:us-east-1:{HERE}:recommender/for-you"

ATTRIBUTES = {
    "recommender_arn": "RecommenderArn",
    "recommender_name": "Name",
    "status": "Status",
    "creation_date_time": "CreationDateTime",
    "last_updated_date_time": "LastUpdatedDateTime",
}


def own(resource):
    machinery = {"ServiceToken", "ServiceTimeout", "Timeout"}
    return {k: v for k, v in resource["Properties"].items() if k not in machinery}


def recommender(stack, **props):
    given = {"dataset_group": GROUP_ARN, "recipe_arn": RECIPE_ARN, **props}
    return Recommender(stack, "ForYou", **given)


# --- the template --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(synthesize):
    def build(stack):
        made = recommender(
            stack,
            recommender_name="for-you",
            min_recommendation_requests_per_second=2,
            item_exploration=ItemExploration(weight=0.4, age_cut_off=cdk.Duration.days(20)),
            enable_metadata_with_recommendations=True,
            excluded_dataset_columns={"ITEMS": ("TITLE", "PRICE")},
            included_dataset_columns={"USERS": ["AGE"]},
            timeout=cdk.Duration.minutes(90),
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            state_change_events=False,
        )
        for name in ATTRIBUTES:
            cdk.CfnOutput(stack, name.replace("_", ""), value=getattr(made, name))

    return synthesize(build)


def test_every_prop_reaches_the_template_under_the_services_name(whole):
    assert own(whole.one(RECOMMENDER)) == {
        "Name": "for-you",
        "DatasetGroupArn": GROUP_ARN,
        "RecipeArn": RECIPE_ARN,
        "RecommenderConfig": {
            "ItemExplorationConfig": {
                "explorationWeight": "0.4",
                "explorationItemAgeCutOff": "20",
            },
            "MinRecommendationRequestsPerSecond": 2,
            "EnableMetadataWithRecommendations": True,
            "TrainingDataConfig": {
                "ExcludedDatasetColumns": {"ITEMS": ["TITLE", "PRICE"]},
                "IncludedDatasetColumns": {"USERS": ["AGE"]},
            },
        },
        "StateChangeEvents": False,
    }


def test_what_is_left_out_is_left_out_of_the_template(synthesize):
    made = synthesize(recommender)
    assert own(made.one(RECOMMENDER)) == {"DatasetGroupArn": GROUP_ARN, "RecipeArn": RECIPE_ARN}


def test_one_at_rest_says_so_to_the_handler_and_to_what_waits(synthesize):
    made = synthesize(lambda stack: recommender(stack, active=False))
    assert own(made.one(RECOMMENDER))["Active"] is False
    segments = made.of_type(WAIT).values()
    assert [each["Properties"]["Properties"]["Active"] for each in segments] == [False, False]


def test_three_hours_are_the_default_for_models_are_trained(synthesize):
    made = synthesize(recommender)
    assert made.one(RECOMMENDER)["Properties"]["Timeout"] == 3 * 3600
    assert len(made.of_type(WAIT)) == 2


def test_attributes_come_from_the_wait_segment_behind_it(whole):
    (wait,) = whole.of_type(WAIT)
    (name,) = whole.of_type(RECOMMENDER)
    assert whole.resources[wait]["Properties"]["Arn"] == f"${{{name}.RecommenderArn}}"
    assert whole.outputs == {
        prop.replace("_", ""): f"${{{wait}.{attribute}}}" for prop, attribute in ATTRIBUTES.items()
    }


def test_the_removal_policy_reaches_the_template_but_for_what_only_waits(whole):
    made = whole.one(RECOMMENDER)
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == (
        "RetainExceptOnCreate",
        "Retain",
    )
    assert whole.one(WAIT).get("DeletionPolicy") in (None, "Delete")


def test_a_native_dataset_group_is_taken_as_it_is_and_waited_for(synthesize):
    def build(stack):
        group = personalize.CfnDatasetGroup(stack, "Group", name="shop", domain="ECOMMERCE")
        recommender(stack, dataset_group=group)

    made = synthesize(build)
    assert made.one(RECOMMENDER)["Properties"]["DatasetGroupArn"] == "${Group}"
    (name,) = made.of_type(RECOMMENDER)
    assert "Group" in made.dependencies()[name]


def test_a_recipes_name_is_its_arn_in_the_stacks_partition(synthesize):
    made = synthesize(lambda stack: recommender(stack, recipe_arn=RECIPE))
    arn = made.one(RECOMMENDER)["Properties"]["RecipeArn"]
    assert arn == f"arn:${{AWS::Partition}}:personalize:::recipe/{RECIPE}"


def test_tokens_are_accepted_everywhere(synthesize):
    def build(stack):
        def parameter(name, kind="String"):
            return cdk.CfnParameter(stack, name, type=kind)

        cdk.CfnCondition(stack, "Live", expression=cdk.Fn.condition_equals("a", "a"))
        recommender(
            stack,
            dataset_group=parameter("Group").value_as_string,
            recipe_arn=parameter("Recipe").value_as_string,
            recommender_name=parameter("Name").value_as_string,
            min_recommendation_requests_per_second=parameter("Rate", "Number").value_as_number,
            item_exploration={"explorationWeight": parameter("Weight").value_as_string},
            enable_metadata_with_recommendations=cdk.Fn.condition_if("Live", True, False),
            excluded_dataset_columns={
                "ITEMS": parameter("Columns", "CommaDelimitedList").value_as_list
            },
            included_dataset_columns=cdk.Fn.condition_if(
                "Live", {"USERS": ["AGE"]}, cdk.Aws.NO_VALUE
            ),
        )

    made = own(synthesize(build).one(RECOMMENDER))
    assert (made["DatasetGroupArn"], made["RecipeArn"]) == ("${Group}", "${Recipe}")
    assert made["Name"] == "${Name}"
    config = made["RecommenderConfig"]
    assert config["MinRecommendationRequestsPerSecond"] == "${Rate}"
    assert config["EnableMetadataWithRecommendations"] == {"Fn::If": ["Live", True, False]}
    columns = config["TrainingDataConfig"]
    assert columns["ExcludedDatasetColumns"] == {"ITEMS": "${Columns}"}
    assert columns["IncludedDatasetColumns"]["Fn::If"][1] == {"USERS": ["AGE"]}


# --- faults --------------------------------------------------------------------------------------


def test_all_faults_are_told_at_synthesis(faults_of, stack):
    faults = faults_of(
        lambda: recommender(
            stack,
            dataset_group=GROUP_ARN.replace("dataset-group", "dataset"),
            recipe_arn="recommended for you",
            recommender_name="-",
            min_recommendation_requests_per_second=0,
            item_exploration=ItemExploration(weight=1.5, age_cut_off=cdk.Duration.hours(36)),
            excluded_dataset_columns={"ITEMS": ["1st"]},
            included_dataset_columns={"ITEMS": "TITLE"},
            timeout=cdk.Duration.hours(49),
            removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        )
    )
    exploration = "RecommenderConfig.ItemExplorationConfig"
    columns = "RecommenderConfig.TrainingDataConfig"
    assert {name.partition(".ITEMS")[0] for name in faults} == {
        "DatasetGroupArn",
        "RecipeArn",
        "Name",
        "RecommenderConfig.MinRecommendationRequestsPerSecond",
        f"{exploration}.explorationWeight",
        f"{exploration}.explorationItemAgeCutOff",
        f"{columns}.ExcludedDatasetColumns",
        f"{columns}.IncludedDatasetColumns",
        "Timeout",
        "DeletionPolicy",
    }
    assert all(fault.way_out for fault in faults.values())
    assert "keep the recommender itself" in faults["DeletionPolicy"].way_out


def test_the_arn_of_another_recipe_is_refused_with_the_way_out(faults_of, stack):
    faults = faults_of(lambda: recommender(stack, recipe_arn=GROUP_ARN))
    assert "list-recipes" in faults["RecipeArn"].way_out


@pytest.mark.parametrize(
    "given",
    [
        lambda stack: personalize.CfnSolution(stack, "S", name="s", dataset_group_arn=GROUP_ARN),
        lambda _: 7,
    ],
)
def test_what_is_no_dataset_group_is_refused_with_the_way_out(faults_of, stack, given):
    what = given(stack)
    (fault,) = faults_of(lambda: recommender(stack, dataset_group=what)).values()
    assert fault.property == "DatasetGroupArn"
    assert str(fault.value).startswith(str(what) if isinstance(what, int) else type(what).__name__)
    assert "a native dataset group (CfnDatasetGroup)" in fault.rule


# --- those that exist already --------------------------------------------------------------------


def test_an_arn_tells_name_account_and_region_and_adds_nothing_to_the_template(synthesize):
    def build(stack):
        found = Recommender.from_recommender_arn(stack, "ForYou", ARN)
        assert isinstance(found, IRecommender)
        assert not isinstance(found, Recommender)
        assert found.min_recommendation_requests_per_second is None
        told = (found.recommender_arn, found.recommender_name, found.env.account, found.env.region)
        assert told == (ARN, "for-you", HERE, "us-east-1")

    assert "Resources" not in synthesize(build).raw


def test_a_name_is_looked_for_in_the_stacks_own_place(stack):
    found = Recommender.from_recommender_name(stack, "ForYou", "for-you")
    arn = stack.resolve(found.recommender_arn)["Fn::Join"][1]
    assert arn[-1] == ":recommender/for-you"


def test_arn_and_name_may_be_tokens(stack):
    parameter = cdk.CfnParameter(stack, "Given").value_as_string
    by_arn = Recommender.from_recommender_arn(stack, "ByArn", parameter)
    assert stack.resolve(by_arn.recommender_arn) == {"Ref": "Given"}
    by_name = Recommender.from_recommender_name(stack, "ByName", parameter)
    assert "Given" in str(stack.resolve(by_name.recommender_arn))


def test_what_is_no_recommender_is_refused_with_the_way_out(stack):
    campaign = ARN.replace("recommender", "campaign")
    with pytest.raises(InvalidPropertiesError) as caught:
        Recommender.from_recommender_arn(stack, "Wrong", campaign)
    (fault,) = caught.value.faults
    assert (fault.property, fault.value) == ("RecommenderArn", campaign)
    assert "recommender/NAME" in fault.rule
    assert "ARN of a campaign. `aws personalize list-recommenders`" in fault.way_out
    with pytest.raises(InvalidPropertiesError) as caught:
        Recommender.from_recommender_name(stack, "Wrong", ARN)
    (fault,) = caught.value.faults
    assert "Recommender.from_recommender_arn" in fault.way_out


# --- callers and operators -----------------------------------------------------------------------


def test_grants_are_statements_on_the_recommenders_arn(synthesize):
    def build(stack):
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        made = recommender(stack, timeout=cdk.Duration.hours(1))
        made.grant_get_recommendations(role)
        made.grant(role, "personalize:DescribeRecommender")

    made = synthesize(build)
    (name,) = made.of_type(RECOMMENDER)
    policy = made.named("RoleDefaultPolicy")["Properties"]["PolicyDocument"]
    assert policy["Statement"] == [
        {"Action": action, "Effect": "Allow", "Resource": f"${{{name}.RecommenderArn}}"}
        for action in ("personalize:GetRecommendations", "personalize:DescribeRecommender")
    ]


def test_a_grant_to_another_account_draws_a_warning(synthesize):
    def build(stack):
        found = Recommender.from_recommender_arn(stack, "ForYou", ARN)
        role = iam.Role.from_role_arn(stack, "Role", f"arn:aws:iam::{ELSEWHERE}:role/caller")
        found.grant_get_recommendations(role)

    (warning,) = synthesize(build).warnings
    assert f"The recommender is in account {HERE}, and the grantee in {ELSEWHERE}." in warning
    assert "to a role of the recommender's account instead" in warning


def test_metrics_are_those_of_getting_recommendations_with_the_recommenders_dimension(stack):
    found = Recommender.from_recommender_arn(stack, "ForYou", ARN)
    methods = {name for name in dir(Recommender) if name.startswith("metric_")}
    metrics = [getattr(found, method)() for method in methods]
    expected = {name for name in STATISTICS if name.startswith("GetRecommendations")}
    assert {metric.metric_name for metric in metrics} == expected
    for metric in metrics:
        assert metric.dimensions == {"RecommenderArn": ARN}
        assert metric.statistic == STATISTICS[metric.metric_name]


def test_the_provisioned_rate_is_as_given_or_the_services_default(stack):
    assert recommender(stack).min_recommendation_requests_per_second == 1
    other = Recommender(
        stack,
        "Other",
        dataset_group=GROUP_ARN,
        recipe_arn=RECIPE,
        min_recommendation_requests_per_second=4,
    )
    assert other.min_recommendation_requests_per_second == 4


def test_it_has_a_rule_for_its_states(synthesize):
    made = synthesize(lambda stack: recommender(stack).on_state_change("Rule"))
    pattern = made.one(RULE)["Properties"]["EventPattern"]
    (logical_id,) = made.of_type(RECOMMENDER)
    assert pattern["detail-type"] == ["Personalize Recommender State Change"]
    assert pattern["detail"]["logicalResourceId"] == [logical_id]
