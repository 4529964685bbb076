"""What the camera stage starts from: settings, photos at working size, focal lengths, a request."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.axes import Segments, find_segments, shared_focal_factor
from pipeline.rooms.photos import RoomPhoto, load_rgb

#: longer side that straight lines are found at, px; set by hand, effect not measured
_SEGMENT_PX: Final = 640
#: focal length where nothing tells it, longer sides; set by hand, effect not measured
_DEFAULT_FOCAL_FACTOR: Final = 0.75
#: relative uncertainty of that, share; set by hand, effect not measured
_DEFAULT_SIGMA: Final = 0.25
#: relative uncertainty of a focal length from EXIF, share; set by hand, effect not measured
_EXIF_SIGMA: Final = 0.03
#: up to so many photos every feature and every attempt is afforded, count; set by hand, effect not measured
_FEW_PHOTOS: Final = 12
#: up to so many photos the given focal lengths are tried in any case, count; set by hand, effect not measured
_HANDFUL: Final = 4
#: fewer and closer sizes of SIFT's domain pooling than COLMAP's, for many photos (they overlap enough for it),
#: count and factors; half the time of the default
_QUICK_POOLING: Final = {"dsp_num_scales": 4, "dsp_min_scale": 1 / 3, "dsp_max_scale": 2.0}
#: contrast from which SIFT takes a peak (COLMAP: 0.0067), none; set by hand, effect not measured
PEAK_THRESHOLD: Final = 0.002
#: Lowe's ratio, matches that verify a pair, and matches of a pair that is not tried again, none and counts; set
#: by hand, effect not measured
_MATCHING: Final = {"max_ratio": 0.85, "min_num_inliers": 12, "strong_pair": 150}
#: limits of COLMAP's mapper below its defaults, counts, degrees and shares; set by hand for few wide-angle
#: photos, effect not measured
_RELAXED: Final = {
    "init_min_num_inliers": 20,
    "init_min_tri_angle": 3.0,
    "init_max_forward_motion": 0.99,
    "abs_pose_min_num_inliers": 12,
    "abs_pose_min_inlier_ratio": 0.1,
    "filter_min_tri_angle": 1.0,
}
#: time of one attempt of the mapper, seconds; set by hand, effect not measured
_MODEL_S: Final = 60
#: least longer side and least number of features that settings may ask for, px and count; by definition
_LEAST_SETTINGS: Final = (64, 100)
REFINED: Final = "refined focal length"
_GIVEN: Final = "given focal length"
EXIF: Final = "EXIF"
LINES: Final = "straight lines"
_USUAL: Final = "a usual value"
MATCHES: Final = "matches and straight lines together"
#: relative uncertainty of the focal length of a zoomed photo, share; half the step of the ratios that are tried
_ZOOM_SIGMA: Final = 0.1


@dataclass(frozen=True)
class SfmSettings:
    """Settings of the camera stage.

    Attributes:
        seed: of every random choice.
        max_px: longer side of the photos that features are found in.
        max_features: per photo.
        initial_pairs: how many initial pairs are tried beside the mapper's own choice.
        min_observations: points that a photo must see to count as placed.
        timeout_s: of the whole process.
    """

    seed: int = 0
    max_px: int = 1024
    max_features: int = 4000
    initial_pairs: int = 4
    min_observations: int = 15
    timeout_s: float = 900.0
    mapper: dict[str, float] = field(default_factory=lambda: dict(_RELAXED))

    def __post_init__(self) -> None:
        if self.max_px < _LEAST_SETTINGS[0] or self.max_features < _LEAST_SETTINGS[1]:
            raise ValueError("max_px >= 64 and max_features >= 100 are needed")


@dataclass(frozen=True)
class PreparedPhoto:
    """A photo as the camera stage sees it.

    Attributes:
        name: of its file in the working folder.
        image: at the size that features were found in.
        segments: straight segments, found at ``segment_scale`` times that size.
        camera_key: equal for photos that share intrinsics.
    """

    photo: RoomPhoto
    name: str
    image: UInt8[np.ndarray, "H W 3"]
    segments: Segments
    segment_scale: float
    camera_key: str

    @property
    def longer_px(self) -> int:
        """Longer side of the image."""
        return max(int(side) for side in self.image.shape[:2])


@dataclass(frozen=True)
class Focals:
    """Focal lengths of the cameras by their keys.

    Attributes:
        factor: in units of the longer side of the photo.
        origin: where it comes from.
        sigma: its relative uncertainty.
    """

    factor: dict[str, float]
    origin: dict[str, str]
    sigma: dict[str, float]

    def px(self, photo: PreparedPhoto) -> float:
        """Focal length of a photo at the size that features were found in."""
        return self.factor[photo.camera_key] * photo.longer_px

    def moved(self, factor: dict[str, float], sigma: float) -> Self:
        """With other focal lengths for some cameras."""
        return replace(
            self, factor={**self.factor, **factor}, sigma={**self.sigma, **dict.fromkeys(factor, sigma)}
        )


def apart(
    photos: list[PreparedPhoto], focals: Focals, ratios: dict[int, float]
) -> tuple[list[PreparedPhoto], Focals]:
    """The same photos and focal lengths, but zoomed photos have cameras of their own.

    Args:
        ratios: by photo, of its focal length to the given one.
    """
    split = [
        replace(p, camera_key=f"{p.camera_key}|zoom {ratios[i]:.2f}") if i in ratios else p
        for i, p in enumerate(photos)
    ]
    kept = [p for i, p in enumerate(split) if i not in ratios]
    told = focal_priors(kept, Progress())
    for i, ratio in ratios.items():
        shared, key = photos[i].camera_key, split[i].camera_key
        told.factor[key] = ratio * told.factor.get(shared, focals.factor[shared])
        told.origin[key], told.sigma[key] = MATCHES, _ZOOM_SIGMA
    return split, told


def prepare(
    photos: list[RoomPhoto], folder: Path, settings: SfmSettings, progress: Progress
) -> list[PreparedPhoto]:
    """Write every photo at working size into ``folder`` and find its straight lines."""
    prepared = []
    for index, photo in enumerate(photos):
        progress(index / len(photos), f"reading photo {index + 1} of {len(photos)}")
        image = load_rgb(photo, settings.max_px)
        name = f"photo_{index:04d}.png"
        Image.fromarray(image).save(folder / name, compress_level=1)
        small = load_rgb(photo, _SEGMENT_PX)
        scale = small.shape[1] / image.shape[1]
        key = _camera_key(photo, image.shape[:2])
        prepared.append(PreparedPhoto(photo, name, image, find_segments(small), scale, key))
    return prepared


def _camera_key(photo: RoomPhoto, shape: tuple[int, ...]) -> str:
    height, width = shape
    key = f"{photo.camera or ''}|{width}x{height}" + (f"|{photo.focal_px:.1f}" if photo.focal_px else "")
    return key + (f"|{photo.lens.model}{photo.lens.radial:+.4f}" if photo.lens else "")


def focal_priors(prepared: list[PreparedPhoto], progress: Progress) -> Focals:
    """Focal length of each camera: from EXIF, else from the straight lines of its photos, else a usual one."""
    focals = Focals({}, {}, {})
    keys = sorted({p.camera_key for p in prepared})
    for index, key in enumerate(keys):
        progress(index / len(keys), "focal length from straight lines")
        mine = [p for p in prepared if p.camera_key == key]
        photo = mine[0].photo
        if photo.focal_px:
            factor, origin, sigma = photo.focal_px / max(photo.width_px, photo.height_px), EXIF, _EXIF_SIGMA
        elif found := shared_focal_factor([p.segments for p in mine]):
            (factor, sigma), origin = found, LINES
        else:
            factor, origin, sigma = _DEFAULT_FOCAL_FACTOR, _USUAL, _DEFAULT_SIGMA
        focals.factor[key], focals.origin[key], focals.sigma[key] = factor, origin, sigma
    return focals


def write_request(prepared: list[PreparedPhoto], focals: Focals, folder: Path, settings: SfmSettings) -> Path:
    """Write what :mod:`pipeline.rooms.sfm.process` is asked to do; the file that holds it."""
    few = len(prepared) <= _FEW_PHOTOS
    request = {
        "image_dir": str(folder / "images"),
        "images": [_image(p, focals) for p in prepared],
        "seed": settings.seed,
        "threads": usable_threads(),
        "features": {
            "estimate_affine_shape": True,
            "domain_size_pooling": True,
            **({} if few else _QUICK_POOLING),
            "peak_threshold": PEAK_THRESHOLD,
            "max_num_features": settings.max_features,
        },
        "matching": _MATCHING,
        "strategies": _strategies(len(prepared), settings),
        "max_seconds_per_model": _MODEL_S,
    }
    path = folder / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    return path


def _image(photo: PreparedPhoto, focals: Focals) -> dict[str, Any]:
    return {
        "name": photo.name,
        "camera": photo.camera_key,
        "width_px": photo.image.shape[1],
        "height_px": photo.image.shape[0],
        "focal_px": focals.px(photo),
    }


def _strategies(n_photos: int, settings: SfmSettings) -> list[dict[str, Any]]:
    """Attempts in order of cost; the later ones are made only if the earlier ones left photos out.

    Placing a photo by all its matches rather than by known points takes longer the more photos there are, so
    many photos are placed without it first, and once with it if that left photos out.
    """
    few = n_photos <= _FEW_PHOTOS
    kinds = [(REFINED, True, settings.initial_pairs, few, False)]
    kinds.append((_GIVEN, False, settings.initial_pairs, few, n_photos > _HANDFUL))
    if not few:
        kinds.append((REFINED, True, 0, True, True))
    return [
        {
            "name": name,
            "mapper": settings.mapper,
            "refine_focal": refine,
            "initial_pairs": pairs,
            "by_matches": by_matches,
            "fallback": fallback,
        }
        for name, refine, pairs, by_matches, fallback in kinds
    ]
