"""Kernels that draw a room: what every pixel sees, and how much light comes from there."""

import math

import numpy as np
from numba import njit

from pipeline.distill.rooms.raycast import FAR, cell_of, hit, into, nearest, shell_hit
from pipeline.distill.rooms.texture import chance, clouds, noise, pattern

_EYE = 0.05
_STACK = 64
_MIRROR, _WALL, _OPENING = 5, 2, 4


@njit(cache=True, nogil=True, fastmath=True)
def draw_shell(s, o, R, lens, start, out):  # type: ignore[no-untyped-def]
    """Depth, cell and face of the shell at every pixel. ``lens``: fx, fy, cx, cy."""
    for i in range(out.depth.shape[0]):
        for j in range(out.depth.shape[1]):
            a, b = (j - lens[2]) / lens[0], (i - lens[3]) / lens[1]
            x = R[0, 0] * a + R[0, 1] * b + R[0, 2]
            y = R[1, 0] * a + R[1, 1] * b + R[1, 2]
            z = R[2, 0] * a + R[2, 1] * b + R[2, 2]
            t, c, face = shell_hit(s.cells, s.slopes, start, o[0], o[1], o[2], x, y, z)
            out.depth[i, j], out.wall_depth[i, j] = t, t
            out.who[i, j], out.cell[i, j], out.axis[i, j] = -1, c, face


@njit(cache=True, nogil=True, fastmath=True)
def _frame(geo, k, o, R, lens, height, width):  # type: ignore[no-untyped-def]
    """Rows and columns that primitive ``k`` can cover; empty where it is behind the camera."""
    low_x, low_y, high_x, high_y = FAR, FAR, -FAR, -FAR
    behind = 0
    for corner in range(8):
        p = np.empty(3)
        for a in range(3):
            p[a] = geo[k, a] - o[a]
            for b in range(3):
                sign = 1.0 if (corner >> b) & 1 else -1.0
                p[a] += sign * geo[k, 6 + 3 * b + a] * geo[k, 3 + b]
        z = R[0, 2] * p[0] + R[1, 2] * p[1] + R[2, 2] * p[2]
        if z < _EYE:
            behind += 1
            continue
        x = (R[0, 0] * p[0] + R[1, 0] * p[1] + R[2, 0] * p[2]) / z * lens[0] + lens[2]
        y = (R[0, 1] * p[0] + R[1, 1] * p[1] + R[2, 1] * p[2]) / z * lens[1] + lens[3]
        low_x, high_x, low_y, high_y = min(low_x, x), max(high_x, x), min(low_y, y), max(high_y, y)
    if behind == 8:
        return 0, 0, 0, 0
    if behind > 0:
        return 0, height, 0, width
    top, left = max(0, int(low_y)), max(0, int(low_x))
    return top, int(max(min(high_y + 2, height), 0)), left, int(max(min(high_x + 2, width), 0))


@njit(cache=True, nogil=True, fastmath=True)
def draw_primitives(s, o, R, lens, out):  # type: ignore[no-untyped-def]
    """Depth and index of the nearest primitive, where it is nearer than the shell."""
    height, width = out.depth.shape
    for k in range(s.geo.shape[0]):
        top, bottom, left, right = _frame(s.geo, k, o, R, lens, height, width)
        if bottom <= top or right <= left:
            continue
        qx, qy, qz = into(s.geo, k, o[0] - s.geo[k, 0], o[1] - s.geo[k, 1], o[2] - s.geo[k, 2])
        ax, ay, az = into(s.geo, k, R[0, 0], R[1, 0], R[2, 0])
        bx, by, bz = into(s.geo, k, R[0, 1], R[1, 1], R[2, 1])
        cx, cy, cz = into(s.geo, k, R[0, 2], R[1, 2], R[2, 2])
        for i in range(top, bottom):
            b = (i - lens[3]) / lens[1]
            for j in range(left, right):
                a = (j - lens[2]) / lens[0]
                ex, ey, ez = ax * a + bx * b + cx, ay * a + by * b + cy, az * a + bz * b + cz
                t, axis = hit(s.geo, k, qx, qy, qz, ex, ey, ez, out.depth[i, j])
                if t < out.depth[i, j]:
                    out.depth[i, j], out.who[i, j], out.axis[i, j] = t, k, axis


