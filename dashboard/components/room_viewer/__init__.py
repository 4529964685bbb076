"""The room viewer: a three.js component that shows a stored room.

Its bundle is built at set-up (``npm ci`` and ``npm run build`` in ``frontend``) and served by the
dashboard's own route; the component itself is a few lines that import it, so a page sends no code beyond
these. Where the bundle is missing, :func:`room_viewer` shows a plain point view with a note.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.words import language

BUNDLE = Path(__file__).parent / "frontend" / "dist" / "index.js"
REQUIRED = (
    "mesh_url",
    "points_url",
    "cameras_url",
    "photos",
    "metric",
    "scale",
    "compact",
    "height",
    "label",
    "file_name",
)

_HTML = '<div data-room-viewer class="showroom-viewer" data-ready="false"></div>'
_CSS = ".showroom-viewer { min-height: 260px; }"
_JS = """
export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector("[data-room-viewer]");
  let stop = null;
  let gone = false;
  import(new URL(data.bundle, document.baseURI).href).then(
    (module) => { if (!gone) { stop = module.mount(component); } },
    () => {
      root.dataset.error = "bundle";
      root.textContent = "The 3D viewer could not be loaded. Reload the page, or run the set-up again.";
    },
  );
  return () => { gone = true; stop?.(); };
}
"""
_mount = st.components.v2.component("showroom_room_viewer", html=_HTML, css=_CSS, js=_JS)


@lru_cache(maxsize=2)
def _bundle_version(changed_ns: int) -> str:
    return hashlib.sha256(BUNDLE.read_bytes()).hexdigest()[:12]


def bundle_url() -> str | None:
    """Address of the bundle, ``None`` where the set-up did not build it."""
    if not BUNDLE.is_file():
        return None
    return f"assets/index.js?v={_bundle_version(BUNDLE.stat().st_mtime_ns)}"


def component_data(data: dict[str, Any], bundle: str) -> dict[str, Any]:
    """``data`` (see :func:`dashboard.data.services.viewer_data`) completed for the component.

    Raises:
        ValueError: a part is missing.
    """
    missing = [name for name in REQUIRED if name not in data]
    if missing:
        raise ValueError(f"the room viewer needs {', '.join(missing)}")
    return data | {"bundle": bundle}


def room_viewer(data: dict[str, Any], points_file: Path | None, *, key: str) -> dict[str, float] | None:
    """Show a room.

    Returns:
        What somebody measured by the tape and typed just now: ``units`` of the mesh and the true ``metres``.

    Args:
        data: made by :func:`dashboard.data.services.viewer_data`.
        points_file: ``points.glb`` for the plain view that stands in where the bundle was not built.
        key: unique on the page.
    """
    bundle = bundle_url()
    if bundle is not None:
        told = _mount(
            data=component_data(data, bundle), key=f"{key}_{language()}", on_length_change=lambda: None
        )
        return getattr(told, "length", None)
    from dashboard.components.room_viewer.plain import plain_view

    plain_view(points_file, data["height"], key)
    return None
