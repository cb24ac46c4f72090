"""The recommender: real-time recommendations for one use case of a domain dataset group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.regions import one_place
from personalize_provider.resources.shapes import (
    EXPLORATION,
    EXPLORATION_DEFAULTS,
    NAME,
    arn,
    exploration_faults,
    names_a,
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
    means="a map such as {'ITEMS': ['TITLE']}",
)


def _exploration(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return exploration_faults(desired, config="recommenderConfig", opaque=opaque)


_A_DATASET_GROUP = (
    "the ARN of a dataset group (arn:aws:personalize:REGION:ACCOUNT:dataset-group/NAME)"
)
_A_RECIPE = "the ARN of a recipe (arn:aws:personalize:::recipe/NAME)"

_dataset_group = names_a(
    "datasetGroupArn",
    kind="dataset-group",
    means=_A_DATASET_GROUP,
    way_out="`aws personalize list-dataset-groups` shows them; it must be a domain one.",
)

_recipe = names_a(
    "recipeArn",
    kind="recipe",
    means=_A_RECIPE,
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
            "datasetGroupArn": arn(_A_DATASET_GROUP),
            "recipeArn": arn(_A_RECIPE),
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
    rules=(_dataset_group, _recipe, _exploration, one_place(("datasetGroupArn",))),
)
