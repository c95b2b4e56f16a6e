"""Subtitles become a transcript whose sentences carry the time at which they begin."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import SUBRIP, WEBVTT, ParsedDocument, ParseLimits


def parsed(source: str, filename: str = "a.vtt") -> ParsedDocument:
    return parse_document(source.encode(), filename, ParseLimits())


def cue(start: int, end: int, text: str) -> str:
    return f"00:{start // 60:02}:{start % 60:02}.000 --> 00:{end // 60:02}:{end % 60:02}.500 align:start\n{text}\n\n"


def test_cues_are_joined_until_the_sentence_ends() -> None:
    document = parsed(
        "WEBVTT\n\nNOTE not shown\n\n" + cue(61, 63, "We open at") + cue(63, 65, "nine.") + cue(65, 67, "Bye.")
    )
    assert document.content_type == WEBVTT
    assert document.text == "[00:01:01] We open at nine.\n\n[00:01:05] Bye."


def test_speakers_and_pauses_begin_a_paragraph() -> None:
    document = parsed(
        "WEBVTT\n\n" + cue(1, 2, "<v Ada>We open") + cue(2, 3, "<v Bob>No &amp; never</v>") + cue(30, 31, "later on")
    )
    assert document.text == "[00:00:01] Ada: We open\n\n[00:00:02] Bob: No & never\n\n[00:00:30] later on"


def test_lines_that_scroll_up_are_written_once() -> None:
    document = parsed(
        "WEBVTT\n\n" + cue(1, 2, "we open") + cue(2, 3, "we open\nat nine") + cue(3, 4, "at nine\nand close.")
    )
    assert document.text == "[00:00:01] we open at nine and close."


@pytest.mark.parametrize("filename", ["a.srt", "a.txt", "a"])
def test_subrip_is_read_whatever_its_name(filename: str) -> None:
    source = "1\n00:00:01,000 --> 00:00:02,500\n<i>We open</i>\nat nine.\n\n2\n01:00:03,000 --> 01:00:04,000\nBye.\n"
    document = parsed(source.replace("\n", "\r\n"), filename)
    assert (document.content_type, document.text) == (SUBRIP, "[00:00:01] We open at nine.\n\n[01:00:03] Bye.")


@pytest.mark.parametrize(
    ("source", "reason"),
    [("WEBVTT\n\nSome words.", "no cue"), ("Some words.", "no cue"), ("WEBVTT\n\n" + cue(1, 2, "<b></b>"), "no text")],
)
def test_subtitles_without_text_are_refused(source: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        parsed(source)


def test_a_transcript_without_full_stops_is_cut_into_paragraphs() -> None:
    document = parsed("WEBVTT\n\n" + "".join(cue(n, n + 1, f"some more words of cue {n}") for n in range(100)))
    assert 4 <= len(document.blocks) <= 8
