"""The section of docs/benchmarks.md: what was measured, in words and tables that say openly who is ahead."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mystack.bench.peers.measure import Outcome
from mystack.bench.peers.registry import Peer
from mystack.bench.peers.work import Chunks, Result, Work
from mystack.metrics import Machine


@dataclass(frozen=True)
class Column:
    """A measured number, how it is written, and whether more of it is better."""

    name: str
    value: Callable[[Result], float | None]
    written: str
    more_is_better: bool = True

    def write(self, result: Result) -> str:
        value = self.value(result)
        return "" if value is None else self.written.format(value)

    def ahead(self, one: Result, other: Result) -> bool:
        """Whether the first is better, by what is written."""
        pair = [self.value(one), self.value(other)]
        if None in pair or self.write(one) == self.write(other):
            return False
        return (pair[0] > pair[1]) == self.more_is_better  # type: ignore[operator]


TEXTS = (
    Column("R@1", lambda it: it.recall_1, "{:.3f}"),
    Column("R@5", lambda it: it.recall_5, "{:.3f}"),
    Column("query, median", lambda it: it.query_ms, "{:.1f} ms", more_is_better=False),
    Column("texts/min", lambda it: it.texts_per_minute, "{:,.0f}"),
)
PDFS = (
    Column("PDFs read", lambda it: it.pdfs_read, "{}"),
    Column("PDFs/min", lambda it: it.pdfs_per_minute, "{:,.1f}"),
)
TIMES = (TEXTS[2], TEXTS[3], PDFS[1])
CHUNK = ("characters of a chunk, median / longest", "of it the model reads")


def section(outcomes: Mapping[str, Outcome], peers: Sequence[Peer], work: Work, rounds: int, machine: Machine) -> str:
    """Markdown. The first of the outcomes is ours."""
    articles, questions = len(work.texts), len(work.questions)
    refused = {name: it.refused for name, it in outcomes.items() if isinstance(it, Result) and it.refused}
    return "\n".join(
        [
            f"{articles} articles as text documents, {questions:,} questions about them, {len(work.pdfs)} PDFs. "
            f"{rounds} rounds in which all take turns; medians. {machine}.",
            "",
            *_table(outcomes, TEXTS, lambda it: it.chunks),
            "",
            *(_table(outcomes, PDFS, lambda it: it.pdf_chunks) if work.pdfs else ()),
            "",
            *_verdict(outcomes),
            "",
            *_ratios(outcomes),
            "",
            "How each is set up, all with the same embedding model (all-MiniLM-L6-v2, the same files):",
            "",
            *(f"- {peer.name}: {peer.how}. {peer.versions}." for peer in peers),
            *(["", "Not read:", ""] if refused else []),
            *(f"- {name}: {file} ({why})" for name, files in refused.items() for file, why in sorted(files.items())),
        ]
    )


def _table(
    outcomes: Mapping[str, Outcome], columns: Sequence[Column], chunks: Callable[[Result], Chunks | None]
) -> Iterator[str]:
    names = [*(column.name for column in columns), *CHUNK]
    yield f"| | {' | '.join(names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for name, outcome in outcomes.items():
        if isinstance(outcome, str):
            yield f"| {name} | not measured: {outcome.replace('|', '/')} |" + " |" * (len(names) - 1)
            continue
        found = chunks(outcome)
        cells = [column.write(outcome) for column in columns]
        cells += [f"{found.median:,.0f} / {found.longest:,}", f"{found.seen:.0%}"] if found else ["", ""]
        yield f"| {name} | {' | '.join(cells)} |"


def _verdict(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Where a peer is ahead of us, said first."""
    (_, us), *others = outcomes.items()
    if not isinstance(us, Result):
        return
    ahead = [
        f"- {column.name}: {name}, {column.write(it)} against {column.write(us)}"
        for column in (*TEXTS, *PDFS)
        for name, it in others
        if isinstance(it, Result) and column.ahead(it, us)
    ]
    if ahead:
        yield from ["Where a peer is better than we are:", "", *ahead]
    else:
        yield "No peer is ahead of us in any column of this run."


def _ratios(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    (_, us), *others = outcomes.items()
    measured = [(name, it) for name, it in others if isinstance(it, Result)]
    if not isinstance(us, Result) or not measured:
        return
    yield f"| we are so many times as fast as | {' | '.join(column.name for column in TIMES)} |"
    yield "|---" * (len(TIMES) + 1) + "|"
    for name, it in measured:
        yield f"| {name} | {' | '.join(_times(column, us, it) for column in TIMES)} |"


def _times(column: Column, us: Result, them: Result) -> str:
    ours, theirs = column.value(us), column.value(them)
    if not ours or not theirs:
        return ""
    return f"{ours / theirs if column.more_is_better else theirs / ours:.1f}"
