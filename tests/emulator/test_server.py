"""Over HTTP: real clients, the admin endpoints, and the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from emulator.backend import PersonalizeBackend
from emulator.scene import SHOP, SOLUTION, VERSION, recipe_arn, refusal
from emulator.server import EmulatorServer, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_personalize import PersonalizeClient


class Clock:
    now_s = 1_000.0


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    backend = PersonalizeBackend(clock=lambda: Clock.now_s)
    with EmulatorServer(backend) as running:
        yield running


def client_of(url: str) -> PersonalizeClient:
    return boto3.client(
        "personalize",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def admin(url: str, method: str, path: str, document: Any = None) -> Any:
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{url}/_emulator/{path}", data=body, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def test_a_campaign_lives_over_http(server: EmulatorServer) -> None:
    admin(server.url, "POST", "solution-versions", {"arn": VERSION})
    admin(server.url, "PUT", "plans", {"sh*": {"create_s": 0, "delete_s": 0}})
    client = client_of(server.url)
    arn = client.create_campaign(name="shop", solutionVersionArn=VERSION)["campaignArn"]
    assert client.describe_campaign(campaignArn=arn)["campaign"]["status"] == "ACTIVE"
    [resource] = admin(server.url, "GET", "resources")["resources"]
    assert (resource["arn"], resource["status"]) == (arn, "ACTIVE")
    client.delete_campaign(campaignArn=arn)
    code, _ = refusal(client.describe_campaign, campaignArn=arn)
    assert code == "ResourceNotFoundException"
    entries = admin(server.url, "GET", "log")["entries"]
    assert entries[-1]["outcome"] == "ResourceNotFoundException"
    admin(server.url, "POST", "reset")
    assert admin(server.url, "GET", "log") == {"entries": []}


def test_a_connection_is_really_cut(server: EmulatorServer) -> None:
    drop = {"effect": "drop_after", "operation": "CreateCampaign", "times": 1}
    admin(server.url, "PUT", "plans", {"*": {"faults": [drop]}})
    admin(server.url, "POST", "solution-versions", {"arn": VERSION})
    client = client_of(server.url)
    with pytest.raises(ConnectionClosedError):
        client.create_campaign(name="shop", solutionVersionArn=VERSION)
    assert len(client.list_campaigns()["campaigns"]) == 1


def test_the_scene_is_set_over_http(server: EmulatorServer) -> None:
    admin(server.url, "PUT", "oddities", {"describes_not_found_after_create": 1})
    admin(server.url, "PUT", "quotas", {"jobs_in_progress": 1})
    admin(server.url, "POST", "filters", {"arn": "arn:aws:personalize:::filter/f"})
    admin(server.url, "POST", "solutions", {"arn": SOLUTION})
    trained = client_of(server.url).create_solution_version(solutionArn=SOLUTION)
    assert trained["solutionVersionArn"].startswith(f"{SOLUTION}/")
    admin(server.url, "POST", "dataset-groups", {"arn": SHOP, "domain": "ECOMMERCE"})
    made = client_of(server.url).create_recommender(
        name="shop", datasetGroupArn=SHOP, recipeArn=recipe_arn("aws-ecomm-recommended-for-you")
    )
    assert made["recommenderArn"].endswith(":recommender/shop")
    assert admin(server.url, "GET", "health") == {"status": "ok", "now_s": Clock.now_s}


@pytest.mark.parametrize(
    ("method", "path", "document", "status", "words"),
    [
        ("PUT", "plans", {"*": {"speed": 1}}, 400, "speed"),
        ("PUT", "oddities", {"mood": 1}, 400, "mood"),
        ("POST", "solution-versions", {"arn": "a", "recipe": "cake"}, 400, "cake"),
        ("POST", "solutions", {"arn": "a", "recipe": "cake"}, 400, "cake"),
        ("POST", "dataset-groups", {"arn": "a", "domain": "MUSIC"}, 400, "MUSIC"),
        ("PUT", "plans", [], 400, "JSON object"),
        ("GET", "nothing", None, 404, "/_emulator/health"),
    ],
)
def test_an_admin_mistake_is_named(
    server: EmulatorServer, method: str, path: str, document: Any, status: int, words: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        admin(server.url, method, path, document)
    assert refused.value.code == status
    assert words in json.load(refused.value)["error"]


def test_the_command_prints_its_url_and_ends_on_a_signal() -> None:
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-m", "emulator.server", "--port", "0", "--create-s", "0"]
    environment = {**os.environ, "PYTHONPATH": str(tests)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tests
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert admin(url, "GET", "health")["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_command_line_has_defaults() -> None:
    options = parsed([])
    assert (options.port, options.s3_endpoint, options.iam_endpoint) == (0, None, None)
