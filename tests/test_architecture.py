"""The house rules that a machine can check: who imports whom, and how light the base stays."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGES = ("scrapers", "models", "pipeline", "dashboard")
MAY_IMPORT = {
    "scrapers": set(),
    "models": set(),
    "pipeline": {"scrapers", "models"},
    "dashboard": {"pipeline", "scrapers", "models"},
}
FORBIDDEN = {
    "scrapers": {"torch", "streamlit", "pandas", "open3d"},
    "models": {"streamlit", "open3d", "sqlalchemy"},
    "pipeline": {"streamlit"},
    "dashboard": set(),
}
PYCOLMAP_PROCESSES = [
    ROOT / "pipeline" / "rooms" / name
    for name in ("sfm/process.py", "grouping/process.py", "processes/pycolmap_steps.py")
]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    for path in _files(package):
        roots = {name.split(".")[0] for name in _imports(path)}
        assert roots & set(PACKAGES) <= allowed, path
        assert not roots & FORBIDDEN[package], path
        assert "tests" not in roots, path
        assert "benchmarks" not in roots, path


def test_pycolmap_is_imported_by_its_own_processes_only() -> None:
    users = [path for package in PACKAGES for path in _files(package) if "pycolmap" in set(_imports(path))]
    assert sorted(users) == sorted(PYCOLMAP_PROCESSES)
    for path in users:
        assert not {"PIL", "cv2"} & {name.split(".")[0] for name in _imports(path)}


def _load(module: str) -> tuple[float, set[str]]:
    """Seconds of processor time that importing ``module`` takes in a fresh process, and what it loaded."""
    code = (
        "import sys, time; began = time.process_time(); import {0}; took = time.process_time() - began;"
        "print(took); print(*{{name.split('.')[0] for name in sys.modules}})"
    )
    runs = []
    for _ in range(2):
        output = subprocess.run(
            [sys.executable, "-c", code.format(module)], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.splitlines()
        runs.append((float(output[0]), set(output[1].split())))
    return min(runs, key=lambda run: run[0])


@pytest.mark.parametrize(
    "module", [*PACKAGES, "pipeline.commands.cli", "pipeline.jobs.jobs", "scrapers.sources"]
)
def test_the_base_import_is_quick_and_light(module: str) -> None:
    seconds, loaded = _load(module)
    assert seconds < 1.0
    assert not loaded & {"torch", "streamlit", "open3d", "bertopic", "pandas", "pycolmap"}
