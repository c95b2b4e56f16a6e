"""Instances of a layer as processes, and a load balancer in front of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mystack.bench.layer1 import listening
from mystack.embedded import services
from mystack.fresh import GIVEN
from mystack.project import Layer, all_layers
from mystack.server import Server, serving
from tests.cli.processes import served
from tests.load.balancer import Balancer

Instance = Callable[..., Server]


@pytest.fixture(params=[layer for layer in all_layers() if layer.number != 2], ids=lambda layer: layer.folder.name)
def layer(request: pytest.FixtureRequest) -> Layer:
    """A layer that can run as several instances; layer 2 keeps its vectors in files that only one process can open."""
    found: Layer = request.param
    return found


@pytest.fixture
def instance(layer: Layer, tmp_path: Path) -> Iterator[Instance]:
    """Each call starts an instance with the given settings; all share the same stores."""
    with ExitStack() as stack:
        (stores := tmp_path / "stores").mkdir()
        shared = stack.enter_context(services(layer, stores))

        def start(**settings: object) -> Server:
            folder = Path(tmp_path, f"instance{len(list(tmp_path.iterdir()))}")
            folder.mkdir()
            given = {name.upper(): str(value) for name, value in settings.items()}
            log = stack.enter_context((folder / "log").open("wb"))
            return stack.enter_context(serving(layer, folder, env=os.environ | GIVEN | shared | given, output=log))

        yield start


@pytest.fixture
def model(tmp_path: Path) -> Iterator[str]:
    """The address of a model server whose model `held` sends one token and never ends."""
    with listening("model server", "mystack.bench.model", tmp_path, tmp_path / "model.log") as url:
        yield url


@pytest.fixture
def balancer() -> Iterator[Balancer]:
    """A load balancer without instances; `balancer.url` is its address."""
    balancer = Balancer()
    with served(balancer.app) as balancer.url:
        yield balancer
