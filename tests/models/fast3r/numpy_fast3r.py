"""Fast3R written a second time, in numpy and float64, straight from its description: the yardstick."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erf, expit

State = dict[str, np.ndarray]


def linear(x: np.ndarray, state: State, name: str) -> np.ndarray:
    y: np.ndarray = x @ state[f"{name}.weight"].T
    return y + state[f"{name}.bias"] if f"{name}.bias" in state else y


def layer_norm(x: np.ndarray, state: State, name: str, epsilon: float) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return np.asarray(
        (x - mean) / np.sqrt(variance + epsilon) * state[f"{name}.weight"] + state[f"{name}.bias"]
    )


def turn(vector: np.ndarray, row: int, column: int, base: float) -> np.ndarray:
    """2D rotary position of one head of one token, channel pair by channel pair."""
    quarter = len(vector) // 4
    out = vector.copy()
    for half, position in ((0, row), (1, column)):
        for j in range(quarter):
            angle = position * base ** (-2 * j / (2 * quarter))
            a, b = half * 2 * quarter + j, half * 2 * quarter + j + quarter
            out[a] = vector[a] * math.cos(angle) - vector[b] * math.sin(angle)
            out[b] = vector[b] * math.cos(angle) + vector[a] * math.sin(angle)
    return out


def attention(
    x: np.ndarray, state: State, name: str, heads: int, sharpening: float, rope: tuple[int, float] | None
) -> np.ndarray:
    tokens, width = x.shape
    size = width // heads
    packed = linear(x, state, f"{name}.qkv")
    out = np.zeros_like(x)
    for head in range(heads):
        q, k, v = (
            packed[:, part * width + head * size : part * width + (head + 1) * size] for part in range(3)
        )
        if rope is not None:
            columns, base = rope
            q, k = (
                np.stack([turn(t[i], i // columns, i % columns, base) for i in range(tokens)]) for t in (q, k)
            )
        score = q @ k.T * size**-0.5 * sharpening
        weight = np.exp(score - score.max(1, keepdims=True))
        out[:, head * size : (head + 1) * size] = weight / weight.sum(1, keepdims=True) @ v
    return linear(out, state, f"{name}.proj")


def block(
    x: np.ndarray,
    state: State,
    name: str,
    heads: int,
    epsilon: float,
    sharpening: float = 1.0,
    rope: tuple[int, float] | None = None,
) -> np.ndarray:
    x = x + attention(
        layer_norm(x, state, f"{name}.norm1", epsilon), state, f"{name}.attn", heads, sharpening, rope
    )
    hidden = linear(layer_norm(x, state, f"{name}.norm2", epsilon), state, f"{name}.mlp.fc1")
    hidden = 0.5 * hidden * (1 + erf(hidden / math.sqrt(2)))
    return np.asarray(x + linear(hidden, state, f"{name}.mlp.fc2"))


def encode(image: np.ndarray, state: State, config: dict[str, Any]) -> np.ndarray:
    patch = config["patch_size"]
    rows, columns = image.shape[1] // patch, image.shape[2] // patch
    weight = state["encoder.patch_embed.proj.weight"]
    tokens = [
        (weight * image[:, r * patch : (r + 1) * patch, c * patch : (c + 1) * patch]).sum((1, 2, 3))
        for r in range(rows)
        for c in range(columns)
    ]
    x = np.stack(tokens) + state["encoder.patch_embed.proj.bias"]
    base = float(config["pos_embed"].removeprefix("RoPE"))
    for i in range(config["depth"]):
        x = block(x, state, f"encoder.enc_blocks.{i}", config["num_heads"], 1e-6, rope=(columns, base))
    return layer_norm(x, state, "encoder.enc_norm", 1e-6)


def fuse(
    encoded: list[np.ndarray], rows: list[int], state: State, config: dict[str, Any]
) -> list[list[np.ndarray]]:
    lengths = np.cumsum([len(tokens) for tokens in encoded])[:-1]
    half = config["embed_dim"] // 2
    code = np.stack(
        [
            np.concatenate([f(np.array(p) * 10000.0 ** (-np.arange(half) / half)) for f in (np.sin, np.cos)])
            for p in rows
        ]
    )
    x = linear(np.concatenate(encoded), state, "decoder.decoder_embed")
    x = x + np.repeat(code, [len(tokens) for tokens in encoded], axis=0)
    sharpening = math.sqrt(math.log(137) / math.log(20)) if config["attn_bias_for_inference_enabled"] else 1.0
    levels: list[Any] = [encoded]
    for i in range(config["depth"]):
        x = block(x, state, f"decoder.dec_blocks.{i}", config["num_heads"], 1e-5, sharpening)
        levels.append(np.split(x, lengths))
    levels[-1] = np.split(layer_norm(x, state, "decoder.dec_norm", 1e-6), lengths)
    depth = config["depth"]
    hooks = (0, depth // 2, depth * 3 // 4, depth)
    return [[levels[hook][view] for hook in hooks] for view in range(len(encoded))]


def conv(x: np.ndarray, state: State, name: str, stride: int = 1) -> np.ndarray:
    weight = state[f"{name}.weight"]
    pad = weight.shape[2] // 2
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    height, width = ((side - 1) // stride + 1 for side in x.shape[1:])
    out = np.zeros((len(weight), height, width))
    for dy in range(weight.shape[2]):
        for dx in range(weight.shape[3]):
            window = padded[:, dy : dy + stride * height : stride, dx : dx + stride * width : stride]
            out += np.einsum("oi,ihw->ohw", weight[:, :, dy, dx], window[:, :height, :width])
    biased: np.ndarray = out + state[f"{name}.bias"][:, None, None] if f"{name}.bias" in state else out
    return biased


def spread(x: np.ndarray, state: State, name: str) -> np.ndarray:
    """Transposed convolution whose stride is its size."""
    weight = state[f"{name}.weight"]
    size = weight.shape[2]
    out = np.einsum("ihw,ioyx->ohywx", x, weight)
    grown = out.reshape(weight.shape[1], x.shape[1] * size, x.shape[2] * size)
    return np.asarray(grown + state[f"{name}.bias"][:, None, None])


def resize(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear with corners aligned, pixel by pixel."""
    out = np.zeros((len(x), height, width))
    for row in range(height):
        y = row * (x.shape[1] - 1) / max(height - 1, 1)
        y0 = min(int(y), max(x.shape[1] - 2, 0))
        y1 = min(y0 + 1, x.shape[1] - 1)
        for column in range(width):
            u = column * (x.shape[2] - 1) / max(width - 1, 1)
            u0 = min(int(u), max(x.shape[2] - 2, 0))
            u1 = min(u0 + 1, x.shape[2] - 1)
            top = x[:, y0, u0] * (1 - u + u0) + x[:, y0, u1] * (u - u0)
            bottom = x[:, y1, u0] * (1 - u + u0) + x[:, y1, u1] * (u - u0)
            out[:, row, column] = top * (1 - y + y0) + bottom * (y - y0)
    return out


