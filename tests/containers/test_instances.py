"""Layer 6 in docker-compose: three instances behind HAProxy, which know only the role that row-level security binds."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from mystack.deploy.proxy import binary
from mystack.embedded import services as services_of
from mystack.project import ROOT, find_layer
from tests.containers.files import services
from tests.containers.test_compose import config

PROXY = "layer6-proxy"
CONFIGURATION = ROOT / "layer6_k8s" / "haproxy" / "haproxy.cfg"
INSTANCES = {"layer6", "layer6-b", "layer6-c"}
PASSWORDS = {"POSTGRES_PASSWORD": "of the owner", "POSTGRES_SERVICE_PASSWORD": "of_the_service"}


def test_the_proxy_knows_every_instance_by_its_name() -> None:
    known = re.findall(r"^  presetenv [ABC] ([\w-]+):8000$", CONFIGURATION.read_text(), re.MULTILINE)
    assert set(known) == INSTANCES == set(services()[PROXY]["depends_on"])
    assert set(re.findall(r'^  server \w "\$\{(\w)\}"$', CONFIGURATION.read_text(), re.MULTILINE)) == set("ABC")


def test_haproxy_accepts_the_configuration() -> None:
    done = subprocess.run([binary(), "-c", "-f", str(CONFIGURATION)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_proxy_reaches_the_instances_only_and_they_reach_the_stores() -> None:
    assert services()[PROXY]["networks"] == ["default"]
    assert all(services()[name]["networks"] == ["default", "stores"] for name in INSTANCES)


def test_only_the_migration_has_the_password_of_the_owner(docker_compose: list[str]) -> None:
    found = config(docker_compose, "layer6", **PASSWORDS)["services"]
    knowing = {name for name, each in found.items() if "of the owner" in (each.get("environment") or {}).values()}
    assert knowing & {name for name in found if name.startswith("layer6")} == {"layer6-migrate"}
    for name in [*INSTANCES, "layer6-worker"]:
        assert found[name]["environment"]["PGPASSWORD"] == "of_the_service"
        assert "DATABASE_OWNER_URL" not in found[name]["environment"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "postgresql://mystack_service:of_the_service@postgres:5432/mystack"),
        ({"DATABASE_URL": "postgresql://me:key@db/x"}, "postgresql://me:key@db/x"),
    ],
)
def test_the_migration_makes_the_role_with_its_own_password(
    docker_compose: list[str], given: dict[str, str], address: str
) -> None:
    service = config(docker_compose, "layer6", **PASSWORDS, **given)["services"]["layer6-migrate"]
    shell, option, script, name = service["entrypoint"]
    script = script.replace("$$", "$").replace("exec python -m api.entrypoints.migrate", 'printf "%s " "$DATABASE_URL"')
    told = {name: str(value) for name, value in service["environment"].items() if value is not None}
    command = [shell, option, script, name, "--expand"]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=True)
    assert done.stdout == f"{address} --expand "


def test_the_migration_makes_a_role_that_can_log_in_and_owns_nothing(docker_compose: list[str], tmp_path: Path) -> None:
    service = config(docker_compose, "layer6", **PASSWORDS)["services"]["layer6-migrate"]
    *shell, script, name = service["entrypoint"]
    told = {key: str(value) for key, value in service["environment"].items() if value is not None}
    with services_of(3, tmp_path) as stores:
        at = urlsplit(stores["DATABASE_URL"])
        role, password, place = "made_by_the_job", PASSWORDS["POSTGRES_SERVICE_PASSWORD"], f"{at.hostname}:{at.port}"
        told |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PGPASSWORD": str(at.password)}
        told |= {"DATABASE_OWNER_URL": f"postgresql://postgres@{place}/mystack"}
        script = script.replace("$$", "$").replace("mystack_service", role).replace("postgres:5432", place)
        layer = find_layer(6).folder
        done = subprocess.run([*shell, script, name], cwd=layer, env=told, capture_output=True, text=True, check=False)
        assert (done.returncode, "the schema is now at" in done.stdout) == (0, True), done.stdout + done.stderr
        with psycopg.connect(f"postgresql://{role}:{password}@{place}/mystack") as connection:
            assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
            owned = connection.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user").fetchone()
    assert owned == (0,)


def test_an_instance_has_time_to_leave_the_proxy_and_to_finish(docker_compose: list[str]) -> None:
    checks = re.search(r"check inter (\d+)ms fall (\d+)", CONFIGURATION.read_text())
    assert checks
    seen = int(checks[1]) * int(checks[2]) / 1000
    for name in INSTANCES:
        found = config(docker_compose, "layer6")["services"][name]
        drain, stop = float(found["environment"]["DRAIN_SECONDS"]), 5.0  # the default of STOP_SECONDS
        assert seen < drain
        assert drain + stop < float(found["stop_grace_period"].removesuffix("s"))
        assert found["environment"]["PODS"] == str(len(INSTANCES))
