"""How far an embedding model reads a language, and what words count where it does not.

all-MiniLM-L6-v2 was trained on English. The cosines of its vectors tell less in other languages with Latin letters, and
next to nothing where its vocabulary has only single letters: in Cyrillic, Greek, Arabic, Thai, Chinese. There the words
of a question decide what is found, and whether it is answered.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from api.services.text.languages import language_of

ENGLISH_MODELS = ("all-minilm-l6-v2",)


@dataclass(frozen=True)
class Reading:
    """How a question is searched. `words`: how many times as much as in English its words weigh beside its meaning.

    `trusted`: the cosines tell whether a question is answered. `model`: the name of the embedding model that reads it.
    `spread`: how far apart its cosines lie, as a share of those of all-MiniLM-L6-v2, for which the weights were fitted.
    """

    language: str | None
    words: float = 1.0
    trusted: bool = True
    model: str = ENGLISH_MODELS[0]
    spread: float = 1.0


READ = Reading(None)
"""A question in a language that the model reads."""

Reads = Callable[[str], Reading]
"""How the model in use reads a question."""

SPREADS = {"multilingual-e5-small": 0.25}
"""The cosine of a question and the chunk that answers it is .88 on average, that of its last candidates .75."""
LATIN = 3.0
UNREAD = 50.0
"""Words alone: the cosines of all candidates lie within one point of BM25."""


def fully(question: str) -> Reading:
    """Of a model that was trained on many languages."""
    return Reading(language_of(question))


def english(question: str) -> Reading:
    """Of a model that was trained on English. A question in no known language is taken for English."""
    language = language_of(question)
    if language is None or language == "en":
        return Reading(language)
    return Reading(language, UNREAD if language.isupper() else LATIN, trusted=False)


def reads(model: str) -> Reads:
    """How the embedding model of this name reads."""
    name = model.lower().rpartition("/")[2]
    read, spread = english if name in ENGLISH_MODELS else fully, SPREADS.get(name, 1.0)
    return lambda question: replace(read(question), model=model, spread=spread)


def reads_with(model: Callable[[], str]) -> Reads:
    """How the embedding model reads that this names at each question."""
    return lambda question: reads(model())(question)
