"""template_resources, synth_ratio: how large templates are, and how long synthesis takes.

`python -m bench.synth KIND COUNT` is one synthesis; its process is what is measured.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import aws_cdk as cdk

from bench.figures import FRAMEWORK, NATIVE, Figure, Measured
from bench.processes import Contender, Times, environment, take_turns
from bench.stacks import BUILDS, CONTEXT, framework, native, ours, template

TEMPLATE_SIZES: Final = (1, 10, 100)
PROVIDER_MOST: Final = 10
FRAMEWORKS_OWN: Final = 12
"""Resources of the framework itself, without its user's functions, roles, policies and logs."""

SYNTH_RUNS: Final = {1: 5, 50: 5, 200: 5, 400: 5}
"""Runs by the number of campaigns."""
LARGEST_RATIO: Final = 1.5
LINEAR_WITHIN: Final = 1.25
"""By how much one more campaign may cost more from 200 to 400 than from 1 to 200."""


def synthesize(kind: str, count: int) -> None:
    """Synthesizes one stack, as an app does."""
    with tempfile.TemporaryDirectory(prefix="bench-") as out:
        app = cdk.App(outdir=out, context=dict(CONTEXT))
        BUILDS[kind](cdk.Stack(app, "Bench"), count)
        app.synth()


def measure_templates() -> Measured:
    """Count the resources of templates."""
    counts = {
        name: [len(template(build, size)["Resources"]) for size in TEMPLATE_SIZES]
        for name, build in (("ours", ours), ("framework", framework), ("native", native))
    }
    own = counts["ours"]
    provider = own[0] - TEMPLATE_SIZES[0]
    sizes = zip(TEMPLATE_SIZES, own, counts["framework"], counts["native"], strict=True)
    slopes = {
        name: (each[-1] - each[0]) / (TEMPLATE_SIZES[-1] - TEMPLATE_SIZES[0])
        for name, each in counts.items()
    }
    whole = counts["framework"][0] - TEMPLATE_SIZES[0]
    return Measured(
        figures=(
            Figure(
                key="template_resources",
                case="provider",
                ours=provider,
                peers={FRAMEWORK: frameworks_own(template(framework, 1))},
                target=f"<= {PROVIDER_MOST}, against {FRAMEWORKS_OWN}",
                met=provider <= PROVIDER_MOST,
                limit="each role, policy and function of the provider is a resource",
            ),
            *(
                Figure(
                    key="template_resources",
                    case=f"{size} campaigns" if size > 1 else "1 campaign",
                    ours=mine,
                    peers={FRAMEWORK: theirs, NATIVE: bare},
                )
                for size, mine, theirs, bare in sizes
            ),
            Figure(
                key="template_resources",
                case="each further campaign",
                ours=slopes["ours"],
                peers={FRAMEWORK: slopes["framework"], NATIVE: slopes["native"]},
                target="1",
                met=slopes["ours"] == 1,
                limit="a campaign adds more than itself",
            ),
        ),
        notes={"framework_with_its_users_functions": whole},
    )


def frameworks_own(made: dict[str, dict[str, dict[str, object]]]) -> int:
    """Resources of the framework alone: those named after it, without log groups and its user's."""
    return sum(
        name.startswith("Provider") and each["Type"] != "AWS::Logs::LogGroup"
        for name, each in made["Resources"].items()
    )


def measure_synthesis() -> Measured:
    """Time whole processes that synthesize."""
    times: dict[int, dict[str, Times]] = {}
    for count, runs in SYNTH_RUNS.items():
        times[count] = take_turns(
            {kind: _contender(kind, count) for kind in ("ours", "native")}, runs=runs
        )
    figures = [_figure(count, each) for count, each in times.items()]
    figures.append(_growth(times))
    series = {
        "x": [float(count) for count in times],
        "ours": [each["ours"].wall_median_s for each in times.values()],
        NATIVE: [each["native"].wall_median_s for each in times.values()],
    }
    processor = {
        str(count): {kind: each.processor_median_s for kind, each in found.items()}
        for count, found in times.items()
    }
    return Measured(
        figures=tuple(figures),
        series={"synth": series},
        notes={"synth_processor_s": processor},
    )


def _growth(times: Mapping[int, Mapping[str, Times]]) -> Figure:
    """What one more campaign costs, in processor time, among many."""
    few, _, some, many = times

    def slope_ms(kind: str, lower: int, upper: int) -> float:
        # The least is the least disturbed.
        least_s = [min(times[count][kind].processor_s) for count in (lower, upper)]
        return 1000 * (least_s[1] - least_s[0]) / (upper - lower)

    late, early = slope_ms("ours", some, many), slope_ms("ours", few, some)
    return Figure(
        key="synth_ratio",
        case=f"processor time a campaign, {some} to {many}",
        unit="ms",
        digits=1,
        ours=late,
        peers={NATIVE: slope_ms("native", some, many)},
        target=f"linear: <= {LINEAR_WITHIN:g} of {few} to {some}",
        met=late <= LINEAR_WITHIN * early,
        limit=f"it is {early:.1f} ms from {few} to {some}; each construct is several objects"
        " across jsii, and the CDK validates the template as a whole",
    )


def _figure(count: int, times: dict[str, Times]) -> Figure:
    own, bare = times["ours"].wall_median_s, times["native"].wall_median_s
    judged = count == max(SYNTH_RUNS)
    used = times["ours"].processor_median_s / times["native"].processor_median_s
    return Figure(
        key="synth_ratio",
        case=f"{count} campaigns" if count > 1 else "1 campaign",
        unit="s",
        digits=2,
        ours=own,
        peers={NATIVE: bare},
        target=f"<= {LARGEST_RATIO:g} of native" if judged else "",
        met=own <= LARGEST_RATIO * bare if judged else None,
        limit=f"it is {own / bare:.2f}, by processor time {used:.2f}: a construct with checks, a"
        " custom resource and its provider are several objects across jsii, CfnCampaign is one",
    )


def _contender(kind: str, count: int) -> Contender:
    return Contender(
        command=(sys.executable, "-m", "bench.synth", kind, str(count)),
        environment=environment(PYTHONPATH=str(Path(__file__).parents[1])),
        folder=Path(tempfile.gettempdir()),
    )


if __name__ == "__main__":
    synthesize(sys.argv[1], int(sys.argv[2]))
