"""Light in a room: sky through windows, sun, lamps, and what all surfaces pass on to each other.

Quantities are relative radiances: a white matt surface under irradiance E shows radiance E / pi, and that is
what is called *light* here, so that radiance = albedo x light.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32

from pipeline.progress import Progress
from tools.demo_renderer.jit import in_rows, kernel
from tools.demo_renderer.light.tracer import NO_FACE, Hits, Tracer, hemisphere_rule
from tools.demo_renderer.noise import hash01
from tools.demo_renderer.scene import Lamp, Scene, Sky, Window

Points = Float32[np.ndarray, "N 3"]
Rays = Float32[np.ndarray, "N 6"]
Shifts = Float32[np.ndarray, "N 2"]
SURFACE_GAP_M = 2e-4
SUN_RADIUS_RAD = 0.009
SUN_RAYS = 4
BOUNCES = 5
_MOST_RADIANCE = 1.6  # cuts the insides of lamp shades, which few rays find and which would leave sparks
FACE_RAYS = 12  # per face and per sample of a pixel's side
FACE_SOURCE_RAYS = 3


@dataclass(frozen=True)
class BakedLight:
    """What the faces of a scene receive (``light``, smoothed) and send out (``radiance``), both sides alike."""

    light: Float32[np.ndarray, "F 3"]
    radiance: Float32[np.ndarray, "F 3"]
    vertex_radiance: Float32[np.ndarray, "V 3"]


@kernel
def hemisphere_rays(
    points: Points,
    normals: Points,
    rule: Float32[np.ndarray, "S 2"],
    shift: Shifts,
    start: int,
    stop: int,
    rays: Rays,
) -> None:
    """Cosine-distributed rays: ``S`` for each of the points ``start`` to ``stop``; ``shift`` moves the rule."""
    count = rule.shape[0]
    for k in range(start, stop):
        nx, ny, nz = normals[k, 0], normals[k, 1], normals[k, 2]
        sign = 1.0 if nz >= 0.0 else -1.0
        a = -1.0 / (sign + nz)
        b = nx * ny * a
        da, db = shift[k, 0], shift[k, 1]
        for s in range(count):
            p, q = rule[s, 0] + da, rule[s, 1] + db
            p, q = p - math.floor(p), (q - math.floor(q)) * 2.0 * math.pi
            radius = math.sqrt(p)
            x, y, z = radius * math.cos(q), radius * math.sin(q), math.sqrt(max(1.0 - p, 0.0))
            r = k * count + s
            for axis in range(3):
                rays[r, axis] = points[k, axis] + SURFACE_GAP_M * normals[k, axis]
            rays[r, 3] = x * (1.0 + sign * nx * nx * a) + y * b + z * nx
            rays[r, 4] = x * sign * b + y * (sign + ny * ny * a) + z * ny
            rays[r, 5] = -x * sign * nx - y * ny + z * nz


@kernel
def sky_radiance(x: float, y: float, z: float, sky: Float[np.ndarray, "4 3"]) -> tuple[float, float, float]:
    """Radiance from a direction outside; rows of ``sky``: zenith, horizon, ground, sun direction."""
    if z < 0.0:
        return sky[2, 0], sky[2, 1], sky[2, 2]
    t = math.sqrt(min(z, 1.0))
    halo = max(x * sky[3, 0] + y * sky[3, 1] + z * sky[3, 2], 0.0) ** 8 * 0.8 + 1.0
    return (
        (sky[1, 0] + t * (sky[0, 0] - sky[1, 0])) * halo,
        (sky[1, 1] + t * (sky[0, 1] - sky[1, 1])) * halo,
        (sky[1, 2] + t * (sky[0, 2] - sky[1, 2])) * halo,
    )


@kernel
def window_rays(
    points: Points,
    normals: Points,
    window: Float[np.ndarray, "4 3"],
    sky: Float[np.ndarray, "4 3"],
    rule: Float32[np.ndarray, "S 2"],
    shift: Shifts,
    start: int,
    stop: int,
    rays: Rays,
    gain: Points,
) -> None:
    """Segments from points to places in a window, and the light that each brings if nothing is between.

    Rows of ``window``: corner, edges u and v, inward normal (its length is the area).
    """
    count = rule.shape[0]
    inward = window[3]
    area = math.sqrt(inward[0] ** 2 + inward[1] ** 2 + inward[2] ** 2)
    for k in range(start, stop):
        da, db = shift[k, 0], shift[k, 1]
        for s in range(count):
            p, q = rule[s, 0] + da, rule[s, 1] + db
            p, q = p - math.floor(p), q - math.floor(q)
            r = k * count + s
            cosine, facing, square = 0.0, 0.0, 0.0
            for axis in range(3):
                rays[r, axis] = points[k, axis] + SURFACE_GAP_M * normals[k, axis]
                d = window[0, axis] + p * window[1, axis] + q * window[2, axis] - rays[r, axis]
                rays[r, 3 + axis] = d
                cosine += d * normals[k, axis]
                facing -= d * inward[axis] / area
                square += d * d
            gain[r, 0] = gain[r, 1] = gain[r, 2] = 0.0
            if cosine > 0.0 and facing > 0.0:
                length = math.sqrt(square)
                weight = cosine * facing * area / (square * max(square, 0.05) * math.pi * count)
                x, y, z = rays[r, 3] / length, rays[r, 4] / length, rays[r, 5] / length
                red, green, blue = sky_radiance(x, y, z, sky)
                gain[r, 0], gain[r, 1], gain[r, 2] = red * weight, green * weight, blue * weight


@kernel
def lamp_rays(
    points: Points,
    normals: Points,
    lamp: Float[np.ndarray, "7"],
    rule: Float32[np.ndarray, "S 2"],
    shift: Shifts,
    start: int,
    stop: int,
    rays: Rays,
    gain: Points,
) -> None:
    """Like :func:`window_rays` for a glowing ball: centre, radius, power."""
    count = rule.shape[0]
    for k in range(start, stop):
        da, db = shift[k, 0], shift[k, 1]
        for s in range(count):
            p, q = rule[s, 0] + da, rule[s, 1] + db
            z = 2.0 * (p - math.floor(p)) - 1.0
            ring = math.sqrt(max(1.0 - z * z, 0.0))
            angle = 2.0 * math.pi * q
            r = k * count + s
            offset = (ring * math.cos(angle), ring * math.sin(angle), z)
            cosine, square = 0.0, 0.0
            for axis in range(3):
                rays[r, axis] = points[k, axis] + SURFACE_GAP_M * normals[k, axis]
                d = lamp[axis] + lamp[3] * offset[axis] - rays[r, axis]
                rays[r, 3 + axis] = d
                cosine += d * normals[k, axis]
                square += d * d
            weight = max(cosine, 0.0) / (max(square, 0.01) ** 1.5 * count)
            gain[r, 0], gain[r, 1], gain[r, 2] = weight * lamp[4], weight * lamp[5], weight * lamp[6]


@kernel
def sun_rays(
    points: Points,
    normals: Points,
    windows: Float[np.ndarray, "W 4 3"],
    sun: Float[np.ndarray, "3"],
    ring: int,
    start: int,
    stop: int,
    rays: Rays,
    cosines: Float32[np.ndarray, "N"],
) -> None:
    """Segments towards the sun as far as the window they pass; ``cosines`` is 0 where they pass none.

    ``ring`` chooses which of ``SUN_RAYS`` rings of equal area of the sun's disc they aim at.
    """
    for k in range(start, stop):
        cosines[k] = 0.0
        cosine = normals[k, 0] * sun[0] + normals[k, 1] * sun[1] + normals[k, 2] * sun[2]
        if cosine <= 0.0:
            continue
        radius = SUN_RADIUS_RAD * math.sqrt((ring + hash01(k, ring, 74)) / SUN_RAYS)
        angle = 2.0 * math.pi * (hash01(k, 8, 74) + 0.618 * ring)
        a, b = radius * math.cos(angle), radius * math.sin(angle)
        x, y, z = sun[0] + a, sun[1] + b * sun[2], sun[2] - b * sun[1]
        for w in range(windows.shape[0]):
            corner, inward = windows[w, 0], windows[w, 3]
            speed = x * inward[0] + y * inward[1] + z * inward[2]
            if speed >= 0.0:
                continue
            reach = 0.0
            for axis in range(3):
                reach += (corner[axis] - points[k, axis]) * inward[axis] / speed
            if reach <= 0.0:
                continue
            p, q, pp, qq = 0.0, 0.0, 0.0, 0.0
            direction = (x, y, z)
            for axis in range(3):
                d = points[k, axis] + reach * direction[axis] - corner[axis]
                p += d * windows[w, 1, axis]
                q += d * windows[w, 2, axis]
                pp += windows[w, 1, axis] ** 2
                qq += windows[w, 2, axis] ** 2
            if 0.0 < p < pp and 0.0 < q < qq:
                cosines[k] = cosine
                for axis in range(3):
                    rays[k, axis] = points[k, axis] + SURFACE_GAP_M * normals[k, axis]
                    rays[k, 3 + axis] = direction[axis] * reach


def window_rows(window: Window) -> Float[np.ndarray, "4 3"]:
    """A window as the kernels take it (the normal's length is the area)."""
    area = np.linalg.norm(np.cross(window.edge_u, window.edge_v))
    return np.array([window.corner, window.edge_u, window.edge_v, np.array(window.inward) * area])


def sky_rows(sky: Sky) -> Float[np.ndarray, "4 3"]:
    """A sky as the kernels take it."""
    return np.array([sky.zenith, sky.horizon, sky.ground, sun_direction(sky)])


def sun_direction(sky: Sky) -> Float[np.ndarray, "3"]:
    """Unit vector towards the sun."""
    towards = np.array(sky.to_sun, np.float64)
    return towards / np.linalg.norm(towards)


def random_shifts(count: int) -> Shifts:
    """One shift of the sampling rule for each of ``count`` unordered points."""
    return np.random.default_rng(count).random((count, 2), dtype=np.float32)


def _towards(
    emitter: Window | Lamp,
    points: Points,
    normals: Points,
    rule: Float32[np.ndarray, "S 2"],
    shift: Shifts,
    sky: Float[np.ndarray, "4 3"],
) -> tuple[Rays, Points]:
    rays = np.empty((len(points) * len(rule), 6), np.float32)
    gain = np.empty((len(points) * len(rule), 3), np.float32)
    if isinstance(emitter, Window):
        rows = window_rows(emitter)
        in_rows(
            lambda a, b: window_rays(points, normals, rows, sky, rule, shift, a, b, rays, gain), len(points)
        )
    else:
        row = np.array([*emitter.centre, emitter.radius_m, *emitter.power])
        in_rows(lambda a, b: lamp_rays(points, normals, row, rule, shift, a, b, rays, gain), len(points))
    return rays, gain


def source_samples(
    tracer: Tracer, points: Points, normals: Points, shift: Shifts, counts: tuple[int, int], turn: int
) -> list[tuple[Rays, Points]]:
    """For every window and lamp: segments per point and what they bring, 0 where they are blocked.

    ``counts`` are the segments per point to a window and to a lamp.
    """
    scene = tracer.scene
    found = []
    sky = sky_rows(scene.sky)
    emitters: list[Window | Lamp] = [*scene.windows, *scene.lamps]
    for emitter in emitters:
        rule = hemisphere_rule(counts[0] if isinstance(emitter, Window) else counts[1], turn)
        rays, gain = _towards(emitter, points, normals, rule, shift, sky)
        useful = gain.max(1) > 1e-5
        gain[~useful] = 0.0
        index = np.nonzero(useful)[0]
        gain[index[tracer.blocked(rays[index])]] = 0.0
        found.append((rays, gain))
    return found


def sunlight(tracer: Tracer, points: Points, normals: Points) -> Float32[np.ndarray, "N"]:
    """Cosine towards the sun where it shines, 0 in shadow, between where its disc is partly hidden."""
    scene = tracer.scene
    windows = np.array([window_rows(window) for window in scene.windows])
    light = np.zeros(len(points), np.float32)
    if scene.sky.sun == (0.0, 0.0, 0.0) or not len(windows):
        return light
    sun = sun_direction(scene.sky)
    index = np.arange(len(points))
    for ring in range(SUN_RAYS):
        places, facing = points[index], normals[index]
        rays, cosines = np.empty((len(index), 6), np.float32), np.empty(len(index), np.float32)

        def work(
            start: int,
            stop: int,
            ring: int = ring,
            given: tuple[Points, Points] = (places, facing),
            found: tuple[Rays, Float32[np.ndarray, "N"]] = (rays, cosines),
        ) -> None:
            sun_rays(*given, windows, sun, ring, start, stop, *found)

        in_rows(work, len(index))
        if ring == 0:  # the other rings only look where the middle of the sun stands before a window
            before = np.nonzero(cosines)[0]
            index, rays, cosines = index[before], rays[before], cosines[before]
        free = ~tracer.blocked(rays, 1.0) & (cosines > 0)
        light[index[free]] += cosines[free] / SUN_RAYS
    return light


def _face_frames(scene: Scene) -> tuple[Points, Points, Float32[np.ndarray, "F 3 3"]]:
    corners = scene.vertices[scene.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    against = np.sum(normals * scene.normals[scene.faces].sum(1), axis=1) < 0
    normals[against] *= -1
    return corners.mean(1), np.ascontiguousarray(normals), corners


def _face_albedo(tracer: Tracer, centres: Points, normals: Points) -> Points:
    """Mean colour of the faces, from their centres seen under a wide pixel."""
    count = len(centres)
    rays = np.concatenate([centres, -normals], 1)
    third = np.full((count, 2), 1 / 3, np.float32)
    hits = Hits(np.full(count, 1.0, np.float32), np.arange(count, dtype=np.uint32), third)
    albedo: Points = np.clip(tracer.shade(rays, hits, 0.06).albedo, 0.0, 0.9)
    return albedo


def _direct(
    tracer: Tracer, centres: Points, normals: Points, corners: Float32[np.ndarray, "F 3 3"], count: int
) -> Points:
    light = np.zeros_like(centres)
    shift = random_shifts(len(centres))
    for _, gain in source_samples(tracer, centres, normals, shift, (count, count), 0):
        light += gain.reshape(len(centres), -1, 3).sum(1)
    weights = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]], np.float32)
    sun = np.array(tracer.scene.sky.sun, np.float32)
    for weight in weights:
        places = np.ascontiguousarray(np.einsum("c,fcx->fx", weight, corners))
        light += sunlight(tracer, places, normals)[:, None] * sun / len(weights)
    return light


