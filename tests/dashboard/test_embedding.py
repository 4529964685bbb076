"""A room by itself: its page holds the viewer and its data, and lets nothing else run."""

import json
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import embedding
from dashboard.embedding import embed_address, embed_code, embed_route
from pipeline.config import Settings
from pipeline.errors import WrongSettings
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture
def client(store: Store, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser; the viewer counts as built."""
    monkeypatch.setattr(embedding, "bundle_url", lambda: "assets/index.js?v=1")
    return TestClient(Starlette(routes=[embed_route(lambda: store)]))


def _data(page: str) -> str:
    found: str = re.findall(r'id="room"[^>]*>(.*?)</script>', page, re.DOTALL)[0]
    return found


def test_the_page_holds_what_the_viewer_needs(client: TestClient, maker: StoreMaker) -> None:
    listing, key = maker.listing("flat", f"Flat {HOSTILE}", reviews=0)
    maker.completed_report(listing, key)
    answer = client.get(embed_address("flat", "living-room"))
    assert answer.status_code == 200
    data = json.loads(_data(answer.text))
    assert data["mesh_url"].endswith("mesh.glb") and len(data["photos"]) > 3
    assert '<base href="/">' in answer.text
    assert HOSTILE not in answer.text


def test_only_the_viewer_runs(client: TestClient, maker: StoreMaker) -> None:
    listing, key = maker.listing("flat", reviews=0)
    maker.completed_report(listing, key)
    pages = [client.get(embed_address("flat", "living-room")) for _ in range(2)]
    nonces = [re.findall(r"'nonce-([^']+)'", page.headers["content-security-policy"])[0] for page in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe-inline" not in page.headers["content-security-policy"].partition("style-src")[0]
        assert page.text.count(f'nonce="{nonce}"') == page.text.count("<script") == 2


def test_it_speaks_the_language_of_the_browser_or_the_one_that_is_asked_for(
    client: TestClient, maker: StoreMaker
) -> None:
    listing, key = maker.listing("flat", reviews=0)
    maker.completed_report(listing, key)
    address = embed_address("flat", "living-room")
    korean = client.get(address, headers={"accept-language": "ko-KR,ko;q=0.9,en;q=0.5"}).text
    assert (
        '<html lang="ko">' in korean and "방을 불러오고 있어요" in json.loads(_data(korean))["words"].values()
    )
    assert '<html lang="en">' in client.get(f"{address}?lang=en", headers={"accept-language": "ko"}).text


@pytest.mark.parametrize("path", ["nobody/living-room", "flat/no-room", "flat/bedroom"])
def test_what_is_not_there_in_3d_is_said(client: TestClient, maker: StoreMaker, path: str) -> None:
    listing, key = maker.listing("flat", reviews=0)
    maker.completed_report(listing, key)
    answer = client.get(f"/embed/{path}")
    assert (answer.status_code, answer.text) == (404, "There is no such room in 3D.")


def test_the_code_to_copy_is_one_element_whatever_the_room_is_called() -> None:
    code = embed_code("http://localhost:8501", "flat", "living-room", 'My "<room>"')
    assert code.startswith('<iframe src="http://localhost:8501/embed/flat/living-room"')
    assert "<room>" not in code


@pytest.mark.parametrize("origin", ["blog.example", "https://blog.example/page", "https://a.example; *", "*"])
def test_only_origins_can_be_named(origin: str) -> None:
    with pytest.raises(WrongSettings, match="SHOWROOM_EMBED_IN"):
        Settings(embed_in=origin)
    assert Settings(embed_in="https://a.example,http://b.example:80").embed_in[1] == "http://b.example:80"
