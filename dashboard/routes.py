"""What the browser fetches beside the pages: 3D files, photos, the viewer's bundle and the fonts.

Addresses hold the content's own key, so answers never change and are kept by the browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.data import PHOTO_SUFFIXES, safe_name, thumbnail
from pipeline.store import Store

FRONTEND_DIST = Path(__file__).parent / "components" / "room_viewer" / "frontend" / "dist"
_CONTENT_TYPES = {
    ".glb": "model/gltf-binary",
    ".ply": "application/octet-stream",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".js": "text/javascript",
    ".woff2": "font/woff2",
}
_RESULT_SUFFIXES = (".glb", ".ply", *PHOTO_SUFFIXES)
_RESULT_NAMES = {
    "cameras.json": "application/json",
    "views.json": "application/json",
    "layouts.json": "application/json",
    "plan.svg": "image/svg+xml",
}
_ASSET = re.compile(r"^(fonts/)?[a-z0-9_-]+\.(js|woff2)$")
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A drawing opened on its own is a document: it may run and load nothing.
_DRAWING_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


def _answer(path: Path, content_type: str, download: str | None = None) -> FileResponse:
    # An explicit encoding keeps the server from compressing meshes anew for every visitor.
    headers = _HEADERS | {"Content-Encoding": "identity"}
    if content_type == "image/svg+xml":
        headers |= _DRAWING_HEADERS
    return FileResponse(path, media_type=content_type, headers=headers, filename=download)


def _missing(message: str) -> PlainTextResponse:
    return PlainTextResponse(message, status_code=404, headers={"Cache-Control": "no-store"})


def _content_type(name: str) -> str | None:
    path = PurePosixPath(name)
    if path.name in _RESULT_NAMES:
        return _RESULT_NAMES[path.name]
    return _CONTENT_TYPES[path.suffix.lower()] if path.suffix.lower() in _RESULT_SUFFIXES else None


def routes(open_store: Callable[[], Store]) -> list[Route]:
    """The dashboard's own addresses.

    Args:
        open_store: called per request; must be cheap after the first call.
    """

    def result_file(request: Request) -> Response:
        key, name = request.path_params["key"], request.path_params["name"]
        content_type = _content_type(name)
        if content_type is None:
            return _missing("This kind of file is not served.")
        try:
            path = open_store().file(key, name)
        except (KeyError, ValueError):
            return _missing("There is no such file.")
        save_as = request.query_params.get("save_as")
        return _answer(path, content_type, safe_name(save_as, PurePosixPath(name).name) if save_as else None)

    def photo(request: Request) -> Response:
        values = request.path_params
        try:
            path = thumbnail(open_store(), values["key"], values["name"], values["width"])
        except (KeyError, ValueError):
            return _missing("There is no such photo.")
        return _answer(path, "image/jpeg")

    def asset(request: Request) -> Response:
        name = request.path_params["name"]
        path = FRONTEND_DIST / name
        if not _ASSET.match(name) or not path.is_file():
            return _missing("This file is built by the set-up.")
        return _answer(path, _CONTENT_TYPES[path.suffix])

    return [
        Route("/files/{key}/{name:path}", result_file, methods=["GET"]),
        Route("/photos/{key}/{width:int}/{name:path}", photo, methods=["GET"]),
        Route("/assets/{name:path}", asset, methods=["GET"]),
    ]
