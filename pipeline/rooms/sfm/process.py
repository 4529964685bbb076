"""Structure from motion with pycolmap, a process of its own: ``python -m pipeline.rooms.sfm.process REQUEST``.

pycolmap can abort the process and corrupts the heap of one that also uses Pillow or OpenCV, so nothing else
may import this module and it imports neither. It reads a request (JSON), prints progress (one JSON object a
line) and writes ``result.json`` and ``result.npz`` beside the request.

Request: ``image_dir``, ``images`` (``name``, ``camera``: a key shared by photos of one camera, ``width_px``,
``height_px``, ``focal_px``), ``seed``, ``threads``, ``features``, ``matching``, ``strategies``,
``max_seconds_per_model``. Features of an earlier run in the same folder are used again. Result: number of
features by photo, verified matches by pair, and every model.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
import pycolmap

from pipeline.rooms.processes import end_with_parent, extract, report

#: up to so many photos every attempt is made, count; they are cheap, and chance plays a larger part
_ALWAYS_ALL: Final = 4
#: where finding features ends, share of progress; about its share of the time
_FEATURES_FOUND: Final = 0.45
#: where matching begins, share of progress; after the features
_MATCHING: Final = 0.46
#: where matching weak pairs again begins, share of progress; about its share of the time
_MATCHING_AGAIN: Final = 0.6
#: where models begin, share of progress; about their share of the time
_MODELS: Final = 0.75
#: what models are, share of progress; about their share of the time
_MODELS_SHARE: Final = 0.24
#: initial pairs that the mapper tries by itself, count; set by hand, effect not measured
_INITIAL_TRIALS: Final = 50
#: angle under which a point is triangulated where a strategy does not say, degrees; COLMAP's default
_LEAST_ANGLE_DEG: Final = 1.5
#: how far refined focal lengths of a model that settles the search are from the given ones, logarithm; set by
#: hand, effect not measured
_SETTLED: Final = 0.08
#: columns of a keypoint: x, y and an affine shape, count; by definition (COLMAP)
_KEYPOINT: Final = 6


def register(request: dict[str, Any], database: Path) -> None:
    """Enter photos in order, so that results do not depend on timing; one camera for each ``camera`` key."""
    pycolmap.Database.open(database).close()
    by_camera: dict[str, list[dict[str, Any]]] = {}
    for image in request["images"]:
        by_camera.setdefault(image["camera"], []).append(image)
    for images in by_camera.values():
        reader = pycolmap.ImageReaderOptions()
        reader.camera_model = "SIMPLE_PINHOLE"
        width, height = images[0]["width_px"], images[0]["height_px"]
        reader.camera_params = f"{images[0]['focal_px']},{width / 2},{height / 2}"
        names = [image["name"] for image in images]
        pycolmap.import_images(
            database, request["image_dir"], pycolmap.CameraMode.SINGLE, image_names=names, options=reader
        )


def start_again(request: dict[str, Any], database: Path) -> None:
    """Keep the features, forget the matches, and start from the cameras and focal lengths of this request."""
    earlier = database.with_name("earlier_features.db")
    database.replace(earlier)
    register(request, database)
    with pycolmap.Database.open(earlier) as old, pycolmap.Database.open(database) as new:
        ids = {image.name: image.image_id for image in new.read_all_images()}
        for image in old.read_all_images():
            new.write_keypoints(ids[image.name], old.read_keypoints(image.image_id))
            new.write_descriptors(ids[image.name], old.read_descriptors(image.image_id))
    earlier.unlink()


def _extract(request: dict[str, Any], database: Path) -> None:
    names = [image["name"] for image in request["images"]]
    extract(names, request["image_dir"], database, request["features"], request["threads"], _FEATURES_FOUND)


def match(request: dict[str, Any], database: Path) -> None:
    """Match and verify every pair of photos; weak pairs again, guided by the epipolar geometry found first."""
    matching = pycolmap.FeatureMatchingOptions()
    matching.num_threads = request["threads"]
    matching.sift.max_ratio = request["matching"]["max_ratio"]
    verification = pycolmap.TwoViewGeometryOptions()
    verification.min_num_inliers = request["matching"]["min_num_inliers"]
    verification.ransac.random_seed = request["seed"]
    verification.detect_watermark = False
    cpu = pycolmap.Device.cpu
    pycolmap.match_exhaustive(
        database, matching_options=matching, verification_options=verification, device=cpu
    )
    weak = {pair: n for pair, n in pair_inliers(database).items() if 0 < n < request["matching"]["strong_pair"]}
    if not weak:
        return
    report(_MATCHING_AGAIN, f"matching {len(weak)} weak pairs of photos again")
    pairs_file = database.with_name("weak_pairs.txt")
    with pycolmap.Database.open(database) as opened:
        names = {image.image_id: image.name for image in opened.read_all_images()}
        for a, b in weak:
            opened.delete_matches(a, b)
            opened.delete_two_view_geometry(a, b)
    pairs_file.write_text("".join(f"{names[a]} {names[b]}\n" for a, b in sorted(weak)), encoding="utf-8")
    pairing = pycolmap.ImportedPairingOptions()
    pairing.match_list_path = str(pairs_file)
    matching.guided_matching = True
    pycolmap.match_image_pairs(
        database,
        matching_options=matching,
        pairing_options=pairing,
        verification_options=verification,
        device=cpu,
    )


def pair_inliers(database: Path) -> dict[tuple[int, int], int]:
    """Verified matches of every pair of image ids."""
    with pycolmap.Database.open(database) as opened:
        pair_ids, geometries = opened.read_two_view_geometries()
    counts = {}
    for pair_id, geometry in zip(pair_ids, geometries, strict=True):
        pair = pycolmap.pair_id_to_image_pair(pair_id)
        counts[(int(pair[0]), int(pair[1]))] = len(geometry.inlier_matches)
    return counts


def pipeline_options(
    request: dict[str, Any], strategy: dict[str, Any], pair: tuple[int, int] | None
) -> pycolmap.IncrementalPipelineOptions:
    """Options of the incremental mapper for one strategy and initial pair."""
    options = pycolmap.IncrementalPipelineOptions()
    options.num_threads = 1
    options.random_seed = request["seed"]
    options.min_model_size = 2
    options.min_num_matches = request["matching"]["min_num_inliers"]
    options.multiple_models = False
    options.extract_colors = False
    options.ba_refine_extra_params = False
    options.ba_refine_focal_length = strategy["refine_focal"]
    options.init_num_trials = _INITIAL_TRIALS
    options.structure_less_registration_fallback = strategy["by_matches"]
    options.max_runtime_seconds = request["max_seconds_per_model"]
    if pair is not None:
        options.init_image_id1, options.init_image_id2 = pair
    options.mapper.random_seed = request["seed"]
    options.mapper.num_threads = 1
    options.mapper.abs_pose_refine_focal_length = strategy["refine_focal"]
    options.triangulation.random_seed = request["seed"]
    options.triangulation.ignore_two_view_tracks = False
    for name, value in strategy["mapper"].items():
        setattr(options.mapper, name, value)
    options.triangulation.min_angle = strategy["mapper"].get("filter_min_tri_angle", _LEAST_ANGLE_DEG)
    return options


def write_matches(database: Path, path: Path) -> None:
    """Write ``keypoints NAME``, ``matches NAME NAME`` (verified) and ``putative NAME NAME`` of all photos."""
    arrays: dict[str, Any] = {}
    with pycolmap.Database.open(database) as opened:
        names = {image.image_id: image.name for image in opened.read_all_images()}
        for image_id, name in names.items():
            keypoints = opened.read_keypoints(image_id)
            rows = np.asarray(keypoints, dtype=float) if len(keypoints) else np.zeros((0, 2))
            arrays[f"keypoints {name}"] = rows[:, :2] - 0.5
        pair_ids, geometries = opened.read_two_view_geometries()
        for pair_id, geometry in zip(pair_ids, geometries, strict=True):
            a, b = (names[int(image_id)] for image_id in pycolmap.pair_id_to_image_pair(pair_id))
            if len(geometry.inlier_matches):
                arrays[f"matches {a} {b}"] = np.asarray(geometry.inlier_matches, dtype=np.int64)
        pair_ids, putative = opened.read_all_matches()
        for pair_id, rows in zip(pair_ids, putative, strict=True):
            a, b = (names[int(image_id)] for image_id in pycolmap.pair_id_to_image_pair(pair_id))
            if len(rows):
                arrays[f"putative {a} {b}"] = np.asarray(rows, dtype=np.int64)
    np.savez(path, **arrays)


def map_all(request: dict[str, Any], database: Path, work: Path) -> list[dict[str, Any]]:
    """Build one model per strategy and initial pair, write each to ``model_N.npz`` and describe them."""
    inliers = pair_inliers(database)
    pairs = sorted(inliers, key=lambda pair: (-inliers[pair], pair))
    runs = [
        (strategy, pair)
        for strategy in request["strategies"]
        for pair in [None, *spread_pairs(pairs, strategy["initial_pairs"])]
    ]
    given = {image["name"]: image["focal_px"] for image in request["images"]}
    models: list[dict[str, Any]] = []
    for index, (strategy, pair) in enumerate(runs):
        settled = sum(is_settled(model, given) for model in models)
        if settled >= (1 if strategy["fallback"] else 2) and len(given) > _ALWAYS_ALL:
            break
        report(
            _MODELS + _MODELS_SHARE * index / len(runs), f"finding cameras: attempt {index + 1} of {len(runs)}"
        )
        target = work / f"attempt_{index}"
        target.mkdir(exist_ok=True)
        options = pipeline_options(request, strategy, pair)
        found = pycolmap.incremental_mapping(database, request["image_dir"], target, options=options)
        for reconstruction in found.values():
            if reconstruction.num_reg_images() < 2:
                continue
            head, arrays = describe(reconstruction)
            np.savez(work / f"model_{len(models)}.npz", **arrays)
            models.append({**head, "strategy": strategy["name"]})
    return models


def is_settled(model: dict[str, Any], given_focal_px: dict[str, float]) -> bool:
    """Whether all photos are placed and the refined focal lengths stayed within 8 % of the given ones."""
    ratios = [camera["K"][0][0] / given_focal_px[camera["name"]] for camera in model["cameras"]]
    return len(ratios) == len(given_focal_px) and all(abs(np.log(ratio)) < _SETTLED for ratio in ratios)


def spread_pairs(pairs: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """``count`` pairs, strongest first, preferring photos that no earlier pair holds."""
    chosen: list[tuple[int, int]] = []
    rest = list(pairs)
    while rest and len(chosen) < count:
        used = {image for pair in chosen for image in pair}
        best = min(rest, key=lambda pair: sum(image in used for image in pair))
        chosen.append(best)
        rest.remove(best)
    return chosen


def describe(reconstruction: pycolmap.Reconstruction) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model as plain JSON and arrays (pixel centres at integers)."""
    cameras, track_point, track_camera, track_xy, residual = [], [], [], [], []
    point_ids = sorted(reconstruction.points3D)
    row = {point_id: index for index, point_id in enumerate(point_ids)}
    for index, image_id in enumerate(sorted(reconstruction.reg_image_ids())):
        image = reconstruction.images[image_id]
        K = reconstruction.cameras[image.camera_id].calibration_matrix()
        K[:2, 2] -= 0.5
        world_from_camera = np.eye(4)
        world_from_camera[:3] = image.cam_from_world().inverse().matrix()
        for point in image.points2D:
            if point.has_point3D():
                track_point.append(row[point.point3D_id])
                track_camera.append(index)
                track_xy.append(point.xy - 0.5)
                projected = image.project_point(reconstruction.points3D[point.point3D_id].xyz)
                residual.append(
                    float(np.linalg.norm(projected - point.xy)) if projected is not None else np.inf
                )
        cameras.append({"name": image.name, "K": K.tolist(), "world_from_camera": world_from_camera.tolist()})
    points = [reconstruction.points3D[point_id] for point_id in point_ids]
    arrays = {
        "xyz": np.array([point.xyz for point in points], dtype=float).reshape(-1, 3),
        "track_point": np.array(track_point, dtype=np.int64),
        "track_camera": np.array(track_camera, dtype=np.int64),
        "track_xy": np.array(track_xy, dtype=float).reshape(-1, 2),
        "track_error_px": np.array(residual, dtype=float),
    }
    return {"cameras": cameras}, arrays


