"""Fit the confidence of single-photo layouts: ``python -m tools.fit_layout_confidence [--rooms N] [--judge]``.

Photos of made rooms (:mod:`pipeline.distill.rooms`) have exact shells. A layout is right where the depth of
its box, after one scale, is off by at most :data:`RIGHT` in the median over the photo. The features of
:func:`pipeline.rooms.layout.confidence.features` are standardised and a logistic model is fitted to which
layouts are right; what is printed goes into that module. Beside it, cross-validated: how well the fitted and
the shipped numbers tell right from wrong (area under the ROC curve), and how honest they are (Brier score).
With ``--judge`` the same on photos that nothing was fitted on: the demo's and those of folders whose
``cameras.json`` knows the room's box. A photo takes some seconds: ``--keep FILE`` goes on where it was stopped.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.eye.truth import box_depth, read_truth
from pipeline.distill.rooms import random_room
from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.box import ScoreWeights, hypotheses, look
from pipeline.rooms.layout.confidence import features, judge, room_likelihood
from pipeline.rooms.layout.geometric import found_layout, layout_of
from pipeline.rooms.layout.open_air import open_air_share
from tools.demo_renderer.photographs import ROOMS, photo_name
from tools.demo_renderer.shipped import PHOTOS

#: median error of the depth of the box, after one scale, up to which a layout is right, share
RIGHT: Final = 0.1
#: made rooms that training of the eye, its tests and its benchmark leave alone start far from here
FIRST_SEED: Final = 7_000_000
SIZE_PX: Final = (448, 336)
FOLDS: Final = 10
DEMO_PHOTOS: Final = 8


@dataclass(frozen=True)
class Sample:
    """One photo: features of its best layout, whether that is right, and what the shipped numbers say.

    Attributes:
        features: see :func:`pipeline.rooms.layout.confidence.features`.
        room: likelihood that the photo shows a room at all, which the confidence is multiplied with.
        shipped: confidence by the numbers of this repository.
        error: median relative error of the depth of the box, after one scale.
    """

    features: Float[np.ndarray, "3"]
    room: float
    shipped: float
    error: float

    @property
    def right(self) -> bool:
        """Whether the layout is right."""
        return self.error <= RIGHT


Work = Callable[[], Sample | None]


def sample_of(seed: int, size_px: tuple[int, int] = SIZE_PX) -> Sample | None:
    """The best layout of one photo of a made room; ``None`` where no box was found."""
    room = random_room(seed)
    view = room.view(next(room.cameras(*size_px)), smooth=True)
    return sample_of_photo(view.rgb, view.box_depth_m)


def sample_of_photo(rgb: UInt8[np.ndarray, "H W 3"], box_depth_m: Float[np.ndarray, "H W"]) -> Sample | None:
    """The best layout of a photo whose empty room has a known depth; ``None`` where no box was found."""
    size_px = rgb.shape[1], rgb.shape[0]
    photo = look(rgb)
    found = hypotheses(photo, None, ScoreWeights(), Progress())
    if not found:
        return None
    judged = [found_layout(photo, hypothesis) for hypothesis in found]
    open_air = open_air_share(rgb)
    box = layout_of(photo, found[0], *size_px, 0.0, "").box
    if box is None:
        return None
    return Sample(
        features(judged),
        room_likelihood(judged[0].score, open_air),
        judge(judged, open_air)[0],
        depth_error(box.depth_m(*size_px), box_depth_m),
    )


def demo_photo(name: str) -> Sample | None:
    """The best layout of a photo of the demo; its camera and room are those that the renderer draws."""
    room, number = name.rsplit("-", 1)
    build, plan = ROOMS[room]
    with Image.open(PHOTOS / f"{name}.jpg") as opened:
        camera = plan(*opened.size, DEMO_PHOTOS)[int(number) - 1]
        corners = np.array([np.zeros(3), build().size_m])
        depth = box_depth(corners, camera.K, camera.world_from_camera, camera.height, camera.width)
        small = np.asarray(opened.convert("RGB").resize(_small(opened.size), Image.Resampling.LANCZOS))
    return sample_of_photo(small, _resized(depth, (small.shape[1], small.shape[0])))


def folder_photo(folder: Path, number: int) -> Sample | None:
    """The best layout of a photo of a folder with ``cameras.json`` and the box of the room."""
    truth = read_truth(folder)[number]
    if truth.box_depth_m is None:
        return None
    with Image.fromarray(truth.image) as opened:
        small = np.asarray(opened.resize(_small(opened.size), Image.Resampling.LANCZOS))
    return sample_of_photo(small, _resized(truth.box_depth_m, (small.shape[1], small.shape[0])))


def _small(size: tuple[int, int]) -> tuple[int, int]:
    ratio = max(SIZE_PX) / max(size)
    return round(size[0] * ratio), round(size[1] * ratio)


def _resized(depth: Float[np.ndarray, "H W"], size: tuple[int, int]) -> Float[np.ndarray, "h w"]:
    rows = (np.arange(size[1]) + 0.5) * depth.shape[0] / size[1]
    columns = (np.arange(size[0]) + 0.5) * depth.shape[1] / size[0]
    found: Float[np.ndarray, "h w"] = depth[np.ix_(rows.astype(int), columns.astype(int))]
    return found


def depth_error(found: Float[np.ndarray, "H W"], true: Float[np.ndarray, "H W"]) -> float:
    """Median relative error of a depth after one scale, the median ratio."""
    ratio = found / true
    return float(np.median(np.abs(ratio / np.median(ratio) - 1.0)))


def fit(samples: Sequence[Sample]) -> Pipeline:
    """Standardised features to the logit of being right (L2, weight 1: few samples, three features)."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    model.fit(np.stack([sample.features for sample in samples]), _right(samples))
    return model


