"""The registry: every kind of resource that the emulator knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.batch_inference_job import BatchInferenceJobs
from emulator.batch_segment_job import BatchSegmentJobs
from emulator.campaign import Campaigns
from emulator.dataset import Datasets
from emulator.dataset_group import DatasetGroups
from emulator.dataset_import_job import DatasetImportJobs
from emulator.filter import Filters
from emulator.recommender import Recommenders
from emulator.schema import Schemas
from emulator.solution import Solutions
from emulator.solution_version import SolutionVersions

if TYPE_CHECKING:
    from emulator.kind import Kind

KINDS: tuple[type[Kind[Any]], ...] = (
    Campaigns,
    BatchInferenceJobs,
    BatchSegmentJobs,
    DatasetGroups,
    Schemas,
    Datasets,
    DatasetImportJobs,
    Filters,
    Solutions,
    SolutionVersions,
    Recommenders,
)
"""In the order in which they are brought to the present, and listed by `resources`.

A kind comes before the one that it takes along.
"""
