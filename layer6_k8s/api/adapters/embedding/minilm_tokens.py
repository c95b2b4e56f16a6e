"""Counts wordpieces as the embedder does, with the model's own `tokenizer.json`."""

from pathlib import Path

from tokenizers import Tokenizer

MODEL_WINDOW = 256
"""Wordpieces that all-MiniLM-L6-v2 reads. Its `tokenizer.json` would truncate at 128, so truncation is switched off."""


class MiniLmTokens:
    """The `TokenCounter` of the sentence-transformers MiniLM family."""

    def __init__(self, tokenizer_json: Path, model_window: int = MODEL_WINDOW) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_json))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.window = model_window - self._tokenizer.num_special_tokens_to_add(is_pair=False)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """See `TokenCounter`. A batch of one, because only batches release the GIL."""
        (encoding,) = self._tokenizer.encode_batch([text], add_special_tokens=False)
        return encoding.offsets
