"""A hostile page tries every way out of the collector's browser: no other host and no other port is reached."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.async_api import Error, Page

from scrapers.airbnb.fetch.browser import find_browser, open_browser
from scrapers.airbnb.fetch.doorkeeper import Doorkeeper, doorkeeper
from scrapers.airbnb.urls import HostPolicy

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

#: TARGET is host and port of a place that must not be reached; each way names itself in the path or the message
WAYS = {
    "fetch": "fetch('http://TARGET/fetch', {mode: 'no-cors'})",
    "xhr": "(() => {const x = new XMLHttpRequest(); x.open('GET', 'http://TARGET/xhr'); x.send()})()",
    "beacon": "navigator.sendBeacon('http://TARGET/beacon', 'x')",
    "keepalive": """fetch('http://TARGET/keepalive',
        {method: 'POST', mode: 'no-cors', keepalive: true, body: 'x'})""",
    "socket": "new WebSocket('ws://TARGET/socket')",
    "events": "new EventSource('http://TARGET/events')",
    "image": "add('img', {src: 'http://TARGET/image'})",
    "script": "add('script', {src: 'http://TARGET/script'})",
    "style": "add('link', {rel: 'stylesheet', href: 'http://TARGET/style'})",
    "import": "add('style', {textContent: '@import url(http://TARGET/import)'})",
    "background": "add('p', {style: 'background: url(http://TARGET/background)', textContent: 'x'})",
    "font": """add('style', {textContent:
        '@font-face{font-family:f;src:url(http://TARGET/font)} p{font-family:f}'})""",
    "video": "add('video', {src: 'http://TARGET/video', preload: 'auto'})",
    "object": "add('object', {data: 'http://TARGET/object'})",
    "embed": "add('embed', {src: 'http://TARGET/embed'})",
    "frame": "add('iframe', {src: 'http://TARGET/frame'})",
    "inner frame": """add('iframe', {srcdoc:
        '<img src=http://TARGET/inner><iframe src=http://TARGET/inner2></iframe>'})""",
    "preconnect": "add('link', {rel: 'preconnect', href: 'http://TARGET/'})",
    "prefetch": "add('link', {rel: 'prefetch', href: 'http://TARGET/prefetch'})",
    "preload": "add('link', {rel: 'preload', as: 'fetch', href: 'http://TARGET/preload'})",
    "names beforehand": "add('link', {rel: 'dns-prefetch', href: 'http://TARGET/'})",
    "speculation": """add('script', {type: 'speculationrules', textContent:
        '{"prefetch": [{"source": "list", "urls": ["http://TARGET/speculation"]}]}'})""",
    "pop-up": "window.open('http://TARGET/popup')",
    "pop-up that asks": """(() => {const w = window.open('about:blank');
        w && w.fetch('http://TARGET/asks', {mode: 'no-cors'})})()""",
    "form": """add('form', {action: 'http://TARGET/form', target: '_blank', method: 'post'}).submit()""",
    "form in a frame": """(() => {add('iframe', {name: 'here'});
        add('form', {action: 'http://TARGET/formframe', target: 'here'}).submit()})()""",
    "link": "add('a', {href: 'http://TARGET/link', target: '_blank', textContent: 'x'}).click()",
    "ping": "add('a', {href: '/other', ping: 'http://TARGET/ping', target: '_blank'}).click()",
    "download": "add('a', {href: 'http://TARGET/download', download: 'x', textContent: 'x'}).click()",
    "worker": "new Worker('/worker.js?TARGET')",
    "shared worker": "new SharedWorker('/worker.js?TARGET')",
    "service worker": "navigator.serviceWorker && navigator.serviceWorker.register('/worker.js?TARGET')",
    "worker of a blob": """new Worker(URL.createObjectURL(
        new Blob([`fetch('http://TARGET/blob', {mode: 'no-cors'})`])))""",
    "redirect": "fetch('/away?http://TARGET/redirect', {mode: 'no-cors'})",
    "redirected frame": "add('iframe', {src: '/away?http://TARGET/redirectframe'})",
    "redirected socket": "new WebSocket(`ws://${location.host}/away?ws://TARGET/redirectsocket`)",
    "calls": """(() => {const c = new RTCPeerConnection({iceServers: [{urls: 'stun:TARGET'},
        {urls: 'turn:TARGET?transport=tcp', username: 'u', credential: 'c'}]});
        c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))})()""",
    "web transport": "window.WebTransport && new WebTransport('https://TARGET/transport').ready.catch(() => 0)",
    "secure": "fetch('https://TARGET/secure', {mode: 'no-cors'})",
    "secure socket": "new WebSocket('wss://TARGET/securesocket')",
}
PAGE = """<!doctype html><title>hostile</title><h1>A listing</h1><script>
const add = (kind, what) => {const e = document.createElement(kind);
  for (const [k, v] of Object.entries(what)) k in e && k != 'style' ? e[k] = v : e.setAttribute(k, v);
  (document.body || document.documentElement).append(e); return e};
