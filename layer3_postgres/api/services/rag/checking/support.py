"""Whether the sources support a sentence: it is compared with each of their passages in meaning, words and details.

    cosine    how near in meaning the passage is                                      COSINE
    words     the share of its content words that the chunk and its name do not hold  WORDS
    numbers   its numbers and dates that the passage, and the text around it, lacks   NUMBER, NUMBER_AROUND
    names     its capitalised words that the passage, and the chunk, lacks            NAME, NAME_IN_CHUNK
              (a passage with a pronoun has the names of the chunk's first one)
              (a number that the passage has as a bound of a range is none of its numbers)
    negation  one of the two denies what the other does not                           NEGATION
    subject   its first words stand elsewhere in the chunk, not in the passage        SUBJECT

A logistic rule over these. All weights but the last were fitted on half of XQuAD's articles (`mystack eval --squad`):
sentences of a passage and statements made from its questions count as supported; the same with another number, date or
name, negated, and sentences of a neighbouring passage do not. A passage is one sentence, or two neighbours. A sentence
in another language than the sources cannot be compared: it is `unknown`, as is one that states nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from api.services.embedding.embeddings import SentenceEmbedder
from api.services.rag.checking.details import denials, denies_otherwise, names
from api.services.rag.checking.ranges import missing, stated
from api.services.rag.checking.subjects import is_exchanged, subject
from api.services.rag.checking.windows import Span, Window, windows_of
from api.services.retrieval.search import Hit
from api.services.text.languages import language_of
from api.services.text.terms import terms

BIAS, COSINE, WORDS = -0.59, 3.08, -2.45
NUMBER, NUMBER_AROUND, NAME, NAME_IN_CHUNK, NEGATION = -3.16, -2.04, -2.87, -0.6, -4.55
SUBJECT = -3.0
"""Not fitted: the pairs have few exchanged subjects. Without it log odds are 2.49 at most, so such a passage never
supports."""
COUNTED = 2
"""Most missing numbers, and most missing names, that count."""

PLEASANTRIES = frozenset(terms("yes no sure okay ok certainly of course gladly hello hi thanks thank welcome sorry"))
REPEATED = 4
"""Content words from which on a sentence of repetitions is recognised."""

SENTENCES = 100
"""Sentences of an answer that are compared; the others are `unknown`."""

Support = Literal["supported", "unsupported", "unknown"]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Verdict:
    """Whether a sentence is supported, and the best span of each source that supports it, best first."""

    support: Support
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """The hits that a model was given, read: the windows with their vectors, and each chunk's terms by its number."""

    windows: Sequence[Window]
    vectors: Floats
    chunks: Sequence[frozenset[str]]
    language: str | None


class SupportCheck(Protocol):
    """Compares the sentences of an answer with the sources."""

    async def read(self, hits: Sequence[Hit]) -> Evidence:
        """The hits as evidence. It can be read while the model writes."""
        ...

    async def prepare(self, sentences: Sequence[str]) -> None:
        """Do what can be done before `check`, while the model writes. Raises as it does."""
        ...

    async def check(self, sentences: Sequence[str], evidence: Evidence) -> list[Verdict]:
        """A verdict on each sentence. Raises `EmbeddingFailed` and `NotReady`."""
        ...


