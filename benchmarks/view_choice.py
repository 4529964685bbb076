"""Is the view chosen first among the best? ``python -m benchmarks.view_choice --data FOLDER [--draws 20]``.

The folder holds a ``cameras.json`` with poses, intrinsics and depth, and beside it (or above) ``gt_mesh.ply``.
For each draw of three photos the candidates are ranked from these photos alone; the truth is the area of the
true mesh that a candidate sees and the three photos do not.
"""

import argparse
from pathlib import Path

import numpy as np
from jaxtyping import Float

from benchmarks.records.recorder import Recorder, add_options
from benchmarks.true_room import TrueRoom, true_maps
from pipeline.rooms.scene import PointMaps, Viewpoint
from pipeline.rooms.surface.surface import SurfaceSettings, reconstruct_surface
from pipeline.rooms.views.next_best_view import candidate_viewpoints, decide
from pipeline.rooms.views.unseen import report_holes


def rank_of_choice(maps: PointMaps, room: TrueRoom) -> tuple[int, Float[np.ndarray, " N"]]:
    """Place of the chosen view among the candidates by the truth (1 is best), and their true gains."""
    surface = reconstruct_surface(maps, SurfaceSettings(voxel_m=0.05, depth=7))
    offered = candidate_viewpoints(maps)
    decision = decide(maps, surface, report_holes(maps), candidates=offered)
    photos = [Viewpoint(v.K, v.world_from_camera, v.image.shape[1], v.image.shape[0]) for v in maps.views]
    known = np.any([room.seen(photo) for photo in photos], axis=0)
    gains = np.array([(room.seen(view) & ~known).sum() * room.cell_m2 for _, _, view in offered])
    if not decision.chosen:
        return len(offered), gains
    first = decision.chosen[0].viewpoint
    index = next(i for i, (_, _, view) in enumerate(offered) if view is first)
    return int((gains > gains[index]).sum()) + 1, gains


def main() -> None:
    """Print the ranks of all draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    options = parser.parse_args()
    recorder = Recorder.of("view_choice", ["set", "draw"], options)
    for folder in options.data:
        maps = true_maps(folder)
        room = TrueRoom(folder)
        random = np.random.default_rng(options.seed)
        good = 0
        for draw in range(options.draws):
            picked = sorted(random.choice(len(maps.views), 3, replace=False))
            subset = PointMaps(tuple(maps.views[i] for i in picked), maps.backend, metric=True)
            rank, gains = rank_of_choice(subset, room)
            good += rank <= 3
            share = np.sort(gains)[-rank] / gains.max()
            recorder.add(
                {"set": folder.name, "draw": draw, "rank": rank, "of": len(gains), "share": float(share)}
            )
            print(
                f"draw {draw:2d}, photos {', '.join(map(str, picked))}: rank {rank} of {len(gains)}, "
                f"{100 * share:.0f} % of the best gain"
            )
        print(f"{folder.name}: in the top 3 in {good} of {options.draws} draws")


if __name__ == "__main__":
    main()
