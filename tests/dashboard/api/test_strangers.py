"""Who may use the API: programs of this computer, paired extensions, and nobody's page."""

import datetime as dt
import stat
import time
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from dashboard.api import pairing, pairing_routes
from dashboard.api.app import OPEN
from dashboard.api.pairing import CODE_S, MOST_WRONG, Pairings, WrongCode, pairings
from dashboard.gate import OPEN as OPEN_AT_THE_GATE
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker

API = "/api/v1"
OURS = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
OTHER = "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba"
Connect = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_routes, "WRONG_PAUSE_S", 0.01)


def _pair(client: TestClient, **headers: str) -> str:
    asked = {"code": pairings().new_code(), "name": "my browser"}
    answer = client.post(f"{API}/pairings", json=asked, headers=headers)
    assert answer.status_code == 201, answer.text
    token = answer.json()["token"]
    assert isinstance(token, str) and len(token) > 40
    return token


def test_what_is_open_is_open_at_the_gate() -> None:
    assert OPEN == OPEN_AT_THE_GATE


def test_a_code_is_good_once_and_its_token_until_it_is_revoked(client: TestClient, store: Store) -> None:
    code = pairings().new_code()
    asked = {"code": code.lower().replace("-", " "), "name": "my browser"}
    token = client.post(f"{API}/pairings", json=asked).json()["token"]
    assert client.post(f"{API}/pairings", json=asked).status_code == 403
    mine = {"authorization": f"Bearer {token}"}
    assert client.get(f"{API}/pairings/mine", headers=mine).json()["name"] == "my browser"
    file = store.settings.data / pairing.FILE
    assert token not in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert client.delete(f"{API}/pairings/mine", headers=mine).status_code == 200
    assert client.get(f"{API}/listings", headers=mine).status_code == 401


def test_codes_end_and_guessing_ends_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Pairings(store.settings.data)
    code = own.new_code()
    later = time.monotonic() + CODE_S + 1
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", lambda: later)
        with pytest.raises(WrongCode):
            own.pair(code, "late")
    code = own.new_code()
    for _ in range(MOST_WRONG):
        with pytest.raises(WrongCode):
            own.pair("AAAA-AAAA", "guesser")
    with pytest.raises(WrongCode):
        own.pair(code, "after guesses")


def test_another_process_sees_the_same_clients_and_a_damaged_file_lets_nobody_in(store: Store) -> None:
    first, second = Pairings(store.settings.data), Pairings(store.settings.data)
    token = first.pair(first.new_code(), "a")
    found = second.client(token)
    assert found is not None and found.since <= dt.datetime.now(dt.UTC)
    second.revoke(found.id)
    assert first.client(token) is None
    (store.settings.data / pairing.FILE).write_text("[")
    assert first.clients() == ()


def test_an_extension_needs_its_own_token(client: TestClient, full: StoreMaker) -> None:
    token = _pair(client, origin=OURS)
    mine = {"authorization": f"Bearer {token}"}
    body = {"source": "demo"}
    assert client.post(f"{API}/analyses", json=body, headers={"origin": OURS}).status_code == 401
    assert client.post(f"{API}/analyses", json=body, headers={"origin": OTHER} | mine).status_code == 401
    assert client.post(f"{API}/analyses", json=body, headers={"origin": OURS} | mine).status_code == 202
    worker = {"sec-fetch-site": "none", "sec-fetch-mode": "cors"}
    assert client.get(f"{API}/listings", headers=worker).status_code == 401, "a worker's GET has no Origin"
    assert client.get(f"{API}/listings", headers=worker | mine).status_code == 200
    assert client.get(f"{API}/health", headers=worker).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"origin": "http://127.0.0.1:8501"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_a_page_of_another_origin_can_neither_read_nor_start_anything(
    client: TestClient, full: StoreMaker, headers: dict[str, str]
) -> None:
    token = _pair(client)
    for more in ({}, {"authorization": f"Bearer {token}"}):
        both = headers | more
        if "origin" not in headers and more:
            continue  # a program may send what headers it likes; no page can send a token and no Origin
        for method, path in (
            ("GET", "/listings"),
            ("GET", "/listings/river-flat"),
            ("GET", "/listings/river-flat/archive"),
            ("DELETE", "/listings/river-flat"),
        ):
            answer = client.request(method, f"{API}{path}", headers=both)
            assert answer.status_code == 403 and "river" not in answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert not any(name.startswith("access-control") for name in answer.headers)
        form = client.post(f"{API}/analyses", data={"options": "{}"}, headers=both)
        plain = client.post(
            f"{API}/analyses", content=b'{"source": "demo"}', headers=both | {"content-type": "text/plain"}
        )
        assert (form.status_code, plain.status_code) == (403, 403)
        asked = {"code": pairings().new_code(), "name": "x"}
        assert client.post(f"{API}/pairings", json=asked, headers=both).status_code == 403
    assert full.store.catalogue.jobs() == []
    assert full.store.catalogue.listing("river-flat")


def test_no_other_page_is_told_that_it_may_by_cors(client: TestClient) -> None:
    for path in ("/health", "/openapi.json", "/analyses"):
        asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        answer = client.options(f"{API}{path}", headers=asked)
        assert answer.status_code >= 400
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_stranger_s_name_that_leads_here_reads_nothing(client: TestClient, full: StoreMaker) -> None:
    for host in ("evil.example", "evil.example:8501", "127.0.0.1.evil.example"):
        for path in ("/listings", "/health", "/openapi.json"):
            answer = client.get(f"{API}{path}", headers={"host": host})
            assert answer.status_code == 421
            assert answer.headers["content-type"] == "application/problem+json"


def test_beyond_this_computer_a_token_opens_the_api_and_the_files_and_no_page(
    connect: Connect, full: StoreMaker
) -> None:
    client = connect(beyond=True, password="open sesame")  # noqa: S106
    file = f"/files/{full.surface(full.listing()[0])}/mesh.glb"
    assert client.get(f"{API}/listings").status_code == 401
    assert client.get(f"{API}/listings").headers["content-type"] == "application/problem+json"
    assert client.get(file).status_code == 401
    assert client.get(f"{API}/health").status_code == 200
    mine = {"authorization": f"Bearer {_pair(client)}"}
    assert client.get(f"{API}/listings", headers=mine).status_code == 200
    assert client.get(file, headers=mine).status_code == 200
    assert client.get("/", headers=mine).status_code == 401, "pages ask for the password"
    assert client.get(file, headers={"authorization": "Bearer nothing"}).status_code == 401
    assert client.get(f"{API}/listings", headers={"authorization": "Basic eA=="}).status_code == 401


def test_beyond_this_computer_nobody_comes_in_where_nothing_says_who_may(connect: Connect) -> None:
    client = connect(beyond=True)
    assert client.get(f"{API}/listings").status_code == 403
    assert client.get(f"{API}/health").status_code == 200
