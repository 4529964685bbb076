"""Laws of the whole model: sizes, order, seeds, chunks, precision."""

from __future__ import annotations

import math

import pytest
import torch

from models.fast3r import Fast3R, Fast3RConfig, RunOptions, ViewMaps
from models.fast3r.config import HeadConfig
from models.fast3r.decoder import draw_image_indices, image_index_embedding
from models.fast3r.transformer import Attention, Mlp
from tests.models.fast3r.tiny import CONFIG, tiny_config, tiny_model, views


def _same(a: ViewMaps, b: ViewMaps, tolerance: float = 1e-5) -> bool:
    return all(
        torch.allclose(x, y, atol=tolerance) for x, y in zip(vars(a).values(), vars(b).values(), strict=True)
    )


def test_every_view_gets_maps_of_its_own_size() -> None:
    images = [*views(1, 32, 48, 2), *views(2, 48, 32, 2), *views(1, 16, 16, 2)]
    outputs = tiny_model()(images)
    for image, output in zip(images, outputs, strict=True):
        batch, _, height, width = image.shape
        assert output.pts3d_in_other_view.shape == (batch, height, width, 3)
        assert output.pts3d_local is not None
        assert output.pts3d_local.shape == (batch, height, width, 3)
        assert output.conf is not None
        assert output.conf.shape == (batch, height, width)
        assert output.conf.min() > 1


@pytest.mark.parametrize("options", [RunOptions(1, 1), RunOptions(3, 2), RunOptions(100, 100)])
def test_chunks_do_not_change_the_result(options: RunOptions) -> None:
    model, images = tiny_model(), [*views(3, batch=2), *views(2, 48, 32, batch=2)]
    for ours, plain in zip(model(images, options=options), model(images), strict=True):
        assert _same(ours, plain)


def test_elements_of_a_batch_do_not_see_each_other() -> None:
    model, images, rows = tiny_model(), views(3, batch=2), torch.tensor([[0, 5, 6], [0, 7, 9]])
    together = model(images, image_indices=rows)
    alone = model([image[1:] for image in images], image_indices=rows[1:])
    for both, one in zip(together, alone, strict=True):
        assert torch.allclose(both.pts3d_in_other_view[1:], one.pts3d_in_other_view, atol=1e-5)


def test_views_are_told_apart_by_their_index_alone() -> None:
    model, images, rows = tiny_model(), views(3), torch.tensor([[0, 5, 6]])
    plain = model(images, image_indices=rows)
    order = [2, 0, 1]
    moved = model([images[i] for i in order], image_indices=rows[:, order])
    for position, view in enumerate(order):
        assert _same(moved[position], plain[view])


def test_random_indices_repeat_with_the_seed_and_start_at_zero() -> None:
    rows = draw_image_indices(2, 1000, seed=7)
    assert torch.equal(rows, draw_image_indices(2, 1000, seed=7))
    assert not torch.equal(rows, draw_image_indices(2, 1000, seed=8))
    assert rows[:, 0].tolist() == [0, 0]
    assert all(sorted(row.tolist()) == list(range(1000)) for row in rows)
    model, images = tiny_model(), views(2)
    torch.manual_seed(1)
    first = model(images, seed=3)
    torch.manual_seed(2)
    assert _same(first[1], model(images, seed=3)[1], 0.0)
    assert not _same(first[1], model(images, seed=4)[1], 1e-6)


def test_without_randomness_indices_are_in_order() -> None:
    config = tiny_config(decoder={"random_image_idx_embedding": False})
    model, images = tiny_model(config), views(3)
    assert _same(model(images, seed=5)[2], model(images, image_indices=torch.tensor([[0, 1, 2]]))[2], 0.0)


