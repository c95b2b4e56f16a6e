"""The command `mystack promote`."""

import sys
from typing import Annotated

import httpx2
import typer

from mystack.client import LOCAL, ApiKey, Url, answered, connected
from mystack.recording import found_run

FAILED = 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("promote")
def promote(
    run: Annotated[str, typer.Argument(help="The id of a recorded run, or its beginning.", show_default=False)],
    url: Url = LOCAL,
    api_key: ApiKey = None,
) -> None:
    """Make the embedding space and the prompt that a run measured the champions, if the run passes the gates.

    It must not be worse than the champion's run on the same data, by more than `gates.toml` of the layer allows. Exit
    status: 0 if the alias was moved, 1 if gates failed, 2 if nothing could be compared.

    Example:

        mystack promote 3f2a91c0
    """
    with connected(url, api_key) as http:
        found = found_run(http, run)
        answer = http.post(f"/experiments/runs/{found['id']}/promote")
        if answer.status_code == httpx2.codes.CONFLICT and answer.json()["code"] == "gates_failed":
            head, _, reasons = answer.json()["detail"].rstrip(".").partition(": ")
            sys.stderr.write(f"mystack: not promoted, {head}:\n")
            for reason in reasons.split("; "):
                sys.stderr.write(f"  {reason}\n")
            raise typer.Exit(FAILED)
        for version in answered(answer).json()["versions"]:
            sys.stdout.write(f"{version['kind']} version {version['version']} is the {version['alias']}\n")
