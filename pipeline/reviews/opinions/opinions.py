"""What the report needs to know of aspects and feelings, whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

#: what each feeling is worth; neutral judges nothing
WORTH: Final[Mapping[str, float]] = {"pos": 1.0, "mixed": 0.5, "neg": 0.0}


class AspectOpinionLike(Protocol):
    """The feeling about one aspect of one sentence."""

    @property
    def polarity(self) -> str: ...

    @property
    def confidence(self) -> float: ...

    @property
    def polarity_confidence(self) -> float: ...


class OpinionsLike(Protocol):
    """All of one sentence: its aspects and its feeling as a whole (pos, neg, mixed, neutral)."""

    @property
    def aspects(self) -> Mapping[str, AspectOpinionLike]: ...

    @property
    def polarity(self) -> str: ...

    @property
    def polarity_confidence(self) -> float: ...


#: reads sentences (text and BCP 47 language of each) in their order
ReadOpinions = Sequence[OpinionsLike]
