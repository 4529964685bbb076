"""Light: lamps and windows with soft shadows, the sun, mirror images."""

import math

from numba import njit

from pipeline.distill.rooms.raycast import cell_of, hit_world, inside, nearest, shell_hit
from pipeline.distill.rooms.surface import color, on_primitive, on_shell, outside
from pipeline.distill.rooms.texture import chance

#: share of the light so far below which a lamp's shadows are left out
_FELT = 0.06


@njit(cache=True, nogil=True, fastmath=True)
def ambient(a, ny):  # type: ignore[no-untyped-def]
    """Light from everywhere, and what the floor throws back on what looks down."""
    up, down = 0.8 + 0.2 * ny, max(0.0, 0.5 - 0.5 * ny)
    return a[0] * up + a[3] * down, a[1] * up + a[4] * down, a[2] * up + a[5] * down


@njit(cache=True, nogil=True, fastmath=True)
def lamp(w, k, x, y, z, nx, ny, nz, ja, jb):  # type: ignore[no-untyped-def]
    """Direction, distance and strength of light ``k`` at a surface, at a place of the light."""
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
def _blocked(geo, tree, links, items, cells, slopes, stack, last, k, cell, x, y, z, dx, dy, dz, far):  # type: ignore[no-untyped-def]
    """Whether something stands before light ``k``; what stood there last is tried first, then remembered."""
    if last[k] >= 0:
        t, _ = hit_world(geo, last[k], x, y, z, dx, dy, dz, far - 0.03)
        if t < far - 0.03:
            return True
    t, _, _ = shell_hit(cells, slopes, cell, x, y, z, dx, dy, dz)
    if t < far - 0.06:
        return True
    _, who, _ = nearest(geo, tree, links, items, stack, x, y, z, dx, dy, dz, far - 0.03, True)
    if who >= 0:
        last[k] = who
    return who >= 0


@njit(cache=True, nogil=True, fastmath=True)
def light_at(s, stack, last, cell, x, y, z, nx, ny, nz, i, j):  # type: ignore[no-untyped-def]
    """Irradiance with soft shadows: a jittered shadow ray per light, its places spread over 3 x 3 samples."""
    r, g, b = ambient(s.ambient, ny)
    geo, tree, links, items, cells, slopes, lights = (
        s.geo,
        s.tree,
        s.links,
        s.items,
        s.cells,
        s.slopes,
        s.lights,
    )
    x, y, z = x + 2e-3 * nx, y + 2e-3 * ny, z + 2e-3 * nz
    home = cell
    if not inside(cells, slopes, cell, x, y, z):
        home = cell_of(cells, slopes, -1, x, y, z)
        home = cell if home < 0 else home
    for k in range(lights.shape[0]):
        ja = ((i % 3) + chance(i, j, 17 + k)) / 1.5 - 1
        jb = ((j % 3) + chance(i, j, 57 + k)) / 1.5 - 1
        dx, dy, dz, far, lit = lamp(lights, k, x, y, z, nx, ny, nz, ja, jb)
        if lit <= 1e-4:
            continue
        matters = lit * lights[k, 10] > _FELT * g  # a lamp that is hardly felt throws no shadow that is seen
        if matters and _blocked(
            geo, tree, links, items, cells, slopes, stack, last, k, home, x, y, z, dx, dy, dz, far
        ):
            continue
        r, g, b = r + lit * lights[k, 9], g + lit * lights[k, 10], b + lit * lights[k, 11]
    return r, g, b


@njit(cache=True, nogil=True, fastmath=True)
def sunlit(s, stack, cell, x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
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
def _glance(s, stack, start, x, y, z, dx, dy, dz, blur):  # type: ignore[no-untyped-def]
    """What a reflected ray sees, plainly lit."""
    t, c, face = shell_hit(s.cells, s.slopes, start, x, y, z, dx, dy, dz)
    t, who, axis = nearest(s.geo, s.tree, s.links, s.items, stack, x, y, z, dx, dy, dz, t, False)
    px, py, pz = x + t * dx, y + t * dy, z + t * dz
    if who >= 0:
        nx, ny, nz, mat, u, v, hu, hv = on_primitive(s.geo, s.mats_of, who, axis, px, py, pz)
    else:
        nx, ny, nz, mat, u, v, hu, hv = on_shell(s.cells, s.slopes, s.cell_mats, c, face, px, py, pz)
        if mat < 0:
            return outside(s.outside, dx, dy, dz)
    r, g, b = ambient(s.ambient, ny)
    for k in range(s.lights.shape[0]):
        _, _, _, _, lit = lamp(s.lights, k, px, py, pz, nx, ny, nz, 0.0, 0.0)
        lit *= 0.8
        r, g, b = r + lit * s.lights[k, 9], g + lit * s.lights[k, 10], b + lit * s.lights[k, 11]
    cr, cg, cb = color(s.mats, mat, u, v, hu, hv, blur)
    glow = s.mats[mat, 11]
    return cr * (r + glow), cg * (g + glow), cb * (b + glow)


@njit(cache=True, nogil=True, fastmath=True)
def reflect(s, stack, cell, gloss, p, d, n):  # type: ignore[no-untyped-def]
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
