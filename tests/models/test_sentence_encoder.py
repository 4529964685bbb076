"""The sentence encoder: the same numbers as the published model, whatever the order and the batches."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.minilm import MiniLm, MiniLmConfig
from models.minilm_onnx import OnnxMiniLm
from models.sentence_encoder import (
    BUNDLED,
    MAX_BATCH_TOKENS,
    EncoderUnavailable,
    SentenceEncoder,
    SentenceEncoderConfig,
    model_folder,
    plan_batches,
)

SENTENCES = [
    "The flat was spotless.",
    "Trams pass in front of the living room from five in the morning, so bring ear plugs.",
    "",
    "방은 작지만 아주 깨끗해요.",
    "Great place",
    "The flat was spotless.",
]


class StopHere(Exception):
    """Raised by a progress report to stop the work."""


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder(SentenceEncoderConfig(backend="torch-float32"))


def test_vectors_have_unit_length_and_equal_texts_are_equal(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[-1])


def test_meaning_is_kept(encoder: SentenceEncoder) -> None:
    quiet, silent, wifi = encoder.encode(["A quiet bedroom.", "The bedroom was silent at night.", "Fast wifi."])
    assert quiet @ silent > quiet @ wifi + 0.2


def test_order_and_threads_do_not_change_a_bit(encoder: SentenceEncoder) -> None:
    single = SentenceEncoder(SentenceEncoderConfig(backend="torch-float32", threads=1))
    there, back = encoder.encode(SENTENCES), single.encode(SENTENCES[::-1])
    assert np.array_equal(there, back[::-1])


def test_long_text_is_cut_not_refused(encoder: SentenceEncoder) -> None:
    word = "quiet "
    long, longer = encoder.encode([word * 300, word * 5000])
    assert long @ longer == pytest.approx(1, abs=1e-4)


def test_parity_with_the_published_implementation(encoder: SentenceEncoder) -> None:
    peer = SentenceEncoder(SentenceEncoderConfig(model=str(model_folder(BUNDLED))))
    assert peer.backend_name == "sentence-transformers"
    texts = [text for text in SENTENCES if text]
    assert np.allclose(encoder.encode(texts), peer.encode(texts), atol=2e-5)


def test_bfloat16_agrees_with_float32_or_steps_back(encoder: SentenceEncoder) -> None:
    reduced = SentenceEncoder(SentenceEncoderConfig(backend="torch-bfloat16"))
    assert ((reduced.encode(SENTENCES) * encoder.encode(SENTENCES)).sum(1) > 0.998).all()
    strict = SentenceEncoder(SentenceEncoderConfig(backend="torch-bfloat16", min_agreement=1.0))
    assert np.array_equal(strict.encode(SENTENCES), encoder.encode(SENTENCES))


def test_int8_agrees_with_float32_or_steps_back(encoder: SentenceEncoder) -> None:
    reduced = SentenceEncoder(SentenceEncoderConfig(backend="onnx-int8"))
    assert (reduced.encode(SENTENCES) * encoder.encode(SENTENCES)).sum(1).mean() > 0.98
    assert reduced.backend_name == "onnx-int8"
    strict = SentenceEncoder(SentenceEncoderConfig(backend="onnx-int8", min_agreement=1.0))
    assert np.array_equal(strict.encode(SENTENCES), encoder.encode(SENTENCES))
    assert strict.backend_name == "torch-float32"


def test_an_int8_vector_depends_on_its_sentence_alone() -> None:
    reduced = SentenceEncoder(SentenceEncoderConfig(backend="onnx-int8"))
    together = reduced.encode(SENTENCES)
    for row, text in enumerate(SENTENCES):
        assert np.array_equal(reduced.encode([text])[0], together[row])


def test_the_int8_model_is_made_once_and_again_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model_folder(BUNDLED)
    assert folder is not None
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "weights"))
    kept = OnnxMiniLm(folder, [[101, 2307, 102]])
    assert len(list((tmp_path / "weights" / "onnx").iterdir())) == 2
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "file" / "below"))
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    made = OnnxMiniLm(folder, [[101, 2307, 102]])
    assert np.array_equal(made.embed([101, 2307, 2173, 102]), kept.embed([101, 2307, 2173, 102]))
    assert made.agreement == kept.agreement > 0.95


def test_nothing_gives_an_empty_array(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 0)


def test_progress_is_told_and_can_stop_the_work(encoder: SentenceEncoder) -> None:
    told: list[float] = []

    def stop(fraction: float, message: str) -> None:
        told.append(fraction)
        if fraction > 0.4:
            raise StopHere

    with pytest.raises(StopHere):
        encoder.encode([f"sentence number {index}" for index in range(100)], stop)
    assert told == sorted(told)
    assert 0.4 < told[-1] < 1
    assert torch.get_num_threads() >= 1
    assert encoder.encode(["still works"]).shape == (1, 384)


def test_batches_hold_similar_lengths_and_stay_small() -> None:
    lengths = [5, 300, 4, 256, 7, 256, 3] * 10
    batches = plan_batches(lengths, 16)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= 16
        assert max(lengths[row] for row in batch) * len(batch) <= MAX_BATCH_TOKENS
    ordered = [lengths[row] for batch in batches for row in batch]
    assert ordered == sorted(ordered)


def test_mask_hides_padding() -> None:
    torch.manual_seed(0)
    model = MiniLm(
        MiniLmConfig(vocabulary=20, positions=8, width=12, layers=2, heads=3, hidden_width=24)
    ).eval()
    short = torch.tensor([[3, 4, 5]])
    padded = torch.tensor([[3, 4, 5, 9, 9]])
    seen = torch.tensor([[True, True, True, False, False]])
    assert torch.allclose(model(short, torch.ones(1, 3, dtype=torch.bool)), model(padded, seen), atol=1e-6)


def test_fingerprint_tells_settings_apart() -> None:
    fingerprints = {
        SentenceEncoder(SentenceEncoderConfig(backend=backend, max_tokens=tokens)).fingerprint
        for backend in ("torch-float32", "torch-bfloat16")
        for tokens in (128, 256)
    }
    assert len(fingerprints) == 4


@pytest.mark.parametrize(
    "wrong", [{"model": ""}, {"backend": "magic"}, {"batch_size": 0}, {"threads": 0}, {"min_agreement": 1.5}]
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must|choose"):
        SentenceEncoderConfig(**wrong)  # type: ignore[arg-type]


def test_texts_must_be_strings(encoder: SentenceEncoder) -> None:
    for wrong in ("one string", ["fine", None]):
        with pytest.raises(TypeError, match="list of strings"):
            encoder.encode(wrong)  # type: ignore[arg-type]


def test_absent_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match=r"allow the download"):
        SentenceEncoder(SentenceEncoderConfig(model="nobody/has-this-model")).encode(["text"])
    with pytest.raises(EncoderUnavailable, match="mean-pooling"):
        SentenceEncoder(SentenceEncoderConfig(model=str(tmp_path), backend="torch-float32")).encode(["text"])


def test_configuration_does_not_load_torch() -> None:
    code = "import sys, models.sentence_encoder; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
