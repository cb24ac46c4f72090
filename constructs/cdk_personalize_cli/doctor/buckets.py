"""Are the jobs' buckets there, in the region, with the input in them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cdk_personalize_cli.doctor.finding import Finding, Level, ok, unchecked
from cdk_personalize_cli.doctor.subject import Subject
from cdk_personalize_cli.doctor.template import UNKNOWN, Declared
from personalize_provider.calls import RefusedError, ServiceError, call

CHECK = "buckets"

_PATHS = {
    "input": ("JobInput", "S3DataSource", "Path"),
    "output": ("JobOutput", "S3DataDestination", "Path"),
}


def check(subject: Subject) -> Iterator[Finding]:
    """Each job's input and output."""
    for job in subject.resources:
        for role, path in _PATHS.items():
            value = job.at(*path)
            if value is UNKNOWN:
                yield unchecked(
                    CHECK, f"the {role} path is known only at the deployment", job.where
                )
            elif value is not None:
                yield from _location(subject, job, role=role, path=str(value))


def _location(subject: Subject, job: Declared, *, role: str, path: str) -> Iterator[Finding]:
    parts = urlsplit(path)
    bucket, key = parts.netloc, parts.path.lstrip("/")
    s3 = subject.clients.client("s3")
    try:
        answer = call(s3, "HeadBucket", {"Bucket": bucket})
    except RefusedError as error:
        # A HEAD has no body, so the code is the HTTP status.
        if ": 404:" in str(error):
            yield _missing(job, f"The {role}'s bucket {bucket} does not exist.", "Create it first.")
        else:
            yield unchecked(CHECK, f"bucket {bucket}: {error}", job.where)
        return
    region = answer.get("BucketRegion", subject.region)
    if region != subject.region:
        yield _missing(
            job,
            f"The {role}'s bucket {bucket} is in {region}, and the job runs in {subject.region}.",
            f"Take a bucket in {subject.region}.",
        )
    elif role == "input":
        yield _input(s3, job, bucket=bucket, key=key)
    else:
        yield ok(CHECK, f"The {role}'s bucket {bucket} is there, in {region}.", job.where)


def _input(s3: Any, job: Declared, *, bucket: str, key: str) -> Finding:
    try:
        listed = call(s3, "ListObjectsV2", {"Bucket": bucket, "Prefix": key, "MaxKeys": 1})
    except ServiceError as error:
        return unchecked(CHECK, f"s3://{bucket}/{key}: {error}", job.where)
    if listed.get("KeyCount"):
        return ok(CHECK, f"The input s3://{bucket}/{key} is there.", job.where)
    return _missing(
        job,
        f"There is no input: no key in {bucket} starts with {key!r}.",
        "Put it there before the deploy, or let the job depend on what does.",
    )


def _missing(job: Declared, what: str, way_out: str) -> Finding:
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=what,
        where=job.where,
        why="The job would fail, and with it the stack.",
        way_out=way_out,
    )
