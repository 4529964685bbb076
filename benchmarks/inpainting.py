"""Hide known parts of photos and fill them: ``python -m benchmarks.inpainting --data FOLDER [FOLDER ...]``.

In every photo a seeded blob hides 25 % of the walls, of the floor, of the ceiling and of the whole picture;
the plane-aware default is compared with OpenCV (Telea; Navier-Stokes) on the planar part of the hole. A folder
has a ``cameras.json`` with depth (and layout masks, if there are any), or only photos: these are filled with
the planes of their estimated layout, and once more without planes and compared over the whole hole. PSNR and
SSIM: higher is better; gradient-histogram distance (GHD): lower. Rows: every folder and region, every folder,
every region, all; the last column counts in how many cases the default is best of all in PSNR, SSIM and GHD.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.inpainting_cases import Scene, scenes, seeded_hole
from benchmarks.records.recorder import Recorder, add_options
from pipeline.progress import Progress
from pipeline.rooms.inpainting import Hole, Inpainter
from pipeline.rooms.inpainting.opencv import OpenCvInpainter
from pipeline.rooms.inpainting.planar import PlanarInpainter
from pipeline.rooms.judging.measures import gradient_histogram_distance, psnr_db, ssim

_KINDS = ("wall", "floor", "ceiling", "mixed")
_MIN_REGION = 0.03
_MIN_PLANAR_PX = 100
_MEASURES = ("PSNR", "SSIM", "GHD")
#: better is higher for PSNR and SSIM, lower for the distance
_SIGNS = np.array([1.0, 1.0, -1.0])

Scores = dict[str, list[np.ndarray]]


def backends() -> dict[str, Inpainter]:
    """What is compared; the default first."""
    return {
        "planar": PlanarInpainter(),
        "telea": OpenCvInpainter(),
        "navier-stokes": OpenCvInpainter("navier-stokes"),
    }


def holes(scene: Scene, share: float, seed: int) -> Iterator[tuple[str, Hole, np.ndarray]]:
    """Kind, hole and the pixels that are compared, for every region of a photo that is large enough."""
    for number, kind in enumerate(_KINDS if scene.planes is not None else ("mixed",)):
        region = scene.region(kind)
        if region.mean() < _MIN_REGION:
            continue
        mask = seeded_hole(region, share, 10 * seed + number)
        compared = mask if scene.planes is None else mask & (scene.planes.labels >= 0)
        if compared.sum() < _MIN_PLANAR_PX:
            continue
        hidden = np.where(mask[..., None], 0, scene.image).astype(np.uint8)
        yield (
            kind if scene.planes is not None else "no planes",
            Hole(hidden, mask, scene.K, scene.planes, seed),
            compared,
        )


def main() -> None:
    """Fill, measure, print one table."""
    options = _options()
    recorder = Recorder.of("inpainting", ["folder", "hidden"], options)
    seconds: dict[str, float] = defaultdict(float)
    rows: dict[tuple[str, str], Scores] = defaultdict(lambda: defaultdict(list))
    print_head()
    for folder in options.data:
        for number, scene in enumerate(scenes(folder, options.every)):
            name = folder.name + (" (layout)" if scene.estimated else "")
            for kind, hole, compared in holes(scene, options.share, options.seed + number):
                outputs = fills(scene, hole, seconds)
                for backend, filled in outputs.items():
                    rows[name, kind][backend].append(scores(scene.image, filled, compared))
                if options.pictures:
                    stem = f"{scene.name}-{kind}{'-layout' * scene.estimated}"
                    save(options.pictures, stem, [hole.image, scene.image, *outputs.values()])
        for (name, kind), found in rows.items():
            if name.removesuffix(" (layout)") == folder.name:
                print_row(name, kind, found)
                recorder.add(row_of(name, kind, found))
    print_pooled(rows)
    recorder.add(row_of("all", "all", pooled(list(rows.values()))))
    print("longest fill, CPU s: " + ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--share", type=float, default=0.25, help="of the region that is hidden")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="take every n-th photo of a folder")
    parser.add_argument("--pictures", type=Path, help="folder for before, truth and fills, side by side")
    add_options(parser)
    return parser.parse_args()


def fills(scene: Scene, hole: Hole, seconds: dict[str, float]) -> dict[str, np.ndarray]:
    """The picture filled by every backend; ``seconds`` keeps the longest CPU time of each.

    Raises:
        RuntimeError: a backend changed pixels outside the hole.
    """
    outputs = {}
    for name, backend in backends().items():
        begun = time.process_time()
        filled = backend.fill(hole, Progress())
        seconds[name] = max(seconds[name], time.process_time() - begun)
        if not np.array_equal(filled[~hole.mask], hole.image[~hole.mask]):
            raise RuntimeError(f"{name} changed pixels outside the hole of {scene.name}")
        outputs[name] = filled
    return outputs


def pooled(parts: list[Scores]) -> Scores:
    """All cases of several rows."""
    return {name: [values for part in parts for values in part[name]] for name in backends()}


def scores(true: np.ndarray, filled: np.ndarray, compared: np.ndarray) -> np.ndarray:
    """PSNR, SSIM and gradient-histogram distance."""
    measures = (psnr_db, ssim, gradient_histogram_distance)
    return np.array([measure(true, filled, compared) for measure in measures])


def save(folder: Path, name: str, images: list[np.ndarray]) -> None:
    """One PNG with all pictures side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(images, axis=1)).save(folder / f"{name.replace('/', '-')}.png")


def row_of(folder: str, kind: str, found: Scores) -> dict[str, Any]:
    """Means over the cases, by measure and backend."""
    row: dict[str, Any] = {"folder": folder, "hidden": kind, "n": len(next(iter(found.values())))}
    for name, cases in found.items():
        means = np.mean(cases, axis=0)
        row |= {f"{measure} {name}": float(mean) for measure, mean in zip(_MEASURES, means, strict=True)}
    return row


def print_head() -> None:
    """Titles of the columns; * marks where the default is best of all."""
    head = "".join(f"{measure + ' ' + name:>20}" for measure in _MEASURES for name in backends())
    print(f"{'folder':<26}{'hidden':<10}{'n':>4}{head}  best in P/S/G", flush=True)


def print_row(folder: str, kind: str, found: Scores) -> None:
    """One line."""
    cases = np.array(list(found.values())) * _SIGNS
    means = cases.mean(axis=1)
    cells = ""
    for measure, sign in enumerate(_SIGNS):
        for index, value in enumerate(means[:, measure]):
            star = "*" if index == 0 and value >= means[:, measure].max() else " "
            cells += f"{sign * value:19.3f}{star}"
    won = "/".join(str(count) for count in (cases[0] >= cases.max(axis=0)).sum(axis=0))
    print(f"{folder:<26}{kind:<10}{cases.shape[1]:>4}{cells}  {won}", flush=True)


def print_pooled(rows: Mapping[tuple[str, str], Scores]) -> None:
    """A line for every folder, every region, and all."""
    for name in dict.fromkeys(name for name, _ in rows):
        print_row(name, "all", pooled([found for key, found in rows.items() if key[0] == name]))
    for kind in dict.fromkeys(kind for _, kind in rows):
        print_row("all", kind, pooled([found for key, found in rows.items() if key[1] == kind]))
    print_row("all", "all", pooled(list(rows.values())))


if __name__ == "__main__":
    main()
