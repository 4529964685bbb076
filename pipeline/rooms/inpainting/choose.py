"""Which inpainter runs, who stands in for it, and the promise that known pixels stay as they are."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import UInt8

from models.inpainting import DiffusionSettings
from pipeline.machine import has_gpu
from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, Inpainter, InpaintingError

DEFAULT: Final = "planar"
_HUB_ID: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def _diffusion(settings: DiffusionSettings | None = None) -> Inpainter:
    """With the weights that ``SHOWROOM_INPAINTING`` names (a folder or a hub id), else those in place."""
    from models.weights import weights_named
    from pipeline.rooms.inpainting.diffusion import DiffusionInpainter

    named = os.environ.get("SHOWROOM_INPAINTING", "")
    if _HUB_ID.fullmatch(named) and not Path(named).exists():
        return DiffusionInpainter(named, settings)
    places = [weights_named(name) for name in ("Stable Diffusion inpainting", "Stable Diffusion XL inpainting")]
    for weights in places:
        if weights.present():
            return DiffusionInpainter(weights.place(), settings)
    first = places[0]
    raise InpaintingError(f"the weights of {first.name} are not in {first.place()}.", first.how)


def _planar() -> Inpainter:
    from pipeline.rooms.inpainting.planar import PlanarInpainter

    return PlanarInpainter()


def _opencv() -> Inpainter:
    from pipeline.rooms.inpainting.opencv import OpenCvInpainter

    return OpenCvInpainter()


#: by name, best first: a backend that fails is followed by those after it
BACKENDS: Final[dict[str, Callable[[], Inpainter]]] = {
    "diffusion": _diffusion,
    "planar": _planar,
    "opencv": _opencv,
}


@dataclass(frozen=True)
class Filled:
    """A picture without holes.

    Attributes:
        image: equal to the hole's image outside its mask, bit by bit.
        backend: that filled it; empty where there was nothing to fill.
        notes: which backends failed before it, and why.
    """

    image: UInt8[np.ndarray, "H W 3"]
    backend: str
    notes: tuple[str, ...] = field(default=())


def choose_inpainter(name: str = "auto", settings: DiffusionSettings | None = None) -> tuple[Inpainter, str]:
    """The inpainter for a choice and the reason in plain words; the default stands in for missing weights.

    Args:
        name: ``planar``, ``diffusion``, ``opencv``, or ``auto``: diffusion where its weights and a GPU are.
        settings: of the diffusion model.

    Raises:
        ValueError: no inpainter has this name.
    """
    if name not in ("auto", *BACKENDS):
        raise ValueError(f"unknown inpainter {name!r}; choose one of: auto, {', '.join(BACKENDS)}")
    if name not in ("auto", "diffusion"):
        return BACKENDS[name](), f"{name} was asked for"
    try:
        learned = _diffusion(settings)
    except InpaintingError as error:
        said = "diffusion was asked for, but " if name == "diffusion" else ""
        return BACKENDS[DEFAULT](), f"{said}{error.message} {DEFAULT} stands in"
    if name == "diffusion":
        return learned, "diffusion was asked for"

    if has_gpu():
        return learned, "diffusion has its weights and a GPU"
    return BACKENDS[DEFAULT](), "diffusion has its weights but no GPU: choose it by name to run it on the CPU"


def _stand_ins(inpainter: Inpainter) -> Iterator[Inpainter]:
    """Who follows where this one fails, best first."""
    names = list(BACKENDS)
    later = names[names.index(inpainter.name) + 1 :] if inpainter.name in names else [DEFAULT]
    return (BACKENDS[name]() for name in later)


def inpaint(hole: Hole, inpainter: Inpainter, progress: Progress | None = None) -> Filled:
    """Fill the hole; a backend that fails is replaced by the next best one, and the notes say so.

    Raises:
        InpaintingError: there is no pixel to start from, or every backend failed.
    """
    progress = progress or Progress()
    if not hole.mask.any():
        return Filled(hole.image.copy(), "")
    if hole.mask.all():
        raise InpaintingError(
            "The whole picture is unknown.", "Choose a view that shows part of what is known."
        )
    notes: list[str] = []
    for backend in chain((inpainter,), _stand_ins(inpainter)):
        try:
            painted = backend.fill(hole, progress)
        except InpaintingError as error:
            notes.append(f"{backend.name} failed: {error.message}")
            continue
        except MemoryError:
            notes.append(f"{backend.name} failed: too little memory for a picture of this size.")
            continue
        return Filled(np.where(hole.mask[..., None], painted, hole.image), backend.name, tuple(notes))
    raise InpaintingError("No inpainter could fill the hole: " + "; ".join(notes))
