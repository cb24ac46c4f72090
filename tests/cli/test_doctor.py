"""`cdk-personalize doctor`, on accounts in which one thing each is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.account import (
    CALLERS_ROLE,
    VERSION_PARAMETER,
    Account,
    account,
    bucket,
    declared,
    template,
)
from cli.answering import denied
from cli.stage import GROUP
from emulator.plans import Fault, Plan
from handler.given import (
    ACCOUNT,
    CAMPAIGN,
    JOB,
    JOB_PROPERTIES,
    RECOMMENDER,
    RECOMMENDER_PROPERTIES,
    SOLUTION,
    STACK,
    TRAINING,
    TRAINING_PROPERTIES,
    VERSION,
)
from personalize_provider.event import parse
from personalize_provider.ownership import tags_of
from personalize_provider.resources import SPECS

EXPLORES = {"ItemExplorationConfig": {"explorationWeight": "0.3"}}


@pytest.fixture
def made() -> Iterator[Account]:
    with account() as found:
        yield found


def levels(findings: list[dict[str, str]]) -> list[str]:
    return [finding["level"] for finding in findings]


def tags(logical_id: str, kind: str, properties: dict[str, Any]) -> list[dict[str, str]]:
    """The tags of a resource that the handler has made."""
    event = {
        "RequestType": "Create",
        "ResponseURL": "x",
        "StackId": STACK,
        "RequestId": "before",
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "ResourceProperties": properties,
    }
    owned = tags_of(parse(event, now_s=0))
    return [{"tagKey": key, "tagValue": value} for key, value in owned.items()]


def test_an_account_in_which_all_is_well_misses_nothing(made: Account, tmp_path: Path) -> None:
    bucket(made, "data", "in/users.json")
    version = made.stage.version
    path = template(
        tmp_path,
        Campaign=declared(CAMPAIGN, SolutionVersionArn=version, CampaignConfig=EXPLORES),
        Logs=declared("AWS::Logs::LogGroup"),
        Newsletter=declared(JOB, **{**JOB_PROPERTIES, "SolutionVersionArn": version}),
    )
    code, findings = made.doctor("--template", path)
    assert code == 0
    assert set(levels(findings)) == {"ok"}
    assert {finding["check"] for finding in findings} == {
        "region",
        "bootstrap",
        "permissions",
        "quotas",
        "solution versions",
        "buckets",
    }


def test_without_a_template_the_account_alone_is_examined(made: Account) -> None:
    code, findings = made.doctor()
    assert code == 0
    checks = [finding["check"] for finding in findings]
    assert sorted(set(checks)) == ["bootstrap", "permissions", "quotas", "region"]
    assert checks.count("quotas") == len(SPECS)


def test_every_call_only_reads(made: Account, tmp_path: Path) -> None:
    path = template(tmp_path, Campaign=declared(CAMPAIGN, Name="a", SolutionVersionArn=VERSION))
    made.doctor("--template", path)
    operations = {name.split(":")[1] for name in made.clients.calls}
    assert operations
    assert all(name.startswith(("Describe", "List", "Get", "Simulate")) for name in operations)


# Place.


def assembled(folder: Path, **places: str) -> str:
    """A cloud assembly of stacks with a campaign each; name -> account and region."""
    artifacts = {}
    for stack, place in places.items():
        properties = {"SolutionVersionArn": VERSION, "Name": stack}
        template(folder, stack=stack, Campaign=declared(CAMPAIGN, **properties))
        artifacts[stack] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{place}",
            "properties": {"templateFile": f"{stack}.template.json"},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return str(folder)


@pytest.mark.parametrize(
    "place",
    ["unknown-account/unknown-region", f"{ACCOUNT}/unknown-region", f"{ACCOUNT}/eu-west-1"],
)
def test_a_stack_for_here_or_anywhere_is_examined(
    made: Account, tmp_path: Path, place: str
) -> None:
    _, findings = made.doctor("--template", assembled(tmp_path, shop=place))
    assert "place" not in {finding["check"] for finding in findings}
    assert any(finding["where"] == "shop/Campaign" for finding in findings)


@pytest.mark.parametrize("place", [f"{ACCOUNT}/us-east-1", "444455556666/eu-west-1"])
def test_a_stack_for_elsewhere_is_told_and_not_examined_here(
    made: Account, tmp_path: Path, place: str
) -> None:
    path = assembled(tmp_path, shop=f"{ACCOUNT}/eu-west-1", blog=place, news=place)
    _, findings = made.doctor("--template", path)
    (told,) = (finding for finding in findings if finding["check"] == "place")
    assert told["level"] == "unchecked"
    assert told["where"] == "blog, news"
    assert f"it is for aws://{place}" in told["what"]
    assert "--profile and --region" in told["what"]
    others = [finding["where"] for finding in findings if finding is not told]
    assert any("shop" in where for where in others)
    assert not any("blog" in where or "news" in where for where in others)


# Region.


def test_a_region_without_personalize_is_told(made: Account) -> None:
    made.clients.region = "eu-north-1"
    (finding,) = made.findings("region")
    assert finding["level"] == "missing"
    assert "eu-west-1" in finding["wayOut"]


@pytest.mark.parametrize(("region", "level"), [("eu-west-1", "missing"), ("us-west-2", "ok")])
def test_theme_generation_is_in_some_regions_only(
    made: Account, tmp_path: Path, region: str, level: str
) -> None:
    made.clients.region = region
    job = declared(JOB, **JOB_PROPERTIES, BatchInferenceJobMode="THEME_GENERATION")
    _, themes = made.findings("region", "--template", template(tmp_path, Themes=job))
    assert themes["level"] == level
    assert themes["where"] == "shop/Themes"


# Bootstrap.


@pytest.mark.parametrize(("version", "level"), [("5", "missing"), ("6", "ok"), ("21", "ok")])
def test_the_bootstrap_has_to_be_new_enough(made: Account, version: str, level: str) -> None:
    made.ssm.put_parameter(Name=VERSION_PARAMETER, Value=version, Type="String", Overwrite=True)
    assert levels(made.findings("bootstrap")) == [level]


def test_an_account_that_is_not_bootstrapped_is_told(made: Account) -> None:
    code, findings = made.doctor("--qualifier", "other")
    assert code == 1
    (finding,) = [each for each in findings if each["level"] == "missing"]
    assert "/cdk-bootstrap/other/version" in finding["what"]
    assert finding["wayOut"] == f"Run `cdk bootstrap aws://{ACCOUNT}/eu-west-1`."


def test_a_bootstrap_that_may_not_be_read_is_unchecked(made: Account) -> None:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise denied("ssm:GetParameter")

    made.clients.serve("ssm", {"GetParameter": refuse})
    code, findings = made.doctor()
    assert code == 0
    (finding,) = [each for each in findings if each["check"] == "bootstrap"]
    assert finding["level"] == "unchecked"
    assert finding["what"].startswith("could not check: GetParameter: AccessDenied:")


# Permissions.


def test_the_callers_role_is_simulated_with_its_path(made: Account) -> None:
    (finding,) = made.findings("permissions")
    assert finding["level"] == "ok"
    assert {principal for principal, *_ in made.simulated} == {CALLERS_ROLE}
    resources = {resource for *_, resource in made.simulated}
    assert f"arn:aws:iam::{ACCOUNT}:role/any-stack-CdkPersonalizeProvider" in resources


def test_actions_that_are_refused_are_named(made: Account) -> None:
    made.refused = {"iam:PassRole", "states:CreateStateMachine"}
    code, findings = made.doctor()
    assert code == 1
    (finding,) = [each for each in findings if each["check"] == "permissions"]
    assert finding["level"] == "missing"
    for action in made.refused:
        assert action in finding["what"]
    assert "lambda:CreateFunction" not in finding["what"]


def test_a_user_is_simulated_and_root_is_not(made: Account) -> None:
    made.caller = f"arn:aws:iam::{ACCOUNT}:user/ada"
    assert levels(made.findings("permissions")) == ["ok"]
    assert {principal for principal, *_ in made.simulated} == {made.caller}
    made.caller = f"arn:aws:iam::{ACCOUNT}:root"
    (finding,) = made.findings("permissions")
    assert finding["level"] == "unchecked"
    assert "--principal" in finding["what"]


def test_a_principal_can_be_named(made: Account) -> None:
    made.findings("permissions", "--principal", "arn:aws:iam::1:role/deployer")
    assert {principal for principal, *_ in made.simulated} == {"arn:aws:iam::1:role/deployer"}


def test_a_simulation_that_is_denied_is_unchecked(made: Account) -> None:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise denied("iam:SimulatePrincipalPolicy")

    made.caller = f"arn:aws:iam::{ACCOUNT}:user/ada"
    made.clients.serve("iam", {"SimulatePrincipalPolicy": refuse})
    assert levels(made.findings("permissions")) == ["unchecked"]


def test_a_job_without_a_role_of_its_own_takes_rights_on_roles_under_our_path(
    made: Account, tmp_path: Path
) -> None:
    job = {**JOB_PROPERTIES, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    made.findings("permissions", "--template", template(tmp_path, Job=declared(JOB, **job)))
    paths = {resource for *_, resource in made.simulated}
    assert f"arn:aws:iam::{ACCOUNT}:role/cdk-personalize/shop/shop-Role" in paths


# Quotas.


def campaigns(made: Account, count: int) -> None:
    client = made.stage.personalize
    for number in range(count):
        client.create_campaign(name=f"c{number}", solutionVersionArn=VERSION)


@pytest.mark.parametrize(("there", "level"), [(4, "ok"), (5, "missing")])
def test_a_campaign_needs_a_place_in_its_dataset_group(
    made: Account, tmp_path: Path, there: int, level: str
) -> None:
    campaigns(made, there)
    path = template(tmp_path, Campaign=declared(CAMPAIGN, SolutionVersionArn=VERSION))
    (finding,) = made.findings("quotas", "--template", path)
    assert finding["level"] == level
    assert f"{there} in use, 1 to come, 5 allowed" in finding["what"]
    assert finding["where"] == GROUP


def test_the_accounts_own_quota_counts(made: Account, tmp_path: Path) -> None:
    campaigns(made, 5)
    made.quotas["L-052ECD67"] = 10
    path = template(tmp_path, Campaign=declared(CAMPAIGN, SolutionVersionArn=VERSION))
    (finding,) = made.findings("quotas", "--template", path)
    assert finding["level"] == "ok"
    assert "10 allowed (Service Quotas)" in finding["what"]


def test_a_quota_that_service_quotas_does_not_tell_is_the_documented_one(made: Account) -> None:
    told = {each["what"].split(":")[0]: each["what"] for each in made.findings("quotas")}
    assert "did not tell: NoSuchResourceException" in told["recommenders in a dataset group"]
    jobs = told["batch segment jobs pending or in progress"]
    assert "5 allowed (the documented default; Service Quotas does not have it)" in jobs


def test_a_campaign_that_is_deployed_already_takes_no_further_place(
    made: Account, tmp_path: Path
) -> None:
    campaigns(made, 5)
    made.stage.stack("CREATE_COMPLETE")
    made.stage.logical_ids = ("Campaign",)
    path = template(tmp_path, Campaign=declared(CAMPAIGN, SolutionVersionArn=VERSION))
    assert made.findings("quotas", "--template", path) == []


def test_jobs_wait_for_a_place_so_that_is_a_warning(made: Account, tmp_path: Path) -> None:
    made.stage.plan(create_s=5000)
    for number in range(5):
        made.stage.personalize.create_batch_inference_job(
            jobName=f"j{number}",
            solutionVersionArn=VERSION,
            jobInput={"s3DataSource": {"path": "s3://data/in/users.json"}},
            jobOutput={"s3DataDestination": {"path": "s3://data/out/"}},
            roleArn=JOB_PROPERTIES["RoleArn"],
        )
    path = template(tmp_path, Newsletter=declared(JOB, **JOB_PROPERTIES))
    (finding,) = made.findings("quotas", "--template", path)
    assert finding["level"] == "warning"
    assert "L-69B72005" in finding["wayOut"]


def test_recommenders_and_trainings_are_counted_too(made: Account, tmp_path: Path) -> None:
    path = template(
        tmp_path,
        ForYou=declared(RECOMMENDER, **RECOMMENDER_PROPERTIES),
        Trained=declared(TRAINING, **TRAINING_PROPERTIES),
    )
    findings = made.findings("quotas", "--template", path)
    assert [finding["where"] for finding in findings] == [GROUP, ""]
    assert "20 allowed" in findings[1]["what"]


def test_a_list_that_is_denied_is_unchecked(made: Account, tmp_path: Path) -> None:
    made.stage.backend.plan("*", Plan(faults=(Fault(effect="deny", operation="Describe*"),)))
    campaigns(made, 1)
    path = template(tmp_path, Campaign=declared(CAMPAIGN, SolutionVersionArn=VERSION))
    (finding,) = made.findings("quotas", "--template", path)
    assert finding["level"] == "unchecked"
    assert "AccessDenied" in finding["what"]


# Solution versions.


def judged(made: Account, tmp_path: Path, kind: str = CAMPAIGN, **properties: Any) -> list[Any]:
    version = made.stage.version
    path = template(tmp_path, It=declared(kind, **{"SolutionVersionArn": version, **properties}))
    return made.findings("solution versions", "--template", path)


def test_a_version_that_does_not_exist_is_missing(made: Account, tmp_path: Path) -> None:
    (finding,) = judged(made, tmp_path, SolutionVersionArn=f"{SOLUTION}/nothing")
    assert finding["level"] == "missing"
    assert f"There is no solution version {SOLUTION}/nothing." in finding["what"]


def test_a_version_in_training_is_missing(made: Account, tmp_path: Path) -> None:
    made.stage.plan(create_s=5000)
    made.stage.now_s += 100
    training = made.stage.personalize.create_solution_version(solutionArn=SOLUTION)
    (finding,) = judged(made, tmp_path, SolutionVersionArn=training["solutionVersionArn"])
    assert finding["level"] == "missing"
    assert "is CREATE PENDING, not ACTIVE" in finding["what"]


def test_the_latest_version_is_judged_by_the_solution(made: Account, tmp_path: Path) -> None:
    (finding,) = judged(made, tmp_path, SolutionVersionArn=f"{SOLUTION}/$LATEST")
    assert finding["level"] == "ok"
    client = made.stage.personalize
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    arn = client.create_solution(name="new", datasetGroupArn=GROUP, recipeArn=recipe)["solutionArn"]
    (finding,) = judged(made, tmp_path, SolutionVersionArn=f"{arn}/$LATEST")
    assert finding["level"] == "missing"
    assert "not trained" in finding["what"]


@pytest.mark.parametrize(
    ("recipe", "found"),
    [
        ("aws-user-personalization", ["ok"]),
        ("aws-user-personalization-v2", ["ok"]),
        ("aws-similar-items", ["ok", "missing"]),
        ("aws-hrnn", ["ok", "missing"]),
    ],
)
@pytest.mark.parametrize(
    ("kind", "config"), [(CAMPAIGN, "CampaignConfig"), (JOB, "BatchInferenceJobConfig")]
)
def test_only_recipes_of_user_personalization_take_exploration(
    made: Account, tmp_path: Path, recipe: str, found: list[str], kind: str, config: str
) -> None:
    version = made.stage.trained("other", recipe)
    findings = judged(made, tmp_path, kind, SolutionVersionArn=version, **{config: EXPLORES})
    assert levels(findings) == found
    assert recipe in findings[-1]["what"]
    assert levels(judged(made, tmp_path, kind, SolutionVersionArn=version)) == ["ok"]


def test_themes_take_a_version_of_similar_items(made: Account, tmp_path: Path) -> None:
    themes = {"BatchInferenceJobMode": "THEME_GENERATION"}
    assert levels(judged(made, tmp_path, JOB, **themes)) == ["ok", "missing"]
    similar = made.stage.trained("similar", "aws-similar-items")
    assert levels(judged(made, tmp_path, JOB, SolutionVersionArn=similar, **themes)) == ["ok"]


def test_a_version_of_another_region_is_missing(made: Account, tmp_path: Path) -> None:
    arn = VERSION.replace("eu-west-1", "us-east-1")
    (finding,) = judged(made, tmp_path, SolutionVersionArn=arn)
    assert finding["level"] == "missing"
    assert "of another region or account than eu-west-1" in finding["what"]


def test_a_version_that_only_the_deployment_knows_is_unchecked(
    made: Account, tmp_path: Path
) -> None:
    arn = {"Fn::GetAtt": ["Trained", "SolutionVersionArn"]}
    (finding,) = judged(made, tmp_path, SolutionVersionArn=arn)
    assert finding["level"] == "unchecked"
    assert finding["where"] == "shop/It"


# Buckets.


def paths(made: Account, tmp_path: Path, **changes: Any) -> list[dict[str, str]]:
    path = template(tmp_path, Newsletter=declared(JOB, **{**JOB_PROPERTIES, **changes}))
    return made.findings("buckets", "--template", path)


def test_a_bucket_that_does_not_exist_is_missing(made: Account, tmp_path: Path) -> None:
    findings = paths(made, tmp_path)
    assert levels(findings) == ["missing", "missing"]
    assert findings[0]["what"] == "The input's bucket data does not exist."


def test_an_input_that_is_not_there_is_missing(made: Account, tmp_path: Path) -> None:
    bucket(made, "data", "elsewhere/users.json")
    findings = paths(made, tmp_path)
    assert levels(findings) == ["missing", "ok"]
    assert "no key in data starts with 'in/users.json'" in findings[0]["what"]


def test_a_bucket_of_another_region_is_missing(made: Account, tmp_path: Path) -> None:
    bucket(made, "data", "in/users.json", region="eu-central-1")
    findings = paths(made, tmp_path)
    assert levels(findings) == ["missing", "missing"]
    assert "is in eu-central-1, and the job runs in eu-west-1" in findings[0]["what"]


def test_a_bucket_of_the_same_app_is_unchecked(made: Account, tmp_path: Path) -> None:
    joined = {"Fn::Join": ["", ["s3://", {"Ref": "Data"}, "/in/users.json"]]}
    bucket(made, "data")
    findings = paths(made, tmp_path, JobInput={"S3DataSource": {"Path": joined}})
    assert levels(findings) == ["unchecked", "ok"]


def test_a_bucket_that_may_not_be_seen_is_unchecked(made: Account, tmp_path: Path) -> None:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        error = denied("s3:ListBucket")
        error.code = "403"
        raise error

    made.clients.serve("s3", {"HeadBucket": refuse})
    assert levels(paths(made, tmp_path)) == ["unchecked", "unchecked"]


# Names.


def named(made: Account, tmp_path: Path, kind: str, **properties: Any) -> list[dict[str, str]]:
    path = template(tmp_path, It=declared(kind, **properties))
    return made.findings("names", "--template", path)


def test_a_free_name_and_one_of_the_librarys_own_are_fine(made: Account, tmp_path: Path) -> None:
    (finding,) = named(made, tmp_path, CAMPAIGN, SolutionVersionArn=VERSION, Name="sale")
    assert (finding["level"], finding["what"]) == ("ok", "The name sale is free.")
    assert named(made, tmp_path, CAMPAIGN, SolutionVersionArn=VERSION) == []


def test_a_name_that_someone_else_has_is_missing(made: Account, tmp_path: Path) -> None:
    made.stage.personalize.create_campaign(name="sale", solutionVersionArn=VERSION)
    (finding,) = named(made, tmp_path, CAMPAIGN, SolutionVersionArn=VERSION, Name="sale")
    assert finding["level"] == "missing"
    assert finding["what"] == "A campaign sale exists already, made by somebody else."
    assert "take it over with adopt_existing" in finding["wayOut"]


def test_a_name_that_is_to_be_taken_over_is_fine(made: Account, tmp_path: Path) -> None:
    made.stage.personalize.create_campaign(name="sale", solutionVersionArn=VERSION)
    (finding,) = named(
        made, tmp_path, CAMPAIGN, SolutionVersionArn=VERSION, Name="sale", AdoptExisting=True
    )
    assert (finding["level"], finding["what"]) == (
        "ok",
        "sale exists already, made by somebody else, and is to be adopted.",
    )


def test_a_name_of_this_very_resource_is_fine(made: Account, tmp_path: Path) -> None:
    properties = {"SolutionVersionArn": VERSION, "Name": "sale"}
    made.stage.stack("CREATE_COMPLETE")
    made.stage.personalize.create_campaign(
        name="sale", solutionVersionArn=VERSION, tags=tags("It", CAMPAIGN, properties)
    )
    (finding,) = named(made, tmp_path, CAMPAIGN, **properties)
    assert finding["level"] == "ok"
    path = template(tmp_path, Other=declared(CAMPAIGN, **properties))
    (finding,) = made.findings("names", "--template", path)
    assert finding["level"] == "missing"
    assert f"made by It of {STACK}" in finding["what"]


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "ok"),
        ({"NumResults": "7"}, "missing"),
        ({"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}, "unchecked"),
    ],
)
def test_the_name_of_a_job_is_used_up_by_other_properties(
    made: Account, tmp_path: Path, changes: dict[str, Any], level: str
) -> None:
    properties = {**JOB_PROPERTIES, "JobName": "spring"}
    made.stage.stack("CREATE_COMPLETE")
    made.stage.personalize.create_batch_inference_job(
        **SPECS[JOB].desired(properties), tags=tags("It", JOB, properties)
    )
    (finding,) = named(made, tmp_path, JOB, **{**properties, **changes})
    assert finding["level"] == level


# Reports.


def test_the_report_for_people_tells_why_and_the_way_out(made: Account, tmp_path: Path) -> None:
    job = {**JOB_PROPERTIES, "SolutionVersionArn": made.stage.version}
    code, out, err = made.run(
        "doctor", "--template", template(tmp_path, Newsletter=declared(JOB, **job))
    )
    assert (code, err) == (1, "")
    assert f"aws://{ACCOUNT}/eu-west-1 for shop" in out
    assert "missing   buckets: The input's bucket data does not exist. (shop/Newsletter)" in out
    assert "          why: The job would fail, and with it the stack." in out
    assert out.splitlines()[-1].endswith("0 warning, 2 missing, 0 unchecked")


def test_the_report_for_scripts_has_a_version(made: Account) -> None:
    code, out, _ = made.run("doctor", "--json")
    body = json.loads(out)
    assert (code, body["version"], body["isMissingSomething"]) == (0, "1", False)
    assert (body["account"], body["region"], body["stacks"]) == (ACCOUNT, "eu-west-1", [])
