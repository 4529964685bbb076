"""What a ray finds where it lands: normal, place on the face, colour of the material, the world outside."""

import math

from numba import njit

from pipeline.distill.rooms.raycast import into
from pipeline.distill.rooms.texture import chance, clouds, noise, pattern


@njit(cache=True, nogil=True, fastmath=True)
def on_primitive(geo, mats_of, k, axis, x, y, z):  # type: ignore[no-untyped-def]
    """Normal, material, place on the face and half sizes of the face, of a point on a primitive."""
    g = geo
    hx, hy, hz = g[k, 3], g[k, 4], g[k, 5]
    qx, qy, qz = into(g, k, x - g[k, 0], y - g[k, 1], z - g[k, 2])
    mat = mats_of[k, 0]
    nx, ny, nz = 0.0, 0.0, 0.0
    if axis == 0:
        nx, u, v, hu, hv = (1.0 if qx > 0 else -1.0), qz, qy, hz, hy
    elif axis == 1:
        ny, u, v, hu, hv = (1.0 if qy > 0 else -1.0), qx, qz, hx, hz
    elif axis == 2:
        nz, u, v, hu, hv = (1.0 if qz > 0 else -1.0), qx, qy, hx, hy
        if qz > 0:
            mat = mats_of[k, 1]
    else:
        nx, ny, nz = qx / (hx * hx), (qy / (hy * hy) if axis == 3 else 0.0), qz / (hz * hz)
        size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
        nx, ny, nz = nx * size, ny * size, nz * size
        u, v, hu, hv = math.atan2(qx, qz) * hx, qy, 3.1416 * hx, hy
    wx = g[k, 6] * nx + g[k, 9] * ny + g[k, 12] * nz
    wy = g[k, 7] * nx + g[k, 10] * ny + g[k, 13] * nz
    wz = g[k, 8] * nx + g[k, 11] * ny + g[k, 14] * nz
    return wx, wy, wz, mat, u, v, hu, hv


@njit(cache=True, nogil=True, fastmath=True)
def on_shell(cells, slopes, cell_mats, c, face, x, y, z):  # type: ignore[no-untyped-def]
    """The same for a point on the shell."""
    e = cells
    mx, my, mz = 0.5 * (e[c, 0] + e[c, 3]), 0.5 * (e[c, 1] + e[c, 4]), 0.5 * (e[c, 2] + e[c, 5])
    kx, ky, kz = 0.5 * (e[c, 3] - e[c, 0]), 0.5 * (e[c, 4] - e[c, 1]), 0.5 * (e[c, 5] - e[c, 2])
    if face >= 6:
        px, py, pz = slopes[c, face - 6, 0], slopes[c, face - 6, 1], slopes[c, face - 6, 2]
        rise = math.sqrt(max(1e-6, 1 - py * py)) * (y - e[c, 4]) + py * (x + z)
        along = z - mz if abs(px) > abs(pz) else x - mx
        return -px, -py, -pz, cell_mats[c, 3], along, rise, kx, ky
    sign = 1.0 if face % 2 == 0 else -1.0
    mat = cell_mats[c, face]
    if face < 2:
        return sign, 0.0, 0.0, mat, z - mz, y - my, kz, ky
    if face < 4:
        return 0.0, sign, 0.0, mat, x - mx, z - mz, kx, kz
    return 0.0, 0.0, sign, mat, x - mx, y - my, kx, ky


@njit(cache=True, nogil=True, fastmath=True)
def outside(w, x, y, z):  # type: ignore[no-untyped-def]
    """Light that comes in from a direction: sky, houses and green, by the direction alone."""
    size = 1.0 / math.sqrt(x * x + y * y + z * z)
    turn, up = math.atan2(x, z) * 4.0, y * size
    seed = int(w[9])
    skyline = 0.1 * (clouds(turn * 1.5, 0.0, seed) - 0.35)
    houses = chance(math.floor(turn * 3), 7, seed)
    if houses < 0.35:
        skyline += 0.25 * houses
    if up > skyline:
        glow = w[6] * (0.7 + 0.5 * clouds(turn, up * 8, seed + 1))
        return w[0] * glow, w[1] * glow, w[2] * glow
    leaf = w[7] * (0.3 + clouds(turn * 6, up * 24, seed + 2))
    if houses < 0.35 and up > skyline - 0.3:
        pane = 0.5 if (turn * 24 - math.floor(turn * 24) < 0.4 and up * 30 - math.floor(up * 30) < 0.5) else 1.0
        grey = w[7] * pane * (0.4 + houses)
        return grey, grey * 0.95, grey * 0.9
    return w[3] * leaf, w[4] * leaf, w[5] * leaf


@njit(cache=True, nogil=True, fastmath=True)
def color(m, mat, u, v, hu, hv, footprint):  # type: ignore[no-untyped-def]
    """Colour of a material at a place on a face; grain finer than the pixel's footprint (metres) fades."""
    seed, su, sv = int(m[mat, 13]), m[mat, 7], m[mat, 8]
    mix, shade, over, r, g, b = pattern(int(m[mat, 6]), u * su, v * sv, hu * su, hv * sv, seed)
    fade = 1.0 / (1.0 + (footprint * max(su, sv) * 1.2) ** 2) if m[mat, 6] != 12 else 1.0
    mix, shade = 0.35 + (mix - 0.35) * fade if mix != 0.0 else mix, 1 + (shade - 1) * fade
    if m[mat, 9] > 0:
        shade *= (
            1
            + m[mat, 9] * (noise(u * 60, v * 60, seed + 31) - 0.5) * fade
            + m[mat, 9] * (clouds(u, v, seed) - 0.5)
        )
    keep, shade = 1 - over, max(shade, 0.0)
    return (
        shade * ((m[mat, 0] + (m[mat, 3] - m[mat, 0]) * mix) * keep + r * over),
        shade * ((m[mat, 1] + (m[mat, 4] - m[mat, 1]) * mix) * keep + g * over),
        shade * ((m[mat, 2] + (m[mat, 5] - m[mat, 2]) * mix) * keep + b * over),
    )


@njit(cache=True, nogil=True, fastmath=True)
def crease(cells, cell, face, x, y, z):  # type: ignore[no-untyped-def]
    """Corners of the shell are darker."""
    e = 0.4
    if face > 1:
        e = min(e, min(x - cells[cell, 0], cells[cell, 3] - x))
    if face < 2 or face > 3:
        e = min(e, min(y - cells[cell, 1], cells[cell, 4] - y))
    if face < 4:
        e = min(e, min(z - cells[cell, 2], cells[cell, 5] - z))
    return 0.78 + 0.55 * max(e, 0.0)
