"""docs/comparison.md: each "yes" of ours names what shows it, and that is there."""

from __future__ import annotations

import pytest

from docs.pages import PROJECT, page

COMPARISON = page("docs/comparison.md")
SECTIONS = ("Kinds and inputs", "Waiting", "Trouble", "Use")
PEERS = ("CfnCampaign", "AwsCustomResource", "Provider", "crhelper", "awscc")
ROWS = [row for title in SECTIONS for row in COMPARISON.section(title).table("What")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["What"])
def test_a_yes_names_what_shows_it_and_a_no_names_nothing(row: dict[str, str]) -> None:
    ours, shown = row["cdk-personalize"], row["Shown by"]
    assert ours in ("yes", "no")
    assert bool(shown) is (ours == "yes")
    if shown:
        path, _, name = shown.partition("::")
        text = (PROJECT / path).read_text(encoding="utf-8")
        assert path.startswith(("tests/", "docs/"))
        assert not name or f"def {name}(" in text
        assert path.startswith("docs/") or "\ndef test_" in text


def test_every_peer_has_a_cell_in_every_row() -> None:
    assert all(set(row) == {"What", "cdk-personalize", "Shown by", *PEERS} for row in ROWS)


def test_it_is_honest_about_what_is_missing() -> None:
    assert [row["What"] for row in ROWS if row["cdk-personalize"] == "no"]


def test_the_failures_of_crhelper_are_those_that_were_measured() -> None:
    (row,) = (row for row in ROWS if row["What"] == "500 at once without a failure")
    (figure,) = (
        each
        for each in page("docs/benchmark.md").section("The figures").table("Figure")
        if each["Case"] == "failed, of 500"
    )
    assert row["crhelper"] == f"no, {figure['crhelper'].split()[0]} of 500 fail"
