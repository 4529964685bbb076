"""What a container image gets of a checkout, and that its steps would work, as far as one can tell here."""

from __future__ import annotations

import fnmatch
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dashboard import healthy
from pipeline.config import Settings
from tests.places import ROOT


def _lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _is_left_out(path: str) -> bool:
    """Whether .dockerignore leaves ``path`` out, itself or with a folder above it."""
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for pattern in _lines(".dockerignore"):
        anywhere = pattern.removeprefix("**/")
        found = parts if anywhere != pattern else above
        if any(fnmatch.fnmatchcase(name, anywhere) for name in found):
            return True
    return False


@pytest.mark.parametrize("pattern", _lines(".gitignore"))
def test_what_git_does_not_keep_stays_out_of_the_image(pattern: str) -> None:
    """Above all ``.env``, which holds passwords."""
    assert _is_left_out(pattern.strip("/").replace("*", "any")), f"{pattern} is missing in .dockerignore"


@pytest.mark.parametrize(
    "path",
    ["dashboard/app.py", "pipeline/demo/photos/bedroom-01.jpg", "requirements.txt", ".streamlit/config.toml"],
)
def test_what_the_product_needs_is_in_the_image(path: str) -> None:
    assert (ROOT / path).is_file()
    assert not _is_left_out(path)


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_compose_passes_every_setting() -> None:
    passed = set(_compose()["x-showroom"]["environment"])
    wanted = {f"SHOWROOM_{name.upper()}" for name in Settings.model_fields} - {"SHOWROOM_DATA"}
    assert passed == wanted, "SHOWROOM_DATA is the volume"


def test_compose_trusts_its_network_only_because_the_port_is_published_here_alone() -> None:
    services = _compose()["services"]
    assert services["dashboard"]["ports"] == ["127.0.0.1:8501:8501"]
    assert [name for name, service in services.items() if "ports" in service] == ["dashboard"]


def test_servers_are_waited_for_until_they_are_healthy() -> None:
    compose = _compose()
    for name, wait in compose["x-showroom"]["depends_on"].items():
        assert wait["condition"] == "service_healthy" and "healthcheck" in compose["services"][name]


def test_a_gpu_worker_reserves_its_gpu() -> None:
    [device] = _compose()["services"]["gpu-worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


def test_the_lock_file_fits_the_requirements_and_has_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.\-]+)==(\S+)", lock, re.M)
    }
    assert len(pinned) >= 50
    assert all("--hash=sha256:" in part for part in re.split(r"\n(?=\w)", lock.strip()) if "==" in part)
    for line in _lines("requirements.txt"):
        wanted = Requirement(line)
        if canonicalize_name(wanted.name) != "torch":
            assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line
    assert "torch" not in pinned, "PyTorch comes from its own index, for the CPU or for CUDA"


def test_bases_are_named_by_whole_versions_and_the_page_pins_the_same_ones() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^ARG \w+_BASE=(\S+)", text, re.M)
    assert len(bases) == 2 and all(re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-[\w-]+", base) for base in bases)
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"inspect {base}" in told and f"{base}@sha256:" in told for base in bases)
    assert not re.search(r"^FROM (?!\$\{)", text, re.M), "every base can be given with its digest"
    assert "torch==" in (ROOT / "requirements.txt").read_text(encoding="utf-8")


@pytest.mark.enable_socket
def test_what_the_image_runs_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for module in re.findall(r'"-m", "([\w.]+)"', text):
        assert importlib.util.find_spec(module) is not None
    assert "USER 10001" in text and "NUMBA_CACHE_DIR=/data/numba" in text
    health = healthy.main(["--port", "1"])
    assert health == 1, "nobody answers there"


#: another user without any right of root's but to find Python, which may lie in root's home
SOMEBODY = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"] + [
    f"--{which}=-all,+dac_read_search" for which in ("inh-caps", "ambient-caps", "bounding-set")
]


def test_kernels_load_for_another_user_without_a_home_in_a_tree_that_is_not_theirs() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    code = "import os, pipeline.rooms.axes.manhattan; print(os.environ['NUMBA_CACHE_DIR'])"
    if subprocess.run([*SOMEBODY, sys.executable, "-c", ""], check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may become another user")
    ran = subprocess.run(
        [*SOMEBODY, sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    place = Path(ran.stdout.strip())
    assert place.stat().st_uid == 12345 and place.stat().st_mode & 0o077 == 0, (
        "nobody else may write what is run"
    )
    shutil.rmtree(place)
