"""Hide known parts of photos and fill them: ``python -m benchmarks.inpainting --data FOLDER [FOLDER ...]``.

In every photo a seeded blob hides 25 % of the walls, of the floor, of the ceiling and of the whole picture;
the plane-aware default is compared with OpenCV (Telea; Navier-Stokes) on the planar part of the hole. A folder
has a ``cameras.json`` with depth (and layout masks, if there are any), or only photos: these are filled without
planes and compared over the whole hole. PSNR and SSIM: higher is better; gradient-histogram distance (GHD):
lower.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.inpainting_cases import Scene, scenes, seeded_hole
from benchmarks.picture_measures import gradient_histogram_distance, psnr_db, ssim
from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, Inpainter
from pipeline.rooms.inpainting.opencv import OpenCvInpainter
from pipeline.rooms.inpainting.planar import PlanarInpainter

_KINDS = ("wall", "floor", "ceiling", "mixed")
_MIN_REGION = 0.03
_MIN_PLANAR_PX = 100

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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--share", type=float, default=0.25, help="of the region that is hidden")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="take every n-th photo of a folder")
    parser.add_argument("--pictures", type=Path, help="folder for before, truth and fills, side by side")
    options = parser.parse_args()
    seconds: dict[str, float] = defaultdict(float)
    rows: dict[tuple[str, str], Scores] = defaultdict(lambda: defaultdict(list))
    print_head()
    for folder in options.data:
        for number, scene in enumerate(scenes(folder, options.every)):
            for kind, hole, compared in holes(scene, options.share, options.seed + number):
                outputs = []
                for name, backend in backends().items():
                    begun = time.process_time()
                    filled = backend.fill(hole, Progress())
                    seconds[name] = max(seconds[name], time.process_time() - begun)
                    if not np.array_equal(filled[~hole.mask], hole.image[~hole.mask]):
                        raise RuntimeError(f"{name} changed pixels outside the hole of {scene.name}")
                    rows[folder.name, kind][name].append(scores(scene.image, filled, compared))
                    outputs.append(filled)
                if options.pictures:
                    save(options.pictures, f"{scene.name}-{kind}", [hole.image, scene.image, *outputs])
        for (name, kind), found in rows.items():
            if name == folder.name:
                print_row(name, kind, found)
    pooled: Scores = defaultdict(list)
    for found in rows.values():
        for name in backends():
            pooled[name].extend(found[name])
    print_row("all", "all", pooled)
    print("longest fill, CPU s: " + ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()))


def scores(true: np.ndarray, filled: np.ndarray, compared: np.ndarray) -> np.ndarray:
    """PSNR, SSIM and gradient-histogram distance."""
    measures = (psnr_db, ssim, gradient_histogram_distance)
    return np.array([measure(true, filled, compared) for measure in measures])


def save(folder: Path, name: str, images: list[np.ndarray]) -> None:
    """One PNG with all pictures side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(images, axis=1)).save(folder / f"{name.replace('/', '-')}.png")


def print_head() -> None:
    """Titles of the columns; * marks where the default is best of all."""
    head = "".join(f"{measure + ' ' + name:>20}" for measure in ("PSNR", "SSIM", "GHD") for name in backends())
    print(f"{'folder':<16}{'hidden':<10}{'n':>4}{head}", flush=True)


def print_row(folder: str, kind: str, found: Scores) -> None:
    """One line."""
    means = np.array([np.mean(values, axis=0) for values in found.values()])
    cells = ""
    for measure in range(3):
        column = means[:, measure] if measure < 2 else -means[:, measure]
        for index, value in enumerate(means[:, measure]):
            star = "*" if index == 0 and column[0] >= column.max() else " "
            cells += f"{value:19.3f}{star}"
    print(f"{folder:<16}{kind:<10}{len(next(iter(found.values()))):>4}{cells}", flush=True)


if __name__ == "__main__":
    main()
