"""The commands of `mystack k8s`: what can be known of manifests without a cluster."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mystack.k8s.fingerprint import fingerprints
from mystack.k8s.manifests import parsed, rendered
from mystack.k8s.policies.all import breaches, breaches_of_example, policies
from mystack.k8s.replay.load import from_file, step
from mystack.k8s.replay.plan import plan
from mystack.k8s.replay.plant import Pods
from mystack.k8s.replay.table import UTILIZATION, rows, seconds_of_a_request
from mystack.k8s.rules import prometheus_rule
from mystack.k8s.validation import VERSION, invalid
from mystack.project import Layer, Refusal, find_layer

PODS = 20
DEPLOYMENT = "mystack-api"

app = typer.Typer(
    help="Render, check and try the Kubernetes manifests, without a cluster.",
    no_args_is_help=True,
    add_completion=False,
)
Overlay = Annotated[str, typer.Argument(help="Folder in k8s/overlays, such as dev or prod.")]


@app.command()
def render(overlay: Overlay = "prod") -> None:
    """Print an overlay as `kubectl apply -k` would send it."""
    typer.echo(rendered(_overlay(overlay)), nl=False)


@app.command()
def check(
    overlay: Annotated[str | None, typer.Argument(help="One overlay.", show_default="all, and the examples")] = None,
    version: Annotated[str, typer.Option(help="Version of Kubernetes.")] = VERSION,
) -> None:
    """Validate the overlays strictly, and assert the policies over what they render. Exit status 1 if one is broken.

    A kind without a schema is an error, and so is a field that its schema does not know. The policies are the functions
    in mystack/k8s/policies: one rule each, such as that no Deployment has two autoscalers.
    """
    console, layer, wrong = Console(highlight=False, soft_wrap=True), _layer(), 0
    for name in [overlay] if overlay else _overlays(layer):
        manifests = parsed(rendered(_overlay(name)))
        found = [*invalid(manifests, version), *breaches(manifests, layer.folder)]
        wrong += len(found)
        state = f"{len(found)} to fix" if found else f"valid, and {len(policies(layer.folder))} policies hold"
        console.print(f"{name}: {len(manifests)} objects, {state}", markup=False)
        for sentence in found:
            console.print(f"  {sentence}", markup=False)
    for file in [] if overlay else sorted((layer.folder / "k8s" / "examples").glob("*.yaml")):
        manifests = parsed(file.read_text())
        found = [*invalid(manifests, version), *breaches_of_example(manifests)]
        wrong += len(found)
        for sentence in found:
            console.print(f"examples/{file.name}: {sentence}", markup=False)
    if wrong:
        raise typer.Exit(1)


@app.command()
def hpa(
    overlay: Overlay = "prod",
    load: Annotated[
        Path | None,
        typer.Option(
            help="A recorded load: CSV with the columns second and requests_per_second.",
            show_default="after a minute, a step from the fewest pods' worth to 20 pods' worth",
        ),
    ] = None,
    rate: Annotated[float, typer.Option(help="Requests per second that one pod answers at full load.", min=0.1)] = 60,
    each: Annotated[
        float | None,
        typer.Option(help="Seconds of one request.", show_default="all triggers then ask for as many"),
    ] = None,
    start: Annotated[int, typer.Option(help="Seconds until an ordered pod is ready.", min=0)] = 20,
    seconds: Annotated[int, typer.Option(help="Seconds to replay.", min=60)] = 600,
    within: Annotated[int, typer.Option(help="Seconds in which enough pods must be ready.", min=1)] = 150,
) -> None:
    """Replay a load against the autoscaler of an overlay: when are how many pods ready, and what is shed until then?

    The bounds, targets and rules are read from the rendered manifest. The replay decides as Kubernetes' own controller:
    a recorded trace of it is a test. Exit status 1 if the pods are not ready in time.

    Examples:

        mystack k8s hpa

        mystack k8s hpa prod --start 60

        mystack k8s hpa prod --load recording.csv --rate 45 --each 0.4
    """
    found = plan(parsed(rendered(_overlay(overlay))), DEPLOYMENT)
    pods = Pods(rate, each or seconds_of_a_request(found, rate), start)
    worth = min(PODS, found.most) * rate * UTILIZATION
    arriving = from_file(load) if load else step(found.least * rate * UTILIZATION, worth)
    typer.echo(f"{'by':26}{'half ready':>12}{'all ready':>12}{'ordered':>9}{'shed':>8}")
    late = False
    for row in rows(found, arriving, pods, seconds):
        late = late or (row.name == "as rendered" and not row.in_time(within))
        typer.echo(str(row))
    if late:
        typer.echo(f"too late: the pods must be ready within {within} s")
        raise typer.Exit(1)


@app.command()
def rules() -> None:
    """Write the alerts for the Prometheus Operator again, from the rules in the layer's monitoring folder."""
    layer = _layer()
    file = layer.folder / "k8s" / "components" / "monitoring" / "rules.yaml"
    file.write_text(prometheus_rule(layer.folder))
    typer.echo(f"{file.relative_to(layer.folder.parent)} is written")


@app.command()
def fingerprint(
    database_url: Annotated[str, typer.Option(envvar="DATABASE_URL", help="Of a role that sees all rows.")],
) -> None:
    """Print rows and checksum of each table: equal before a dump and after its restore. It reads the whole database.

    Example:

        DATABASE_URL=postgresql://mystack_backup@127.0.0.1/mystack mystack k8s fingerprint
    """
    for name, (count, checksum) in fingerprints(database_url).items():
        typer.echo(f"{name:32}{count:>12}  {checksum}")


def _layer() -> Layer:
    layer = find_layer()
    if not (layer.folder / "k8s").is_dir():
        raise Refusal("this layer has no Kubernetes manifests: they begin with layer 6")
    return layer


def _overlays(layer: Layer) -> list[str]:
    return sorted(file.parent.name for file in layer.folder.glob("k8s/overlays/*/kustomization.yaml"))


def _overlay(name: str) -> Path:
    layer = _layer()
    if name not in _overlays(layer):
        raise Refusal(f"there is no overlay {name}; there are {', '.join(_overlays(layer))}")
    return layer.folder / "k8s" / "overlays" / name