@njit(cache=True, nogil=True, fastmath=True)
def _on_primitive(s, k, axis, x, y, z):  # type: ignore[no-untyped-def]
    """Normal, material, place on the face and half sizes of the face, of a point on a primitive."""
    g = s.geo
    hx, hy, hz = g[k, 3], g[k, 4], g[k, 5]
    qx, qy, qz = into(g, k, x - g[k, 0], y - g[k, 1], z - g[k, 2])
    mat = s.mats_of[k, 0]
    nx, ny, nz = 0.0, 0.0, 0.0
    if axis == 0:
        nx, u, v, hu, hv = (1.0 if qx > 0 else -1.0), qz, qy, hz, hy
    elif axis == 1:
        ny, u, v, hu, hv = (1.0 if qy > 0 else -1.0), qx, qz, hx, hz
    elif axis == 2:
        nz, u, v, hu, hv = (1.0 if qz > 0 else -1.0), qx, qy, hx, hy
        if qz > 0:
            mat = s.mats_of[k, 1]
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
def _on_shell(s, c, face, x, y, z):  # type: ignore[no-untyped-def]
    """The same for a point on the shell."""
    e = s.cells
    mx, my, mz = 0.5 * (e[c, 0] + e[c, 3]), 0.5 * (e[c, 1] + e[c, 4]), 0.5 * (e[c, 2] + e[c, 5])
    kx, ky, kz = 0.5 * (e[c, 3] - e[c, 0]), 0.5 * (e[c, 4] - e[c, 1]), 0.5 * (e[c, 5] - e[c, 2])
    if face >= 6:
        px, py, pz = s.slopes[c, face - 6, 0], s.slopes[c, face - 6, 1], s.slopes[c, face - 6, 2]
        rise = math.sqrt(max(1e-6, 1 - py * py)) * (y - e[c, 4]) + py * (x + z)
        along = z - mz if abs(px) > abs(pz) else x - mx
        return -px, -py, -pz, s.cell_mats[c, 3], along, rise, kx, ky
    sign = 1.0 if face % 2 == 0 else -1.0
    mat = s.cell_mats[c, face]
    if face < 2:
        return sign, 0.0, 0.0, mat, z - mz, y - my, kz, ky
    if face < 4:
        return 0.0, sign, 0.0, mat, x - mx, z - mz, kx, kz
    return 0.0, 0.0, sign, mat, x - mx, y - my, kx, ky


@njit(cache=True, nogil=True, fastmath=True)
def _outside(s, x, y, z):  # type: ignore[no-untyped-def]
    """Light that comes in from a direction: sky, houses and green, by the direction alone."""
    size = 1.0 / math.sqrt(x * x + y * y + z * z)
    turn, up = math.atan2(x, z) * 4.0, y * size
    w, seed = s.outside, int(s.outside[9])
    skyline = 0.1 * (clouds(turn * 1.5, 0.0, seed) - 0.35)
    houses = chance(int(math.floor(turn * 3)), 7, seed)
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
def _color(s, mat, u, v, hu, hv, footprint):  # type: ignore[no-untyped-def]
    """Colour of a material at a place on a face; grain finer than the pixel's footprint (metres) fades."""
    m = s.mats
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
def _ambient(s, ny):  # type: ignore[no-untyped-def]
    """Light from everywhere, and what the floor throws back on what looks down."""
    a, up, down = s.ambient, 0.8 + 0.2 * ny, max(0.0, 0.5 - 0.5 * ny)
    return a[0] * up + a[3] * down, a[1] * up + a[4] * down, a[2] * up + a[5] * down


@njit(cache=True, nogil=True, fastmath=True)
def _lamp(s, k, x, y, z, nx, ny, nz, ja, jb):  # type: ignore[no-untyped-def]
    """Direction, distance and strength of light ``k`` at a surface, at a place of the light."""
    w = s.lights
    dx = w[k, 0] + w[k, 3] * ja - x
    dy = w[k, 1] + w[k, 4] * (jb if w[k, 3] > 0 and w[k, 5] > 0 else (jb if w[k, 4] > 0 else 0.0)) - y
    dz = w[k, 2] + w[k, 5] * (ja if w[k, 3] == 0 else jb) - z
    far = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-6
    dx, dy, dz = dx / far, dy / far, dz / far
    lit = nx * dx + ny * dy + nz * dz
    if w[k, 12] == 0:
        return dx, dy, dz, far, max(0.0, 0.4 + 0.6 * lit)
    away = -(w[k, 6] * dx + w[k, 7] * dy + w[k, 8] * dz)
    if w[k, 6] != 0 or w[k, 7] != 0 or w[k, 8] != 0:
        lit *= max(0.0, away) * 0.9 + 0.1 if away > 0 else 0.0
    return dx, dy, dz, far, max(0.0, lit) / (0.3 + far * far)


