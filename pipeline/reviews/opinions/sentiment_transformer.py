"""Sentiment by any sequence-classification transformer, for who has one: a folder or a Hugging Face id.

::

    feelings = TransformerSentiment("path/to/folder")
    opinions = AspectModel.default().predict(sentences, feelings=feelings)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from jaxtyping import Float

from models.sentence_encoder import EncoderUnavailable
from pipeline.progress import Progress
from pipeline.reviews.opinions.sentiment import POLARITIES

#: beginnings of label names, lower case, by polarity; stars and numbered labels are spread evenly instead
_NAMES: Final = {
    "pos": ("pos", "good", "very pos"),
    "neg": ("neg", "bad", "very neg"),
    "mixed": ("mix", "conflict"),
    "neutral": ("neu", "none", "objective"),
}


@dataclass(frozen=True)
class TransformerSentiment:
    """A classifier of whole texts.

    Attributes:
        model: folder or id that ``AutoModelForSequenceClassification`` reads; its labels are named after
            polarities ("positive", "negative"...), or ordered from worst to best ("1 star", "LABEL_0"...).
        batch_size: texts at a time.
        max_tokens: longer texts are cut there.
        allow_download: whether an id that is not in the local cache may be fetched.
    """

    model: str
    batch_size: int = 16
    max_tokens: int = 256
    allow_download: bool = False

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ValueError("model must be a folder or an id of a sequence classifier")
        if min(self.batch_size, self.max_tokens) < 1:
            raise ValueError("batch_size and max_tokens must be at least 1")

    def probabilities(self, texts: Sequence[str], progress: Progress | None = None) -> Float[np.ndarray, "N 4"]:
        """Probability of pos, neg, mixed and neutral for every text.

        Raises:
            EncoderUnavailable: the model is not on this machine, or is no classifier with two labels or more.
        """
        import torch

        progress = progress or Progress()
        result = np.zeros((len(texts), len(POLARITIES)))
        if not texts:
            return result
        tokeniser, network = self._loaded
        by_label = label_polarities([network.config.id2label[k] for k in range(network.config.num_labels)])
        for start in range(0, len(texts), self.batch_size):
            progress(start / len(texts), "reading feelings with the transformer")
            part = list(texts[start : start + self.batch_size])
            tokens = tokeniser(
                part, padding=True, truncation=True, max_length=self.max_tokens, return_tensors="pt"
            )
            with torch.inference_mode():
                found = torch.softmax(network(**tokens).logits.double(), dim=1).numpy()
            result[start : start + len(part)] = found @ by_label
        return result

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        local = not self.allow_download
        try:
            tokeniser = AutoTokenizer.from_pretrained(self.model, local_files_only=local)
            network = AutoModelForSequenceClassification.from_pretrained(self.model, local_files_only=local)
        except (OSError, ValueError) as error:
            raise EncoderUnavailable(
                f"no sequence classifier {self.model!r} on this machine: give a folder that holds one, "
                f"or download it first (huggingface-cli download {self.model})"
            ) from error
        if network.config.num_labels < 2:
            raise EncoderUnavailable(f"{self.model!r} has a single output; a classifier needs labels")
        return tokeniser, network.eval()


def label_polarities(labels: Sequence[str]) -> Float[np.ndarray, "L 4"]:
    """Which polarity each label of a classifier stands for; rows add up to 1.

    Labels that name no polarity are taken as ordered from worst to best: the middle one of an odd number is
    neutral.
    """
    rows = np.zeros((len(labels), len(POLARITIES)))
    named = [_polarity_of(label) for label in labels]
    if "pos" in named and "neg" in named:
        for row, name in zip(rows, named, strict=True):
            row[POLARITIES.index(name or "neutral")] = 1.0
        return rows
    middle = (len(labels) - 1) / 2
    for index, row in enumerate(rows):
        name = "pos" if index > middle else "neg" if index < middle else "neutral"
        row[POLARITIES.index(name)] = 1.0
    return rows


def _polarity_of(label: str) -> str:
    plain = label.lower().replace("label_", "").strip()
    return next((name for name, beginnings in _NAMES.items() if plain.startswith(beginnings)), "")
