"""Writes binary glTF 2.0 with unlit materials: photos carry their own light."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pygltflib as gltf
from jaxtyping import Float, UInt8, UInt16

_GENERATOR = "ShowRoom"
#: largest signed number of 8 bits, none; by definition
_I8 = 127
#: largest number of 16 bits, none; by definition
_U16 = 65535


class GlbBuilder:
    """Collects buffers and primitives of one mesh, then writes it.

    Args:
        provenance: JSON-serialisable facts for ``asset.extras``.
    """

    def __init__(self, provenance: Mapping[str, object] | None = None) -> None:
        self._extras = dict(provenance or {})
        self._blob = bytearray()
        self._views: list[gltf.BufferView] = []
        self._accessors: list[gltf.Accessor] = []
        self._primitives: list[gltf.Primitive] = []
        self._materials: list[gltf.Material] = []
        self._images: list[gltf.Image] = []
        self._quantised = False

    def _append(self, raw: bytes, target: int | None, stride: int | None) -> int:
        self._blob.extend(b"\0" * (-len(self._blob) % 4))
        self._views.append(
            gltf.BufferView(
                buffer=0, byteOffset=len(self._blob), byteLength=len(raw), byteStride=stride, target=target
            )
        )
        self._blob.extend(raw)
        return len(self._views) - 1

    def _attribute(self, data: np.ndarray, accessor: gltf.Accessor) -> int:
        data = np.ascontiguousarray(data)
        accessor.bufferView = self._append(data.tobytes(), gltf.ARRAY_BUFFER, data.strides[0])
        accessor.count = len(data)
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def positions(self, values: Float[np.ndarray, "N 3"]) -> int:
        """Add positions (with their bounds); returns the accessor."""
        data = values.astype("<f4")
        low, high = data.min(axis=0).tolist(), data.max(axis=0).tolist()
        return self._attribute(data, gltf.Accessor(componentType=gltf.FLOAT, type=gltf.VEC3, min=low, max=high))

    def vectors(self, values: Float[np.ndarray, "N 3"]) -> int:
        """Add unit vectors as signed bytes (KHR_mesh_quantization)."""
        packed = np.zeros((len(values), 4), np.int8)
        packed[:, :3] = np.rint(np.clip(values, -1, 1) * _I8)
        self._quantised = True
        return self._attribute(packed, gltf.Accessor(componentType=gltf.BYTE, normalized=True, type=gltf.VEC3))

    def colors(self, rgba: UInt16[np.ndarray, "N 4"]) -> int:
        """Add linear colours."""
        accessor = gltf.Accessor(componentType=gltf.UNSIGNED_SHORT, normalized=True, type=gltf.VEC4)
        return self._attribute(rgba.astype("<u2"), accessor)

    def coordinates(self, uv: Float[np.ndarray, "N 2"]) -> int:
        """Add texture coordinates in [0, 1] as normalised 16-bit numbers."""
        data = np.rint(np.clip(uv, 0, 1) * _U16).astype("<u2")
        accessor = gltf.Accessor(componentType=gltf.UNSIGNED_SHORT, normalized=True, type=gltf.VEC2)
        return self._attribute(data, accessor)

    def image(self, data: bytes, mime_type: str) -> int:
        """Add an encoded picture; returns the texture."""
        self._images.append(gltf.Image(bufferView=self._append(data, None, None), mimeType=mime_type))
        return len(self._images) - 1

    def bytes_attribute(self, values: UInt8[np.ndarray, " N"]) -> int:
        """Add one small whole number for each vertex (for attributes of our own, such as ``_SOURCE``)."""
        packed = np.zeros((len(values), 4), np.uint8)
        packed[:, 0] = values
        return self._attribute(packed, gltf.Accessor(componentType=gltf.UNSIGNED_BYTE, type=gltf.SCALAR))

    def primitive(
        self,
        attributes: gltf.Attributes,
        faces: np.ndarray | None,
        texture: int | None = None,
        source: str | None = None,
    ) -> None:
        """Add triangles (or points where ``faces`` is ``None``), seen from their front only.

        Args:
            source: name that the primitive's material gets and its ``extras["source"]`` says.
        """
        indices = None
        if faces is not None:
            data = faces.astype("<u4").reshape(-1)
            view = self._append(data.tobytes(), gltf.ELEMENT_ARRAY_BUFFER, None)
            accessor = gltf.Accessor(
                bufferView=view, componentType=gltf.UNSIGNED_INT, count=len(data), type=gltf.SCALAR
            )
            self._accessors.append(accessor)
            indices = len(self._accessors) - 1
        look = gltf.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=1.0)
        if texture is not None:
            look.baseColorTexture = gltf.TextureInfo(index=texture)
        self._materials.append(
            gltf.Material(
                name=source,
                doubleSided=False,
                pbrMetallicRoughness=look,
                extensions={"KHR_materials_unlit": {}},
                extras={"source": source} if source else {},
            )
        )
        mode = gltf.POINTS if faces is None else gltf.TRIANGLES
        self._primitives.append(
            gltf.Primitive(
                attributes=attributes,
                indices=indices,
                material=len(self._materials) - 1,
                mode=mode,
                extras={"source": source} if source else {},
            )
        )

    def write(self, path: Path, facts: Mapping[str, object]) -> None:
        """Write the file; ``facts`` join the provenance."""
        quantised = ["KHR_mesh_quantization"] if self._quantised else []
        unlit = ["KHR_materials_unlit"] if self._materials else []
        document = gltf.GLTF2(
            asset=gltf.Asset(version="2.0", generator=_GENERATOR, extras={**self._extras, **facts}),
            scene=0,
            scenes=[gltf.Scene(nodes=[0] if self._primitives else [])],
            extensionsUsed=[*unlit, *quantised],
            extensionsRequired=quantised,
        )
        if self._primitives:
            document.nodes = [gltf.Node(mesh=0)]
            document.meshes = [gltf.Mesh(primitives=self._primitives)]
            document.materials = self._materials
            document.accessors, document.bufferViews = self._accessors, self._views
            document.buffers = [gltf.Buffer(byteLength=len(self._blob))]
            document.set_binary_blob(bytes(self._blob))
        if self._images:
            document.images = self._images
            document.samplers = [gltf.Sampler(magFilter=gltf.LINEAR, minFilter=gltf.LINEAR_MIPMAP_LINEAR)]
            document.textures = [gltf.Texture(source=index, sampler=0) for index in range(len(self._images))]
        path.parent.mkdir(parents=True, exist_ok=True)
        document.save_binary(str(path))
