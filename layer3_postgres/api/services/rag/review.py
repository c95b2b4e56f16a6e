"""Review what a model wrote: check each sentence, move its markers, and say what the answer is worth."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from api.services.chat.turn import Claim, Evidence, Source
from api.services.rag.checking.statements import Statement, rewritten, statements, without_references
from api.services.rag.checking.support import Verdict
from api.services.rag.checking.windows import Span
from api.services.rag.prompt import INSTRUCTIONS, RULES, SOURCES, WEAK, source
from api.services.retrieval.search import Hit

_DOCUMENTS = (
    r"(?:documents?|sources?|passages?|texts?|context|excerpts?|materials?|information|dokumente?n?|quellen?|textes?"
    r"|documentos?|fuentes?|documenti|fonti)"
)
_SAY = (
    r"(?:say|mention|contain|provide|specify|state|include|hold|give|tell|answer|address|cover|discuss|describe|indicate"
    r"|reveal|have)"
)
_SAID = r"(?:mentioned|stated|specified|given|provided|found|discussed|addressed|answered|available|included|contained)"
_FOUND_NOTHING = re.compile(
    "|".join(
        [
            rf"\b{_DOCUMENTS}\b[^.!?]{{0,40}}\b(?:do(?:es)?|did|can|could)\s?(?:not|n[’']t) (?:\w+ ){{0,2}}{_SAY}\b",
            r"\bno (?:\w+ ){0,3}(?:information|mention|answer|evidence|details?)\b[^.!?]{0,60}"
            r"\b(?:in|from|about|on|is|was)\b",
            rf"\b(?:is|are|was|were)\s?(?:not|n[’']t) (?:\w+ )?{_SAID}\b[^.!?]{{0,40}}\b{_DOCUMENTS}\b",
            r"^\W*I(?: (?:do|can|could)\s?(?:not|n[’']t)| cannot|['’]m not able to| am (?:not able|unable) to)"
            r" (?:\w+ ){0,2}(?:find|know|answer|determine|tell|say|see)\b",
            rf"\b{_DOCUMENTS}\b[^.!?]{{0,30}}\b(?:sagen|sagt|nennen|nennt|enthalten|enthält)\b[^.!?]{{0,40}}"
            r"\b(?:nichts?|keine?n?)\b",
            r"\bne (?:disent|dit|mentionnent|mentionne|contiennent|contient|précisent) (?:pas|rien)\b",
            r"\bno (?:dicen|dice|mencionan|menciona|contienen|contiene|indican)\b",
            r"\bnon (?:dicono|dice|menzionano|contengono|indicano)\b",
        ]
    ),
    re.IGNORECASE,
)
"""Sentences in which a model says that it found no answer."""
LONGEST = 50_000
"""Characters of an answer that are read; behind them it has no markers."""
_REPEATED = re.compile(r"(?<!\S)([^.!?\n]{10,300}[.!?])(?:\s+\1)+(?!\S)")
"""A sentence that a model writes again and again."""
_HEADER = re.compile(rf"^{SOURCES}\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Reviewed:
    """A checked answer.

    `worth`: at least one sentence is supported; the model says that it found nothing; nothing could be compared; or
    nothing is supported.
    """

    response: str
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...]
    worth: Literal["supported", "found_nothing", "unknown", "unsupported"]

    @property
    def grounded(self) -> bool:
        """At least one sentence is supported, and none is unsupported."""
        support = {claim.support for claim in self.claims}
        return "supported" in support and "unsupported" not in support


def to_check(response: str, filenames: Collection[str], system_prompt: str) -> tuple[str, list[Statement]]:
    """The answer without its own list of sources, repeated sentences and parts of the prompt, and its statements.

    `filenames`: of the sources, in the order of their numbers.
    """
    text = _without_labels(_without_echo(without_references(response), system_prompt), filenames)
    text = _REPEATED.sub(r"\1", text)
    return text, [] if _is_json(text) else statements(text[:LONGEST], range(1, len(filenames) + 1))


def reviewed(response: str, found: Sequence[Statement], verdicts: Sequence[Verdict], hits: Sequence[Hit]) -> Reviewed:
    """The answer with the markers that the verdicts on its statements give it."""
    nothing = [found_nothing(statement.text) for statement in found]
    checked = [Verdict("unknown") if none else verdict for none, verdict in zip(nothing, verdicts, strict=True)]
    spans = [_kept(statement, verdict) for statement, verdict in zip(found, checked, strict=True)]
    kept = [[span.number for span in own] for own in spans]
    text, places = rewritten(response, found, kept, range(1, len(hits) + 1))
    claims = tuple(
        Claim(start, end, verdict.support, tuple(Evidence(s.number, s.start, s.end, s.text) for s in own))
        for (start, end), verdict, own in zip(places, checked, spans, strict=True)
    )
    return Reviewed(text, claims, _sources(spans, hits), _worth(text, checked, nothing))


def found_nothing(sentence: str) -> bool:
    """Whether a model says in it that the documents hold no answer."""
    return _FOUND_NOTHING.search(sentence) is not None


def _without_echo(response: str, system_prompt: str) -> str:
    """The answer without the lines of the prompt that a model repeats."""
    echo = [line for line in (system_prompt, RULES, WEAK, INSTRUCTIONS) if line and line in response]
    for line in echo:
        response = response.replace(line, "")
    response = _HEADER.sub("", response) if echo or _HEADER.match(response) else response
    return response.strip() if echo or not response.strip() else response


def _without_labels(response: str, filenames: Collection[str]) -> str:
    """The answer up to the first label of a source: from there on a model repeats the sources."""
    names = "|".join(map(re.escape, filenames))
    label = re.compile(rf"^[ \t]*(?:\[\d+\][ \t]*)?(?:{names})(?:, page \d+)?:[ \t]*$", re.MULTILINE)
    found = label.search(response)
    if found and any(map(str.isalnum, response[: found.start()])):
        return response[: found.start()].rstrip()
    return label.sub("", response).strip() if found else response


def _is_json(text: str) -> bool:
    """Whether the answer is a JSON object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _kept(statement: Statement, verdict: Verdict) -> list[Span]:
    """The spans of the cited sources that support the statement, in the order of its markers; else the best span."""
    by_number = {span.number: span for span in verdict.spans}
    cited = [by_number[number] for number in statement.cited if number in by_number]
    return cited or list(verdict.spans[:1])


def _sources(spans: Sequence[Sequence[Span]], hits: Sequence[Hit]) -> tuple[Source, ...]:
    """The cited sources by number, each with the span of the first claim that cites it."""
    first: dict[int, Span] = {}
    for span in (span for own in spans for span in own):
        first.setdefault(span.number, span)
    return tuple(source(n, hits[n - 1], span.start, span.end, span.text) for n, span in sorted(first.items()))


def _worth(
    response: str, verdicts: Sequence[Verdict], nothing: Sequence[bool]
) -> Literal["supported", "found_nothing", "unknown", "unsupported"]:
    support = {verdict.support for verdict in verdicts}
    if "supported" in support:
        return "supported"
    if any(nothing) and "unsupported" not in support:
        return "found_nothing"
    if support == {"unknown"} or (not support and any(map(str.isalnum, response))):
        return "unknown"  # a pleasantry, another language, or nothing but code
    return "unsupported"
