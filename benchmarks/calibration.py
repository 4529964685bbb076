"""Confidence of the classical depth, fitted and tested: ``python -m benchmarks.calibration --data SETS ...``.

Every argument names one room: a set of :mod:`benchmarks.rooms` with true depth, or several of the same room
joined by commas. A pixel is right if its depth is within 5 % of the true one after one scale for the set (its
median over measured pixels). The table tells how the confidence does on each room with coefficients fitted on
the *other* rooms; after it come the coefficients of all rooms, for :mod:`pipeline.rooms.depth.confidence`.

Columns: share of right pixels, mean confidence, expected calibration error over ten bins (Naeini et al. 2015),
area under the ROC curve, Spearman correlation of confidence and closeness; the last two of measured pixels.
"""

import argparse
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize
from scipy.stats import rankdata, spearmanr

from benchmarks.records.recorder import Add, Recorder, add_options, ignored
from benchmarks.rooms import read_set, table, truth_of
from pipeline.progress import Progress
from pipeline.rooms import backends
from pipeline.rooms.depth.confidence import COEFFICIENTS
from pipeline.rooms.depth.dense import dense_with_evidence
from pipeline.rooms.scene import PointMaps, Source

_WITHIN: Final = 1.05
_PIXELS_OF_A_PHOTO: Final = 12_000
_RIDGE: Final = 1e-3
_BINS: Final = 10
#: what can only speak for a depth; all else but the depth itself can only speak against it
_FOR: Final = ("support", "agree measured", "agree inferred", "shown", "alike", "measured around")


