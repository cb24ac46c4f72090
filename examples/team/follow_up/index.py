"""Runs when a batch job has finished: counts its output, and tells the team through a topic.

The event is what the rule in app.py makes of the state change: `job` and `outputPath`.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

SUFFIX = ".out"


def handler(event: dict[str, str], _context: object) -> dict[str, int]:
    """Counts the users with recommendations and those without, and publishes both numbers.

    EventBridge may deliver an event twice. Then the team is told twice, which does no harm.
    """
    bucket, _, prefix = event["outputPath"].removeprefix("s3://").partition("/")
    counts = count(boto3.client("s3"), bucket, prefix)
    boto3.client("sns").publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Message=f"{event['job']}: {counts['served']} users have recommendations in "
        f"{event['outputPath']}, {counts['failed']} have none",
    )
    return counts


def count(s3: Any, bucket: str, prefix: str) -> dict[str, int]:
    """Lines of the output files, by whether the service had an answer for them."""
    counts = {"served": 0, "failed": 0}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            if not found["Key"].endswith(SUFFIX):
                continue
            body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"]
            for line in body.iter_lines():
                counts["failed" if json.loads(line).get("error") else "served"] += 1
    return counts
