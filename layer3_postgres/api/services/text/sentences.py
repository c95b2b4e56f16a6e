"""Split a text into sentences with exact character offsets.

A sentence ends at a terminator (`.`, `?`, `。`, `।`, …) or at a line break that the writer intended. Rules decide both
from the surrounding text, without a model, so the result is the same everywhere. A record (a row, a line of a log) is
one sentence, whatever it holds:

    text -> intended lines -> sentences inside them -> Sentence(start, end, text)

For every sentence `text[start:end] == sentence.text`. Sentences are in order, do not overlap and have no white space at
their ends; only white space lies between them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from api.services.text.records import CELLS, records

MAX_LENGTH = 600
"""Characters. Longer "sentences" are tables or lists that lost their line breaks; they are cut at `;` or a space."""

THAI_LENGTH = 100
"""Characters of a Thai text from which on a space ends a "sentence": it stands between clauses, and no mark does."""

MARGIN = 40
"""Characters. Text is not wrapped narrower than this: if no line is longer, the writer made every line break."""


@dataclass(frozen=True)
class Sentence:
    """One sentence: `text` is exactly the source's characters `start` to `end` (end exclusive)."""

    start: int
    end: int
    text: str


# Repeated groups are atomic: before Python 3.11.5 a possessive one may end at a wrong place (gh-106052).
_TERMINATOR = re.compile(
    r"""(?<![.!?…])(?P<mark>[.!?…]++)(?>(?:[)\]}"'»”’*_]|\[\d+\])*)(?=\s)  # Western: white space must follow
      | (?P<wide>[。！？｡．؟۔।॥።፧፨։។៕။།]+)[)\]}"'»”’」』）】]*         # other scripts: none needs to
      | (?<=[\u0370-\u03ff\u1f00-\u1fff])(?P<greek>[;\u037e])(?=\s)  # the question mark of Greek
      | (?<=[\u0e01-\u0eff])(?P<gap>[ ])(?=[\u0e01-\u0eff])         # Thai and Lao write no end
    """,
    re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘«]+$")
_WORD_LENGTH = 64  # characters that are examined: no abbreviation is longer, but a hostile word may be
_SPACE = re.compile(r"\s*+")
_NEXT_WORD = re.compile(r"\s*[(\[{\"'“‘«*_]*([^\s,;:.!?)\]}\"'”’]*)")
_BLOCK = re.compile(r"(?>(?:^[^\S\n]*+\S[^\n]*+(?:\n|\Z))+)", re.MULTILINE)
_LINE = re.compile(r"[^\n]*\n?")
_STARTS_BLOCK = re.compile(r"\s*(?:[-*+•‣◦▪–—]\s|\(?\d{1,3}[.)]\s|\(?[a-zA-Z][.)]\s|#{1,6}\s|\||>|```|~~~)")
_ONE_LINE_BLOCK = re.compile(r"\s*(?:#{1,6}\s|\||```|~~~)")
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]+$")

_NEVER_LAST = """
mr mrs ms dr prof rev hon st mt ft col lt sgt capt cmdr adm gov sen rep pres mme mlle sr sra srta dra hr
vs cf viz e.g i.e approx z.b d.h u.a bzw bspw ggf vgl evtl sog dhr mevr bijv bl.a t.ex np tzw
sig dott avv av avda pág núm pp ul ул им стр рис проф акад св тыс млн млрд обл
"""
NEVER_LAST = frozenset(_NEVER_LAST.split())
"""Abbreviations that practically never end a sentence (casefolded, without their last point)."""

_BEFORE_NUMBER = "no nos nr vol vols p pp ch sec art fig figs eq eqs c ca op ver v para"
BEFORE_NUMBER = frozenset(_BEFORE_NUMBER.split())
"""Abbreviations only if a number follows: "No. 5", but "The answer is no." """

AFTER_NUMBER = ("г", "гг", "в", "вв")
"""Abbreviations that may end a sentence only behind a number: "в 1990 г.", but "в г. Москве"."""

_ORDINAL = """
januar februar märz april mai juni juli august september oktober november dezember jahrhundert jahrhunderts jh auflage
"""
AFTER_ORDINAL = frozenset(_ORDINAL.split())
"""Capitalised words behind a German ordinal: "am 3. Mai"."""

_SOMETIMES_LAST = """
inc ltd co corp bros jr etc al a.m p.m a.d b.c c.e b.c.e ph.d m.d b.a m.a d.c dept univ jan feb mar apr jun
jul aug sep sept oct nov dec mon tue wed thu fri sat sun
"""
SOMETIMES_LAST = frozenset(_SOMETIMES_LAST.split())
"""Abbreviations that may end a sentence: they do if a word follows that usually opens one."""

_OPENERS = """
the a an this that these those it its he she they his her their we our you your i there here in on at by
for from with after before during since when while although though however as if but and so some many
most all both each one two such other another according because once until under unlike what who why how
where der die das ein eine er sie es le la les un une il elle el los las ella
"""
OPENERS = frozenset(_OPENERS.split())


