"""`cdk-personalize watch` beside deployments that the real handler works on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cdk_personalize_cli.watch.loop import MOST_TROUBLES
from cli.answering import RefusalError, denied
from cli.stage import GROUP, START_S, Stage, execution_arn
from emulator.plans import Fault, Plan
from handler.given import (
    CAMPAIGN,
    CAMPAIGN_PROPERTIES,
    CREDENTIAL,
    FUNCTION,
    JOB,
    JOB_PROPERTIES,
    MACHINERY,
    OTHER_VERSION,
    SIGNATURE,
    SOLUTION,
    STACK,
    TRAINING,
    TRAINING_PROPERTIES,
)
from personalize_provider.segments import CLOUDFORMATION_TYPE as SEGMENT

PLATFORM = STACK.replace("stack/shop/", "stack/platform/")
NESTED = STACK.replace("stack/shop/", "stack/shop-Inner-1X/")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def creating(stage: Stage, **changes: Any) -> None:
    """A stack that makes one campaign, and then is complete."""
    stage.stack("CREATE_IN_PROGRESS", reason="User Initiated")
    wanted: dict[str, Any] = {"then": lambda: stage.stack("CREATE_COMPLETE"), **changes}
    stage.ask("Campaign", CAMPAIGN, CAMPAIGN_PROPERTIES, **wanted)


def of_type(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["type"] == kind]


def test_a_campaign_is_followed_from_pending_to_active(stage: Stage) -> None:
    stage.plan(create_s=900)
    creating(stage)
    code, lines = stage.watch()
    assert code == 0
    seen = of_type(lines, "resource")
    assert [line["personalizeStatus"] for line in seen] == [
        "not there",
        "CREATE PENDING",
        "CREATE IN_PROGRESS",
        "",
    ]
    assert {line["seenBy"] for line in seen[:3]} == {"personalize"}
    assert [line["cloudFormationStatus"] for line in seen[-2:]] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]
    assert seen[-1]["elapsedSeconds"] == pytest.approx(905, abs=10)
    assert seen[1]["usualTime"] == "10 to 20 min"
    (ended,) = of_type(lines, "outcome")
    assert ended == lines[-1]
    assert ended["succeeded"]
    assert ended["wasWatched"]
    assert ended["failures"] == []


def test_the_links_name_stack_execution_and_resource(stage: Stage) -> None:
    stage.plan(create_s=900)
    creating(stage)
    _, lines = stage.watch()
    links = of_type(lines, "resource")[1]["links"]
    (name,) = stage.executions
    assert links["execution"].endswith(f"#/v2/executions/details/{execution_arn(name)}")
    assert "stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1" in links["stack"]
    assert f"#{GROUP.replace('/', '$')}/campaigns/campaignDetail/" in links["resource"]


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_the_reasons_of_a_failure_are_told_in_full(stage: Stage, form: tuple[str, ...]) -> None:
    words = " ".join(["The solution version cannot serve this exploration weight."] * 20)
    stage.plan(create_s=60, create_fails=words)

    def rollback() -> None:
        other = "Resource creation cancelled"
        stage.tell("Bucket", "CREATE_FAILED", kind="AWS::S3::Bucket", reason=other)
        stage.stack("ROLLBACK_IN_PROGRESS", reason="The following resource(s) failed: [Campaign].")
        stage.stack("ROLLBACK_COMPLETE")

    creating(stage, then=rollback)
    code, out, _ = stage.run("watch", "shop", *form)
    assert code == 1
    assert words in out
    assert "cancelled" not in out.splitlines()[-1]
    _, lines = stage.watch()
    (failure,) = lines[-1]["failures"]
    assert failure["logicalResourceId"] == "Campaign"
    assert not lines[-1]["succeeded"]


def test_a_solution_version_is_found_although_only_the_service_knows_its_arn(stage: Stage) -> None:
    stage.plan(create_s=3000)
    stage.stack("CREATE_IN_PROGRESS")
    stage.ask("Trained", TRAINING, TRAINING_PROPERTIES, then=lambda: stage.stack("CREATE_COMPLETE"))
    code, lines = stage.watch()
    assert code == 0
    seen = of_type(lines, "resource")
    assert seen[0]["arn"] == ""
    assert seen[1]["arn"].startswith(f"{SOLUTION}/")
    assert seen[1]["resourceType"] == "solution-version"
    assert "solutionsAndRecipes/solutionDetail" in seen[1]["links"]["resource"]


def test_a_wait_segment_shows_what_the_resource_is_at(stage: Stage) -> None:
    stage.plan(create_s=5000)
    properties = {**JOB_PROPERTIES, "Timeout": "7200"}
    stage.stack("CREATE_IN_PROGRESS")

    def go_on() -> None:
        arn = stage.events[STACK][-1]["PhysicalResourceId"]
        segment = {
            "ServiceToken": FUNCTION,
            "ServiceTimeout": "3600",
            "Timeout": "7200",
            "Position": "2",
            "ResourceType": JOB,
            "LogicalResourceId": "Newsletter",
            "Arn": arn,
            "Properties": {k: v for k, v in JOB_PROPERTIES.items() if k not in MACHINERY},
        }
        stage.ask("NewsletterWait2", SEGMENT, segment, then=lambda: stage.stack("CREATE_COMPLETE"))

    stage.ask("Newsletter", JOB, properties, then=go_on)
    code, lines = stage.watch("--interval", "60")
    assert code == 0
    segment = [line for line in of_type(lines, "resource") if line["isWaitSegment"]]
    assert [line["personalizeStatus"] for line in segment] == ["CREATE IN_PROGRESS", ""]
    assert segment[0]["resourceType"] == "batch-inference-job"
    assert "batch-inference-job/shop-Newsletter" in segment[0]["arn"]
    assert "execution" in segment[0]["links"]


def test_an_update_shows_both_statuses(stage: Stage) -> None:
    stage.plan(create_s=1, update_s=600)
    creating(stage)
    assert stage.watch()[0] == 0
    arn = stage.events[STACK][-2]["PhysicalResourceId"]
    stage.backend.add_solution_version(OTHER_VERSION, dataset_group=GROUP)
    stage.sleep(1000)
    began_s = stage.now_s
    stage.stack("UPDATE_IN_PROGRESS")
    stage.ask(
        "Campaign",
        CAMPAIGN,
        {**CAMPAIGN_PROPERTIES, "SolutionVersionArn": OTHER_VERSION},
        request_type="Update",
        physical_id=arn,
        then=lambda: stage.stack("UPDATE_COMPLETE"),
    )
    code, lines = stage.watch()
    assert code == 0
    statuses = [line["personalizeStatus"] for line in of_type(lines, "resource")]
    assert "ACTIVE, update CREATE IN_PROGRESS" in statuses
    # The create before is another operation.
    assert lines[-1]["elapsedSeconds"] == pytest.approx(stage.now_s - began_s, abs=11)
    assert {line["cloudFormationStatus"] for line in of_type(lines, "resource")} == {
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    }


def test_another_stacks_provider_is_found_by_the_service_token(stage: Stage) -> None:
    stage.provider_stack = PLATFORM
    stage.plan(create_s=3000)
    stage.stack("CREATE_IN_PROGRESS")
    stage.ask("Trained", TRAINING, TRAINING_PROPERTIES, then=lambda: stage.stack("CREATE_COMPLETE"))
    code, lines = stage.watch()
    assert code == 0
    seen = of_type(lines, "resource")
    assert seen[1]["arn"].startswith(f"{SOLUTION}/")
    assert seen[1]["links"]["execution"]
    assert stage.clients.calls["cloudformation:DescribeStackResources"] == 1


def test_what_a_shared_provider_does_for_other_stacks_is_not_shown(stage: Stage) -> None:
    """A segment that does not tell whose it is makes all executions of interest."""
    stage.provider_stack = PLATFORM
    stage.plan(create_s=3000)
    stage.stack("CREATE_IN_PROGRESS")
    stage.ask("Trained", TRAINING, TRAINING_PROPERTIES, then=lambda: stage.stack("CREATE_COMPLETE"))
    stage.tell("Other", "CREATE_IN_PROGRESS", kind=SEGMENT, properties={"ServiceToken": FUNCTION})
    stage.sleep(5)
    blog = STACK.replace("stack/shop/", "stack/blog/")
    stage.stack("CREATE_IN_PROGRESS", stack=blog)
    elsewhere = {**TRAINING_PROPERTIES, "SolutionArn": f"{SOLUTION}-2"}
    stage.ask("Trained", TRAINING, elsewhere, stack=blog)
    code, lines = stage.watch()
    assert code == 0
    arns = {line["arn"] for line in of_type(lines, "resource") if line["arn"]}
    assert {arn.rpartition("/")[0] for arn in arns} == {SOLUTION}


def test_a_function_that_no_stack_knows_has_no_waiter(stage: Stage) -> None:
    stage.provider_stack = PLATFORM
    stage.plan(create_s=900)
    strange = {**CAMPAIGN_PROPERTIES, "ServiceToken": f"{FUNCTION}-by-hand"}
    stage.stack("CREATE_IN_PROGRESS")
    stage.ask("Campaign", CAMPAIGN, strange, then=lambda: stage.stack("CREATE_COMPLETE"))
    code, lines = stage.watch()
    assert code == 0
    seen = of_type(lines, "resource")
    assert "execution" not in seen[1]["links"]
    assert seen[1]["personalizeStatus"] == "CREATE PENDING"
    assert not of_type(lines, "trouble")


def test_nested_stacks_are_followed(stage: Stage) -> None:
    stage.plan(create_s=300)
    stage.stack("CREATE_IN_PROGRESS")
    stage.tell("Inner", "CREATE_IN_PROGRESS", physical_id=NESTED)
    stage.stack("CREATE_IN_PROGRESS", stack=NESTED)

    def done() -> None:
        stage.stack("CREATE_COMPLETE", stack=NESTED)
        stage.tell("Inner", "CREATE_COMPLETE", physical_id=NESTED)
        stage.stack("CREATE_COMPLETE")

    stage.ask("Deep", CAMPAIGN, CAMPAIGN_PROPERTIES, stack=NESTED, then=done)
    code, lines = stage.watch()
    assert code == 0
    deep = of_type(lines, "resource")
    assert {line["stackId"] for line in deep} == {NESTED}
    assert "CREATE IN_PROGRESS" in {line["personalizeStatus"] for line in deep}
    assert lines[-1]["stackId"] == STACK


def test_a_nested_stack_without_a_part_in_the_operation_is_left_out(stage: Stage) -> None:
    stage.stack("CREATE_IN_PROGRESS", stack=NESTED)
    stage.tell("Old", "CREATE_FAILED", kind=CAMPAIGN, stack=NESTED, reason="long ago")
    stage.stack("CREATE_COMPLETE", stack=NESTED)
    stage.now_s += 3600
    stage.stack("UPDATE_IN_PROGRESS")
    stage.tell("Inner", "UPDATE_COMPLETE", physical_id=NESTED)
    stage.stack("UPDATE_COMPLETE")
    code, lines = stage.watch()
    assert code == 0
    assert of_type(lines, "resource") == []


def test_where_personalize_may_not_be_asked_the_waiters_view_is_shown(stage: Stage) -> None:
    stage.plan(create_s=600)
    refuse: Callable[[dict[str, Any]], Any] = _refusing("personalize:DescribeCampaign")
    stage.clients.serve("personalize", {"DescribeCampaign": refuse})
    creating(stage)
    code, lines = stage.watch()
    assert code == 0
    seen = [line for line in of_type(lines, "resource") if line["personalizeStatus"]]
    assert {line["seenBy"] for line in seen} == {"waiter"}
    assert "CREATE IN_PROGRESS" in {line["personalizeStatus"] for line in seen}
    (trouble,) = of_type(lines, "trouble")
    assert "personalize:DescribeCampaign" in trouble["message"]
    # Refused once, it is not asked again.
    assert stage.clients.calls["personalize:DescribeCampaign"] == 1


def test_where_step_functions_may_not_be_asked_the_derived_arn_is_looked_at(stage: Stage) -> None:
    stage.plan(create_s=600)
    stage.clients.serve("stepfunctions", {"ListExecutions": _refusing("states:ListExecutions")})
    creating(stage)
    code, lines = stage.watch()
    assert code == 0
    seen = of_type(lines, "resource")
    assert "CREATE IN_PROGRESS" in {line["personalizeStatus"] for line in seen}
    (execution,) = stage.executions.values()
    assert seen[1]["arn"] == execution.memo.target_arn
    assert "execution" not in seen[1]["links"]
    assert "states:ListExecutions" in of_type(lines, "trouble")[0]["message"]


def test_what_holds_the_waiter_up_is_told(stage: Stage) -> None:
    fault = Fault(effect="deny", operation="CreateCampaign", until_s=START_S + 60)
    stage.backend.plan("*", Plan(create_s=60, faults=(fault,)))
    creating(stage)
    code, lines = stage.watch()
    assert code == 0
    notes = [line["note"] for line in of_type(lines, "resource")]
    assert any("AccessDenied" in note for note in notes)
    assert notes[-1] == ""


def test_nothing_in_progress_is_told_with_the_latest_outcome(stage: Stage) -> None:
    stage.plan(create_s=60)
    creating(stage)
    stage.sleep(1000)
    code, out, _ = stage.run("watch", "shop")
    assert code == 0
    assert "Nothing is in progress. The latest operation: shop: CREATE_COMPLETE after" in out
    before = stage.now_s
    code, lines = stage.watch()
    assert not lines[-1]["wasWatched"]
    assert stage.now_s == before


def test_a_stack_under_review_is_not_in_progress(stage: Stage) -> None:
    stage.stack("REVIEW_IN_PROGRESS")
    code, lines = stage.watch()
    assert code == 1
    assert lines[-1]["cloudFormationStatus"] == "REVIEW_IN_PROGRESS"


def test_a_stack_that_does_not_exist_is_wrong_use(stage: Stage) -> None:
    code, out, err = stage.run("watch", "shop", "--json")
    assert (code, out) == (2, "")
    assert err == "cdk-personalize: There is no stack shop in this account and region.\n"


def test_a_stack_may_come_to_be_within_a_time(stage: Stage) -> None:
    stage.plan(create_s=60)
    stage.at.append((START_S + 95, lambda: creating(stage)))
    assert stage.run("watch", "shop", "--start-within", "60")[0] == 2
    code, lines = stage.watch("--start-within", "60")
    assert code == 0
    assert lines[-1]["wasWatched"]


def test_passing_trouble_is_borne_and_lasting_trouble_ends_the_watch(stage: Stage) -> None:
    stage.plan(create_s=300)
    creating(stage)
    behind = stage._describe_events
    fails = {"left": MOST_TROUBLES - 1}

    def flaky(asked: dict[str, Any]) -> dict[str, Any]:
        if fails["left"]:
            fails["left"] -= 1
            raise RefusalError("Throttling", "Rate exceeded")
        return behind(asked)

    stage.clients.serve("cloudformation", {**stage._cloudformation(), "DescribeStackEvents": flaky})
    assert stage.watch()[0] == 0
    fails["left"] = MOST_TROUBLES
    code, _, err = stage.run("watch", "shop")
    assert code == 2
    assert "Rate exceeded" in err


def test_a_look_makes_few_calls_and_keeps_its_distance(stage: Stage) -> None:
    stage.plan(create_s=900)
    creating(stage)
    stage.watch()
    looks = (stage.now_s - START_S) / 10 + 1
    for operation in (
        "cloudformation:DescribeStackEvents",
        "stepfunctions:ListExecutions",
        "stepfunctions:GetExecutionHistory",
    ):
        assert stage.clients.calls[operation] <= looks + 2
    assert stage.clients.calls["cloudformation:ListStackResources"] == 1
    assert stage.clients.calls["cloudformation:DescribeStacks"] == 1


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_is_presigned_is_never_shown(stage: Stage, form: tuple[str, ...]) -> None:
    stage.plan(create_s=60)

    def fail() -> None:
        event = next(iter(stage.executions.values())).event
        reason = f"curl: could not PUT {event['ResponseURL']}"
        stage.tell("Other", "CREATE_FAILED", kind="Custom::Other", reason=reason)
        stage.stack("ROLLBACK_COMPLETE")

    creating(stage, then=fail)
    code, out, err = stage.run("watch", "shop", *form)
    assert code == 1
    assert "curl: could not PUT https://cloudformation-custom-resource-response" in out
    for secret in (SIGNATURE, CREDENTIAL, "X-Amz"):
        assert secret not in out + err


def test_a_create_that_ends_in_the_deletion_of_the_stack_has_failed(stage: Stage) -> None:
    stage.plan(create_s=60)

    def undo() -> None:
        stage.stack("DELETE_IN_PROGRESS")
        stage.stack("DELETE_COMPLETE")

    creating(stage, then=undo)
    assert stage.watch()[0] == 1


def test_a_deletion_is_followed_until_the_resource_is_gone(stage: Stage) -> None:
    stage.plan(create_s=1, delete_s=300)
    creating(stage)
    assert stage.watch()[0] == 0
    arn = stage.events[STACK][-2]["PhysicalResourceId"]
    stage.sleep(1000)
    stage.stack("DELETE_IN_PROGRESS")
    stage.ask(
        "Campaign",
        CAMPAIGN,
        CAMPAIGN_PROPERTIES,
        request_type="Delete",
        physical_id=arn,
        then=lambda: stage.stack("DELETE_COMPLETE"),
    )
    code, lines = stage.watch()
    assert code == 0
    seen = of_type(lines, "resource")
    assert {line["arn"] for line in seen[:-1]} == {arn}
    assert "DELETE IN_PROGRESS" in {line["personalizeStatus"] for line in seen}
    assert {line["usualTime"] for line in seen} == {""}


def test_where_cloudformation_may_not_be_asked_the_watch_ends(stage: Stage) -> None:
    stage.clients.serve("cloudformation", {"DescribeStacks": _refusing("DescribeStacks")})
    code, out, err = stage.run("watch", "shop")
    assert (code, out) == (2, "")
    assert err.startswith("cdk-personalize: DescribeStacks: AccessDenied:")


def test_in_a_log_each_change_is_a_line(stage: Stage) -> None:
    stage.plan(create_s=900)
    creating(stage)
    code, out, _ = stage.run("watch", "shop")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "16:00:00 shop CREATE_IN_PROGRESS"
    assert any("Campaign  CREATE_IN_PROGRESS  CREATE IN_PROGRESS" in line for line in lines)
    assert lines[-1].startswith("shop: CREATE_COMPLETE after 15m ")


def test_every_line_has_the_documented_version(stage: Stage) -> None:
    creating(stage)
    _, lines = stage.watch()
    assert {line["version"] for line in lines} == {"1"}
    assert json.loads(json.dumps(lines)) == lines


def _refusing(action: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise denied(action)

    return refuse