def unit(x: np.ndarray, state: State, name: str) -> np.ndarray:
    y = conv(np.maximum(x, 0), state, f"{name}.conv1")
    return np.asarray(conv(np.maximum(y, 0), state, f"{name}.conv2") + x)


def refine(x: np.ndarray, skip: np.ndarray | None, state: State, name: str) -> np.ndarray:
    if skip is not None:
        x = x + unit(skip, state, f"{name}.resConfUnit1")
    x = unit(x, state, f"{name}.resConfUnit2")
    return conv(resize(x, 2 * x.shape[1], 2 * x.shape[2]), state, f"{name}.out_conv")


def dpt(tokens: list[np.ndarray], height: int, width: int, state: State, name: str, patch: int) -> np.ndarray:
    grid = [t.T.reshape(-1, height // patch, width // patch) for t in tokens]
    post, scratch = f"{name}.dpt.act_postprocess", f"{name}.dpt.scratch"
    x = [conv(level, state, f"{post}.{i}.0") for i, level in enumerate(grid)]
    x[0], x[1] = spread(x[0], state, f"{post}.0.1"), spread(x[1], state, f"{post}.1.1")
    x[3] = conv(x[3], state, f"{post}.3.1", stride=2)
    x = [conv(level, state, f"{scratch}.layer{i + 1}_rn") for i, level in enumerate(x)]
    path = refine(x[3], None, state, f"{scratch}.refinenet4")[:, : x[2].shape[1], : x[2].shape[2]]
    for i in (3, 2, 1):
        path = refine(path, x[i - 1], state, f"{scratch}.refinenet{i}")
    out = conv(path, state, f"{name}.dpt.head.0")
    out = conv(resize(out, height, width), state, f"{name}.dpt.head.2")
    return conv(np.maximum(out, 0), state, f"{name}.dpt.head.4")


def finish(raw: np.ndarray, head: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    xyz = raw[:3].transpose(1, 2, 0)
    length = np.linalg.norm(xyz, axis=-1, keepdims=True)
    mode = head["depth_mode"][0]
    distance = {"exp": np.expm1(length), "square": length**2, "linear": length}[mode]
    points = xyz / np.maximum(length, 1e-8) * distance
    if head["conf_mode"] is None:
        return points, None
    kind, low, high = head["conf_mode"]
    confidence = (
        low + (high - low) * expit(raw[3])
        if kind == "sigmoid"
        else low + np.minimum(np.exp(raw[3]), high - low)
    )
    return points, confidence


def forward(
    views: list[np.ndarray], rows: list[int], state: State, config: dict[str, Any]
) -> list[dict[str, Any]]:
    """Maps of views (3, H, W) of one batch element, by the names of the golden files."""
    encoded = [encode(view, state, config["encoder_args"]) for view in views]
    outputs = []
    for view, tokens in zip(views, fuse(encoded, rows, state, config["decoder_args"]), strict=True):
        maps: dict[str, Any] = {}
        heads = [("downstream_head", "pts3d_in_other_view", "conf")]
        if config["head_args"]["with_local_head"]:
            heads.append(("downstream_head_local", "pts3d_local", "conf_local"))
        for name, points, confidence in heads:
            _, height, width = view.shape
            raw = dpt(tokens, height, width, state, name, config["head_args"]["patch_size"])
            if config["head_args"]["landscape_only"] and view.shape[1] > view.shape[2]:
                raw = raw.transpose(0, 2, 1)
            maps[points], maps[confidence] = finish(raw, config["head_args"])
        outputs.append(maps)
    return outputs
