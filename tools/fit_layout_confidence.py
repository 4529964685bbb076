"""Fit the confidence of single-photo layouts: ``python -m tools.fit_layout_confidence [--rooms N]``.

Photos of made rooms (:mod:`pipeline.distill.rooms`) have exact shells. A layout is right where the depth of
its box, after one scale, is off by at most :data:`RIGHT` in the median over the photo. The features of
:func:`pipeline.rooms.layout.confidence.features` are standardised and a logistic model is fitted to which
layouts are right; what is printed goes into that module. Beside it, cross-validated: how well the fitted and
the shipped numbers tell right from wrong (area under the ROC curve), and how honest they are (Brier score).
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.distill.rooms import random_room
from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.box import ScoreWeights, hypotheses, look
from pipeline.rooms.layout.confidence import features, judge, room_likelihood
from pipeline.rooms.layout.geometric import found_layout, layout_of
from pipeline.rooms.layout.open_air import open_air_share

#: median error of the depth of the box, after one scale, up to which a layout is right, share
RIGHT: Final = 0.1
#: made rooms that training of the eye, its tests and its benchmark leave alone start far from here
FIRST_SEED: Final = 7_000_000
SIZE_PX: Final = (448, 336)
FOLDS: Final = 10


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


def sample_of(seed: int, size_px: tuple[int, int] = SIZE_PX) -> Sample | None:
    """The best layout of one photo of a made room; ``None`` where no box was found."""
    room = random_room(seed)
    view = room.view(next(room.cameras(*size_px)), smooth=True)
    photo = look(view.rgb)
    found = hypotheses(photo, None, ScoreWeights(), Progress())
    if not found:
        return None
    judged = [found_layout(photo, hypothesis) for hypothesis in found]
    open_air = open_air_share(view.rgb)
    box = layout_of(photo, found[0], *size_px, 0.0, "").box
    if box is None:
        return None
    return Sample(
        features(judged),
        room_likelihood(judged[0].score, open_air),
        judge(judged, open_air)[0],
        depth_error(box.depth_m(*size_px), view.box_depth_m),
    )


def depth_error(found: Float[np.ndarray, "H W"], true: Float[np.ndarray, "H W"]) -> float:
    """Median relative error of a depth after one scale, the median ratio."""
    ratio = found / true
    return float(np.median(np.abs(ratio / np.median(ratio) - 1.0)))


def fit(samples: Sequence[Sample]) -> Pipeline:
    """Standardised features to the logit of being right (L2, weight 1: few samples, three features)."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    model.fit(np.stack([sample.features for sample in samples]), _right(samples))
    return model


def report(samples: Sequence[Sample]) -> str:
    """The numbers for the module, and how good the shipped and the fitted ones are."""
    right, room = _right(samples), np.array([sample.room for sample in samples])
    rows = np.stack([sample.features for sample in samples])
    apart = cross_val_predict(fit(samples), rows, right, cv=FOLDS, method="predict_proba")[:, 1] * room
    shipped = np.array([sample.shipped for sample in samples])
    model = fit(samples)
    scaler, logistic = model[0], model[1]
    lines = [f"{len(samples)} layouts, {right.mean():.0%} right (depth within {RIGHT:.0%} in the median)"]
    for name, sure in (("shipped", shipped), ("fitted, cross-validated", apart)):
        area, brier = roc_auc_score(right, sure), brier_score_loss(right, sure)
        means = f"right {sure[right].mean():.2f}, wrong {sure[~right].mean():.2f}"
        lines.append(f"{name}: area under the curve {area:.3f}, Brier {brier:.3f}, mean confidence {means}")
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
    options = parser.parse_args(arguments)
    seeds = range(options.first_seed, options.first_seed + options.rooms)
    with get_context("spawn").Pool(usable_threads()) as pool:
        samples = [sample for sample in pool.imap(sample_of, seeds) if sample is not None]
    sys.stdout.write(report(samples) + "\n")


if __name__ == "__main__":
    main()
