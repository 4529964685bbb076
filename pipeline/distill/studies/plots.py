"""Lines on a picture, where matplotlib is installed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

Line = Sequence[tuple[float, float]]


def plot(
    file: Path, title: str, axes: tuple[str, str], lines: Mapping[str, Line], *, logarithmic: bool = False
) -> bool:
    """Draw lines by name; whether matplotlib was there to do it."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    area = figure.subplots()
    for name, points in lines.items():
        area.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
    area.set(title=title, xlabel=axes[0], ylabel=axes[1])
    if logarithmic:
        area.set_yscale("log")
    area.grid(alpha=0.3)
    if len(lines) > 1:
        area.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    return True
