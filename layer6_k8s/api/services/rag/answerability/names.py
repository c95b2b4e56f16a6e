"""The names and numbers of a question, and whether a text has them, in this or in a kindred spelling."""

import re
from collections.abc import Set

from api.services.text.spellings import differing
from api.services.text.terms import dates_in, terms

SHORTEST = 5
"""Letters of a name that is found in another spelling: of shorter ones, a letter more or less makes another name."""
ENDING = 3
"""Letters of the longest ending that tells two forms of a name apart: Brazil, Brazilian. Petersburg is not Peter."""

_NAME = re.compile(r"(?<=\s)[^\w\s]*[^\W\d_a-z][\w'’/-]*|\d[\d.,]*")
"""A capitalised word that does not open the question, or a number."""
_ACRONYM = re.compile(r"\b[A-Z]{2,4}\b")


def names_in(question: str, chunk_terms: Set[str]) -> set[str]:
    """The terms of the question's names and numbers, but those of its dates if the chunk has each of these days."""
    names = {term for name in _NAME.findall(question) for term in terms(name)}
    days = dates_in(question)
    return names - set(days) if days and chunk_terms >= set(days.values()) else names


def acronyms_in(question: str) -> set[str]:
    """The terms of the question's acronyms."""
    return {term for name in _ACRONYM.findall(question) for term in terms(name)}


def missing(names: Set[str], held: Set[str]) -> set[str]:
    """The names of which `held` has no form: Gegeen is one of Geegen, India is one of Indian. A number has one."""
    return {name for name in names - held if len(name) < SHORTEST or not any(_kindred(name, term) for term in held)}


def _kindred(name: str, term: str) -> bool:
    """Whether one of the two is the other with a short ending, with a letter more, or with a letter moved."""
    if len(term) < SHORTEST or name[0] != term[0] or not (name.isalpha() and term.isalpha()):
        return False
    if name.startswith(term) or term.startswith(name):
        return abs(len(name) - len(term)) <= ENDING
    left, right = differing(name, term)
    return len(left + right) == 1 or right in (left[1:] + left[:1], left[-1:] + left[:-1])
