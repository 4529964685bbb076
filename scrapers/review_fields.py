"""The fields of a review as they are found in the wild: column names, dates, stars, texts. Pure functions."""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

#: field to the names it goes by (lower case, letters and digits only), best first
ALIASES: Mapping[str, tuple[str, ...]] = {
    "text": (
        *(
            "comments",
            "comment",
            "reviewtext",
            "reviewcomments",
            "reviewcomment",
            "reviewcontent",
            "reviewbody",
        ),
        *("text", "content", "body", "review", "fulltext", "originaltext", "message", "feedback", "opinion"),
        *(
            "commentaire",
            "commentaires",
            "avis",
            "comentario",
            "comentarios",
            "reseña",
            "kommentar",
            "bewertung",
        ),
        *(
            "내용",
            "리뷰내용",
            "후기내용",
            "리뷰",
            "후기",
            "댓글",
            "コメント",
            "口コミ",
            "レビュー",
            "评论",
            "評論",
        ),
    ),
    "date": (
        *("date", "createdat", "created", "reviewdate", "datetime", "timestamp", "publishedat", "published"),
        *("submittedat", "createddate", "creationdate", "time", "localizeddate", "fecha", "datum", "날짜"),
        *("작성일", "등록일", "日付", "日期"),
    ),
    "rating": (
        *("rating", "stars", "star", "score", "reviewrating", "reviewscore", "overallrating", "ratingvalue"),
        *("overall", "별점", "평점", "점수", "評価", "评分"),
    ),
    "language": ("language", "lang", "locale", "languagecode", "reviewlanguage", "언어"),
    "id": ("id", "reviewid", "commentid", "uuid", "guid"),
    "translation": (
        *("translation", "translated", "translatedtext", "translatedcomments", "commentstranslated"),
        *("localizedreviewcomments", "texttranslated", "번역"),
    ),
    "response": (
        *("response", "hostresponse", "responsetext", "reply", "ownerresponse", "managementresponse"),
        *("responseresponse", "responsecomments", "답변"),
    ),
    "listing_id": ("listingid", "listing"),
}
DateOrder = Literal["day-month", "month-day"]
_BREAKS = re.compile(r"<br\s*/?\s*>|</p>\s*<p[^<>]*>", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"</?(?:mark|p)>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]|_x000[dD]_\n?")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_YEAR_FIRST = re.compile(r"(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})\.?(?![\d])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[년年]\s*(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日号]")
_EPOCH = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_DAY_NAME_YEAR = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?([^\W\d_]{3,})\.?,?\s+(?:de\s+)?(\d{4})\b"
)
_NAME_DAY_YEAR = re.compile(r"\b([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_MONTHS = (
    ("january", "jan", "janvier", "januar", "jänner", "enero", "ene", "janv"),
    ("february", "feb", "février", "fevrier", "févr", "februar", "febrero"),
    ("march", "mar", "mars", "märz", "marzo"),
    ("april", "apr", "avril", "avr", "abril", "abr"),
    ("may", "mai", "mayo"),
    ("june", "jun", "juin", "juni", "junio"),
    ("july", "jul", "juillet", "juil", "juli", "julio"),
    ("august", "aug", "août", "aout", "agosto", "ago"),
    ("september", "sep", "sept", "septembre", "septiembre"),
    ("october", "oct", "octobre", "oktober", "okt", "octubre"),
    ("november", "nov", "novembre", "noviembre"),
    ("december", "dec", "décembre", "decembre", "déc", "dezember", "dez", "diciembre", "dic"),
)
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_MAX_DATE_CHARACTERS = 80
_STARS = re.compile(r"\s*([★⭐]+\ufe0f?)[☆✩✰]*\s*")
_RATING = re.compile(
    r"\s*(\d+(?:[.,]\d+)?)\s*(?:/\s*5(?:[.,]0)?|out of 5|stars?|sterne?|étoiles?|estrellas?|★|⭐|점)?\s*",
    re.IGNORECASE,
)


