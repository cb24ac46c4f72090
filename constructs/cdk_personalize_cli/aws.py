"""Clients of AWS, and where they are: partition, region, account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import boto3
from botocore.config import Config

RETRIES: Any = {"mode": "adaptive", "total_max_attempts": 8}
"""botocore waits by itself where AWS throttles, and slows down all calls of the client."""

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 30


class Clients(Protocol):
    """What the commands ask AWS through. Only read-only calls are made."""

    @property
    def region(self) -> str:
        """Such as `eu-west-1`."""
        ...

    @property
    def partition(self) -> str:
        """Such as `aws`, `aws-cn`."""
        ...

    def client(self, service: str) -> Any:
        """A botocore client of a service."""
        ...

    def regions_of(self, service: str) -> Sequence[str]:
        """The regions of this partition in which botocore knows the service."""
        ...


class SessionClients:
    """Clients of one boto3 session.

    Args:
        region: None for the one of the profile or of the environment.
        profile: None for the default one.

    Raises:
        botocore.exceptions.ProfileNotFound: There is no such profile.
        NoRegionError: No region was given, and none is configured.
    """

    def __init__(self, *, region: str | None, profile: str | None) -> None:
        self._session = boto3.Session(region_name=region, profile_name=profile)
        if not self._session.region_name:
            raise NoRegionError
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The session's region."""
        return str(self._session.region_name)

    @property
    def partition(self) -> str:
        """The partition of that region."""
        return str(self._session.get_partition_for_region(self.region))

    def client(self, service: Any) -> Any:
        """A client that bears throttling; one a service."""
        if service not in self._clients:
            config = Config(
                retries=RETRIES, connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S
            )
            self._clients[service] = self._session.client(service, config=config)
        return self._clients[service]

    def regions_of(self, service: str) -> Sequence[str]:
        """From botocore's own data, which may be older than the newest region."""
        return self._session.get_available_regions(service, partition_name=self.partition)


class NoRegionError(Exception):
    """No region was given, and none is configured."""

    def __str__(self) -> str:
        """What is wrong, and the way out."""
        return "No region is given or configured. Give --region, or set AWS_REGION."
