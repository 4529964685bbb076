"""Kernels that draw a room: what every pixel sees, and how much light comes from there."""

import numpy as np
from numba import njit

from pipeline.distill.rooms.light import light_at, reflect, sunlit
from pipeline.distill.rooms.raycast import FAR, cell_of, hit, into, nearest, shell_hit
from pipeline.distill.rooms.surface import color, crease, on_primitive, on_shell, outside

_EYE = 0.05
_STACK = 64
#: gloss of window panes
_PANE = 0.6


@njit(cache=True, nogil=True, fastmath=True)
def draw_shell(s, o, R, lens, start, out):  # type: ignore[no-untyped-def]
    """Depth, cell and face of the shell at every pixel. ``lens``: fx, fy, cx, cy."""
    cells, slopes, depth, wall, who, cell, axis = (
        s.cells, s.slopes, out.depth, out.wall_depth, out.who, out.cell, out.axis,
    )  # fmt: skip
    for i in range(depth.shape[0]):
        for j in range(depth.shape[1]):
            a, b = (j - lens[2]) / lens[0], (i - lens[3]) / lens[1]
            x = R[0, 0] * a + R[0, 1] * b + R[0, 2]
            y = R[1, 0] * a + R[1, 1] * b + R[1, 2]
            z = R[2, 0] * a + R[2, 1] * b + R[2, 2]
            t, c, face = shell_hit(cells, slopes, start, o[0], o[1], o[2], x, y, z)
            depth[i, j], wall[i, j], who[i, j], cell[i, j], axis[i, j] = t, t, -1, c, face


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
    geo, depth, who, axes = s.geo, out.depth, out.who, out.axis
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
                t, axis = hit(geo, k, qx, qy, qz, ex, ey, ez, depth[i, j])
                if t < depth[i, j]:
                    depth[i, j], who[i, j], axes[i, j] = t, k, axis


@njit(cache=True, nogil=True, fastmath=True)
def _point(o, R, lens, t, i, j):  # type: ignore[no-untyped-def]
    a, b = (j - lens[2]) / lens[0], (i - lens[3]) / lens[1]
    x = R[0, 0] * a + R[0, 1] * b + R[0, 2]
    y = R[1, 0] * a + R[1, 1] * b + R[1, 2]
    z = R[2, 0] * a + R[2, 1] * b + R[2, 2]
    return o[0] + t * x, o[1] + t * y, o[2] + t * z, x, y, z


@njit(cache=True, nogil=True, fastmath=True)
def _name_primitives(geo, mats_of, sides, instances, o, R, lens, out):  # type: ignore[no-untyped-def]
    """Normal, material, place on the face, side and instance of pixels that show primitives."""
    depth, who, axis, normal, place = out.depth, out.who, out.axis, out.normal, out.place
    mat, side, instance, key = out.mat, out.side, out.instance, out.key
    for i in range(depth.shape[0]):
        for j in range(depth.shape[1]):
            k = who[i, j]
            if k < 0:
                continue
            x, y, z, _, _, _ = _point(o, R, lens, depth[i, j], i, j)
            nx, ny, nz, m, u, v, hu, hv = on_primitive(geo, mats_of, k, axis[i, j], x, y, z)
            normal[i, j, 0], normal[i, j, 1], normal[i, j, 2], mat[i, j] = nx, ny, nz, m
            place[i, j, 0], place[i, j, 1], place[i, j, 2], place[i, j, 3], place[i, j, 4] = u, v, hu, hv, 1.0
            side[i, j], instance[i, j], key[i, j] = sides[k], instances[k], k * 16 + axis[i, j]


@njit(cache=True, nogil=True, fastmath=True)
def _name_shell(cells, slopes, cell_mats, cell_sides, o, R, lens, out):  # type: ignore[no-untyped-def]
    """The same for pixels that show the shell."""
    depth, who, axis, cell, normal, place = out.depth, out.who, out.axis, out.cell, out.normal, out.place
    mat, side, instance, key = out.mat, out.side, out.instance, out.key
    for i in range(depth.shape[0]):
        for j in range(depth.shape[1]):
            if who[i, j] >= 0:
                continue
            c, face = cell[i, j], axis[i, j]
            x, y, z, _, _, _ = _point(o, R, lens, depth[i, j], i, j)
            nx, ny, nz, m, u, v, hu, hv = on_shell(cells, slopes, cell_mats, c, face, x, y, z)
            normal[i, j, 0], normal[i, j, 1], normal[i, j, 2], mat[i, j] = nx, ny, nz, m
            place[i, j, 0], place[i, j, 1], place[i, j, 2], place[i, j, 3] = u, v, hu, hv
            place[i, j, 4] = crease(cells, c, face, x, y, z)
            side[i, j], instance[i, j], key[i, j] = (
                cell_sides[c, min(face, 3) if face > 5 else face],
                0,
                -c * 16 - face,
            )


