"""Names of people in reviews, found by how they are used, so that no topic is called by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from pipeline.reviews.text.words import stop_words

_NAME: Final = r"[A-ZÀ-Þ][a-zß-ÿ'’]{1,14}|[A-Z]{2,}"
_CAPITALISED: Final = re.compile(rf"(?<![^\W\d_])(?:{_NAME})(?![^\W\d_])")
#: before and after a person
_TO_PERSON: Final = re.compile(
    r"(?:thanks?(?: you)?(?: so much| very much)?,?(?: to)?|hosts?,?|hostess|owner|landlord|landlady|manager|"
    r"named|contact(?:ed|ing)?|messag(?:e|ed|ing)|text(?:ed|ing)|ask(?:ed|ing)?|met|meet(?:ing)?|dear|"
    r"(?:help|hospitality|kindness|care|support|generosity) of|"
    r"mr\.?|mrs\.?|ms\.?|miss|auntie|aunty|uncle|"
    r"madam|"
    r"both|merci|gracias|danke|grazie|obrigad[oa]|hôte|anfitrión|anfitriona|gastgeber(?:in)?)\s+$",
    re.IGNORECASE,
)
_OF_PERSON: Final = re.compile(
    r"(?:['’]s\s+(?:place|apartment|flat|home|house|room|condo|hospitality|communication|family|husband|wife|"
    r"mother|instructions|listings|kindness|response|listing|unit|studio|team)\b"
    r"|,?\s+(?:who|has been|was able|replied|replies|responded|responds|helped|helps|gave|met|welcomed|went|"
    r"answered|explained|let us|let me|allowed|offered|communicat\w+|responsive|himself|herself|"
    r"and (?:his|her|their) (?:family|wife|husband|team|mother|partner|staff))\b"
    r"|\s+(?:is|was|and \w+ (?:are|were))\s+(?:(?:a|an|the|such|very|really|so|extremely|super|always|also|"
    r"incredibly|truly|most|our)\s+)*(?:\w+\s+)?"
    r"(?:host\w*|helpful|kind\w*|friendly|responsive|nice|lovely|sweet|welcoming|accommodating|attentive|"
    r"hospitable|understanding|polite|quick|prompt|warm|communicative|gracious|patient|generous)\b"
    r"|\s?(?:님|씨|さん|様|桑)"
    r"|\s+(?:est|était|ist|war|es|fue|è|era)\s+(?:un\w*|ein\w*|très|sehr|muy|molto)?\s*\w*(?:hôte|gentil|"
    r"nett|freundlich|amable|host|gastgeber|anfitri|disponibil))",
    re.IGNORECASE,
)
_OF_PLACE: Final = re.compile(
    r"\s+(?:mrt|station|road|street|st|rd|mall|hotel|food|market|park|airport|cent(?:er|re)|area|line|exit|"
    r"plaza|square|quay|beach|island|bay|river|bridge|garden|town|city|is (?:a )?\d)",
    re.IGNORECASE,
)
_TO_PLACE: Final = re.compile(
    r"(?:\b(?:in|at|to|near|nearby|around|of|on|into|towards|visit(?:ed|ing)?|outside|between|opposite|the))\s+$",
    re.IGNORECASE,
)
_LOOK_CHARACTERS: Final = 60
#: a name is hardly ever written small
_LEAST_CAPITALISED: Final = 0.8


def people_named(texts: Iterable[str]) -> frozenset[str]:
    """Lower-cased words that are names of people in these texts (places are kept out).

    A name is nearly always written with a capital and stands more often where a person does ("thanks to ...",
    "... is a great host", "...'s flat") than where a place does ("in ...", "... station").
    """
    person: Counter[str] = Counter()
    place: Counter[str] = Counter()
    capitalised: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        for match in _CAPITALISED.finditer(text):
            word = re.sub(r"['’]s$", "", match[0]).casefold()
            capitalised[word] += 1
            before = text[max(match.start() - _LOOK_CHARACTERS, 0) : match.start()]
            after = text[match.start() + len(word) : match.end() + _LOOK_CHARACTERS]
            if _TO_PERSON.search(before) or _OF_PERSON.match(after):
                person[word] += 1
            elif _TO_PLACE.search(before) or _OF_PLACE.match(after):
                place[word] += 1
        small.update(re.findall(r"(?<![^\W\d_])[a-zß-ÿ][a-zß-ÿ'’]+", text))
    return frozenset(
        word
        for word, count in person.items()
        if count > place[word]
        and capitalised[word] >= _LEAST_CAPITALISED * (capitalised[word] + small[word])
        and word not in _NOT_NAMES
        and word not in stop_words()
    )


#: written with a capital where people stand, and yet no names
_NOT_NAMES_WORDS: Final = """
    host hosts hostess airbnb owner owners manager staff place location room apartment flat house everyone
    team family check communication service super superhost great good thanks thank hi hello dear wifi mrt
    singapore english chinese korean japanese french german spanish gastgeber gastgeberin hôte anfitrión
    wohnung unterkunft zimmer lage bett küche bad
"""
_NOT_NAMES: Final = frozenset(_NOT_NAMES_WORDS.split())

#: who is addressed with respect without being named, before the word of respect
_TITLE_WORDS: Final = """
    호스트 사장 주인 손 고객 직원 선생 부모 어머 아버 할머 할아버 관리자 매니저 집주인 스탭 스태프 이모
    ホスト オーナー 皆 みな 客 お客 家主 管理人 店員 スタッフ お隣 大家 奥
    날 솜 말 글 맘 마음 아저 아가 맵 불 我 的 她 他
    房东 房東 房主 老板 老闆 前台 保安 阿姨 店主 管家 一位 这位 那位
"""
_TITLES: Final = frozenset(_TITLE_WORDS.split())
_RESPECTED: Final = re.compile(
    r"([가-힣]{1,4}|[A-Za-z]{2,12})\s?(?:님|씨)(?=[가-힣\s.,!~]|$)"
    r"|([一-龯ァ-ヶー]{1,6}|[A-Za-z]{2,12})(?:さん|様|ちゃん)"
    r"|([\u4e00-\u9fff]{1,3}|[A-Za-z]{2,12})(?:先生|小姐|女士|太太)"
)
#: a name in small letters behind a word that asks for one
_SMALL_NAME: Final = re.compile(
    r"\b(?:mr|mrs|ms|miss|auntie|aunty|uncle|host named|hosts? is|name is|called)\.?\s+([a-z]{3,12})\b"
    r"|\b(?:thanks|thank you|thx|merci|gracias|danke)[, ]+(?:to )?([a-z]{3,12})\s*[!.]*$"
)
_NO_SMALL_NAMES_WORDS: Final = """
    again all you everyone everybody guys both lot very much everything host hosts team airbnb there this that
    bien beaucoup mucho muchas sehr schön pour para por für alles todo tout super great friend friends
"""
_NO_SMALL_NAMES: Final = frozenset(_NO_SMALL_NAMES_WORDS.split()) | _NOT_NAMES


def names_somebody(text: str, known: frozenset[str]) -> bool:
    """Whether ``text`` names a person: a ``known`` name in any spelling, or one before "님", "さん"..."""
    words = set(re.findall(r"[^\W\d_]+", text.casefold()))
    if words & known:
        return True
    found = (next(filter(None, match.groups())) for match in _RESPECTED.finditer(text))
    if any(not any(name.endswith(title) for title in _TITLES) for name in found):
        return True
    small = (next(filter(None, match.groups())) for match in _SMALL_NAME.finditer(text.casefold()))
    return any(name not in _NO_SMALL_NAMES and name not in stop_words() for name in small)
