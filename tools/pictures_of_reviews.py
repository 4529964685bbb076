"""The pictures of ``docs/how_reviews_are_read.md``, from the demo: ``python -m tools.pictures_of_reviews``.

They show the demo's report in the store; where the demo was not analysed yet, that is done first (minutes).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pipeline.config import PROJECT_ROOT
from tools.figures import review_steps as steps
from tools.figures.demo_report import Demo
from tools.figures.sheet import save

FOLDER: Final = PROJECT_ROOT / "docs" / "pictures" / "reviews"
NAMES: Final = ("sentences", "topics", "scores", "contradictions")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures_of_reviews", description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder for the pictures")
    options = parser.parse_args(arguments)
    demo = Demo.analysed()
    report = demo.reviews
    drawn = (
        steps.sentences(demo.listing.reviews, report),
        steps.topics(report),
        steps.scores(report),
        steps.contradictions(report),
    )
    for name, figure in zip(NAMES, drawn, strict=True):
        path = options.to / f"{name}.webp"
        save(figure, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
