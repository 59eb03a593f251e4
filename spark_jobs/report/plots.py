"""The plots of the weekly report: rows → SVG text, with words as text, so that they can be found and read aloud."""

import io
from collections.abc import Sequence
from typing import Any

_INK, _SOFT, _MAIN, _SECOND, _THIRD = "#1d2733", "#5c6b7a", "#0b6e6e", "#d9822b", "#6b5bb5"
_SIZE = (6.4, 2.8)


def lines(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> str:
    """A line for each column of numbers, by day."""
    figure, axes = _axes()
    labels = [_day(row[0]) for row in rows]
    for at, (name, colour) in enumerate(zip(names, (_MAIN, _SECOND, _THIRD), strict=False), 1):
        axes.plot(labels, [row[at] for row in rows], color=colour, marker="o", markersize=4, label=name)
    _from_zero(axes)
    axes.legend(frameon=False, fontsize=8, ncols=len(names), loc="lower left")
    return _svg(figure)


def spread(rows: Sequence[tuple[Any, ...]], unit: str) -> str:
    """The median of each day, and the half of people around it."""
    figure, axes = _axes()
    labels = [_day(row[0]) for row in rows]
    low, middle, high = ([float(row[at]) for row in rows] for at in (1, 2, 3))
    axes.bar(labels, [top - bottom for top, bottom in zip(high, low, strict=True)], bottom=low, color=_MAIN, alpha=0.25)
    axes.plot(labels, middle, color=_MAIN, marker="_", markersize=22, markeredgewidth=3, linestyle="none")
    axes.set_ylabel(unit, color=_SOFT)
    _from_zero(axes)
    return _svg(figure)


def bars(rows: Sequence[tuple[Any, ...]], unit: str) -> str:
    """A bar for each label."""
    figure, axes = _axes()
    axes.bar([str(row[0]) for row in rows], [float(row[1]) for row in rows], color=_MAIN)
    axes.set_ylabel(unit, color=_SOFT)
    return _svg(figure)


def _day(on: Any) -> str:
    return f"{on:%a %-d}"


def _axes() -> tuple[Any, Any]:
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lake", "font.family": "sans-serif", "font.size": 9})
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_SOFT, labelcolor=_INK)
    axes.yaxis.grid(visible=True, color="#e6eaee")
    axes.set_axisbelow(True)
    return figure, axes


def _from_zero(axes: Any) -> None:
    """With some room above the highest."""
    axes.set_ylim(0, 1.05 * axes.get_ylim()[1])


def _svg(figure: Any) -> str:
    """The `svg` element alone, for HTML."""
    sink = io.StringIO()
    figure.savefig(sink, format="svg", metadata={"Date": None})
    text = sink.getvalue()
    return text[text.index("<svg") :]
