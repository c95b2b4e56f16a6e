"""Whether this Python holds what a layer needs."""

import re
from importlib.metadata import PackageNotFoundError, distribution

from mystack.project import Layer, Refusal


def require_dependencies(layer: Layer) -> None:
    """Refuse to go on without a layer's direct dependencies, and say how to get them."""
    lines = (layer.folder / "requirements.txt").read_text().splitlines()
    names = [match[0] for line in lines if (match := re.match(r"[A-Za-z0-9_.-]+", line))]
    missing = [name for name in names if not _installed(name)]
    if missing:
        raise Refusal(
            f"layer {layer.number} needs {', '.join(missing)}, not installed here:"
            f" `make run LAYER={layer.number}` installs it, or pip install -c constraints.txt -e '.[{layer.extra}]'"
        )


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
