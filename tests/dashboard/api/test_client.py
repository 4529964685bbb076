"""The Python client against the API, and the commands of docs/api.md against the document."""

import itertools
import json
import re
import shlex
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.api import pairings
from dashboard.api.app import OPERATIONS
from pipeline.api import ApiProblem, Client, shapes, shown_listing
from pipeline.store import JobState
from tests.dashboard.invented import StoreMaker
from tests.places import ROOT
from tests.replica.site import jpeg


def test_a_program_submits_follows_reads_and_deletes(
    client: TestClient, full: StoreMaker, tmp_path: Path
) -> None:
    showroom = Client(http=client)
    assert showroom.version().api == "v1"
    analysis = showroom.submit("https://www.airbnb.com/rooms/5", key="k", options=shapes.Options(rooms=False))
    assert (
        showroom.submit("https://www.airbnb.com/rooms/5", key="k", options=shapes.Options(rooms=False))
        == analysis
    )
    assert showroom.analyses() == [analysis.model_copy(update={"stages": []})]
    full.store.catalogue.claim_job(analysis.id, "w")
    done = (analysis.id, "w", JobState.DONE)
    threading.Timer(0.3, full.store.catalogue.finish_job, done).start()
    heard: list[float] = []
    assert showroom.wait(analysis.id, lambda one: heard.append(one.fraction)).state == "done"
    assert heard[-1] == 1.0
    assert {row.id for row in showroom.listings()} == {"river-flat", "old-town"}
    assert showroom.listing("river-flat") == shown_listing(full.store, "river-flat")
    assert [room.id for room in showroom.sizes("river-flat")] == ["living-room", "bedroom"]
    assert [one.id for one in showroom.compare("river-flat", "old-town").listings] == ["river-flat", "old-town"]
    mesh = next(one for one in showroom.artefacts("river-flat") if one.kind == "mesh")
    assert showroom.fetch("river-flat", mesh.name, tmp_path / "m.glb").stat().st_size == mesh.bytes
    packed = showroom.archive("river-flat", tmp_path / "flat.zip")
    assert showroom.submit(archive=packed).source.startswith("upload-")
    assert showroom.delete("old-town").results > 0
    with pytest.raises(ApiProblem, match="no listing") as refused:
        showroom.listing("old-town")
    assert refused.value.status == 404


def test_photos_go_with_their_rooms(client: TestClient, tmp_path: Path) -> None:
    photos = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for photo in photos:
        photo.write_bytes(jpeg(photo.name))
    showroom = Client(http=client)
    assert showroom.submit(photos=photos, rooms={"Hall": ["a.jpg", "b.jpg"]}).state == "queued"
    with pytest.raises(ApiProblem, match="no photo"):
        showroom.submit(photos=photos, rooms={"Hall": ["c.jpg"]})
    with pytest.raises(ValueError, match="one of"):
        showroom.submit("demo", photos=photos)


def test_a_code_makes_a_token(client: TestClient) -> None:
    showroom = Client(http=client)
    with pytest.raises(ApiProblem, match="not shown now"):
        showroom.pair("AAAA-AAAA", "me")
    token = showroom.pair(pairings().new_code(), "me")
    assert Client(http=client, token=token).listings() == []
    with pytest.raises(ApiProblem, match="Pair"):
        Client(http=client, token="nobody's").listings()  # noqa: S106


def _commands() -> list[list[str]]:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line.startswith("curl")]


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_the_commands_of_the_page_ask_for_what_there_is(command: list[str]) -> None:
    address = next(word for word in command if word.startswith("http"))
    path = "/api/v1" + re.sub(r"^https?://[^/]+/api/v1", "", address)
    sends = {"--json", "-F", "--data-binary"} & set(command)
    method = command[command.index("-X") + 1] if "-X" in command else "POST" if sends else "GET"
    known = {(one.method, re.sub(r"\{\w+\}", "[^/]+", f"/api/v1{one.path}")) for one in OPERATIONS}
    assert any(method == own and re.fullmatch(pattern, path) for own, pattern in known), (method, path)
    for word, following in itertools.pairwise(command):
        if word == "--json":
            json.loads(following)


def test_the_commands_of_the_page_are_answered(client: TestClient, maker: StoreMaker, tmp_path: Path) -> None:
    """Those that read, sent as curl would send them, to a server that knows the demo."""
    listing, key = maker.listing("demo", "Demo", reviews=12)
    maker.report(listing, key, maker.reviews(listing))
    reads = [c for c in _commands() if not {"--json", "-F", "--data-binary", "-X", "-sG", "-H"} & set(c)]
    assert len(reads) >= 6
    for command in reads:
        path = re.sub(r"^https?://[^/]+", "", next(word for word in command if word.startswith("http")))
        assert client.get(path).status_code == 200, path
    sent = [c for c in _commands() if "--json" in c and any("analyses" in word for word in c)]
    for command in sent:
        body = command[command.index("--json") + 1]
        answer = client.post("/api/v1/analyses", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 202, answer.text
