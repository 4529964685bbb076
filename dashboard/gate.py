"""Who may come in: known hosts, the page's own origin, and beyond this computer a password or OIDC.

Everything passes here: pages, their WebSocket, files and photos. A name of a stranger that leads to this
computer (DNS rebinding) is refused by the Host header, a page of a stranger by its Origin, port included, and
no stranger's page may frame ours.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import htpy as h
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HEALTH = "/_stcore/health"
#: the API for programs; what lies below :data:`OPEN` answers without a token
API = "/api/v1/"
OPEN = frozenset({f"{API}health", f"{API}openapi.json", f"{API}pairings"})
#: what a token opens: the API, and the files that its answers name
FOR_PROGRAMS = (API, "/files/", "/photos/")
EXTENSION = "chrome-extension://"
ENTER = "/enter"
#: rooms by themselves, which pages of others may frame
EMBED = "/embed/"
COOKIE = "showroom_entered"
#: an entered browser stays in for so long
STAY_S = 30 * 86400
#: after a wrong password the next one is not looked at before so long, from wherever it comes
WRONG_PAUSE_S = 1.0
MOST_FORM_BYTES = 4096
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Rules:
    """Who may come in.

    Attributes:
        hosts: names by which the server may be called, beside this computer's own.
        beyond: whether the server listens beyond this computer.
        password: that is asked for; empty: none.
        signed_in: tells of a request whether OIDC knows who it is; ``None``: OIDC is not set up.
        trusted: only people who may do anything can reach the address (a port published to this computer).
        paired: tells whether a token of the API is good for the extension of this origin (``None``: a program).
        framed_by: origins of others whose pages may frame rooms by themselves.
    """

    hosts: frozenset[str] = frozenset()
    beyond: bool = False
    password: str = ""
    signed_in: Callable[[Request], bool] | None = None
    trusted: bool = False
    paired: Callable[[str, str | None], bool] | None = None
    framed_by: frozenset[str] = frozenset()
    _key: bytes = field(init=False, repr=False, default=b"")

    def __post_init__(self) -> None:
        key = hashlib.scrypt(self.password.encode(), salt=b"showroom's door", n=2**13, r=8, p=1)
        object.__setattr__(self, "_key", key)

    @property
    def locked(self) -> bool:
        """Whether nobody can come in: the server listens beyond this computer and nothing tells who may."""
        return self.beyond and not (self.password or self.signed_in or self.trusted)

    def knows_host(self, host: str) -> bool:
        """Whether the server may be called so. A number cannot be a stranger's name; a name must be known."""
        name = _name(host)
        if name in LOOPBACK or name in self.hosts:
            return True
        return self.beyond and (_is_number(name) or name == socket.gethostname().lower())

    def token(self, until_s: int) -> str:
        """What a browser shows after it entered."""
        mark = hmac.new(self._key, str(until_s).encode(), hashlib.sha256).hexdigest()
        return f"{until_s}.{mark}"

    def is_token(self, token: str) -> bool:
        """Whether a browser entered, and not too long ago."""
        until, _, _ = token.partition(".")
        if not until.isdecimal() or int(until) < time.time():
            return False
        return hmac.compare_digest(self.token(int(until)).encode(), token.encode())

    def is_password(self, given: str) -> bool:
        """Whether this is the password."""
        return hmac.compare_digest(given.encode(), self.password.encode())


class Gate:
    """ASGI middleware in front of everything.

    Args:
        app: what is behind it.
        rules: called once, at the first request, when the server's address is known.
    """

    def __init__(self, app: ASGIApp, rules: Callable[[], Rules]) -> None:
        self._app, self._rules_of = app, rules
        self._rules: Rules | None = None
        self._wrong = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        self._rules = self._rules or self._rules_of()
        answer = await self._answer(self._rules, scope, receive)
        if answer is None:
            await self._app(scope, receive, _with_headers(send, _frames(self._rules, scope)))
        elif scope["type"] == "websocket":
            await _refuse(answer, scope, receive, send)
        else:
            await answer(scope, receive, _with_headers(send, _frames(self._rules, scope)))

    async def _answer(self, rules: Rules, scope: Scope, receive: Receive) -> Response | None:
        """The answer to a request that does not pass; ``None``: it passes."""
        connection = HTTPConnection(scope)
        host = connection.headers.get("host", "")
        if not rules.knows_host(host):
            return _plain(
                421,
                f"ShowRoom is not called {_name(host)!r}. If it shall be: SHOWROOM_ALLOWED_HOSTS={_name(host)}",
            )
        if scope["type"] == "http" and scope["path"].startswith(FOR_PROGRAMS):
            token = _bearer(connection.headers)
            if token is not None or _is_extension(connection.headers):
                return _for_programs(rules, scope["path"], connection.headers, token)
        writes = scope["type"] == "websocket" or scope.get("method") not in _READS
        is_api = scope["path"].startswith(API) and scope["path"] not in OPEN
        if (writes or is_api) and not _is_own_origin(connection.headers, scope):
            return _plain(403, "This was asked for by a page of somebody else.")
        if scope["path"] == HEALTH or scope["path"] in OPEN:
            return None
        if is_api and _is_worker(connection.headers):
            return _plain(401, UNPAIRED)
        if rules.locked:
            return _plain(403, NOBODY)
        return await self._enter(rules, scope, receive, connection)

    async def _enter(
        self, rules: Rules, scope: Scope, receive: Receive, connection: HTTPConnection
    ) -> Response | None:
        if rules.signed_in is not None:
            return _unless_signed_in(rules.signed_in, scope)
        if not rules.password or rules.is_token(connection.cookies.get(COOKIE, "")):
            return None
        if scope["path"] == ENTER and scope.get("method") == "POST":
            return await self._asked(rules, Request(scope, receive))
        if scope["type"] == "websocket" or not _wants_page(connection.headers):
            return _plain(401, "A password is asked for: open the page first, or send a token of the API.")
        return _door(scope["path"], "", 401)

    async def _asked(self, rules: Rules, request: Request) -> Response:
        """Look at a password; wrong ones are slow, all together."""
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_FORM_BYTES:
            return _plain(413, "That is too long.")
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        given, back = (form.get(name, [""])[0] for name in ("password", "back"))
        async with self._wrong:
            if not rules.is_password(given):
                await asyncio.sleep(WRONG_PAUSE_S)
                return _door(back, "This is not the password.", 401)
        answer = RedirectResponse(_own_path(back), status_code=303)
        secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        token = rules.token(int(time.time()) + STAY_S)
        answer.set_cookie(COOKIE, token, STAY_S, path="/", secure=secure, httponly=True, samesite="strict")
        return answer


