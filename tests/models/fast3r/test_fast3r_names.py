"""Names and shapes of the published checkpoints, from a compact description of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from models.fast3r import Fast3R, Fast3RConfig, HeadConfig

TEACHER, STUDENT = (96, 192, 384, 768), (48, 96, 192, 384)
Entry = tuple[str, tuple[int, ...]]


def _block(name: str) -> Iterator[Entry]:
    for norm in ("norm1", "norm2"):
        yield from ((f"{name}.{norm}.{part}", (1024,)) for part in ("weight", "bias"))
    for layer, rows, columns in (
        ("attn.qkv", 3072, 1024),
        ("attn.proj", 1024, 1024),
        ("mlp.fc1", 4096, 1024),
        ("mlp.fc2", 1024, 4096),
    ):
        yield f"{name}.{layer}.weight", (rows, columns)
        yield f"{name}.{layer}.bias", (rows,)


def _conv(name: str, *shape: int, bias: int | None = None) -> Iterator[Entry]:
    yield f"{name}.weight", shape
    if bias != 0:
        yield f"{name}.bias", (bias or shape[0],)


def _head(name: str, dims: tuple[int, ...]) -> Iterator[Entry]:
    scratch, post = f"{name}.dpt.scratch", f"{name}.dpt.act_postprocess"
    for level, dim in enumerate(dims):
        yield from _conv(f"{scratch}.layer{level + 1}_rn", 256, dim, 3, 3, bias=0)
        yield from _conv(f"{scratch}.layer_rn.{level}", 256, dim, 3, 3, bias=0)
        yield from _conv(f"{post}.{level}.0", dim, 1024, 1, 1)
    for level, size in ((0, 4), (1, 2), (3, 3)):
        yield from _conv(f"{post}.{level}.1", dims[level], dims[level], size, size)
    for fusion in range(1, 5):
        yield from _conv(f"{scratch}.refinenet{fusion}.out_conv", 256, 256, 1, 1)
        for unit in (1, 2):
            for conv in (1, 2):
                yield from _conv(f"{scratch}.refinenet{fusion}.resConfUnit{unit}.conv{conv}", 256, 256, 3, 3)
    yield from _conv(f"{name}.dpt.head.0", 128, 256, 3, 3)
    yield from _conv(f"{name}.dpt.head.2", 128, 128, 3, 3)
    yield from _conv(f"{name}.dpt.head.4", 4, 128, 1, 1)


def _described(dims: tuple[int, ...]) -> Iterator[Entry]:
    yield from _conv("encoder.patch_embed.proj", 1024, 3, 16, 16)
    for index in range(24):
        yield from _block(f"encoder.enc_blocks.{index}")
        yield from _block(f"decoder.dec_blocks.{index}")
    for norm in ("encoder.enc_norm", "decoder.dec_norm"):
        yield from ((f"{norm}.{part}", (1024,)) for part in ("weight", "bias"))
    yield from _conv("decoder.decoder_embed", 1024, 1024)
    yield from _head("downstream_head", dims)
    yield from _head("downstream_head_local", dims)


def _built(dims: tuple[int, int, int, int]) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        model = Fast3R(Fast3RConfig(head=HeadConfig(layer_dims=dims)))
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("dims", [TEACHER, STUDENT])
def test_names_and_shapes_are_those_of_the_checkpoints(dims: tuple[int, int, int, int]) -> None:
    assert _built(dims) == dict(_described(dims))


@pytest.mark.parametrize(("name", "dims"), [("teacher", TEACHER), ("student", STUDENT)])
def test_the_recorded_lists_say_the_same(shared_data: Path, name: str, dims: tuple[int, int, int, int]) -> None:
    lines = (shared_data.parent / "reference" / f"fast3r_state_dict_{name}.txt").read_text().splitlines()[2:]
    recorded = {}
    for line in lines:
        key, shape, dtype = line.split("\t")
        assert dtype == "torch.float32"
        recorded[key] = tuple(int(side) for side in shape.strip("()").split(",") if side.strip())
    assert recorded == _built(dims)
