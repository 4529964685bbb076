"""Which words are nouns: told by how guests use them, without a grammar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pipeline.reviews.text import stop_words

_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[.!?,;:()\n]")
_DETERMINER_WORDS: Final = """
    the a an this that these those my our his her their its your no any some every each
    le la les l' un une des du ce cette ces mon notre sa son leur
    der die das den dem ein eine einen einem einer mein unser ihr
    el los las una unos unas del al mi su nuestro nuestra
"""
_DETERMINERS: Final = frozenset(_DETERMINER_WORDS.split())
_STOPS: Final = frozenset({"", ".", "!", "?", ";", ":", ")", "\n"})
#: between adjectives
_JOINING: Final = frozenset(
    {"and", "but", "or", "yet", "und", "aber", "et", "mais", "y", "pero", "enough", "for"}
)
#: before the name of a town
_TO_TOWN: Final = frozenset({"in", "to", "visit", "visiting", "à", "en", "nach"})
#: times that a town must be named so to be known
_LEAST_TOWN: Final = 3
_OTHER_SCRIPT: Final = re.compile(r"[^\x00-\u024f]")
#: share of a word's uses in which it stands between a determiner and a small word or stop, of one; set
#: by hand by reading labels of places of Singapore
_LEAST_NOUN_SHARE: Final = 0.12
#: share of a word's uses inside sentences in which it has a capital, of one
_LEAST_CAPITALS: Final = 0.6


def town_named(texts: Iterable[str]) -> str:
    """The town of a place, lower-cased, as its guests name it ("in Singapore"); empty if they do not."""
    return Nouns.of(texts).town()


@dataclass(frozen=True)
class Nouns:
    """Words of one place, counted by how they are used."""

    used: Counter[str]
    as_noun: Counter[str]
    inside: Counter[str]
    capital: Counter[str]
    place: Counter[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Nouns:
        """Count the words of sentences."""
        found = cls(Counter(), Counter(), Counter(), Counter(), Counter())
        small = stop_words()
        for text in texts:
            tokens = ["", *_TOKEN.findall(text), ""]
            for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
                if token.isalpha() or "-" in token:
                    word = token.casefold()
                    found.used[word] += 1
                    found.inside[word] += before.isalpha()
                    found.capital[word] += before.isalpha() and token[0].isupper()
                    found.place[word] += before.casefold() in _TO_TOWN
                    ends = after in _STOPS or (after.casefold() in small and after.casefold() not in _JOINING)
                    found.as_noun[word] += ends and before.casefold() in _DETERMINERS
        return found

    def town(self) -> str:
        """The name that guests put most often behind "in", "to" or "visit": where the place is; else empty."""
        found = {word: count for word, count in self.place.items() if self.is_name(word)}
        best = max(found, key=lambda word: (found[word], word), default="")
        return best if found.get(best, 0) >= _LEAST_TOWN else ""

    def is_name(self, word: str) -> bool:
        """Whether guests write it with a capital inside sentences."""
        return self.inside[word] > 0 and self.capital[word] >= _LEAST_CAPITALS * self.inside[word]

    def is_noun(self, phrase: str) -> bool:
        """Whether the last word of a phrase is a noun or a name; words of other scripts may be."""
        word = phrase.split()[-1]
        if _OTHER_SCRIPT.search(word):
            return True
        return self.is_name(word) or self.as_noun[word] >= _LEAST_NOUN_SHARE * max(self.used[word], 1)
