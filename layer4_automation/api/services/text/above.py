"""What stands above a chunk in its document, and belongs to its meaning: titles, and the top of its table.

    titles     Handbook > Holidays          the headings, outermost first
    caption    Days of leave by service.    the short lines right before the table, and the name of a group of rows
    header     Years | Days                 the rows that name the columns, as they stand in the document

A chunk stores them as one text, its heading: the titles alone, or three lines or more for the rows of a table. The
header comes last, because it may have several rows.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from api.services.text.column_names import names_columns
from api.services.text.records import is_group, is_row

_SENTENCE = re.compile(r"(?:\s\S+){2}[.!…][\"'”’)\]]*$|[。！]$")
_ANNOUNCES = re.compile(r"\b(?:following|as follows|below|folgende[nrs]?|suivante?s?|siguientes?)\b", re.IGNORECASE)
COLONS = (":", "：")
JOINT = " > "


@dataclass(frozen=True, slots=True)
class Above:
    """`titles` and `caption` are one line each, `header` is a row per line; "" for what there is not."""

    titles: str = ""
    caption: str = ""
    header: str = ""

    @property
    def heading(self) -> str:
        """As a chunk stores it."""
        return "\n".join([self.titles, self.caption, self.header]) if self.caption or self.header else self.titles

    @property
    def top(self) -> str:
        """The caption and the header."""
        return "\n".join(part for part in (self.caption, self.header) if part)

    def of_table(self, text: str) -> str:
        """The text of a chunk below the top of its table, without what the text itself has of it."""
        caption = "" if self.caption in " ".join(text.split()) else self.caption
        header = "" if self.header in text else self.header
        return "\n".join([*filter(None, (caption, header)), text])

    def embedded(self, text: str) -> str:
        """The text of a chunk as its vectors are computed: below its titles and the top of its table."""
        own = self.of_table(text)
        return f"{self.titles}\n{own}" if self.titles else own

    def names(self, line: str) -> bool:
        """Whether a line of the chunk only names what is below, and answers nothing: a title, or a row of the header.

        So do the caption and the name of a group of rows. A title or a caption that is a whole sentence says something
        by itself; it may be large type that was taken for a title.
        """
        if line in self.header.split("\n") or is_group(line) or (is_row(line) and names_columns(line)):
            return True
        words = " ".join(line.split())
        named = words in (self.titles, *self.titles.split(JOINT)) or words in self.caption
        return named and not _SENTENCE.search(words) and (announces(words) or not words.endswith(COLONS))


NOTHING = Above()


def announces(text: str) -> bool:
    """Whether a text only says that something follows: "The following table shows …:"."""
    return text.endswith(COLONS) and _ANNOUNCES.search(text) is not None


@lru_cache(maxsize=1_024)
def above(heading: str) -> Above:
    """What a chunk's stored heading says."""
    return Above(*heading.split("\n", 2))
