"""The batch inference job: recommendations for many users or items, written to S3 once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources import jobs
from personalize_provider.resources.regions import region_of
from personalize_provider.resources.shapes import (
    EXPLORATION,
    RANKING_INFLUENCE,
    exploration_faults,
    known,
)
from personalize_provider.resources.spec import PROVIDER, Change, Operations, ResourceSpec
from personalize_provider.schema import Fault, Opaque, Structure, Text

MODES = ("BATCH_INFERENCE", "THEME_GENERATION")
MAX_RESULTS = 500
THEME_REGIONS = ("us-east-1", "us-west-2", "ap-northeast-1")


def _exploration(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return exploration_faults(desired, config="batchInferenceJobConfig", opaque=opaque)


def _themes(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    """Mode and configuration of theme generation belong together, in three regions."""
    mode = desired.get("batchInferenceJobMode", MODES[0])
    themes = desired.get("themeGenerationConfig")
    if opaque(mode):
        return
    if mode == "THEME_GENERATION" and themes is None:
        yield Fault(
            property="ThemeGenerationConfig",
            value=None,
            rule="be given when BatchInferenceJobMode is THEME_GENERATION",
            way_out="Name the item's name column in FieldsForThemeGeneration.ItemName.",
        )
    elif mode != "THEME_GENERATION" and themes is not None:
        yield Fault(
            property="BatchInferenceJobMode",
            value=mode,
            rule="be THEME_GENERATION when ThemeGenerationConfig is given",
            way_out="Set the mode, or leave ThemeGenerationConfig out.",
        )
    if mode == "THEME_GENERATION":
        yield from _theme_region(desired, opaque)


def _theme_region(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    """The region is that of the version, or of the provider where the version is not known yet."""
    arn = known(desired, "solutionVersionArn", opaque=opaque)
    region = region_of(arn or known(desired, PROVIDER, opaque=opaque))
    if region is None or region in THEME_REGIONS:
        return
    regions = ", ".join(THEME_REGIONS)
    yield Fault(
        property="SolutionVersionArn" if arn else "BatchInferenceJobMode",
        value=arn or "THEME_GENERATION",
        rule=f"be in one of {regions} for theme generation"
        if arn
        else f"not be THEME_GENERATION in {region}: there are themes in {regions}",
        way_out="Run the job in one of those regions, or without themes.",
    )


BATCH_INFERENCE_JOB = ResourceSpec(
    title="Batch inference job",
    cloudformation_type="Custom::PersonalizeBatchInferenceJob",
    arn_resource="batch-inference-job",
    name_member="jobName",
    arn_member="batchInferenceJobArn",
    described_member="batchInferenceJob",
    list_member="batchInferenceJobs",
    list_filter="solutionVersionArn",
    operations=Operations(
        create="CreateBatchInferenceJob",
        describe="DescribeBatchInferenceJob",
        list="ListBatchInferenceJobs",
    ),
    properties=Structure(
        members={
            **jobs.MEMBERS,
            "batchInferenceJobConfig": Structure(
                members={
                    "itemExplorationConfig": EXPLORATION,
                    "rankingInfluence": RANKING_INFLUENCE,
                }
            ),
            "batchInferenceJobMode": Text(choices=MODES, means="one of the two modes"),
            "themeGenerationConfig": Structure(
                members={
                    "fieldsForThemeGeneration": Structure(
                        members={
                            "itemName": Text(
                                max_length=150,
                                pattern=r"[A-Za-z_][A-Za-z\d_]*",
                                means="the name of a column of the items dataset",
                            )
                        },
                        required=frozenset({"itemName"}),
                    )
                },
                required=frozenset({"fieldsForThemeGeneration"}),
            ),
        },
        required=jobs.REQUIRED,
    ),
    created_from=("solution",),
    has_triggers=True,
    may_be_left=True,
    change=Change.REPLACEMENT,
    attributes={
        "BatchInferenceJobArn": ("batchInferenceJobArn",),
        "JobName": ("jobName",),
        "Status": ("status",),
        "OutputPath": jobs.OUTPUT_PATH,
    },
    told={"outputPath": jobs.OUTPUT_PATH},
    # Five jobs may be pending or in progress in a region; a place frees itself.
    waits_for_quota=True,
    rules=(
        *jobs.RULES,
        jobs.results(MAX_RESULTS),
        _themes,
        _exploration,
    ),
)
