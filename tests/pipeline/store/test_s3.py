"""Results on S3, really: two machines over a server of moto's, each with a cache of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.registry import _registry

from pipeline.config import Settings
from pipeline.errors import Unreachable, WrongSettings
from pipeline.store import Artefacts, Patience, Store, check
from pipeline.store.faults import check_sqlite_folder
from tests.served import free_port

KEY, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Address of an empty bucket."""
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs")
    pytest.importorskip("moto", reason="needs moto")
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    patch = pytest.MonkeyPatch()
    try:
        _wait_for(f"http://127.0.0.1:{port}/moto-api/")
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "of-a-test")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        s3fs.S3FileSystem().mkdir("results", region_name="eu-west-1")
        yield "s3://results/showroom"
    finally:
        patch.undo()
        server.kill()
        server.wait()


def _wait_for(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("moto's server did not start")


def _result(folder: Path, text: str = "hello") -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text(text)
    (folder / "deep" / "b.bin").write_bytes(bytes(range(256)))
    return folder


@pytest.mark.enable_socket
def test_two_machines_share_results_and_see_what_the_other_deletes(bucket: str, tmp_path: Path) -> None:
    here, there = (Artefacts(bucket, tmp_path / name) for name in ("here", "there"))
    assert not there.has(KEY)
    here.put(KEY, _result(tmp_path / "one"), "stage")
    assert there.has(KEY), "what was not there a moment ago is not remembered as missing"
    assert (there.folder(KEY) / "deep" / "b.bin").read_bytes() == bytes(range(256))
    assert list(there.keys()) == [KEY] and there.manifest(KEY).stage == "stage"
    here.remove(KEY)
    assert not there.has(KEY)
    with pytest.raises(KeyError):
        there.folder(KEY)
    there.put(KEY, _result(tmp_path / "two", "anew"), "stage")
    assert (here.folder(KEY) / "a.txt").read_text() == "anew"


@pytest.mark.enable_socket
def test_a_damaged_result_on_s3_is_told_and_set_aside(bucket: str, tmp_path: Path) -> None:
    store = Store.open(Settings(data=tmp_path / "data", artefacts_url=bucket))
    store.artefacts.put(OTHER, _result(tmp_path / "one"), "stage")
    store.artefacts._fs.pipe_file(f"{store.artefacts._place(OTHER)}/a.txt", b"he")
    found = [finding for finding in check(store, repair=True) if "a.txt is cut off" in finding.what]
    assert found and not store.artefacts.has(OTHER)
    assert len(store.artefacts.damaged()) == 1


@pytest.mark.enable_socket
def test_a_storage_that_is_away_is_told_without_the_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("s3fs", reason="needs s3fs").S3FileSystem.clear_instance_cache()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    away = Artefacts("s3://elsewhere/showroom", tmp_path / "cache", Patience(0.2))
    with pytest.raises(Unreachable, match="storage of results at") as told:
        away.has(KEY)
    assert "a-secret" not in str(told.value)


def test_a_package_that_is_missing_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)
    with pytest.raises(WrongSettings, match="s3fs is not installed") as told:
        Artefacts("s3://bucket/folder", tmp_path)
    assert told.value.advice.endswith("pip install s3fs")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_catalogue_on_a_network_drive_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("pipeline.store.faults._drive_kind", lambda folder: kind)
    with pytest.raises(WrongSettings, match=f"network drive .{kind}.*locks") as told:
        check_sqlite_folder(tmp_path / "data")
    assert "PostgreSQL" in told.value.advice and "SHOWROOM_ARTEFACTS_URL" in told.value.advice
    with pytest.raises(WrongSettings, match="network drive"):
        Store.open(Settings(data=tmp_path / "data"))
