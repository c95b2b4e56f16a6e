"""The section of docs/benchmarks.md: the results in words and tables, including every column that a peer wins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.measure import Outcome
from benchmarks.peers.registry import Peer
from benchmarks.peers.work import Chunks, Result, Work
from mystack.metrics import Machine


@dataclass(frozen=True)
class Column:
    """A measured number, its format, and whether more is better."""

    name: str
    value: Callable[[Result], float | None]
    written: str
    more_is_better: bool = True

    def write(self, result: Result) -> str:
        value = self.value(result)
        return "" if value is None else self.written.format(value)

    def ahead(self, one: Result, other: Result) -> bool:
        """Whether the first is better, judged by the rounded number."""
        pair = [self.value(one), self.value(other)]
        if None in pair or self.write(one) == self.write(other):
            return False
        return (pair[0] > pair[1]) == self.more_is_better  # type: ignore[operator]


TEXTS = (
    Column("R@1", lambda result: result.recall_1, "{:.3f}"),
    Column("R@5", lambda result: result.recall_5, "{:.3f}"),
    Column("query, median", lambda result: result.query_ms, "{:.1f} ms", more_is_better=False),
    Column("texts/min", lambda result: result.texts_per_minute, "{:,.0f}"),
)
PDFS = (
    Column("PDFs read", lambda result: result.pdfs_read, "{}"),
    Column("PDFs/min", lambda result: result.pdfs_per_minute, "{:,.1f}"),
)
ROWS = (
    Column("rows found", lambda result: result.rows_found, "{:.3f}"),
    Column("rows whole", lambda result: result.rows_whole, "{:.3f}"),
)
ACCURACY = (*TEXTS[:2], *ROWS)
TIMES = (TEXTS[2], TEXTS[3], PDFS[1])
CHUNK = ("characters of a chunk, median / longest", "share the model reads")


def section(outcomes: Mapping[str, Outcome], peers: Sequence[Peer], work: Work, rounds: int, machine: Machine) -> str:
    """The section as Markdown. The first outcome is ours."""
    articles, questions = len(work.texts), len(work.questions)
    refused = {name: one.refused for name, one in outcomes.items() if isinstance(one, Result) and one.refused}
    return "\n".join(
        [
            f"{articles} articles as text documents, {questions:,} questions about them, {len(work.pdfs)} PDFs. "
            f"{rounds} rounds in which the systems take turns; medians. {machine}.",
            "",
            *_table(outcomes, TEXTS, lambda result: result.chunks),
            "",
            *(_table(outcomes, PDFS, lambda result: result.pdf_chunks) if work.pdfs else ()),
            "",
            *_verdict(outcomes, (*TEXTS, *PDFS)),
            "",
            *_ratios(outcomes),
            "",
            "The setup of each peer, all with the same files of all-MiniLM-L6-v2:",
            "",
            *(f"- {peer.name}: {peer.setup}. {peer.versions}." for peer in peers),
            *(["", "Not read:", ""] if refused else []),
            *(f"- {name}: {file} ({why})" for name, files in refused.items() for file, why in sorted(files.items())),
        ]
    )


def accuracy(outcomes: Mapping[str, Outcome], work: Work) -> str:
    """The section without times, as Markdown: what a busy machine measures as well as a quiet one."""
    return "\n".join(
        [
            f"{len(work.texts)} articles with {len(work.questions):,} questions, {len(work.pdfs)} PDFs with "
            f"{len(work.rows)} questions about rows of their tables, all in one store. No times were measured.",
            "",
            *_table(outcomes, ACCURACY, lambda result: result.pdf_chunks),
            "",
            *_verdict(outcomes, ACCURACY),
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


def _verdict(outcomes: Mapping[str, Outcome], columns: Sequence[Column]) -> Iterator[str]:
    """The columns in which a peer is ahead of us."""
    (_, us), *others = outcomes.items()
    if not isinstance(us, Result):
        return
    ahead = [
        f"- {column.name}: {name}, {column.write(peer)} against {column.write(us)}"
        for column in columns
        for name, peer in others
        if isinstance(peer, Result) and column.ahead(peer, us)
    ]
    if ahead:
        yield from ["Columns in which a peer is better:", "", *ahead]
    else:
        yield "No peer is ahead in any column of this run."


def _ratios(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    (_, us), *others = outcomes.items()
    measured = [(name, peer) for name, peer in others if isinstance(peer, Result)]
    if not isinstance(us, Result) or not measured:
        return
    yield f"| our speed relative to | {' | '.join(column.name for column in TIMES)} |"
    yield "|---" * (len(TIMES) + 1) + "|"
    for name, peer in measured:
        yield f"| {name} | {' | '.join(_times(column, us, peer) for column in TIMES)} |"


def _times(column: Column, us: Result, them: Result) -> str:
    ours, theirs = column.value(us), column.value(them)
    if not ours or not theirs:
        return ""
    return f"{ours / theirs if column.more_is_better else theirs / ours:.1f}"
