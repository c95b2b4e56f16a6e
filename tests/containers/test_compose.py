"""docker-compose accepts every profile, and each service is safe to start and stop."""

import os
import re
import subprocess
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from mystack.project import ROOT, Layer, all_layers
from tests.containers.files import COMPOSE, ENV_EXAMPLE, front, services, settings, variables

LAYERS = all_layers()
PROFILES = sorted({profile for service in services().values() for profile in service["profiles"]})
DATA = {
    "mystack": {"/data"},
    "mongo": {"/data/db", "/data/configdb"},
    "qdrant": {"/qdrant/storage", "/qdrant/snapshots"},
    "pgvector": {"/var/lib/postgresql/data"},
    "ollama": {"/root/.ollama"},
    "redis": {"/data"},
    "mystack-airflow": {"/data"},
    "mystack-mlflow": {"/data"},
    "haproxy": set(),
    "prometheus": {"/prometheus"},
    "alertmanager": {"/alertmanager"},
    "grafana": {"/var/lib/grafana"},
}
"""The data folders of an image, by the last part of its name."""
BESIDE = {"airflow", "prometheus", "alertmanager", "grafana", "mlflow"}
"""Services with a page of their own."""
IMAGE_PATHS = {"GUIDES_PATH", "EMBEDDING_PATH", "QDRANT_PATH", "PRICES_PATH", "GATES_PATH"}
"""Settings that are paths inside the image; paths of the host would be meaningless."""
COMPOSE_SETTINGS = {"COMPOSE_PROFILES"}
"""Read by docker-compose itself."""
ONCE = {"layer6-migrate"}
"""Services that end by themselves, and keep nothing."""
PROXY = "layer6-proxy"
each_service = pytest.mark.parametrize("service", services().values(), ids=list(services()))


def config(docker_compose: list[str], *profiles: str, **environment: str) -> dict[str, Any]:
    """The output of `docker-compose config`, without a `.env`."""
    arguments = [part for profile in profiles for part in ("--profile", profile)]
    command = [*docker_compose, *arguments, "config"]
    clean = {name: value for name, value in os.environ.items() if name not in settings()}
    result = subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    return dict(yaml.safe_load(result.stdout))


def ports(configured: dict[str, Any], service: str) -> list[str]:
    """The ports as HOST:PORT:CONTAINER, from the short or the long syntax."""
    found = configured["services"][service].get("ports", [])
    return [
        port.removesuffix("/tcp")
        if isinstance(port, str)
        else f"{port['host_ip']}:{port['published']}:{port['target']}"
        for port in found
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_docker_compose_accepts_the_profile(docker_compose: list[str], profile: str) -> None:
    assert profile in config(docker_compose, profile)["services"]


def test_docker_compose_accepts_all_profiles_at_once(docker_compose: list[str]) -> None:
    assert config(docker_compose, *PROFILES)["services"].keys() == services().keys()


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.folder.name)
def test_each_layer_has_a_profile_and_is_published_on_loopback_by_default(
    docker_compose: list[str], layer: Layer
) -> None:
    name = f"layer{layer.number}"
    configured = config(docker_compose, name)
    assert configured["services"][name]["build"]["dockerfile"] == f"{layer.folder.name}/Dockerfile"
    assert ports(configured, front(name)) == ["127.0.0.1:8000:8000"]
    changed = config(docker_compose, name, BIND_ADDRESS="0.0.0.0", PORT="9000")
    assert ports(changed, front(name)) == ["0.0.0.0:9000:8000"]


def test_a_setting_is_passed_from_the_environment_to_the_container(docker_compose: list[str]) -> None:
    configured = config(docker_compose, "layer1", API_KEY="a key", OLLAMA_URL="http://host.docker.internal:11434")
    environment = configured["services"]["layer1"]["environment"]
    assert environment["API_KEY"] == "a key"
    assert environment["OLLAMA_URL"] == "http://host.docker.internal:11434"


