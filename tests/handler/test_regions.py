"""Where an ARN is, and whose."""

from __future__ import annotations

import pytest

from personalize_provider.resources.regions import account_of, region_of


@pytest.mark.parametrize(
    ("arn", "region", "account"),
    [
        ("arn:aws:lambda:eu-west-1:123456789012:function:a", "eu-west-1", "123456789012"),
        ("arn:aws:lambda:eu-west-1:123456789012", "eu-west-1", "123456789012"),
        ("arn:aws:lambda:eu-west-1", "eu-west-1", None),
        ("arn:aws:lambda", None, None),
        ("arn:aws:iam::123456789012:role/a", None, "123456789012"),
        ("arn:aws:personalize:::recipe/a", None, None),
        ("arn:aws:lambda:eu-west-1:12345678901:function:a", "eu-west-1", None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_region_and_account_are_read_as_far_as_they_are_there(
    arn: str | None, region: str | None, account: str | None
) -> None:
    assert (region_of(arn), account_of(arn)) == (region, account)
