"""Batch inference jobs: the fake resource, and the operations on those of one account's region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.batch import DEFAULT_NUM_RESULTS, BatchTask, run, s3_location
from emulator.catalogue import LATEST
from emulator.exceptions import (
    invalid_input,
    limit_exceeded,
    resource_already_exists,
    resource_not_found,
)
from emulator.kind import FakeResource, Kind, Operation
from emulator.rules import check_exploration, checked_tags, page
from emulator.states import ACTIVE, CREATE_FAILED, ManagedStatus, Outcome, Words

if TYPE_CHECKING:
    from emulator.catalogue import SolutionVersion
    from emulator.world import Answer, Request

THEME_REGIONS = ("us-east-1", "us-west-2", "ap-northeast-1")
BATCH_INFERENCE = "BATCH_INFERENCE"
THEME_GENERATION = "THEME_GENERATION"
ECHOED = (
    "filterArn",
    "numResults",
    "jobInput",
    "jobOutput",
    "batchInferenceJobConfig",
    "roleArn",
    "themeGenerationConfig",
)


@dataclass(kw_only=True)
class FakeBatchInferenceJob(FakeResource):
    request: Mapping[str, Any]


class BatchInferenceJobs(Kind[FakeBatchInferenceJob]):
    """Create, describe and list the jobs of one place; a job can neither be stopped nor deleted."""

    kind = "batch-inference-job"
    what = "job"
    arn_member = "batchInferenceJobArn"
    name_member = "jobName"

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateBatchInferenceJob": self.create,
            "DescribeBatchInferenceJob": self.describe,
            "ListBatchInferenceJobs": self.list_all,
        }

    def create(self, request: Request) -> Answer:
        world, name = self._world, request["jobName"]
        arn = self._place.arn(self.kind, name)
        version = self._checked_version(request)
        self._check_data(request)
        self._check_theme(request, version)
        tags = checked_tags(request, world=world, present={})
        if arn in self._by_arn:
            raise resource_already_exists(arn)
        quota = world.quotas.jobs_in_progress
        if sum(job.creation.running for job in self._by_arn.values()) >= quota:
            raise limit_exceeded(f"More than {quota} resources with PENDING or IN_PROGRESS status.")
        job = FakeBatchInferenceJob(name=name, arn=arn, request=request, tags=tags)
        course = world.plans.course("create", arn=arn, name=name)
        task = self._task(request, version)

        def finish() -> Outcome:
            reason = course.failure or (run(task, world.s3) if world.s3 is not None else None)
            return Outcome(ACTIVE) if reason is None else Outcome(CREATE_FAILED, reason)

        job.creation = ManagedStatus(
            words=Words(world.oddities.job_pending_status, world.oddities.job_in_progress_status),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=finish,
        )
        self._by_arn[arn] = job
        self.advance()
        return {"batchInferenceJobArn": arn}

    def describe(self, request: Request) -> Answer:
        job = self.described(request)
        shown = {key: job.request[key] for key in ECHOED if key in job.request}
        if self._world.oddities.echo_defaults:
            shown.setdefault("numResults", DEFAULT_NUM_RESULTS)
        return {"batchInferenceJob": {**shown, **self._summary(job)}}

    def list_all(self, request: Request) -> Answer:
        of = request.get("solutionVersionArn")
        shown = [
            self._summary(job)
            for job in self._by_arn.values()
            if of in (None, job.request["solutionVersionArn"])
        ]
        jobs, further = page(shown, request)
        return {"batchInferenceJobs": list(jobs), **further}

    def _checked_version(self, request: Request) -> SolutionVersion:
        arn = request["solutionVersionArn"]
        if arn.endswith(f"/{LATEST}"):
            # Only a campaign follows the latest version; a job runs on one that is named.
            raise resource_not_found(arn)
        version = self._world.catalogue.solution_version(arn)
        if version.recipe.record is None:
            raise invalid_input(
                f"Batch inference is not supported by the recipe {version.recipe_name} of {arn}."
            )
        if "filterArn" in request:
            self._world.catalogue.filter(request["filterArn"])
        config = request.get("batchInferenceJobConfig", {})
        exploration = config.get("itemExplorationConfig", {})
        check_exploration(exploration, version=version, world=self._world)
        return version

    def _check_data(self, request: Request) -> None:
        source = request["jobInput"]["s3DataSource"]["path"]
        destination = request["jobOutput"]["s3DataDestination"]["path"]
        if s3_location(source) is None:
            raise invalid_input(f"Invalid S3 input path: {source}")
        if s3_location(destination) is None or not destination.endswith("/"):
            raise invalid_input(
                f"Invalid S3 output path: {destination}. It has to be a folder and end with /."
            )
        if source == destination:
            raise invalid_input(
                f"Invalid S3 output path: {destination}. It has to differ from the input path."
            )
        highest = self._world.quotas.max_num_results
        number = request.get("numResults", DEFAULT_NUM_RESULTS)
        if not 1 <= number <= highest:
            raise invalid_input(f"numResults is {number}; it has to be from 1 to {highest}.")
        role = request["roleArn"]
        if not self._world.role_exists(role):
            raise invalid_input(
                f"Unable to assume the role {role}. Please check that it exists and that "
                "personalize.amazonaws.com may assume it."
            )

    def _check_theme(self, request: Request, version: SolutionVersion) -> None:
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

    def _task(self, request: Request, version: SolutionVersion) -> BatchTask:
        assert version.recipe.record is not None
        arn = request.get("filterArn")
        return BatchTask(
            source=request["jobInput"]["s3DataSource"]["path"],
            destination=request["jobOutput"]["s3DataDestination"]["path"],
            record=version.recipe.record,
            seed=version.arn,
            num_results=request.get("numResults", DEFAULT_NUM_RESULTS),
            themed="themeGenerationConfig" in request,
            placeholders=self._world.catalogue.filter(arn).placeholders if arn else (),
            all_malformed_fails=self._world.oddities.all_records_malformed_fails,
        )

    def _summary(self, job: FakeBatchInferenceJob) -> Answer:
        shown = {
            "batchInferenceJobArn": job.arn,
            "jobName": job.name,
            "status": job.status,
            "solutionVersionArn": job.request["solutionVersionArn"],
            "creationDateTime": job.creation.started_s,
            "lastUpdatedDateTime": job.changed_s,
        }
        if job.reason:
            shown["failureReason"] = job.reason
        if "batchInferenceJobMode" in job.request or self._world.oddities.echo_defaults:
            shown["batchInferenceJobMode"] = job.request.get(
                "batchInferenceJobMode", BATCH_INFERENCE
            )
        return shown
