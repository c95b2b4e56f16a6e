"""What a model wants to read before a text, so that it knows questions from passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.services.embedding.encoder_threads import Purpose

E5 = re.compile(r"(multilingual-)?e5-(small|base|large)(-v2)?", re.IGNORECASE)


@dataclass(frozen=True)
class Prefixes:
    """`question` is put before questions and the sentences that they are compared with, `document` before chunks.

    A text that begins with one of them is left as it is: another process added it, or a client of the API, which knows
    whether its text is a question.
    """

    question: str = ""
    document: str = ""

    def added(self, texts: Sequence[str], purpose: Purpose) -> list[str]:
        """The texts as the model reads them."""
        prefix = self.question if purpose is Purpose.QUESTION else self.document
        return [text if self.at_start_of(text) else prefix + text for text in texts]

    def at_start_of(self, text: str) -> str:
        """The prefix that the text begins with, or none."""
        return next((prefix for prefix in (self.question, self.document) if text.startswith(prefix)), "")


NO_PREFIXES = Prefixes()


def prefixes_of(model: str) -> Prefixes:
    """Those of the model of this name; most models read texts as they are.

    Source: Wang et al., "Multilingual E5 Text Embeddings: A Technical Report", 2024, section 2.
    """
    return Prefixes("query: ", "passage: ") if E5.fullmatch(model.rpartition("/")[2]) else NO_PREFIXES
