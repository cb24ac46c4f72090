"""What the CDK's `Tags` say reaches the custom resource, in the shape of a native one."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_personalize import Campaign, Recommender, SolutionVersion

CAMPAIGN = "Custom::PersonalizeCampaign"
WAIT = "Custom::PersonalizeWait"
SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/movies"
GROUP = "arn:aws:personalize:us-east-1:123456789012:dataset-group/movies"


def campaign(stack, name="Campaign", **props):
    props.setdefault("solution_version", f"{SOLUTION}/5f3a9c1e")
    return Campaign(stack, name, **props)


def tags_of(resource):
    return {tag["Key"]: tag["Value"] for tag in resource["Properties"].get("Tags", [])}


def test_tags_of_the_scope_reach_the_campaign(synthesize):
    def build(stack):
        made = campaign(stack)
        cdk.Tags.of(stack).add("team", "films")
        cdk.Tags.of(made).add("stage", "prod")

    assert tags_of(synthesize(build).one(CAMPAIGN)) == {"team": "films", "stage": "prod"}


def test_tags_of_the_app_and_before_the_campaign_is_made_do_too(synthesize):
    def build(stack):
        cdk.Tags.of(stack.node.root).add("team", "films")
        campaign(stack)

    assert tags_of(synthesize(build).one(CAMPAIGN)) == {"team": "films"}


def test_without_tags_there_is_no_property(synthesize):
    properties = synthesize(campaign).one(CAMPAIGN)["Properties"]
    assert "Tags" not in properties


def test_the_nearest_tag_wins_and_a_removed_one_is_gone(synthesize):
    def build(stack):
        made = campaign(stack)
        cdk.Tags.of(stack).add("team", "films")
        cdk.Tags.of(stack).add("cost", "7")
        cdk.Tags.of(made).add("team", "books")
        cdk.Tags.of(made).remove("cost")

    assert tags_of(synthesize(build).one(CAMPAIGN)) == {"team": "books"}


def test_tags_may_be_for_some_types_only(synthesize):
    def build(stack):
        campaign(stack)
        cdk.Tags.of(stack).add("live", "yes", include_resource_types=[CAMPAIGN])
        cdk.Tags.of(stack).add("none", "no", exclude_resource_types=[CAMPAIGN])

    synthesized = synthesize(build)
    assert tags_of(synthesized.one(CAMPAIGN)) == {"live": "yes"}
    for function in synthesized.of_type("AWS::Lambda::Function").values():
        assert "live" not in tags_of(function)


def test_a_value_may_be_a_token(synthesize):
    def build(stack):
        cdk.Tags.of(campaign(stack)).add("region", cdk.Aws.REGION)

    assert tags_of(synthesize(build).one(CAMPAIGN)) == {"region": "${AWS::Region}"}


def test_wait_segments_carry_them_for_the_last_link_brings_them(synthesize):
    def build(stack):
        made = campaign(stack, timeout=cdk.Duration.hours(2))
        cdk.Tags.of(made).add("team", "films")

    segment = synthesize(build).one(WAIT)["Properties"]
    assert segment["Properties"]["Tags"] == [{"Key": "team", "Value": "films"}]
    assert "Tags" not in segment


@pytest.mark.parametrize(
    ("kind", "build"),
    [
        (
            "Custom::PersonalizeSolutionVersion",
            lambda stack: SolutionVersion(
                stack, "Model", solution=SOLUTION, timeout=cdk.Duration.hours(1)
            ),
        ),
        (
            "Custom::PersonalizeRecommender",
            lambda stack: Recommender(
                stack,
                "ForYou",
                dataset_group=GROUP,
                recipe_arn="aws-vod-top-picks",
                timeout=cdk.Duration.hours(1),
            ),
        ),
    ],
)
def test_every_kind_has_them(synthesize, kind, build):
    def tagged(stack):
        build(stack)
        cdk.Tags.of(stack).add("team", "films")

    assert tags_of(synthesize(tagged).one(kind)) == {"team": "films"}


# --- adoption ------------------------------------------------------------------------------------


def test_adoption_is_two_properties_that_are_left_out_where_they_say_what_is_usual(synthesize):
    properties = synthesize(campaign).one(CAMPAIGN)["Properties"]
    assert {"AdoptExisting", "DeleteAdopted"}.isdisjoint(properties)

    def build(stack):
        campaign(stack, campaign_name="live", adopt_existing=True, delete_adopted=True)

    properties = synthesize(build).one(CAMPAIGN)["Properties"]
    assert (properties["AdoptExisting"], properties["DeleteAdopted"]) == (True, True)


def test_a_key_that_is_not_the_users_to_take_fails_the_synthesis(synthesize):
    def build(stack):
        cdk.Tags.of(campaign(stack)).add("cdk-personalize:stack-id", "mine")

    with pytest.raises(RuntimeError) as caught:
        synthesize(build)
    message = str(caught.value)
    assert "[Shop/Campaign/Tags]" in message
    assert "Tags.0.Key is 'cdk-personalize:stack-id'" in message
    assert "Give a key that does not start with aws: or cdk-personalize:." in message


def test_adoption_without_a_name_fails_the_synthesis(synthesize):
    with pytest.raises(RuntimeError, match="Name is missing: it must be given when AdoptExisting"):
        synthesize(lambda stack: campaign(stack, adopt_existing=True))


def test_a_flag_of_another_type_is_told(synthesize):
    with pytest.raises(RuntimeError, match="AdoptExisting is 'yes': it must be true or false"):
        synthesize(lambda stack: campaign(stack, campaign_name="live", adopt_existing="yes"))
