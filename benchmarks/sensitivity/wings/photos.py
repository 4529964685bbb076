"""Photos of the demo, bent as lenses bend them, and with what people put round their photos."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from benchmarks.sensitivity.demo import demo_photo
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.photos import Lens, load_rgb
from pipeline.rooms.photos.arcs import find_arcs
from pipeline.rooms.photos.frames import find_cut, pieces_of
from pipeline.rooms.photos.lens_votes import weigh

_LENSES = (-0.12, 0.0, 0.08)
_SHOWN, _LONGER_PX = (("living-room", 0), ("bedroom", 0)), 640
_COLOURS, _QUALITY = (255, 0, 128), 75
#: borders as shares of the sides: left, top, right, bottom
_SIDES = ((0.03, 0.04, 0.03, 0.04), (0.0, 0.15, 0.0, 0.15), (0.0, 0.0, 0.02, 0.0), (0.04, 0.04, 0.04, 0.18))


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
    off, certain, kept_out = [], [], []
    for one in sets:
        height, width = one.pictures[0].shape[:2]
        evidence = weigh([find_arcs(picture) for picture in one.pictures], float(np.hypot(width, height)) / 2)
        kept_out += [evidence is not None and evidence.opposes(k) for k in range(len(one.pictures))]
        lens = evidence.lens() if evidence is not None else None
        off.append(abs((lens.radial if lens else 0.0) - one.radial))
        certain.append((lens is not None) == (one.radial != 0))
    return {
        "coefficient off": float(np.mean(off)),
        "lenses told right": float(np.mean(certain)),
        "photos kept out of their lens": float(np.mean(kept_out)),
    }


@dataclass(frozen=True, eq=False)
class _Framed:
    """A photo with something round it: how much on each side (left, top, right, bottom), or how many."""

    picture: UInt8[np.ndarray, "H W 3"]
    cut: tuple[int, int, int, int]
    pieces: int = 1


def _framed() -> list[_Framed]:
    photos = [load_rgb(demo_photo(*which).photo, _LONGER_PX) for which in _SHOWN]
    found = []
    for photo in photos:
        height, width = photo.shape[:2]
        for colour in _COLOURS:
            found += [_bordered(photo, colour, sides) for sides in _SIDES]
        found.append(_Framed(photo, (0, 0, 0, 0)))
        found.append(_bannered(photo))
        found.append(_Framed(_rounded(photo, int(0.08 * height)), (int(0.08 * height) // 3,) * 4))
        gutter = np.full((height, int(0.02 * width), 3), 255, np.uint8)
        found.append(_Framed(np.concatenate([photo, gutter, photos[0]], axis=1), (0, 0, 0, 0), 2))
    return [_Framed(_as_jpeg(one.picture), one.cut, one.pieces) for one in found]


def _bordered(photo: UInt8[np.ndarray, "H W 3"], colour: int, sides: tuple[float, ...]) -> _Framed:
    height, width = photo.shape[:2]
    left, top, right, bottom = (
        round(share * side) for share, side in zip(sides, (width, height) * 2, strict=True)
    )
    padded = np.pad(photo, ((top, bottom), (left, right), (0, 0)), constant_values=colour)
    return _Framed(padded, (left, top, right, bottom))


def _bannered(photo: UInt8[np.ndarray, "H W 3"]) -> _Framed:
    """A dark strip with light marks, as letters are, at the bottom."""
    height, width = photo.shape[:2]
    banner = np.full((int(0.12 * height), width, 3), 40, np.uint8)
    banner[len(banner) // 3 : 2 * len(banner) // 3, width // 10 : width // 2 : 9] = 235
    return _Framed(np.concatenate([photo, banner]), (0, 0, 0, len(banner)))


def _rounded(photo: UInt8[np.ndarray, "H W 3"], radius: int) -> UInt8[np.ndarray, "H W 3"]:
    height, width = photo.shape[:2]
    rows, columns = np.indices((height, width))
    out = np.maximum(radius - np.minimum(rows, height - 1 - rows), 0)
    aside = np.maximum(radius - np.minimum(columns, width - 1 - columns), 0)
    return np.where((np.hypot(out, aside) > radius)[..., None], 255, photo).astype(np.uint8)


def _as_jpeg(picture: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=_QUALITY)
    return np.asarray(Image.open(file).convert("RGB"))


def _unframed(framed: list[_Framed]) -> Figures:
    off, pieces = [], []
    for one in framed:
        if one.pieces == 1:
            cut = find_cut(one.picture)
            found = np.array([cut.left, cut.top, cut.right, cut.bottom])
            off.append(float(np.abs(found - one.cut).max()) / max(one.picture.shape[:2]))
        pieces.append(pieces_of(one.picture) == one.pieces)
    return {"cut off, share of the side": float(np.mean(off)), "collages told right": float(np.mean(pieces))}


PARTS = (
    Part(
        "lens",
        f"{len(_SHOWN)} photos of the demo, bent by {', '.join(f'{radial:g}' for radial in _LENSES)}",
        _bent,
        _found,
        {"coefficient off": True, "lenses told right": False, "photos kept out of their lens": True},
    ),
    Part(
        "frames",
        f"{len(_SHOWN)} photos of the demo in {3 * len(_SIDES)} frames, on a banner, rounded, as a collage",
        _framed,
        _unframed,
        {"cut off, share of the side": True, "collages told right": False},
    ),
)
