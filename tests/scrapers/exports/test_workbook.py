"""Excel files: days and long ids survive, and no workbook fills the memory."""

import base64
import datetime as dt
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.errors import BadReviewsFile, CollectError
from scrapers.reviews_file import read_reviews
from scrapers.sources import resolve
from tests.scrapers.exports.books import workbook, write_book

#: an .xls of two invented reviews (5.6 kB), made by xlwt
OLD_BOOK = (
    "c-rk)T}V_x6#nM!uDdSk?)nEB$W6$~R4V(iK(}H|A{4WSeu!$#n~Li-uDeA+Wtopb&{NTiU=O`mz4Su`_0~gR*h3HmTF^s55ES&F"
    "-p-tzwbcq*D8snlWzL*AXXebApEGyveLfbN7`|OPiFs&%3o~{$veIONQg*5k1nF&CvZ>rh$#$@)knN*|%<|wt?lZ4kL%H6Q&~VHB"
    "gedTa(g7SpOP^`z3y5v(LsUo~>WK<mBS{`g*sFY|N0=5cy~#BnGTp+Gi%jdO?u6Knv2aUeo!Z5FwQ|<wLE62`ZC<ft4T|to?&7nT"
    "M6#|2TdnSBY>_F-+&LHlEohTr8kQ^va2<YNAECOrxjGV=Kp`#m2)@`l@HrLLk99}BuyO&Cf1NA${zC4fMVv3cths>!*oQeth7drf"
    "TWY*$Gmdu~C;F#wTJ8i+bb2SH`i_VPh(zOwUXtzX>+Lnnc+{fk-yJtB(<q==SX;Yp{f3Qon^w<qOMyn~Xu|9;%*}d#G|_HYRl1ev"
    ">h9D@sCOB$SWO_kPAr;;*Z5_}e9Q#r95cBbemO)t$ZN@mI0%C@&Z!%p#+%z)!-rThz^|6%3uu`fFKnEXEvRuGYg|mFrjlE%VtSsf"
    "E@8fuX(2@j<rS?(irGHMbuO^Bg8Hdtya+E(<5v(r^kLV%vZ1%(mBf!WO`a+oeHk7`IZbH?wU^HzszjBzdPU-XIF$=^SiNRi^25R9"
    "(}K!(TfJoin3kbR2r*5T<m`yqlBVV=S#nXyrEH0x*b;0@&dwRl&%Wm4{kW!d(w1jdCv6ogTiQHZkJMN~cz4iE{Ks)QchZW+R<e{8"
    "jjc$}8nk@ekxl4O{tiDJIB?*=fddB)9Q-2)zDy=B(DH)lQI~VC`mZxhX~y|Y^53Ejee}fXqp}eu<rYq6w10}>5h+{ZH`}EC7fS4*"
    "-YxW?o&D&^c>mG|iAW#MZ#NA7xe&^<|Cvnu{LB4+193|BSp"
)
ROWS = (
    ("id", "date", "review", "rating"),
    ("1234567890123456789", dt.date(2026, 9, 1), 'Invented: fine & quiet, "very"', 9.5),
    (71609, dt.date(2026, 9, 2), "Invented: loud", 3),
)


def test_days_long_ids_and_the_scale_survive(tmp_path: Path) -> None:
    first, second = read_reviews(write_book(tmp_path / "a.xlsx", *ROWS)).reviews
    assert (first.id, first.date, first.rating) == ("1234567890123456789", dt.date(2026, 9, 1), 4.75)
    assert first.text == 'Invented: fine & quiet, "very"'
    assert (second.id, second.rating) == ("71609", 1.5)


def test_an_old_workbook_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(zlib.decompress(base64.b85decode(OLD_BOOK)))
    first, second = resolve(str(tmp_path / "a.xls")).collect(tmp_path).reviews
    assert (first.id, first.date, first.rating) == ("1234567890123456789", dt.date(2026, 9, 1), 5)
    assert (second.id, second.text) == ("71609", "Erfunden: laut.")


def test_the_sheet_with_reviews_is_found_below_its_title(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"Notes": [["x", 1]], "Reviews": [["Export"], [], *ROWS], "More": [["y"]]}))
    result = read_reviews(path)
    assert len(result.reviews) == 2
    assert [problem.subject for problem in result.problems] == ["a.xlsx, Notes", "a.xlsx, More"]


def test_a_sheet_of_two_far_cells_does_not_fill_the_memory(tmp_path: Path) -> None:
    data = workbook({"a": [["review"], ["fine"]]})
    (tmp_path / "a.xlsx").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'r="A2"', b'r="XFD1048576"'))
    with pytest.raises(BadReviewsFile, match="17,179,869,184 cells"):
        read_reviews(tmp_path / "b.xlsx")


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(520):
                part.write(b" " * 2**20)
    with pytest.raises(BadReviewsFile, match="unpacks to more"):
        read_reviews(tmp_path / "a.xlsx")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_workbooks_are_refused_or_read_never_worse(tmp_path: Path, data: st.DataObject) -> None:
    old = data.draw(st.booleans())
    whole = bytearray(zlib.decompress(base64.b85decode(OLD_BOOK)) if old else workbook({"a": ROWS}))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / ("a.xls" if old else "a.xlsx")
    path.write_bytes(whole)
    try:
        reviews = read_reviews(path).reviews
    except CollectError as error:
        assert error.advice
    else:
        assert all(review.rating is None or 0 < review.rating <= 5 for review in reviews)
