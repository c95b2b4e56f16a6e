"""The user's settings: the environment, and `.env` in the repository's root."""

import os
import re
import sys
from difflib import get_close_matches

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from mystack.project import ROOT, Refusal

FILE = ROOT / ".env"
EXAMPLE = ROOT / ".env.example"


def environment() -> dict[str, str]:
    """The settings in `.env`, overridden by the environment; an empty value in the file means "not set".

    Warns about a name in the file that looks like a typing error. Refuses a file that cannot be read.
    """
    found = written()
    known = re.findall(r"^([A-Z_0-9]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    for name in found.keys() - set(known):
        if meant := get_close_matches(name, known, n=1, cutoff=0.85):
            sys.stderr.write(f"mystack: unknown setting {name} in .env; did you mean {meant[0]}?\n")
    return found | dict(os.environ)


def written() -> dict[str, str]:
    """The settings in `.env`, if it exists. Refuses a file that is not UTF-8 text, or has an invalid line."""
    if not FILE.exists():
        return {}
    try:
        with FILE.open(encoding="utf-8") as lines:
            wrong = next((binding.original.line for binding in parse_stream(lines) if binding.error), None)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{FILE} cannot be read ({error}): it must be UTF-8 text, like .env.example") from error
    if wrong is not None:
        raise Refusal(f"{FILE}, line {wrong}, is not of the form NAME=value: correct or delete it")
    return {name: value for name, value in dotenv_values(FILE).items() if value}
