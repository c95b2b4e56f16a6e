"""The verb: the first call starts the deployment and keeps it, further ones deploy to it."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from mystack.child import stop_on_signals
from mystack.deploy import proxy
from mystack.deploy.control import asked, listening
from mystack.deploy.release import Release, forget_others, unpacked
from mystack.deploy.rolling import Deployment
from mystack.embedded import started
from mystack.project import ROOT, Layer
from mystack.settings import environment

HOME = ROOT / ".mystack" / "deploy"
PLACES = ("a", "b", "c")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command("deploy")
def deploy(
    reference: Annotated[str, typer.Argument(help="Tag, branch or commit.", show_default=True)] = "HEAD",
    port: Annotated[
        int,
        typer.Option(
            help="Port of the first start, on 127.0.0.1; the next three are the instances'.", min=1, max=65532
        ),
    ] = 8000,
    contract: Annotated[
        bool, typer.Option("--contract", help="Allow migrations that remove what no running instance uses.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the embedded stores.", show_default=".mystack/layerN")
    ] = None,
    home: Annotated[
        Path, typer.Option(envvar="DEPLOY_HOME", help="Folder of the deployment.", show_default=".mystack/deploy")
    ] = HOME,
    repository: Annotated[Path, typer.Option(help="Repository of the releases.", show_default="this one")] = ROOT,
) -> None:
    """Deploy a commit without a gap: two instances behind HAProxy, replaced one after the other.

    The first call starts HAProxy, two instances and a worker, and keeps them until Ctrl-C. Every further call, from
    another terminal or a pipeline, replaces them by another commit: migrations first, which may only add to the schema;
    then a new instance comes up, and when it gets requests, an old one finishes its own and ends. A release that does
    not start replaces nothing. Settings come from the environment of the first call, and from `.env`.

    Examples:

        mystack deploy

        mystack deploy v5.1.0
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(f"  {text}", markup=False)

    home = home.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    request = {"repository": str(repository.resolve()), "reference": reference, "contract": contract}
    console.print(f"Deploying {reference} …", markup=False)
    if asked(home, request, say):
        console.print("Deployed.")
        return
    try:
        release = unpacked(repository.resolve(), reference, home)
        keep(release, home, release.layer.data(data), port, console, say)
    except KeyboardInterrupt:
        console.print("\nStopped.")


def keep(release: Release, home: Path, data: Path, port: int, console: Console, say: Callable[[str], None]) -> None:
    """Run the deployment until this process is interrupted."""
    env = environment()
    with ExitStack() as stack:
        control = stack.enter_context(listening(home))
        stores = stack.enter_context(started(_layer_here(release), data, env))
        ports = {place: port + 1 + number for number, place in enumerate(PLACES)}
        configuration = release.layer.folder / "deploy" / "haproxy.cfg"
        behind = proxy.start(configuration, home, f"127.0.0.1:{port}", ports)
        stack.callback(behind.child.stop)
        deployment = Deployment(behind, env | stores.settings, home, tuple(stores.descriptors))
        stack.callback(deployment.stop_all)

        def handle(request: dict[str, Any], answer: Callable[[str], None]) -> None:
            new = unpacked(Path(request["repository"]), request["reference"], home)
            deployment.roll(new, answer, contract=request["contract"])
            forget_others(home, [instance.release for instance in deployment.instances])
            say(f"{new.name} is deployed")

        deployment.roll(release, say)
        console.print(f"\n{release.name} is deployed at http://127.0.0.1:{port}/; Ctrl-C stops it.\n", markup=False)
        while behind.child.status is None:
            control.serve(0.5, handle)
            deployment.tend(say)
            for child in stores.children:
                if report := getattr(child, "tend", lambda: None)():
                    say(report)
        sys.stderr.write(f"mystack: HAProxy ended unexpectedly (status {behind.child.status}); stopping everything\n")
        raise typer.Exit(1)


def _layer_here(release: Release) -> Layer:
    """The layer whose embedded services it needs."""
    return release.layer
