"""README.md: its example, its tables, and the reasons that it explains."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_personalize import Campaign, asset, provider
from cdk_personalize.resource import DEFAULT_TIMEOUT_S, HOUR_S
from docs.pages import PROJECT, bare, page
from emulator.plans import Plan
from personalize_provider.resources import LONGEST_TIMEOUT_S
from personalize_provider.resources.batch_inference_job import THEME_REGIONS
from personalize_provider.segments import CLOUDFORMATION_WAITS_S, share_s
from simulator.matrix import CHANGED, SHORT, TEMPLATE, created, short_world
from simulator.templates import Declared
from simulator.world import VERSION, World, campaign, job

README = page("README.md")
REFUSAL = "The solution version cannot serve this exploration weight."


# --- the example ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The template of the first example, run as a user would run it."""
    (text,) = README.section("A first example").blocks("python")
    folder = tmp_path_factory.mktemp("example")
    (folder / "app.py").write_text(text)
    code = (
        "import json, runpy, aws_cdk as cdk; from aws_cdk import assertions\n"
        "found = runpy.run_path('app.py')\n"
        "made = assertions.Annotations.from_stack(found['stack'])\n"
        "any_value = assertions.Match.any_value()\n"
        "warnings = [str(each.entry.data) for each in made.find_warning('*', any_value)]\n"
        "template = assertions.Template.from_stack(found['stack']).to_json()\n"
        "print(json.dumps({'template': template, 'warnings': warnings}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True
    )
    made: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def resources_of(template: Mapping[str, Any], kind: str) -> list[Any]:
    return [each for each in template["Resources"].values() if each["Type"] == kind]


def test_the_first_example_synthesizes_a_campaign_and_a_job(example: Mapping[str, Any]) -> None:
    template = example["template"]
    assert len(resources_of(template, "Custom::PersonalizeCampaign")) == 1
    assert len(resources_of(template, "Custom::PersonalizeBatchInferenceJob")) == 1
    assert set(template["Outputs"]) == {"CampaignArn", "Recommended"}


def test_the_first_example_warns_of_its_bucket_as_the_readme_says(
    example: Mapping[str, Any],
) -> None:
    (warning,) = {text.split("Amazon Personalize needs")[0] for text in example["warnings"]}
    assert "my-recommendations-data cannot be changed" in warning


def test_every_example_is_told_of() -> None:
    rows = README.section("A first example").table("Example")
    told = {re.findall(r"\((.+)/README.md\)", row["Example"])[0] for row in rows}
    assert told == {
        f"examples/{app.parent.name}" for app in (PROJECT / "examples").glob("*/app.py")
    }
    smallest = (PROJECT / "examples/smallest/app.py").read_text()
    assert f"in {len(smallest.splitlines())} lines" in rows[0]["What it shows"]


# --- what it creates -----------------------------------------------------------------------------


def provider_resources() -> Mapping[str, Any]:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Shop")
    Campaign(stack, "Campaign", solution_version=VERSION)
    resources: Mapping[str, Any] = assertions.Template.from_stack(stack).to_json()["Resources"]
    return {name: each for name, each in resources.items() if "Provider" in name}


def test_the_ten_resources_are_those_of_the_template() -> None:
    told = {
        row["Resource"]: bare(row["Type"])
        for row in README.section("What it creates").table("Resource")
    }
    made = {
        re.sub(r"^CdkPersonalizeProvider(\w+)\w{8}$", r"\1", name): each["Type"]
        for name, each in provider_resources().items()
    }
    assert told == made
    assert len(told) == 10


def test_the_limits_of_the_functions_are_those_of_the_template() -> None:
    rows = README.section("What it creates").table("Resource")
    told = {row["Resource"]: row["For"] for row in rows}
    for name, each in provider_resources().items():
        given = each["Properties"]
        if each["Type"] == "AWS::Lambda::Function":
            role = "Handler" if "ProviderHandler" in name else "LastResort"
            limits = f"Python 3.13, {given['MemorySize']} MB, {given['Timeout']} s"
            assert told[role].endswith(limits)
            assert given["Runtime"] == "python3.13"
        if each["Type"] == "AWS::Logs::LogGroup":
            assert given["RetentionInDays"] in (30, 31)
    assert provider.RETRY_ATTEMPTS == 2
    assert provider.MAXIMUM_EVENT_AGE_S == 300
    not_promised = page("docs/lifecycle.md").section("What is not promised").text
    assert "to the handler within 300 s" in not_promised


# --- when a deploy fails -------------------------------------------------------------------------


def reasons(world: World) -> Iterator[str]:
    for stack in world.stacks:
        yield from (event.reason for event in stack.events if event.status.endswith("_FAILED"))


def failed_create(declared: Declared, plan: Plan = SHORT, **settings: Any) -> World:
    world = short_world(**settings)
    world.personalize.plan("*", plan)
    world.stack("shop").create({"Campaign": declared})
    world.run()
    return world


