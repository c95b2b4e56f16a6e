"""The verb `mystack bench-peers`."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.bench.page import PAGE, write_section
from mystack.bench.peers.measure import measure, opened
from mystack.bench.peers.registry import PEERS
from mystack.bench.peers.report import section
from mystack.bench.peers.work import Result, work
from mystack.child import stop_on_signals
from mystack.installed import require_dependencies
from mystack.metrics import MISSED, this_machine
from mystack.project import ROOT, Refusal, find_layer

HOME = ROOT / ".mystack" / "peers"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("bench-peers")
def bench_peers(
    squad: Annotated[Path, typer.Argument(help="Articles and questions in SQuAD's form.", show_default=False)],
    pdfs: Annotated[Path | None, typer.Argument(help="A folder of PDFs.", show_default="none")] = None,
    rounds: Annotated[int, typer.Option(help="How often all take turns.", min=1)] = 3,
    only: Annotated[
        list[str] | None, typer.Option("--peer", help="Only these.", show_default=", ".join(it.key for it in PEERS))
    ] = None,
    page: Annotated[Path, typer.Option(help="Whose section `peers` is written.")] = PAGE,
) -> None:
    """Do the same work with this service and with what people would assemble instead, and write the table.

    Each peer is installed in an environment of its own under `.mystack/peers/` (about 1 GB each, once) and runs in a
    process of its own, with the same embedding model and its own defaults. The newest layer is asked over HTTP.

    Exit status: 0 if all were measured, 1 if a peer could not be, 2 if nothing could be.

    Example: mystack bench-peers xquad.en.json reports/ --rounds 2
    """
    unknown = set(only or ()) - {peer.key for peer in PEERS}
    if unknown:
        raise Refusal(f"there is no peer {', '.join(unknown)}; here are {', '.join(peer.key for peer in PEERS)}")
    layer = find_layer()
    require_dependencies(layer)
    stop_on_signals()
    peers = [peer for peer in PEERS if not only or peer.key in only]
    console = Console(highlight=False, soft_wrap=True)
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="mystack-peers-") as scratch, console.status("starting") as status:

        def say(what: str) -> None:
            status.update(what)
            if not console.is_terminal:
                console.print(what, markup=False)

        asked = work(squad, pdfs, Path(scratch))
        outcomes = measure(opened(layer, peers, HOME, say), asked, rounds, Path(scratch), say)
    text = section(outcomes, peers, asked, rounds, machine)
    console.print(text, markup=False)
    write_section("peers", text, page)
    if not all(isinstance(it, Result) for it in outcomes.values()):
        raise typer.Exit(MISSED)
