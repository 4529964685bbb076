"""A scene: meshes with materials, windows, lamps and a sun, flattened into arrays for ray casting."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from jaxtyping import Float, Float32, Int, Int32, UInt8

from tools.demo_renderer.geometry import Mesh

Colour = str | tuple[float, float, float]


class Kind(IntEnum):
    """How a material is textured; :mod:`tools.demo_renderer.materials.materials` has one function for each."""

    PAINT = 0
    PLASTER = 1
    PLANKS = 2
    BRICK = 3
    WOOD = 4
    FABRIC = 5
    KNIT = 6
    PICTURE = 7
    LEAF = 8
    STONE = 9
    WICKER = 10
    BACKDROP = 11
    RUG = 12


def linear_rgb(colour: Colour) -> tuple[float, float, float]:
    """``"#rrggbb"`` (sRGB) as linear light; tuples are linear already."""
    if not isinstance(colour, str):
        return colour
    values = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return r, g, b


@dataclass(frozen=True)
class Material:
    """Appearance of a surface.

    Attributes:
        tint, tint2: main and second colour (grain, pattern, mortar).
        scale_m: size of the smallest feature (thread, speckle).
        contrast: strength of the tonal variation.
        bump: relief relative to what the kind has by default.
        gloss: reflectance at grazing view, 0 is matt.
        glow: emitted light relative to a white wall in the room.
        picture: index into the scene's pictures (kinds PICTURE, RUG and BACKDROP).
        pattern: printed pattern of FABRIC: 0 none, 1 stripes, 2 check, 3 zigzag, 4 dots.
    """

    kind: Kind
    tint: Colour
    tint2: Colour = "#000000"
    scale_m: float = 0.004
    contrast: float = 1.0
    bump: float = 1.0
    gloss: float = 0.0
    glow: Colour = (0.0, 0.0, 0.0)
    picture: int = 0
    pattern: int = 0
    seed: int = 0

    def row(self) -> list[float]:
        """The numbers as :mod:`tools.demo_renderer.materials.materials` reads them."""
        numbers = [self.scale_m, self.contrast, self.bump, self.gloss]
        head = [*linear_rgb(self.tint), *linear_rgb(self.tint2), *numbers, *linear_rgb(self.glow)]
        return [*head, float(self.picture), float(self.kind), float(self.seed), float(self.pattern)]


@dataclass(frozen=True)
class Window:
    """An opening to the sky: a rectangle with a corner, two edges and the normal into the room."""

    corner: tuple[float, float, float]
    edge_u: tuple[float, float, float]
    edge_v: tuple[float, float, float]
    inward: tuple[float, float, float]


@dataclass(frozen=True)
class Lamp:
    """A glowing ball: centre, radius and intensity (radiance x area / pi, relative to a white wall)."""

    centre: tuple[float, float, float]
    radius_m: float
    power: tuple[float, float, float]


@dataclass(frozen=True)
class Sky:
    """Light from outside: sun direction (towards it), sun and sky colours, all linear."""

    to_sun: tuple[float, float, float]
    sun: tuple[float, float, float]
    zenith: tuple[float, float, float]
    horizon: tuple[float, float, float]
    ground: tuple[float, float, float]


@dataclass
class SceneBuilder:
    """Collects what stands in a room whose inside is the box from 0 to ``size_m`` (z up, floor at 0)."""

    size_m: tuple[float, float, float]
    sky: Sky
    exposure: float = 1.0
    windows: list[Window] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    pictures: list[UInt8[np.ndarray, "H W 3"]] = field(default_factory=list)
    _meshes: list[Mesh] = field(default_factory=list)
    _materials: list[Material] = field(default_factory=list)

    def add(self, material: Material, *meshes: Mesh) -> None:
        """Put meshes of one material into the room."""
        for mesh in meshes:
            self._meshes.append(mesh)
            self._materials.append(material)

    def picture(self, image: UInt8[np.ndarray, "H W 3"]) -> int:
        """Register an sRGB picture and return its index for :attr:`Material.picture`."""
        self.pictures.append(image)
        return len(self.pictures) - 1

    def build(self) -> "Scene":
        """Flatten everything into arrays."""
        return Scene.of(self, self._meshes, self._materials)


@dataclass(frozen=True)
class Scene:
    """A finished scene. ``materials`` rows follow :meth:`Material.row`; tangents point along u and v."""

    size_m: tuple[float, float, float]
    sky: Sky
    exposure: float
    windows: tuple[Window, ...]
    lamps: tuple[Lamp, ...]
    vertices: Float32[np.ndarray, "V 3"]
    normals: Float32[np.ndarray, "V 3"]
    uv: Float32[np.ndarray, "V 2"]
    faces: Int32[np.ndarray, "F 3"]
    material_of_face: Int32[np.ndarray, "F"]
    tangent_u: Float32[np.ndarray, "F 3"]
    tangent_v: Float32[np.ndarray, "F 3"]
    materials: Float[np.ndarray, "M 17"]
    texels: UInt8[np.ndarray, "T 3"]
    mips: Int[np.ndarray, "P L 3"]

    @classmethod
    def of(cls, builder: SceneBuilder, meshes: list[Mesh], materials: list[Material]) -> "Scene":
        """Flatten ``meshes[i]`` of ``materials[i]``."""
        starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
        vertices = np.concatenate([mesh.vertices for mesh in meshes])
        uv = np.concatenate([mesh.uv for mesh in meshes])
        faces = np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)])
        tangent_u, tangent_v = _tangents(vertices, uv, faces)
        texels, mips = _pyramids(builder.pictures)
        return cls(
            size_m=builder.size_m,
            sky=builder.sky,
            exposure=builder.exposure,
            windows=tuple(builder.windows),
            lamps=tuple(builder.lamps),
            vertices=vertices.astype(np.float32),
            normals=np.concatenate([mesh.normals for mesh in meshes]).astype(np.float32),
            uv=uv.astype(np.float32),
            faces=faces.astype(np.int32),
            material_of_face=np.repeat(np.arange(len(meshes)), [len(m.faces) for m in meshes]).astype(np.int32),
            tangent_u=tangent_u.astype(np.float32),
            tangent_v=tangent_v.astype(np.float32),
            materials=np.array([material.row() for material in materials]),
            texels=texels,
            mips=mips,
        )


def _tangents(
    vertices: Float[np.ndarray, "V 3"], uv: Float[np.ndarray, "V 2"], faces: Int[np.ndarray, "F 3"]
) -> tuple[Float[np.ndarray, "F 3"], Float[np.ndarray, "F 3"]]:
    """Unit vectors along growing u and v of every face."""
    edges = vertices[faces[:, 1:]] - vertices[faces[:, :1]]
    steps = uv[faces[:, 1:]] - uv[faces[:, :1]]
    determinant = steps[:, 0, 0] * steps[:, 1, 1] - steps[:, 0, 1] * steps[:, 1, 0]
    inverse = 1.0 / np.where(np.abs(determinant) < 1e-14, 1e-14, determinant)[:, None]
    along_u = (edges[:, 0] * steps[:, 1, 1:] - edges[:, 1] * steps[:, 0, 1:]) * inverse
    along_v = (edges[:, 1] * steps[:, 0, :1] - edges[:, 0] * steps[:, 1, :1]) * inverse
    unit = [d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-12) for d in (along_u, along_v)]
    return unit[0], unit[1]


def _pyramids(
    pictures: list[UInt8[np.ndarray, "H W 3"]],
) -> tuple[UInt8[np.ndarray, "T 3"], Int[np.ndarray, "P L 3"]]:
    """All pictures and their halvings in one array, with (offset, height, width) per picture and level."""
    levels = 8
    texels, offset = [np.zeros((1, 3), np.uint8)], 1
    table = np.zeros((max(len(pictures), 1), levels, 3), np.int64)
    table[:, :, 1:] = 1
    for index, picture in enumerate(pictures):
        level: Float[np.ndarray, "H W 3"] = picture.astype(np.float64)
        for depth in range(levels):
            table[index, depth] = offset, *level.shape[:2]
            texels.append((level.reshape(-1, 3) + 0.5).astype(np.uint8))
            offset += level.shape[0] * level.shape[1]
            if min(level.shape[:2]) >= 2:
                even = level[: level.shape[0] // 2 * 2, : level.shape[1] // 2 * 2]
                level = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return np.concatenate(texels), table
