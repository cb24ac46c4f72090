"""The harness's own strictness, without an engine: what it refuses, what it tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from local_aws.gaps.asynchronous_invocation import failure_record
from local_aws.gaps.custom_resource import (
    AnswerError,
    Exchange,
    Exchanges,
    invented_physical_id,
    read_answer,
)
from local_aws.gaps.event_sources import holding_to_sources, noting_sources
from local_aws.gaps.lambda_errors import (
    taught_node_bootstrap,
    telling_failures,
    with_aws_error,
)
from local_aws.gaps.response_url import Refusal, ResponseUrls

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/Demo/0f1e"


@pytest.fixture
def urls() -> ResponseUrls:
    return ResponseUrls(base_url="http://127.0.0.1:1")


def issue(urls: ResponseUrls) -> str:
    return urls.issue(
        stack_id=STACK_ID, logical_id="Campaign", request_id="r-1", region="us-east-1"
    )


def put(
    urls: ResponseUrls, url: str, body: bytes = b"{}", content_type: str = ""
) -> Refusal | None:
    parts = urlsplit(url)
    sent = {"content-length": str(len(body)), "content-type": content_type}
    return urls.put(path=parts.path, query=parts.query, headers=sent, body=body)


class TestAResponseUrl:
    def test_carries_the_time_of_signing_as_s3_presigns_it(self, urls: ResponseUrls) -> None:
        query = parse_qs(urlsplit(issue(urls)).query)
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert abs((datetime.now(UTC) - signed).total_seconds()) < 5
        assert query["X-Amz-Expires"] == ["7200"]
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]

    def test_names_stack_resource_and_request_percent_encoded(self, urls: ResponseUrls) -> None:
        path = urlsplit(issue(urls)).path
        assert "|" not in path
        assert unquote(path).endswith(f"{STACK_ID}|Campaign|r-1")

    def test_takes_the_first_answer_and_keeps_it(self, urls: ResponseUrls) -> None:
        url = issue(urls)
        assert put(urls, url, b"first") is None
        assert put(urls, url, b"second") is None
        assert urls.wait(url, timeout_s=1) == b"first"

    def test_without_an_answer_waits_no_longer_than_asked(self, urls: ResponseUrls) -> None:
        assert urls.wait(issue(urls), timeout_s=0.01) is None

    @pytest.mark.parametrize(
        "spoilt",
        [
            lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
            lambda url: url.split("&X-Amz-Signature")[0],
            lambda url: url.split("?")[0],
            lambda url: url.replace("Campaign", "Other"),
            lambda url: url.replace("%7C", "|"),
        ],
        ids=["wrong signature", "no signature", "no query", "other key", "key encoded otherwise"],
    )
    def test_that_was_not_issued_so_is_refused(self, urls: ResponseUrls, spoilt: Any) -> None:
        refusal = put(urls, spoilt(issue(urls)))
        assert refusal is not None
        assert refusal.status == 403

    def test_refuses_a_content_type(self, urls: ResponseUrls) -> None:
        refusal = put(urls, issue(urls), content_type="application/json")
        assert refusal is not None
        assert refusal.code == "SignatureDoesNotMatch"

    def test_refuses_once_it_has_expired(
        self, urls: ResponseUrls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("local_aws.gaps.response_url.LIFETIME_S", -1)
        refusal = put(urls, issue(urls))
        assert refusal is not None
        assert refusal.message == "Request has expired"


EXCHANGE = Exchange(
    stack_id=STACK_ID,
    logical_id="Campaign",
    resource_type="Custom::PersonalizeCampaign",
    request_type="Create",
    request_id="r-1",
    physical_id="",
)
ANSWER = {
    "Status": "SUCCESS",
    "PhysicalResourceId": "id",
    "StackId": STACK_ID,
    "RequestId": "r-1",
    "LogicalResourceId": "Campaign",
}


def test_an_answer_that_keeps_the_contract_is_believed() -> None:
    assert read_answer(json.dumps(ANSWER).encode(), EXCHANGE) == ANSWER


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Data": {"x": "y" * 4096}}, "too long"),
        ({"Status": "DONE"}, "Status"),
        ({"Status": "FAILED", "Reason": None}, "Reason"),
        ({"Status": "FAILED"}, "Reason"),
        ({"Reason": None}, "Reason"),
        ({"PhysicalResourceId": ""}, "PhysicalResourceId"),
        ({"PhysicalResourceId": None}, "PhysicalResourceId"),
        ({"PhysicalResourceId": "x" * 1025}, "PhysicalResourceId"),
        ({"RequestId": "another"}, "RequestId"),
        ({"StackId": "another"}, "StackId"),
        ({"Data": "text"}, "Data"),
    ],
)
def test_an_answer_that_breaks_the_contract_fails_the_resource(
    change: dict[str, Any], told: str
) -> None:
    with pytest.raises(AnswerError, match=told):
        read_answer(json.dumps({**ANSWER, **change}).encode(), EXCHANGE)


def test_an_answer_that_is_no_json_fails_the_resource() -> None:
    with pytest.raises(AnswerError, match="JSON"):
        read_answer(b'{"Status": "SUCC', EXCHANGE)


def test_an_invented_id_looks_like_cloudformations() -> None:
    invented = invented_physical_id(STACK_ID, "Campaign")
    assert invented.startswith("Demo-Campaign-")
    assert len(invented) == len("Demo-Campaign-") + 12


def test_only_what_is_unanswered_is_in_flight() -> None:
    exchanges = Exchanges()
    exchanges.add(EXCHANGE)
    assert exchanges.in_flight(STACK_ID) == [EXCHANGE]
    assert exchanges.in_flight("another stack") == []


def test_a_failure_record_has_lambdas_shape() -> None:
    error = {"errorMessage": "boom", "errorType": "KeyError", "stackTrace": []}
    record = failure_record(
        function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
        request_id="i-1",
        condition="RetriesExhausted",
        attempts=3,
        event={"RequestType": "Create"},
        error=error,
    )
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": "i-1",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"RequestType": "Create"},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": error,
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Worker process died", "Runtime.ExitError"),
        ("Worker process exited immediately. stderr: ", "Runtime.ExitError"),
        ("Task timed out after 30.00 seconds", "Sandbox.Timedout"),
    ],
)
def test_what_ends_a_function_has_awss_name(text: str, kind: str) -> None:
    result = with_aws_error({"error": True, "body": {"errorMessage": text}}, "i-1")
    assert result["body"]["errorType"] == kind
    assert text in result["body"]["errorMessage"]


def test_what_a_taught_worker_notes_as_failed_has_failed() -> None:
    answers = {"good": {"status": "ok", "result": 1}, "bad": {"status": "ok", "failed": True}}
    invoke = telling_failures(lambda name: answers[name])
    assert invoke("good") == answers["good"]
    assert invoke("bad")["status"] == "error"


def test_another_bootstrap_of_node_is_not_taught_blindly() -> None:
    with pytest.raises(RuntimeError, match="Node"):
        taught_node_bootstrap("const worker = 1;")


def test_a_success_is_left_alone() -> None:
    assert with_aws_error({"body": {"done": True}}, "i-1") == {"body": {"done": True}}


class TestPutEvents:
    @pytest.mark.parametrize(
        ("sources", "denied"),
        [(["ours"], False), (["theirs"], True), (["ours", "theirs"], True), (["ours"] * 3, False)],
    )
    def test_is_refused_if_a_policy_refuses_one_of_its_sources(
        self, sources: list[str], *, denied: bool
    ) -> None:
        asked: list[dict[str, Any]] = []

        def enforce(_key: str, _action: str, *, service_context: dict[str, Any]) -> str | None:
            asked.append(service_context)
            return None if service_context["events:source"] == "ours" else "refused"

        body = json.dumps({"Entries": [{"Source": source} for source in sources]}).encode()
        assert noting_sources(lambda _body, *_place: ["bus"])(body, "region", "account") == ["bus"]
        check = holding_to_sources(enforce)
        assert (check("key", "events:PutEvents") == "refused") is denied
        assert len(asked) == len(set(sources))

    def test_is_the_only_call_that_has_sources(self) -> None:
        check = holding_to_sources(lambda *given, **_named: given)
        assert check("key", "events:PutRule") == ("key", "events:PutRule")