@njit(cache=True, nogil=True, fastmath=True)
def _blocked(s, stack, cell, x, y, z, dx, dy, dz, far):  # type: ignore[no-untyped-def]
    t, _, _ = shell_hit(s.cells, s.slopes, cell, x, y, z, dx, dy, dz)
    if t < far - 0.06:
        return True
    _, who, _ = nearest(s.geo, s.tree, s.links, s.items, stack, x, y, z, dx, dy, dz, far - 0.03, True)
    return who >= 0


@njit(cache=True, nogil=True, fastmath=True)
def light_at(s, stack, cell, x, y, z, nx, ny, nz, i, j):  # type: ignore[no-untyped-def]
    """Irradiance with soft shadows: one jittered shadow ray per light, places of the light spread over 3 x 3."""
    r, g, b = _ambient(s, ny)
    x, y, z = x + 2e-3 * nx, y + 2e-3 * ny, z + 2e-3 * nz
    home = cell_of(s.cells, s.slopes, -1, x, y, z)
    if home < 0:
        home = cell
    for k in range(s.lights.shape[0]):
        ja = ((i % 3) + chance(i, j, 17 + k)) / 1.5 - 1
        jb = ((j % 3) + chance(i, j, 57 + k)) / 1.5 - 1
        dx, dy, dz, far, lit = _lamp(s, k, x, y, z, nx, ny, nz, ja, jb)
        if lit <= 1e-4 or _blocked(s, stack, home, x, y, z, dx, dy, dz, far):
            continue
        r, g, b = r + lit * s.lights[k, 9], g + lit * s.lights[k, 10], b + lit * s.lights[k, 11]
    return r, g, b


