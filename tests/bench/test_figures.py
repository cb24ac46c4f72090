"""Figures, their table and the page's generated part."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from bench import page, table
from bench.figures import CRHELPER, FRAMEWORK, Figure


def figure(**given: Any) -> Figure:
    return Figure(**{"key": "looks", "case": "1 h", "ours": 30.0, **given})


MET = figure(peers={FRAMEWORK: 120.0}, target="<= 0.5", met=True)
MISSED = figure(case="6 h", peers={CRHELPER: 10.0}, target="<= 0.5", met=False, limit="too often")
REPORTED = figure(key="cost_usd", unit="$", digits=4, ours=0.01)


@pytest.mark.parametrize(
    "given",
    [
        {"target": "<= 1"},
        {"met": True},
        {"target": "<= 1", "met": False},
        {"peers": {"somebody": 1.0}},
    ],
    ids=["no verdict", "no target", "no reason", "unknown peer"],
)
def test_a_figure_that_says_half_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="looks, 1 h"):
        figure(**given)


def test_a_ratio_is_ours_by_theirs() -> None:
    assert MET.ratio(FRAMEWORK) == 0.25
    assert MET.ratio(CRHELPER) is None
    assert figure(peers={FRAMEWORK: 0.0}).ratio(FRAMEWORK) is None


@pytest.mark.parametrize("each", [MET, MISSED, REPORTED], ids=lambda each: each.verdict)
def test_a_figure_survives_json(each: Figure) -> None:
    assert Figure.from_json(each.as_json()) == each


def test_the_page_has_a_row_a_figure() -> None:
    rows = table.for_page([MET, MISSED, REPORTED]).splitlines()[2:]
    assert rows == [
        "| `looks` | 1 h | 30 | 120 (0.25) |  |  | <= 0.5 | met |",
        "| `looks` | 6 h | 30 |  | 10 (3.00) |  | <= 0.5 | missed |",
        "| `cost_usd` | 1 h | $0.0100 |  |  |  |  | reported |",
    ]


def test_the_terminal_shows_every_case_and_verdict() -> None:
    console = Console(width=170, record=True, file=None)
    with console.capture() as shown:
        console.print(table.for_terminal([MET, MISSED, REPORTED]))
    for text in ("120 (0.25)", "10 (3.00)", "$0.0100", "missed", "reported"):
        assert text in shown.get()


def test_what_is_missed_is_told_with_its_reason() -> None:
    assert table.missed([MET, MISSED, REPORTED]) == ["`looks`, 6 h: too often."]


DOCUMENT = {
    "figures": [each.as_json() for each in (MET, MISSED)],
    "machine": {
        "day": "2026-11-24",
        "processors": 2,
        "load": 0.1,
        **dict.fromkeys(("python", "node", "aws-cdk-lib", "crhelper", "boto3"), "1"),
    },
    "notes": {"deploy_overheads_s": {"ours": [1.0, 2.0], "framework": [3.0, 4.0]}},
    "took_s": 600.0,
}


def test_the_generated_part_tells_table_reasons_and_machine() -> None:
    text = page.section(DOCUMENT)
    assert "1 of 2 targets are met." in text
    assert "- `looks`, 6 h: too often." in text
    assert "ours 1.00, 2.00 s; framework 3.00, 4.00 s" in text
    assert all(len(line) <= 100 or line.startswith("|") for line in text.splitlines())


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    before = f"above\n\n{page.BEGIN}\n\nold\n\n{page.END}\n\nbelow\n"
    after = page.put(before, r"new \1")
    assert after == f"above\n\n{page.BEGIN}\n\nnew \\1\n\n{page.END}\n\nbelow\n"
    assert page.put(after, r"new \1") == after


def test_a_page_without_the_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="the page needs"):
        page.put("no marks", "new")
