"""Feelings by a transformer of the user's choice."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.sentence_encoder import EncoderUnavailable
from pipeline.reviews.opinions.aspects import AspectModel
from pipeline.reviews.opinions.sentiment import POLARITIES
from pipeline.reviews.opinions.sentiment_transformer import TransformerSentiment, label_polarities
from pipeline.reviews.recipe import read_opinions
from pipeline.reviews.settings import read_settings
from pipeline.reviews.text.sentences import split_reviews
from scrapers.listing import Review


@dataclass(frozen=True)
class Said:
    text: str
    language: str = "en"


@pytest.fixture(scope="module")
def tiny_classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random classifier of three labels, as any downloaded one lies in its folder."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("classifier")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "clean", "dirty", "room", "but", "small", "."]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label={0: "negative", 1: "neutral", 2: "positive"},
        label2id={"negative": 0, "neutral": 1, "positive": 2},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["id2label"]["2"] == "positive"
    return folder


def test_probabilities_follow_the_labels_names(tiny_classifier: Path) -> None:
    found = TransformerSentiment(str(tiny_classifier), batch_size=2).probabilities(
        ["Clean.", "Dirty room", "But"]
    )
    assert found.shape == (3, 4)
    assert np.allclose(found.sum(axis=1), 1)
    assert not found[:, POLARITIES.index("mixed")].any()


def test_opinions_take_their_feelings_and_keep_their_aspects(tiny_classifier: Path) -> None:
    said = [Said("The room is small but clean."), Said("Dirty.")]
    feelings = TransformerSentiment(str(tiny_classifier))
    model = AspectModel.default()
    ours, theirs = model.predict(said), model.predict(said, feelings=feelings)
    assert [set(row.aspects) for row in ours] == [set(row.aspects) for row in theirs]
    expected = feelings.probabilities([row.text for row in said])
    assert [row.score for row in theirs] == pytest.approx(list(expected[:, 0] - expected[:, 1]))


@pytest.mark.parametrize(
    ("labels", "polarities"),
    [
        (("NEGATIVE", "POSITIVE"), ("neg", "pos")),
        (("LABEL_0", "LABEL_1", "LABEL_2"), ("neg", "neutral", "pos")),
        (("1 star", "2 stars", "3 stars", "4 stars", "5 stars"), ("neg", "neg", "neutral", "pos", "pos")),
        (("positive", "mixed", "negative"), ("pos", "mixed", "neg")),
    ],
)
def test_labels_become_polarities(labels: tuple[str, ...], polarities: tuple[str, ...]) -> None:
    assert [POLARITIES[k] for k in label_polarities(labels).argmax(axis=1)] == list(polarities)


def test_a_missing_model_is_explained(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="no sequence classifier"):
        TransformerSentiment(str(tmp_path / "nowhere")).probabilities(["Nice."])
    with pytest.raises(ValueError, match="folder or an id"):
        TransformerSentiment(" ")


def test_a_settings_file_can_name_it(tiny_classifier: Path, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"sentiment": str(tiny_classifier)}), encoding="utf-8")
    sentences = split_reviews([Review(id="1", text="The bed was great. The kitchen was dirty.")])
    nothing = np.zeros((0, 384), np.float32)
    ours = read_opinions(sentences, nothing, read_settings(None))
    theirs = read_opinions(sentences, nothing, read_settings(file))
    said = TransformerSentiment(str(tiny_classifier)).probabilities(sentences.texts)
    assert [row.score for row in theirs] == pytest.approx(list(said[:, 0] - said[:, 1]))
    assert [set(row.aspects) for row in theirs] == [set(row.aspects) for row in ours]