def test_every_setting_reaches_the_newest_layer() -> None:
    newest = services()[f"layer{LAYERS[-1].number}"]["environment"]
    elsewhere = {name for service in services().values() for name in service.get("environment", {})} - newest.keys()
    for_compose = variables(COMPOSE.read_text()) | elsewhere | COMPOSE_SETTINGS
    assert settings() - newest.keys() - for_compose - IMAGE_PATHS == set(), "add them to docker-compose.yml"


def test_the_example_file_starts_the_newest_layer_without_a_profile() -> None:
    assert dotenv_values(ENV_EXAMPLE)["COMPOSE_PROFILES"] == f"layer{LAYERS[-1].number}"


def test_every_variable_of_docker_compose_is_in_the_example_file() -> None:
    environments = [service.get("environment", {}) for service in services().values()]
    passed_through = {name for names in environments for name, value in names.items() if value is None}
    assert (variables(COMPOSE.read_text()) | passed_through) - settings() == set(), f"add them to {ENV_EXAMPLE.name}"


def test_only_layers_are_published_and_what_is_beside_them_on_this_machine() -> None:
    published = {name for name, service in services().items() if "ports" in service}
    assert published - BESIDE == {front(f"layer{layer.number}") for layer in LAYERS}
    for name in published & BESIDE:
        [port] = services()[name]["ports"]
        assert port.startswith("127.0.0.1:"), "nobody logs in there"


@each_service
def test_an_image_has_a_version_and_no_registry(service: dict[str, Any]) -> None:
    name, _, tag = service["image"].partition(":")
    assert not re.match(r"[^/]*[.:][^/]*/|localhost/", service["image"])
    assert ("build" in service) != (tag not in ("", "latest")), f"{name}: either built here or pinned"


def named_volumes(service: dict[str, Any]) -> list[str]:
    return [volume for volume in service["volumes"] if not volume.startswith("./")]


@each_service
def test_files_of_this_repository_are_mounted_to_be_read_only(service: dict[str, Any]) -> None:
    for volume in set(service["volumes"]) - set(named_volumes(service)):
        assert volume.endswith(":ro")
        assert (ROOT / volume.partition(":")[0]).is_dir()


@each_service
def test_all_data_is_on_named_volumes(service: dict[str, Any]) -> None:
    mounts = dict(volume.split(":")[:2] for volume in named_volumes(service))
    assert mounts.keys() <= yaml.safe_load(COMPOSE.read_text())["volumes"].keys()
    image = re.sub(r"^.*/|:.*$|-layer\d+$", "", service["image"])
    assert set(mounts.values()) == (set() if service in once() else DATA[image])


def once() -> list[dict[str, Any]]:
    return [service for name, service in services().items() if name in ONCE]


def test_every_volume_is_used_exactly_once() -> None:
    used = [volume.split(":")[0] for service in services().values() for volume in named_volumes(service)]
    assert sorted(used) == sorted(yaml.safe_load(COMPOSE.read_text())["volumes"])


@each_service
def test_a_service_restarts_has_a_health_check_and_gains_no_privileges(service: dict[str, Any]) -> None:
    assert service["restart"] == ("no" if service in once() else "unless-stopped")
    assert "build" in service or service["healthcheck"]["test"][0] == "CMD"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", [name for name in services() if re.match("layer", name) and name != PROXY])
def test_a_layer_and_its_worker_can_write_only_to_their_volume_and_to_memory(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["init"] is True
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]


@pytest.mark.parametrize("name", [name for name in services() if name != PROXY])
def test_a_layer_waits_until_its_stores_are_healthy_and_migrated(name: str) -> None:
    service = services()[name]
    for needed, condition in service.get("depends_on", {}).items():
        waited = "service_completed_successfully" if needed in ONCE else "service_healthy"
        assert condition == {"condition": waited}
        assert set(service["profiles"]) <= set(services()[needed]["profiles"])
        assert needed in ONCE or services()[needed]["networks"] == ["stores"]
