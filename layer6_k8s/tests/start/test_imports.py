"""Creating the application imports no model library; each is imported when a model is first used."""

import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).resolve().parents[2]
MODEL_LIBRARIES = {"onnxruntime", "openai", "openvino", "sentence_transformers", "torch", "transformers"}
CREATE = """
import sys
from api.config import Settings
from api.main import create_app
create_app(Settings(_env_file=None))
print(*sys.modules)
"""


def test_creating_the_application_imports_no_model_library() -> None:
    result = subprocess.run([sys.executable, "-c", CREATE], cwd=LAYER, capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert "api.wiring" in loaded
    assert not loaded & MODEL_LIBRARIES
