"""What the eye says of photos of made rooms that no training drew, and how it is put to scale."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from benchmarks.sensitivity.made import MadePhoto, photos_alone
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.prior import NotAligned, Prior, aligned, own_eye

_PHOTOS, _SIZE_PX = 4, (320, 240)
_KNOWN, _WRONG, _NOISE = (25, 60, 2000, 20_000), 1 / 3, 0.02


def _photos() -> list[MadePhoto]:
    return photos_alone(_PHOTOS, *_SIZE_PX)


def _looked(photos: list[MadePhoto]) -> Figures:
    eye, off = own_eye(), []
    for photo in photos:
        ratio = eye.predict(photo.rgb, photo.K).resized(*photo.size).depth_over_height / photo.depth_m
        off.append(float(np.mean(np.abs(ratio / np.median(ratio) - 1.0))))
    return {"AbsRel": float(np.mean(off))}


@dataclass(frozen=True, eq=False)
class _Known:
    """A guess, and a depth of which some is known and a third of that is wrong; 0 where nothing is."""

    photo: MadePhoto
    prior: Prior
    depth_m: Float[np.ndarray, "H W"]


def _known() -> list[_Known]:
    dice, found = np.random.default_rng(0), []
    for photo in _photos():
        prior = own_eye().predict(photo.rgb, photo.K).resized(*photo.size)
        for count in _KNOWN:
            chosen = dice.choice(photo.depth_m.size, count, replace=False)
            wrong = np.where(dice.random(count) < _WRONG, dice.uniform(0.4, 2.0, count), 1.0)
            depth = np.zeros(photo.depth_m.size)
            depth[chosen] = photo.depth_m.ravel()[chosen] * wrong * (1.0 + _NOISE * dice.standard_normal(count))
            known = depth.reshape(photo.depth_m.shape)
            found += [_Known(photo, replace(prior, shift_is_free=free), known) for free in (False, True)]
    return found


def _scaled(known: list[_Known]) -> Figures:
    off = []
    for one in known:
        try:
            depth = aligned(one.prior, one.depth_m).depth
        except NotAligned:
            off.append(1.0)
            continue
        off.append(float(np.mean(np.minimum(np.abs(depth / one.photo.depth_m - 1.0), 1.0))))
    return {"AbsRel": float(np.mean(off)), "median": float(np.median(off))}


PARTS = (
    Part("eye", f"{_PHOTOS} photos of made rooms", _photos, _looked, {"AbsRel": True}),
    Part(
        "scale",
        f"{_PHOTOS} photos of made rooms, {', '.join(map(str, _KNOWN))} pixels known, a third of them wrong",
        _known,
        _scaled,
        {"AbsRel": True, "median": True},
    ),
)