@njit(cache=True, nogil=True, fastmath=True)
def _sample_light(s, o, R, lens, stack, out, light, step):  # type: ignore[no-untyped-def]
    """Irradiance at every ``step``-th pixel of every ``step``-th row."""
    depth, normal, mat, cell = out.depth, out.normal, out.mat, out.cell
    last = np.full(s.lights.shape[0], -1)
    for i in range(light.shape[0]):
        for j in range(light.shape[1]):
            a, c = step * i, step * j
            if mat[a, c] < 0:
                continue
            x, y, z, _, _, _ = _point(o, R, lens, depth[a, c], a, c)
            nx, ny, nz = normal[a, c, 0], normal[a, c, 1], normal[a, c, 2]
            light[i, j] = light_at(s, stack, last, cell[a, c], x, y, z, nx, ny, nz, i, j)


@njit(cache=True, nogil=True, fastmath=True)
def _evened(key, light, step, reach):  # type: ignore[no-untyped-def]
    """Samples averaged with their neighbours ``reach`` samples away on the same face: jitter is no grain."""
    mean = np.empty_like(light)
    height, width = light.shape[0], light.shape[1]
    for i in range(height):
        for j in range(width):
            own, r, g, b, n = key[step * i, step * j], 0.0, 0.0, 0.0, 0.0
            for a in range(-1, 2):
                y = i + a * reach
                if y < 0 or y >= height:
                    continue
                for c in range(-1, 2):
                    x = j + c * reach
                    if x < 0 or x >= width or key[step * y, step * x] != own:
                        continue
                    r, g, b, n = r + light[y, x, 0], g + light[y, x, 1], b + light[y, x, 2], n + 1
            mean[i, j, 0], mean[i, j, 1], mean[i, j, 2] = r / n, g / n, b / n
    return mean


@njit(cache=True, nogil=True, fastmath=True)
def _gather(key, light, i, j, step):  # type: ignore[no-untyped-def]
    """Irradiance between the four samples round a pixel that lie on its face, and their weight."""
    own, r, g, b, n = key[i, j], 0.0, 0.0, 0.0, 0.0
    top, left = i // step, j // step
    down, right = (i - step * top) / step, (j - step * left) / step
    for a in range(2):
        for c in range(2):
            y, x = min(top + a, light.shape[0] - 1), min(left + c, light.shape[1] - 1)
            if key[step * y, step * x] == own:
                w = (down if a else 1.0 - down) * (right if c else 1.0 - right) + 1e-3
                r, g, b, n = r + w * light[y, x, 0], g + w * light[y, x, 1], b + w * light[y, x, 2], n + w
    share = 1.0 / max(n, 1e-9)
    return r * share, g * share, b * share, n