@njit(cache=True, nogil=True, fastmath=True)
def _sunlit(s, stack, cell, x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Cosine of the sun where it reaches a point through a window, else 0."""
    dx, dy, dz = s.ambient[6], s.ambient[7], s.ambient[8]
    lit = nx * dx + ny * dy + nz * dz
    if lit <= 0:
        return 0.0
    x, y, z = x + 2e-3 * nx, y + 2e-3 * ny, z + 2e-3 * nz
    home = cell_of(s.cells, s.slopes, -1, x, y, z)
    if home < 0:
        home = cell
    t, c, face = shell_hit(s.cells, s.slopes, home, x, y, z, dx, dy, dz)
    if face >= 6 or s.cell_mats[c, face] >= 0:
        return 0.0
    _, who, _ = nearest(s.geo, s.tree, s.links, s.items, stack, x, y, z, dx, dy, dz, t, True)
    return lit if who < 0 else 0.0


@njit(cache=True, nogil=True, fastmath=True)
def _crease(s, cell, face, x, y, z):  # type: ignore[no-untyped-def]
    """Corners of the shell are darker."""
    e = 0.4
    if face > 1:
        e = min(e, min(x - s.cells[cell, 0], s.cells[cell, 3] - x))
    if face < 2 or face > 3:
        e = min(e, min(y - s.cells[cell, 1], s.cells[cell, 4] - y))
    if face < 4:
        e = min(e, min(z - s.cells[cell, 2], s.cells[cell, 5] - z))
    return 0.78 + 0.55 * max(e, 0.0)


@njit(cache=True, nogil=True, fastmath=True)
def _glance(s, stack, start, x, y, z, dx, dy, dz, blur):  # type: ignore[no-untyped-def]
    """What a reflected ray sees, plainly lit."""
    t, c, face = shell_hit(s.cells, s.slopes, start, x, y, z, dx, dy, dz)
    t, who, axis = nearest(s.geo, s.tree, s.links, s.items, stack, x, y, z, dx, dy, dz, t, False)
    px, py, pz = x + t * dx, y + t * dy, z + t * dz
    if who >= 0:
        nx, ny, nz, mat, u, v, hu, hv = _on_primitive(s, who, axis, px, py, pz)
    else:
        nx, ny, nz, mat, u, v, hu, hv = _on_shell(s, c, face, px, py, pz)
        if mat < 0:
            return _outside(s, dx, dy, dz)
    r, g, b = _ambient(s, ny)
    for k in range(s.lights.shape[0]):
        _, _, _, _, lit = _lamp(s, k, px, py, pz, nx, ny, nz, 0.0, 0.0)
        lit *= 0.8
        r, g, b = r + lit * s.lights[k, 9], g + lit * s.lights[k, 10], b + lit * s.lights[k, 11]
    cr, cg, cb = _color(s, mat, u, v, hu, hv, blur)
    glow = s.mats[mat, 11]
    return cr * (r + glow), cg * (g + glow), cb * (b + glow)


@njit(cache=True, nogil=True, fastmath=True)
def _reflect(s, stack, cell, gloss, p, d, n):  # type: ignore[no-untyped-def]
    """Share and colour of the mirror image at a point seen along ``d``."""
    size = math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    c = -(d[0] * n[0] + d[1] * n[1] + d[2] * n[2]) / size
    share = 0.92 if gloss > 1.5 else gloss * (0.05 + 0.95 * max(0.0, 1 - c) ** 4)
    if share < 0.02:
        return 0.0, 0.0, 0.0, 0.0
    x, y, z = d[0] / size + 2 * c * n[0], d[1] / size + 2 * c * n[1], d[2] / size + 2 * c * n[2]
    qx, qy, qz = p[0] + 4e-3 * n[0], p[1] + 4e-3 * n[1], p[2] + 4e-3 * n[2]
    home = cell_of(s.cells, s.slopes, -1, qx, qy, qz)
    r, g, b = _glance(s, stack, cell if home < 0 else home, qx, qy, qz, x, y, z, 0.01 if gloss > 1.5 else 0.15)
    return share, r, g, b


@njit(cache=True, nogil=True)
def _key(out, i, j):  # type: ignore[no-untyped-def]
    """One number per face."""
    if out.who[i, j] >= 0:
        return out.who[i, j] * 16 + out.axis[i, j]
    return -2 - out.cell[i, j] * 16 - out.axis[i, j]


@njit(cache=True, nogil=True, fastmath=True)
def _sample_light(s, o, R, lens, stack, out, light):  # type: ignore[no-untyped-def]
    """Irradiance at every second pixel of every second row."""
    for i in range(light.shape[0]):
        for j in range(light.shape[1]):
            row, column = 2 * i, 2 * j
            x, y, z, d0, d1, d2 = _point(o, R, lens, out.depth[row, column], row, column)
            who, face, cell = out.who[row, column], out.axis[row, column], out.cell[row, column]
            if who >= 0:
                nx, ny, nz, _, _, _, _, _ = _on_primitive(s, who, face, x, y, z)
            else:
                nx, ny, nz, mat, _, _, _, _ = _on_shell(s, cell, face, x, y, z)
                if mat < 0:
                    continue
            light[i, j] = light_at(s, stack, cell, x, y, z, nx, ny, nz, i, j)


@njit(cache=True, nogil=True, fastmath=True)
def _point(o, R, lens, t, i, j):  # type: ignore[no-untyped-def]
    a, b = (j - lens[2]) / lens[0], (i - lens[3]) / lens[1]
    x = R[0, 0] * a + R[0, 1] * b + R[0, 2]
    y = R[1, 0] * a + R[1, 1] * b + R[1, 2]
    z = R[2, 0] * a + R[2, 1] * b + R[2, 2]
    return o[0] + t * x, o[1] + t * y, o[2] + t * z, x, y, z


@njit(cache=True, nogil=True, fastmath=True)
def _gather(out, light, i, j):  # type: ignore[no-untyped-def]
    """Mean irradiance of the samples near a pixel on the same face, and their number."""
    key, r, g, b, n = _key(out, i, j), 0.0, 0.0, 0.0, 0
    for a in range(max(0, (i >> 1) - 1), min(light.shape[0], (i >> 1) + 2)):
        for c in range(max(0, (j >> 1) - 1), min(light.shape[1], (j >> 1) + 2)):
            if _key(out, 2 * a, 2 * c) == key:
                r, g, b, n = r + light[a, c, 0], g + light[a, c, 1], b + light[a, c, 2], n + 1
    return r / max(n, 1), g / max(n, 1), b / max(n, 1), n


@njit(cache=True, nogil=True, fastmath=True)
def shade(s, o, R, lens, out):  # type: ignore[no-untyped-def]
    """Normals (world), sides, instances and linear radiance of a picture whose depth is drawn."""
    height, width = out.depth.shape
    stack = np.empty(_STACK, np.int64)
    light = np.zeros(((height + 1) // 2, (width + 1) // 2, 3))
    _sample_light(s, o, R, lens, stack, out, light)
    n, p, d = np.empty(3), np.empty(3), np.empty(3)
    for i in range(height):
        for j in range(width):
            p[0], p[1], p[2], d[0], d[1], d[2] = _point(o, R, lens, out.depth[i, j], i, j)
            who, face, cell = out.who[i, j], out.axis[i, j], out.cell[i, j]
            if who >= 0:
                n[0], n[1], n[2], mat, u, v, hu, hv = _on_primitive(s, who, face, p[0], p[1], p[2])
                out.side[i, j], out.instance[i, j] = s.sides[who], s.instances[who]
                dark = 1.0
            else:
                n[0], n[1], n[2], mat, u, v, hu, hv = _on_shell(s, cell, face, p[0], p[1], p[2])
                out.side[i, j], out.instance[i, j] = s.cell_sides[cell, min(face, 3) if face >= 6 else face], 0
                dark = _crease(s, cell, face, p[0], p[1], p[2])
            for k in range(3):
                out.normal[i, j, k] = n[k]
            if mat < 0:
                r, g, b = _outside(s, d[0], d[1], d[2])
                n[0], n[1], n[2] = out.normal[i, j, 0], out.normal[i, j, 1], out.normal[i, j, 2]
                share, mr, mg, mb = _reflect(s, stack, cell, 0.6, p, d, n)
            else:
                r, g, b, share, mr, mg, mb = _lit(
                    s, stack, out, light, i, j, mat, u, v, hu, hv, p, d, n, lens, dark
                )
            out.radiance[i, j, 0] = r * (1 - share) + mr * share
            out.radiance[i, j, 1] = g * (1 - share) + mg * share
            out.radiance[i, j, 2] = b * (1 - share) + mb * share


@njit(cache=True, nogil=True, fastmath=True)
def _lit(s, stack, out, light, i, j, mat, u, v, hu, hv, p, d, n, lens, dark):  # type: ignore[no-untyped-def]
    """Colour of a pixel under light, and its mirror image."""
    r, g, b, count = _gather(out, light, i, j)
    if count == 0:
        r, g, b = light_at(s, stack, out.cell[i, j], p[0], p[1], p[2], n[0], n[1], n[2], i, j)
    if s.sun[0] > 0:
        lit = _sunlit(s, stack, out.cell[i, j], p[0], p[1], p[2], n[0], n[1], n[2])
        r, g, b = r + lit * s.sun[0], g + lit * s.sun[1], b + lit * s.sun[2]
    cr, cg, cb = _color(s, mat, u, v, hu, hv, out.depth[i, j] / lens[0])
    m = s.mats
    bend = m[mat, 12]
    if bend > 0:  # soft edges catch or lose light
        edge = max(abs(u) / hu, abs(v) / hv)
        rim = max(0.0, edge - (1 - bend)) / bend
        dark *= 1 - 0.35 * rim * rim + (0.2 * rim if v > 0 else 0.0)
    glow = m[mat, 11]
    r, g, b = cr * (r * dark + glow), cg * (g * dark + glow), cb * (b * dark + glow)
    share, mr, mg, mb = 0.0, 0.0, 0.0, 0.0
    if m[mat, 10] > 0:
        share, mr, mg, mb = _reflect(s, stack, out.cell[i, j], m[mat, 10], p, d, n)
    return r, g, b, share, mr, mg, mb


@njit(cache=True, nogil=True, fastmath=True)
def probe(s, o, rays):  # type: ignore[no-untyped-def]
    """How far rays from one point go, in multiples of their length."""
    far = np.empty(rays.shape[0])
    stack = np.empty(_STACK, np.int64)
    start = cell_of(s.cells, s.slopes, -1, o[0], o[1], o[2])
    for k in range(rays.shape[0]):
        x, y, z = rays[k, 0], rays[k, 1], rays[k, 2]
        t, _, _ = shell_hit(s.cells, s.slopes, start, o[0], o[1], o[2], x, y, z)
        far[k], _, _ = nearest(s.geo, s.tree, s.links, s.items, stack, o[0], o[1], o[2], x, y, z, t, False)
    return far
