"""The batch inference job: recommendations for many users or items, written to S3 once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.shapes import (
    ARN,
    EXPLORATION,
    NAME,
    RANKING_INFLUENCE,
    ROLE_ARN,
    S3_LOCATION,
    exploration_faults,
    known,
    solution_version_faults,
)
from personalize_provider.resources.spec import Change, Operations, ResourceSpec
from personalize_provider.schema import Fault, Integer, Opaque, Structure, Text

MODES = ("BATCH_INFERENCE", "THEME_GENERATION")
MAX_RESULTS = 500
THEME_REGIONS = ("us-east-1", "us-west-2", "ap-northeast-1")


def _exploration(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return exploration_faults(desired, config="batchInferenceJobConfig", opaque=opaque)


def _solution_version(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    return solution_version_faults(desired, latest=False, opaque=opaque)


def _output_is_a_folder(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    path = known(desired, "jobOutput", "s3DataDestination", "path", opaque=opaque)
    if path is not None and not path.endswith("/"):
        yield Fault(
            property="JobOutput.S3DataDestination.Path",
            value=path,
            rule="name a folder, so it must end with a slash",
            way_out=f"Give {path}/ instead.",
        )


def _results(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
    number = known(desired, "numResults", opaque=opaque)
    if number is not None and not 1 <= number <= MAX_RESULTS:
        yield Fault(
            property="NumResults",
            value=number,
            rule=f"be a whole number from 1 to {MAX_RESULTS}",
            way_out="Leave it out for the service's default of 25.",
        )


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
    arn = known(desired, "solutionVersionArn", opaque=opaque)
    if mode != "THEME_GENERATION" or arn is None:
        return
    if arn.split(":")[3] not in THEME_REGIONS:
        yield Fault(
            property="SolutionVersionArn",
            value=arn,
            rule=f"be in one of {', '.join(THEME_REGIONS)} for theme generation",
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
            "jobName": NAME,
            "solutionVersionArn": ARN,
            "filterArn": ARN,
            "numResults": Integer(),
            "jobInput": Structure(
                members={"s3DataSource": S3_LOCATION}, required=frozenset({"s3DataSource"})
            ),
            "jobOutput": Structure(
                members={"s3DataDestination": S3_LOCATION},
                required=frozenset({"s3DataDestination"}),
            ),
            "roleArn": ROLE_ARN,
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
        required=frozenset({"jobName", "solutionVersionArn", "jobInput", "jobOutput", "roleArn"}),
    ),
    has_triggers=True,
    may_be_left=True,
    change=Change.REPLACEMENT,
    attributes={
        "BatchInferenceJobArn": ("batchInferenceJobArn",),
        "JobName": ("jobName",),
        "Status": ("status",),
        "OutputPath": ("jobOutput", "s3DataDestination", "path"),
    },
    told={"outputPath": ("jobOutput", "s3DataDestination", "path")},
    # Five jobs may be pending or in progress in a region; a place frees itself.
    waits_for_quota=True,
    rules=(_solution_version, _output_is_a_folder, _results, _themes, _exploration),
)
