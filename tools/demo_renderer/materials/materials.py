"""What a ray meets: colour, relief and glow of a surface at a hit, evaluated procedurally."""

import math

import numpy as np
from jaxtyping import Float, Float32, Int, Int32, UInt8, UInt32

from tools.demo_renderer.jit import kernel
from tools.demo_renderer.materials.hard_materials import (
    Rgb,
    Row,
    brick_relief,
    brick_rgb,
    grain_tone,
    leaf_rgb,
    planks_relief,
    planks_rgb,
    plaster_relief,
    plaster_tone,
    terrazzo_rgb,
)
from tools.demo_renderer.materials.textiles import (
    fabric_relief,
    fabric_tone,
    knit_relief,
    knit_tone,
    pile_tone,
    printed,
    visible,
    wicker_relief,
    wicker_tone,
)
from tools.demo_renderer.noise import fractal_noise, smoothstep, value_noise

_BYTE = np.arange(256) / 255.0
_LINEAR = np.where(_BYTE <= 0.04045, _BYTE / 12.92, ((_BYTE + 0.055) / 1.055) ** 2.4)
_PIXEL_M = 0.0016  # size of a picture's texel on the wall, to choose its level of detail


@kernel
def _texel(
    u: float, v: float, level: int, index: int, texels: UInt8[np.ndarray, "T 3"], mips: Int[np.ndarray, "P L 3"]
) -> Rgb:
    """Bilinear look-up in one level of a picture; (u, v) in [0, 1], clamped."""
    offset, height, width = mips[index, level, 0], mips[index, level, 1], mips[index, level, 2]
    x = min(max(u * width - 0.5, 0.0), width - 1.001)
    y = min(max(v * height - 0.5, 0.0), height - 1.001)
    i, j = int(x), int(y)
    a, b = x - i, y - j
    k = offset + j * width + i
    right = 1 if i + 1 < width else 0
    down = width if j + 1 < height else 0
    r = g = c = 0.0
    for dy in range(2):
        for dx in range(2):
            weight = (a if dx else 1.0 - a) * (b if dy else 1.0 - b)
            t = k + dx * right + dy * down
            r += weight * _LINEAR[texels[t, 0]]
            g += weight * _LINEAR[texels[t, 1]]
            c += weight * _LINEAR[texels[t, 2]]
    return r, g, c


@kernel
def _picture_rgb(
    u: float,
    v: float,
    row: Row,
    footprint_m: float,
    texels: UInt8[np.ndarray, "T 3"],
    mips: Int[np.ndarray, "P L 3"],
) -> Rgb:
    """A picture at the level of detail that fits the pixel; ``scale_m`` is the size of its texels."""
    depth = max(math.log(max(footprint_m / row[6], 1e-6)) / math.log(2.0), 0.0)
    level = min(int(depth), mips.shape[1] - 2)
    mix = min(depth - level, 1.0)
    index = int(row[13])
    r, g, b = _texel(u, v, level, index, texels, mips)
    if mix > 0.0:
        p, q, s = _texel(u, v, level + 1, index, texels, mips)
        r, g, b = r + mix * (p - r), g + mix * (q - g), b + mix * (s - b)
    return r * row[0], g * row[1], b * row[2]


