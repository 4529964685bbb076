"""One photo: supersampled surfaces lit by the light map, sunlight, sheen, then a camera's response."""

import math

import numpy as np
from jaxtyping import Float, Float32, UInt8, UInt32

from pipeline.progress import Progress
from tools.demo_renderer.cameras import Camera
from tools.demo_renderer.jit import in_rows, kernel
from tools.demo_renderer.light.gather import LightMap, light_map
from tools.demo_renderer.light.light import BakedLight, sunlight
from tools.demo_renderer.light.tracer import NO_FACE, Hits, Shaded, Tracer, pixel_angle
from tools.demo_renderer.noise import hash01
from tools.demo_renderer.scene import Kind

_BAND_ROWS = 96
WHITE_BALANCE = np.array([0.93, 1.0, 1.10], np.float32)
_MOST_LIGHT = 3.5


@kernel
def _sheen_rays(
    start: int,
    stop: int,
    rays: Float32[np.ndarray, "N 6"],
    points: Float32[np.ndarray, "N 3"],
    bumped: Float32[np.ndarray, "N 3"],
    gloss: Float32[np.ndarray, "N"],
    out: Float32[np.ndarray, "N 6"],
    share: Float32[np.ndarray, "N"],
) -> None:
    """Blurred mirror rays and how much of their radiance comes back (Schlick)."""
    for k in range(start, stop):
        if gloss[k] <= 0.0:
            continue
        d = (rays[k, 3], rays[k, 4], rays[k, 5])
        length = math.sqrt(d[0] ** 2 + d[1] ** 2 + d[2] ** 2)
        cosine = -(d[0] * bumped[k, 0] + d[1] * bumped[k, 1] + d[2] * bumped[k, 2]) / length
        cosine = min(max(cosine, 0.02), 1.0)
        share[k] = gloss[k] * (0.04 + 0.96 * (1.0 - cosine) ** 5)
        for axis in range(3):
            jitter = 0.06 * (hash01(k, axis, 91) + hash01(k, axis + 5, 91) - 1.0)
            out[k, axis] = points[k, axis] + 0.001 * bumped[k, axis]
            out[k, 3 + axis] = d[axis] / length + 2.0 * cosine * bumped[k, axis] + jitter


@kernel
def _light_at(
    x: float,
    y: float,
    reach: int,
    point: Float32[np.ndarray, "3"],
    normal: Float32[np.ndarray, "3"],
    tolerance: float,
    light: Float32[np.ndarray, "H W 3"],
    direction: Float32[np.ndarray, "H W 3"],
    points: Float32[np.ndarray, "H W 3"],
    normals: Float32[np.ndarray, "H W 3"],
    out: Float32[np.ndarray, "7"],
) -> None:
    """Light and direction at a point, from half-resolution neighbours on the same surface: the nearest 2 x 2,
    and ``reach`` pixels more on each side. ``out[6]`` is their weight."""
    out[:] = 0.0
    i, j = math.floor(x), math.floor(y)
    for jj in range(max(j - reach, 0), min(j + 2 + reach, light.shape[0])):
        for ii in range(max(i - reach, 0), min(i + 2 + reach, light.shape[1])):
            aligned, plane = 0.0, 0.0
            for axis in range(3):
                aligned += normal[axis] * normals[jj, ii, axis]
                plane += normal[axis] * (points[jj, ii, axis] - point[axis])
            if aligned <= 0.3 or abs(plane) > 6.0 * tolerance:
                continue
            near = max(1.0 + 0.6 * reach - abs(x - ii), 0.02) * max(1.0 + 0.6 * reach - abs(y - jj), 0.02)
            w = near * aligned**6 * math.exp(-abs(plane) / tolerance)
            for axis in range(3):
                out[axis] += w * light[jj, ii, axis]
                out[3 + axis] += w * direction[jj, ii, axis]
            out[6] += w


@kernel
def _same_surface(
    a: int, b: int, points: Float32[np.ndarray, "N 3"], normal: Float32[np.ndarray, "N 3"], tolerance: float
) -> bool:
    """Whether samples of one pixel lie on one smooth surface, so that they share their light."""
    aligned, plane = 0.0, 0.0
    for axis in range(3):
        aligned += normal[a, axis] * normal[b, axis]
        plane += normal[a, axis] * (points[b, axis] - points[a, axis])
    return aligned > 0.985 and abs(plane) < tolerance


