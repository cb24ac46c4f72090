"""The recommender: real-time recommendations for one use case of a domain dataset group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.shapes import (
    ARN,
    EXPLORATION,
    EXPLORATION_DEFAULTS,
    NAME,
    exploration_faults,
    known,
)
from personalize_provider.resources.spec import Change, Operations, ResourceSpec
from personalize_provider.schema import (
    Boolean,
    Dictionary,
    Fault,
    Integer,
    Listing,
    Opaque,
    Structure,
    Text,
)

_COLUMNS = Dictionary(
    key=Text(
        max_length=256,
        pattern=r"^[A-Za-z_]+$",
        means="a dataset's type, such as ITEMS",
    ),
    value=Listing(
        item=Text(max_length=150, pattern=r"[A-Za-z_][A-Za-z\d_]*", means="the name of a column"),
        max_items=50,
    ),
    max_entries=3,
)


def _exploration(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return exploration_faults(desired, config="recommenderConfig", opaque=opaque)


def _dataset_group(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    arn = known(desired, "datasetGroupArn", opaque=opaque)
    if arn is not None and not arn.split(":", 5)[-1].startswith("dataset-group/"):
        yield Fault(
            property="DatasetGroupArn",
            value=arn,
            rule="be the ARN of a dataset group "
            "(arn:aws:personalize:REGION:ACCOUNT:dataset-group/NAME)",
            way_out="`aws personalize list-dataset-groups` shows them; it must be a domain one.",
        )


def _recipe(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    arn = known(desired, "recipeArn", opaque=opaque)
    if arn is not None and not arn.split(":", 5)[-1].startswith("recipe/"):
        yield Fault(
            property="RecipeArn",
            value=arn,
            rule="be the ARN of a recipe (arn:aws:personalize:::recipe/NAME)",
            way_out="`aws personalize list-recipes --domain ECOMMERCE` (or VIDEO_ON_DEMAND) shows "
            "the use cases of a domain.",
        )


RECOMMENDER = ResourceSpec(
    title="Recommender",
    cloudformation_type="Custom::PersonalizeRecommender",
    arn_resource="recommender",
    name_member="name",
    arn_member="recommenderArn",
    described_member="recommender",
    update_member="latestRecommenderUpdate",
    operations=Operations(
        create="CreateRecommender",
        describe="DescribeRecommender",
        update="UpdateRecommender",
        delete="DeleteRecommender",
        stop="StopRecommender",
        start="StartRecommender",
    ),
    properties=Structure(
        members={
            "name": NAME,
            "datasetGroupArn": ARN,
            "recipeArn": ARN,
            "recommenderConfig": Structure(
                members={
                    "itemExplorationConfig": EXPLORATION,
                    "minRecommendationRequestsPerSecond": Integer(minimum=1),
                    "trainingDataConfig": Structure(
                        members={
                            "excludedDatasetColumns": _COLUMNS,
                            "includedDatasetColumns": _COLUMNS,
                        }
                    ),
                    "enableMetadataWithRecommendations": Boolean(),
                }
            ),
        },
        required=frozenset({"name", "datasetGroupArn", "recipeArn"}),
    ),
    created_from=("dataset-group",),
    fixed_members=("datasetGroupArn", "recipeArn"),
    change=Change.IN_PLACE,
    defaults={
        "recommenderConfig": {
            "itemExplorationConfig": EXPLORATION_DEFAULTS,
            "minRecommendationRequestsPerSecond": 1,
            "enableMetadataWithRecommendations": False,
        },
    },
    emptied=(
        ("recommenderConfig", "trainingDataConfig", "excludedDatasetColumns"),
        ("recommenderConfig", "trainingDataConfig", "includedDatasetColumns"),
    ),
    attributes={
        "RecommenderArn": ("recommenderArn",),
        "Name": ("name",),
        "Status": ("status",),
        "CreationDateTime": ("creationDateTime",),
        "LastUpdatedDateTime": ("lastUpdatedDateTime",),
    },
    rules=(_dataset_group, _recipe, _exploration),
)
