"""Parts of a page that are made once they come into view, so that the page itself is quick."""

from __future__ import annotations

from collections.abc import Callable

import htpy as h
import streamlit as st

_HTML = str(h.div({"data-in-view": ""}, aria_busy="true"))
_JS = """
export default function ({ parentElement, setStateValue }) {
  const root = parentElement.querySelector("[data-in-view]");
  const eye = new IntersectionObserver(
    (seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      eye.disconnect();
      setStateValue("seen", true);
    },
    { rootMargin: "400px" },
  );
  root.style.height = "1px";
  eye.observe(root);
  return () => eye.disconnect();
}
"""
_mount = st.components.v2.component("showroom_in_view", html=_HTML, js=_JS)


@st.fragment
def once_in_view(key: str, height_px: int, draw: Callable[[], object]) -> None:
    """Call ``draw`` when the place where it stands is about to come into view; until then keep its height.

    Args:
        key: unique on the page; what was seen once is drawn at once from then on.
        height_px: about as high as what is drawn.
        draw: draws it.
    """
    flag = f"seen_{key}"
    if st.session_state.get(flag):
        draw()
        return

    def note_it() -> None:
        st.session_state[flag] = True

    with st.container(height=height_px, border=False, key=f"later_{key}"):
        _mount(key=f"eye_{key}", on_seen_change=note_it, default={"seen": False})
