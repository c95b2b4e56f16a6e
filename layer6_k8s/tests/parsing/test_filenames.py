"""File names of uploads are made safe."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.services.parsing.filenames import MAX_BYTES, safe_filename

steady = settings(deadline=None, derandomize=True, database=None)
"""The same examples in every run, and no time limit, because other programs share the machine."""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Größe – Übersicht.docx", "Größe – Übersicht.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("line\r\nbreak\x00\x1b.md", "line break.md"),
        ("  spaced   out .txt ", "spaced out .txt"),
        (".htaccess", "htaccess"),
        ("..", "document"),
        ("", "document"),
        (None, "document"),
        ("\ud800.txt", "txt"),
        ("/", "document"),
    ],
)
def test_names_are_made_safe(name: str | None, safe: str) -> None:
    assert safe_filename(name) == safe


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_filename("ü" * 300 + ".markdown")
    assert name.endswith("ü.markdown")
    assert len(name.encode()) <= MAX_BYTES


@steady
@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_name_becomes_one_visible_line(name: str) -> None:
    safe = safe_filename(name)
    assert 0 < len(safe.encode()) <= MAX_BYTES
    assert safe.isprintable()
    assert "/" not in safe
    assert "\\" not in safe
    assert safe_filename(safe) == safe