def failed_update() -> World:
    world = short_world()
    stack = created(world)
    world.personalize.plan("*", replace(SHORT, update_fails={1: REFUSAL}))
    stack.update(CHANGED)
    world.run()
    return world


def taken_name() -> World:
    world = short_world()
    request = {"name": "spring-sale", "solutionVersionArn": VERSION}
    assert world.call_as_other_owner("CreateCampaign", request)
    world.stack("shop").create({"Campaign": campaign(Name="spring-sale")})
    world.run()
    return world


def used_up_name() -> World:
    world = short_world()
    stack = created(world, {"Job": job(JobName="nightly", NumResults=10)})
    stack.update({"Job": job(JobName="nightly", NumResults=20)})
    world.run()
    return world


def denied() -> World:
    world = short_world()
    refuse = b'{"__type":"AccessDeniedException","message":"is not authorized to perform"}'
    serve = world.wire.services["personalize"]

    def refusing(headers: Mapping[str, str], body: bytes) -> Any:
        if headers["X-Amz-Target"].endswith(".CreateCampaign"):
            return 400, {"Content-Type": "application/x-amz-json-1.1"}, refuse
        return serve(headers, body)

    world.wire.services["personalize"] = refusing
    world.stack("shop").create(TEMPLATE)
    world.run()
    return world


def broken_handler() -> World:
    def raises(_event: Any, _context: Any) -> None:
        raise MemoryError("no room left")

    return failed_create(campaign(), handler=raises)


NO_SUCH_VERSION = VERSION.replace("v1", "v9")

CASES = {
    "not valid, and nothing was created": lambda: failed_create(campaign(MinProvisionedTPS=0)),
    "is CREATE FAILED:": lambda: failed_create(
        campaign(), replace(SHORT, create_fails={1: "There is no data."})
    ),
    "exists already and was not made by this resource of this stack": taken_name,
    "its name is used up": used_up_name,
    "was refused.": lambda: failed_create(campaign(SolutionVersionArn=NO_SUCH_VERSION)),
    "not permitted, and not within the time": denied,
    "as asked for, after": lambda: failed_create(campaign(), Plan(create_s=5000)),
    "delete again": lambda: failed_create(campaign(Timeout=600), Plan(create_s=20_000)),
    "more in the log group": broken_handler,
}
"""What the README explains -> how it comes about."""


def test_every_reason_that_the_readme_explains_is_tried() -> None:
    rows = README.section("When a deploy fails").table("The reason says")
    assert [bare(row["The reason says"]) for row in rows] == list(CASES)


@pytest.mark.parametrize("text", CASES)
def test_a_reason_reads_as_the_readme_says(text: str) -> None:
    assert any(text in reason for reason in reasons(CASES[text]()))


def test_the_example_of_a_reason_is_a_real_one_but_for_its_names() -> None:
    (told,) = README.section("When a deploy fails").blocks("text")
    (real,) = reasons(failed_update())
    assert shape(told) == shape(real)


def shape(reason: str) -> str:
    """A reason without the names that differ from stack to stack."""
    text = " ".join(reason.split())
    text = re.sub(r"Campaign [\w-]+ is", "Campaign NAME is", text)
    text = re.sub(r"log group [\w/-]+,", "log group GROUP,", text)
    pattern = r"execution \w+-[0-9a-f]{12}-[0-9a-f]{8}-\d{13}-[0-9a-f]{12}\."
    assert re.search(pattern, text)
    return re.sub(pattern, "execution NAME.", text)


# --- limits and compatibility --------------------------------------------------------------------


def test_the_limits_are_the_codes() -> None:
    text = " ".join(README.section("Limits").text.split())
    assert HOUR_S == DEFAULT_TIMEOUT_S == CLOUDFORMATION_WAITS_S == 3600
    assert "waits at most 60 minutes" in text
    assert "The default is 60 minutes" in text
    assert f"up to {LONGEST_TIMEOUT_S // HOUR_S} hours" in text
    assert f"the handler uses {share_s(CLOUDFORMATION_WAITS_S) // 60}" in text
    assert f"{', '.join(THEME_REGIONS[:2])} and {THEME_REGIONS[2]}" in text


def test_the_versions_are_those_of_the_package() -> None:
    given = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    rows = README.section("Compatibility").table("What")
    told = {row["What"]: row["Version"] for row in rows}
    assert given["requires-python"] == ">=3.11"
    assert told["Python, for synthesis"] == "3.11 or newer"
    for requirement in given["dependencies"]:
        found = re.fullmatch(r"([\w-]+)>=([\d.]+),<(\d+)", requirement)
        assert found is not None, requirement
        assert told[found[1]] == f"{found[2]} or newer, below {found[3]}"
    assert asset.CRHELPER_LOWEST == (2, 0, 12)
    assert asset.CRHELPER_BELOW == (3,)


def test_the_two_commands_are_there() -> None:
    (shell,) = README.section("Try it without an AWS account").blocks("sh")
    assert re.findall(r"^make (\w+)", shell, re.MULTILINE) == ["demo", "test"]
