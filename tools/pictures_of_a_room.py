"""The pictures of ``docs/how_a_room_is_made.md``, made from the demo: ``python -m tools.pictures_of_a_room``.

They show what the stages kept in the store; where the demo was not analysed yet, that is done first (minutes).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from pipeline.config import PROJECT_ROOT
from tools.figures import room_steps as steps
from tools.figures.demo_report import Demo, Room
from tools.figures.sheet import save, save_picture

FOLDER: Final = PROJECT_ROOT / "docs" / "pictures" / "room"
STEPS: Final[dict[str, Callable[[Room], Figure | np.ndarray]]] = {
    "photos": steps.photos,
    "lines": steps.lines,
    "matches": steps.matches,
    "cameras": steps.cameras,
    "stereo": steps.stereo,
    "walls": steps.walls,
    "depth": steps.depth,
    "layout": steps.layout,
    "surface": steps.surface,
    "missing-view": steps.missing_view,
    "completed": steps.completed,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures_of_a_room", description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder for the pictures")
    parser.add_argument("--only", choices=list(STEPS), nargs="+", default=list(STEPS), help="some of the steps")
    options = parser.parse_args(arguments)
    room = Demo.analysed().room()
    for name in options.only:
        drawn, path = STEPS[name](room), options.to / f"{name}.webp"
        if isinstance(drawn, Figure):
            save(drawn, path)
        else:
            save_picture(drawn, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
