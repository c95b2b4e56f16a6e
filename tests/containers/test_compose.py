"""docker-compose accepts every profile, and each service in it is safe to start and to stop."""

import os
import re
import subprocess
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from mystack.project import ROOT, Layer, all_layers
from tests.containers.files import COMPOSE, ENV_EXAMPLE, services, settings, variables

LAYERS = all_layers()
PROFILES = sorted({profile for it in services().values() for profile in it["profiles"]})
DATA = {
    "mystack": {"/data"},
    "mongo": {"/data/db", "/data/configdb"},
    "qdrant": {"/qdrant/storage", "/qdrant/snapshots"},
    "pgvector": {"/var/lib/postgresql/data"},
    "ollama": {"/root/.ollama"},
}
"""Where an image keeps data, by the last part of its name."""
OF_THE_IMAGE = {"GUIDES_PATH", "EMBEDDING_PATH", "QDRANT_PATH"}
"""Settings that are paths: those of this machine mean nothing in a container."""
OF_COMPOSE = {"COMPOSE_PROFILES"}
"""Read by docker-compose itself."""
each_service = pytest.mark.parametrize("service", services().values(), ids=list(services()))


def config(docker_compose: list[str], *profiles: str, **environment: str) -> dict[str, Any]:
    """What docker-compose makes of the file, without a `.env`."""
    arguments = [part for profile in profiles for part in ("--profile", profile)]
    command = [*docker_compose, *arguments, "config"]
    clean = {name: value for name, value in os.environ.items() if name not in settings()}
    result = subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    return dict(yaml.safe_load(result.stdout))


def ports(configured: dict[str, Any], service: str) -> list[str]:
    """As HOST:PORT:CONTAINER, whichever form docker-compose writes them in."""
    found = configured["services"][service].get("ports", [])
    return [
        it.removesuffix("/tcp") if isinstance(it, str) else f"{it['host_ip']}:{it['published']}:{it['target']}"
        for it in found
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_docker_compose_accepts_the_profile(docker_compose: list[str], profile: str) -> None:
    assert profile in config(docker_compose, profile)["services"]


def test_docker_compose_accepts_all_profiles_at_once(docker_compose: list[str]) -> None:
    assert config(docker_compose, *PROFILES)["services"].keys() == services().keys()


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.folder.name)
def test_a_layer_has_a_profile_and_is_published_on_this_machine_only(docker_compose: list[str], layer: Layer) -> None:
    name = f"layer{layer.number}"
    configured = config(docker_compose, name)
    assert configured["services"][name]["build"]["dockerfile"] == f"{layer.folder.name}/Dockerfile"
    assert ports(configured, name) == ["127.0.0.1:8000:8000"]
    chosen = config(docker_compose, name, BIND_ADDRESS="0.0.0.0", PORT="9000")
    assert ports(chosen, name) == ["0.0.0.0:9000:8000"]


def test_a_setting_goes_from_the_environment_into_the_container(docker_compose: list[str]) -> None:
    configured = config(docker_compose, "layer1", API_KEY="a key", OLLAMA_URL="http://host.docker.internal:11434")
    environment = configured["services"]["layer1"]["environment"]
    assert environment["API_KEY"] == "a key"
    assert environment["OLLAMA_URL"] == "http://host.docker.internal:11434"


def test_every_setting_reaches_the_newest_layer() -> None:
    newest = services()[f"layer{LAYERS[-1].number}"]["environment"]
    elsewhere = {name for it in services().values() for name in it.get("environment", {})} - newest.keys()
    for_docker = variables(COMPOSE.read_text()) | elsewhere
    assert settings() - newest.keys() - for_docker - OF_THE_IMAGE - OF_COMPOSE == set(), (
        "name them in docker-compose.yml"
    )


def test_the_example_file_starts_the_newest_layer_without_a_profile() -> None:
    assert dotenv_values(ENV_EXAMPLE)["COMPOSE_PROFILES"] == f"layer{LAYERS[-1].number}"


def test_everything_that_docker_compose_asks_for_is_explained() -> None:
    handed_on = {
        name for it in services().values() for name, value in it.get("environment", {}).items() if value is None
    }
    assert (variables(COMPOSE.read_text()) | handed_on) - settings() == set(), f"explain them in {ENV_EXAMPLE.name}"


def test_only_layers_are_published() -> None:
    published = {name for name, it in services().items() if "ports" in it}
    assert published == {f"layer{layer.number}" for layer in LAYERS}


@each_service
def test_an_image_has_a_version_and_no_registry_of_its_own(service: dict[str, Any]) -> None:
    name, _, tag = service["image"].partition(":")
    assert not re.match(r"[^/]*[.:][^/]*/|localhost/", service["image"])
    assert ("build" in service) != (tag not in ("", "latest")), f"{name}: built here, or pinned"


@each_service
def test_all_data_lies_on_named_volumes(service: dict[str, Any]) -> None:
    mounts = dict(it.split(":")[:2] for it in service["volumes"])
    assert mounts.keys() <= yaml.safe_load(COMPOSE.read_text())["volumes"].keys()
    kind = re.sub(r"^.*/|:.*$|-layer\d+$", "", service["image"])
    assert set(mounts.values()) == DATA[kind]


def test_no_volume_is_used_twice_and_none_is_idle() -> None:
    used = [volume.split(":")[0] for it in services().values() for volume in it["volumes"]]
    assert sorted(used) == sorted(yaml.safe_load(COMPOSE.read_text())["volumes"])


@each_service
def test_a_service_comes_back_is_checked_and_gains_no_privileges(service: dict[str, Any]) -> None:
    assert service["restart"] == "unless-stopped"
    assert "build" in service or service["healthcheck"]["test"][0] == "CMD"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.folder.name)
def test_a_layer_writes_to_its_volume_and_to_memory_only(layer: Layer) -> None:
    service = services()[f"layer{layer.number}"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["init"] is True
    assert [it.partition(":")[0] for it in service["tmpfs"]] == ["/tmp"]


@each_service
def test_a_layer_waits_until_its_stores_are_healthy(service: dict[str, Any]) -> None:
    for name, how in service.get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert services()[name]["profiles"] == service["profiles"]
        assert services()[name]["networks"] == ["stores"]
