"""Train the small classifiers again: ``python -m pipeline.reviews.opinions.training.train``.

They learn from sentences that this project wrote (``sentences_*.tsv``) and from nothing else; the same
sentences give the same weights.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from pipeline.reviews.opinions.aspects_classifier import GRAMS_FILE, WEIGHTS_FILE
from pipeline.reviews.opinions.training.corpus import LabelledSentence, written_sentences
from pipeline.reviews.opinions.training.fit import fit

_LOG: Final = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--output", type=Path, default=WEIGHTS_FILE, help="the small part; n-grams go beside it"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    written = written_sentences()
    fit(written, english_vectors(written)).save(options.output)
    for path in (options.output, options.output.with_name(GRAMS_FILE)):
        _LOG.info("wrote %s (%d bytes)", path, path.stat().st_size)


def english_vectors(rows: Sequence[LabelledSentence]) -> Float[np.ndarray, "N D"]:
    """MiniLM vectors of the English sentences; rows of others are 0."""
    from models.sentence_encoder import SentenceEncoder

    english = [index for index, row in enumerate(rows) if row.language == "en"]
    found = SentenceEncoder().encode([rows[index].text for index in english])
    vectors = np.zeros((len(rows), found.shape[1]))
    vectors[english] = found
    return vectors


if __name__ == "__main__":
    main()
