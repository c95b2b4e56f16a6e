"""The result of a migration, printed and as JSON."""

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
    """Documents and chunks of source or target."""

    documents: int = 0
    chunks: int = 0


@dataclass
class Report:
    """`differences` holds, by document, what differs between source and target; empty when nothing was lost."""

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
    """Chunks whose dense and sparse vectors were compared bit for bit."""
    weights_rounded: int = 0
    """Weights that the source stores in double precision, although it has always scored with single precision."""
    checksums: dict[str, dict[str, Any]] = field(default_factory=dict)
    differences: dict[str, list[str]] = field(default_factory=dict)
    questions: list[Compared] = field(default_factory=list)
    seconds: float = 0.0
    _begun: float = field(default_factory=time.monotonic, repr=False)

    @property
    def equal(self) -> bool:
        """Whether neither a document nor a search differs."""
        return not self.differences and not self.differing_searches

    @property
    def differing_searches(self) -> Sequence[Compared]:
        return [compared for compared in self.questions if compared.verdict not in ("same", "ties")]

    def finish(self) -> None:
        self.seconds = time.monotonic() - self._begun

    def as_json(self) -> Mapping[str, Any]:
        fields = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        return {"equal": self.equal, "tolerance": TOLERANCE, "top_k": TOP_K} | fields

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def show(self, console: Console, file: Path | None = None) -> None:
        """Print a summary and the first differences; write all of it as JSON to `file`, if one is given."""
        if file:
            self.write(file)
        console.print(f"\n{self.source} → {self.target}", markup=False)
        for remark in self.remarks:
            _print(console, "remark", remark)
        for end, count in self.counts.items():
            _print(console, end, f"{count.documents} documents, {count.chunks} chunks")
        if self.mode == "dry-run":
            steps = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in self.planned.items())
            _print(console, "would", steps)
            console.print("Nothing was written.")
            return
        if self.mode == "migrate":
            self._show_copied(console)
        self._show_compared(console)
        self._show_differences(console)

    def _show_copied(self, console: Console) -> None:
        copied = _amount(self.copied, self.copy_seconds)
        _print(console, "copied", f"{copied}; {self.already_there} were there already")
        _print(console, "removed", f"{self.removed} that the source no longer has")
        if self.repaired:
            _print(console, "repaired", f"{len(self.repaired)} that differed: {', '.join(self.repaired[:SHOWN])}")

    def _show_compared(self, console: Console) -> None:
        counts = f"{self.compared.documents} documents and {self.compared.chunks} chunks by checksum,"
        _print(console, "compared", counts)
        _print(console, "", f"including {self.vectors_compared} dense and as many sparse vectors, bit for bit")
        if self.weights_rounded:
            rounded = f"({self.weights_rounded} weights rounded to the single precision that they are scored with)"
            _print(console, "", rounded)
        verdicts = [compared.verdict for compared in self.questions]
        same, ties = verdicts.count("same"), verdicts.count("ties")
        differing = len(verdicts) - same - ties
        _print(console, "searches", f"{len(verdicts)}: {same} same, {ties} same but for ties, {differing} different")

    def _show_differences(self, console: Console) -> None:
        for document, differences in list(self.differences.items())[:SHOWN]:
            console.print(f"  differs      {document}", markup=False)
            for difference in differences[:SHOWN]:
                console.print(f"                 {difference}", markup=False)
        if len(self.differences) > SHOWN:
            console.print(f"  … and {len(self.differences) - SHOWN} more: --json FILE lists all")
        for compared in self.differing_searches[:SHOWN]:
            line = f"  differs      {compared.mode} search for {compared.words!r}: {compared.verdict}"
            console.print(line, markup=False)
        console.print("Nothing differs." if self.equal else "Source and target differ.")


def _print(console: Console, name: str, value: str) -> None:
    console.print(f"  {name:<12} {value}", markup=False)


def _amount(count: Counts, seconds: float) -> str:
    amount = f"{count.documents} documents, {count.chunks} chunks"
    if not count.documents:
        return amount
    speed = f"{count.documents / seconds:.0f} documents/s, {count.chunks / seconds:.0f} chunks/s"
    return f"{amount} in {seconds:.1f} s ({speed})"
