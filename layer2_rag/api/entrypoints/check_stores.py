"""`python -m api.entrypoints.check_stores [--repair]`: compares the two stores.

Prints a report as JSON. Exit status 0: the stores agree, if need be after the repair; 1: they differ; 2: the comparison
failed.
"""

import asyncio
import json
import sys
from dataclasses import asdict

from api.config import Settings
from api.errors import MyStackError
from api.services.two_stores.consistency import Report
from api.wiring import build


async def check(repair: bool) -> Report:
    async with build(Settings()) as state:
        return await state["consistency"].check(repair)


def main() -> int:
    try:
        report = asyncio.run(check("--repair" in sys.argv[1:]))
    except MyStackError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 2
    sys.stdout.write(json.dumps(asdict(report) | {"consistent": report.consistent}, indent=2) + "\n")
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
