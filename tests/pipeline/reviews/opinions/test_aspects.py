"""What the sentences speak of: in seven languages, with users' own aspects, and whatever the input."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.reviews.opinions.aspects import AspectModel
from pipeline.reviews.opinions.aspects_classifier import Weights, default_weights
from pipeline.reviews.opinions.records import Opinions


@dataclass(frozen=True)
class Said:
    text: str
    language: str = "en"


def read(*texts: str, language: str = "en", model: AspectModel | None = None) -> Opinions:
    return (model or AspectModel.default()).predict([Said(text, language) for text in texts])


def aspects(text: str, language: str = "en", model: AspectModel | None = None) -> dict[str, str]:
    opinion = read(text, language=language, model=model).rows[0]
    return {name: found.polarity for name, found in opinion.aspects.items()}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Spotless flat on a quiet street", {"cleanliness": "pos", "noise": "pos", "location": "pos"}),
        ("ko", "방이 아주 깨끗하고 주인분이 친절해요.", {"cleanliness": "pos", "host": "pos"}),
        ("zh", "房间很干净，离地铁站很近。", {"cleanliness": "pos", "location": "pos"}),
        ("ja", "部屋は清潔で、スタッフも親切でした。", {"cleanliness": "pos", "host": "pos"}),
        ("fr", "Très propre et bien situé.", {"cleanliness": "pos", "location": "pos"}),
        ("de", "Sehr sauber, aber viel zu teuer.", {"cleanliness": "pos", "price": "neg"}),
        ("es", "El anfitrión es muy amable y la cama cómoda.", {"host": "pos", "facilities": "pos"}),
    ],
)
def test_every_language_is_read(language: str, text: str, expected: dict[str, str]) -> None:
    assert aspects(text, language) == expected


def test_each_aspect_has_its_own_polarity_and_clause() -> None:
    text = "The room is tiny but spotless."
    found = read(text).rows[0].aspects
    assert (found["facilities"].polarity, found["cleanliness"].polarity) == ("neg", "pos")
    start, end = found["cleanliness"].span
    assert text[start:end] == "but spotless."


@pytest.mark.parametrize(
    "text", ["Great place!", "We would come back.", "Thank you so much!", "It rained all week."]
)
def test_empty_praise_and_small_talk_have_no_aspect(text: str) -> None:
    assert aspects(text) == {}


def test_a_place_where_something_is_dirty_is_no_second_aspect() -> None:
    assert set(aspects("There was mould in the bathroom.")) == {"cleanliness"}


@pytest.mark.parametrize(
    ("text", "aspect"),
    [("Street parking was easy.", "location"), ("There is private parking.", "facilities")],
)
def test_longer_patterns_decide(text: str, aspect: str) -> None:
    assert set(aspects(text)) == {aspect}


def test_the_script_decides_where_the_language_is_wrong_or_unknown() -> None:
    assert "cleanliness" in aspects("방이 깨끗해요", "en")
    assert "cleanliness" in aspects("房间很干净", "und")
    assert "cleanliness" in aspects("Très propre", "xx")


def test_confidence_is_a_probability_and_grows_with_evidence() -> None:
    sure, unsure = read("The bathroom was filthy and full of mould.", "We walked through the room.").rows
    assert 0.5 <= sure.aspects["cleanliness"].confidence <= 1
    assert sure.aspects["cleanliness"].confidence > max(
        (a.confidence for a in unsure.aspects.values()), default=0
    )


def test_users_add_an_aspect_by_words() -> None:
    model = AspectModel.default().with_aspect("pets", ["dog", "cat", "고양이"])
    assert aspects("The dogs in the garden were lovely.", model=model)["pets"] == "pos"
    assert "pets" in aspects("고양이가 귀여워요", "ko", model)
    assert "pets" not in aspects("The category is fine.", model=model)


def test_users_add_an_aspect_by_sentences() -> None:
    model = AspectModel.default().with_aspect(
        "sauna", ["We loved the wooden sauna and the steam bath in the cellar."]
    )
    assert "sauna" in aspects("A sauna with steam in the cellar", model=model)
    assert "sauna" not in aspects("We loved the garden.", model=model)


def test_vectors_of_examples_find_other_wordings() -> None:
    example = np.array([[1.0, 0.0]], dtype=np.float32)
    model = AspectModel.default().with_aspect("pets", ["dog"], example)
    vectors = np.array([[0.9, np.sqrt(1 - 0.81)], [0.0, 1.0]], dtype=np.float32)
    near, far = model.predict([Said("Our spaniel was welcome."), Said("It rained.")], vectors).rows
    assert "pets" in near.aspects
    assert "pets" not in far.aspects


def test_aspects_are_renamed_and_removed() -> None:
    model = AspectModel.default().renamed("noise", "quiet at night").without("cleanliness")
    assert aspects("Clean and quiet room.", model=model) == {"quiet at night": "pos"}
    assert model.names == ("quiet at night", "location", "price", "facilities", "host")


def test_impossible_changes_are_refused() -> None:
    model = AspectModel.default()
    with pytest.raises(KeyError, match="wifi"):
        model.without("wifi")
    with pytest.raises(KeyError, match="wifi"):
        model.renamed("wifi", "internet")
    with pytest.raises(ValueError, match="already"):
        model.with_aspect("noise", ["loud"])
    with pytest.raises(ValueError, match="already"):
        model.renamed("noise", "host")
    with pytest.raises(ValueError, match="example"):
        model.with_aspect("empty", [" "])
    with pytest.raises(ValueError, match="2 vectors for 1 examples"):
        model.with_aspect("two", ["dog"], np.zeros((2, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="vectors for 1 sentences"):
        model.predict([Said("Nice.")], np.zeros((3, 4), dtype=np.float32))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "😀😀",
        "12345",
        "a" * 50_000,
        "שלום וברכה",
        "\x00\x01",
        "방" * 500,
        "…!?",
        "l'",
        "Cafe\u0301 propre",
        "İİ 방",
    ],
)
def test_any_text_is_read(text: str) -> None:
    for language in ("en", "ko", "zh", "ja", "fr", "de", "es", "und", ""):
        opinion = read(text, language=language).rows[0]
        assert all(0 <= o.span[0] < o.span[1] <= len(text) for o in opinion.aspects.values())


def test_nothing_gives_nothing() -> None:
    assert len(read()) == 0


def test_vectors_of_another_size_are_left_aside() -> None:
    said = [Said("Clean and quiet.")]
    model = AspectModel.default()
    assert model.predict(said, np.ones((1, 7), dtype=np.float32)) == model.predict(said)


def test_vectors_help_where_no_word_is_known() -> None:
    size = default_weights().vector_size
    weights = default_weights()
    towards = weights.vector[4, 1:].astype(np.float32)
    vector = (towards / np.linalg.norm(towards))[None]
    opinion = AspectModel.default().predict([Said("Xyzzy plugh.")], vector).rows[0]
    assert vector.shape == (1, size)
    assert set(opinion.aspects) == {"facilities"}


def test_opinions_and_models_survive_the_disk(tmp_path: Path) -> None:
    model = (
        AspectModel.default()
        .with_aspect("pets", ["dog"], np.ones((1, 2), dtype=np.float32))
        .renamed("host", "people")
    )
    model.save(tmp_path)
    assert AspectModel.load(tmp_path) == model
    opinions = read("Clean room, kind host.", "Nothing.", "The dog was cute.", model=model)
    opinions.save(tmp_path)
    assert Opinions.load(tmp_path) == opinions


def test_no_opinions_survive_the_disk(tmp_path: Path) -> None:
    read().save(tmp_path)
    assert Opinions.load(tmp_path) == read()


def test_weights_survive_the_disk_and_refuse_other_features(tmp_path: Path) -> None:
    weights = default_weights()
    weights.save(tmp_path / "weights.json")
    again = Weights.load(tmp_path / "weights.json")
    assert np.array_equal(again.with_vectors.polarity, weights.with_vectors.polarity)
    assert np.allclose(again.sentence.weights, weights.sentence.weights, atol=1e-6)
    with pytest.raises(ValueError, match=r"training\.train again"):
        replace(weights, with_vectors=weights.without_vectors)


def test_long_work_reports_and_can_be_cancelled() -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        AspectModel.default().predict([Said("Nice.")] * 2500, progress=Progress(stop))