def _exchange(
    tracer: Tracer, centres: Points, normals: Points, count: int, progress: Progress
) -> Int32[np.ndarray, "F S"]:
    """For every face the faces that it sees in ``count`` directions (-1: none)."""
    rule, step = hemisphere_rule(count, 1), 40_000
    seen = np.empty((len(centres), count), np.int32)
    for start in range(0, len(centres), step):
        part, facing = centres[start : start + step], normals[start : start + step]
        rays = np.empty((len(part) * count, 6), np.float32)

        shift = random_shifts(len(part))

        def work(a: int, b: int, part: Points = part, facing: Points = facing, shift: Shifts = shift,
                 rays: Rays = rays) -> None:  # fmt: skip
            hemisphere_rays(part, facing, rule, shift, a, b, rays)

        in_rows(work, len(part))
        faces = tracer.faces(rays)
        numbers = np.where(faces == NO_FACE, -1, faces.astype(np.int64))
        seen[start : start + step] = numbers.reshape(len(part), -1)
        progress(start / len(centres), "light between surfaces")
    return seen


def bake(tracer: Tracer, side: int, progress: Progress) -> BakedLight:
    """Radiosity of all faces by repeated gathering (Goral et al. 1984, Monte Carlo form factors).

    The number of rays grows with ``side``, the samples per side of a pixel.
    """
    scene, count = tracer.scene, FACE_RAYS * side
    centres, normals, corners = _face_frames(scene)
    progress(0.0, "daylight on surfaces")
    albedo = _face_albedo(tracer, centres, normals)
    glow = scene.materials[scene.material_of_face, 10:13].astype(np.float32) * albedo
    direct = _direct(tracer, centres, normals, corners, FACE_SOURCE_RAYS * side)
    seen = _exchange(tracer, centres, normals, count, progress.part(0.4, 0.9))
    padded = np.zeros((len(centres) + 1, 3), np.float32)
    outside = centres[:, 1] > scene.size_m[1] + 1.0
    light = direct
    for _ in range(BOUNCES):
        padded[:-1] = glow + albedo * light
        padded[:-1][outside] = 0.0
        light = direct + sum(padded[seen[:, s]] for s in range(count)) / np.float32(count)
    radiance = np.minimum(glow + albedo * light, _MOST_RADIANCE)
    radiance[outside] = 0.0
    smooth = _to_vertices(scene, light, ~outside)[scene.faces].mean(1)
    return BakedLight(smooth, radiance, _to_vertices(scene, radiance, ~outside))


def _to_vertices(scene: Scene, radiance: Points, use: Bool[np.ndarray, "F"]) -> Points:
    total = np.zeros((len(scene.vertices), 3), np.float32)
    count = np.zeros(len(scene.vertices), np.float32)
    for corner in range(3):
        np.add.at(total, scene.faces[use, corner], radiance[use])
        np.add.at(count, scene.faces[use, corner], 1.0)
    mean: Points = total / np.maximum(count, 1.0)[:, None]
    return mean
