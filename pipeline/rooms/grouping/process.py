"""Match the photos of a whole home pairwise, a process of its own: ``python -m ... REQUEST``.

For the reasons of :mod:`pipeline.rooms.sfm.process`, nothing else imports this module, and it imports neither
Pillow nor OpenCV. It reads a request (JSON), prints progress (one JSON object a line) and writes
``pairs.json`` beside the request.

Request: ``image_dir``, ``images`` (file names in the order of the listing), ``seed``, ``threads``,
``max_features``, ``partners``, ``max_error_px``. Result: number of features by photo, and every pair that has
evidence (see :class:`pipeline.rooms.grouping.view_graph.PairEvidence`).
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pycolmap

from pipeline.rooms.grouping.pair_evidence import (
    Features,
    coherent,
    extent,
    global_descriptors,
    match_features,
    pair_score,
    pairs_to_try,
    without_overlay,
)
from pipeline.rooms.processes import end_with_parent, extract, report

#: words of the vocabulary that likely pairs are found by, count; set by hand, effect not measured
_WORDS = 24
#: pairs with fewer matches are no pair, count; by definition: a fundamental matrix takes seven and one more
_MIN_MATCHES = 8
#: affine-covariant, pooled over domain sizes: few features that survive a wide step to the side, peaks in
#: levels of contrast; showroom3: all 3 photos are placed with these settings, none with pycolmap's own (issue
#: 1)
_SIFT = {"peak_threshold": 0.003, "estimate_affine_shape": True, "domain_size_pooling": True}
#: RANSAC expects so many inliers, share; set by hand for time, effect not measured
_LEAST_INLIERS = 0.1
#: and tries so often at most, count; set by hand for time, effect not measured
_TRIALS = 5000
#: share of the time that finding features takes, share; set by hand, for the bar of progress
_FEATURES_PART = 0.5
#: where comparing ends on that bar, share; set by hand, the result is still to be written
_PAIRS_END = 0.99
#: pairs between two reports of progress, count; set by hand
_REPORT_EVERY = 8


def read_features(database: Path) -> dict[str, Features]:
    """The features of every photo that the database holds, by file name."""
    found = {}
    with pycolmap.Database.open(database) as opened:
        for image in opened.read_all_images():
            camera = opened.read_camera(image.camera_id)
            keypoints = np.asarray(opened.read_keypoints(image.image_id), dtype=np.float64)
            raw = opened.read_descriptors(image.image_id)
            rows = np.asarray(getattr(raw, "data", raw), dtype=np.float32).reshape(-1, 128)
            rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
            xy = keypoints[:, :2] if len(keypoints) else np.zeros((0, 2))
            found[image.name] = Features(xy, rows, (camera.width, camera.height))
    return found


def compare(a: Features, b: Features, seed: int, max_error_px: float) -> dict[str, Any] | None:
    """Evidence that two photos show the same place; ``None`` where there is too little to look at."""
    pairs = match_features(a, b)
    if len(pairs) < _MIN_MATCHES:
        return None
    xy_a, xy_b = a.xy[pairs[:, 0]], b.xy[pairs[:, 1]]
    moved = without_overlay(xy_a, xy_b, a.size_px, b.size_px)
    xy_a, xy_b = xy_a[moved], xy_b[moved]
    if len(xy_a) < _MIN_MATCHES:
        return None
    epipolar, planar = (fit(kind, xy_a, xy_b, seed, max_error_px) for kind in ("F", "H"))
    # either photo may be the smaller one: the weaker of both directions counts
    score = min(
        pair_score(len(xy_a), int(epipolar.sum()), int(planar.sum()), size, max_error_px)
        for size in (a.size_px, b.size_px)
    )
    inliers = epipolar | planar
    together = coherent(xy_a[inliers], xy_b[inliers])
    return {
        "matches": len(xy_a),
        "epipolar": int(epipolar.sum()),
        "planar": int(planar.sum()),
        "coherent": int(together.sum()),
        "score": round(score, 2),
        "extent": [
            round(extent(xy[inliers][together], size), 4) for xy, size in ((xy_a, a.size_px), (xy_b, b.size_px))
        ],
    }


def fit(kind: str, a: np.ndarray, b: np.ndarray, seed: int, max_error_px: float) -> np.ndarray:
    """Which matches fit the best fundamental matrix (``F``) or homography (``H``)."""
    options = pycolmap.RANSACOptions()
    options.max_error = max_error_px
    options.random_seed = seed
    options.min_inlier_ratio = _LEAST_INLIERS
    options.max_num_trials = _TRIALS
    estimate = pycolmap.estimate_fundamental_matrix if kind == "F" else pycolmap.estimate_homography_matrix
    found = estimate(a, b, options)
    return np.zeros(len(a), dtype=bool) if found is None else np.asarray(found["inlier_mask"], dtype=bool)


def run(request_path: Path) -> None:
    """Do what the request asks and write the result beside it."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    pycolmap.logging.minloglevel = pycolmap.logging.FATAL.value
    pycolmap.set_random_seed(request["seed"])
    names, database = request["images"], request_path.with_name("features.db")
    sift = {**_SIFT, "max_num_features": request["max_features"]}
    extract(names, request["image_dir"], database, sift, request["threads"], _FEATURES_PART)
    by_name = read_features(database)
    photos = [by_name[name] for name in names]
    vectors = global_descriptors(photos, _WORDS, request["seed"])
    candidates = pairs_to_try(vectors @ vectors.T, request["partners"])
    found = []
    with ThreadPoolExecutor(request["threads"]) as pool:

        def work(pair: tuple[int, int]) -> dict[str, Any] | None:
            return compare(photos[pair[0]], photos[pair[1]], request["seed"], request["max_error_px"])

        for done, (pair, evidence) in enumerate(zip(candidates, pool.map(work, candidates), strict=True), 1):
            if evidence is not None:
                found.append({"a": names[pair[0]], "b": names[pair[1]], **evidence})
            if done % _REPORT_EVERY == 0 or done == len(candidates):
                part = (_PAIRS_END - _FEATURES_PART) * done / len(candidates)
                report(_FEATURES_PART + part, f"compared {done} of {len(candidates)} pairs")
    result = {
        "features": {name: len(by_name[name].xy) for name in names},
        "compared": len(candidates),
        "pairs": found,
    }
    request_path.with_name("pairs.json").write_text(json.dumps(result), encoding="utf-8")
    report(1.0, f"{len(candidates)} pairs compared")


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    run(Path(sys.argv[1]))
