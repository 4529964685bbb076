"""Train the small classifiers again: ``python -m pipeline.reviews.training.train [--reviews reviews.csv.gz]``.

Rules are weighted on sentences that this project wrote. With an open file of unlabelled reviews
(Inside Airbnb's ``reviews.csv.gz``) the rules also label English sentences of it, and a classifier over MiniLM
vectors learns from those (distillation): it recognises wordings that no lexicon lists. Only weights are kept.
"""

import argparse
import csv
import gzip
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int

from pipeline.reviews.aspects_classifier import (
    VECTOR_SHARE_ASPECTS,
    WEIGHTS_FILE,
    Weights,
    log_softmax,
    sigmoid,
    with_one,
)
from pipeline.reviews.aspects_features import BUILT_IN, aspect_features
from pipeline.reviews.clauses import read_sentence
from pipeline.reviews.sentences import split_reviews
from pipeline.reviews.sentiment import POLARITIES, polarity_features
from pipeline.reviews.training.corpus import LabelledSentence, written_sentences
from scrapers.listing import Review

_LOG: Final = logging.getLogger(__name__)
_HELD_OUT_EVERY: Final = 3
_WRITTEN_WEIGHT: Final = 3.0
_LENGTHS: Final = range(12, 300)


@dataclass(frozen=True)
class _Data:
    """Written sentences as arrays: features of every (sentence, aspect), of sentences, of labelled aspects."""

    aspect_rows: Float[np.ndarray, "N 6 F"]
    present: Int[np.ndarray, "N 6"]
    polarity_rows: Float[np.ndarray, "N G"]
    polarity: Int[np.ndarray, "N"]
    aspect_polarity_rows: Float[np.ndarray, "M G"]
    aspect_polarity: Int[np.ndarray, "M"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", type=Path, help="Inside Airbnb reviews.csv or reviews.csv.gz, unlabelled")
    parser.add_argument(
        "--leave-out", type=Path, action="append", default=[], help="JSONL whose listings are left out"
    )
    parser.add_argument("--sentences", type=int, default=12_000, help="how many English sentences of it to use")
    parser.add_argument("--output", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    texts = _open_texts(options.reviews, options.leave_out, options.sentences) if options.reviews else []
    weights = train(texts)
    weights.save(options.output)
    _LOG.info("wrote %s (%d bytes)", options.output, options.output.stat().st_size)


def train(open_texts: Sequence[str] = (), *, with_vectors: bool = True) -> Weights:
    """Weights of the written sentences and of unlabelled English ``open_texts``."""
    written = written_sentences()
    held = np.arange(len(written)) % _HELD_OUT_EVERY == 0
    vectors = _vectors([row.text for row in written]) if with_vectors else np.zeros((len(written), 0))
    open_vectors = _vectors(open_texts) if with_vectors and open_texts else np.zeros((0, vectors.shape[1]))
    draft = _fit(
        [row for row, out in zip(written, held, strict=True) if not out],
        vectors[~held],
        open_texts,
        open_vectors,
    )
    calibration = _calibrate(draft, [row for row, out in zip(written, held, strict=True) if out], vectors[held])
    return replace(_fit(written, vectors, open_texts, open_vectors), calibration=calibration)


def _fit(
    written: Sequence[LabelledSentence],
    vectors: Float[np.ndarray, "N D"],
    open_texts: Sequence[str],
    open_vectors: Float[np.ndarray, "K D"],
) -> Weights:
    data = _arrays(written)
    flat = data.aspect_rows.reshape(-1, data.aspect_rows.shape[-1])
    no_vectors = np.zeros((len(BUILT_IN), 0)), np.zeros((len(POLARITIES), 0))
    weights = Weights(
        aspect=_logistic(flat, data.present.ravel(), penalty=1.0)[0],
        polarity=_logistic(data.polarity_rows, data.polarity, penalty=2.0),
        aspect_polarity=_logistic(data.aspect_polarity_rows, data.aspect_polarity, penalty=2.0),
        vector_aspect=no_vectors[0],
        vector_polarity=no_vectors[1],
        calibration=np.array([[1.0, 0.0], [1.0, 0.0]]),
    )
    if not vectors.shape[1]:
        return weights
    english = np.array([row.language == "en" for row in written])
    present, polarity = _rule_opinions(weights, open_texts)
    aspect_rows = [
        _logistic_soft(
            np.vstack([open_vectors, vectors[english]]),
            np.vstack([np.stack([1 - present[:, k], present[:, k]], 1), _one_hot(data.present[english, k], 2)]),
            len(open_texts),
        )[0]
        for k in range(len(BUILT_IN))
    ]
    targets = np.vstack([polarity, _one_hot(data.polarity[english], len(POLARITIES))])
    polarity_rows = _logistic_soft(np.vstack([open_vectors, vectors[english]]), targets, len(open_texts))
    return replace(weights, vector_aspect=np.array(aspect_rows), vector_polarity=polarity_rows)


def _arrays(written: Sequence[LabelledSentence]) -> _Data:
    readings = [read_sentence(row.text, row.language) for row in written]
    pairs = [
        (polarity_features(reading, row.text, aspect), POLARITIES.index(polarity))
        for reading, row in zip(readings, written, strict=True)
        for aspect, polarity in row.aspects.items()
    ]
    return _Data(
        aspect_rows=np.array(
            [[aspect_features(reading, aspect) for aspect in BUILT_IN] for reading in readings]
        ),
        present=np.array([[int(aspect in row.aspects) for aspect in BUILT_IN] for row in written]),
        polarity_rows=np.array(
            [polarity_features(r, row.text) for r, row in zip(readings, written, strict=True)]
        ),
        polarity=np.array([POLARITIES.index(row.polarity) for row in written]),
        aspect_polarity_rows=np.array([features for features, _ in pairs]),
        aspect_polarity=np.array([label for _, label in pairs]),
    )


def _rule_opinions(
    weights: Weights, texts: Sequence[str]
) -> tuple[Float[np.ndarray, "N 6"], Float[np.ndarray, "N 4"]]:
    """What the rules alone say of English texts."""
    if not texts:
        return np.zeros((0, len(BUILT_IN))), np.zeros((0, len(POLARITIES)))
    readings = [read_sentence(text, "en") for text in texts]
    rows = np.array([[aspect_features(reading, aspect) for aspect in BUILT_IN] for reading in readings])
    features = np.array(
        [polarity_features(reading, text) for reading, text in zip(readings, texts, strict=True)]
    )
    return sigmoid(rows @ weights.aspect), np.exp(log_softmax(features @ weights.polarity.T))


def _calibrate(
    draft: Weights, held: Sequence[LabelledSentence], vectors: Float[np.ndarray, "N D"]
) -> Float[np.ndarray, "2 2"]:
    """Platt's slope and offset on sentences that the draft has not seen, without and with vectors."""
    data = _arrays(held)
    rules = data.aspect_rows @ draft.aspect
    english = np.array([row.language == "en" for row in held])
    both = rules[english]
    if draft.vector_size:
        both = both + VECTOR_SHARE_ASPECTS * (with_one(vectors[english]) @ draft.vector_aspect.T)
    found = []
    for logits, labels in ((rules, data.present), (both, data.present[english])):
        column = np.stack([np.ones(logits.size), logits.ravel()], axis=1)
        offset, slope = _logistic(column, labels.ravel(), penalty=0.1)[0]
        found.append([slope, offset])
    return np.array(found)


def _logistic(
    rows: Float[np.ndarray, "N F"], labels: Int[np.ndarray, "N"], penalty: float
) -> Float[np.ndarray, "K F"]:
    """Weights with the intercept at the first place, where every row has a 1."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / penalty, max_iter=4000).fit(rows[:, 1:], labels)
    return np.concatenate([model.intercept_[:, None], model.coef_], axis=1)


def _logistic_soft(
    rows: Float[np.ndarray, "N D"], targets: Float[np.ndarray, "N K"], unlabelled: int
) -> Float[np.ndarray, "K E"]:
    """The same for targets that are probabilities; written sentences count more than unlabelled ones."""
    from sklearn.linear_model import LogisticRegression

    count, classes = targets.shape
    trust = np.where(np.arange(count) < unlabelled, 1.0, _WRITTEN_WEIGHT)
    model = LogisticRegression(C=1.0, max_iter=500)
    labels = np.repeat(np.arange(classes), count)
    model.fit(np.vstack([rows] * classes), labels, sample_weight=(targets * trust[:, None]).T.ravel())
    return np.concatenate([model.intercept_[:, None], model.coef_], axis=1)


def _one_hot(labels: Int[np.ndarray, "N"], classes: int) -> Float[np.ndarray, "N K"]:
    return np.asarray(np.eye(classes)[labels])


def _vectors(texts: Sequence[str]) -> Float[np.ndarray, "N D"]:
    from models.sentence_encoder import SentenceEncoder

    return SentenceEncoder().encode(list(texts)).astype(np.float64)


def _open_texts(path: Path, leave_out: Sequence[Path], count: int) -> list[str]:
    """English sentences of an Inside Airbnb file in an order that depends on nothing but themselves."""
    skipped = {
        json.loads(line)["listing_id"] for file in leave_out for line in file.read_text("utf-8").splitlines()
    }
    sentences = split_reviews(_open_reviews(path, skipped))
    texts = {row.text for row in sentences if row.language == "en" and len(row.text) in _LENGTHS}
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())[:count]


def _open_reviews(path: Path, skipped: set[str]) -> Iterator[Review]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["listing_id"] not in skipped and row["comments"]:
                yield Review(id=row["id"], text=row["comments"])


if __name__ == "__main__":
    main()
