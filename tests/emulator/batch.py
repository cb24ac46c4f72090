"""What a batch job does with its data: JSON Lines in from S3, `.out` lines out to it.

Source: developer guide, "Preparing input data for batch recommendations", "Preparing input data for
user segments", the pages of output examples beside them, and "Endpoints and quotas". The guide's
examples of segments leave out `error`, and put itemAttributes in the place of `input`; here all
lines have one shape, that of batch inference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from emulator.catalogue import Record
    from emulator.made_up import Answerer

MAX_FILES = 1_000
MAX_BYTES = 1_000_000_000
_ATTRIBUTE = r'ITEMS\.\w+\s*=\s*("([^"\\]|\\.)*"|-?\d+(\.\d+)?)'
ATTRIBUTES = re.compile(rf"{_ATTRIBUTE}(\s+AND\s+{_ATTRIBUTE})*")
"""An expression of item attributes: `=` and `AND` are all it can have."""


class ObjectStore(Protocol):
    """The part of boto3's S3 client that a job needs."""

    @property
    def list_objects_v2(self) -> Callable[..., Any]: ...
    @property
    def get_object(self) -> Callable[..., Any]: ...
    @property
    def put_object(self) -> Callable[..., Any]: ...


@dataclass(frozen=True, kw_only=True)
class BatchTask:
    """A job's data side.

    Args:
        source: The s3:// path whose every object that starts with it is read.
        destination: The s3:// folder that is written to; ends with "/".
        record: What each line has to hold.
        answerer: Makes the output of a line.
        max_records: How many lines a file may have.
        placeholders: The filter's parameters, which every line has to give a value.
    """

    source: str
    destination: str
    record: Record
    answerer: Answerer
    max_records: int
    placeholders: Sequence[str]
    all_malformed_fails: bool


class FailedError(Exception):
    """A job cannot go on; the text is its failureReason."""


class _MalformedError(Exception):
    """This line cannot be used; the text is its error."""


def s3_location(path: str) -> tuple[str, str] | None:
    """The bucket and key of an s3:// path; None when it is not one."""
    scheme, _, rest = path.partition("://")
    bucket, _, key = rest.partition("/")
    return (bucket, key) if scheme == "s3" and bucket else None


def run(task: BatchTask, s3: ObjectStore) -> str | None:
    """Read all input, write all output; returns the failureReason, None when all went well."""
    try:
        _run(task, s3)
    except FailedError as failed:
        return str(failed)
    return None


def _run(task: BatchTask, s3: ObjectStore) -> None:
    source, destination = s3_location(task.source), s3_location(task.destination)
    assert source is not None
    assert destination is not None
    outputs: dict[str, list[Mapping[str, Any]]] = {}
    for key, body in read(task.source, s3):
        name = key.rpartition("/")[2]
        # Two folders may hold files of one name; the longer name keeps both outputs.
        name = key if name in outputs else name
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) > task.max_records:
            raise FailedError(
                f"Too many records in s3://{source[0]}/{key}: {len(lines)}; a file of this recipe "
                f"may have {task.max_records}."
            )
        outputs[name] = [_answered(task, line) for line in lines]
    answers = [answer for each in outputs.values() for answer in each]
    if task.all_malformed_fails and all(answer["output"] is None for answer in answers):
        first = answers[0]["error"] if answers else "there is none"
        raise FailedError(
            f"No valid record found in {task.source}. Please check that it is in JSON Lines "
            f"format and fits the recipe. First record: {first}"
        )
    to_bucket, folder = destination
    for name, answered in outputs.items():
        body = "".join(
            json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in answered
        ).encode("utf-8", "replace")
        key = f"{folder}{name}.out"
        _call(partial(s3.put_object, Bucket=to_bucket, Key=key, Body=body))


def read(path: str, s3: ObjectStore) -> Iterator[tuple[str, bytes]]:
    """Key and content of every object that starts with the path, folders' own markers left out.

    Raises:
        FailedError: There is none, there is too much, or S3 refuses.
    """
    location = s3_location(path)
    assert location is not None
    bucket, prefix = location
    for key in _keys(path, s3, bucket=bucket, prefix=prefix):
        yield key, _call(partial(s3.get_object, Bucket=bucket, Key=key))["Body"].read()


def _keys(path: str, s3: ObjectStore, *, bucket: str, prefix: str) -> list[str]:
    found: list[Mapping[str, Any]] = []
    further: dict[str, str] = {}
    while True:
        answer = _call(partial(s3.list_objects_v2, Bucket=bucket, Prefix=prefix, **further))
        found += [each for each in answer.get("Contents", ()) if not each["Key"].endswith("/")]
        if not answer.get("IsTruncated"):
            break
        further = {"ContinuationToken": answer["NextContinuationToken"]}
    if not found:
        raise FailedError(
            f"Invalid S3 input path: {path}. No file was found whose name starts with it."
        )
    if len(found) > MAX_FILES or sum(each["Size"] for each in found) > MAX_BYTES:
        raise FailedError(
            f"The input of {path} is more than {MAX_FILES} files or {MAX_BYTES} bytes."
        )
    return [each["Key"] for each in found]


def _call(action: partial[Any]) -> Any:
    """Ask S3; what it refuses becomes the reason that the service gives."""
    bucket = action.keywords["Bucket"]
    try:
        return action()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no code")
        raise FailedError(
            "Insufficient privileges for accessing data in S3. Please look at "
            "https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html "
            f"and fix the bucket policy on {bucket} ({code})."
        ) from error
    except BotoCoreError as error:
        raise FailedError(f"Internal error while accessing bucket {bucket}: {error}") from error


def _answered(task: BatchTask, line: bytes) -> Mapping[str, Any]:
    """The output line of an input line; a malformed one gets an error in place of an output."""
    text = line.decode("utf-8", "replace").strip()
    parsed: Any = text
    try:
        parsed = json.loads(text)
        _check(task, parsed)
    except (ValueError, RecursionError) as error:
        return {"input": text, "output": None, "error": f"Not a line of JSON: {error}"}
    except _MalformedError as error:
        return {"input": parsed, "output": None, "error": str(error)}
    return {"input": parsed, "output": task.answerer(parsed), "error": None}


def _check(task: BatchTask, record: Any) -> None:
    wanted = task.record.value
    if not isinstance(record, Mapping) or set(record) - {"filterValues"} != set(wanted):
        raise _MalformedError(f"Expected an object with {' and '.join(wanted)}.")
    items = record.get("itemList", ["any"])
    ids = [record[key] for key in wanted if key != "itemList"]
    if not isinstance(items, list) or not items:
        raise _MalformedError("itemList has to be a list of at least one item id.")
    if not all(isinstance(each, str) and each for each in [*ids, *items]):
        raise _MalformedError(f"{' and '.join(wanted)} have to be strings that are not empty.")
    if "itemAttributes" in wanted and not ATTRIBUTES.fullmatch(record["itemAttributes"].strip()):
        raise _MalformedError(
            'itemAttributes has to read like ITEMS.genres = "Comedy" AND ITEMS.year = 1999.'
        )
    values = record.get("filterValues", {})
    if not isinstance(values, Mapping) or not all(isinstance(v, str) for v in values.values()):
        raise _MalformedError("filterValues has to be an object of strings.")
    missing = [each for each in task.placeholders if each not in values]
    if missing:
        raise _MalformedError(f"filterValues has no value for {', '.join(missing)}.")