class SupportChecker:
    """The port `SupportCheck`. `embedder` caches the vectors of sentences."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.embedder = embedder

    async def read(self, hits: Sequence[Hit]) -> Evidence:
        """See `SupportCheck`."""
        passages, windows = await asyncio.to_thread(windows_of, hits)
        vectors = await self.embedder.embed_queries(passages) if passages else np.zeros((0, 1), dtype=np.float32)
        return await asyncio.to_thread(_evidence, hits, windows, vectors)

    async def prepare(self, sentences: Sequence[str]) -> None:
        """See `SupportCheck`."""
        await self.embedder.embed_queries(sentences)

    async def check(self, sentences: Sequence[str], evidence: Evidence) -> list[Verdict]:
        """See `SupportCheck`."""
        compared = list(sentences[:SENTENCES])
        if not compared or not evidence.windows:
            return [Verdict("unsupported" if _states(text) else "unknown") for text in sentences]
        vectors = await self.embedder.embed_queries(compared)
        verdicts = await asyncio.to_thread(_verdicts, compared, vectors, evidence)
        return [*verdicts, *(Verdict("unknown") for _ in sentences[SENTENCES:])]


def _evidence(hits: Sequence[Hit], windows: Sequence[Window], vectors: Floats) -> Evidence:
    """The windows with their vectors: that of two passages is the mean direction of theirs."""
    means = np.array([vectors[list(window.passages)].sum(axis=0) for window in windows], dtype=np.float32)
    if len(windows):
        means /= np.linalg.norm(means, axis=1, keepdims=True) + 1e-9
    text = "\n".join(hit.text for hit in hits)
    chunks = [frozenset(terms(f"{hit.filename} {hit.complete}")) for hit in hits]
    return Evidence(windows, means, chunks, language_of(text))


def _verdicts(sentences: Sequence[str], vectors: Floats, evidence: Evidence) -> list[Verdict]:
    cosines = vectors @ evidence.vectors.T
    return [_verdict(sentence, row, evidence) for sentence, row in zip(sentences, cosines, strict=True)]


def _verdict(sentence: str, cosines: Floats, evidence: Evidence) -> Verdict:
    if not _states(sentence):
        return Verdict("unknown")
    if _repeats(sentence):
        return Verdict("unsupported")
    log_odds = _log_odds(sentence, cosines, evidence)
    best: dict[int, int] = {}
    for at in np.argsort(-log_odds):
        if log_odds[at] >= 0:
            best.setdefault(evidence.windows[at].span.number, int(at))
    if best:
        return Verdict("supported", tuple(evidence.windows[at].span for at in best.values()))
    return Verdict("unknown" if _is_foreign(sentence, evidence) else "unsupported")


def _log_odds(sentence: str, cosines: Floats, evidence: Evidence) -> Floats:
    """For each window, the log odds that it supports the sentence."""
    said, named, numbers, denied = frozenset(terms(sentence)), names(sentence), stated(sentence), denials(sentence)
    about = subject(sentence)
    absent = [len(said - chunk) / (len(said) or 1) for chunk in evidence.chunks]
    unnamed = [min(len(named - chunk), COUNTED) for chunk in evidence.chunks]
    details = [
        WORDS * absent[window.span.number - 1]
        + NAME_IN_CHUNK * unnamed[window.span.number - 1]
        + NAME * min(len(named - window.named), COUNTED)
        + NUMBER * min(missing(numbers, window.numbers, window.bounds), COUNTED)
        + NUMBER_AROUND * min(missing(numbers, window.numbers_around, window.bounds), COUNTED)
        + NEGATION * denies_otherwise(said, denied, window.for_all(said).denials)
        + SUBJECT * is_exchanged(about, said, window)
        for window in evidence.windows
    ]
    return BIAS + COSINE * cosines + np.array(details, dtype=np.float32)


def _states(sentence: str) -> bool:
    """False for a question, an announcement ("It says:") and a phrase without content words ("Yes, of course.")."""
    return not set(terms(sentence)) <= PLEASANTRIES and not sentence.rstrip().endswith(("?", "？", ":", "："))


def _repeats(sentence: str) -> bool:
    """Whether a weak model goes round in circles: "The worker is a worker, and the worker is a worker." """
    said = terms(sentence)
    return len(said) >= REPEATED and 2 * len(set(said)) <= len(said)


def _is_foreign(sentence: str, evidence: Evidence) -> bool:
    """Whether the sentence is in another language than the sources."""
    language = language_of(sentence)
    return language is not None and evidence.language is not None and language != evidence.language
