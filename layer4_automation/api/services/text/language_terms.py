"""The search terms of a text whose language is known, beside those that every text has (`terms.py`).

    "Las ciudades antiguas", Spanish -> ["es:ciudad", "es:antigu"]

A word with Latin letters does not tell its language, so `terms` cuts all of them as English. A chunk tells it, and most
questions do: their words are cut by Snowball's rules of the language as well. The term names its language, so that a
Spanish and an Italian word are not taken for one. A question in no known language still has its other terms.
"""

import re
from functools import lru_cache
from threading import Lock

import Stemmer

from api.services.text.languages import function_words
from api.services.text.terms import terms, without_accents

_STEMMERS = {
    "da": "danish",
    "de": "german",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "sv": "swedish",
    "tr": "turkish",
}
_stemmers = {language: Stemmer.Stemmer(name, 0) for language, name in _STEMMERS.items()}
_lock = Lock()
"""A stemmer of Snowball serves one thread at a time."""
_WORD = re.compile(r"[^\W\d_]+")


def language_terms(text: str, language: str | None) -> list[str]:
    """The stems of its content words in order, with repetitions; none in English or in an unknown language."""
    stemmer = _stemmers.get(language or "")
    if stemmer is None:
        return []
    ignored = function_words(language)
    words = [word for word in _WORD.findall(text.casefold()) if word not in ignored]
    with _lock:
        stems = stemmer.stemWords(words)
    return [f"{language}:{without_accents(stem)}" for stem in stems]


@lru_cache
def function_terms(language: str) -> frozenset[str]:
    """The terms of the words that say little of a text's subject in a language; English ones have none."""
    return frozenset(term for word in function_words(language) for term in terms(word))
