"""Where a second camera stands from a first one: places are tried, and set against chance.

The rotation is known. A match supports a place if its two rays meet in front of both cameras at distances that
both photos' priors think likely. Wrong matches do so now and then; the evidence of a place is the logarithm of
how many times likelier all matches are if a share of them is right than if all were wrong (a mixture, as in
Torr and Zisserman, "MLESAC", 2000).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.rooms.processes import kernel

#: standard deviation of a ray, radians; about 3 px at 1024 px; set by hand, effect not measured
RAY_RAD: Final = 0.004
#: share of directions that a wrong match agrees with, per radian of tolerance; a band on the sphere and its
#: borders
_CHANCE_PER_RAD: Final = 1.2
#: Laplace scale of the prior's log depth; the eye's AbsRel of .21 on hololens, with some room
_DEPTH_SCALE: Final = 0.35
#: density of the log depth of a wrong match, per unit; wrong ones spread over four units
_DEPTH_CHANCE: Final = 0.25
#: share of matches that are supposed to be right, share; set by hand, effect not measured
_RIGHT: Final = 0.3
#: standard deviation of the logarithm of the ratio of two cameras' heights; 1.0 to 1.7 m
_HEIGHT_SCALE: Final = 0.2
#: smallest ratio of heights that is considered, none; keeps the logarithm finite
_LEAST_HEIGHT: Final = 0.3
#: rounds of two-point RANSAC, count; set by hand, effect not measured
_ROUNDS: Final = 300
#: horizontal directions that are tried besides, count; every 2 degrees
_LEVEL: Final = 180
#: directions whose distances are tried, count; bounds the time
_LOOKED_INTO: Final = 40
#: distances that are tried, camera heights; a foot to twelve metres, in steps of a fifth
_DISTANCES: Final = np.geomspace(0.08, 8.0, 24)
#: a ray agrees up to so many standard deviations, none; 99 of 100 do
_AGREES: Final = 2.5
#: smallest sine of a ray's angle with the baseline, none; keeps a quotient finite
_LEAST_SWING: Final = 1e-3


@dataclass(frozen=True)
class Rays:
    """Matches of two photos as unit rays in one frame (z up), with likely distances in each camera's height.

    ``weight`` is less than one where matches crowd: they are no independent witnesses.
    """

    first: Float[np.ndarray, "M 3"]
    second: Float[np.ndarray, "M 3"]
    first_distance: Float[np.ndarray, " M"]
    second_distance: Float[np.ndarray, " M"]
    weight: Float[np.ndarray, " M"]


@dataclass(frozen=True)
class Place:
    """Where the second camera stands.

    Attributes:
        centre: from the first camera, in the frame of the rays, in heights of the first camera.
        evidence: natural logarithm of how many times likelier than chance.
        agrees: matches that support it.
        residual_rad: how far each match's rays miss each other; infinite where they do not meet ahead.
    """

    centre: Float[np.ndarray, "3"]
    evidence: float
    agrees: Bool[np.ndarray, " M"]
    residual_rad: Float[np.ndarray, " M"]


def surest(rays: Rays, seed: int) -> Place | None:
    """The place of the second camera that most speaks for; ``None`` where the rays are all but parallel."""
    directions = _directions(rays, seed)
    if not len(directions):
        return None
    logs = np.log(rays.first_distance), np.log(rays.second_distance)
    rough = np.zeros((len(directions), 1))
    _evidence(directions, rays.first, rays.second, *logs, rays.weight, np.zeros(0), rough)
    kept = directions[np.argsort(-rough[:, 0], kind="stable")[:_LOOKED_INTO]]
    fine = np.zeros((len(kept), len(_DISTANCES)))
    _evidence(kept, rays.first, rays.second, *logs, rays.weight, np.log(_DISTANCES), fine)
    best, far = np.unravel_index(int(fine.argmax()), fine.shape)
    residual = _residuals(kept[best], rays)
    agrees = residual < _AGREES * RAY_RAD
    return Place(kept[best] * _DISTANCES[far], float(fine[best, far]), agrees, residual)


def _directions(rays: Rays, seed: int) -> Float[np.ndarray, "D 3"]:
    """Directions of the second camera that two matches agree on, and level ones."""
    normals = np.cross(rays.first, rays.second)
    wide = np.flatnonzero(np.linalg.norm(normals, axis=1) > 2 * RAY_RAD)
    if len(wide) < 3:
        return np.zeros((0, 3))
    picks: Int[np.ndarray, "R 2"] = np.random.default_rng(seed).choice(wide, (_ROUNDS, 2))
    crossed = np.cross(normals[picks[:, 0]], normals[picks[:, 1]])
    length = np.linalg.norm(crossed, axis=1)
    crossed = crossed[length > 1e-6] / length[length > 1e-6, None]
    angle = np.arange(_LEVEL) * 2 * math.pi / _LEVEL
    level = np.stack([np.cos(angle), np.sin(angle), np.zeros(_LEVEL)], axis=1)
    return np.concatenate([crossed, -crossed, level])


def _residuals(direction: Float[np.ndarray, "3"], rays: Rays) -> Float[np.ndarray, " M"]:
    """How far rays miss each other, radians; infinite where they do not meet ahead under some angle."""
    normals = np.cross(rays.first, rays.second)
    swing = np.minimum(*(np.linalg.norm(np.cross(r, direction), axis=1) for r in (rays.first, rays.second)))
    residual = np.abs(normals @ direction) / np.maximum(swing, _LEAST_SWING)
    ahead = (np.cross(rays.second, normals) @ direction > 0) & (np.cross(rays.first, normals) @ direction > 0)
    return np.where(ahead & (np.linalg.norm(normals, axis=1) > 2 * RAY_RAD), residual, np.inf)


@kernel()
def _evidence(
    directions: Float[np.ndarray, "D 3"],
    first: Float[np.ndarray, "M 3"],
    second: Float[np.ndarray, "M 3"],
    first_log: Float[np.ndarray, " M"],
    second_log: Float[np.ndarray, " M"],
    weight: Float[np.ndarray, " M"],
    steps: Float[np.ndarray, " B"],
    out: Float[np.ndarray, "D B"],
) -> None:
    """Evidence of every direction (and logarithm of a distance; without any: at the best one of each match)."""
    peak = 2.0 / (RAY_RAD * math.sqrt(2.0 * math.pi) * _CHANCE_PER_RAD)
    for i in range(len(directions)):
        d = directions[i]
        out[i] = 0.0
        for k in range(len(steps)):
            height = max(1.0 + math.exp(steps[k]) * d[2], _LEAST_HEIGHT)
            out[i, k] = -0.5 * (math.log(height) / _HEIGHT_SCALE) ** 2
        for m in range(len(first)):
            nx, ny, nz = _cross(first[m, 0], first[m, 1], first[m, 2], second[m])
            size = nx * nx + ny * ny + nz * nz
            ax, ay, az = _cross(d[0], d[1], d[2], first[m])
            bx, by, bz = _cross(d[0], d[1], d[2], second[m])
            along, back = bx * nx + by * ny + bz * nz, ax * nx + ay * ny + az * nz
            ahead = size > (2 * RAY_RAD) ** 2 and along > 0 and back > 0
            right = 0.0
            if ahead:
                swing = math.sqrt(min(ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz))
                off = (nx * d[0] + ny * d[1] + nz * d[2]) / max(swing, _LEAST_SWING)
                right = peak * math.exp(-0.5 * (off / RAY_RAD) ** 2)
            if right < 1e-6:
                out[i] += weight[m] * math.log(1.0 - _RIGHT)
                continue
            one, other = first_log[m] - math.log(along / size), second_log[m] - math.log(back / size)
            if len(steps) == 0:
                out[i, 0] += weight[m] * math.log(1.0 - _RIGHT + _RIGHT * right * _fits(0.0, one - other))
            for k in range(len(steps)):
                height = math.log(max(1.0 + math.exp(steps[k]) * d[2], _LEAST_HEIGHT))
                fits = _fits(one - steps[k], other + height - steps[k])
                out[i, k] += weight[m] * math.log(1.0 - _RIGHT + _RIGHT * right * fits)


@kernel()
def _cross(x: float, y: float, z: float, v: Float[np.ndarray, "3"]) -> tuple[float, float, float]:
    """Cross product without an array for the result."""
    return y * v[2] - z * v[1], z * v[0] - x * v[2], x * v[1] - y * v[0]


@kernel()
def _fits(one: float, other: float) -> float:
    """How many times likelier two errors of log depth are if the match is right; they err together."""
    fits = math.exp(-(abs(one) + abs(other)) / _DEPTH_SCALE) / (2.0 * _DEPTH_SCALE * _DEPTH_CHANCE) ** 2
    return math.sqrt(fits) if fits > 1.0 else fits
