"""What all kinds of batch job have in common: the fake resource, and a base for their operations.

A job is created, described and listed, and can neither be stopped nor deleted.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from emulator.batch import BatchTask, run, s3_location
from emulator.catalogue import LATEST
from emulator.exceptions import (
    invalid_input,
    limit_exceeded,
    resource_already_exists,
    resource_not_found,
)
from emulator.kind import FakeResource, Kind
from emulator.rules import check_role, checked_tags, page
from emulator.states import ManagedStatus, Outcome, Words, ended

if TYPE_CHECKING:
    from emulator.catalogue import Recipe, Record, SolutionVersion
    from emulator.made_up import Answerer
    from emulator.oddities import Quotas
    from emulator.world import Answer, Request

DEFAULT_NUM_RESULTS = 25
ECHOED = ("filterArn", "numResults", "jobInput", "jobOutput", "roleArn")


@dataclass(kw_only=True)
class FakeJob(FakeResource):
    request: Mapping[str, Any]


class Jobs(Kind[FakeJob]):
    """The jobs of one kind in one place; a subclass says what sets its kind apart."""

    what = "job"
    name_member = "jobName"
    member: ClassVar[str]
    """The member of an answer that holds a job."""
    does: ClassVar[str]
    """What such a job does, as a refusal puts it."""

    def create(self, request: Request) -> Answer:
        world, name = self._world, request["jobName"]
        arn = self._place.arn(self.kind, name)
        version = self._checked_version(request)
        self._check_data(request)
        self._check_more(request, version)
        tags = checked_tags(request, world=world, present={})
        if arn in self._by_arn:
            raise resource_already_exists(arn)
        quota = self._in_progress_quota(world.quotas)
        if sum(job.creation.running for job in self._by_arn.values()) >= quota:
            raise limit_exceeded(f"More than {quota} resources with PENDING or IN_PROGRESS status.")
        job = FakeJob(name=name, arn=arn, request=request, tags=tags)
        course = world.plans.course("create", arn=arn, name=name)
        task = self._task(request, version)

        def finish() -> Outcome:
            return ended(course.failure or (run(task, world.s3) if world.s3 is not None else None))

        job.creation = ManagedStatus(
            words=Words(world.oddities.job_pending_status, world.oddities.job_in_progress_status),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=finish,
        )
        self._by_arn[arn] = job
        self.advance()
        return {self.arn_member: arn}

    def describe(self, request: Request) -> Answer:
        job = self.described(request)
        return {self.member: {**self._echo(job.request), **self._summary(job)}}

    def list_all(self, request: Request) -> Answer:
        of = request.get("solutionVersionArn")
        shown = [
            self._summary(job)
            for job in self._by_arn.values()
            if of in (None, job.request["solutionVersionArn"])
        ]
        jobs, further = page(shown, request)
        return {f"{self.member}s": list(jobs), **further}

    @abstractmethod
    def _in_progress_quota(self, quotas: Quotas) -> int:
        """How many jobs of this kind may be pending or in progress at once."""

    @abstractmethod
    def _max_num_results(self, quotas: Quotas) -> int: ...

    @abstractmethod
    def _record(self, recipe: Recipe) -> Record | None:
        """What a line of such a job's input holds; None: the recipe has no such jobs."""

    @abstractmethod
    def _max_records(self, request: Request, recipe: Recipe) -> int:
        """How many lines a file of the input may have."""

    @abstractmethod
    def _answerer(
        self, request: Request, version: SolutionVersion, *, num_results: int
    ) -> Answerer: ...

    def _check_more(self, request: Request, version: SolutionVersion) -> None:
        """Refuse what only this kind of job can get wrong."""

    def _echo(self, request: Request) -> Answer:
        """What only a describe shows of the request."""
        shown = {key: request[key] for key in ECHOED if key in request}
        if self._world.oddities.echo_defaults:
            shown.setdefault("numResults", DEFAULT_NUM_RESULTS)
        return shown

    def _summary(self, job: FakeJob) -> Answer:
        """What both a describe and a list show."""
        shown = {
            self.arn_member: job.arn,
            "jobName": job.name,
            "status": job.status,
            "solutionVersionArn": job.request["solutionVersionArn"],
            "creationDateTime": job.creation.started_s,
            "lastUpdatedDateTime": job.changed_s,
        }
        return {**shown, "failureReason": job.reason} if job.reason else shown

    def _checked_version(self, request: Request) -> SolutionVersion:
        arn = request["solutionVersionArn"]
        if arn.endswith(f"/{LATEST}"):
            # Only a campaign follows the latest version; a job runs on one that is named.
            raise resource_not_found(arn)
        version = self._world.catalogue.solution_version(arn)
        if self._record(version.recipe) is None:
            raise invalid_input(
                f"{self.does} is not supported by the recipe {version.recipe_name} of {arn}."
            )
        if "filterArn" in request:
            self._world.catalogue.filter(request["filterArn"])
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
        highest = self._max_num_results(self._world.quotas)
        number = request.get("numResults", DEFAULT_NUM_RESULTS)
        if not 1 <= number <= highest:
            raise invalid_input(f"numResults is {number}; it has to be from 1 to {highest}.")
        check_role(request["roleArn"], world=self._world)

    def _task(self, request: Request, version: SolutionVersion) -> BatchTask:
        arn, record = request.get("filterArn"), self._record(version.recipe)
        assert record is not None
        num_results = request.get("numResults", DEFAULT_NUM_RESULTS)
        return BatchTask(
            source=request["jobInput"]["s3DataSource"]["path"],
            destination=request["jobOutput"]["s3DataDestination"]["path"],
            record=record,
            answerer=self._answerer(request, version, num_results=num_results),
            max_records=self._max_records(request, version.recipe),
            placeholders=self._world.catalogue.filter(arn).placeholders if arn else (),
            all_malformed_fails=self._world.oddities.all_records_malformed_fails,
        )
