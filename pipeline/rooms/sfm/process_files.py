"""What the structure-from-motion process left behind: matches of the photos and candidate models."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Int

from pipeline.rooms.processes import ProcessFailed
from pipeline.rooms.sfm.reconstruction import Intrinsics, Matches, Reconstruction

#: an observation that far off is no evidence, px; set by hand, effect not measured
_FAR_OFF_PX: Final = 2.0


@dataclass(frozen=True)
class CandidateModel:
    """One model that the mapper made.

    Attributes:
        state: its cameras, without points.
        observations: points that each photo sees.
        evidence: observations that agree, each counted by how well.
        strategy: name of the settings that it was found with.
    """

    state: Reconstruction
    observations: Int[np.ndarray, " N"]
    evidence: float
    strategy: str


def read_matches(path: Path, names: list[str]) -> Matches:
    """Keypoints and verified matches of the photos of these file names."""
    index = {name: i for i, name in enumerate(names)}
    keypoints = [np.zeros((0, 2)) for _ in names]
    pairs = {}
    with np.load(path, allow_pickle=False) as arrays:
        for key in arrays.files:
            kind, *of = key.split(" ")
            if kind == "keypoints":
                keypoints[index[of[0]]] = arrays[key]
            elif kind == "matches":
                pairs[(index[of[0]], index[of[1]])] = arrays[key]
    return Matches(keypoints, dict(sorted(pairs.items())))


def read_model(head: dict[str, Any], path: Path, names: list[str], given: Intrinsics) -> CandidateModel:
    """One model.

    Args:
        head: its entry in ``result.json``.
        path: of its points.
        names: file names of all photos.
        given: intrinsics before anything was refined.
    """
    index = {name: i for i, name in enumerate(names)}
    intrinsics = replace(given, focal=given.focal.copy())
    rotation, shift = np.tile(np.eye(3), (len(names), 1, 1)), np.zeros((len(names), 3))
    placed, observations = np.zeros(len(names), bool), np.zeros(len(names), np.int64)
    with np.load(path, allow_pickle=False) as arrays:
        error, camera = arrays["track_error_px"], arrays["track_camera"]
    counts = np.bincount(camera, minlength=len(head["cameras"]))
    for number, entry in enumerate(head["cameras"]):
        i = index[entry["name"]]
        inverse = np.linalg.inv(np.array(entry["world_from_camera"]))
        rotation[i], shift[i] = inverse[:3, :3], inverse[:3, 3]
        placed[i], observations[i] = True, counts[number]
        intrinsics.focal[intrinsics.lens[i]] = entry["K"][0][0]
    state = Reconstruction(rotation, shift, placed, intrinsics)
    return CandidateModel(state, observations, _evidence(error), head["strategy"])


def _evidence(error_px: np.ndarray) -> float:
    return float(np.clip(1.0 - (error_px / _FAR_OFF_PX) ** 2, 0.0, None).sum())


def read_result(folder: Path) -> dict[str, Any]:
    path = folder / "result.json"
    if not path.is_file():
        raise ProcessFailed(
            "Camera estimation ended without a result.", "Try again; if it repeats, report the photos."
        )
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result
