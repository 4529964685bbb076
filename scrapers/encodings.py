"""Text files of unknown encoding, plain or gzipped, read as a stream of lines.

An encoding other than UTF-8 is told by charset-normalizer (which encodings give no mess), py3langid (which of
those give words of a language that is written in it) and judges of our own for Korean, Chinese and Japanese.
Measured on 360 invented files of 1, 3 or 30 reviews in 15 languages and 20 encodings: 348 right, 11 wrong, 1
refused. charset-normalizer alone: 258 right, 102 wrong, for it ties (25 of 45 Western files right, short
Chinese ones pass as Korean). Our judges alone: 153 right, 182 wrong, but right wherever a file is in one of
their five encodings.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scrapers.errors import BadReviewsFile, SourceNotFound
from scrapers.unpacking import Unpacked, unpacked

_CHUNK_BYTES = 2**18
_SAMPLE_BYTES = 2**18
_MAX_LINE_CHARACTERS = 2**22
#: text has at most one stray zero in so many bytes
_RARE_ZEROS = 50
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "is a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file"),
    (b"%PDF", "is a PDF"),
    (b"\x28\xb5\x2f\xfd", "is compressed with Zstandard"),
    (b"BZh", "is compressed with bzip2"),
    (b"\xfd7zXZ", "is compressed with xz"),
)
_ADVICE = "Save it as CSV (comma separated, UTF-8) or JSON and try again."
#: a guess must explain at least this share of the characters beyond ASCII
_MIN_SCORE = 0.5
#: below it a text is in none of an encoding's languages (209 wrong decodings: 0.001 in the median, 18 % above)
_MIN_PROBABILITY = 0.5
#: probabilities nearer than this tell nothing
_TIE = 0.02
_DIGITS = 2
#: enough for a language; all encodings take 0.05 s
_LANGUAGE_BYTES = 2**14
#: frequent in running text; tells languages apart whose codes overlap
_COMMON_HANGUL = frozenset("이다은는을를에가고의하지도한어요니기서로습있좋아해숙소집방위치")
_COMMON_HAN = frozenset("的是不了很我一有在人房间住好这个店也没大服务们就和都位置东非常干净")
_WESTERN_MARKS = frozenset("‘’“”–—…€£°«»·¿¡ºª§©®™´½¼²\xa0")


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a file become text.

    Attributes:
        codec: for Python.
        name: for people; ``None`` where nothing was guessed.
    """

    codec: str
    name: str | None = None


class TextFile:
    """The lines of a text file; use it as a context manager.

    Every kind of line end becomes ``\\n``. Bytes that do not fit the encoding become U+FFFD.

    Raises:
        SourceNotFound: if there is no such file.
        BadReviewsFile: if it is not text, or text in an encoding that cannot be told.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
        self.path = path
        self.encoding = detect_encoding(path)
        self._file = path.open("rb")
        self._bytes = unpacked(self._file)
        self._text = io.TextIOWrapper(
            io.BufferedReader(self._bytes, _CHUNK_BYTES), self.encoding.codec, errors="replace", newline=None
        )
        self._size_bytes = max(path.stat().st_size, 1)

    def __enter__(self) -> TextFile:
        return self

    def __exit__(self, *details: object) -> None:
        self._text.close()
        self._file.close()

    def __iter__(self) -> Iterator[str]:
        return iter(lambda: self._text.readline(_MAX_LINE_CHARACTERS), "")

    def read(self, max_characters: int) -> str:
        """Everything that is left; ``BadReviewsFile`` if that is more than ``max_characters``."""
        text = self._text.read(max_characters + 1)
        if len(text) > max_characters:
            raise BadReviewsFile(
                f"{self.path.name} is too large to be read as one JSON document.",
                "Save it as JSON lines (one review a line) or CSV, which are read piece by piece.",
            )
        return text

    @property
    def cut(self) -> bool:
        """Whether the end of a gzipped file is missing or damaged (known once it was read)."""
        return self._bytes.cut

    @property
    def fraction(self) -> float:
        """How much of the file was read so far."""
        return min(1.0, self._file.tell() / self._size_bytes)


def detect_encoding(path: Path) -> Encoding:
    """UTF-8 if the whole file is; else by byte-order mark; else the encoding whose text is most plausible.

    Raises:
        BadReviewsFile: if the file is not text, or nothing fits.
    """
    with path.open("rb") as file:
        stream = io.BufferedReader(unpacked(file), _CHUNK_BYTES)
        head = stream.peek(4096)[:4096]
        for magic, kind in _NOT_TEXT:
            if head.startswith(magic):
                raise BadReviewsFile(f"{path.name} {kind}, which is not read here.", _ADVICE)
        for mark, codec in _BOMS:
            if head.startswith(mark):
                return Encoding(codec)
        if head.count(0) > len(head) / _RARE_ZEROS:
            return _by_zeros(head, path.name)
        sample = _sample_if_not_utf8(stream)
    return Encoding("utf-8") if sample is None else _most_plausible(sample, path.name)


def _by_zeros(head: bytes, name: str) -> Encoding:
    """UTF-16 without a mark: every other byte of its ASCII characters is zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) > max(even, odd) / 4:
        raise BadReviewsFile(f"{name} is not a text file.", _ADVICE)
    return Encoding("utf-16-le", "UTF-16") if odd > even else Encoding("utf-16-be", "UTF-16")


