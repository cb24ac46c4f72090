"""The registry: every kind of resource that the emulator knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.batch_inference_job import BatchInferenceJobs
from emulator.batch_segment_job import BatchSegmentJobs
from emulator.campaign import Campaigns
from emulator.recommender import Recommenders
from emulator.solution_version import SolutionVersions

if TYPE_CHECKING:
    from emulator.kind import Kind

KINDS: tuple[type[Kind[Any]], ...] = (
    Campaigns,
    BatchInferenceJobs,
    BatchSegmentJobs,
    SolutionVersions,
    Recommenders,
)
"""In the order in which `PersonalizeBackend.resources` lists them."""
