"""From linear light to a photo as photographers publish it: exposure, tone mapping, white balance, JPEG."""

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

Linear = Float32[np.ndarray, "H W 3"]
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def develop(radiance: Float[np.ndarray, "H W 3"], seed: int) -> UInt8[np.ndarray, "H W 3"]:
    """One of many ways to make a photo of linear light.

    Args:
        radiance: linear RGB, any scale.
        seed: of the processing.
    """
    rng = np.random.default_rng(seed)
    light = np.maximum(radiance.astype(np.float32), 1e-5)
    light = _exposed(light, rng)
    light = light * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    if rng.random() < 0.5:
        light = _hdr(light, rng)
    if rng.random() < 0.4:
        light = light * _vignette(light.shape[0], light.shape[1], rng.uniform(0.05, 0.5))
    picture = _curve(light, rng)
    picture = _graded(picture, rng)
    picture = _lens_and_sensor(picture, rng)
    return _stored(picture, rng)


def _exposed(light: Linear, rng: np.random.Generator) -> Linear:
    """The geometric mean at a chosen grey; one photo in twelve is much too dark."""
    grey = np.exp(np.mean(np.log(light @ _LUMA)))
    target = rng.uniform(0.16, 0.5)
    if rng.random() < 0.08:
        target *= rng.uniform(0.1, 0.5)
    exposed: Linear = light * np.float32(target / grey)
    return exposed


def _hdr(light: Linear, rng: np.random.Generator) -> Linear:
    """Local tone mapping: what varies slowly is compressed, detail stays or grows."""
    log = np.log(light @ _LUMA + 1e-4).astype(np.float32)
    slow = cv2.GaussianBlur(log, (0, 0), log.shape[1] * rng.uniform(0.03, 0.15))
    mean = np.float32(slow.mean())
    wanted = mean + (slow - mean) * rng.uniform(0.3, 0.9) + (log - slow) * rng.uniform(0.9, 1.3)
    mapped: Linear = light * np.exp(wanted - log)[..., None].astype(np.float32)
    return mapped


def _vignette(height: int, width: int, amount: float) -> Float32[np.ndarray, "H W 1"]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    r2 = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    dark: Float32[np.ndarray, "H W 1"] = (1 - amount * r2)[..., None].astype(np.float32)
    return dark


def _curve(light: Linear, rng: np.random.Generator) -> Linear:
    """A response: clipped, or with a soft shoulder; then gamma."""
    if rng.random() < 0.6:
        light = 1 - np.exp(-light * np.float32(rng.uniform(1.0, 1.8)))
    picture: Linear = np.clip(light, 0, 1) ** np.float32(1 / rng.uniform(1.9, 2.6))
    return picture


def _graded(picture: Linear, rng: np.random.Generator) -> Linear:
    """Contrast, saturation, lifted blacks; one photo in forty is black and white."""
    grey = (picture @ _LUMA)[..., None]
    saturation = 0.0 if rng.random() < 0.025 else rng.uniform(0.65, 1.4)
    picture = grey + (picture - grey) * np.float32(saturation)
    contrast, lift = rng.uniform(-0.25, 0.5), rng.uniform(0, 0.07) if rng.random() < 0.3 else 0.0
    picture = np.clip(picture, 0, 1)
    picture = picture + np.float32(contrast) * (picture * picture * (3 - 2 * picture) - picture)
    graded: Linear = np.float32(lift) + picture * np.float32(1 - lift)
    return graded


def _lens_and_sensor(picture: Linear, rng: np.random.Generator) -> Linear:
    """Softness, noise, sharpening halos."""
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.7))
    if rng.random() < 0.04:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 1.3))
    if rng.random() < 0.4:
        sigma = np.float32(rng.uniform(0.001, 0.009) if rng.random() < 0.85 else rng.uniform(0.01, 0.025))
        picture = picture + sigma * rng.standard_normal(picture.shape, dtype=np.float32)
    if rng.random() < 0.5:
        soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.6, 1.6))
        picture = picture + np.float32(rng.uniform(0.2, 1.0)) * (picture - soft)
    return picture


def _stored(picture: Linear, rng: np.random.Generator) -> UInt8[np.ndarray, "H W 3"]:
    """Eight bits, now and then through JPEG: what a large photo had of it and of noise is gone at this size."""
    stored = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.25:
        quality = int(rng.uniform(80, 97) if rng.random() < 0.75 else rng.uniform(50, 80))
        done, file = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise ValueError("the picture could not be stored as JPEG")
        stored = cv2.imdecode(file, cv2.IMREAD_COLOR)
    kept: UInt8[np.ndarray, "H W 3"] = stored
    return kept
