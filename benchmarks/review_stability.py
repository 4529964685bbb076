"""Do topics depend on the order of the reviews, on single reviews, on the language, on the process?

``python -m benchmarks.review_stability --reviews FILE`` prints ARI after shuffling (bar: 1), AMI on 90 % of the
reviews (bar: 0.8), NMI between topic and language (bar: below 0.15) and whether two fresh processes write the
same report to the byte.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.apart import run_apart
from benchmarks.records.recorder import Add, Recorder, add_options, ignored
from benchmarks.review_topics import demo_reviews
from models.sentence_encoder import SentenceEncoder
from pipeline.reviews.analyse import analyse_reviews
from pipeline.reviews.city.city import read_file
from pipeline.reviews.recipe import read_opinions, readings, word_embedder
from pipeline.reviews.settings import ReviewSettings
from pipeline.reviews.text import Sentences, split_reviews
from pipeline.reviews.topics import find_topics
from scrapers.listing import Review

COUNTS: Final = (90, 300, 1000)
_DRAWS: Final = 3
_SHARE: Final = 0.9

#: sentence by content and place: the same in any order
_Labels = dict[tuple[str, int], int]


class Reader:
    """Topics of any reviews; every sentence is embedded once."""

    def __init__(self) -> None:
        self._settings = ReviewSettings()
        self._encoder = SentenceEncoder(self._settings.encoder)
        self._embed_words = word_embedder(self._encoder, self._settings)
        self._known: dict[str, np.ndarray] = {}

    def topics(self, reviews: Sequence[Review]) -> tuple[Sentences, np.ndarray]:
        """The sentences and their topics."""
        sentences = split_reviews(reviews)
        vectors = self._vectors(readings(sentences, self._settings))
        opinions = read_opinions(sentences, vectors, self._settings)
        aspects = [list(row.aspects) for row in opinions]
        found = find_topics(sentences, vectors, self._embed_words, self._settings.topics, aspects=aspects)
        return sentences, found.assignment

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


def _by_sentence(sentences: Sentences, labels: np.ndarray) -> _Labels:
    return {(row.review_id, row.index): int(label) for row, label in zip(sentences, labels, strict=True)}


def _paired(one: _Labels, other: _Labels) -> tuple[list[int], list[int]]:
    both = [key for key in one if key in other]
    return [one[key] for key in both], [other[key] for key in both]


def _digest(reviews: Sequence[Review]) -> str:
    return hashlib.sha256(analyse_reviews(reviews).model_dump_json().encode()).hexdigest()


def measure(reviews: Sequence[Review], counts: Sequence[int] = COUNTS, add: Add = ignored) -> None:
    """Print one line for every number of reviews."""
    from sklearn.metrics import (
        adjusted_mutual_info_score,
        adjusted_rand_score,
        normalized_mutual_info_score,
    )

    print(f"{'reviews':>8}{'sentences':>10}{'topics':>7}{'outliers':>9}{'shuffle ARI':>12}", end="")
    print(f"{'90 % AMI':>10}{'language NMI':>13}  same bytes in two processes")
    reader = Reader()
    for count in counts:
        some = list(reviews)[:: max(len(reviews) // count, 1)][:count]
        sentences, labels = reader.topics(some)
        whole = _by_sentence(sentences, labels)
        shuffled = [some[row] for row in np.random.default_rng(1).permutation(len(some))]
        ari = adjusted_rand_score(*_paired(whole, _by_sentence(*reader.topics(shuffled))))
        amis = []
        for draw in range(_DRAWS):
            kept = np.random.default_rng(draw).random(len(some)) < _SHARE
            part = [review for review, keep in zip(some, kept, strict=True) if keep]
            amis.append(adjusted_mutual_info_score(*_paired(whole, _by_sentence(*reader.topics(part)))))
        nmi = normalized_mutual_info_score(labels, [row.language for row in sentences])
        row = {
            "reviews": len(some),
            "sentences": len(sentences),
            "topics": int(labels.max()) + 1,
            "outliers": float(np.mean(labels < 0)),
            "shuffle_ari": ari,
            "part_ami": min(amis),
            "language_nmi": nmi,
        }
        same = len({run_apart(_digest, some).value for _ in range(2)}) == 1
        print(
            f"{len(some):8d}{len(sentences):10d}{labels.max() + 1:7d}{np.mean(labels < 0):9.1%}{ari:12.3f}"
            f"{min(amis):10.3f}{nmi:13.3f}  {'yes' if same else 'NO'}",
            flush=True,
        )
        add({**row, "same_bytes": same})


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_stability", description=__doc__)
    parser.add_argument(
        "--reviews", type=Path, help="Inside Airbnb's detailed reviews file (default: the demo)"
    )
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS), help="numbers of reviews")
    add_options(parser)
    options = parser.parse_args(arguments)
    recorder = Recorder.of("review_stability", ["reviews"], options, arguments)
    reviews = demo_reviews() if options.reviews is None else read_file(options.reviews)
    counts = [count for count in options.counts if count <= len(reviews)] or [len(reviews)]
    measure(reviews, counts, recorder.add)


if __name__ == "__main__":
    main()
