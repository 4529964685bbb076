"""What a written mesh shows, read back as a viewer does."""

from pathlib import Path
from typing import Any

import numpy as np
from pygltflib import GLTF2


def _numbers(file: GLTF2, index: int, kind: str, width: int) -> np.ndarray:
    accessor = file.accessors[index]
    view = file.bufferViews[accessor.bufferView]
    blob: Any = file.binary_blob()
    return np.frombuffer(blob, kind, accessor.count * width, view.byteOffset).reshape(-1, width)


def shares_of(path: Path) -> dict[str, float]:
    """Share of the area of each source that the mesh (GLB) colours differently."""
    file = GLTF2().load(str(path))
    assert file is not None
    areas: dict[str, float] = {}
    for primitive in file.meshes[0].primitives:
        points = _numbers(file, primitive.attributes.POSITION, "<f4", 3).astype(float)
        corner = points[_numbers(file, primitive.indices, "<u4", 1).reshape(-1, 3)]
        cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        source = primitive.extras["source"]
        areas[source] = areas.get(source, 0.0) + float(np.linalg.norm(cross, axis=1).sum())
    return {source: area / sum(areas.values()) for source, area in areas.items()}
