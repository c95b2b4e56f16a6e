"""An application is there before anything that computes: the libraries of models are imported when one is needed."""

import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).resolve().parents[2]
MODEL_LIBRARIES = {"onnxruntime", "openai", "openvino", "sentence_transformers", "torch", "transformers"}
MAKE = """
import sys
from api.config import Settings
from api.main import create_app
create_app(Settings(_env_file=None))
print(*sys.modules)
"""


def test_the_application_is_made_without_a_library_of_models() -> None:
    done = subprocess.run([sys.executable, "-c", MAKE], cwd=LAYER, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "api.wiring" in loaded
    assert not loaded & MODEL_LIBRARIES
