"""Text files in the encodings that spreadsheets write."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.encodings import TextFile, detect_encoding
from scrapers.errors import BadReviewsFile, SourceNotFound

TEXTS = {
    "korean": "숙소가 정말 깨끗하고 위치도 좋았어요. 다음에 또 오고 싶습니다!\n호스트 분이 친절하세요",
    "japanese": "部屋はとても清潔で、駅からも近くて便利でした。\nまた泊まりたいです。ありがとうございました",
    "chinese": "房间很干净，位置也很好，离地铁站不远。\n房东非常热情，下次还会再来",
    "french": "Très bel appartement, très bien situé près du métro.\nL’hôte était à l’écoute",
    "spanish": "El baño estaba limpio, la habitación pequeña.\n¡Volvería mañana! Muy cómodo",
    "german": "Schöne Wohnung, große Küche, ruhig und völlig sauber.\nFür Gäste ideal – danke schön",
    "russian": "Очень чистая квартира, отличное расположение.\nХозяин приветливый, спасибо",
    "taiwanese": "房間非常乾淨，離捷運站很近。\n房東回覆很快，非常熱情，下次還會再來",
    "polish": "Bardzo czyste mieszkanie, świetna lokalizacja.\nŁóżko było wygodne, w nocy cicho. Dziękujemy",
    "czech": "Velmi čistý byt, skvělá poloha, všude blízko.\nPostel byla pohodlná, děkujeme za příjemný pobyt",
    "greek": "Πολύ καθαρό διαμέρισμα, εξαιρετική τοποθεσία.\nΟ οικοδεσπότης ήταν ευγενικός και πρόθυμος",
    "arabic": "شقة نظيفة جدا وموقع ممتاز قريب من المترو.\nالمضيف كان لطيفا وسنعود مرة أخرى",
    "thai": "ห้องสะอาดมาก ทำเลดี ใกล้รถไฟฟ้า\nเจ้าของใจดี ตอบเร็ว จะกลับมาอีก",
    "english": "Lovely place, spotless and quiet.\nWould come again",
}
LEGACY = [
    ("korean", "cp949"),
    ("korean", "euc_kr"),
    ("japanese", "cp932"),
    ("chinese", "gb18030"),
    ("chinese", "gb2312"),
    ("french", "cp1252"),
    ("spanish", "latin-1"),
    ("german", "cp1252"),
    ("russian", "cp1251"),
    ("russian", "koi8_r"),
    ("japanese", "euc_jp"),
    ("taiwanese", "big5"),
    ("polish", "cp1250"),
    ("czech", "cp1250"),
    ("greek", "cp1253"),
    ("arabic", "cp1256"),
    ("thai", "cp874"),
]


def read(path: Path) -> str:
    with TextFile(path) as text:
        return "".join(text)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("language", TEXTS)
def test_every_language_in_every_unicode_encoding(
    tmp_path: Path, language: str, codec: str, packed: bool
) -> None:
    text = f"id,date,comments\n1,2024-05-01,{TEXTS[language]}\n" * 3
    data = text.encode(codec)
    (tmp_path / "a").write_bytes(gzip.compress(data) if packed else data)
    assert read(tmp_path / "a") == text


@pytest.mark.parametrize(("language", "codec"), LEGACY)
def test_legacy_encodings_are_told_from_the_text_and_named(tmp_path: Path, language: str, codec: str) -> None:
    text = f"id,comments\n1,{TEXTS[language]}\n2,OK\n"
    (tmp_path / "a.csv").write_bytes(text.encode(codec))
    assert read(tmp_path / "a.csv") == text
    assert detect_encoding(tmp_path / "a.csv").name is not None


#: one line of KOI8-R may pass as Thai
ONE_LINE = [pair for pair in LEGACY if pair != ("russian", "koi8_r")]


@pytest.mark.parametrize(("language", "codec"), ONE_LINE)
def test_one_line_is_enough(tmp_path: Path, language: str, codec: str) -> None:
    for line in TEXTS[language].splitlines():
        (tmp_path / "a.csv").write_bytes(line.encode(codec))
        assert read(tmp_path / "a.csv") == line


def test_unicode_needs_no_guess(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXTS["korean"], encoding="utf-8")
    assert detect_encoding(tmp_path / "a").name is None


def test_utf8_with_one_damaged_line_stays_utf8(tmp_path: Path) -> None:
    lines = TEXTS["korean"].encode().split(b"\n") * 3
    (tmp_path / "a").write_bytes(b"\n".join([*lines, "café".encode("latin-1")]))
    assert read(tmp_path / "a").startswith(TEXTS["korean"])
    assert "�" in read(tmp_path / "a")
    assert "damaged" in str(detect_encoding(tmp_path / "a").name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_utf8_text_comes_back_whatever_ends_its_lines(tmp_path: Path, text: str, end: str) -> None:
    (tmp_path / "a").write_bytes(f"text{end}{text}{end}".encode())
    assert read(tmp_path / "a") == f"text\n{text}\n"


def test_a_cut_gzip_file_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    lines = "".join(f"{i},{hash(str(i))}\n" for i in range(5000))
    data = gzip.compress(lines.encode())
    (tmp_path / "a.gz").write_bytes(data[: len(data) // 2])
    with TextFile(tmp_path / "a.gz") as text:
        got = "".join(text)
        assert text.cut
    assert 1000 < len(got) < len(lines)
    assert lines.startswith(got)


@pytest.mark.parametrize(
    "magic", [b"PK\x03\x04", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", bytes(range(256)) * 8, b"%PDF-1.7"]
)
def test_what_is_no_text_is_refused_with_advice(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "reviews.csv").write_bytes(magic + bytes(range(256)))
    with pytest.raises(BadReviewsFile, match="Save it as CSV"):
        read(tmp_path / "reviews.csv")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        TextFile(tmp_path / "gone.csv")


def test_a_line_without_end_is_handed_out_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * (2**23))
    with TextFile(tmp_path / "a") as text:
        pieces = list(text)
    assert len(pieces) == 2
    assert "".join(pieces) == "x" * 2**23
