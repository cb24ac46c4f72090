"""What goes wrong with a call is sorted by what can be done about it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions

from handler.services import client, stubbed
from personalize_provider.calls import (
    BusyError,
    DeniedError,
    NotFoundError,
    PassingError,
    QuotaError,
    RefusedError,
    ServiceError,
    TakenError,
    call,
)

ARN = "arn:aws:personalize:eu-west-1:123456789012:campaign/shop"


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("ResourceNotFoundException", 400, "no such campaign", NotFoundError),
        ("ResourceInUseException", 400, "it is being created", BusyError),
        ("ResourceAlreadyExistsException", 400, "the name exists", TakenError),
        ("LimitExceededException", 400, "5 campaigns at most", QuotaError),
        ("InvalidInputException", 400, "explorationWeight is no number", RefusedError),
        ("InvalidInputException", 400, "the roleArn can not be assumed", DeniedError),
        ("InvalidInputException", 400, "IAM Role is not valid", DeniedError),
        ("TooManyTagsException", 400, "200 at most", RefusedError),
        ("ValidationException", 400, "no", RefusedError),
        ("SomethingNewException", 400, "no", RefusedError),
        ("AccessDeniedException", 400, "not authorized", DeniedError),
        ("AccessDeniedException", 403, "not authorized", DeniedError),
        ("AccessDenied", 403, "not authorized", DeniedError),
        ("ThrottlingException", 400, "rate exceeded", PassingError),
        ("Throttling", 400, "rate exceeded", PassingError),
        ("TooManyRequestsException", 429, "slow down", PassingError),
        ("SlowDown", 429, "slow down", PassingError),
        ("InternalFailure", 500, "sorry", PassingError),
        ("ServiceUnavailable", 503, "sorry", PassingError),
        ("SomethingNewException", 502, "sorry", PassingError),
        ("ExpiredTokenException", 400, "the token has expired", PassingError),
    ],
)
def test_an_error_of_the_service_is_sorted(
    code: str, status: int, message: str, kind: type[ServiceError]
) -> None:
    with stubbed("personalize") as (personalize, stubber):
        stubber.add_client_error("describe_campaign", code, message, status)
        with pytest.raises(ServiceError) as failed:
            call(personalize, "DescribeCampaign", {"campaignArn": ARN})
    assert type(failed.value) is kind
    assert str(failed.value) == f"DescribeCampaign: {code}: {message}"


@pytest.mark.parametrize(
    "broken",
    [
        exceptions.EndpointConnectionError(endpoint_url="https://personalize"),
        exceptions.ConnectTimeoutError(endpoint_url="https://personalize"),
        exceptions.ReadTimeoutError(endpoint_url="https://personalize"),
        exceptions.ConnectionClosedError(endpoint_url="https://personalize"),
        exceptions.SSLError(endpoint_url="https://personalize", error=OSError("bad certificate")),
    ],
)
def test_a_broken_connection_may_pass(broken: Exception) -> None:
    personalize = client("personalize")

    def breaks(**_: Any) -> None:
        raise broken

    personalize.meta.events.register("before-send.personalize", breaks)
    with pytest.raises(PassingError, match=f"^DescribeCampaign: {type(broken).__name__}$"):
        call(personalize, "DescribeCampaign", {"campaignArn": ARN})


def test_an_input_that_is_none_of_the_operations_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"(?s)^DescribeCampaign: .*campaignArn"):
        call(client("personalize"), "DescribeCampaign", {"name": "shop"})


def test_an_answer_comes_back_as_it_is() -> None:
    with stubbed("personalize") as (personalize, stubber):
        stubber.add_response(
            "describe_campaign", {"campaign": {"name": "shop"}}, {"campaignArn": ARN}
        )
        answer = call(personalize, "DescribeCampaign", {"campaignArn": ARN})
    assert answer["campaign"] == {"name": "shop"}


def test_a_defect_is_no_error_of_the_service() -> None:
    with pytest.raises(AttributeError):
        call(client("personalize"), "DescribeElephant", {})
