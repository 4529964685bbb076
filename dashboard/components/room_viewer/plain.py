"""The plain view of a room: coloured points in plotly, for installations without the viewer's bundle."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from jaxtyping import Float, UInt8
from pygltflib import FLOAT, GLTF2, UNSIGNED_BYTE, UNSIGNED_SHORT, Accessor

MAX_POINTS = 15_000
_DTYPES = {FLOAT: np.float32, UNSIGNED_SHORT: np.uint16, UNSIGNED_BYTE: np.uint8}
_WIDTHS = {"VEC3": 3, "VEC4": 4}


def _read(gltf: GLTF2, accessor: Accessor) -> Float[np.ndarray, "N C"]:
    view = gltf.bufferViews[accessor.bufferView]
    dtype, width = np.dtype(_DTYPES[accessor.componentType]), _WIDTHS[accessor.type]
    start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    stride = view.byteStride or dtype.itemsize * width
    blob = np.frombuffer(gltf.binary_blob(), np.uint8)
    rows = np.lib.stride_tricks.as_strided(
        blob[start:], (accessor.count, dtype.itemsize * width), (stride, 1), writeable=False
    )
    values = np.ascontiguousarray(rows).view(dtype).astype(np.float64)
    return values if dtype == np.float32 else values / (256**dtype.itemsize - 1)


def read_points(path: Path) -> tuple[Float[np.ndarray, "N 3"], UInt8[np.ndarray, "N 3"]]:
    """Points of a GLB in the room frame (z up) and their sRGB colours, thinned to :data:`MAX_POINTS`."""
    gltf = GLTF2().load_binary(path)
    attributes = gltf.meshes[0].primitives[0].attributes
    points = _read(gltf, gltf.accessors[attributes.POSITION])
    step = max(1, len(points) // MAX_POINTS)
    points = points[::step]
    linear = np.full_like(points, 0.5)
    if attributes.COLOR_0 is not None:
        linear = _read(gltf, gltf.accessors[attributes.COLOR_0])[::step, :3]
    encoded = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    room = np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1)
    return room, np.round(np.clip(encoded, 0, 1) * 255).astype(np.uint8)


def plain_view(points_file: Path | None, height_px: int, key: str) -> None:
    """Show the points, with a note on what is missing."""
    st.info(
        "This is the plain view. `make setup` builds the full viewer, in which you can walk around.",
        icon=":material/info:",
    )
    if points_file is None:
        st.warning("The points of this room are no longer stored. Run the analysis again.")
        return
    points, colours = read_points(points_file)
    figure = go.Figure(
        go.Scatter3d(
            x=points[:, 0],
            y=points[:, 1],
            z=points[:, 2],
            mode="markers",
            marker={"size": 1.8, "color": [f"rgb({r},{g},{b})" for r, g, b in colours]},
            hoverinfo="skip",
        )
    )
    hidden = {"visible": False}
    figure.update_layout(
        scene={"xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "data"},
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        height=height_px,
    )
    st.plotly_chart(figure, key=f"{key}-plain", config={"displaylogo": False})
