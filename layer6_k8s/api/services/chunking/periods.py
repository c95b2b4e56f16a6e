"""The dates above a table that was torn into several: the parts below the first have no columns' names of their own.

June 25, 2027   September 25, 2026      lines of dates alone
Cash | 27,502 | 34,940
Total current assets 112,292 134,836    the table is torn here
Inventories | 5,433 | 6,580             the same dates hold
"""

from api.services.text.column_names import is_period

CARRIED = 24
"""Most wordpieces of the dates."""
LONG = 400
"""Characters of a paragraph behind which other dates hold."""


class Periods:
    """The last lines of dates on a page, while its text is read in order."""

    def __init__(self) -> None:
        self._page: int | None = None
        self._lines: list[str] = []
        self._open = False

    def read(self, text: str, page: int | None) -> None:
        """Note the dates in a text of one or several lines."""
        if page != self._page or len(text) > LONG:
            self._page, self._lines, self._open = page, [], False
        for line in filter(str.strip, text.split("\n")):
            dates = is_period(line)
            if dates and not self._open:
                self._lines = []
            if dates:
                self._lines.append(line.strip())
            self._open = dates

    def missing(self, top: str, page: int | None) -> str:
        """The dates that hold on the page, "" if the top of a table has dates itself."""
        if page is None or page != self._page or any(map(str.isdigit, top)):
            return ""
        return " ".join(self._lines)
