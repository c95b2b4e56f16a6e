"""Passages that are alike but for their keys: the rows of a table, the entries of a list, sheets of other products.

    Which pressure has HX-130?
    HX-130:  "The maximum pressure is 9 bar."       asked for
    HX-165:  "The maximum pressure is 16 bar."      of another product: it has less of the question, and nothing more

Of such passages those are quoted whose keys the question names; all of them if it names none.
"""

import re
from collections import Counter
from collections.abc import Iterable

from api.services.retrieval.search import Hit
from api.services.text.passages import is_entry
from api.services.text.records import cells_of, is_row
from api.services.text.terms import terms

ALIKE = 0.6
"""Share of the words of two passages that are the same, from which on the passages are alike."""

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"(?=\w*[^\W\d_])(?=[\w-]*\d)[^\W_]+(?:-[^\W_]+)*")


def speaks_of_another(asked: frozenset[str], best: Hit, best_text: str, hit: Hit, text: str) -> bool:
    """Whether a passage of `hit` speaks of something else than another one of `best`, and only that is asked for.

    `asked`: the terms of the question.
    """
    if best.document_id == hit.document_id:
        rows = _is_keyed(best_text) and _is_keyed(text) and best.above.header == hit.above.header
        return (rows or (is_entry(best_text) and is_entry(text))) and _says_less(asked, terms(best_text), terms(text))
    if not _says_less(asked, _about(best), _about(hit)):
        return False
    return _are_alike(best_text, text) or _has_other_code(asked, best, hit)


def _is_keyed(text: str) -> bool:
    """Whether a text is a row with a first cell; one without may be the rest of a row that the parser has torn."""
    return is_row(text) and cells_of(text)[0] != ""


def _about(hit: Hit) -> frozenset[str]:
    """The terms of all that stands in a chunk, above it and in its file name."""
    return frozenset(terms(f"{hit.filename} {hit.above.titles} {hit.complete}"))


def _says_less(asked: frozenset[str], best: Iterable[str], other: Iterable[str]) -> bool:
    """Whether the other one has fewer of the question's words, and no other ones."""
    return asked.intersection(other) < asked.intersection(best)


def _are_alike(one: str, other: str) -> bool:
    """Whether most of their words are the same, numbers left out."""
    words, others = (Counter(_WORD.findall(text.lower())) for text in (one, other))
    return (words & others).total() >= ALIKE * max(words.total(), others.total(), 1)


def _has_other_code(asked: frozenset[str], best: Hit, hit: Hit) -> bool:
    """Whether the question names a code that the best hit has, and this hit has another one of the same form."""
    codes = {code for code in _codes(best) if set(terms(code)) <= asked}
    forms = {_form(code) for code in codes}
    return bool(codes) and any(_form(code) in forms for code in _codes(hit) - codes)


def _codes(hit: Hit) -> set[str]:
    """The identifiers of letters and digits in the text of a hit, its titles and its file name."""
    return set(_CODE.findall(f"{hit.filename} {hit.above.titles} {hit.text}".lower()))


def _form(code: str) -> str:
    """`aa-000` for HX-130."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", code))
