"""A quick bench of a part of a wing: what it is run on, what it measures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

Figures = dict[str, float]
WINGS: Final = Path(__file__).with_name("wings")
#: the wings whose effect a guest notices first come first
ORDER: Final = (
    "single_photo", "layout", "box", "axes", "surface", "inpainting", "depth", "sfm", "stereo", "grouping",
    "photos", "views", "learned", "judging", "scene", "prior", "joint_bodies", "sizes",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One bench.

    Attributes:
        name: unique within its wing.
        data: what it is run on, in words.
        prepare: makes its inputs, once and with the numbers as they are; they must survive pickling.
        run: the figures of these inputs.
        lower_is_better: for every figure.
        modules: of processes that it starts, whose numbers it therefore reaches.
    """

    name: str
    data: str
    prepare: Callable[[], Any]
    run: Callable[[Any], Figures]
    lower_is_better: Mapping[str, bool]
    modules: tuple[str, ...] = field(default=())


def parts_of(wing: str) -> tuple[Part, ...]:
    """The benches of a wing, the one nearest to it first.

    Raises:
        ValueError: the wing has none.
    """
    if not (WINGS / f"{wing}.py").is_file():
        raise ValueError(f"{wing} has no bench; there are: {', '.join(benched())}")
    parts: tuple[Part, ...] = import_module(f"benchmarks.sensitivity.wings.{wing}").PARTS
    return parts


def benched() -> list[str]:
    """Wings that have a bench, in their order."""
    return [wing for wing in ORDER if (WINGS / f"{wing}.py").is_file()]