def figures_apart(model: Pipeline, samples: Sequence[Sample]) -> list[str]:
    """How good the shipped and the fitted numbers are on photos that the model was not fitted on."""
    rows, room = np.stack([s.features for s in samples]), np.array([s.room for s in samples])
    fitted = model.predict_proba(rows)[:, 1] * room
    right = _right(samples)
    lines = [f"not fitted on: {len(samples)} layouts, {right.mean():.0%} right"]
    lines += [
        _figures("shipped", right, np.array([s.shipped for s in samples])),
        _figures("fitted", right, fitted),
    ]
    return lines


def _figures(name: str, right: Bool[np.ndarray, " N"], sure: Float[np.ndarray, " N"]) -> str:
    area, brier = roc_auc_score(right, sure), brier_score_loss(right, sure)
    means = f"right {sure[right].mean():.2f}, wrong {sure[~right].mean():.2f}"
    return f"{name}: area under the curve {area:.3f}, Brier {brier:.3f}, mean confidence {means}"


def report(samples: Sequence[Sample], others: Sequence[Sample] = ()) -> str:
    """The numbers for the module, and how good the shipped and the fitted ones are."""
    right, room = _right(samples), np.array([sample.room for sample in samples])
    rows = np.stack([sample.features for sample in samples])
    apart = cross_val_predict(fit(samples), rows, right, cv=FOLDS, method="predict_proba")[:, 1] * room
    shipped = np.array([sample.shipped for sample in samples])
    model = fit(samples)
    scaler, logistic = model[0], model[1]
    lines = [f"{len(samples)} layouts, {right.mean():.0%} right (depth within {RIGHT:.0%} in the median)"]
    lines += [_figures("shipped", right, shipped), _figures("fitted, cross-validated", right, apart)]
    lines += figures_apart(model, others) if others else []
    for name, values in (
        ("_MEAN", scaler.mean_),
        ("_SPREAD", scaler.scale_),
        ("_WEIGHT", logistic.coef_[0]),
        ("_BIAS", logistic.intercept_),
    ):
        lines.append(f"{name} = {tuple(round(float(value), 3) for value in values)}")
    return "\n".join(lines)


def _right(samples: Sequence[Sample]) -> Bool[np.ndarray, " N"]:
    return np.array([sample.right for sample in samples])


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=200, help="photos, each of a room of its own")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--judge", nargs="*", type=Path, help="judge on the demo's photos and those of folders")
    parser.add_argument("--keep", type=Path, help="file that every sample is kept in, and read from")
    options = parser.parse_args(arguments)
    seeds = range(options.first_seed, options.first_seed + options.rooms)
    work = {f"made {seed}": partial(sample_of, seed) for seed in seeds}
    others = {} if options.judge is None else dict(_others(options.judge))
    found = samples_of(work | others, options.keep)
    apart = [sample for name in others if (sample := found[name]) is not None]
    fitted_on = [sample for name in work if (sample := found[name]) is not None]
    sys.stdout.write(report(fitted_on, apart) + "\n")


def _others(folders: Sequence[Path]) -> Iterator[tuple[str, Work]]:
    for room in ROOMS:
        for number in range(DEMO_PHOTOS):
            yield f"demo {photo_name(room, number)}", partial(demo_photo, photo_name(room, number))
    for folder in folders:
        for number in range(len(read_truth(folder))):
            yield f"{folder.parent.name}/{folder.name} {number}", partial(folder_photo, folder, number)


def samples_of(work: dict[str, Work], keep: Path | None = None) -> dict[str, Sample | None]:
    """Every sample by its name; with a file those that it holds are read, the others are added to it."""
    found = _read(keep) if keep is not None and keep.is_file() else {}
    missing = [name for name in work if name not in found]
    with get_context("spawn").Pool(usable_threads()) as pool:
        for name, sample in zip(missing, pool.imap(_done, [work[name] for name in missing]), strict=True):
            found[name] = sample
            if keep is not None:
                keep.write_text(json.dumps({key: _plain(one) for key, one in found.items()}), encoding="utf-8")
    return found


def _done(work: Work) -> Sample | None:
    return work()


def _plain(sample: Sample | None) -> dict[str, object] | None:
    return None if sample is None else {**asdict(sample), "features": sample.features.tolist()}


def _read(path: Path) -> dict[str, Sample | None]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: None if row is None else Sample(**{**row, "features": np.array(row["features"])})
        for name, row in document.items()
    }


if __name__ == "__main__":
    main()
