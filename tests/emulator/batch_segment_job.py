"""Batch segment jobs: the users to whom an item, or items of some attributes, will appeal.

Source: API reference, "CreateBatchSegmentJob"; developer guide, "Getting user segments with a batch
segment job".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emulator.jobs import Jobs
from emulator.made_up import recommended_users

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.catalogue import Recipe, Record, SolutionVersion
    from emulator.kind import Operation
    from emulator.made_up import Answerer
    from emulator.oddities import Quotas
    from emulator.world import Request


class BatchSegmentJobs(Jobs):
    """Create, describe and list the batch segment jobs of one place."""

    kind = "batch-segment-job"
    member = "batchSegmentJob"
    arn_member = "batchSegmentJobArn"
    does = "Batch segmentation"

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateBatchSegmentJob": self.create,
            "DescribeBatchSegmentJob": self.describe,
            "ListBatchSegmentJobs": self.list_all,
        }

    def _in_progress_quota(self, quotas: Quotas) -> int:
        return quotas.segment_jobs_in_progress

    def _max_num_results(self, quotas: Quotas) -> int:
        return quotas.max_segment_users

    def _record(self, recipe: Recipe) -> Record | None:
        return recipe.segment

    def _max_records(self, _request: Request, recipe: Recipe) -> int:
        return recipe.max_segments

    def _answerer(
        self, _request: Request, version: SolutionVersion, *, num_results: int
    ) -> Answerer:
        return partial(recommended_users, seed=version.arn, num_results=num_results)
