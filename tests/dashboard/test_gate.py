"""Strangers stay outside: other names, origins, ports, frames; beyond this computer, who has no password."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import gate
from dashboard.admission import PASSWORD, make_password, why_not
from dashboard.gate import COOKIE, ENTER, HEALTH, Gate, Rules
from pipeline.config import Settings

HOME = "http://localhost:8501"
LAN = "http://192.168.1.5:8501"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gate, "WRONG_PAUSE_S", 0.01)
    yield


def _client(rules: Rules, base: str = HOME) -> TestClient:
    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route(HEALTH, page),
        Route("/files/{name:path}", page),
        Route("/embed/{name:path}", page),
        WebSocketRoute("/_stcore/stream", stream),
    ]
    return TestClient(Gate(Starlette(routes=routes), lambda: rules), base_url=base)


def _stream(client: TestClient) -> str:
    return f"ws://{client.base_url.netloc.decode()}/_stcore/stream"


def _connects(client: TestClient, **headers: str) -> bool:
    try:
        with client.websocket_connect(
            _stream(client), headers={k.replace("_", "-"): v for k, v in headers.items()}
        ):
            return True
    except (WebSocketDenialResponse, WebSocketDisconnect):
        return False


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST", "localhost."])
def test_this_computer_s_own_names_come_in(host: str) -> None:
    assert _client(Rules()).get("/", headers={"host": host}).text == "inside"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example", "", "10.0.0.9"],
)
def test_a_stranger_s_name_that_leads_here_is_refused(host: str) -> None:
    """DNS rebinding: the browser believes that it talks to the stranger."""
    client = _client(Rules())
    for path in ("/", "/files/a", HEALTH):
        assert client.get(path, headers={"host": host}).status_code == 421
    assert not _connects(client, host=host, origin=f"http://{host}")


def test_a_name_that_is_set_comes_in() -> None:
    client = _client(Rules(hosts=frozenset({"rooms.example"}), beyond=True, password="p"))  # noqa: S106
    assert client.get(HEALTH, headers={"host": "rooms.example"}).status_code == 200
    assert client.get(HEALTH, headers={"host": "other.example"}).status_code == 421


@pytest.mark.parametrize(
    ("origin", "comes_in"),
    [
        ("http://localhost:8501", True),
        ("http://localhost:9999", False),
        ("https://localhost:8502", False),
        ("http://127.0.0.1:8501", False),
        ("http://evil.example", False),
        ("null", False),
        ("file://", False),
    ],
)
def test_only_our_own_page_writes_and_connects_its_port_included(origin: str, comes_in: bool) -> None:
    client = _client(Rules())
    assert _connects(client, origin=origin) == comes_in
    assert (client.post("/", headers={"origin": origin}).status_code == 200) == comes_in


def test_behind_a_proxy_that_speaks_tls_the_page_s_own_origin_is_its_own() -> None:
    rules = Rules(hosts=frozenset({"rooms.example"}), beyond=True, trusted=True)
    client = _client(rules, "http://rooms.example")
    assert _connects(client, host="rooms.example", origin="https://rooms.example")
    assert not _connects(client, host="rooms.example", origin="https://rooms.example:444")


def test_a_program_without_an_origin_comes_in_a_page_of_another_site_does_not() -> None:
    client = _client(Rules())
    assert client.post("/").status_code == 200
    assert client.post("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_no_stranger_s_page_frames_ours() -> None:
    answer = _client(Rules()).get("/")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_only_rooms_by_themselves_are_framed_by_those_that_are_named() -> None:
    client = _client(Rules(framed_by=frozenset({"https://blog.example"})))
    framed = client.get("/embed/flat/room").headers
    assert framed["content-security-policy"] == "frame-ancestors 'self' https://blog.example"
    assert "x-frame-options" not in framed
    assert client.get("/").headers["content-security-policy"] == "frame-ancestors 'self'"
    assert _client(Rules()).get("/embed/flat/room").headers["x-frame-options"] == "SAMEORIGIN"


def test_beyond_this_computer_nobody_comes_in_without_a_password_or_oidc() -> None:
    client = _client(Rules(beyond=True), LAN)
    answer = client.get("/")
    assert answer.status_code == 403 and "SHOWROOM_PASSWORD" in answer.text
    assert not _connects(client)
    assert client.get(HEALTH).status_code == 200, "whoever looks after the server may ask whether it lives"


def test_a_password_opens_the_door_for_the_page_its_stream_and_its_files() -> None:
    client = _client(Rules(beyond=True, password="open sesame"), LAN)  # noqa: S106
    door = client.get("/", headers={"accept": "text/html"})
    assert door.status_code == 401 and 'type="password"' in door.text
    assert client.get("/files/a").status_code == 401 and not _connects(client)
    wrong = client.post(ENTER, data={"password": "open barley", "back": "/"}, headers={"origin": LAN})
    assert wrong.status_code == 401 and "not the password" in wrong.text
    stranger = client.post(ENTER, data={"password": "open sesame"}, headers={"origin": "http://evil.example"})
    assert stranger.status_code == 403
    right = client.post(
        ENTER,
        data={"password": "open sesame", "back": "/files/a"},
        headers={"origin": LAN},
        follow_redirects=False,
    )
    assert (right.status_code, right.headers["location"]) == (303, "/files/a")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert client.get("/files/a").text == "inside" and _connects(client, origin=LAN)


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "\\\\evil.example", "/\r\nSet-Cookie: a=b"]
)
def test_one_enters_our_own_pages_only(back: str) -> None:
    client = _client(Rules(beyond=True, password="p"), LAN)  # noqa: S106
    answer = client.post(
        ENTER, data={"password": "p", "back": back}, headers={"origin": LAN}, follow_redirects=False
    )
    place = answer.headers["location"]
    assert place.startswith("/") and not place.startswith("//") and "set-cookie" not in place.lower()


def test_a_token_is_of_this_password_and_does_not_last_for_ever() -> None:
    rules = Rules(password="p")  # noqa: S106
    until = 2_000_000_000 * 2
    assert rules.is_token(rules.token(until))
    assert not Rules(password="q").is_token(rules.token(until))  # noqa: S106
    assert not rules.is_token(rules.token(1)) and not rules.is_token(f"{until}.{'0' * 64}")
    assert not rules.is_token("") and not rules.is_token("²." + "0" * 64)
    assert rules.token(until).partition(".")[2] not in rules.token(until + 1)
    client = _client(Rules(beyond=True, password="p"), LAN)  # noqa: S106
    client.cookies.set(COOKIE, "garbage")
    assert client.get("/files/a").status_code == 401


def test_with_oidc_files_need_the_cookie_and_the_pages_ask_themselves() -> None:
    client = _client(Rules(beyond=True, signed_in=lambda request: "x-signed" in request.headers), LAN)
    assert client.get("/").text == "inside"
    assert client.get("/files/a").status_code == 401
    assert client.get("/files/a", headers={"x-signed": "1"}).text == "inside"


def test_a_password_is_made_up_where_one_is_needed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "")
    assert make_password("127.0.0.1") is None
    made = make_password("0.0.0.0")  # noqa: S104
    assert made and Settings().password.get_secret_value() == made
    assert make_password("0.0.0.0") is None, "the one that is set stays"  # noqa: S104
    assert made not in repr(Settings())


def test_paths_of_the_server_are_open_below_the_allowed_roots_only(settings: Settings, tmp_path: Path) -> None:
    root = tmp_path / "listings"
    (root / "flat").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (root / "way-out").symlink_to(tmp_path / "secret")
    own = settings.model_copy(update={"roots": (root,)})
    assert why_not(str(root / "flat"), own, beyond=True) is None
    for path in (
        tmp_path / "secret",
        root / ".." / "secret",
        root / "way-out",
        Path("/etc"),
        root / "x" / ".." / "..",
    ):
        said = why_not(str(path), own, beyond=True)
        assert said is not None and "there" not in said
        assert why_not(str(path), own, beyond=False) is None, "on this computer's own page all may"
    assert "upload the photos" in (why_not(str(root), settings, beyond=True) or "")
    assert why_not("a\0b", own, beyond=True) == "This cannot be a path."


def test_cookies_and_lengths_that_nobody_honest_sends_are_no_errors() -> None:
    rules = Rules(beyond=True, password="open sesame")  # noqa: S106
    assert not rules.is_token("99999999999.é")
    client = _client(rules, LAN)
    for length in ("many", "-1", "²"):
        told = client.post(
            ENTER,
            content=b"password=x",
            headers={b"content-length": length.encode("latin-1"), b"origin": LAN.encode()},
        )
        assert told.status_code == 413
