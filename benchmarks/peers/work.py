"""The work that every system does, and what is measured of it."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures.questions import FigureQuestion, questions
from benchmarks.peers.systems import Found, Ingested, System, SystemFailed
from benchmarks.peers.worker import Hit
from mystack.evaluate.library import Passage
from mystack.evaluate.questions import Question, read_squad
from mystack.evaluate.scoring import holds
from mystack.project import Refusal

Lengths = Callable[[Sequence[str]], Sequence[int]]
WARM_UP = "The lamp in the hall was lit before the guests arrived, and nobody asked who had lit it."
WARM_UP_QUESTION = "Was the lamp lit?"
PDF_QUESTIONS = (
    "What was the revenue of the quarter?",
    "How did operating expenses change?",
    "What are the risks to the business?",
    "Which legal proceedings are pending?",
    "What is the diluted net income per share?",
    "How large are cash and cash equivalents?",
    "Were the controls and procedures effective?",
    "How many shares were repurchased?",
)
"""They show the size of the chunks found in reports; their answers are not judged."""


@dataclass(frozen=True)
class Work:
    """Text documents with questions about them, and PDFs."""

    texts: Sequence[Path]
    questions: Sequence[Question]
    pdfs: Sequence[Path]
    rows: Sequence[FigureQuestion] = ()
    """Questions about rows of tables in the PDFs; none if the PDFs are not the reports that they are about."""


@dataclass(frozen=True)
class Run:
    """One system's results in one round."""

    texts_seconds: float
    found: Sequence[Found]
    pdfs_seconds: float
    found_in_pdfs: Sequence[Found]
    found_rows: Sequence[Found]
    refused: Mapping[str, str]
    """The files that were not read, by name, each with the reason."""


@dataclass(frozen=True)
class Chunks:
    """The chunks that were found: their characters, and the share of their wordpieces that the model reads."""

    median: float
    longest: int
    seen: float


@dataclass(frozen=True)
class Result:
    """One system's results over all rounds: medians, and the hits of the last round."""

    recall_1: float
    recall_5: float
    query_ms: float
    texts_per_minute: float
    pdfs_per_minute: float | None
    """Counts the PDFs that were read; None when there were none."""
    pdfs_read: int
    refused: Mapping[str, str]
    chunks: Chunks
    pdf_chunks: Chunks | None
    """None when no PDF was read."""
    rows_found: float | None
    """The share of rows whose name and figure are in one of the five hits; None when no row was asked for."""
    rows_whole: float | None
    """The share of rows whose name and figure are in one line of such a hit."""


def work(squad: Path, pdfs: Path | None, scratch: Path) -> Work:
    """Each article of `squad` as a text file, its questions, and a folder's PDFs. Refuses a folder without PDFs."""
    question_set = read_squad(squad)
    folder = scratch / "texts"
    folder.mkdir()
    for document in question_set.documents:
        (folder / Path(document.name).name).write_bytes(document.data)
    found = sorted(pdfs.glob("*.pdf")) if pdfs else []
    if pdfs and not found:
        raise Refusal(f"there is no PDF in {pdfs}")
    names = {pdf.name for pdf in found}
    return Work(
        [folder / Path(document.name).name for document in question_set.documents],
        question_set.questions,
        found,
        [row for row in questions() if row.document in names],
    )


def carry_out(system: System, work: Work, scratch: Path) -> Run:
    """All of the work, after a warm-up of each kind."""
    warm_up = scratch / "warm-up.txt"
    warm_up.write_text(WARM_UP, encoding="utf-8")
    system.ingest([warm_up])
    system.search([WARM_UP_QUESTION])
    texts = system.ingest(work.texts)
    found = system.search([question.text for question in work.questions])
    pdfs = system.ingest(work.pdfs) if work.pdfs else Ingested(0.0, {})
    found_in_pdfs = system.search(PDF_QUESTIONS) if work.pdfs else []
    found_rows = system.search([row.text for row in work.rows]) if work.rows else []
    return Run(texts.seconds, found, pdfs.seconds, found_in_pdfs, found_rows, {**texts.refused, **pdfs.refused})


def result(work: Work, runs: Sequence[Run], lengths: Lengths, window: int) -> Result:
    """The medians. `lengths` counts wordpieces; the model reads `window` of them. Raises `SystemFailed`."""
    last = runs[-1]
    texts, read = _accepted(work.texts, last), _accepted(work.pdfs, last)
    chunks = _chunks(last.found, ".txt", lengths, window)
    if not chunks:
        raise SystemFailed("found nothing for any question")
    return Result(
        recall_1=_recall(work, last, 1),
        recall_5=_recall(work, last, 5),
        query_ms=statistics.median(1000 * statistics.median(found.seconds for found in run.found) for run in runs),
        texts_per_minute=statistics.median(60 * texts / run.texts_seconds for run in runs),
        pdfs_per_minute=statistics.median(60 * read / run.pdfs_seconds for run in runs) if work.pdfs else None,
        pdfs_read=read,
        refused=last.refused,
        chunks=chunks,
        pdf_chunks=_chunks(last.found_in_pdfs, ".pdf", lengths, window),
        rows_found=_rows(work, last, FigureQuestion.row_found_in),
        rows_whole=_rows(work, last, FigureQuestion.row_whole_in),
    )


def _chunks(found: Sequence[Found], suffix: str, lengths: Lengths, window: int) -> Chunks | None:
    texts = sorted({text for one in found for name, text in one.hits if name.endswith(suffix)})
    if not texts:
        return None
    pieces = lengths(texts)
    seen = sum(min(count, window) for count in pieces) / sum(pieces)
    return Chunks(statistics.median(map(len, texts)), max(map(len, texts)), seen)


def _accepted(files: Sequence[Path], run: Run) -> int:
    return sum(file.name not in run.refused for file in files)


def _recall(work: Work, run: Run, depth: int) -> float:
    """The share of questions with the answer in one of the first `depth` hits, counted like `mystack eval`."""
    return statistics.mean(
        any(holds(_passage(hit), question) for hit in found.hits[:depth])
        for question, found in zip(work.questions, run.found, strict=True)
    )


def _rows(work: Work, run: Run, right: Callable[[FigureQuestion, str], bool]) -> float | None:
    """The share of rows with a hit of the right report in which the row is right."""
    if not work.rows:
        return None
    return statistics.mean(
        any(name == row.document and right(row, text) for name, text in found.hits)
        for row, found in zip(work.rows, run.found_rows, strict=True)
    )


def _passage(hit: Hit) -> Passage:
    name, text = hit
    return Passage(name, 0, len(text), text)
