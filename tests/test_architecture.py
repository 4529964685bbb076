"""The house rules that a machine can check: who imports whom, how light the base is, how large folders are."""

import math
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from typing import Final

import pytest

from tests.house import (
    PACKAGES,
    arrows,
    face,
    files,
    function_lengths,
    imported_modules,
    imported_names,
    module_name,
    wing_of,
    wings,
)
from tests.places import ROOT

MAY_IMPORT: Final = {
    "scrapers": set(),
    "models": set(),
    "pipeline": {"scrapers", "models"},
    "dashboard": {"pipeline", "scrapers", "models"},
}
FORBIDDEN: Final = {
    "scrapers": {"torch", "streamlit", "pandas", "open3d"},
    "models": {"streamlit", "open3d", "sqlalchemy"},
    "pipeline": {"streamlit"},
    "dashboard": set(),
}
#: the wings of pipeline/rooms from the ground to the roof
FLOORS: Final = (
    {"scene"},
    {"processes", "photos", "axes", "inpainting", "prior"},
    {"grouping", "box", "stereo"},
    {"sfm", "depth", "layout", "learned", "surface", "sizes"},
    {"single_photo", "views"},
    {"judging", "joint_bodies"},
)
FLOOR_OF: Final = {wing: floor for floor, floor_wings in enumerate(FLOORS) for wing in floor_wings}
ROOF: Final = len(FLOORS)
MOST_MODULES: Final = 20
#: between wings; the backends on the roof join them all by nature and are not counted
MOST_ARROWS_OF_ROOMS: Final = 50
MOST_LINES: Final = 400
#: nine functions of ten are at most this long, docstring included
MOST_LINES_OF_MOST_FUNCTIONS: Final = 25
PYCOLMAP_PROCESSES: Final = [
    ROOT / "pipeline" / "rooms" / name
    for name in ("sfm/process.py", "grouping/process.py", "processes/pycolmap_steps.py")
]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    for path in files(package):
        roots = {name.split(".")[0] for name in imported_modules(path)}
        assert roots & set(PACKAGES) <= allowed, path
        assert not roots & FORBIDDEN[package], path
        assert not roots & {"tests", "benchmarks", "tools"}, path


def test_every_folder_of_rooms_stands_on_a_floor() -> None:
    folders = {path.parent.name for path in (ROOT / "pipeline" / "rooms").glob("*/__init__.py")}
    assert folders == set(FLOOR_OF)
    assert {f"pipeline.rooms.{wing}" for wing in FLOOR_OF} <= set(wings())


def test_rooms_import_downwards_only() -> None:
    upwards = {
        (source, target)
        for source, target in arrows()
        if _floor(target) is not None
        and _floor(source) is not None
        and _room_wing(source) != _room_wing(target)
        and _height(source) <= _height(target)
    }
    assert not upwards


def test_few_arrows_join_the_wings_of_rooms() -> None:
    joined = {
        (_room_wing(source), _room_wing(target))
        for source, target in arrows()
        if _floor(source) is not None and _floor(target) is not None
    }
    between_wings = {(source, target) for source, target in joined if source not in (target, "roof")}
    assert len(between_wings) <= MOST_ARROWS_OF_ROOMS


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wing_is_entered_through_its_face(package: str) -> None:
    for path in files(package):
        source = module_name(path)
        for module, name in imported_names(path):
            wing = wing_of(module)
            if wing is None or source == wing or source.startswith(f"{wing}."):
                continue
            assert module == wing, f"{path} reaches into {wing}: {module}"
            assert name in face(wing), f"{path}: {wing} does not show {name}"


def test_a_face_shows_only_what_is_used() -> None:
    """Names that nobody outside asks for are nobody's business; benchmarks and tests may ask, too."""
    asked = defaultdict(set)
    for package in (*PACKAGES, "benchmarks", "tools", "tests"):
        for path in files(package):
            source = module_name(path)
            for module, name in imported_names(path):
                if module in wings() and not source.startswith(f"{module}."):
                    asked[module].add(name)
    unasked = {wing: set(face(wing)) - asked[wing] for wing in wings()}
    assert not {wing: names for wing, names in unasked.items() if names}


def test_no_module_imports_itself_round_a_corner() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for source, target in arrows():
        graph[source].add(target)
    TopologicalSorter(graph).prepare()


def test_no_circle_of_wings() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for source, target in arrows():
        a, b = wing_of(source) or source, wing_of(target) or target
        if a != b:
            graph[a].add(b)
    TopologicalSorter(graph).prepare()


def test_no_folder_holds_too_many_modules() -> None:
    for package in (*PACKAGES, "benchmarks", "tools"):
        count: dict[str, int] = defaultdict(int)
        for path in files(package):
            count[str(path.parent.relative_to(ROOT))] += path.name != "__init__.py"
        too_many = {folder: n for folder, n in count.items() if n > MOST_MODULES}
        assert not too_many


def test_no_file_is_too_long() -> None:
    for package in (*PACKAGES, "benchmarks", "tools", "tests"):
        for path in files(package):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= MOST_LINES, path


@pytest.mark.parametrize("package", PACKAGES)
def test_nine_functions_of_ten_are_short(package: str) -> None:
    lengths = function_lengths(package)
    ninetieth_percentile = lengths[math.ceil(0.9 * len(lengths)) - 1]
    assert ninetieth_percentile <= MOST_LINES_OF_MOST_FUNCTIONS


def test_pycolmap_is_imported_by_its_own_processes_only() -> None:
    users = [
        path for package in PACKAGES for path in files(package) if "pycolmap" in set(imported_modules(path))
    ]
    assert sorted(users) == sorted(PYCOLMAP_PROCESSES)
    for path in users:
        assert not {"PIL", "cv2"} & {name.split(".")[0] for name in imported_modules(path)}


def _room_wing(module: str) -> str:
    parts = module.split(".")
    return parts[2] if len(parts) > 2 and parts[2] in FLOOR_OF else "roof"


def _floor(module: str) -> int | None:
    """Floor of a module of rooms; ``None`` elsewhere in the house."""
    if not module.startswith("pipeline.rooms."):
        return None
    return FLOOR_OF.get(_room_wing(module), ROOF)


def _height(module: str) -> int:
    floor = _floor(module)
    assert floor is not None
    return floor


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


#: processor seconds; the libraries of the queue (huey, redis, psycopg, SQLAlchemy) take .9 to 1.2 here
_MOST_IMPORT_S = 1.6


@pytest.mark.parametrize(
    "module", [*PACKAGES, *wings(), "pipeline.commands.cli", "pipeline.jobs.jobs", "scrapers.sources"]
)
def test_the_base_import_is_quick_and_light(module: str) -> None:
    seconds, loaded = _load(module)
    assert seconds < _MOST_IMPORT_S
    assert not loaded & {"torch", "streamlit", "open3d", "bertopic", "pandas", "pycolmap"}
