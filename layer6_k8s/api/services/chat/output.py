"""Remove what a model writes for its server, not for its reader: thinking, and the tokens of chat templates.

    <think>The user asks…</think>In 1773.<end_of_turn>\n<start_of_turn>user   ->   In 1773.

A token that begins or ends a turn ends the answer: what follows is the model talking to itself. In code they stay.
An answer that begins with the first line of the system prompt is none: weak models repeat what they read.
"""

import re

_TOKEN = re.compile(
    r"<\|[\w▁ -]{1,40}\|>|<｜[^｜>\n]{1,40}｜>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\[/?INST\]"
    r"|</?(?P<think>think|thinking|thought|reasoning)>",
    re.IGNORECASE,
)
_PENDING = re.compile(r"(?:<[^<>\n]{0,48}|\[/?[INST]{0,4})$", re.IGNORECASE)
_ROLE = re.compile(r"\s*(?:assistant|model|gpt)\s*\n", re.IGNORECASE)
LONGEST_ROLE = 12  # characters
_CODE = re.compile(r"```|`")
SHORTEST_ECHO = 20
"""Characters of a line that is recognised as the system prompt's; a shorter one may be an answer."""


class OutputFilter:
    """Takes an answer piece by piece and returns what a reader gets. `ended`: nothing more will come."""

    def __init__(self, system_prompt: str = "") -> None:
        line = system_prompt.strip().partition("\n")[0].strip()
        self._echo = line if len(line) >= SHORTEST_ECHO else ""
        self.ended = False
        self.answer = ""
        """The whole answer so far. If thinking ended that had no beginning, it begins behind it."""
        self._held = ""
        self._thinking = False
        self._code = ""
        self._role = False

    def feed(self, piece: str) -> str:
        """The text that can be sent now. What may become a token is held back."""
        self._held = "" if self.ended else self._held + piece
        sent = ""
        while not self.ended and (token := _TOKEN.search(self._held)):
            before, self._held = self._held[: token.start()], self._held[token.end() :]
            sent += self._text(before)
            sent += self._text(token.group()) if self._code and not self._thinking else self._at(token)
        if self.ended:
            return sent
        if self._role and not self._without_role():
            return sent
        if self._repeats_prompt():
            return sent
        pending = _PENDING.search(self._held)
        cut = pending.start() if pending else len(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return sent + self._text(ready)

    def flush(self) -> str:
        """The text that was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return "" if self.ended else self._text(held)

    def _text(self, text: str) -> str:
        if self._thinking:
            return ""
        if not self.answer.strip():
            text = text.lstrip()
        for mark in _CODE.findall(text):
            self._code = "" if self._code == mark else self._code or mark
        self.answer += text
        return text

    def _at(self, token: re.Match[str]) -> str:
        """Act on a token; nothing of it is sent."""
        if token["think"]:
            if token.group().startswith("</") and not self._thinking:
                self.answer = ""
            self._thinking = not token.group().startswith("</")
        elif not self._thinking and self.answer.strip():
            self.ended = True
        else:
            self._role = True
        return ""

    def _repeats_prompt(self) -> bool:
        """Whether the answer begins like the system prompt. Nothing of that is sent; the whole line ends the answer."""
        begun = self._held.lstrip()[: len(self._echo)]
        if self._thinking or self.answer.strip() or not begun or not self._echo.startswith(begun):
            return False
        self.ended = begun == self._echo
        return True

    def _without_role(self) -> bool:
        """Drop the role behind a token that begins a turn; False while it may be incomplete."""
        if "\n" not in self._held and len(self._held) < LONGEST_ROLE:
            return False
        self._held = _ROLE.sub("", self._held, count=1) if _ROLE.match(self._held) else self._held
        self._role = False
        return True
