"""Photos of different shape make one room: kernels stay within their arrays, and the depth is right."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from pipeline.rooms.scene import Source
from tests.pipeline.rooms.mixed_shapes import maps_of, mixed_shots
from tests.places import ROOT


def checked_kernels() -> Path:
    """Where kernels with bounds checks are kept, apart for every state of the code that they are made of."""
    sources = sorted((ROOT / "pipeline" / "rooms").rglob("*.py"))
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    kept = ROOT / ".pytest_cache" / "bounds_checked"
    for old in kept.glob("*"):
        if old.name != state:
            shutil.rmtree(old, ignore_errors=True)
    return kept / state


def test_no_kernel_leaves_its_arrays_on_photos_of_different_shape() -> None:
    checking = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(checked_kernels())}
    program = [sys.executable, "-m", "tests.pipeline.rooms.mixed_shapes"]
    done = subprocess.run(program, cwd=ROOT, env=checking, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]


def test_depth_of_photos_of_different_shape_is_as_right_as_of_equal_ones(tmp_path: Path) -> None:
    taken = mixed_shots()
    for view, shot in zip(maps_of(taken, tmp_path).views, taken, strict=True):
        measured = view.source == Source.MEASURED
        ratio = view.depth_m() / shot.depth_m
        assert measured.mean() > 0.2
        assert (np.abs(ratio / np.median(ratio[measured]) - 1)[measured] < 0.05).mean() > 0.8
