"""Artefacts are whole or absent, wherever they are kept."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from pipeline.store import Artefacts

KEY = "ab" * 32


@pytest.fixture(params=["local", "memory"])
def artefacts(request: pytest.FixtureRequest, tmp_path: Path) -> Artefacts:
    """A store on the local disk, and one that is not a local disk."""
    url = str(tmp_path / "kept") if request.param == "local" else f"memory://{uuid.uuid4().hex}"
    return Artefacts(url, tmp_path / "cache")


def _result(folder: Path, text: str = "hello") -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text(text)
    (folder / "deep" / "b.bin").write_bytes(bytes(range(256)))
    return folder


def test_what_is_put_comes_back(artefacts: Artefacts, tmp_path: Path) -> None:
    assert not artefacts.has(KEY)
    size = artefacts.put(KEY, _result(tmp_path / "one"))
    found = artefacts.folder(KEY)
    assert size == 5 + 256
    assert (found / "a.txt").read_text() == "hello"
    assert (found / "deep" / "b.bin").read_bytes() == bytes(range(256))


def test_the_first_result_of_a_key_stays(artefacts: Artefacts, tmp_path: Path) -> None:
    artefacts.put(KEY, _result(tmp_path / "one", "first"))
    artefacts.put(KEY, _result(tmp_path / "two", "second"))
    assert (artefacts.folder(KEY) / "a.txt").read_text() == "first"


def test_a_removed_result_is_gone(artefacts: Artefacts, tmp_path: Path) -> None:
    artefacts.put(KEY, _result(tmp_path / "one"))
    artefacts.folder(KEY)
    artefacts.remove(KEY)
    artefacts.remove(KEY)
    with pytest.raises(KeyError, match="run the analysis again"):
        artefacts.folder(KEY)


def test_a_half_written_result_is_not_there_and_is_replaced(tmp_path: Path) -> None:
    artefacts = Artefacts(str(tmp_path / "kept"), tmp_path / "cache")
    half = tmp_path / "kept" / KEY[:2] / KEY
    half.mkdir(parents=True)
    (half / "a.txt").write_text("torn")
    assert not artefacts.has(KEY)
    artefacts.put(KEY, _result(tmp_path / "one"))
    assert (artefacts.folder(KEY) / "a.txt").read_text() == "hello"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "AB" * 32, "ab" * 31, "zz" * 32])
def test_only_keys_are_keys(artefacts: Artefacts, key: str) -> None:
    with pytest.raises(ValueError, match="not an artefact key"):
        artefacts.has(key)
