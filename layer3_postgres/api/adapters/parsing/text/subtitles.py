"""Reads WebVTT and SubRip as a transcript: sentences, each with the time at which it begins."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import SUBRIP, WEBVTT, ParsedDocument, ParseLimits

PAUSE_SECONDS = 6.0
"""A longer pause begins a new paragraph, also inside a sentence."""
PARAGRAPH_CHARS = 500
"""So does a cue after as many characters: speech recognition may write no full stops."""

_CUE = re.compile(
    r"^[^\S\n]*(?:(\d{1,3}):)?(\d{1,2}):(\d\d)[.,]\d{1,3}[^\S\n]*-->"
    r"[^\S\n]*(?:(\d{1,3}):)?(\d{1,2}):(\d\d)[.,]\d{1,3}[^\n]*\n((?:[^\S\n]*\S[^\n]*(?:\n|\Z))*)",
    re.M,
)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,100})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,100}>|<\d[\d:.]{1,20}>|\{\\[^}]{0,100}\}")
_SPACES = re.compile(r"\s+")
_REFERENCES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "", "&rlm;": ""}
_REFERENCE = re.compile("|".join(_REFERENCES))
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\Z")


@dataclass(frozen=True, slots=True)
class Cue:
    """Seconds from the start, and the lines that are shown."""

    start: int
    end: int
    speaker: str
    lines: tuple[str, ...]


def parse_subtitles(data: bytes, limits: ParseLimits, content_type: str) -> ParsedDocument:
    """Cues are joined until a sentence ends. Style, positions and notes are left out."""
    source = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    found = list(_cues(source))
    if not found:
        raise UnreadableDocument("There is no cue with a time in these subtitles.")
    text = DocumentText(limits)
    for block in _paragraphs(_without_repetition(found)):
        text.add(block)
    return text.parsed(content_type, empty="The subtitles have no text.")


parse_webvtt = partial(parse_subtitles, content_type=WEBVTT)
parse_subrip = partial(parse_subtitles, content_type=SUBRIP)


def _cues(source: str) -> Iterator[Cue]:
    for cue in _CUE.finditer(source):
        voice = _VOICE.search(cue[7])
        lines = (_SPACES.sub(" ", _plain(line)).strip() for line in cue[7].split("\n"))
        yield Cue(_seconds(cue, 1), _seconds(cue, 4), voice[1].strip() if voice else "", tuple(filter(None, lines)))


def _plain(line: str) -> str:
    return _REFERENCE.sub(lambda found: _REFERENCES[found[0]], _TAG.sub("", line))


def _seconds(cue: re.Match[str], group: int) -> int:
    hours, minutes, seconds = (int(cue[number] or 0) for number in range(group, group + 3))
    return (hours * 60 + minutes) * 60 + seconds


def _without_repetition(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Cues without the lines that the cue before them ends with: live captions scroll up."""
    before: tuple[str, ...] = ()
    end = 0
    for cue in cues:
        before = before if cue.start <= end + 1 else ()
        shown = next(n for n in range(len(cue.lines), -1, -1) if n == 0 or before[-n:] == cue.lines[:n])
        new = cue.lines[shown:]
        before, end = cue.lines or before, cue.end
        if new:
            yield Cue(cue.start, cue.end, cue.speaker, new)


def _paragraphs(cues: Iterable[Cue]) -> Iterator[Block]:
    start, end, speaker, words = 0, 0, "", ""
    for cue in cues:
        done = _SENTENCE_END.search(words) or len(words) > PARAGRAPH_CHARS
        if words and (done or cue.speaker != speaker or cue.start - end > PAUSE_SECONDS):
            yield _paragraph(start, speaker, words)
            words = ""
        if not words:
            start, speaker = cue.start, cue.speaker
        words = " ".join(filter(None, (words, *cue.lines)))
        end = cue.end
    if words:
        yield _paragraph(start, speaker, words)


def _paragraph(start: int, speaker: str, words: str) -> Block:
    clock = f"[{start // 3600:02}:{start // 60 % 60:02}:{start % 60:02}]"
    return Block(" ".join(filter(None, (clock, speaker and f"{speaker}:", words))))
