"""The page of a bench, one HTML file with its plots, and the table on the screen: result → what people look at."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from matplotlib import rcParams
from matplotlib.figure import Figure

from benchmarks.results import WHOLE
from benchmarks.workloads import WORKLOADS

_COLOURS = ("#0b6e6e", "#d9822b", "#6b5bb5", "#4f9d4f", "#b5485b", "#7a8b99", "#c2a83e", "#3f6fb0")
Told = Mapping[str, Any]


def table(contenders: Told) -> tuple[list[str], list[list[str]]]:
    """Head and rows: contenders with the median seconds of each stage and of all, half the spread of these (one run has
    none), CPU seconds, those of kinds of programs where they are told, and how many times the first one's it took."""
    stages, kinds = _stages_of(contenders), _kinds_of(contenders)
    against, first = next(iter(contenders.items()))
    rows = []
    for name, told in contenders.items():
        whole = told["stages"][WHOLE]
        seconds = [f"{_seconds(told, stage):.1f}" if stage in told["stages"] else "" for stage in (*stages, WHOLE)]
        spread = f"{(whole['most'] - whole['least']) / 2:.1f}" if told["runs"] > 1 else ""
        rows.append(
            [
                name,
                str(told["runs"]),
                *seconds,
                spread,
                f"{whole['cpu_seconds']:.0f}",
                *(f"{told.get('cpu', {}).get(kind, 0):.0f}" for kind in kinds),
                f"{whole['seconds'] / _seconds(first, WHOLE):.2f}",
            ]
        )
    return ["", "runs", *stages, WHOLE, "±", "CPU", *(f"of {kind}" for kind in kinds), f"times {against}"], rows


def grown(result: Told, workload: str) -> list[str]:
    """A sentence for each stage of a workload with different numbers of events."""
    told = result.get("growth", {}).get(workload, {})
    return [
        f"{stage}: {one['fixed']:.1f} s + {one['each'] * result['events'] ** one['power']:.1f} s · "
        f"(share of all events)^{one['power']:.2f}, or any power from {one['least']:.2f} to {one['most']:.2f}"
        for stage, one in told.items()
    ]


def _kinds_of(contenders: Told) -> list[str]:
    return list({kind: None for told in contenders.values() for kind in told.get("cpu", {})})


def _stages_of(contenders: Told) -> list[str]:
    """All stages, in the order of the one that has most; not every variant has each."""
    found = {stage: None for told in sorted(contenders.values(), key=_count) for stage in told["stages"]}
    return [stage for stage in found if stage != WHOLE]


def _count(told: Told) -> int:
    return -len(told["stages"])


def _seconds(told: Told, stage: str) -> float:
    """0 for a stage that a contender does not have."""
    return float(told["stages"][stage]["seconds"]) if stage in told["stages"] else 0.0


def html(result: Told, history: Sequence[Told]) -> str:
    """`history`: results of the same size, the oldest first."""
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    sections = [
        (
            name,
            WORKLOADS[name].title,
            *table(contenders),
            grown(result, name),
            _stages(contenders),
            _history(name, history),
        )
        for name, contenders in result["workloads"].items()
    ]
    return templates.get_template("page.html").render(result=result, sections=sections)


def _stages(contenders: Told) -> str:
    """A bar for each contender, of its stages."""
    figure, axes = _axes(1.2 + 0.5 * len(contenders))
    names, left = list(contenders), [0.0] * len(contenders)
    for at, stage in enumerate(_stages_of(contenders)):
        seconds = [_seconds(contenders[name], stage) for name in names]
        axes.barh(names, seconds, left=left, color=_COLOURS[at % len(_COLOURS)], label=stage, height=0.6)
        left = [before + more for before, more in zip(left, seconds, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("seconds")
    axes.legend(frameon=False, ncols=5, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1))
    return _svg(figure)


def _history(workload: str, history: Sequence[Told]) -> str:
    """The seconds of all stages, bench by bench."""
    figure, axes = _axes(2.4)
    told = [(result["at"][:16], result["workloads"].get(workload, {})) for result in history]
    for at, name in enumerate(WORKLOADS[workload].contenders):
        points = [(when, of[name]["stages"][WHOLE]["seconds"]) for when, of in told if name in of]
        if not points:
            continue
        colour = _COLOURS[at % len(_COLOURS)]
        axes.plot(
            [when for when, _ in points], [seconds for _, seconds in points], marker="o", color=colour, label=name
        )
    axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
    axes.set_ylabel("seconds")
    axes.legend(frameon=False, fontsize=8)
    return _svg(figure)


def _axes(height: float) -> tuple[Any, Any]:
    rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bench", "font.family": "sans-serif", "font.size": 9})
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue().partition("<!DOCTYPE")[2].partition(">")[2]