@njit(cache=True, nogil=True)
def shade(s, o, R, lens, out, step):  # type: ignore[no-untyped-def]
    """Normals (world), sides, instances and linear radiance of a picture whose depth is drawn.

    Light is sampled at every ``step``-th pixel.
    """
    height, width = out.depth.shape
    stack = np.empty(_STACK, np.int64)
    light = np.zeros(((height - 1) // step + 1, (width - 1) // step + 1, 3))
    _name_primitives(s.geo, s.mats_of, s.sides, s.instances, o, R, lens, out)
    _name_shell(s.cells, s.slopes, s.cell_mats, s.cell_sides, o, R, lens, out)
    _sample_light(s, o, R, lens, stack, out, light, step)
    for reach in (1, 2):
        light = _evened(out.key, light, step, reach)
    _paint(s.mats, light, lens, out, step)
    if s.sun[0] > 0:
        _add_sun(s, o, R, lens, stack, out)
    _add_images(s, o, R, lens, stack, out)


@njit(cache=True, nogil=True, fastmath=True)
def _paint(mats, light, lens, out, step):  # type: ignore[no-untyped-def]
    """Albedo of every pixel, and its colour under the sampled light (-1 where none was sampled near)."""
    key, mat, place, depth, radiance, albedo = out.key, out.mat, out.place, out.depth, out.radiance, out.albedo
    for i in range(depth.shape[0]):
        for j in range(depth.shape[1]):
            m = mat[i, j]
            if m < 0:
                continue
            u, v, hu, hv, dark = place[i, j, 0], place[i, j, 1], place[i, j, 2], place[i, j, 3], place[i, j, 4]
            cr, cg, cb = color(mats, m, u, v, hu, hv, depth[i, j] / lens[0])
            bend, glow = mats[m, 12], mats[m, 11]
            if bend > 0:  # soft edges catch or lose light
                rim = max(0.0, max(abs(u) / hu, abs(v) / hv) - (1 - bend)) / bend
                dark *= 1 - 0.35 * rim * rim + (0.2 * rim if v > 0 else 0.0)
            albedo[i, j, 0], albedo[i, j, 1], albedo[i, j, 2] = cr, cg, cb
            r, g, b, count = _gather(key, light, i, j, step)
            if count == 0.0:
                radiance[i, j, 0] = -1.0
                continue
            radiance[i, j, 0] = cr * (r * dark + glow)
            radiance[i, j, 1] = cg * (g * dark + glow)
            radiance[i, j, 2] = cb * (b * dark + glow)


@njit(cache=True, nogil=True, fastmath=True)
def _add_sun(s, o, R, lens, stack, out):  # type: ignore[no-untyped-def]
    toward, sun, normal, mat = s.ambient, s.sun, out.normal, out.mat
    for i in range(mat.shape[0]):
        for j in range(mat.shape[1]):
            nx, ny, nz = normal[i, j, 0], normal[i, j, 1], normal[i, j, 2]
            if mat[i, j] < 0 or nx * toward[6] + ny * toward[7] + nz * toward[8] <= 0:
                continue
            x, y, z, _, _, _ = _point(o, R, lens, out.depth[i, j], i, j)
            lit = sunlit(s, stack, out.cell[i, j], x, y, z, nx, ny, nz)
            for k in range(3):
                out.radiance[i, j, k] += lit * sun[k] * out.albedo[i, j, k]


@njit(cache=True, nogil=True, fastmath=True)
def _add_images(s, o, R, lens, stack, out):  # type: ignore[no-untyped-def]
    """The world outside, mirror images on glossy faces, and light of pixels that no sample was near."""
    n, p, d = np.empty(3), np.empty(3), np.empty(3)
    last = np.full(s.lights.shape[0], -1)
    mats, mat, radiance, cell = s.mats, out.mat, out.radiance, out.cell
    for i in range(mat.shape[0]):
        for j in range(mat.shape[1]):
            m = mat[i, j]
            gloss = _PANE if m < 0 else mats[m, 10]
            missed = radiance[i, j, 0] < 0
            if gloss <= 0 and not missed:
                continue
            p[0], p[1], p[2], d[0], d[1], d[2] = _point(o, R, lens, out.depth[i, j], i, j)
            n[0], n[1], n[2] = out.normal[i, j, 0], out.normal[i, j, 1], out.normal[i, j, 2]
            if m < 0:
                radiance[i, j] = outside(s.outside, d[0], d[1], d[2])
            elif missed:
                r, g, b = light_at(s, stack, last, cell[i, j], p[0], p[1], p[2], n[0], n[1], n[2], i, j)
                dark, glow = out.place[i, j, 4], mats[m, 11]
                radiance[i, j, 0] = out.albedo[i, j, 0] * (r * dark + glow)
                radiance[i, j, 1] = out.albedo[i, j, 1] * (g * dark + glow)
                radiance[i, j, 2] = out.albedo[i, j, 2] * (b * dark + glow)
            share, r, g, b = reflect(s, stack, cell[i, j], gloss, p, d, n)
            radiance[i, j, 0] += share * (r - radiance[i, j, 0])
            radiance[i, j, 1] += share * (g - radiance[i, j, 1])
            radiance[i, j, 2] += share * (b - radiance[i, j, 2])


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
