"""Locust's environment and its users."""

import ast

from mystack.load.locust import DEFAULTS, FILE, FOLDER


def test_every_package_is_pinned_and_no_index_is_named() -> None:
    pins = [line for line in (FOLDER / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in pins)
    assert pins == sorted(pins, key=lambda pin: pin.partition("==")[0].lower())
    assert set((FOLDER / "requirements.txt").read_text().split()) <= set(pins)
    assert all("index-url" not in path.read_text() for path in FOLDER.iterdir())


def test_the_users_need_nothing_of_ours() -> None:
    tree = ast.parse(FILE.read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules | names == {"os", "random", "locust"}


def test_a_load_ends_by_itself() -> None:
    assert "--run-time" in DEFAULTS
