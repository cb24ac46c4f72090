"""What a fault tells people, word by word: property, value, rule and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from handler.given import (
    CAMPAIGN,
    DATASET_GROUP,
    FUNCTION,
    JOB,
    LATEST,
    MINIMAL,
    RECOMMENDER,
    SOLUTION,
    TRAINING,
    VERSION,
)
from personalize_provider.resources import SPECS
from personalize_provider.schema import Text, read


@pytest.mark.parametrize(
    ("kind", "properties", "messages"),
    [
        (
            CAMPAIGN,
            {"SolutionVersionArn": SOLUTION},
            [
                f"SolutionVersionArn is '{SOLUTION}': it must be the ARN of a solution version "
                "(arn:aws:personalize:REGION:ACCOUNT:solution/NAME/VERSION_ID). Add the "
                "version's id behind a slash, or /$LATEST with SyncWithLatestSolutionVersion. "
                "The service answers ResourceNotFoundException for less."
            ],
        ),
        (
            CAMPAIGN,
            {
                "CampaignConfig": {
                    "ItemExplorationConfig": {
                        "explorationWeight": "2",
                        "explorationItemAgeCutOff": "0",
                        "weight": "1",
                    }
                }
            },
            [
                "CampaignConfig.ItemExplorationConfig.explorationWeight is '2': it must be a "
                "number from 0 to 1. Leave it out for the service's default of 0.3.",
                "CampaignConfig.ItemExplorationConfig.explorationItemAgeCutOff is '0': it must "
                "be a number of days of at least 1. Leave it out for the service's default of "
                "30.",
                "CampaignConfig.ItemExplorationConfig.weight is '1': it must be one of the "
                "documented keys explorationWeight, explorationItemAgeCutOff. Use those keys, "
                "or leave it out.",
            ],
        ),
        (
            JOB,
            {"SolutionVersionArn": SOLUTION},
            [
                f"SolutionVersionArn is '{SOLUTION}': it must be the ARN of a solution version "
                "(arn:aws:personalize:REGION:ACCOUNT:solution/NAME/VERSION_ID). Add the "
                "version's id behind a slash. The service answers ResourceNotFoundException for"
                " less."
            ],
        ),
        (
            JOB,
            {
                "BatchInferenceJobConfig": {
                    "ItemExplorationConfig": {
                        "explorationWeight": "2",
                        "explorationItemAgeCutOff": "0",
                        "weight": "1",
                    }
                }
            },
            [
                "BatchInferenceJobConfig.ItemExplorationConfig.explorationWeight is '2': it "
                "must be a number from 0 to 1. Leave it out for the service's default of 0.3.",
                "BatchInferenceJobConfig.ItemExplorationConfig.explorationItemAgeCutOff is '0':"
                " it must be a number of days of at least 1. Leave it out for the service's "
                "default of 30.",
                "BatchInferenceJobConfig.ItemExplorationConfig.weight is '1': it must be one of"
                " the documented keys explorationWeight, explorationItemAgeCutOff. Use those "
                "keys, or leave it out.",
            ],
        ),
        (
            CAMPAIGN,
            {"Name": "-"},
            [
                r"Name is '-': it must match ^[a-zA-Z0-9][a-zA-Z0-9\-_]*. Give 1 to 63 letters, "
                "digits, hyphens or underscores, the first a letter or digit, or leave the name"
                " to the library."
            ],
        ),
        (
            CAMPAIGN,
            {"SolutionVersionArn": "shop"},
            [
                "SolutionVersionArn is 'shop': it must match "
                r"arn:([a-z\d-]+):personalize:.*:.*:.+. Give the ARN of a solution version "
                "(arn:aws:personalize:REGION:ACCOUNT:solution/NAME/VERSION_ID)."
            ],
        ),
        (
            JOB,
            {"SolutionVersionArn": f"{VERSION}/more"},
            [
                f"SolutionVersionArn is '{VERSION}/more': it must be the ARN of a solution "
                "version (arn:aws:personalize:REGION:ACCOUNT:solution/NAME/VERSION_ID). `aws "
                "personalize list-solution-versions` shows those that exist."
            ],
        ),
        (
            CAMPAIGN,
            {"SolutionVersionArn": LATEST},
            [
                "CampaignConfig.SyncWithLatestSolutionVersion is False: it must be true when "
                "SolutionVersionArn ends with /$LATEST. Set it to true, or give the ARN of one "
                "version."
            ],
        ),
        (
            JOB,
            {"SolutionVersionArn": LATEST},
            [
                f"SolutionVersionArn is '{LATEST}': it must name one version: $LATEST is for "
                "campaigns that synchronize. Give the version's own ARN."
            ],
        ),
        (
            CAMPAIGN,
            {"CampaignConfig": {"SyncWithLatestSolutionVersion": "true"}},
            [
                f"SolutionVersionArn is '{VERSION}': it must end with /$LATEST when "
                "SyncWithLatestSolutionVersion is true. Give <solution ARN>/$LATEST, or leave "
                "the synchronization off."
            ],
        ),
        (
            CAMPAIGN,
            {"CampaignConfig": {"RankingInfluence": {"PRICE": "2"}, "ItemExplorationConfig": "x"}},
            [
                "CampaignConfig.RankingInfluence (the key) is 'PRICE': it must be one of "
                "POPULARITY, FRESHNESS. Give POPULARITY or FRESHNESS.",
                "CampaignConfig.RankingInfluence.PRICE is '2': it must be a number from 0 to 1."
                " Give a number from 0 to 1, or leave it out.",
                "CampaignConfig.ItemExplorationConfig is 'x': it must be a map. Give a map such "
                "as {'explorationWeight': '0.3', 'explorationItemAgeCutOff': '30'}.",
            ],
        ),
        (
            CAMPAIGN,
            {"CampaignConfig": "x", "ServiceToken": "", "ServiceTimeout": "0", "Timeout": "172801"},
            [
                "ServiceToken is '': it must have at least 1 character(s). Give the ARN of the "
                "provider's function.",
                "ServiceTimeout is '0': it must be a whole number from 1 to 3600. Give a whole "
                "number from 1 to 3600, or leave it out.",
                "Timeout is '172801': it must be a whole number from 1 to 172800. Give a whole "
                "number from 1 to 172800, or leave it out.",
                "CampaignConfig is 'x': it must be a structure. Give an object with named members.",
            ],
        ),
        (
            CAMPAIGN,
            {
                "MinProvisionedTPS": "0",
                "CampaignConfig": {"EnableMetadataWithRecommendations": "maybe"},
            },
            [
                "MinProvisionedTPS is '0': it must be a whole number of at least 1. Give a "
                "whole number of at least 1, or leave it out.",
                "CampaignConfig.EnableMetadataWithRecommendations is 'maybe': it must be true "
                "or false. Give true or false, or leave it out.",
            ],
        ),
        (
            CAMPAIGN,
            {
                "CampaignConfig": {
                    "ItemExplorationConfig": {"explorationWeight": 0.3},
                    "RankingInfluence": "x",
                }
            },
            [
                "CampaignConfig.ItemExplorationConfig.explorationWeight is 0.3: it must be a "
                "string. Give the number as a string, such as '0.3'.",
                "CampaignConfig.RankingInfluence is 'x': it must be a map. Give a map such as "
                "{'POPULARITY': 0.5}.",
            ],
        ),
        (
            JOB,
            {"FilterArn": VERSION},
            [
                f"FilterArn is '{VERSION}': it must be the ARN of a filter "
                "(arn:aws:personalize:REGION:ACCOUNT:filter/NAME). `aws personalize list-filters` "
                "shows those that exist."
            ],
        ),
        (
            JOB,
            {"JobInput": {"S3DataSource": {"Path": "s3://DATA/in"}}},
            [],
        ),
        (
            TRAINING,
            {"SolutionArn": VERSION},
            [
                f"SolutionArn is '{VERSION}': it must be the ARN of a solution "
                "(arn:aws:personalize:REGION:ACCOUNT:solution/NAME). Leave the version's id out: "
                f"give {SOLUTION}."
            ],
        ),
        (
            JOB,
            {"Triggers": "x"},
            [
                "Triggers is 'x': it must be a map. Give a map of strings, such as {'data': '2'}.",
            ],
        ),
        (
            CAMPAIGN,
            {"Quux": "x"},
            [
                "Quux is 'x': it must be a property of this resource. Known here: "
                "CampaignConfig, MinProvisionedTPS, Name, SolutionVersionArn."
            ],
        ),
        (
            JOB,
            {
                "JobName": "x" * 64,
                "FilterArn": "genre",
                "RoleArn": "reader",
                "Triggers": {"": "x", "a": 1},
            },
            [
                "Triggers (the key) is '': it must have at least 1 character(s). Give each "
                "trigger a name.",
                "Triggers.a is 1: it must be a string. Give a string, such as '2'; a changed one "
                "asks for another run.",
                "RoleArn is 'reader': it must match "
                r"arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+. Give the ARN of an "
                "IAM role.",
                "JobName is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx':"
                " it must have at most 63 characters (it has 64). Give 1 to 63 letters, digits,"
                " hyphens or underscores, the first a letter or digit, or leave the name to the"
                " library.",
                r"FilterArn is 'genre': it must match arn:([a-z\d-]+):personalize:.*:.*:.+. Give"
                " the ARN of a filter (arn:aws:personalize:REGION:ACCOUNT:filter/NAME).",
            ],
        ),
        (
            JOB,
            {"NumResults": "501"},
            [
                "NumResults is 501: it must be a whole number from 1 to 500. Leave it out for "
                "the service's default of 25."
            ],
        ),
        (
            JOB,
            {"NumResults": "x"},
            ["NumResults is 'x': it must be a whole number. Give a whole number, or leave it out."],
        ),
        (
            JOB,
            {"JobInput": {"S3DataSource": {"Path": "data", "KmsKeyArn": "k"}}, "JobOutput": {}},
            [
                "JobInput.S3DataSource.Path is 'data': it must match (s3|http|https)://.+. Give"
                " a path such as s3://bucket/folder/.",
                "JobInput.S3DataSource.KmsKeyArn is 'k': it must match "
                "arn:aws.*:kms:.*:[0-9]{12}:key/.*. Give the ARN of a KMS key (not an alias).",
                "JobOutput.S3DataDestination is missing: it must be given. Add S3DataDestination.",
            ],
        ),
        (
            JOB,
            {"JobOutput": {"S3DataDestination": {"Path": "s3://data/out"}}},
            [
                "JobOutput.S3DataDestination.Path is 's3://data/out': it must name a folder, so"
                " it must end with a slash. Give s3://data/out/ instead."
            ],
        ),
        (
            JOB,
            {"BatchInferenceJobMode": "THEME_GENERATION"},
            [
                "ThemeGenerationConfig is missing: it must be given when BatchInferenceJobMode "
                "is THEME_GENERATION. Name the item's name column in "
                "FieldsForThemeGeneration.ItemName.",
                f"SolutionVersionArn is '{VERSION}': it must be in one of us-east-1, us-west-2, "
                "ap-northeast-1 for theme generation. Run the job in one of those regions, or "
                "without themes.",
            ],
        ),
        (
            JOB,
            {"BatchInferenceJobMode": "THEMES"},
            [
                "BatchInferenceJobMode is 'THEMES': it must be one of BATCH_INFERENCE, "
                "THEME_GENERATION. Give one of the two modes."
            ],
        ),
        (
            JOB,
            {"ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "1st"}}},
            [
                "ThemeGenerationConfig.FieldsForThemeGeneration.ItemName is '1st': it must "
                r"match [A-Za-z_][A-Za-z\d_]*. Give the name of a column of the items dataset.",
                "BatchInferenceJobMode is 'BATCH_INFERENCE': it must be THEME_GENERATION when "
                "ThemeGenerationConfig is given. Set the mode, or leave ThemeGenerationConfig "
                "out.",
            ],
        ),
    ],
)
def test_faulty_properties_are_told_with_the_way_out(
    kind: str, properties: dict[str, Any], messages: list[str]
) -> None:
    faults = SPECS[kind].faults({**MINIMAL[kind], **properties})
    assert [str(fault) for fault in faults] == messages


AN_ARN = r"it must match arn:([a-z\d-]+):personalize:.*:.*:.+."
A_SOLUTION = "the ARN of a solution (arn:aws:personalize:REGION:ACCOUNT:solution/NAME)"
A_GROUP = "the ARN of a dataset group (arn:aws:personalize:REGION:ACCOUNT:dataset-group/NAME)"
A_RECIPE = "the ARN of a recipe (arn:aws:personalize:::recipe/NAME)"
COLUMNS = "RecommenderConfig.TrainingDataConfig.ExcludedDatasetColumns"


def columns(value: Any) -> dict[str, Any]:
    return {"RecommenderConfig": {"TrainingDataConfig": {"ExcludedDatasetColumns": value}}}


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        (
            TRAINING,
            {"TrainingMode": "x"},
            "TrainingMode is 'x': it must be one of FULL, UPDATE, AUTOTRAIN. Give one of the "
            "training modes.",
        ),
        (TRAINING, {"SolutionArn": "x"}, f"SolutionArn is 'x': {AN_ARN} Give {A_SOLUTION}."),
        (RECOMMENDER, {"RecipeArn": "x"}, f"RecipeArn is 'x': {AN_ARN} Give {A_RECIPE}."),
        (
            RECOMMENDER,
            {"DatasetGroupArn": "x"},
            f"DatasetGroupArn is 'x': {AN_ARN} Give {A_GROUP}.",
        ),
        (
            RECOMMENDER,
            {"DatasetGroupArn": VERSION},
            f"DatasetGroupArn is '{VERSION}': it must be {A_GROUP}. `aws personalize "
            "list-dataset-groups` shows them; it must be a domain one.",
        ),
        (
            RECOMMENDER,
            {"RecipeArn": VERSION},
            f"RecipeArn is '{VERSION}': it must be {A_RECIPE}. `aws personalize list-recipes "
            "--domain ECOMMERCE` (or VIDEO_ON_DEMAND) shows the use cases of a domain.",
        ),
        (
            RECOMMENDER,
            columns("x"),
            f"{COLUMNS} is 'x': it must be a map. Give a map such as {{'ITEMS': ['TITLE']}}.",
        ),
        (
            RECOMMENDER,
            columns({"a b": []}),
            f"{COLUMNS} (the key) is 'a b': it must match ^[A-Za-z_]+$. Give a dataset's type, "
            "such as ITEMS.",
        ),
        (
            RECOMMENDER,
            columns({"ITEMS": ["a b"]}),
            rf"{COLUMNS}.ITEMS.0 is 'a b': it must match [A-Za-z_][A-Za-z\d_]*. Give the name of "
            "a column.",
        ),
    ],
)
def test_a_fault_of_the_later_kinds_is_told_with_the_way_out(
    kind: str, properties: dict[str, Any], message: str
) -> None:
    faults = SPECS[kind].faults({**MINIMAL[kind], **properties})
    assert [str(fault) for fault in faults] == [message]


A_PATH = "be s3://BUCKET/KEY, with the bucket's name and one slash behind it"


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        # a word that is close to a right one
        (
            TRAINING,
            {"TrainingMode": "ful"},
            "TrainingMode is 'ful': it must be one of FULL, UPDATE, AUTOTRAIN. Did you mean FULL?",
        ),
        (
            JOB,
            {"BatchInferenceJobMode": "theme-generation"},
            "BatchInferenceJobMode is 'theme-generation': it must be one of BATCH_INFERENCE, "
            "THEME_GENERATION. Did you mean THEME_GENERATION?",
        ),
        (
            CAMPAIGN,
            {"CampaignConfig": {"ItemExplorationConfig": {"ExplorationItemAgeCutoff": "3"}}},
            "CampaignConfig.ItemExplorationConfig.ExplorationItemAgeCutoff is '3': it must be one "
            "of the documented keys explorationWeight, explorationItemAgeCutOff. Did you mean "
            "explorationItemAgeCutOff?",
        ),
        (
            RECOMMENDER,
            {"RecommenderConfig": {"ItemExplorationConfig": {"explorationWeight": "2"}}},
            "RecommenderConfig.ItemExplorationConfig.explorationWeight is '2': it must be a number "
            "from 0 to 1. Leave it out for the service's default of 0.3.",
        ),
        # lists
        (
            RECOMMENDER,
            columns({"ITEMS": "TITLE"}),
            f"{COLUMNS}.ITEMS is 'TITLE': it must be a list. Give ['TITLE'].",
        ),
        (
            RECOMMENDER,
            columns({"ITEMS": 3}),
            f"{COLUMNS}.ITEMS is 3: it must be a list. Give a list of values.",
        ),
        (
            RECOMMENDER,
            columns({"ITEMS": ["C"] * 51}),
            f"{COLUMNS}.ITEMS is {repr(['C'] * 51)[:79]}…: it must have at most 50 items (it has "
            "51). Leave some out.",
        ),
        # paths
        (
            JOB,
            {"JobInput": {"S3DataSource": {"Path": "https://data/in/"}}},
            f"JobInput.S3DataSource.Path is 'https://data/in/': it must {A_PATH}. Give "
            "s3://data/in/ instead.",
        ),
        (
            JOB,
            {"JobInput": {"S3DataSource": {"Path": "s3:///Xdata///X/in"}}},
            f"JobInput.S3DataSource.Path is 's3:///Xdata///X/in': it must {A_PATH}. Give "
            "s3://Xdata/X/in instead.",
        ),
        (
            JOB,
            {"JobInput": {"S3DataSource": {"Path": "s3://data//in://users"}}},
            f"JobInput.S3DataSource.Path is 's3://data//in://users': it must {A_PATH}. Give "
            "s3://data/in://users instead.",
        ),
        (
            JOB,
            {"JobInput": {"S3DataSource": {"Path": "s3://my:data/in"}}},
            f"JobInput.S3DataSource.Path is 's3://my:data/in': it must {A_PATH}. Give a path such "
            "as s3://bucket/folder/.",
        ),
        # places
        (
            TRAINING,
            {"SolutionArn": SOLUTION.replace("eu-west-1", "")},
            f"SolutionArn is '{SOLUTION.replace('eu-west-1', '')}': it must name a region. Give "
            "the whole ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.",
        ),
        (
            TRAINING,
            {"SolutionArn": SOLUTION.replace("aws", "aws-cn", 1)},
            f"SolutionArn is '{SOLUTION.replace('aws', 'aws-cn', 1)}': it must be of the partition "
            f"of eu-west-1, which is not aws-cn. Give {SOLUTION}, if that is what is meant.",
        ),
        (
            TRAINING,
            {
                "ServiceToken": FUNCTION.replace("eu-west-1", "cn-north-1"),
                "SolutionArn": SOLUTION.replace("eu-west-1", "cn-north-1"),
            },
            f"SolutionArn is '{SOLUTION.replace('eu-west-1', 'cn-north-1')}': it must be of the "
            "partition of cn-north-1, which is not aws. Give "
            f"{SOLUTION.replace('eu-west-1', 'cn-north-1').replace('aws', 'aws-cn', 1)}, if that "
            "is what is meant.",
        ),
        (
            TRAINING,
            {"SolutionArn": DATASET_GROUP},
            f"SolutionArn is '{DATASET_GROUP}': it must be {A_SOLUTION}. `aws personalize "
            "list-solutions` shows those that exist.",
        ),
        # adoption
        (
            CAMPAIGN,
            {"AdoptExisting": "true"},
            "Name is missing: it must be given when AdoptExisting is true. Give the name of the "
            "campaign that is to be taken over.",
        ),
    ],
)
def test_a_fault_is_told_with_what_was_likely_meant(
    kind: str, properties: dict[str, Any], message: str
) -> None:
    faults = SPECS[kind].faults({**MINIMAL[kind], **properties})
    assert [str(fault) for fault in faults] == [message]


def test_what_has_no_words_of_its_own_is_called_text() -> None:
    _, (fault,) = read(Text(), 3, path="Name")
    assert str(fault) == "Name is 3: it must be a string. Give text."