def _sample_if_not_utf8(stream: io.BufferedReader[Unpacked]) -> list[bytes] | None:
    """``None`` for UTF-8; otherwise lines that hold bytes beyond ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, sample, size, rest = True, [], 0, b""
    while (is_utf8 or size < _SAMPLE_BYTES) and (chunk := stream.read1(_CHUNK_BYTES)):
        if is_utf8:
            is_utf8 = _decodes(decoder, chunk)
        if size < _SAMPLE_BYTES:
            *lines, rest = (rest + chunk).split(b"\n")
            new = [line for line in lines if not line.isascii()]
            sample += new
            size += sum(map(len, new))
            if len(rest) > _SAMPLE_BYTES:
                sample, size, rest = [*sample, rest], size + len(rest), b""
    if is_utf8 and _decodes(decoder, b"", final=True):
        return None
    return [*sample, rest]


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _most_plausible(sample: list[bytes], name: str) -> Encoding:
    lines = [line for line in sample if not line.isascii()]
    if _share_of_utf8(lines) >= _MIN_SCORE:
        return Encoding("utf-8", "UTF-8 with damaged characters")
    codec = _by_language(lines, _by_judges(lines))
    if codec is None:
        raise BadReviewsFile(f"The encoding of {name} cannot be told.", _ADVICE)
    return Encoding(codec, _KNOWN[codec][0])


def _by_judges(lines: list[bytes]) -> str | None:
    scores = {codec: _score(lines, codec, judge) for codec, judge in _JUDGES.items()}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= _MIN_SCORE else None


def _by_language(lines: list[bytes], judged: str | None) -> str | None:
    """The encoding without mess whose text is most surely in one of its languages; ``judged`` by our judges."""
    from scrapers.languages import probability_of

    some = _some_of(lines)
    plausible = _without_mess(some)
    sure = {
        codec: round(probability_of(some.decode(codec, "replace"), _KNOWN[codec][1]), _DIGITS)
        for codec in plausible
    }
    if judged in _EAST_ASIAN and sure.get(judged, 0.0) >= _MIN_PROBABILITY:
        return judged
    best = max(plausible, key=lambda codec: (sure[codec], -plausible.index(codec)), default=None)
    if best is None or sure[best] < _MIN_PROBABILITY:
        return judged if judged in plausible or not plausible else None
    return judged if judged == _USUAL and sure.get(_USUAL, 0.0) > sure[best] - _TIE else best


def _some_of(lines: list[bytes]) -> bytes:
    some: list[bytes] = []
    for line in lines:
        some.append(line[:_LANGUAGE_BYTES])
        if sum(map(len, some)) > _LANGUAGE_BYTES:
            break
    return b"\n".join(some)


def _without_mess(text: bytes) -> list[str]:
    """The known encodings that charset-normalizer finds no mess in, the likeliest first."""
    from charset_normalizer import from_bytes

    found = from_bytes(text, cp_isolation=list(_KNOWN))
    return [codec for match in found for codec in match.could_be_from_charset if codec in _KNOWN]


def _share_of_utf8(lines: list[bytes]) -> float:
    valid = 0
    for line in lines:
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        valid += 1
    return valid / max(len(lines), 1)


def _score(lines: list[bytes], codec: str, judge: Callable[[str], float]) -> float:
    """Share of what lies beyond ASCII that reads like the codec's languages, a little more for common words."""
    typical = total = 0.0
    for line in lines:
        try:
            text = line.decode(codec)
        except UnicodeDecodeError:
            total += sum(byte > 0x7F for byte in line)
            continue
        beyond = sum(character > "\x7f" for character in text)
        total += beyond
        typical += judge(text)
    return typical / max(total, 1)


