"""ZIP archives in a batch: each file is queued or refused by itself, and no archive takes more than its share."""

import io
import zipfile

import pytest

from api.services.jobs import archives
from api.services.jobs.archives import is_archive, members
from tests.parsing import office_files


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_files_of_an_archive_are_read_in_order_without_folders_and_leftovers() -> None:
    data = packed({"a/": b"", "a/one.txt": b"1", "__MACOSX/a/._one.txt": b"x", "a/.DS_Store": b"x", "../two.txt": b"2"})
    assert is_archive(data)
    assert [(one.filename, one.data) for one in members(data, 100)] == [("a/one.txt", b"1"), ("../two.txt", b"2")]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"PK", b"PK\x03\x04 not an archive", b"plain text"),
        packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
        *(office_files.odt(), office_files.epub(("One", "words")), office_files.pptx(("One", "words"))),
    ],
    ids=range(8),
)
def test_a_document_is_no_archive(data: bytes) -> None:
    assert not is_archive(data)


def test_a_bomb_is_refused_and_its_neighbours_are_read() -> None:
    data = packed({"bomb.txt": b"0" * 5_000_000, "good.txt": b"good"})
    assert len(data) < 10_000
    bomb, good = members(data, 1_000)
    assert bomb.error is not None
    assert (bomb.error.code, good.data) == ("document_bomb", b"good")


def test_all_files_together_are_bounded() -> None:
    data = packed({f"{n}.txt": b"0" * 1_000 for n in range(archives.MOST_TIMES + 5)})
    found = list(members(data, 1_000))
    assert sum(len(one.data) for one in found) <= archives.MOST_TIMES * 1_000
    assert [one.error is None for one in found] == [True] * archives.MOST_TIMES + [False] * 5


def test_too_many_files_are_left_out_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    found = list(members(packed({f"{n}.txt": b"1" for n in range(9)}), 1_000))
    assert [one.error is None for one in found] == [True, True, True, False]


def test_a_damaged_file_is_refused_by_itself() -> None:
    data = bytearray(packed({"bad.txt": b"abcdefgh" * 50, "good.txt": b"good"}, zipfile.ZIP_STORED))
    at = data.index(b"abcdefgh")
    data[at : at + 4] = b"XXXX"
    bad, good = members(bytes(data), 1_000)
    assert bad.error is not None
    assert (bad.error.code, good.data) == ("unreadable_document", b"good")


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(packed({"secret.txt": b"x"}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    (found,) = members(bytes(data), 1_000)
    assert found.error is not None
    assert "encrypted" in found.error.detail
