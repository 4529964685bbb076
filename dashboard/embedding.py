"""A room by itself, to be framed in another page: ``/embed/LISTING/ROOM``.

Our own pages may frame it, and pages of the origins that ``SHOWROOM_EMBED_IN`` names (:mod:`dashboard.gate`).
It loads the viewer and the room's files from here and runs nothing else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import htpy as h
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.components.room_viewer import bundle_url
from dashboard.data import listing_view, services
from dashboard.gate import EMBED
from dashboard.words import LANGUAGES, best_of, language, speaking, t
from pipeline.sizing import listing_sizes
from pipeline.store import Store

#: of the viewer before its frame's height is known, px
_HEIGHT_PX = 480
_STYLE = """
body { margin: 0; overflow-x: hidden; font-family: system-ui, sans-serif; }
"""
_START = """
const { mount } = await import(new URL(document.body.dataset.bundle, document.baseURI).href);
const data = JSON.parse(document.getElementById("room").textContent);
mount({ data: { ...data, height: innerHeight }, parentElement: document.body });
"""


def embed_address(listing_id: str, room_id: str) -> str:
    """Path of a room by itself."""
    return f"{EMBED}{listing_id}/{room_id}"


def embed_code(base: str, listing_id: str, room_id: str, name: str) -> str:
    """The element that frames a room in a page, as text to copy.

    Args:
        base: where the dashboard is reached, without a slash at the end.
        listing_id, room_id: of the room.
        name: of the room, which screen readers say.
    """
    frame = h.iframe(
        src=f"{base}{embed_address(listing_id, room_id)}",
        title=name,
        width="100%",
        height=str(_HEIGHT_PX),
        loading="lazy",
        allowfullscreen=True,
    )
    return str(frame)


def embed_route(open_store: Callable[[], Store]) -> Route:
    """The address of rooms by themselves.

    Args:
        open_store: called per request; must be cheap after the first call.
    """

    def embedded(request: Request) -> Response:
        values = request.path_params
        bundle = bundle_url()
        if bundle is None:
            return _missing("The 3D viewer was not built yet: run make setup.")
        base = f"{request.scope.get('root_path', '')}/"
        with speaking(_language(request)):
            try:
                name, data = _room(open_store(), values["listing"], values["room"])
            except KeyError:
                return _missing(t("There is no such room in 3D."))
            return _page(name, data, bundle, base)

    return Route(f"{EMBED}{{listing}}/{{room}}", embedded, methods=["GET"])


def _language(request: Request) -> str:
    """That of ``?lang=``, else the browser's."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else best_of(request.headers.get("accept-language"))


def _room(store: Store, listing_id: str, room_id: str) -> tuple[str, dict[str, Any]]:
    """Name of the room, and what the viewer needs.

    Raises:
        KeyError: there is no such listing or room, or the room was not built.
    """
    view = listing_view(store, store.catalogue.listing(listing_id))
    room = next((one for one in view.rooms or () if one.room_id == room_id), None)
    if room is None or room.status != "built" or room.surface_key is None or view.report is None:
        raise KeyError(room_id)
    size = listing_sizes(store, view.report).rooms.get(room_id)
    scale = size.scale if size is not None and size.is_known else None
    title = f"{room.name}, {view.listing.title}"
    return title, services.viewer_data(view, room, height_px=_HEIGHT_PX, scale=scale)


def _page(name: str, data: dict[str, Any], bundle: str, base: str) -> HTMLResponse:
    nonce = secrets.token_urlsafe(12)
    page = h.html(lang=language())[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.base(href=base),
            h.title[name],
            h.style[Markup(_STYLE)],  # noqa: S704 - written above
        ],
        h.body(data_bundle=bundle)[
            h.div(".showroom-viewer", data_room_viewer=True, data_ready="false"),
            h.script("#room", type="application/json", nonce=nonce)[
                Markup(json.dumps(data).replace("</", "<\\/"))  # noqa: S704 - JSON that cannot end its element
            ],
            h.script(type="module", nonce=nonce)[Markup(_START)],  # noqa: S704 - written above
        ],
    ]
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; worker-src blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' data: blob:; "
        "font-src 'self'; base-uri 'self'; form-action 'none'"
    )
    return HTMLResponse(str(page), 200, {"Cache-Control": "no-store", "Content-Security-Policy": policy})


def _missing(message: str) -> PlainTextResponse:
    return PlainTextResponse(message, status_code=404, headers={"Cache-Control": "no-store"})
