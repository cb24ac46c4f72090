"""Faults happen to the calls, names and times they were planned for, and to no others."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from emulator.plans import NEVER, Fault, Plan, plan_from_json
from emulator.scene import START_S, Scene, refusal


@pytest.mark.parametrize(
    ("fault", "code", "http_status"),
    [
        (Fault(effect="deny"), "AccessDeniedException", 400),
        (Fault(effect="throttle"), "ThrottlingException", 400),
        (Fault(effect="error"), "InternalFailure", 500),
        (
            Fault(effect="error", code="ServiceUnavailable", http_status=503),
            "ServiceUnavailable",
            503,
        ),
    ],
)
def test_a_fault_answers_with_its_code(
    scene: Scene, fault: Fault, code: str, http_status: int
) -> None:
    scene.backend.plan("shop", Plan(faults=[fault]))
    with pytest.raises(ClientError) as refused:
        scene.campaign()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == http_status
    assert scene.backend.resources() == []


def test_a_denial_reads_as_the_service_puts_it(scene: Scene) -> None:
    scene.backend.plan("*", Plan(faults=[Fault(effect="deny")]))
    _, message = refusal(scene.campaign)
    assert "not authorized to perform: personalize:CreateCampaign" in message
    assert "arn:aws:personalize:us-east-1:000000000000:campaign/shop" in message


def test_a_fault_happens_so_many_times_for_each_name(scene: Scene) -> None:
    fault = Fault(effect="throttle", operation="Create*", times=2)
    scene.backend.plan("sh*", Plan(faults=[fault]))
    for name in ("shop", "shed"):
        assert [refusal(scene.campaign, name)[0] for _ in range(2)] == ["ThrottlingException"] * 2
        scene.campaign(name)
    scene.campaign("other")


def test_a_fault_ends_at_its_time(scene: Scene) -> None:
    fault = Fault(effect="deny", operation="CreateCampaign", until_s=START_S + 10)
    scene.backend.plan("*", Plan(faults=[fault]))
    scene.later(9.9)
    assert refusal(scene.campaign)[0] == "AccessDeniedException"
    scene.later(0.1)
    scene.campaign()


@pytest.mark.parametrize(
    ("effect", "outcome", "made"),
    [("drop_before", "dropped before", 0), ("drop_after", "dropped after", 1)],
)
def test_a_connection_is_cut_before_or_after_the_effect(
    scene: Scene, effect: Any, outcome: str, made: int
) -> None:
    scene.backend.plan("*", Plan(faults=[Fault(effect=effect, times=1)]))
    with pytest.raises(ConnectionClosedError):
        scene.campaign()
    assert len(scene.backend.resources()) == made
    assert scene.backend.log()[0]["outcome"] == outcome


def test_the_plan_set_last_decides_what_it_fills(scene: Scene) -> None:
    scene.backend.plan("s*", Plan(create_s=50, create_fails="No."))
    scene.backend.plan("shop", Plan(create_s=10))
    arn = scene.campaign()
    scene.later(10)
    assert scene.seen(arn)["failureReason"] == "No."


def test_every_request_is_logged_with_its_outcome(scene: Scene) -> None:
    arn = scene.campaign()
    refusal(scene.campaign)
    scene.later(1)
    scene.seen(arn)
    requests = [entry for entry in scene.backend.log() if entry["kind"] == "request"]
    assert [(each["operation"], each["outcome"], each["at_s"] - START_S) for each in requests] == [
        ("CreateCampaign", "ok", 0),
        ("CreateCampaign", "ResourceAlreadyExistsException", 0),
        ("DescribeCampaign", "ok", 1),
    ]
    assert requests[2]["input"] == {"campaignArn": arn}
    assert {each["name"] for each in requests} == {"shop"}


def test_a_plan_is_read_from_json() -> None:
    document = {
        "create_s": "never",
        "update_s": [1, 2.5],
        "update_fails": {"2": "No."},
        "faults": [{"effect": "deny", "operation": "Create*", "times": 1}],
    }
    assert plan_from_json(document) == Plan(
        create_s=NEVER,
        update_s=(1.0, 2.5),
        update_fails={2: "No."},
        faults=(Fault(effect="deny", operation="Create*", times=1),),
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"create_seconds": 1}, "create_seconds"),
        ({"create_s": -1}, "create_s"),
        ({"create_s": True}, "create_s"),
        ({"delete_fails": 3}, "delete_fails"),
        ({"faults": [{"effect": "explode"}]}, "explode"),
        ({"faults": [{"effect": "deny", "often": 1}]}, "often"),
    ],
)
def test_a_plan_with_a_mistake_is_refused(document: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan_from_json(document)
