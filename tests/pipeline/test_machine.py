"""The number of threads and the device of an installation reach all work, and change no result."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from pipeline import machine
from pipeline.config import Settings
from pipeline.errors import WrongSettings
from pipeline.progress import Progress
from pipeline.rooms.processes import for_each
from pipeline.store.manifest import MARKER
from tests.house import files
from tests.places import ROOT

#: what the process that places cameras is told and notes for itself, the number of threads among it
SCRATCH = {"request.json", "features.db", MARKER}  # the manifest has the hash of files with times


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    machine.use()


def test_all_cores_are_used_unless_told_otherwise() -> None:
    machine.use()
    assert machine.usable_threads() == len(os.sched_getaffinity(0))
    machine.use(threads=3)
    assert machine.usable_threads() == 3


@pytest.mark.parametrize("wrong", [{"threads": -1}, {"device": "gpu"}, {"device": "cuda:x"}])
def test_what_is_no_number_of_threads_or_device_is_refused(wrong: dict[str, int | str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        machine.use(**wrong)  # type: ignore[arg-type]
    with pytest.raises(WrongSettings, match=next(iter(wrong)).upper()):
        Settings.model_validate(wrong)


def test_a_gpu_is_used_where_there_is_one_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, device in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr("torch.cuda.is_available", lambda there=there: there)
        machine.use()
        assert machine.torch_device() == device
        assert machine.has_gpu() == there
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    machine.use(device="cpu")
    assert not machine.has_gpu()


@pytest.mark.parametrize("count", [1, 3])
def test_work_runs_on_so_many_threads(count: int, use_threads: Callable[[int], None]) -> None:
    use_threads(count)
    everyone, used = threading.Barrier(count), set()

    def work(_: int) -> None:
        everyone.wait(20)  # breaks where there are fewer
        used.add(threading.get_ident())

    for_each(work, 4 * count, Progress(), "waiting")
    assert len(used) == count


_ASKED = """
import json, os, numpy, scipy.linalg, torch, cv2
from threadpoolctl import threadpool_info
from pipeline import machine
machine.use(threads=1)
blas = {row["num_threads"] for row in threadpool_info() if row["user_api"] == "blas"}
print(json.dumps({"blas": sorted(blas), "torch": torch.get_num_threads(), "cv2": cv2.getNumThreads()}))
"""


def test_libraries_that_are_loaded_or_will_be_are_told() -> None:
    late = _ASKED.replace("numpy, scipy.linalg, torch, cv2", "sys").replace(
        "blas =", "import numpy, scipy.linalg, torch, cv2\nblas ="
    )
    for code in (_ASKED, late):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout) == {"blas": [1], "torch": 1, "cv2": 1}


def test_no_number_of_threads_is_written_into_the_code() -> None:
    written = re.compile(
        r"\b(workers|max_workers|nthreads|n_jobs|threads|num_threads)\s*(:\s*int\s*)?=\s*[2-9]"
    )
    pools = re.compile(r"PoolExecutor\(\s*[2-9]|RaycastingScene\(\s*[1-9]")
    for path in files("pipeline"):
        text = path.read_text(encoding="utf-8")
        assert not written.search(text), path
        assert not pools.search(text), path


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_report_is_the_same_for_any_number_of_threads(tmp_path: Path) -> None:
    """Reviews and a room, each time in a fresh process with an empty store."""
    listing = _small_listing(tmp_path / "listing")
    made = [_analysed(listing, tmp_path / f"data-{threads}", threads) for threads in (1, 2, 4)]
    assert {Path(name).name for name in made[0]} >= {"report.json", "mesh.glb", "view_000.npz"}
    assert made[0] == made[1] == made[2]


def _small_listing(folder: Path) -> Path:
    """A corner of the demo: a few small photos of one room and a few reviews."""
    folder.mkdir()
    demo = ROOT / "pipeline" / "demo"
    for photo in sorted((demo / "photos").glob("bedroom-*.jpg"))[:3]:
        Image.open(photo).resize((360, 240)).save(folder / photo.name, quality=95)
    reviews = json.loads((demo / "reviews.json").read_text(encoding="utf-8"))
    (folder / "reviews.json").write_text(json.dumps(reviews[:20]), encoding="utf-8")
    return folder


def _analysed(listing: Path, data: Path, threads: int) -> dict[str, str]:
    """Every file that an analysis stores, and the hash of its bytes; times are no result."""
    environment = {**os.environ, "SHOWROOM_THREADS": str(threads), "SHOWROOM_DATA": str(data)}
    command = [sys.executable, "-m", "pipeline", "analyse", str(listing), "--new-views", "1"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    kept = data / "artefacts"
    files = (path for path in sorted(kept.rglob("*")) if path.is_file() and path.name not in SCRATCH)
    return {str(path.relative_to(kept)): _digest(path) for path in files}


def _digest(path: Path) -> str:
    data = path.read_bytes()
    if path.name == "surface.json":
        data = json.dumps({**json.loads(data), "seconds": 0}).encode()
    return hashlib.sha256(data).hexdigest()