@lru_cache(maxsize=2**16)
def _lead_byte(character: str, codec: str) -> int:
    """First byte of a double-byte character in the basic set ``codec``; 0 outside it."""
    try:
        return character.encode(codec)[0]
    except UnicodeEncodeError:
        return 0


def _judge_korean(text: str) -> float:
    basic = [c for c in text if "가" <= c <= "힣" and _lead_byte(c, "euc_kr")]
    return len(basic) + 0.5 * sum(c in _COMMON_HANGUL for c in basic) + _marks(text)


def _judge_chinese(text: str) -> float:
    basic = [c for c in text if "一" <= c <= "鿿" and 0xB0 <= _lead_byte(c, "gb2312") <= 0xD7]
    return 0.95 * len(basic) + 0.5 * sum(c in _COMMON_HAN for c in basic) + _marks(text)


def _judge_japanese(text: str) -> float:
    kana = sum("ぁ" <= c <= "ヿ" for c in text)
    han = sum("一" <= c <= "鿿" for c in text)
    return 1.4 * kana + min(han, 3 * kana) + _marks(text)


def _judge_western(text: str) -> float:
    """Accented letters stand alone or in pairs among ASCII letters, never in long runs."""
    return sum(1.0 for c in text if c in _WESTERN_MARKS) + _in_runs(text, _is_accented, 1, 2)


def _judge_cyrillic(text: str) -> float:
    return _in_runs(text, lambda c: "Ѐ" <= c <= "ӿ", 3, 40)


def _is_accented(character: str) -> bool:
    return ("À" <= character <= "ÿ" and character not in "×÷") or character in "ŒœŠšŽžŸ"


def _in_runs(text: str, belongs: Callable[[str], bool], shortest: int, longest: int) -> float:
    """How many characters that belong stand in runs of a plausible length."""
    counted = run = 0
    for character in text + "\0":
        if belongs(character):
            run += 1
            continue
        if shortest <= run <= longest:
            counted += run
        run = 0
    return float(counted)


def _marks(text: str) -> float:
    """Full-width punctuation, common to East Asian encodings."""
    return float(sum("\u3000" <= c <= "〟" or "！" <= c <= "～" or c in "…·“”‘’—" for c in text))


_JUDGES: dict[str, Callable[[str], float]] = {
    "cp949": _judge_korean,
    "cp932": _judge_japanese,
    "gb18030": _judge_chinese,
    "cp1252": _judge_western,
    "cp1251": _judge_cyrillic,
}
_EAST_ASIAN = frozenset(("cp949", "cp932", "gb18030"))
#: what is believed where another one is as likely: most files of programs that know no UTF-8 are in it
_USUAL = "cp1252"


def _languages(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


_WESTERN = _languages("en de fr es it pt nl sv da no nb nn fi is ca gl eu af ga")
#: encodings that spreadsheets write: name for people, languages that are written in them
_KNOWN: dict[str, tuple[str, frozenset[str]]] = {
    "cp949": ("Korean (CP949)", _languages("ko")),
    "cp932": ("Japanese (Shift-JIS)", _languages("ja")),
    "euc_jp": ("Japanese (EUC-JP)", _languages("ja")),
    "gb18030": ("Chinese (GB18030)", _languages("zh")),
    "big5": ("Chinese (Big5)", _languages("zh")),
    "cp1252": ("Western European (Windows-1252)", _WESTERN),
    "mac_roman": ("Western European (Mac Roman)", _WESTERN),
    "cp1250": ("Central European (Windows-1250)", _languages("pl cs sk hu ro sl hr bs sq")),
    "iso8859_2": ("Central European (ISO 8859-2)", _languages("pl cs sk hu ro sl hr")),
    "cp1251": ("Cyrillic (Windows-1251)", _languages("ru uk bg sr be mk")),
    "koi8_r": ("Cyrillic (KOI8-R)", _languages("ru")),
    "cp1253": ("Greek (Windows-1253)", _languages("el")),
    "cp1254": ("Turkish (Windows-1254)", _languages("tr")),
    "cp1255": ("Hebrew (Windows-1255)", _languages("he")),
    "cp1256": ("Arabic (Windows-1256)", _languages("ar fa")),
    "cp874": ("Thai (Windows-874)", _languages("th")),
}
