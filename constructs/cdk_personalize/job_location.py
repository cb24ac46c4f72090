"""Where a batch job reads and writes: a bucket and a key, or an s3 path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import aws_cdk as cdk

from cdk_personalize.key_access import key_behind_alias
from personalize_provider.resources import Fault

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

_SCHEME = "s3://"
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
    """

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
        """
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

        Prefer `from_bucket`: a path alone gets no bucket policy (a warning says what to add), and
        where its bucket is a token, the right to list the bucket is not narrowed to the key.

        Args:
            path: `s3://bucket/key`; a folder ends with a slash.
            encryption_key: KMS key of the files. Default: none.
        """
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

    def faults(self, *, property_path: str) -> tuple[Fault, ...]:
        """What the service's own rules do not catch at synthesis.

        Args:
            property_path: The property that holds the path, for the messages.
        """
        if not self.path.startswith(_SCHEME) and not cdk.Token.is_unresolved(self.path):
            return (
                Fault(
                    property=property_path,
                    value=self.path,
                    rule="start with s3://",
                    way_out="Give s3://bucket/key, or use from_bucket.",
                ),
            )
        if (self.key or "").startswith("/"):
            return (
                Fault(
                    property=property_path,
                    value=self.path,
                    rule="have one slash behind the bucket",
                    way_out=f"Give the key {str(self.key).lstrip('/')!r}.",
                ),
            )
        return ()

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


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutput(JobLocation):
    """The folder that a batch job writes to; its key ends with a slash.

    Source: Amazon Personalize API reference, BatchInferenceJobOutput and BatchSegmentJobOutput.
    """

    def faults(self, *, property_path: str) -> tuple[Fault, ...]:
        """What the service's own rules do not catch at synthesis.

        The handler's rules see a path that holds a token as unknown, although its end is known.

        Args:
            property_path: The property that holds the path, for the messages.
        """
        # Called by class: a dataclass with slots is a new class, which `super()` does not know.
        found = JobLocation.faults(self, property_path=property_path)
        if cdk.Token.is_unresolved(self.path) and not self.path.endswith(("/", _TOKEN_END)):
            key = self.path.rpartition(_TOKEN_END)[2]
            found += (
                Fault(
                    property=property_path,
                    value=self.key if self.key is not None else key,
                    rule="name a folder, so it must end with a slash",
                    way_out=f"Give {(self.key or key) + '/'!r} instead.",
                ),
            )
        return found
