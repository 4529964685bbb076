"""Photos foretold by the others, and looks aside, on a mesh of true points."""

from functools import partial

import numpy as np
from scipy import ndimage

from benchmarks.sensitivity.made import MadePhoto, photos_alone
from benchmarks.sensitivity.made_room import Meshed, meshed_room
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.judging import foretell, look_aside
from pipeline.rooms.judging.measures import gradient_histogram_distance
from pipeline.rooms.surface import SurfaceSettings

_PHOTOS, _SIZE_PX, _NOISE = 2, (160, 120), 0.005
_ALONE, _BLUR_PX = 4, 1.5
_SETTINGS = SurfaceSettings(voxel_m=0.05, depth=6, max_faces=20_000)


def _judged(meshed: Meshed) -> Figures:
    looks = look_aside(meshed.surface, meshed.maps.views)
    told = foretell(meshed.maps)
    return {
        "torn share of looks aside": float(np.mean([look.torn for look in looks])) if looks else 1.0,
        "looks": float(len(looks)),
        "SSIM of photos foretold": float(np.nanmean([one.ssim for one in told])),
        "share covered": float(np.mean([one.covered for one in told])),
    }


def _pairs() -> list[MadePhoto]:
    return photos_alone(_ALONE, *_SIZE_PX)


def _gradients(photos: list[MadePhoto]) -> Figures:
    dice, apart = np.random.default_rng(0), []
    for photo in photos:
        everywhere = np.ones(photo.depth_m.shape, bool)
        blurred = ndimage.gaussian_filter(photo.rgb, (_BLUR_PX, _BLUR_PX, 0))
        grain = np.clip(photo.rgb + dice.normal(0, 1, photo.rgb.shape), 0, 255).astype(np.uint8)
        blur, noise = (gradient_histogram_distance(photo.rgb, other, everywhere) for other in (blurred, grain))
        apart.append(blur - noise)
    return {"a blurred copy is farther than one with grain by": float(np.mean(apart))}


PARTS = (
    Part(
        "true points",
        f"a made room, {_PHOTOS} photos with true depth (a right room should be judged well)",
        partial(meshed_room, _PHOTOS, _SIZE_PX, _NOISE, _SETTINGS),
        _judged,
        {
            "torn share of looks aside": True,
            "looks": False,
            "SSIM of photos foretold": False,
            "share covered": False,
        },
    ),
    Part(
        "gradients",
        f"{_ALONE} photos of made rooms",
        _pairs,
        _gradients,
        {"a blurred copy is farther than one with grain by": False},
    ),
)
