"""What a container image gets of a checkout: the project, and nothing that git does not keep."""

from __future__ import annotations

import fnmatch

import pytest

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
