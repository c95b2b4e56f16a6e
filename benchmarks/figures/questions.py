"""Questions about the tables of quarterly reports, each with the figure that answers it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from mystack.evaluate.questions import Document
from mystack.project import Refusal

QUESTIONS = Path(__file__).with_name("questions.json")


@dataclass(frozen=True)
class FigureQuestion:
    """`document` is the file that answers the question, `figure` as it stands in the file: "40,665".

    `row` is the name of the figure's row or its end, and `group` the name of a group of rows, if several groups have
    a row of this name.
    """

    text: str
    document: str
    figure: str
    row: str
    group: str = ""

    def answered_by(self, text: str) -> bool:
        """Whether the figure stands in a text, not as a part of a longer number."""
        return re.search(rf"(?<![\d.,]){re.escape(self.figure)}(?![\d]|[.,]\d)", text) is not None

    def row_found_in(self, text: str) -> bool:
        """Whether a text has the figure and what says whose it is: the names of the row and of its group."""
        return self.answered_by(text) and all(_named(name, text) for name in self._names)

    def row_whole_in(self, text: str) -> bool:
        """Whether, moreover, one line has the figure and a name: the row was not torn apart."""
        lines = text.splitlines()
        return self.row_found_in(text) and any(
            self.answered_by(line) and any(_named(name, line) for name in self._names) for line in lines
        )

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.group, self.row) if self.group else (self.row,)


def questions() -> list[FigureQuestion]:
    rows = json.loads(QUESTIONS.read_text(encoding="utf-8"))["questions"]
    return [
        FigureQuestion(row["question"], row["document"], row["figure"], row["row"], row.get("group", ""))
        for row in rows
    ]


def documents(folder: Path, asked: list[FigureQuestion]) -> list[Document]:
    """The reports that are asked about. Refuses a folder that lacks one of them."""
    names = sorted({question.document for question in asked})
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise Refusal(f"{folder} lacks {', '.join(missing)}")
    return [Document(name, (folder / name).read_bytes()) for name in names]


def _named(name: str, text: str) -> bool:
    """Whether a text has a name as whole words, in any case and over any ends of lines."""
    words = r"\s+".join(map(re.escape, name.split()))
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None