@kernel
def _compose(
    start: int,
    stop: int,
    first_row: int,
    width: int,
    side: int,
    exposure: float,
    faces: UInt32[np.ndarray, "N"],
    points: Float32[np.ndarray, "N 3"],
    normal: Float32[np.ndarray, "N 3"],
    bumped: Float32[np.ndarray, "N 3"],
    albedo: Float32[np.ndarray, "N 3"],
    extra: Float32[np.ndarray, "N 3"],
    direct: Float32[np.ndarray, "N 3"],
    tolerance: Float32[np.ndarray, "N"],
    face_light: Float32[np.ndarray, "F 3"],
    light: Float32[np.ndarray, "H W 3"],
    direction: Float32[np.ndarray, "H W 3"],
    map_points: Float32[np.ndarray, "H W 3"],
    map_normals: Float32[np.ndarray, "H W 3"],
    out: Float32[np.ndarray, "R C 3"],
) -> None:
    """Radiance of the pixels in rows ``start`` to ``stop`` of a band with ``side`` squared samples each.

    Samples are averaged as they will look (compressed by ``exposure``), so that window edges are smooth.
    """
    found = np.zeros(7, np.float32)
    for y in range(start, stop):
        for x in range(width):
            kept = -1
            for s in range(side * side):
                k = (y * width + x) * side * side + s
                f = faces[k]
                if f >= face_light.shape[0]:
                    continue
                hx = (x + ((s % side) + 0.5) / side) / 2.0 - 0.5
                hy = (first_row + y + ((s // side) + 0.5) / side) / 2.0 - 0.5
                for reach in range(3):
                    if kept >= 0 and _same_surface(k, kept, points, normal, tolerance[k]):
                        break
                    _light_at(
                        hx, hy, reach, points[k], normal[k], tolerance[k],
                        light, direction, map_points, map_normals, found,
                    )  # fmt: skip
                    kept = k if found[6] > 1e-4 else -1
                    if found[6] > 0.02:
                        break
                turn = 1.0
                if found[6] > 1e-4:
                    flat, bent, length = 0.0, 0.0, 1e-9
                    for axis in range(3):
                        flat += found[3 + axis] * normal[k, axis]
                        bent += found[3 + axis] * bumped[k, axis]
                        length += found[3 + axis] ** 2
                    turn = 1.0 + (bent - flat) / max(flat, 0.5 * math.sqrt(length))
                    turn = min(max(turn, 0.45), 1.45)
                for axis in range(3):
                    here = found[axis] / found[6] if found[6] > 1e-4 else face_light[f, axis]
                    value = albedo[k, axis] * (here * turn + direct[k, axis]) + extra[k, axis]
                    value = min(value, _MOST_LIGHT)
                    out[y, x, axis] += value / (1.0 + exposure * value) / (side * side)
            for axis in range(3):
                out[y, x, axis] /= 1.0 - exposure * out[y, x, axis]


def _extra_light(
    tracer: Tracer,
    baked: BakedLight,
    rays: Float32[np.ndarray, "N 6"],
    hits: Hits,
    shaded: Shaded,
    points: Float32[np.ndarray, "N 3"],
) -> Float32[np.ndarray, "N 3"]:
    """What a surface sends out besides scattered light: its own glow, and sheen."""
    scene = tracer.scene
    known = hits.face != NO_FACE
    material = scene.material_of_face[np.where(known, hits.face, 0)]
    extra: Float32[np.ndarray, "N 3"] = scene.materials[:, 10:13].astype(np.float32)[material] * shaded.albedo
    gloss = scene.materials[:, 9].astype(np.float32)[material] * known
    index = np.nonzero(gloss)[0]
    if not len(index):
        return extra
    mirrored = np.empty((len(index), 6), np.float32)
    share = np.zeros(len(index), np.float32)
    chosen, places, bumped, strength = rays[index], points[index], shaded.bumped[index], gloss[index]
    in_rows(
        lambda a, b: _sheen_rays(a, b, chosen, places, bumped, strength, mirrored, share),
        len(index),
    )
    met = tracer.hits(mirrored)
    inside = met.face != NO_FACE
    face = np.where(inside, met.face, 0)
    corners = baked.vertex_radiance[scene.faces[face]]
    weights = np.stack([1 - met.bary.sum(1), met.bary[:, 0], met.bary[:, 1]], 1)
    seen = np.einsum("nc,ncx->nx", weights, corners)
    outside = ~inside | (scene.materials[scene.material_of_face[face], 14] == Kind.BACKDROP)
    seen[outside] = np.array(scene.sky.horizon) * 0.6
    extra[index] += share[:, None] * np.minimum(seen, 2.5)
    return extra


def _band(tracer: Tracer, baked: BakedLight, camera: Camera, lights: LightMap, rows: tuple[int, int],
          side: int) -> Float32[np.ndarray, "R W 3"]:  # fmt: skip
    rays = camera.rays(side, rows)
    hits = tracer.hits(rays)
    shaded = tracer.shade(rays, hits, pixel_angle(camera.focal_px, side))
    distance = np.where(hits.face == NO_FACE, 0, hits.t).astype(np.float32)
    points = rays[:, :3] + distance[:, None] * rays[:, 3:]
    lit = sunlight(tracer, points, shaded.bumped) * (distance > 0)
    direct = lit[:, None] * np.array(tracer.scene.sky.sun, np.float32)
    extra = _extra_light(tracer, baked, rays, hits, shaded, points)
    tolerance = (0.004 + 2.0 * distance / camera.focal_px).astype(np.float32)
    out = np.zeros((rows[1] - rows[0], camera.width, 3), np.float32)

    def work(start: int, stop: int) -> None:
        _compose(
            start, stop, rows[0], camera.width, side, tracer.scene.exposure,
            hits.face, points, shaded.normal, shaded.bumped, shaded.albedo, extra, direct, tolerance,
            baked.light, lights.light, lights.direction, lights.points, lights.normals, out,
        )  # fmt: skip

    in_rows(work, rows[1] - rows[0])
    return out


def radiance(
    tracer: Tracer, baked: BakedLight, camera: Camera, side: int, turn: int, progress: Progress
) -> Float32[np.ndarray, "H W 3"]:
    """Linear image of a camera with ``side`` x ``side`` samples per pixel."""
    half = camera.halved()
    progress(0.0, "light")
    grid = half.rays(1, (0, half.height)).reshape(half.height, half.width, 6)
    lights = light_map(tracer, baked, grid, pixel_angle(half.focal_px, 1), side, turn)
    bands = []
    for start in range(0, camera.height, _BAND_ROWS):
        progress(0.55 + 0.45 * start / camera.height, "surfaces")
        bands.append(
            _band(tracer, baked, camera, lights, (start, min(start + _BAND_ROWS, camera.height)), side)
        )
    return np.concatenate(bands)


def develop(linear: Float32[np.ndarray, "H W 3"], exposure: float, seed: int) -> UInt8[np.ndarray, "H W 3"]:
    """A camera's response: glow round bright places, vignetting, filmic curve, sRGB and a little noise."""
    height, width = linear.shape[:2]
    light = linear * np.float32(exposure) * WHITE_BALANCE
    light += _halo(light)
    y, x = np.mgrid[:height, :width]
    radius2 = ((x - (width - 1) / 2) ** 2 + (y - (height - 1) / 2) ** 2) / (0.25 * (width**2 + height**2))
    light *= (1.0 - 0.16 * radius2)[..., None]
    encoded = _encode(_filmic(light))
    noise = np.random.default_rng(seed).normal(0.0, 1.0, (height, width, 3)) * 0.0035
    return (np.clip(encoded + noise, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _halo(light: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Light scattered in the lens around bright places, worked out at a quarter of the resolution."""
    from scipy.ndimage import gaussian_filter, zoom

    height, width = light.shape[:2]
    rows, columns = -(-height // 4) * 4, -(-width // 4) * 4
    padded = np.pad(np.maximum(light - 0.9, 0), ((0, rows - height), (0, columns - width), (0, 0)), mode="edge")
    small = padded.reshape(rows // 4, 4, columns // 4, 4, 3).mean((1, 3))
    blurred = sum(
        0.05 * gaussian_filter(small, (sigma * width, sigma * width, 0)) for sigma in (0.0016, 0.0075)
    )
    halo: Float32[np.ndarray, "H W 3"] = zoom(blurred, (4, 4, 1), order=1, grid_mode=True, mode="nearest")
    return halo[:height, :width]


def _filmic(light: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Straight in the shadows, a long soft shoulder that reaches white at 4.5 (after Reinhard et al. 2002)."""
    x = light * 1.06
    curve: Float32[np.ndarray, "H W 3"] = np.clip(x * (1.0 + x / 4.5**2) / (1.0 + 0.72 * x) * 1.25, 0.0, 1.0)
    return curve


def _encode(linear: Float[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W 3"]:
    encoded: Float[np.ndarray, "H W 3"] = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    )
    return encoded
