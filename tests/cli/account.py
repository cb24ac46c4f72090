"""An account to be examined: S3 and SSM by moto, Personalize emulated, the rest by functions."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from cdk_personalize_cli.command import Surroundings, run
from cli.answering import FakeClients, RefusalError
from cli.stage import Stage
from handler.given import ACCOUNT

REGION = "eu-west-1"
VERSION_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION}"
DEPLOY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{ACCOUNT}-{REGION}"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/Developer/ada"
CALLERS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/people/Developer"


@dataclass
class Account:
    """The account.

    Attributes:
        stage: Its Personalize and its stacks.
        s3: S3, by moto.
        ssm: SSM, by moto.
        refused: Actions that IAM's simulation refuses.
        quotas: Quota code -> value that Service Quotas tells.
        caller: ARN of who asks.
    """

    stage: Stage
    s3: Any
    ssm: Any
    refused: set[str] = field(default_factory=set)
    quotas: dict[str, float] = field(default_factory=dict)
    caller: str = CALLER
    simulated: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def clients(self) -> FakeClients:
        return self.stage.clients

    def doctor(self, *arguments: str) -> tuple[int, list[dict[str, str]]]:
        """Exit code and findings of `doctor --json`."""
        code, out, err = self.run("doctor", "--json", *arguments)
        assert not err, err
        return code, json.loads(out)["findings"]

    def findings(self, check: str, *arguments: str) -> list[dict[str, str]]:
        """What one check finds."""
        _, found = self.doctor(*arguments)
        return [each for each in found if each["check"] == check]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        around = Surroundings(
            clients=lambda region, profile: self.clients,
            clock=lambda: self.stage.now_s,
            sleep=self.stage.sleep,
            out=out,
            err=err,
        )
        return run(arguments, around), out.getvalue(), err.getvalue()

    def simulate(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        (resource,) = asked["ResourceArns"]
        results = []
        for action in asked["ActionNames"]:
            self.simulated.append((asked["PolicySourceArn"], action, resource))
            decision = "implicitDeny" if action in self.refused else "allowed"
            results.append({"EvalActionName": action, "EvalDecision": decision})
        return {"EvaluationResults": results, "IsTruncated": False}

    def quota(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        assert asked["ServiceCode"] == "personalize"
        if asked["QuotaCode"] not in self.quotas:
            raise RefusalError("NoSuchResourceException", "unknown quota")
        return {"Quota": {"Value": self.quotas[asked["QuotaCode"]]}}


@contextmanager
def account() -> Iterator[Account]:
    """An account in which all is well: it is bootstrapped, and has a trained solution."""
    with mock_aws(config={"core": {"passthrough": {"services": ["personalize"]}}}):
        made = Account(stage=Stage(), s3=_client("s3"), ssm=_client("ssm"))
        made.clients.made |= {"s3": made.s3, "ssm": made.ssm}
        made.ssm.put_parameter(Name=VERSION_PARAMETER, Value="21", Type="String")
        made.clients.serve("sts", {"GetCallerIdentity": lambda _: _identity(made)})
        made.clients.serve(
            "iam", {"GetRole": lambda _: _role(), "SimulatePrincipalPolicy": made.simulate}
        )
        made.clients.serve("service-quotas", {"GetServiceQuota": made.quota})
        yield made


@cache
def _session() -> boto3.Session:
    """One that moto knows: it was imported before."""
    return boto3.Session("key", "secret")


def _client(service: Any, region: str = REGION) -> Any:
    return _session().client(service, region_name=region)


def _identity(made: Account) -> dict[str, str]:
    return {"Account": ACCOUNT, "Arn": made.caller, "UserId": "AROA:ada"}


def _role() -> dict[str, Any]:
    return {
        "Role": {
            "Path": "/people/",
            "RoleName": "Developer",
            "RoleId": "AROA1234567890123456",
            "Arn": CALLERS_ROLE,
            "CreateDate": 0,
        }
    }


def bucket(made: Account, name: str, *keys: str, region: str = REGION) -> None:
    """Make a bucket, with files in it."""
    client = _client("s3", region)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    for key in keys:
        client.put_object(Bucket=name, Key=key, Body=b"{}")


def template(folder: Path, *, stack: str = "shop", **resources: Mapping[str, Any]) -> str:
    """Write a template with resources; its path."""
    file = folder / f"{stack}.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    return str(file)


def declared(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}
