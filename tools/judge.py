"""Train the judge of sentences: ``python -m tools.judge --reviews FILE --listings FILE --labels FILE.jsonl``.

It learns from sentences that this project wrote (``pipeline/reviews/opinions/training``) and from real ones
that it labelled: those of ``benchmarks/labels``, read from Inside Airbnb's Singapore reviews, and a set like
``aspects_dev``. What it prints was found out of fold: no sentence is judged by a model that saw one of the
same listing.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from benchmarks.natural_rates import LABELS, find_sentences, read_labels
from benchmarks.reviews import read_labels as read_labelled
from models.sentence_encoder import E5_SMALL, USE, SentenceEncoder, SentenceEncoderConfig
from pipeline.reviews.city.city import read_file
from pipeline.reviews.opinions import BUILT_IN
from pipeline.reviews.opinions.aspects_classifier import aspect_rows, default_weights
from pipeline.reviews.opinions.aspects_features import aspect_features
from pipeline.reviews.opinions.aspects_scores import base_scores
from pipeline.reviews.opinions.clauses import read_sentence
from pipeline.reviews.opinions.judge import JUDGE_FILE, Judge, stack_rows
from pipeline.reviews.opinions.sentiment import POLARITIES, polarity_features
from pipeline.reviews.opinions.training.corpus import judge_sentences, written_sentences
from pipeline.reviews.opinions.training.fit import held_out_scores, prepare
from pipeline.reviews.text import embed_texts, split_reviews
from tools.judge_tables import print_tables

FOLDS: Final = 5
#: sentences that an earlier judge was unsure of; learned from, never counted
DOUBTFUL: Final = LABELS.with_name("doubtful.tsv")
#: inverse penalties, and how much parts count beside each other (their numbers are brought to spread 1 first):
#: chosen out of fold on the labels of benchmarks/labels and aspects_dev together
_C: Final = 0.5
_ASPECT_C: Final = 0.5
_STACK_SHARE, _VECTOR_SHARE, _FINER_SHARE = 0.85, 1.2, 2.1
#: without the finer vectors the others count more
_STACK_SHARE_ALONE, _VECTOR_SHARE_ALONE = 1.3, 2.1
#: how much a sentence counts by where it comes from; the hard ones among the written are hard on purpose
_WEIGHTS: Final = {"written": 0.2, "hard": 0.04, "judge": 0.5, "natural": 1.0, "doubtful": 1.0, "dev": 1.0}


@dataclass(frozen=True)
class Example:
    """A labelled sentence; ``group``: its listing, empty if we wrote it; ``rating`` of that listing."""

    text: str
    language: str
    polarity: str
    aspects: dict[str, str] | None
    source: str
    group: str = ""
    rating: float | None = None
    drawn: bool = False


@dataclass(frozen=True)
class Table:
    """All examples as arrays, by row."""

    examples: tuple[Example, ...]
    stack: Float[np.ndarray, "N S"]
    base: Float[np.ndarray, "N 12"]
    logits: Float[np.ndarray, "N 6"]
    vectors: Float32[np.ndarray, "N D"]
    finer: Float32[np.ndarray, "N E"]

    @property
    def fold(self) -> Int[np.ndarray, "N"]:
        """Fold of each listing, -1 for what this project wrote."""
        return np.array(
            [
                int(hashlib.sha256(e.group.encode()).hexdigest(), 16) % FOLDS if e.group else -1
                for e in self.examples
            ]
        )

    @property
    def weight(self) -> Float[np.ndarray, "N"]:
        """How much each counts."""
        return np.array([_WEIGHTS[example.source] for example in self.examples])

    @property
    def polarity(self) -> Int[np.ndarray, "N"]:
        """Index of the polarity."""
        return np.array([POLARITIES.index(example.polarity) for example in self.examples])


def gather(reviews: Path, listings: Path, labels: Path) -> list[Example]:
    """Everything that is learned from; written sentences first, in their order."""
    found = [
        Example(s.text, s.language, s.polarity, dict(s.aspects), "written" if s.plain else "hard")
        for s in written_sentences()
    ]
    found += [Example(s.text, s.language, s.polarity, None, "judge") for s in judge_sentences()]
    ratings = _ratings(listings)
    known = [*read_labels(), *read_labels(DOUBTFUL)]
    wanted = {label.review for label in known}
    own = [review for review in read_file(reviews) if review.id in wanted]
    homes = _homes(reviews, wanted)
    for label, sentence in zip(known, find_sentences(known, split_reviews(own)), strict=True):
        home = homes[label.review]
        drawn = label.draw == "main"
        found.append(
            Example(
                sentence.text,
                label.language,
                label.polarity,
                None,
                "doubtful" if label.draw == "doubtful" else "natural",
                home,
                ratings.get(home),
                drawn,
            )
        )
    for row in read_labelled(labels):
        found.append(Example(row.text, row.language, row.polarity, row.aspects, "dev", row.listing or row.text))
    return found


def _homes(reviews: Path, wanted: set[str]) -> dict[str, str]:
    import pandas as pd

    frame = pd.read_csv(reviews, usecols=["id", "listing_id"], dtype=str)
    frame = frame[frame["id"].isin(wanted)]
    return dict(zip(frame["id"], frame["listing_id"], strict=True))


def _ratings(listings: Path) -> dict[str, float]:
    import pandas as pd

    frame = pd.read_csv(listings, usecols=["id", "review_scores_rating"], dtype={"id": str}).dropna()
    return dict(zip(frame["id"], frame["review_scores_rating"].astype(float), strict=True))


def tabulate(examples: Sequence[Example], cache: Path | None) -> Table:
    """Features of all; n-gram scores of written sentences by models that had not seen them."""
    texts = [example.text for example in examples]
    readings = [read_sentence(example.text, example.language) for example in examples]
    base, clauses = base_scores(examples, readings, default_weights().sentence)
    written = written_sentences()
    held = held_out_scores(prepare(written, np.zeros((len(written), 0))))
    base[: len(written)], clauses[: len(written)] = held.sentence, held.clauses
    rules = np.array([polarity_features(r, text) for r, text in zip(readings, texts, strict=True)])
    stack = default_weights().without_vectors
    aspects = [
        aspect_rows(np.array([aspect_features(r, name) for r in readings]), base[:, k], None) @ stack.aspect
        for k, name in enumerate(BUILT_IN)
    ]
    vectors, finer = (
        embed_texts(texts, SentenceEncoder(SentenceEncoderConfig(model=model)), cache=cache).vectors
        for model in (USE, E5_SMALL)
    )
    return Table(
        tuple(examples), stack_rows(rules, base, clauses), base, np.stack(aspects, axis=1), vectors, finer
    )


def fit(table: Table, chosen: Bool[np.ndarray, "N"]) -> Judge:
    """A judge of the ``chosen`` rows."""
    polarity, weight = table.polarity[chosen], table.weight[chosen]
    first = [(table.stack, _STACK_SHARE_ALONE), (table.vectors, _VECTOR_SHARE_ALONE)]
    second = [(table.stack, _STACK_SHARE), (table.vectors, _VECTOR_SHARE), (table.finer, _FINER_SHARE)]
    labelled = chosen & np.array([example.aspects is not None for example in table.examples])
    present = np.array([[name in (e.aspects or {}) for name in BUILT_IN] for e in table.examples])[labelled]
    aspects = []
    for k in range(len(BUILT_IN)):
        parts = [(table.logits[:, [k]], 2.0), (table.base[:, : len(BUILT_IN)], 1.0), (table.vectors, 3.0)]
        rows = _logistic(parts, labelled, present[:, k].astype(int), table.weight[labelled], _ASPECT_C)
        aspects.append(rows[0])
    return Judge(
        _logistic(first, chosen, polarity, weight, _C),
        _logistic(second, chosen, polarity, weight, _C),
        np.array(aspects, dtype=np.float32),
    )


def _logistic(
    parts: Sequence[tuple[np.ndarray, float]],
    chosen: Bool[np.ndarray, "N"],
    labels: Int[np.ndarray, "M"],
    weight: Float[np.ndarray, "M"],
    c: float,
) -> Float32[np.ndarray, "K F"]:
    """Coefficients for the features as they are; within, each part has the spread that it is given."""
    from sklearn.linear_model import LogisticRegression

    scales = [
        np.full(part.shape[1], share / np.sqrt(part.shape[1])) / (part[chosen].std(axis=0) + 1e-6)
        for part, share in parts
    ]
    scale = np.concatenate(scales)
    rows = np.concatenate([part[chosen] for part, _ in parts], axis=1)
    mean = rows.mean(axis=0)
    model = LogisticRegression(C=c, max_iter=800, tol=1e-3).fit(
        (rows - mean) * scale, labels, sample_weight=weight
    )
    weights = model.coef_ * scale
    return np.concatenate([model.intercept_[:, None] - weights @ mean[:, None], weights], axis=1).astype(
        np.float32
    )


@dataclass(frozen=True)
class OutOfFold:
    """What was found of rows by models that saw nothing of their listing: first and second reading, aspects."""

    first: Float[np.ndarray, "N 4"]
    second: Float[np.ndarray, "N 4"]
    aspects: Float[np.ndarray, "N 6"]


def out_of_fold(table: Table) -> OutOfFold:
    """By :data:`FOLDS` models."""
    count = len(table.examples)
    found = OutOfFold(np.zeros((count, 4)), np.zeros((count, 4)), np.zeros((count, 6)))
    for fold in range(FOLDS):
        out = table.fold == fold
        judge = fit(table, ~out)
        found.first[out] = judge.read_once(table.stack[out], table.vectors[out])
        found.second[out] = judge.read_twice(table.stack[out], table.vectors[out], table.finer[out])
        found.aspects[out] = judge.aspect_confidences(table.logits[out], table.base[out], table.vectors[out])
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--reviews", type=Path, required=True, help="Inside Airbnb's detailed Singapore reviews"
    )
    parser.add_argument(
        "--listings", type=Path, required=True, help="and its detailed listings, for their ratings"
    )
    parser.add_argument("--labels", type=Path, required=True, help="JSONL of labelled sentences")
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors")
    parser.add_argument("--output", type=Path, default=JUDGE_FILE)
    options = parser.parse_args(arguments)
    table = tabulate(gather(options.reviews, options.listings, options.labels), options.cache)
    print_tables(table, out_of_fold(table))
    fit(table, np.ones(len(table.examples), dtype=bool)).save(options.output)


if __name__ == "__main__":
    main()
