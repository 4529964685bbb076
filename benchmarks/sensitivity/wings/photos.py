"""Photos of the demo, bent as lenses bend them: the coefficient must come back, and 0 where nothing is bent."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from benchmarks.sensitivity.demo import demo_photo
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.photos import Lens, load_rgb
from pipeline.rooms.photos.arcs import find_arcs
from pipeline.rooms.photos.lens_votes import weigh

_LENSES = (-0.12, 0.0, 0.08)
_SHOWN, _LONGER_PX = (("living-room", 0), ("bedroom", 0)), 640


@dataclass(frozen=True, eq=False)
class _Bent:
    radial: float
    pictures: list[UInt8[np.ndarray, "H W 3"]]


def _bent() -> list[_Bent]:
    straight = [load_rgb(demo_photo(*which).photo, _LONGER_PX) for which in _SHOWN]
    return [_Bent(radial, [_bend(picture, radial) for picture in straight]) for radial in _LENSES]


def _bend(picture: UInt8[np.ndarray, "H W 3"], radial: float) -> UInt8[np.ndarray, "H W 3"]:
    """The picture as a lens with this coefficient would have taken it."""
    import cv2

    if radial == 0:
        return picture
    height, width = picture.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float)), axis=-1)
    at = Lens(radial).straight_xy(grid, width, height).astype(np.float32)
    bent = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def _found(sets: list[_Bent]) -> Figures:
    off, certain = [], []
    for one in sets:
        height, width = one.pictures[0].shape[:2]
        evidence = weigh([find_arcs(picture) for picture in one.pictures], float(np.hypot(width, height)) / 2)
        lens = evidence.lens() if evidence is not None else None
        off.append(abs((lens.radial if lens else 0.0) - one.radial))
        certain.append((lens is not None) == (one.radial != 0))
    return {"coefficient off": float(np.mean(off)), "lenses told right": float(np.mean(certain))}


PARTS = (
    Part(
        "lens",
        f"{len(_SHOWN)} photos of the demo, bent by {', '.join(f'{radial:g}' for radial in _LENSES)}",
        _bent,
        _found,
        {"coefficient off": True, "lenses told right": False},
    ),
)
