"""Criticism at natural rates: ``python -m benchmarks.natural_rates --reviews reviews.csv.gz``.

Labelled sets hold 40 % criticism, real listings a tenth of that or less; what is wrongly read as criticism
only shows at real rates. The labels (``benchmarks/labels``) name sentences of Inside Airbnb's Singapore
reviews by id and hash. Columns: sentences, how many criticise (neg or mixed), precision and recall of
criticism, and the share of those read as criticism surely enough to be shown that is criticism.

The judge of opinions learned from these very labels, so these figures flatter it. What it finds of listings
that it has not seen is printed by ``python -m tools.judge``; give ``--labels`` to count on labels of your own.
"""

import argparse
import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.records.recorder import Recorder, add_options
from benchmarks.records.run import Row
from pipeline.reviews.city.city import read_file
from pipeline.reviews.opinions import surely
from pipeline.reviews.recipe import read_opinions, readings
from pipeline.reviews.settings import ReviewSettings, make_encoder
from pipeline.reviews.text import Sentence, Sentences, split_reviews
from pipeline.reviews.text.embeddings import embed_texts

LABELS: Final = Path(__file__).with_name("labels") / "natural_rates.tsv"
CRITICISM: Final = frozenset({"neg", "mixed"})
_HASH_LETTERS: Final = 16


@dataclass(frozen=True)
class Label:
    """What one sentence says.

    Attributes:
        review, index: which sentence of which review.
        sha256: start of the hash of its text, in UTF-8.
        language: BCP 47 primary code.
        draw: ``main`` or ``extra``.
        polarity: pos, neg, mixed or neutral.
        criticised: aspects that are blamed.
    """

    review: str
    index: int
    sha256: str
    language: str
    draw: str
    polarity: str
    criticised: frozenset[str]

    @property
    def criticism(self) -> bool:
        """Whether the sentence blames anything."""
        return self.polarity in CRITICISM


def read_labels(path: Path = LABELS) -> list[Label]:
    """The labels of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Label(
                row["review"],
                int(row["index"]),
                row["sha256"],
                row["language"],
                row["draw"],
                row["polarity"],
                frozenset(filter(None, row["criticised"].split(","))),
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def find_sentences(labels: Sequence[Label], sentences: Iterable[Sentence]) -> list[Sentence]:
    """The labelled sentences, in the order of the labels.

    Raises:
        ValueError: sentences are missing or differ; the message says how many of each.
    """
    by_place = {(sentence.review_id, sentence.index): sentence for sentence in sentences}
    known = [label for label in labels if (label.review, label.index) in by_place]
    found = [by_place[label.review, label.index] for label in known]
    missing = len(labels) - len(known)
    differing = sum(_hash(one.text) != label.sha256 for one, label in zip(found, known, strict=True))
    if missing or differing:
        raise ValueError(
            f"of {len(labels)} labelled sentences {missing} are not in the reviews and {differing} differ; "
            "take the Singapore reviews of 2023-09-23, and label anew what the splitter now splits otherwise"
        )
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LETTERS]


def row_of(group: str, truth: np.ndarray, found: np.ndarray, sure: np.ndarray) -> Row:
    """One line of the table: whether each sentence criticises, is read as criticism, and surely so."""
    hits = int((truth & found).sum())
    return {
        "group": group,
        "sentences": len(truth),
        "criticism": int(truth.sum()),
        "precision": hits / max(int(found.sum()), 1),
        "recall": hits / max(int(truth.sum()), 1),
        "sure": int(sure.sum()),
        "sure_precision": int((truth & sure).sum()) / max(int(sure.sum()), 1),
    }


def measure(labels: Sequence[Label], sentences: Sequence[Sentence]) -> list[Row]:
    """English, the others, and each language, over both draws."""
    rows, settings = Sentences(tuple(sentences)), ReviewSettings()
    vectors = embed_texts(readings(rows, settings), make_encoder(settings)).vectors
    opinions = read_opinions(rows, vectors, settings).rows
    truth = np.array([label.criticism for label in labels])
    found = np.array([opinion.polarity in CRITICISM for opinion in opinions])
    sure = np.array([surely(opinion, "neg") for opinion in opinions])
    language = np.array([label.language for label in labels])
    groups = {"en": language == "en", "others": language != "en"}
    groups |= {code: language == code for code in sorted(set(language) - {"en"})}
    return [row_of(name, truth[mask], found[mask], sure[mask]) for name, mask in groups.items()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--reviews", type=Path, required=True, help="Inside Airbnb's detailed Singapore reviews"
    )
    parser.add_argument(
        "--labels", type=Path, default=LABELS, help="a file like benchmarks/labels/natural_rates.tsv"
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    recorder = Recorder.of("natural_rates", ["group"], options, arguments)
    labels = read_labels(options.labels)
    wanted = {label.review for label in labels}
    reviews = [review for review in read_file(options.reviews) if review.id in wanted]
    for row in measure(labels, find_sentences(labels, split_reviews(reviews))):
        recorder.add(row)
        print("  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))


if __name__ == "__main__":
    main()