def match_columns(names: Iterable[str]) -> dict[str, str]:
    """Field to the column that holds it, for every field that has one."""
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(_plain(name), name)
    found = {field: next((known[a] for a in aliases if a in known), None) for field, aliases in ALIASES.items()}
    return {field: name for field, name in found.items() if name is not None}


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", name).casefold() if c.isalnum())


def clean_text(value: object) -> str:
    """Readable text: ``<br/>`` as line break, entities resolved, no highlighting, no control characters."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    text = _HIGHLIGHT.sub("", _BREAKS.sub("\n", str(value)))
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text = _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))
    return text.strip()


def parse_language(value: object) -> str | None:
    """A BCP 47 code, or ``None`` for anything else."""
    code = value.strip().replace("_", "-") if isinstance(value, str) else ""
    return code if _LANGUAGE.fullmatch(code) else None


def parse_rating(value: object) -> float | None:
    """Stars from 1 to 5, as a number or written in the usual ways; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if stars := _STARS.fullmatch(str(value)):
        number = float(sum(c in "★⭐" for c in stars[1]))
    elif written := _RATING.fullmatch(str(value)):
        number = float(written[1].replace(",", "."))
    else:
        return None
    return number if 1 <= number <= 5 else None


def is_ambiguous_date(text: str) -> bool:
    """Whether day and month could be exchanged, as in 03/04/2024."""
    found = _YEAR_LAST.match(text.strip())
    if found is None or found[2] == "." or found[1] == found[3]:
        return False
    return int(found[1]) <= 12 and int(found[3]) <= 12


def date_order(texts: Iterable[str]) -> DateOrder | None:
    """Which comes first in dates like 13/04/2024, if the dates of one file prove it without contradiction."""
    orders: set[DateOrder] = set()
    for text in texts:
        found = _YEAR_LAST.match(text.strip())
        if found is None or found[2] == ".":
            continue
        if int(found[1]) > 12:
            orders.add("day-month")
        elif int(found[3]) > 12:
            orders.add("month-day")
    return orders.pop() if len(orders) == 1 else None


def parse_date(text: str, order: DateOrder | None = None) -> dt.date | None:
    """The day that ``text`` names, time of day and zone left out; ``None`` where it names none for sure.

    Args:
        text: ISO 8601, a Unix time, ``12 September 2023``, ``Sep 12, 2023``, ``2023년 9월 12일``,
            ``12.09.2023``, or ``12/09/2023``.
        order: what comes first in the last form; without it, that form is read only where it is unambiguous.
    """
    text = text.strip()
    if len(text) > _MAX_DATE_CHARACTERS:
        return None
    if found := _YEAR_FIRST.match(text):
        return _date(found[1], found[3], found[4])
    if found := _COMPACT.fullmatch(text) or _EAST_ASIAN.match(text):
        return _date(*found.groups())
    if found := _EPOCH.fullmatch(text):
        return dt.datetime.fromtimestamp(int(found[1]), dt.UTC).date()
    if found := _YEAR_LAST.match(text):
        return _year_last(found, order)
    if found := _DAY_NAME_YEAR.search(text):
        return _date(found[3], _MONTH_NUMBER.get(found[2].casefold(), 0), found[1])
    if found := _NAME_DAY_YEAR.search(text):
        return _date(found[3], _MONTH_NUMBER.get(found[1].casefold(), 0), found[2])
    return None


def _year_last(found: re.Match[str], order: DateOrder | None) -> dt.date | None:
    first, second, year = int(found[1]), int(found[3]), found[4]
    if found[2] == "." or first > 12 or first == second:
        order = "day-month"
    elif second > 12:
        order = "month-day"
    if order is None:
        return None
    return _date(year, second, first) if order == "day-month" else _date(year, first, second)


def _date(year: str | int, month: str | int, day: str | int) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
