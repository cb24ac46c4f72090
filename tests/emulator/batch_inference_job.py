"""Batch inference jobs: recommendations for users, rankings, or items like others.

Source: API reference, "CreateBatchInferenceJob"; developer guide, "Getting batch item
recommendations".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emulator.exceptions import invalid_input
from emulator.jobs import Jobs
from emulator.made_up import recommended_items
from emulator.rules import check_exploration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.catalogue import Recipe, Record, SolutionVersion
    from emulator.jobs import FakeJob
    from emulator.kind import Operation
    from emulator.made_up import Answerer
    from emulator.oddities import Quotas
    from emulator.world import Answer, Request

THEME_REGIONS = ("us-east-1", "us-west-2", "ap-northeast-1")
BATCH_INFERENCE = "BATCH_INFERENCE"
THEME_GENERATION = "THEME_GENERATION"
ECHOED = ("batchInferenceJobConfig", "themeGenerationConfig")
MAX_RECORDS = 50_000_000
MAX_THEMED_RECORDS = 100


class BatchInferenceJobs(Jobs):
    """Create, describe and list the batch inference jobs of one place."""

    kind = "batch-inference-job"
    member = "batchInferenceJob"
    arn_member = "batchInferenceJobArn"
    does = "Batch inference"

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateBatchInferenceJob": self.create,
            "DescribeBatchInferenceJob": self.describe,
            "ListBatchInferenceJobs": self.list_all,
        }

    def _in_progress_quota(self, quotas: Quotas) -> int:
        return quotas.jobs_in_progress

    def _max_num_results(self, quotas: Quotas) -> int:
        return quotas.max_num_results

    def _record(self, recipe: Recipe) -> Record | None:
        return recipe.record

    def _max_records(self, request: Request, _recipe: Recipe) -> int:
        return MAX_THEMED_RECORDS if "themeGenerationConfig" in request else MAX_RECORDS

    def _answerer(
        self, request: Request, version: SolutionVersion, *, num_results: int
    ) -> Answerer:
        return partial(
            recommended_items,
            seed=version.arn,
            num_results=num_results,
            themed="themeGenerationConfig" in request,
        )

    def _check_more(self, request: Request, version: SolutionVersion) -> None:
        config = request.get("batchInferenceJobConfig", {})
        check_exploration(
            config.get("itemExplorationConfig", {}),
            explores=version.recipe.explores,
            recipe=version.recipe_name,
            world=self._world,
        )
        themed = request.get("batchInferenceJobMode") == THEME_GENERATION
        configured = "themeGenerationConfig" in request
        if themed and not version.recipe.themes:
            raise invalid_input(
                f"{THEME_GENERATION} is not supported by the recipe {version.recipe_name}."
            )
        if themed and self._place.region not in THEME_REGIONS:
            raise invalid_input(
                f"{THEME_GENERATION} is not available in {self._place.region}; it is in "
                f"{', '.join(THEME_REGIONS)}."
            )
        if themed != configured:
            raise invalid_input(
                f"themeGenerationConfig and the batchInferenceJobMode {THEME_GENERATION} have to "
                "be given together."
            )

    def _echo(self, request: Request) -> Answer:
        return {**super()._echo(request), **{key: request[key] for key in ECHOED if key in request}}

    def _summary(self, job: FakeJob) -> Answer:
        shown = super()._summary(job)
        if "batchInferenceJobMode" in job.request or self._world.oddities.echo_defaults:
            shown["batchInferenceJobMode"] = job.request.get(
                "batchInferenceJobMode", BATCH_INFERENCE
            )
        return shown
