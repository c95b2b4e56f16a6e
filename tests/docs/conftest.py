"""Each layer that a document is about, running, for all tests of this folder."""

import os
from collections.abc import Iterator

import pytest

from mystack.project import ROOT, all_layers, find_layer
from mystack.server import Server, serving


@pytest.fixture(scope="package", params=[layer.number for layer in all_layers()], ids="layer {}".format)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, guides = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("guides")
    (guides / "layer1").symlink_to(ROOT / "docs" / "layer1")
    settings = {"LLM_PROVIDER": "extractive", "GUIDES_PATH": str(guides)}
    with serving(find_layer(request.param), folder, env=os.environ | settings) as server:
        yield server