</script>"""
WORKER = """const t = location.search.slice(1) || self.name;
fetch(`http://${t}/worker`, {mode: 'no-cors'}).catch(() => 0); new WebSocket(`ws://${t}/workersocket`);
self.importScripts && (() => {try {importScripts(`http://${t}/workerimport`)} catch (e) {}})();"""


class _Hostile(BaseHTTPRequestHandler):
    """The site that the browser may visit."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/away":
            self.send_response(302)
            self.send_header("Location", query)
            self.end_headers()
            return
        kind, body = ("text/javascript", WORKER) if path == "/worker.js" else ("text/html", PAGE)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def _site() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hostile)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@contextmanager
def _trap() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this computer, TCP and UDP: what knocked there."""
    knocks: list[bytes] = []
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.bind(("127.0.0.1", 0))
        port = int(stream.getsockname()[1])
        datagrams.bind(("127.0.0.1", port))
        stream.listen(64)
        for trap in (stream, datagrams):
            trap.settimeout(0.05)
        over = threading.Event()

        def watch() -> None:
            while not over.is_set():
                with suppress(OSError):
                    connection, _ = stream.accept()
                    connection.settimeout(0.2)
                    knocks.append(connection.recv(200))
                with suppress(OSError):
                    knocks.append(datagrams.recv(200))

        watcher = threading.Thread(target=watch)
        watcher.start()
        yield port, knocks
        over.set()
        watcher.join()


async def _try_all(site: int, targets: dict[str, list[str]]) -> int:
    """Try the ways to every target; how many pages are open afterwards."""
    home = f"http://127.0.0.1:{site}/"
    async with open_browser(HostPolicy(home.rstrip("/"))) as guarded:
        await guarded.page.goto(home)
        for target, ways in targets.items():
            for way in ways:
                code = f"() => {{try {{ void ({WAYS[way].replace('TARGET', target)}) }} catch (e) {{ }} }}"
                await _unless_it_leaves(guarded.page, home, code)
        await asyncio.sleep(1.5)
        await _unless_it_leaves(guarded.page, home, "() => 0")
        assert await guarded.page.evaluate("() => fetch('/here').then(a => a.status)") == 200, "its own site"
        return len(guarded.page.context.pages)


async def _unless_it_leaves(page: Page, home: str, code: str) -> None:
    """Run code in the page; where a way before led the page itself away, open it again."""
    for _ in range(5):
        try:
            if page.url != home:
                await page.goto(home)
            await page.evaluate(code)
            return
        except Error:
            await asyncio.sleep(0.1)
    raise AssertionError("the page could not be opened again")


@pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
def test_no_way_out_of_forty_leads_to_another_port_or_host() -> None:
    with _site() as site, _trap() as (port, knocks):
        few = ["fetch", "socket", "frame", "secure", "shared worker"]
        others = ("localhost", "0x7f.1", "[::ffff:127.0.0.1]")
        targets = {f"127.0.0.1:{port}": list(WAYS)} | {f"{name}:{port}": few for name in others}
        assert asyncio.run(_try_all(site, targets)) == 1, "other pages are closed"
    assert len(WAYS) >= 15
    assert knocks == []


def test_the_trap_itself_catches_what_knocks() -> None:
    with _trap() as (port, knocks):
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(b"GET /")
        with socket.socket(type=socket.SOCK_DGRAM) as caller:
            caller.sendto(b"datagram", ("127.0.0.1", port))
        deadline = time.monotonic() + 5
        while len(knocks) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert sorted(knocks) == [b"GET /", b"datagram"]


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("www.airbnb.com:443", ("www.airbnb.com", 443)),
        ("a0.muscache.com:443", ("a0.muscache.com", 443)),
        ("127.0.0.1:4000", ("127.0.0.1", 4000)),
        ("www.airbnb.com:22", None),
        ("www.airbnb.com.evil.example:443", None),
        ("127.0.0.1:443", None),
        ("localhost:4000", None),
        ("evil.example:443", None),
        ("user@www.airbnb.com:443", ("www.airbnb.com", 443)),
        (":443", None),
    ],
)
def test_tunnels_lead_to_airbnb_s_hosts_only(target: str, leads_to: tuple[str, int] | None) -> None:
    keeper = Doorkeeper(HostPolicy("http://127.0.0.1:4000"))
    assert keeper._tunnel(target) == leads_to


@pytest.mark.parametrize(
    "request_line", ["GET http://127.0.0.1:9/ HTTP/1.1", "CONNECT evil.example:443 HTTP/1.1", "x"]
)
def test_what_is_refused_is_refused_without_a_look(request_line: str) -> None:
    async def ask() -> bytes:
        async with doorkeeper(HostPolicy()) as keeper:
            reader, writer = await asyncio.open_connection("127.0.0.1", keeper.port)
            writer.write(f"{request_line}\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            return answer

    assert asyncio.run(ask()).split(b"\r\n")[0] in (b"HTTP/1.1 403 Forbidden", b"")


def test_a_name_of_airbnb_that_leads_to_this_network_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect() -> None:
        async def found(*arguments: object, **options: object) -> list[object]:
            return [(None, None, None, "", ("127.0.0.1", 443)), (None, None, None, "", ("10.0.0.1", 443))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        await Doorkeeper(HostPolicy())._connect("www.airbnb.com", 443)

    with pytest.raises(OSError, match="no public address"):
        asyncio.run(connect())
