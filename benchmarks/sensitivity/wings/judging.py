"""Photos foretold by the others, and looks aside, on a mesh of true points."""

from functools import partial

import numpy as np

from benchmarks.sensitivity.made_room import Meshed, meshed_room
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.judging import foretell, look_aside
from pipeline.rooms.surface import SurfaceSettings

_PHOTOS, _SIZE_PX, _NOISE = 2, (160, 120), 0.005
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
)
