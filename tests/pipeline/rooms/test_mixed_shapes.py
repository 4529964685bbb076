"""Photos of different shape make one room: kernels stay within their arrays, and the depth is right."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from pipeline.rooms.scene import Source
from tests.pipeline.rooms.mixed_shapes import WINGS, maps_of, mixed_shots
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


def test_every_kernel_is_run_with_bounds_checked_somewhere() -> None:
    """By the program of this test, or by ``make bounds``, which has the tests of the other wings."""
    rooms = ROOT / "pipeline" / "rooms"
    compiled = re.compile(r"^@(njit|kernel)\(", re.MULTILINE)
    with_kernels = {
        path.relative_to(rooms).parts[0]
        for path in rooms.rglob("*.py")
        if compiled.search(path.read_text(encoding="utf-8"))
    }
    found = re.search(r"^BOUNDS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    by_own_tests = set(found[1].split())
    assert all((ROOT / "tests" / "pipeline" / "rooms" / wing).is_dir() for wing in by_own_tests)
    # the one kernel of processes, bilinear, is part of those of stereo
    assert with_kernels - {"processes"} <= set(WINGS) | by_own_tests


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
