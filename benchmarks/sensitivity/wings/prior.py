"""What the eye says of photos of made rooms that no training drew."""

import numpy as np

from benchmarks.sensitivity.made import MadePhoto, photos_alone
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.prior import own_eye

_PHOTOS, _SIZE_PX = 4, (320, 240)


def _photos() -> list[MadePhoto]:
    return photos_alone(_PHOTOS, *_SIZE_PX)


def _looked(photos: list[MadePhoto]) -> Figures:
    eye, off = own_eye(), []
    for photo in photos:
        ratio = eye.predict(photo.rgb, photo.K).resized(*photo.size).depth_over_height / photo.depth_m
        off.append(float(np.mean(np.abs(ratio / np.median(ratio) - 1.0))))
    return {"AbsRel": float(np.mean(off))}


PARTS = (Part("eye", f"{_PHOTOS} photos of made rooms", _photos, _looked, {"AbsRel": True}),)