def sentences(text: str) -> list[Sentence]:
    """The sentences of `text`, in order. Empty for blank text; never raises."""
    return [
        Sentence(start, end, text[start:end])
        for line_start, line_end, whole in _intended_lines(text)
        for start, end in _cut_long(text, (_trimmed if whole else _split_line)(text, line_start, line_end))
    ]


def _intended_lines(text: str) -> Iterator[tuple[int, int, bool]]:
    """Spans between line breaks that end a sentence: those of blank lines, list items, headings, short lines, records.

    And whether a span is whole: a record is not split into sentences.
    """
    for block in _BLOCK.finditer(text):
        lines = [m.span() for m in _LINE.finditer(text, block.start(), block.end()) if m.group().strip()]
        width = max(len(text[start:end].rstrip()) for start, end in lines)
        alone = records([text[start:end] for start, end in lines])
        begin = lines[0][0]
        for at, ((start, end), (next_start, next_end)) in enumerate(pairwise(lines)):
            ends = alone[at + 1] or (alone[at] and not text[next_start].isspace())  # what is indented goes on with it
            if ends or _break_is_intended(text[start:end], text[next_start:next_end], width):
                yield begin, end, alone[at] and begin == start
                begin = next_start
        yield begin, lines[-1][1], alone[-1] and begin == lines[-1][0]


def _break_is_intended(line: str, following: str, width: int) -> bool:
    """Whether the writer broke the line here, rather than the margin.

    The margin breaks a line only when the next word no longer fits. If it would have fitted into the block's width, the
    break is intended (a table row, an address, a title).
    """
    if _STARTS_BLOCK.match(following) or _ONE_LINE_BLOCK.match(line):
        return True
    word = following.split(maxsplit=1)[0]
    would_fit = len(line.rstrip()) + 1 + len(word) <= max(width, MARGIN)
    return would_fit and not word[0].islower()


def _split_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans of the sentences inside one intended line, trimmed; only white space is dropped."""
    begin = _after_space(text, start, end)
    for mark in _TERMINATOR.finditer(text, start, end):
        ends = _ends_sentence if mark["mark"] else _ends_unmarked
        if mark["wide"] or ends(text, begin, mark, end):
            yield from _trimmed(text, begin, mark.end())
            begin = _after_space(text, mark.end(), end)
    yield from _trimmed(text, begin, end)


def _ends_unmarked(text: str, begin: int, mark: re.Match[str], end: int) -> bool:
    """Whether a Greek `;` is a question mark, behind which a sentence begins, or a space in Thai ends a long part."""
    if mark["greek"]:
        opener = _NEXT_WORD.match(text, mark.end(), end)
        return opener is None or not opener.group(1)[:1].islower()
    return mark["gap"] is not None and mark.start() - begin >= THAI_LENGTH


def _ends_sentence(text: str, begin: int, mark: re.Match[str], end: int) -> bool:
    following = _NEXT_WORD.match(text, mark.end(), end)
    opener = following.group(1) if following else ""
    if opener[:1].islower():
        return False
    if mark["mark"] != ".":
        return True
    if following and text[following.end() : following.end() + 1] == ".":
        opener += "."  # another initial follows, not an opening word: J. A. Hobson
    return _point_ends_sentence(text, begin, mark.start(), opener.casefold())


def _point_ends_sentence(text: str, begin: int, point: int, opener: str) -> bool:
    """Whether a single point ends a sentence, not an abbreviation, an initial (`J.`) or a list number (`2.`)."""
    found = _WORD_BEFORE.search(text, max(begin, point - _WORD_LENGTH), point)
    if found is None:  # spaced dots: "I am here to . . ."
        return False
    word = found.group()
    if found.start() == begin and _ENUMERATOR.match(word + "."):
        return False
    bare = word.casefold()
    if bare in NEVER_LAST or (bare in BEFORE_NUMBER and opener[:1].isdigit()):
        return False
    if _is_part_of_more(text[found.start() - 2 : found.start()], bare, opener):
        return False
    initials = re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", word) and (word[0].isupper() or "." in word)
    if initials or bare in SOMETIMES_LAST:
        return opener in OPENERS
    return True


def _is_part_of_more(before: str, bare: str, opener: str) -> bool:
    """Whether the point of a word is that of "z. B.", of an ordinal, or of an abbreviation that lacks its number."""
    letters = len(bare) == 1 and bare.isalpha() and len(opener) == 2 and opener.endswith(".")
    ordinal = bare.isdigit() and len(bare) <= 2 and opener in AFTER_ORDINAL
    return letters or ordinal or (bare in AFTER_NUMBER and not before[:1].isdigit())


def _cut_long(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        while end - start > MAX_LENGTH:
            limit = start + MAX_LENGTH
            cut = text.rfind(CELLS, start, limit) + 2 if CELLS in text[start:limit] else start
            cut = cut if cut > start else max(text.rfind("\n", start, limit), text.rfind("; ", start, limit) + 1)
            cut = cut if cut > start else text.rfind(" ", start, limit)
            cut = cut if cut > start else limit
            yield from _trimmed(text, start, cut)
            start = cut
        yield from _trimmed(text, start, end)


def _after_space(text: str, start: int, end: int) -> int:
    space = _SPACE.match(text, start, end)
    return space.end() if space else start


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
