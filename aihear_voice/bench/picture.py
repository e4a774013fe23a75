"""Where the time of one turn goes, as a picture. Needs matplotlib (the extra "bench")."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import SettingsError

_COLOURS = ("#9aa5b1", "#2f6690", "#81c3d7", "#d9a441", "#6a994e")


def draw(bars: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """bars: by title, the milliseconds of each stage in their order. Raises SettingsError without matplotlib."""
    try:
        import matplotlib
    except ImportError as error:
        raise SettingsError("a picture needs matplotlib", "no_matplotlib", "pip install aihear-voice[bench]") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    stages = list(dict.fromkeys(stage for bar in bars.values() for stage in bar))
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.6 * len(bars)), layout="constrained")
    for row, bar in enumerate(bars.values()):
        left = 0.0
        for stage, milliseconds in bar.items():
            colour = _COLOURS[stages.index(stage) % len(_COLOURS)]
            axes.barh(row, milliseconds, left=left, color=colour, label=stage if row == 0 else None)
            left += milliseconds
        axes.text(left, row, f" {left:.0f} ms", va="center")
    axes.set_yticks(range(len(bars)), labels=list(bars))
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel("milliseconds after the last sample of speech")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=len(stages), frameon=False)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
