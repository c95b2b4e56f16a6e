"""The settings that a person gives: the environment, and `.env` in the repository's root."""

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
    """Our environment over the root's `.env`; an empty value in the file means that it is not set.

    Says so when a name in the file looks like a slip of the pen; refuses a file that cannot be read.
    """
    found = written()
    known = re.findall(r"^([A-Z_0-9]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    for name in found.keys() - set(known):
        if meant := get_close_matches(name, known, n=1, cutoff=0.85):
            sys.stderr.write(f"mystack: nothing reads {name} in .env; is it {meant[0]} that you mean?\n")
    return found | dict(os.environ)


def written() -> dict[str, str]:
    """What `.env` sets, if it is there. Refuses a file that is no UTF-8 text, or has a line that sets nothing."""
    if not FILE.exists():
        return {}
    try:
        with FILE.open(encoding="utf-8") as lines:
            wrong = next((binding.original.line for binding in parse_stream(lines) if binding.error), None)
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{FILE} cannot be read ({error}): it has to be text in UTF-8, as .env.example is") from error
    if wrong is not None:
        raise Refusal(f"{FILE}, line {wrong}, is not of the form NAME=value: mend it, or take it out")
    return {name: value for name, value in dotenv_values(FILE).items() if value}