def test_the_image_index_code_is_sines_then_cosines() -> None:
    code = image_index_embedding(torch.tensor([0, 3]), 8)
    assert code[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert code[1, 1] == pytest.approx(math.sin(3 * 10000 ** (-1 / 4)))
    assert code[1, 4] == pytest.approx(math.cos(3))


def test_sharpening_is_for_inference_only() -> None:
    sharp = Attention(8, 2, inference_sharpening=2.0)
    plain = Attention(8, 2)
    plain.load_state_dict(sharp.state_dict())
    x = torch.randn(1, 5, 8)
    assert torch.allclose(sharp.train()(x), plain.train()(x))
    assert not torch.allclose(sharp.eval()(x), plain.eval()(x))


def test_long_sequences_go_through_the_mlp_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    mlp, x = Mlp(8, 16), torch.randn(2, 50, 8)
    whole = mlp(x)
    monkeypatch.setattr("models.fast3r.transformer.TOKENS_PER_MLP_CHUNK", 7)
    with torch.no_grad():
        assert torch.allclose(mlp(x), whole, atol=1e-6)


def test_reduced_precision_stays_close() -> None:
    model, images = tiny_model(), views(2)
    exact = model(images)[1].pts3d_in_other_view
    with torch.inference_mode():
        reduced = model(images, options=RunOptions(precision="bfloat16"))[1].pts3d_in_other_view
    assert reduced.dtype == torch.float32
    assert 0 < (reduced - exact).abs().max() < 0.05 * exact.abs().max() + 0.05


def test_gradients_reach_every_used_weight() -> None:
    model = tiny_model().train()
    loss = sum((out.pts3d_in_other_view.sum() + out.pts3d_local.sum()) for out in model(views(2)))
    loss.backward()
    without = {name for name, weight in model.named_parameters() if weight.grad is None}
    assert {name.split(".scratch.")[1].split(".conv")[0] for name in without} == {"refinenet4.resConfUnit1"}


def test_a_frozen_encoder_is_not_trained() -> None:
    model = Fast3R(Fast3RConfig(CONFIG.encoder, CONFIG.decoder, CONFIG.head, freeze="encoder"))
    assert not any(weight.requires_grad for weight in model.encoder.parameters())
    assert all(weight.requires_grad for weight in model.decoder.parameters())


def test_dropout_acts_in_training_only() -> None:
    model, images = tiny_model(tiny_config(decoder={"drop": 0.3, "attn_drop": 0.3})), views(1)
    assert _same(model(images)[0], model(images)[0], 0.0)
    model.train()
    assert not _same(model(images)[0], model(images)[0], 1e-6)


def test_progress_rises_to_one_and_can_stop_the_pass() -> None:
    seen: list[float] = []
    tiny_model()(views(3), report=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)

    def stop(done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny_model()(views(1), report=stop)


def test_compiled_blocks_keep_names_and_results(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[torch.nn.Module] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **_: compiled.append(self))
    model = tiny_model()
    names = list(model.state_dict())
    assert list(model.compile_blocks().state_dict()) == names
    assert len(compiled) == CONFIG.encoder.depth + CONFIG.decoder.depth


@pytest.mark.parametrize(
    ("images", "rows", "message"),
    [
        ([], None, "at least one view"),
        (views(1001, 16, 16), None, "at most 1000"),
        (views(1, 30, 48), None, "multiples of 16"),
        ([torch.zeros(1, 1, 32, 32)], None, r"expected floats \(1, 3, H, W\)"),
        ([torch.zeros(1, 3, 32, 32, dtype=torch.uint8)], None, "torch.uint8"),
        ([*views(1), *views(1, batch=2)], None, r"expected floats \(1, 3"),
        (views(2), torch.tensor([[0, 1, 2]]), r"expected \(1, 2\)"),
        (views(2), torch.tensor([[0, 1000]]), "between 0 and 999"),
        (views(2), torch.tensor([[0.0, 1.0]]), "float32"),
    ],
)
def test_bad_input_is_named(images: list[torch.Tensor], rows: torch.Tensor | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny_model()(images, image_indices=rows)


def test_the_landscape_embedding_refuses_portraits() -> None:
    model = tiny_model(tiny_config(encoder={"patch_embed_cls": "ManyAR_PatchEmbed"}))
    model(views(1, 32, 48))
    with pytest.raises(ValueError, match="portrait"):
        model(views(1, 48, 32))


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        RunOptions(images_in_flight=0)
    with pytest.raises(ValueError, match="float8"):
        RunOptions(precision="float8")  # type: ignore[arg-type]


def test_the_published_sizes() -> None:
    for dims, count in (((96, 192, 384, 768), 647_551_368), ((48, 96, 192, 384), 634_351_560)):
        with torch.device("meta"):
            model = Fast3R(Fast3RConfig(head=HeadConfig(layer_dims=dims)))
        assert sum(weight.numel() for weight in model.parameters()) == count
        assert len(model.state_dict()) == 720
