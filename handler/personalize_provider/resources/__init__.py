"""The registry of kinds. A new kind is one file here and one entry below."""

from __future__ import annotations

from collections.abc import Mapping

from personalize_provider.resources.batch_inference_job import BATCH_INFERENCE_JOB
from personalize_provider.resources.batch_segment_job import BATCH_SEGMENT_JOB
from personalize_provider.resources.campaign import CAMPAIGN
from personalize_provider.resources.recommender import RECOMMENDER
from personalize_provider.resources.solution_version import SOLUTION_VERSION
from personalize_provider.resources.spec import LONGEST_TIMEOUT_S, Change, ResourceSpec
from personalize_provider.schema import Fault

SPECS: Mapping[str, ResourceSpec] = {
    spec.cloudformation_type: spec
    for spec in (
        CAMPAIGN,
        BATCH_INFERENCE_JOB,
        SOLUTION_VERSION,
        BATCH_SEGMENT_JOB,
        RECOMMENDER,
    )
}
"""CloudFormation resource type -> the kind."""

__all__ = [
    "BATCH_INFERENCE_JOB",
    "BATCH_SEGMENT_JOB",
    "CAMPAIGN",
    "LONGEST_TIMEOUT_S",
    "RECOMMENDER",
    "SOLUTION_VERSION",
    "SPECS",
    "Change",
    "Fault",
    "ResourceSpec",
]
