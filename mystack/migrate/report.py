"""What a migration found in the end: shown, and as JSON."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from mystack.migrate.questions import TOLERANCE, TOP_K, Compared

SHOWN = 20


@dataclass
class Counts:
    """What one side has."""

    documents: int = 0
    chunks: int = 0


@dataclass
class Report:
    """`differences` names, by document, what is not the same on both sides; empty when nothing was lost."""

    source: str
    target: str
    mode: str
    """`migrate`, `verify` or `dry-run`."""
    space: str | None = None
    remarks: list[str] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)
    planned: dict[str, int] = field(default_factory=dict)
    copied: Counts = field(default_factory=Counts)
    copy_seconds: float = 0.0
    removed: int = 0
    already_there: int = 0
    repaired: list[str] = field(default_factory=list)
    compared: Counts = field(default_factory=Counts)
    vectors_compared: int = 0
    """Chunks of which both vectors, the dense and the sparse, were compared bit for bit."""
    weights_rounded: int = 0
    """Weights that the source keeps in double precision, though it has always scored with single precision."""
    checksums: dict[str, dict[str, Any]] = field(default_factory=dict)
    differences: dict[str, list[str]] = field(default_factory=dict)
    questions: list[Compared] = field(default_factory=list)
    seconds: float = 0.0
    _begun: float = field(default_factory=time.monotonic, repr=False)

    @property
    def equal(self) -> bool:
        """Nothing differs: neither what is stored, nor what is found."""
        return not self.differences and not self.answers_that_differ

    @property
    def answers_that_differ(self) -> Sequence[Compared]:
        return [it for it in self.questions if it.verdict not in ("same", "ties")]

    def finish(self) -> None:
        self.seconds = time.monotonic() - self._begun

    def as_json(self) -> Mapping[str, Any]:
        written = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        return {"equal": self.equal, "tolerance": TOLERANCE, "top_k": TOP_K} | written

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def show(self, console: Console, file: Path | None = None) -> None:
        """In a few lines, and the first differences; to the file, if one is named, as JSON with all of them."""
        if file:
            self.write(file)

        def line(name: str, value: str) -> None:
            console.print(f"  {name:<12} {value}", markup=False)

        console.print(f"\n{self.source} → {self.target}", markup=False)
        for remark in self.remarks:
            line("remark", remark)
        for side, count in self.counts.items():
            line(side, f"{count.documents} documents, {count.chunks} chunks")
        if self.mode == "dry-run":
            line("would", ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in self.planned.items()))
            console.print("Nothing was written.")
            return
        if self.mode == "migrate":
            line("copied", f"{_amount(self.copied, self.copy_seconds)}; {self.already_there} were there already")
            line("removed", f"{self.removed} that the source does not have any more")
            if self.repaired:
                line("repaired", f"{len(self.repaired)} that differed: {', '.join(self.repaired[:SHOWN])}")
        line("compared", f"{self.compared.documents} documents and {self.compared.chunks} chunks by checksum,")
        line("", f"{self.vectors_compared} dense and as many sparse vectors among them, bit for bit")
        if self.weights_rounded:
            line("", f"({self.weights_rounded} weights rounded to the single precision that they were scored with)")
        verdicts = [it.verdict for it in self.questions]
        same, ties = verdicts.count("same"), verdicts.count("ties")
        line("searches", f"{len(verdicts)}: {same} same, {ties} same but for ties, {len(verdicts) - same - ties} other")
        self._show_differences(console)

    def _show_differences(self, console: Console) -> None:
        for document, places in list(self.differences.items())[:SHOWN]:
            console.print(f"  differs      {document}", markup=False)
            for place in places[:SHOWN]:
                console.print(f"                 {place}", markup=False)
        if len(self.differences) > SHOWN:
            console.print(f"  … and {len(self.differences) - SHOWN} more: --json FILE names all")
        for it in self.answers_that_differ[:SHOWN]:
            console.print(f"  differs      {it.mode} search for {it.words!r}: {it.verdict}", markup=False)
        console.print("Nothing differs." if self.equal else "The two sides differ.")


def _amount(count: Counts, seconds: float) -> str:
    amount = f"{count.documents} documents, {count.chunks} chunks"
    if not count.documents:
        return amount
    speed = f"{count.documents / seconds:.0f} documents/s, {count.chunks / seconds:.0f} chunks/s"
    return f"{amount} in {seconds:.1f} s ({speed})"
