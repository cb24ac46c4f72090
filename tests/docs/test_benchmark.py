"""docs/benchmark.md against what the benchmark measures and takes for granted."""

from __future__ import annotations

import re
from typing import Final

import pytest

from bench import crowd, deploys, package, prices, schedules, synth, waits
from bench import page as generated
from bench.figures import PEERS
from bench.table import HEADINGS
from docs.pages import PROJECT, names, page

BENCHMARK = page("docs/benchmark.md")
ROWS: Final = BENCHMARK.section("The figures").table("Figure")
TEXT: Final = " ".join(BENCHMARK.text.split())

KEYS: Final = (
    "notice_delay_s",
    "looks",
    "cost_usd",
    "template_resources",
    "synth_ratio",
    "asset_kb",
    "import_ratio",
    "deploy_overhead_s",
    "concurrent",
)


def test_the_table_has_every_figure_and_every_figure_is_explained() -> None:
    assert tuple(ROWS[0]) == HEADINGS
    told = list(dict.fromkeys(names(row["Figure"])[0] for row in ROWS))
    assert sorted(told) == sorted(KEYS)
    outside = BENCHMARK.text.replace(BENCHMARK.section("The figures").text, "")
    assert all(f"`{key}`" in outside for key in KEYS)


def test_the_verdicts_are_counted_right_and_what_is_missed_has_a_reason() -> None:
    section = BENCHMARK.section("The figures").text
    verdicts = [row["Verdict"] for row in ROWS]
    met, missed = verdicts.count("met"), verdicts.count("missed")
    assert f"{met} of {met + missed} targets are met." in section
    for row in ROWS:
        if row["Verdict"] == "missed":
            assert f"{row['Figure']}, {row['Case']}:" in " ".join(section.split())


def test_the_generated_part_can_be_written_anew() -> None:
    assert generated.put(BENCHMARK.text, "x").count("x\n\n<!--") == 1


def test_every_peer_is_introduced() -> None:
    for peer in PEERS:
        assert f"- **{peer}**:" in BENCHMARK.text


def test_the_schedules_of_the_peers_are_told_as_they_are() -> None:
    rows = BENCHMARK.section("Waiting").table("Schedule")
    told = {row["Schedule"]: row["What it says"] for row in rows}
    assert f"every {schedules.crhelper_polling().interval_s:.0f} s" in told["crhelper"]
    assert told["Provider framework"] == "every 5 s, 360 times by default"


@pytest.mark.parametrize(
    ("what", "usd"),
    [
        ("1,000 state transitions", 1000 * prices.USD_A_TRANSITION),
        ("1,000,000 invocations", 1_000_000 * prices.USD_A_REQUEST),
        ("1 GB-s", prices.USD_A_GB_S),
    ],
)
def test_the_prices_are_those_that_are_counted_with(what: str, usd: float) -> None:
    rows = {row["What"]: row for row in BENCHMARK.section("Waiting").table("What")}
    assert float(rows[what]["US dollars"]) == pytest.approx(usd)
    assert any(source in rows[what]["Source"] for source in prices.SOURCES.values())


def test_the_assumptions_are_told() -> None:
    for told in (
        f"as of {prices.AS_OF}",
        f"those of {prices.REGIONS[0]}, which {prices.REGIONS[1]} shares",
        f"has {waits.DRAWS * waits.MOMENTS:,} waits",
        f"from {waits.SPREAD:.0%} sooner".replace("%", " %"),
        f"taken as {prices.INVOCATION_S:.0f} s",
        f"{1024 * prices.USER_GB:.0f} MB, the framework's own {1024 * prices.FRAMEWORK_GB:.0f} MB",
        f"{package.IMPORT_RUNS} runs each",
        f"a campaign that takes {deploys.CREATE_S:.0f} s",
        f"{crowd.RESOURCES} campaigns of one stack",
        f"{crowd.TOKENS_A_SECOND:.0f} a second, and bursts of {crowd.BURST:.0f}",
        f"two looks of each wait in {crowd.WINDOW_S} s",
        f"a template with {crowd.CAMPAIGNS} campaigns",
        f"{crowd.FUNCTION_POLICY_BYTES:,} bytes, and {crowd.waits_that_fit()} statements fit",
    ):
        assert told in TEXT, told
    assert "median of five runs" in TEXT
    assert set(synth.SYNTH_RUNS.values()) == {5}
    assert "deployed five times" in TEXT
    assert deploys.ROUNDS == 5


def test_the_plots_are_there_in_both_forms() -> None:
    shown = re.findall(r"!\[[^\]]+\]\((img/bench-\w+\.svg)\)", BENCHMARK.text)
    assert len(shown) == 5
    for path in shown:
        svg = PROJECT / "docs" / path
        assert svg.is_file()
        assert svg.with_suffix(".png").is_file()
        assert "<dc:date>" not in svg.read_text(encoding="utf-8")