def run(request_path: Path) -> None:
    """Do what the request asks and write the result beside it."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    work = request_path.parent
    database = work / "features.db"
    pycolmap.logging.minloglevel = pycolmap.logging.FATAL.value
    pycolmap.set_random_seed(request["seed"])
    if database.exists():
        start_again(request, database)
    else:
        register(request, database)
        _extract(request, database)
    report(_MATCHING, "matching photos")
    match(request, database)
    with pycolmap.Database.open(database) as opened:
        images = opened.read_all_images()
        names = {int(image.image_id): image.name for image in images}
        features = {image.name: opened.num_keypoints_for_image(image.image_id) for image in images}
    write_matches(database, work / "matches.npz")
    head = {
        "features": features,
        "pairs": [[names[a], names[b], n] for (a, b), n in sorted(pair_inliers(database).items())],
        "models": map_all(request, database, work),
    }
    (work / "result.json").write_text(json.dumps(head), encoding="utf-8")
    report(1.0, f"{len(head['models'])} models")


def run_views(request_path: Path) -> None:
    """Features of plain pictures as npz: ``keypoints NAME`` (x, y, scale, angle) and ``descriptors NAME``."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    database = request_path.with_suffix(".db")
    pycolmap.logging.minloglevel = pycolmap.logging.FATAL.value
    pycolmap.set_random_seed(request["seed"])
    pycolmap.Database.open(database).close()
    names = [image["name"] for image in request["images"]]
    pycolmap.import_images(database, request["image_dir"], pycolmap.CameraMode.PER_IMAGE, image_names=names)
    _extract(request, database)
    arrays: dict[str, Any] = {}
    with pycolmap.Database.open(database) as opened:
        for image in opened.read_all_images():
            rows = np.asarray(opened.read_keypoints(image.image_id), dtype=float).reshape(-1, _KEYPOINT)
            scale = np.sqrt(np.abs(rows[:, 2] * rows[:, 5] - rows[:, 3] * rows[:, 4]))
            angle = np.arctan2(rows[:, 4], rows[:, 2])
            columns = [rows[:, 0] - 0.5, rows[:, 1] - 0.5, scale, angle]
            arrays[f"keypoints {image.name}"] = np.stack(columns, axis=1)
            arrays[f"descriptors {image.name}"] = np.asarray(opened.read_descriptors(image.image_id).data)
    np.savez(request_path.with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    if sys.argv[1] == "views":
        run_views(Path(sys.argv[2]))
    else:
        run(Path(sys.argv[1]))