UNPAIRED = "A token that is known here is asked for. Pair with the code on the System page of ShowRoom."
NOBODY = (
    "ShowRoom listens beyond this computer, and nothing says who may come in. Set SHOWROOM_PASSWORD, or OIDC in"
    " .streamlit/secrets.toml, and start it again."
)


def _name(host: str) -> str:
    """The host without its port, lower case, without brackets and the dot at the end."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _bearer(headers: Headers) -> str | None:
    """The token that a program sends."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _is_extension(headers: Headers) -> bool:
    return headers.get("origin", "").startswith(EXTENSION)


def _is_worker(headers: Headers) -> bool:
    """Whether an extension's worker asks: a browser that is on no page and does not open one."""
    return headers.get("sec-fetch-site") == "none" and headers.get("sec-fetch-mode") != "navigate"


def _for_programs(rules: Rules, path: str, headers: Headers, token: str | None) -> Response | None:
    """A program or an extension comes in by its token, a page never does; pairing asks for a code instead."""
    origin = headers.get("origin")
    if origin is not None and not origin.startswith(EXTENSION):
        return _plain(403, "This was asked for by a page of somebody else.")
    if path in OPEN:
        return None
    if token is not None and rules.paired is not None and rules.paired(token, origin):
        return None
    return _plain(401, UNPAIRED)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _place(url: str, scheme: str) -> tuple[str, int] | None:
    """Host and port; ``None`` where there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme or scheme]
    except (ValueError, KeyError):
        return None
    return ((parts.hostname or "").removesuffix("."), port) if parts.hostname else None


def _is_own_origin(headers: Headers, scope: Scope) -> bool:
    """Whether the request comes from our own page, its port included; programs send no origin."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    # Behind a proxy that speaks TLS the scheme is the proxy's, and so is the port that goes unsaid.
    scheme = urlsplit(origin).scheme
    theirs, ours = _place(origin, scheme), _place(f"{scheme}://{headers.get('host', '')}", scheme)
    return theirs is not None and theirs == ours


def _wants_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "")


def _own_path(back: str) -> str:
    """A path of ours to go back to, never somebody else's address."""
    path = "/" + back.lstrip("/\\")
    return path if path.isprintable() and "\\" not in path and not path.startswith("//") else "/"


def _unless_signed_in(signed_in: Callable[[Request], bool], scope: Scope) -> Response | None:
    """With OIDC the pages themselves ask who it is; only our own files are kept back here."""
    ours = scope["path"].startswith(FOR_PROGRAMS)
    if not ours or signed_in(Request(scope)):
        return None
    return _plain(401, "Sign in first.")


def _plain(status: int, text: str) -> PlainTextResponse:
    return PlainTextResponse(text, status, {"Cache-Control": "no-store"})


def _door(back: str, complaint: str, status: int) -> HTMLResponse:
    """The page that asks for the password; it loads nothing."""
    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"), h.title["ShowRoom"], h.meta(name="viewport", content="width=device-width")
        ],
        h.body(style="font-family:system-ui;max-width:22rem;margin:18vh auto;padding:0 1rem")[
            h.h1["ShowRoom"],
            complaint and h.p(role="alert")[complaint],
            h.form(method="post", action=ENTER)[
                h.input(type="hidden", name="back", value=back),
                h.label(for_="password")["Password"],
                h.p[h.input("#password", name="password", type="password", autofocus=True, required=True)],
                h.button(type="submit")["Enter"],
            ],
        ],
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
    return HTMLResponse(str(page), status, {"Cache-Control": "no-store", "Content-Security-Policy": policy})


def _frames(rules: Rules, scope: Scope) -> tuple[str, ...]:
    """Origins of others whose pages may frame what is answered."""
    return tuple(sorted(rules.framed_by)) if scope["path"].startswith(EMBED) else ()


def _with_headers(send: Send, framed_by: tuple[str, ...]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            # policies add up: each must allow
            headers.append("Content-Security-Policy", " ".join(("frame-ancestors 'self'", *framed_by)))
            if not framed_by:  # it knows no list of origins
                headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Close a WebSocket before it opens."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        start = {
            "type": "websocket.http.response.start",
            "status": answer.status_code,
            "headers": answer.raw_headers,
        }
        await send(start)
        await send({"type": "websocket.http.response.body", "body": bytes(answer.body)})
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": bytes(answer.body).decode()[:120]})
