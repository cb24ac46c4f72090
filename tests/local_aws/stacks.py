"""The stacks that the local deploys are about, synthesized in this process.

`cdk deploy` takes a folder that was synthesized before as well as a command; this saves starting
Python and jsii for every deploy. (The demo lets the CLI run `app.py`, as users do.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

from cdk_personalize import (
    BatchInferenceJob,
    Campaign,
    ItemExploration,
    JobInput,
    JobOutput,
)
from local_aws.engine import ACCOUNT, REGION

SOLUTION_VERSION_ARN: Final = f"arn:aws:personalize:{REGION}:{ACCOUNT}:solution/movies/5f3a9c1e"
INPUT_KEY: Final = "input/users.json"
OUTPUT_KEY: Final = "output/"
TIMEOUT: Final = cdk.Duration.minutes(1)
"""Long enough for everything here, and what never ends is to end soon."""


@dataclass(frozen=True)
class Recommendations:
    """A campaign, and a job when there is a bucket for it.

    Attributes:
        exploration_weight: How much new items are explored by the campaign.
        bucket: Holds the job's input at INPUT_KEY.
        num_results: Recommendations a user of the job.
    """

    exploration_weight: float = 0.3
    bucket: str | None = None
    num_results: int = 5

    def build(self, stack: cdk.Stack) -> None:
        """Adds the resources to a stack, and one that uses the campaign's ARN."""
        campaign = Campaign(
            stack,
            "Campaign",
            solution_version=SOLUTION_VERSION_ARN,
            item_exploration=ItemExploration(weight=self.exploration_weight),
            timeout=TIMEOUT,
        )
        ssm.StringParameter(stack, "User", string_value=campaign.campaign_arn)
        cdk.CfnOutput(stack, "Arn", value=campaign.campaign_arn)
        cdk.CfnOutput(stack, "Status", value=campaign.status)
        if self.bucket is not None:
            bucket = s3.Bucket.from_bucket_name(stack, "Bucket", self.bucket)
            job = BatchInferenceJob(
                stack,
                "Job",
                solution_version=SOLUTION_VERSION_ARN,
                job_input=JobInput.from_bucket(bucket, INPUT_KEY),
                job_output=JobOutput.from_bucket(bucket, OUTPUT_KEY),
                num_results=self.num_results,
                timeout=TIMEOUT,
            )
            cdk.CfnOutput(stack, "JobArn", value=job.job_arn)


def synthesized(folder: Path, stack_name: str, build: Callable[[cdk.Stack], None]) -> Path:
    """Synthesizes a stack into a fresh folder, which `CdkCli(app=...)` takes."""
    return assembled(folder, lambda app: build(cdk.Stack(app, stack_name)))


def assembled(folder: Path, build: Callable[[cdk.App], object]) -> Path:
    """The same for an app that makes its stacks itself, such as an example's."""
    context = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]
    app = cdk.App(outdir=str(folder), context=context)
    build(app)
    app.synth()
    return folder


def break_asset(assembly: Path, file: str, text: str) -> None:
    """Puts another text into a file of an assembly's one asset, under a hash of its own.

    Args:
        assembly: A folder that `synthesized` made.
        file: The file, from the asset's folder.
        text: What it is to hold.
    """
    (asset,) = assembly.glob("asset.*")
    (asset / file).write_text(text)
    old = asset.name.removeprefix("asset.")
    new = _hash(old, file, text)
    asset.rename(assembly / f"asset.{new}")
    _replace(assembly, old, new)
    # The template is an asset too, and the CLI uploads none whose hash it finds in the bucket.
    (manifest,) = assembly.glob("*.assets.json")
    for name, entry in json.loads(manifest.read_text())["files"].items():
        if entry["source"]["path"].endswith(".template.json"):
            _replace(assembly, name, _hash(name, new))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _replace(assembly: Path, old: str, new: str) -> None:
    for document in assembly.glob("*.json"):
        document.write_text(document.read_text().replace(old, new))
