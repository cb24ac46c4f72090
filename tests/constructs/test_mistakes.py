"""Mistakes that users make: each message names property, value, rule and way out.

Synthesis tells them, and what was a token at synthesis is told by the handler in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_personalize as personalize
from aws_cdk import aws_s3 as s3

from cdk_personalize import (
    BatchInferenceJob,
    BatchSegmentJob,
    Campaign,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    Recommender,
    SolutionVersion,
    ThemeGeneration,
)
from handler.given import (
    ACCOUNT,
    DATASET_GROUP,
    FILTER,
    KEY,
    LATEST,
    MINIMAL,
    RECIPE,
    ROLE,
    SOLUTION,
    VERSION,
    request,
)
from personalize_provider.event import BadEventError, check

OTHER_ACCOUNT = "210987654321"
ENV = cdk.Environment(account=ACCOUNT, region="eu-west-1")
IN, OUT = JobInput.from_s3_path, JobOutput.from_s3_path
JOB_PROPS = {
    "solution_version": VERSION,
    "job_input": IN("s3://shop/in/"),
    "job_output": OUT("s3://shop/out/"),
}
GOOD: Mapping[type, Mapping[str, Any]] = {
    Campaign: {"solution_version": VERSION},
    BatchInferenceJob: JOB_PROPS,
    BatchSegmentJob: JOB_PROPS,
    SolutionVersion: {"solution": SOLUTION},
    Recommender: {"dataset_group": DATASET_GROUP, "recipe_arn": RECIPE},
}

NAME_RULE = r"match ^[a-zA-Z0-9][a-zA-Z0-9\-_]*"
NAME = (
    "Give 1 to 63 letters, digits, hyphens or underscores, the first a letter or digit, or leave "
    "the name to the library."
)
ARN_RULE = r"match arn:([a-z\d-]+):personalize:.*:.*:.+"
A_VERSION = (
    "the ARN of a solution version (arn:aws:personalize:REGION:ACCOUNT:solution/NAME/VERSION_ID)"
)
A_FILTER = "the ARN of a filter (arn:aws:personalize:REGION:ACCOUNT:filter/NAME)"
A_GROUP = "the ARN of a dataset group (arn:aws:personalize:REGION:ACCOUNT:dataset-group/NAME)"
A_RECIPE = "the ARN of a recipe (arn:aws:personalize:::recipe/NAME)"
HERE = "be in eu-west-1, where the stack is"
NEARER = "Give one of eu-west-1; Amazon Personalize does not reach into other regions."
WHOLE = "be a whole number of at least 1"
MORE = "Give a whole number of at least 1, or leave it out."
PATH_RULE = "be s3://BUCKET/KEY, with the bucket's name and one slash behind it"
FOLDER = "name a folder, so it must end with a slash"
FLAG, FLAGS = "be true or false", "Give true or false, or leave it out."
EXPLORING = "CampaignConfig.ItemExplorationConfig"
KEYS = "be one of the documented keys explorationWeight, explorationItemAgeCutOff"
SHARE, SHARES = "be a number from 0 to 1", "Give a number from 0 to 1, or leave it out."
READS, WRITES = "JobInput.S3DataSource", "JobOutput.S3DataDestination"
COLUMNS = "RecommenderConfig.TrainingDataConfig.ExcludedDatasetColumns"
THEMES = "ThemeGenerationConfig.FieldsForThemeGeneration.ItemName"
COLUMN_RULE = r"match [A-Za-z_][A-Za-z\d_]*"

AS_GIVEN = "as given"
"""The handler meets the same value at the same property, as a text."""
SYNTHESIS_ONLY = None
"""CloudFormation would make a text of it, or only the construct takes it."""


@dataclass(frozen=True)
class Mistake:
    """What is given, and what is said of it. `resolved` is what a token in its place becomes."""

    construct: type
    prop: str
    given: Any
    property: str
    value: Any
    rule: str
    way_out: str
    resolved: Any = AS_GIVEN

    def build(self, stack: cdk.Stack) -> Any:
        given = self.given(stack) if callable(self.given) else self.given
        return self.construct(stack, "It", **{**GOOD[self.construct], self.prop: given})

    def __str__(self) -> str:
        return f"{self.construct.__name__}.{self.prop}-{self.value!r:.50}"


def with_region(arn: str, region: str = "us-west-2") -> str:
    return arn.replace("eu-west-1", region)


def chinese(arn: str) -> str:
    return arn.replace("arn:aws:", "arn:aws-cn:")


def exploring(value: Any, key: str = "explorationWeight") -> dict[str, Any]:
    return {"CampaignConfig": {"ItemExplorationConfig": {key: value}}}


def influencing(key: str, value: str) -> dict[str, Any]:
    return {"CampaignConfig": {"RankingInfluence": {key: value}}}


def syncing(value: str) -> dict[str, Any]:
    return {"CampaignConfig": {"SyncWithLatestSolutionVersion": value}}


def columns(value: Any) -> dict[str, Any]:
    return {"RecommenderConfig": {"TrainingDataConfig": {"ExcludedDatasetColumns": value}}}


def bucket(stack: cdk.Stack, **props: Any) -> s3.IBucket:
    return s3.Bucket.from_bucket_attributes(stack, "There", bucket_name="there", **props)


def encrypted(arn: str) -> Callable[[cdk.Stack], JobInput]:
    return lambda stack: IN("s3://shop/in/", encryption_key=kms.Key.from_key_arn(stack, "Key", arn))


# Laid out by hand: a row is read as one sentence.
# fmt: off
OF_CAMPAIGNS = [
    Mistake(Campaign, "campaign_name", "summer.sale", "Name", "summer.sale", NAME_RULE, NAME),
    Mistake(Campaign, "campaign_name", "-sale", "Name", "-sale", NAME_RULE, NAME),
    Mistake(
        Campaign, "campaign_name", "s" * 64, "Name", "s" * 64,
        "have at most 63 characters (it has 64)", NAME,
    ),
    Mistake(Campaign, "campaign_name", "", "Name", "", "have at least 1 character(s)", NAME),
    Mistake(Campaign, "campaign_name", 7, "Name", 7, "be a string", NAME, SYNTHESIS_ONLY),
    Mistake(
        Campaign, "solution_version", SOLUTION, "SolutionVersionArn", SOLUTION, f"be {A_VERSION}",
        "Add the version's id behind a slash, or /$LATEST with SyncWithLatestSolutionVersion. "
        "The service answers ResourceNotFoundException for less.",
    ),
    Mistake(
        Campaign, "solution_version", LATEST,
        "CampaignConfig.SyncWithLatestSolutionVersion", False,
        "be true when SolutionVersionArn ends with /$LATEST",
        "Set it to true, or give the ARN of one version.",
        {"SolutionVersionArn": LATEST},
    ),
    Mistake(
        Campaign, "sync_with_latest_solution_version", True, "SolutionVersionArn", VERSION,
        "end with /$LATEST when SyncWithLatestSolutionVersion is true",
        "Give <solution ARN>/$LATEST, or leave the synchronization off.",
        syncing("true"),
    ),
    Mistake(
        Campaign, "solution_version", f"{SOLUTION}/v1/more", "SolutionVersionArn",
        f"{SOLUTION}/v1/more", f"be {A_VERSION}",
        "`aws personalize list-solution-versions` shows those that exist.",
    ),
    Mistake(
        Campaign, "solution_version", FILTER, "SolutionVersionArn", FILTER, f"be {A_VERSION}",
        "`aws personalize list-solution-versions` shows those that exist.",
    ),
    Mistake(
        Campaign, "solution_version", "movies", "SolutionVersionArn", "movies", ARN_RULE,
        f"Give {A_VERSION}.",
    ),
    Mistake(
        Campaign, "solution_version", with_region(VERSION), "SolutionVersionArn",
        with_region(VERSION), HERE, NEARER,
    ),
    Mistake(
        Campaign, "solution_version", VERSION.replace(ACCOUNT, OTHER_ACCOUNT),
        "SolutionVersionArn", VERSION.replace(ACCOUNT, OTHER_ACCOUNT),
        f"be of account {ACCOUNT}, where the stack is",
        f"Give one of {ACCOUNT}; Amazon Personalize shares nothing between accounts.",
    ),
    Mistake(
        Campaign, "solution_version", with_region(VERSION, ""), "SolutionVersionArn",
        with_region(VERSION, ""), "name a region",
        "Give the whole ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.",
    ),
    Mistake(
        Campaign, "solution_version", chinese(VERSION), "SolutionVersionArn", chinese(VERSION),
        "be of the partition of eu-west-1, which is not aws-cn",
        f"Give {VERSION}, if that is what is meant.",
    ),
    Mistake(
        Campaign, "solution_version", None, "SolutionVersionArn", None,
        "name a version of a solution: an ARN, or a SolutionVersion",
        "Give the version's ARN, or SolutionVersion.of_solution(solution, 'VERSION_ID').",
        SYNTHESIS_ONLY,
    ),
    Mistake(Campaign, "min_provisioned_tps", 0, "MinProvisionedTPS", 0, WHOLE, MORE),
    Mistake(Campaign, "min_provisioned_tps", 1.5, "MinProvisionedTPS", 1.5, WHOLE, MORE),
    Mistake(Campaign, "min_provisioned_tps", True, "MinProvisionedTPS", True, WHOLE, MORE),
    Mistake(Campaign, "min_provisioned_tps", "many", "MinProvisionedTPS", "many", WHOLE, MORE),
    Mistake(
        Campaign, "item_exploration", ItemExploration(weight=30), f"{EXPLORING}.explorationWeight",
        "30", SHARE, "Leave it out for the service's default of 0.3.",
    ),
    Mistake(
        Campaign, "item_exploration", ItemExploration(weight="0.3"),
        f"{EXPLORING}.explorationWeight", "0.3", "be given as a number, not as a text",
        "Give 0.3, without quotes.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "item_exploration", {"explorationWeight": 0.3}, f"{EXPLORING}.explorationWeight",
        0.3, "be a string", "Give the number as a string, such as '0.3'.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "item_exploration", {"explorationWieght": "0.3"},
        f"{EXPLORING}.explorationWieght", "0.3", KEYS, "Did you mean explorationWeight?",
    ),
    Mistake(
        Campaign, "item_exploration", {"exploration_item_age_cut_off": "30"},
        f"{EXPLORING}.exploration_item_age_cut_off", "30", KEYS,
        "Did you mean explorationItemAgeCutOff?",
    ),
    Mistake(
        Campaign, "item_exploration", 0.3, EXPLORING, 0.3, "be a map",
        "Give a map such as {'explorationWeight': '0.3', 'explorationItemAgeCutOff': '30'}.",
    ),
    Mistake(
        Campaign, "item_exploration", {"explorationItemAgeCutOff": "0"},
        f"{EXPLORING}.explorationItemAgeCutOff", "0", "be a number of days of at least 1",
        "Leave it out for the service's default of 30.",
    ),
    Mistake(
        Campaign, "item_exploration", ItemExploration(age_cut_off=30),
        f"{EXPLORING}.explorationItemAgeCutOff", 30, "be a Duration", "Give Duration.days(30).",
        SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "item_exploration", ItemExploration(age_cut_off=cdk.Duration.hours(36)),
        f"{EXPLORING}.explorationItemAgeCutOff", "1 day 12 hours", "be a whole number of days",
        "Give Duration.days(2).", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "ranking_influence", RankingInfluence(popularity=1.5),
        "CampaignConfig.RankingInfluence.POPULARITY", 1.5, SHARE, SHARES,
    ),
    Mistake(
        Campaign, "ranking_influence", RankingInfluence(freshness="0.5"),
        "CampaignConfig.RankingInfluence.FRESHNESS", "0.5", "be given as a number, not as a text",
        "Give 0.5, without quotes.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "ranking_influence", {"PRICE": 0.5}, "CampaignConfig.RankingInfluence (the key)",
        "PRICE", "be one of POPULARITY, FRESHNESS", "Give POPULARITY or FRESHNESS.",
        influencing("PRICE", "0.5"),
    ),
    Mistake(
        Campaign, "ranking_influence", {"popularity": 0.5},
        "CampaignConfig.RankingInfluence (the key)", "popularity",
        "be one of POPULARITY, FRESHNESS", "Did you mean POPULARITY?",
        influencing("popularity", "0.5"),
    ),
    Mistake(
        Campaign, "enable_metadata_with_recommendations", "yes",
        "CampaignConfig.EnableMetadataWithRecommendations", "yes", FLAG, FLAGS,
    ),
    Mistake(Campaign, "state_change_events", "no", "StateChangeEvents", "no", FLAG, FLAGS),
    Mistake(
        Campaign, "timeout", 3600, "Timeout", 3600, "be a Duration",
        "Give Duration.seconds(3600), if these are seconds.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "timeout", cdk.Duration.days(3), "Timeout", "3 days", "be at most 48 hours",
        "Give at most Duration.hours(48). What is still running then fails the deployment; where "
        "it takes longer, make it outside the stack.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "timeout", cdk.Duration.seconds(30), "Timeout", "30 seconds",
        "be at least 1 minute",
        "Give at least Duration.minutes(1); a campaign often takes 10 to 20 minutes.",
        SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "timeout", cdk.Duration.minutes(cdk.Token.as_number({"Ref": "Minutes"})),
        "Timeout", "a token", "be known at synthesis",
        "Give a plain Duration, such as Duration.minutes(45), not a token.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "removal_policy", cdk.RemovalPolicy.SNAPSHOT, "DeletionPolicy", "SNAPSHOT",
        "be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, for there are no snapshots",
        "Give RemovalPolicy.RETAIN to keep the campaign itself.", SYNTHESIS_ONLY,
    ),
    Mistake(
        Campaign, "removal_policy", "RETAIN", "DeletionPolicy", "RETAIN", "be a RemovalPolicy",
        "Give RemovalPolicy.RETAIN to keep the campaign itself.", SYNTHESIS_ONLY,
    ),
]

OF_JOBS = [
    Mistake(
        BatchInferenceJob, "solution_version", LATEST, "SolutionVersionArn", LATEST,
        "name one version: $LATEST is for campaigns that synchronize",
        "Give the version's own ARN.",
    ),
    Mistake(BatchInferenceJob, "job_name", "spring run", "JobName", "spring run", NAME_RULE, NAME),
    Mistake(
        BatchInferenceJob, "num_results", 0, "NumResults", 0, "be a whole number from 1 to 500",
        "Leave it out for the service's default of 25.",
    ),
    Mistake(
        BatchInferenceJob, "num_results", 501, "NumResults", 501,
        "be a whole number from 1 to 500", "Leave it out for the service's default of 25.",
    ),
    Mistake(
        BatchSegmentJob, "num_results", 5_000_001, "NumResults", 5_000_001,
        "be a whole number from 1 to 5000000", "Leave it out for the service's default of 25.",
    ),
    Mistake(
        BatchInferenceJob, "num_results", "all", "NumResults", "all", "be a whole number",
        "Give a whole number, or leave it out.",
    ),
    Mistake(
        BatchInferenceJob, "filter_arn", "unseen", "FilterArn", "unseen", ARN_RULE,
        f"Give {A_FILTER}.",
    ),
    Mistake(
        BatchInferenceJob, "filter_arn", DATASET_GROUP, "FilterArn", DATASET_GROUP,
        f"be {A_FILTER}", "`aws personalize list-filters` shows those that exist.",
    ),
    Mistake(
        BatchSegmentJob, "filter_arn", with_region(FILTER), "FilterArn", with_region(FILTER),
        HERE, NEARER,
    ),
    Mistake(
        BatchSegmentJob, "filter_arn",
        lambda stack: personalize.CfnDatasetGroup(stack, "Group", name="group"),
        "FilterArn", "CfnDatasetGroup Shop/Group",
        "be the ARN of a filter, or a native filter (CfnFilter)",
        "Give the filter itself, or its ARN as a string.", SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "job_input", "s3://shop/in/", "JobInput", "s3://shop/in/",
        "be a JobInput",
        "Give JobInput.from_bucket(bucket, 'folder/'), or JobInput.from_s3_path('s3://shop/in/').",
        SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "job_output", IN("s3://shop/out/"), "JobOutput", "JobInput",
        "be a JobOutput",
        "Give JobOutput.from_bucket(bucket, 'folder/'), or "
        "JobOutput.from_s3_path('s3://bucket/folder/').", SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "job_input", IN("users.json"), f"{READS}.Path", "users.json",
        "match (s3|http|https)://.+", "Give a path such as s3://bucket/folder/.",
    ),
    Mistake(
        BatchInferenceJob, "job_input", IN("https://shop/users.json"), f"{READS}.Path",
        "https://shop/users.json", PATH_RULE, "Give s3://shop/users.json instead.",
    ),
    Mistake(
        BatchInferenceJob, "job_input", IN("s3://arn:aws:s3:::shop/in/"), f"{READS}.Path",
        "s3://arn:aws:s3:::shop/in/", PATH_RULE, "Give s3://shop/in/ instead.",
    ),
    Mistake(
        BatchSegmentJob, "job_input", lambda stack: JobInput.from_bucket(bucket(stack), "/in/"),
        f"{READS}.Path", "s3://there//in/", PATH_RULE, "Give s3://there/in/ instead.",
    ),
    Mistake(
        BatchInferenceJob, "job_output", OUT("s3://shop/out"), f"{WRITES}.Path", "s3://shop/out",
        FOLDER, "Give s3://shop/out/ instead.",
    ),
    Mistake(
        BatchSegmentJob, "job_output",
        lambda stack: JobOutput.from_bucket(s3.Bucket(stack, "Data"), "out"),
        f"{WRITES}.Path", "s3://BUCKET/out", FOLDER, "Give s3://BUCKET/out/ instead.",
    ),
    Mistake(
        BatchInferenceJob, "job_output", OUT(f"s3://shop/{'o' * 250}/"), f"{WRITES}.Path",
        f"s3://shop/{'o' * 250}/", "have at most 256 characters (it has 261)",
        "Give a path such as s3://bucket/folder/.",
    ),
    Mistake(
        BatchInferenceJob, "job_input",
        lambda stack: JobInput.from_bucket(bucket(stack, region="us-west-2"), "in/"),
        f"{READS}.Path", "s3://there/in/",
        "be in a bucket of eu-west-1, where the stack is, and not of us-west-2",
        "Give a bucket of eu-west-1 and copy the files there, or put the job into a stack of "
        "us-west-2.", SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "job_input", encrypted(with_region(KEY)), f"{READS}.KmsKeyArn",
        with_region(KEY), HERE, NEARER,
    ),
    Mistake(
        BatchInferenceJob, "job_input", encrypted(KEY.replace("key/", "alias/")),
        f"{READS}.KmsKeyArn", KEY.replace("key/", "alias/"),
        "match arn:aws.*:kms:.*:[0-9]{12}:key/.*", "Give the ARN of a KMS key (not an alias).",
    ),
    Mistake(
        BatchInferenceJob, "job_input",
        lambda stack: IN(
            "s3://shop/in/",
            encryption_key=kms.Alias.from_alias_name(stack, "Key", "alias/shop"),
        ),
        f"{READS}.KmsKeyArn", "alias/shop", "be the ARN of a KMS key, not of an alias",
        "Give the key: kms.Key.from_key_arn, or kms.Key.from_lookup with its alias.",
        SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "role", ROLE, "RoleArn", ROLE, "be given as a role",
        "For a role's ARN there is iam.Role.from_role_arn; leave it out to have one made.",
        SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "role", lambda stack: iam.Role.from_role_arn(stack, "R", chinese(ROLE)),
        "RoleArn", chinese(ROLE), "be of the partition of eu-west-1, which is not aws-cn",
        f"Give {ROLE}, if that is what is meant.",
    ),
    Mistake(
        BatchInferenceJob, "theme_generation", "TITLE", "ThemeGenerationConfig", "TITLE",
        "be a ThemeGeneration", "Give ThemeGeneration(item_name='TITLE').", SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "theme_generation", ThemeGeneration(item_name="TITLE"),
        "SolutionVersionArn", VERSION,
        "be in one of us-east-1, us-west-2, ap-northeast-1 for theme generation",
        "Run the job in one of those regions, or without themes.",
        {
            "BatchInferenceJobMode": "THEME_GENERATION",
            "ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "TITLE"}},
        },
    ),
    Mistake(
        BatchInferenceJob, "triggers", {"data": 2}, "Triggers.data", 2, "be a string",
        "Give a string, such as '2'; a changed one asks for another run.", SYNTHESIS_ONLY,
    ),
    Mistake(
        BatchInferenceJob, "triggers", {"": "2"}, "Triggers (the key)", "",
        "have at least 1 character(s)", "Give each trigger a name.", {"Triggers": {"": "2"}},
    ),
    Mistake(
        BatchSegmentJob, "triggers", "2", "Triggers", "2", "be a map",
        "Give a map of strings, such as {'data': '2'}.",
    ),
    Mistake(BatchSegmentJob, "wait_for_completion", "no", "WaitForCompletion", "no", FLAG, FLAGS),
]

OF_OTHERS = [
    Mistake(
        SolutionVersion, "solution", VERSION, "SolutionArn", VERSION,
        "be the ARN of a solution (arn:aws:personalize:REGION:ACCOUNT:solution/NAME)",
        f"Leave the version's id out: give {SOLUTION}.",
    ),
    Mistake(
        SolutionVersion, "training_mode", "full", "TrainingMode", "full",
        "be one of FULL, UPDATE, AUTOTRAIN", "Did you mean FULL?",
    ),
    Mistake(
        SolutionVersion, "training_mode", "ONCE", "TrainingMode", "ONCE",
        "be one of FULL, UPDATE, AUTOTRAIN", "Give one of the training modes.",
    ),
    Mistake(
        SolutionVersion, "solution_version_name", "v1.0", "Name", "v1.0", NAME_RULE, NAME,
    ),
    Mistake(
        Recommender, "dataset_group", SOLUTION, "DatasetGroupArn", SOLUTION, f"be {A_GROUP}",
        "`aws personalize list-dataset-groups` shows them; it must be a domain one.",
    ),
    Mistake(
        Recommender, "dataset_group", with_region(DATASET_GROUP), "DatasetGroupArn",
        with_region(DATASET_GROUP), HERE, NEARER,
    ),
    Mistake(
        Recommender, "recipe_arn", "recommended for you", "RecipeArn", "recommended for you",
        ARN_RULE, f"Give {A_RECIPE}.",
    ),
    Mistake(
        Recommender, "recipe_arn", None, "RecipeArn", None, "be given", "Add RecipeArn.",
        SYNTHESIS_ONLY,
    ),
    Mistake(
        Recommender, "min_recommendation_requests_per_second", 0,
        "RecommenderConfig.MinRecommendationRequestsPerSecond", 0, WHOLE, MORE,
    ),
    Mistake(
        Recommender, "excluded_dataset_columns", {"ITEMS": "TITLE"}, f"{COLUMNS}.ITEMS", "TITLE",
        "be a list", "Give ['TITLE'].",
    ),
    Mistake(
        Recommender, "excluded_dataset_columns", {"ITEMS": ["1st"]}, f"{COLUMNS}.ITEMS.0", "1st",
        COLUMN_RULE, "Give the name of a column.", columns({"ITEMS": ["1st"]}),
    ),
    Mistake(
        Recommender, "excluded_dataset_columns", {"MY ITEMS": ["A"]}, f"{COLUMNS} (the key)",
        "MY ITEMS", "match ^[A-Za-z_]+$", "Give a dataset's type, such as ITEMS.",
        columns({"MY ITEMS": ["A"]}),
    ),
    Mistake(
        Recommender, "excluded_dataset_columns", {kind: ["A"] for kind in "ABCD"}, COLUMNS,
        {kind: ["A"] for kind in "ABCD"}, "have at most 3 entries (it has 4)", "Leave some out.",
        columns({kind: ["A"] for kind in "ABCD"}),
    ),
    Mistake(Recommender, "active", "off", "Active", "off", FLAG, FLAGS),
]

# fmt: on

MISTAKES = [*OF_CAMPAIGNS, *OF_JOBS, *OF_OTHERS]
EACH = pytest.mark.parametrize("mistake", MISTAKES, ids=str)
RESOLVED = [mistake for mistake in MISTAKES if mistake.resolved is not SYNTHESIS_ONLY]


@EACH
def test_synthesis_names_property_value_rule_and_way_out(synthesis_faults, mistake):
    app = cdk.App(analytics_reporting=False)
    mistake.build(cdk.Stack(app, "Shop", env=ENV))
    (told,) = synthesis_faults(app)
    assert (told.path, told.property) == ("Shop/It", mistake.property)
    assert (told.rule, told.way_out) == (mistake.rule, mistake.way_out)
    if isinstance(told.value, str) and told.value.endswith("…"):
        assert repr(mistake.value).startswith(told.value[:-1])
    else:
        assert told.value == mistake.value


@pytest.mark.parametrize("mistake", RESOLVED, ids=str)
def test_the_handler_says_the_same_of_what_was_a_token(mistake):
    kind = f"Custom::Personalize{mistake.construct.__name__}"
    resolved = mistake.resolved
    if resolved == AS_GIVEN:
        resolved = within(mistake.property, mistake.value)
    properties = merged(MINIMAL[kind], resolved)
    with pytest.raises(BadEventError) as caught:
        check(request(kind=kind, properties=properties))
    (fault,) = caught.value.faults
    assert (fault.property, fault.rule) == (mistake.property, mistake.rule)
    assert fault.way_out == mistake.way_out
    assert str(fault.value) == str(mistake.value)


def test_there_is_a_row_for_every_kind_and_for_many_properties():
    assert len(MISTAKES) >= 40
    assert {mistake.construct for mistake in MISTAKES} == set(GOOD)
    distinct = {(each.construct, each.prop, repr(each.value), each.rule) for each in MISTAKES}
    assert len(distinct) == len(MISTAKES)


def within(path: str, value: Any) -> dict[str, Any]:
    """A value at the end of a path; CloudFormation makes texts of numbers and booleans."""
    nested: Any = value if isinstance(value, (dict, list)) else str(value)
    for name in reversed(path.split(".")):
        nested = {name: nested}
    return dict(nested)


def merged(properties: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(properties)
    for name, value in changes.items():
        before = result.get(name)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        result[name] = merged(before, value) if both else value
    return result