@kernel
def _paint_tone(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Factor of a painted or glazed surface; beyond contrast 1.5 the glaze is speckled like stoneware."""
    seed = int(row[15])
    tone = 1.0 + row[7] * 0.14 * (fractal_noise(u * 13.0, v * 13.0, 4, seed) - 0.5)
    if row[7] > 1.5:
        dots = smoothstep(0.74, 0.84, value_noise(u * 210.0, v * 210.0, seed + 3))
        tone -= 0.5 * dots * visible(0.008, footprint_m)
    return float(tone)


@kernel
def surface_rgb(
    u: float,
    v: float,
    row: Row,
    footprint_m: float,
    texels: UInt8[np.ndarray, "T 3"],
    mips: Int[np.ndarray, "P L 3"],
) -> Rgb:
    """Linear albedo of a material at texture coordinates (u, v) under a pixel of ``footprint_m``."""
    kind = int(row[14])
    if kind == 2:
        return planks_rgb(u, v, row, footprint_m)
    if kind == 3:
        return brick_rgb(u, v, row, footprint_m)
    if kind == 8:
        return leaf_rgb(u, v, row)
    if kind == 9:
        return terrazzo_rgb(u, v, row, footprint_m)
    if kind == 7 or kind == 11:
        return _picture_rgb(u, v, row, footprint_m, texels, mips)
    r, g, b = row[0], row[1], row[2]
    tone, mix = 1.0, 0.0
    if kind == 0:
        tone = _paint_tone(u, v, row, footprint_m)
    elif kind == 1:
        tone = plaster_tone(u, v, row, footprint_m)
    elif kind == 4:
        mix = min(max(row[7] * (grain_tone(u, v, int(row[15]), footprint_m) - 0.1), 0.0), 1.0)
    elif kind == 5:
        tone = fabric_tone(u, v, row, footprint_m)
        if row[16] > 0.0:
            mix = printed(u, v, int(row[16]), int(row[15]))
    elif kind == 6:
        tone = knit_tone(u, v, row, footprint_m)
    elif kind == 10:
        tone = wicker_tone(u, v, row, footprint_m)
    elif kind == 12:
        width = row[6] * mips[int(row[13]), 0, 2]
        height = row[6] * mips[int(row[13]), 0, 1]
        r, g, b = _picture_rgb(u, v, row, footprint_m, texels, mips)
        tone = pile_tone(u * width, v * height, int(row[15]), footprint_m)
    r, g, b = r + mix * (row[3] - r), g + mix * (row[4] - g), b + mix * (row[5] - b)
    return max(r * tone, 0.0), max(g * tone, 0.0), max(b * tone, 0.0)


@kernel
def relief_m(u: float, v: float, row: Row, footprint_m: float) -> float:
    """Height of the surface above its mesh, metres."""
    kind, seed = int(row[14]), int(row[15])
    if kind == 1:
        return float(plaster_relief(u, v, seed))
    if kind == 2:
        return planks_relief(u, v, row)
    if kind == 3:
        return brick_relief(u, v, row)
    if kind == 5:
        return float(fabric_relief(u, v, row, footprint_m))
    if kind == 6:
        return float(knit_relief(u, v, row))
    if kind == 10:
        return float(wicker_relief(u, v, row))
    return 0.0


@kernel
def has_relief(kind: int) -> bool:
    """Whether :func:`relief_m` is not flat for this kind."""
    return kind == 1 or kind == 2 or kind == 3 or kind == 5 or kind == 6 or kind == 10


@kernel
def _bumped(
    n: tuple[float, float, float],
    row: Row,
    u: float,
    v: float,
    footprint_m: float,
    tu: Float32[np.ndarray, "3"],
    tv: Float32[np.ndarray, "3"],
) -> tuple[float, float, float]:
    """Normal of the relief, by forward differences along u and v."""
    step = max(0.8 * footprint_m, 0.0005)
    here = relief_m(u, v, row, footprint_m)
    du = row[8] * (relief_m(u + step, v, row, footprint_m) - here) / step
    dv = row[8] * (relief_m(u, v + step, row, footprint_m) - here) / step
    x, y, z = n[0] - du * tu[0] - dv * tv[0], n[1] - du * tu[1] - dv * tv[1], n[2] - du * tu[2] - dv * tv[2]
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


@kernel
def shade_rows(
    start: int,
    stop: int,
    rays: Float32[np.ndarray, "N 6"],
    t_hit: Float32[np.ndarray, "N"],
    face_hit: UInt32[np.ndarray, "N"],
    bary: Float32[np.ndarray, "N 2"],
    pixel_rad: float,
    faces: Int32[np.ndarray, "F 3"],
    normals: Float32[np.ndarray, "V 3"],
    uv: Float32[np.ndarray, "V 2"],
    material_of_face: Int32[np.ndarray, "F"],
    tangent_u: Float32[np.ndarray, "F 3"],
    tangent_v: Float32[np.ndarray, "F 3"],
    materials: Float[np.ndarray, "M 17"],
    texels: UInt8[np.ndarray, "T 3"],
    mips: Int[np.ndarray, "P L 3"],
    normal: Float32[np.ndarray, "N 3"],
    bumped: Float32[np.ndarray, "N 3"],
    albedo: Float32[np.ndarray, "N 3"],
) -> None:
    """Fill ``normal`` (smooth, towards the viewer), ``bumped`` and ``albedo`` of hits ``start`` to ``stop``."""
    for k in range(start, stop):
        f = face_hit[k]
        if f >= faces.shape[0]:
            continue
        i0, i1, i2 = faces[f, 0], faces[f, 1], faces[f, 2]
        b, c = bary[k, 0], bary[k, 1]
        a = 1.0 - b - c
        u = a * uv[i0, 0] + b * uv[i1, 0] + c * uv[i2, 0]
        v = a * uv[i0, 1] + b * uv[i1, 1] + c * uv[i2, 1]
        x = a * normals[i0, 0] + b * normals[i1, 0] + c * normals[i2, 0]
        y = a * normals[i0, 1] + b * normals[i1, 1] + c * normals[i2, 1]
        z = a * normals[i0, 2] + b * normals[i1, 2] + c * normals[i2, 2]
        length = max(math.sqrt(x * x + y * y + z * z), 1e-9)
        x, y, z = x / length, y / length, z / length
        facing = x * rays[k, 3] + y * rays[k, 4] + z * rays[k, 5]
        if facing > 0.0:
            x, y, z = -x, -y, -z
        row = materials[material_of_face[f]]
        footprint = t_hit[k] * pixel_rad / math.sqrt(max(abs(facing), 0.08))
        normal[k, 0], normal[k, 1], normal[k, 2] = x, y, z
        if has_relief(int(row[14])) and row[8] > 0.0 and footprint < 0.03:
            x, y, z = _bumped((x, y, z), row, u, v, footprint, tangent_u[f], tangent_v[f])
        bumped[k, 0], bumped[k, 1], bumped[k, 2] = x, y, z
        albedo[k, 0], albedo[k, 1], albedo[k, 2] = surface_rgb(u, v, row, footprint, texels, mips)
