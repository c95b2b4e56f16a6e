"""Cut a text at a stop sequence, or at a number of tokens."""

from collections.abc import Sequence

from api.services.chat.budget import BYTES_PER_TOKEN, estimate_tokens
from api.services.chat.turn import FinishReason


def cut(text: str, max_tokens: int | None, stop: Sequence[str] | None) -> tuple[str, FinishReason]:
    """The text before the first stop sequence, at most `max_tokens` (estimated) long, and why it ends there."""
    filter = StopFilter(stop or ())
    text = filter.feed(text) + filter.flush()
    if max_tokens is None or estimate_tokens(text) <= max_tokens:
        return text, "stop"
    kept = text.encode()[: max_tokens * BYTES_PER_TOKEN].decode(errors="ignore")
    whole = kept if text[len(kept)].isspace() else kept.rpartition(" ")[0]
    return (whole or kept).rstrip(), "length"


class StopFilter:
    """Passes a stream's text on until a stop sequence; the end of a piece that may begin one waits for the next."""

    def __init__(self, stop: Sequence[str]) -> None:
        self.stop = [sequence for sequence in stop if sequence]
        self.stopped = False
        self._held = ""

    def feed(self, text: str) -> str:
        if self.stopped:
            return ""
        text, self._held = self._held + text, ""
        found = [at for sequence in self.stop if (at := text.find(sequence)) >= 0]
        if found:
            self.stopped = True
            return text[: min(found)]
        held = max((_overlap(text, sequence) for sequence in self.stop), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def flush(self) -> str:
        """What still waits, once the stream has ended."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, sequence: str) -> int:
    """Length of the longest end of `text` that begins `sequence`."""
    return next((n for n in range(min(len(sequence) - 1, len(text)), 0, -1) if text.endswith(sequence[:n])), 0)
