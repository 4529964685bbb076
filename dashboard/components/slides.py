"""Sliders between two pictures (:func:`dashboard.markup.unseen_markup.view_pairs`): they move."""

from __future__ import annotations

import htpy as h
import streamlit as st

_JS = """
export default function () {
  const move = (event) => {
    const slider = event.target.closest?.(".sr-slide input");
    slider?.closest(".sr-slide").style.setProperty("--at", `${slider.value}%`);
  };
  document.addEventListener("input", move, true);
  return () => document.removeEventListener("input", move, true);
}
"""
_mount = st.components.v2.component("showroom_slides", html=str(h.i(hidden=True)), js=_JS)


def slides(key: str) -> None:
    """Let the sliders of the page move.

    Args:
        key: unique on the page.
    """
    _mount(key=key, height=1)
