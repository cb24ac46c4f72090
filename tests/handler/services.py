"""Real botocore clients without a network: stubbed against the service model, or in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber

REGION = "eu-west-1"


@cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")


def client(service: str) -> Any:
    """A client that never tries a call again."""
    config = Config(retries={"total_max_attempts": 1})
    return _session().client(service, region_name=REGION, config=config)


@contextmanager
def stubbed(service: str) -> Iterator[tuple[Any, Stubber]]:
    """A client whose calls are those that the stubber is told of, all of them, in their order."""
    made = client(service)
    with Stubber(made) as stubber:
        yield made, stubber
        stubber.assert_no_pending_responses()
