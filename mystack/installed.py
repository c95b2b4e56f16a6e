"""Whether a layer's dependencies are installed."""

import re
from importlib.metadata import PackageNotFoundError, distribution

from mystack.project import Layer, Refusal


def require_dependencies(layer: Layer) -> None:
    """Refuse to continue if a direct dependency of the layer is missing."""
    lines = (layer.folder / "requirements.txt").read_text().splitlines()
    names = [match[0] for line in lines if (match := re.match(r"[A-Za-z0-9_.-]+", line))]
    missing = [name for name in names if not _installed(name)]
    if missing:
        raise Refusal(
            f"layer {layer.number} needs {', '.join(missing)}: run `make run LAYER={layer.number}`, which installs it,"
            f" or pip install -c constraints.txt -e '.[{layer.extra}]'"
        )


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
