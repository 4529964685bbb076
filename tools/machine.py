"""``python3 tools/machine.py``: whether this computer has what set-up needs, before minutes of downloads.

Runs on Python 3.7 and later with nothing installed, so that it can say which Python is needed. As root on
Debian or Ubuntu it installs the packages that are missing and upgrades nothing; else it prints the command.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

OLDEST, FIRST_UNTRIED = (3, 11), (3, 14)
#: Debian package to the shared library that Open3D loads out of it
LIBRARIES = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libgomp1": "libgomp.so.1",
    "libidn2-0": "libidn2.so.0",
    "libudev1": "libudev.so.1",
    "libusb-1.0-0": "libusb-1.0.so.0",
    "libx11-6": "libX11.so.6",
}
#: what set-up writes: 4.1 GB of packages, and as much again while pip unpacks the largest
SPACE_GB = 6
INSTALL = ["apt-get", "install", "--yes", "--no-upgrade", "--no-install-recommends"]


def python_problem(version: tuple[int, ...]) -> str:
    """What is wrong with this Python, or an empty text."""
    if OLDEST <= tuple(version[:2]) < FIRST_UNTRIED:
        return ""
    return (
        f"ShowRoom needs Python 3.11, 3.12 or 3.13; this is {version[0]}.{version[1]}."
        " Name another one: make run PYTHON=python3.12"
    )


def missing_packages(
    load: Callable[[str], object] = ctypes.CDLL, find: Callable[[str], object] = importlib.util.find_spec
) -> list[str]:
    """Debian packages whose files are not there."""
    missing = (
        []
        if find("ensurepip") and find("venv")
        else [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]
    )
    for package, library in LIBRARIES.items():
        try:
            load(library)
        except OSError:
            missing.append(package)
    return missing


def space_problem(free_bytes: float) -> str:
    """What is wrong with the free space, or an empty text."""
    if free_bytes >= SPACE_GB * 1e9:
        return ""
    return f"Set-up needs {SPACE_GB} GB of free space here; there are {free_bytes / 1e9:.1f} GB."


def install(
    packages: Sequence[str],
    run: Callable[[Sequence[str]], int] = subprocess.call,
    *,
    is_root: bool,
    has_apt_get: bool,
) -> bool:
    """Install Debian packages where we may; whether they are there now."""
    print(f"Missing on this computer: {' '.join(packages)}", flush=True)
    if has_apt_get and is_root:
        print("Installing them; nothing else is changed.", flush=True)
        if run(["apt-get", "update", "-qq"]) == 0 and run([*INSTALL, "-qq", *packages]) == 0:
            return True
        print("That did not work; apt-get says why above.")
    elif has_apt_get:
        print(f"Install them, then start again:\n\n    sudo {' '.join([*INSTALL, *packages])}\n")
    else:
        files = ", ".join(LIBRARIES.get(package, "Python's venv module") for package in packages)
        print(f"Install the packages of your system that hold: {files}")
    return False


def main() -> int:
    """Look at everything; 0 if set-up can go on."""
    free_bytes = shutil.disk_usage(str(Path.cwd())).free
    for problem in (python_problem(tuple(sys.version_info[:2])), space_problem(free_bytes)):
        if problem:
            print(problem)
            return 1
    packages = missing_packages()
    if not packages:
        return 0
    is_root, has_apt_get = os.geteuid() == 0, shutil.which("apt-get") is not None
    return 0 if install(packages, is_root=is_root, has_apt_get=has_apt_get) else 1


if __name__ == "__main__":
    sys.exit(main())
