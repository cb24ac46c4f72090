"""Where a batch job reads and writes: a bucket and a key, or an s3 path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import aws_cdk as cdk

from cdk_personalize.faults import (
    InvalidPropertiesError,
    is_dummy,
    is_token,
    place_faults,
    type_fault,
)
from cdk_personalize.key_access import alias_of_unknown_key, is_key, key_behind_alias
from personalize_provider.resources import Fault, jobs
from personalize_provider.schema import cloudformation_name

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

_SCHEME = "s3://"
_WILDCARDS = ("*", "?", "${")
"""What IAM does not take literally in a resource's name."""

_TOKEN_END = "]}"  # noqa: S105 (how the CDK spells the end of a token in a string)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLocation:
    """A place in S3, with what permissions need to know of it. Made by its two class methods.

    Attributes:
        path: `s3://bucket/key`, at most 256 characters.
        key: The part behind the bucket, or None where only CloudFormation knows it.
        bucket_arn: ARN of the bucket.
        objects_arn: ARN of the objects whose keys start with the key, ending in `*`: the service
            matches by prefix.
        bucket: The bucket, or None where only its name is known.
        encryption_key: The KMS key of the files, or None.
        members: Where the path goes, as members of the create call.
    """

    members: ClassVar[tuple[str, ...]] = ()
    path: str
    key: str | None
    bucket_arn: str
    objects_arn: str
    bucket: s3.IBucket | None
    encryption_key: kms.IKey | None

    @classmethod
    def from_bucket(
        cls, bucket: s3.IBucket, key: str, *, encryption_key: kms.IKey | None = None
    ) -> Self:
        """A key (or a folder's prefix) in a bucket.

        Args:
            bucket: A bucket in the job's region. A bucket of this app gets a bucket policy for
                the service; an imported one draws a warning that says what to add.
            key: Key or prefix, without a slash in front; a folder ends with one.
            encryption_key: KMS key of the files. Default: the bucket's own key, when it has one.

        Raises:
            InvalidPropertiesError: It is no bucket, or no key of a file, or no KMS key.
        """
        if not isinstance(key, str):
            raise cls._refused(
                key, "the key as a string", "Give a key such as 'folder/', or '' for the bucket."
            )
        if isinstance(bucket, str) or getattr(bucket, "bucket_arn", None) is None:
            raise cls._refused(
                bucket, "a bucket", "For a bucket's name there is s3.Bucket.from_bucket_name."
            )
        cls._refuse_no_key(encryption_key)
        return cls(
            path=f"{_SCHEME}{bucket.bucket_name}/{key}",
            key=key,
            bucket_arn=bucket.bucket_arn,
            objects_arn=bucket.arn_for_objects(f"{key}*"),
            bucket=bucket,
            encryption_key=key_behind_alias(encryption_key or bucket.encryption_key),
        )

    @classmethod
    def from_s3_path(cls, path: str, *, encryption_key: kms.IKey | None = None) -> Self:
        """An s3 path, plain or a token.

        Prefer `from_bucket`: a path alone gets no bucket policy; a warning says what to add.

        Args:
            path: `s3://bucket/key`; a folder ends with a slash.
            encryption_key: KMS key of the files. Default: none.

        Raises:
            InvalidPropertiesError: It is no path, or no KMS key.
        """
        if not isinstance(path, str):
            raise cls._refused(
                path, "the path as a string", "Give a path such as 's3://bucket/folder/'."
            )
        cls._refuse_no_key(encryption_key)
        bucket, slash, key = path.removeprefix(_SCHEME).partition("/")
        literal = path.startswith(_SCHEME) and slash and not cdk.Token.is_unresolved(bucket)
        if not literal and cdk.Token.is_unresolved(path):
            bucket = cdk.Fn.select(2, cdk.Fn.split("/", path))
            objects = cdk.Fn.select(1, cdk.Fn.split(_SCHEME, path))
        else:
            objects = f"{bucket}/{key}"
        return cls(
            path=path,
            key=key if literal else None,
            bucket_arn=f"arn:{cdk.Aws.PARTITION}:s3:::{bucket}",
            objects_arn=f"arn:{cdk.Aws.PARTITION}:s3:::{objects}*",
            bucket=None,
            encryption_key=key_behind_alias(encryption_key),
        )

    def faults(self, *, home: str) -> tuple[Fault, ...]:
        """What the rules of the service do not see at synthesis: the bucket's region, and tokens.

        Args:
            home: The region of the job's stack, or a token.
        """
        return (
            *self._elsewhere(home),
            *self._end_faults(),
            *self._alias_faults(),
            *self._wildcard_faults(),
        )

    def key_faults(self, scope: Construct) -> tuple[Fault, ...]:
        """What is wrong with where the KMS key is; another account's key is in order.

        Args:
            scope: The job.
        """
        at = (*self.members[:-1], "kmsKeyArn")
        return place_faults(scope, self.encryption_key, at=at, service="kms")

    def _elsewhere(self, home: str) -> Iterator[Fault]:
        there = home if self.bucket is None or is_token(home) else self.bucket.env.region
        if there == home or is_token(there):
            return
        yield Fault(
            property=self.property_path,
            value=self._shown_path,
            rule=f"be in a bucket of {home}, where the stack is, and not of {there}",
            way_out=f"Give a bucket of {home} and copy the files there, or put the job into a "
            f"stack of {there}.",
        )

    def _end_faults(self) -> Iterator[Fault]:
        """The end of a path that holds a token is known all the same: the rules judge that."""
        if not is_token(self.path) or self.path.endswith(_TOKEN_END) or is_dummy(self.path):
            return
        known: Any = self._shown_path
        for member in reversed(self.members):
            known = {member: known}
        for rule in (jobs.paths_are_in_buckets, jobs.output_is_a_folder):
            yield from rule(known, is_token)

    def _alias_faults(self) -> Iterator[Fault]:
        """An alias of another app: its ARN holds a token, and its key is not known."""
        alias = alias_of_unknown_key(self.encryption_key)
        if alias is not None:
            yield Fault(
                property=f"{self.property_path.rpartition('.')[0]}.KmsKeyArn",
                value=alias,
                rule="be the ARN of a KMS key, not of an alias",
                way_out="Give the key: kms.Key.from_key_arn, or kms.Key.from_lookup with its "
                "alias.",
            )

    def _wildcard_faults(self) -> Iterator[Fault]:
        """What a policy takes for more than the key itself, and the service literally."""
        key = self.key or ""
        sign = next((each for each in _WILDCARDS if each in key), None)
        if sign is None or is_token(key):
            return
        folder = "".join(key.partition(sign)[0].rpartition("/")[:2])
        yield Fault(
            property=self.property_path,
            value=self._shown_path,
            rule=f"have no {sign} in its key, which Amazon Personalize takes as it is",
            way_out=f"Give the folder, {folder!r}, which stands for all that is in it."
            if folder
            else "Give a folder, such as 'folder/'.",
        )

    @property
    def property_path(self) -> str:
        """The property that holds the path: `JobInput.S3DataSource.Path`."""
        return ".".join(map(cloudformation_name, self.members))

    @property
    def _shown_path(self) -> str:
        """The path, with words for what only CloudFormation knows."""
        if not is_token(self.path):
            return self.path
        before, _, end = self.path.rpartition(_TOKEN_END)
        hides_the_bucket = before.startswith(f"{_SCHEME}${{") and _TOKEN_END not in before
        return f"{_SCHEME}BUCKET{end}" if hides_the_bucket else f"{_SCHEME}BUCKET/KEY{end}"

    @classmethod
    def standing_for(cls, given: object) -> Self:
        """What was given, or a place that stands for it where it is none."""
        return given if isinstance(given, cls) else cls.from_s3_path(f"{_SCHEME}unknown/")

    @classmethod
    def type_faults(cls, given: object) -> tuple[Fault, ...]:
        """What is wrong with something that is no such place."""
        if isinstance(given, cls):
            return ()
        kind = cls.__name__
        example = repr(given) if isinstance(given, str) else "'s3://bucket/folder/'"
        return (
            type_fault(
                cloudformation_name(cls.members[0]),
                given,
                rule=f"be a {kind}",
                way_out=f"Give {kind}.from_bucket(bucket, 'folder/'), or "
                f"{kind}.from_s3_path({example}).",
            ),
        )

    @classmethod
    def _refuse_no_key(cls, encryption_key: object) -> None:
        if encryption_key is not None and not is_key(encryption_key):
            raise cls._refused(
                encryption_key,
                "a place with the KMS key of its files",
                "For a key's ARN there is kms.Key.from_key_arn.",
            )

    @classmethod
    def _refused(cls, given: object, what: str, way_out: str) -> InvalidPropertiesError:
        fault = type_fault(
            ".".join(map(cloudformation_name, cls.members)),
            given,
            rule=f"be given as {what}",
            way_out=way_out,
        )
        return InvalidPropertiesError(construct_path=cls.__name__, faults=[fault])

    def to_properties(self) -> dict[str, str | None]:
        """The `S3DataSource` or `S3DataDestination` structure."""
        key = self.encryption_key
        return {"Path": self.path, "KmsKeyArn": key.key_arn if key else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInput(JobLocation):
    """What a batch job reads: JSON Lines files.

    The service reads every object whose key starts with the given one: `folder` also reads
    `folder_test`, so end a folder with a slash.

    Source: Amazon Personalize Developer Guide, "Preparing input data for batch recommendations" and
    "Preparing input data for user segments".
    """

    members: ClassVar[tuple[str, ...]] = jobs.INPUT_PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutput(JobLocation):
    """The folder that a batch job writes to; its key ends with a slash.

    Source: Amazon Personalize API reference, BatchInferenceJobOutput and BatchSegmentJobOutput.
    """

    members: ClassVar[tuple[str, ...]] = jobs.OUTPUT_PATH
