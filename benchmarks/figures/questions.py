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
    """`document` is the file that answers the question, `figure` as it stands in the file: "40,665"."""

    text: str
    document: str
    figure: str

    def answered_by(self, text: str) -> bool:
        """Whether the figure stands in a text, not as a part of a longer number."""
        return re.search(rf"(?<![\d.,]){re.escape(self.figure)}(?![\d]|[.,]\d)", text) is not None


def questions() -> list[FigureQuestion]:
    rows = json.loads(QUESTIONS.read_text(encoding="utf-8"))["questions"]
    return [FigureQuestion(row["question"], row["document"], row["figure"]) for row in rows]


def documents(folder: Path, asked: list[FigureQuestion]) -> list[Document]:
    """The reports that are asked about. Refuses a folder that lacks one of them."""
    names = sorted({question.document for question in asked})
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise Refusal(f"{folder} lacks {', '.join(missing)}")
    return [Document(name, (folder / name).read_bytes()) for name in names]