@dataclass(frozen=True)
class Pixels:
    """Pixels with truth of one set: evidence, whether measured, and depth beside true depth (at least 1)."""

    evidence: Float[np.ndarray, "N F"]
    measured: Bool[np.ndarray, " N"]
    off: Float[np.ndarray, " N"]

    @property
    def right(self) -> Bool[np.ndarray, " N"]:
        """Whether the depth is within the limit."""
        close: Bool[np.ndarray, " N"] = self.off < _WITHIN
        return close

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All pixels of the parts."""
        return cls(*(np.concatenate([getattr(p, n) for p in parts]) for n in ("evidence", "measured", "off")))


@dataclass(frozen=True)
class Model:
    """Logistic coefficients and bias for inferred (row 0) and measured (row 1) pixels."""

    weights: Float[np.ndarray, "2 F"]
    bias: Float[np.ndarray, "2"]

    def __call__(self, pixels: Pixels) -> Float[np.ndarray, " N"]:
        """Confidence."""
        which = pixels.measured.astype(int)
        logit = (pixels.evidence * self.weights[which]).sum(axis=1) + self.bias[which]
        sure: Float[np.ndarray, " N"] = 1.0 / (1.0 + np.exp(-logit))
        return sure


def sample(maps: PointMaps, evidence: list[np.ndarray], truth: dict[str, np.ndarray]) -> Pixels:
    """Pixels at random, equally many of each photo with truth (``truth``: photo id to depth, 0 unknown)."""
    views = [(view, found) for view, found in zip(maps.views, evidence, strict=True) if view.photo_id in truth]
    ratios = []
    for view, _ in views:
        true = truth[view.photo_id]
        known = (true > 0) & (view.source == Source.MEASURED)
        ratios.append(true[known] / view.depth_m()[known])
    scale = float(np.median(np.concatenate(ratios)))
    rng, parts = np.random.default_rng(0), []
    for view, found in views:
        true = truth[view.photo_id].ravel()
        known = np.flatnonzero((true > 0) & view.valid.ravel())
        known = rng.choice(known, min(len(known), _PIXELS_OF_A_PHOTO), replace=False)
        ratio = scale * view.depth_m().ravel()[known] / true[known]
        measured = view.source.ravel()[known] == Source.MEASURED
        rows = found.reshape(-1, found.shape[-1])[known].astype(np.float64)
        parts.append(Pixels(rows, measured, np.maximum(ratio, 1.0 / ratio)))
    return Pixels.joined(parts)


def fit(rooms: list[list[Pixels]]) -> Model:
    """Ridge logistic regression with the signs that are known beforehand; every room counts the same."""
    weights, bias = [], []
    for measured in (False, True):
        chosen = [
            (p.evidence[p.measured == measured], p.right[p.measured == measured], 1.0 / len(room))
            for room in rooms
            for p in room
        ]
        chosen = [(x, y, w) for x, y, w in chosen if len(x)]
        x = np.concatenate([x for x, _, _ in chosen])
        y = np.concatenate([y for _, y, _ in chosen]).astype(float)
        w = np.concatenate([np.full(len(x), share / max(len(x), 500)) for x, _, share in chosen])
        coefficients, constant = _logistic(x, y, w / w.sum())
        weights.append(coefficients)
        bias.append(constant)
    return Model(np.stack(weights), np.array(bias))


def _logistic(
    x: Float[np.ndarray, "N F"], y: Float[np.ndarray, " N"], w: Float[np.ndarray, " N"]
) -> tuple[Float[np.ndarray, " F"], float]:
    mean, spread = x.mean(axis=0), x.std(axis=0)
    varies = spread > 1e-6
    spread = np.where(varies, spread, 1.0)
    z = np.concatenate([(x - mean) / spread, np.ones((len(x), 1))], axis=1)

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        logit = z @ b
        p = 1.0 / (1.0 + np.exp(-logit))
        slope = (w * (p - y)) @ z
        slope[:-1] += 2 * _RIDGE * b[:-1]
        return float((w * (np.logaddexp(0, logit) - y * logit)).sum() + _RIDGE * (b[:-1] ** 2).sum()), slope

    bounds = [_limits(name) if v else (0.0, 0.0) for name, v in zip(COEFFICIENTS, varies, strict=True)]
    b = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    return b[:-1] / spread, float(b[-1] - (b[:-1] / spread * mean).sum())


def _limits(name: str) -> tuple[float | None, float | None]:
    if name == "depth":
        return None, None
    return (0.0, None) if name in _FOR else (None, 0.0)


def calibration_error(sure: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"]) -> float:
    """Expected calibration error over equal bins."""
    return float(sum(share * abs(p - y) for share, p, y in reliability(sure, right)))


def reliability(
    sure: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"]
) -> list[tuple[float, float, float]]:
    """Share of the pixels, mean confidence and share of right ones in each bin of confidence."""
    which = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    rows = []
    for k in range(_BINS):
        mine = which == k
        some = max(int(mine.sum()), 1)
        rows.append((float(mine.mean()), float(sure[mine].sum() / some), float(right[mine].sum() / some)))
    return rows


def roc_area(sure: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"]) -> float:
    """Probability that a right pixel is surer than a wrong one (0.5 where there is only one kind)."""
    n, m = int(right.sum()), int((~right).sum())
    if n == 0 or m == 0:
        return 0.5
    return float((rankdata(sure)[right].sum() - n * (n + 1) / 2) / (n * m))


def row(name: str, pixels: Pixels, sure: Float[np.ndarray, " N"]) -> dict[str, Any]:
    """One line of the table."""
    alone = pixels.measured
    return {
        "set": name,
        "right": float(pixels.right.mean()),
        "mean": float(sure.mean()),
        "ece": calibration_error(sure, pixels.right),
        "auroc": roc_area(sure, pixels.right),
        "spearman": float(spearmanr(sure, -pixels.off)[0]),
        "auroc_m": roc_area(sure[alone], pixels.right[alone]),
        "spearman_m": float(spearmanr(sure[alone], -pixels.off[alone])[0]),
    }


def pixels_of(argument: str, keep: Path | None) -> Pixels:
    """Reconstruct one set and sample it; kept in ``keep`` for another time."""
    kept = keep / f"{re.sub(r'[^A-Za-z0-9]+', '_', argument)}.npz" if keep else None
    if kept is not None and kept.is_file():
        with np.load(kept, allow_pickle=False) as arrays:
            return Pixels(**{name: arrays[name] for name in arrays.files})
    data = read_set(argument)
    backend = backends.Classical()
    with tempfile.TemporaryDirectory() as work:
        cameras = backend.cameras(data.photos, Path(work), Progress())
    maps, evidence = dense_with_evidence(data.photos, cameras)
    truth = {}
    for view in maps.views:
        found = truth_of(data, view.photo_id, (view.image.shape[1], view.image.shape[0]))
        if found is not None:
            truth[view.photo_id] = found[0]
    pixels = sample(maps, evidence, truth)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **vars(pixels))
    return pixels


def judged(
    rooms: dict[str, Pixels], names: list[list[str]]
) -> tuple[list[dict[str, Any]], Float[np.ndarray, "B 3"]]:
    """A row for every set by the model of the other rooms, and the summed :func:`reliability` of all."""
    rows, bins = [], np.zeros((_BINS, 3))
    for room in names:
        others = [[rooms[n] for n in other] for other in names if other is not room]
        model = fit(others)
        for name in room:
            sure = model(rooms[name])
            rows.append(row(name, rooms[name], sure))
            found = np.array(reliability(sure, rooms[name].right))
            bins += found[:, :1] * np.array([1.0, 0.0, 0.0]) + found[:, :1] * found * np.array([0.0, 1.0, 1.0])
    return rows, bins


def report(rooms: dict[str, Pixels], names: list[list[str]], add: Add = ignored) -> str:
    """Tables of every set by the model of the other rooms, then the coefficients of all."""
    rows, bins = judged(rooms, names)
    for one in rows:
        add(one)
    lines = [table(rows), "", "share  confidence  right"]
    lines += [f"{s / len(rows):5.2f}  {p / max(s, 1e-9):10.2f}  {y / max(s, 1e-9):5.2f}" for s, p, y in bins]
    final = fit([[rooms[n] for n in room] for room in names])
    lines += ["", "coefficient: (measured, inferred)"]
    pairs = zip(COEFFICIENTS, final.weights[1], final.weights[0], strict=True)
    lines += [f'    "{name}": ({a + 0.0:.3f}, {b + 0.0:.3f}),' for name, a, b in pairs]
    return "\n".join([*lines, f"bias: ({final.bias[1]:.3f}, {final.bias[0]:.3f})"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", nargs="+", required=True, help="rooms: sets, those of one room joined by commas"
    )
    parser.add_argument("--keep", type=Path, help="folder for the sampled pixels, to fit again without stereo")
    add_options(parser)
    arguments = parser.parse_args()
    names = [argument.split(",") for argument in arguments.data]
    if len(names) < 2:
        parser.error("give at least two rooms: every room is judged by what the others taught")
    recorder = Recorder.of("calibration", ["set"], arguments)
    print(
        report({name: pixels_of(name, arguments.keep) for room in names for name in room}, names, recorder.add)
    )


if __name__ == "__main__":
    main()
