"""Run the server of models on this machine: `python -m serving.start [--port PORT] HOME`.

Ray's token is in HOME. With `--while-stdin` it ends with its standard input, and the line `update` there
replaces all replicas, one after the other.
"""

import argparse
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
REQUEST_SECONDS = 10
STORE_BYTES = 100_000_000
NAME = "models"
SHORT = "/tmp"  # noqa: S108 - a new folder in it, of this user only
"""Where Ray's files are while it runs: the path of a socket may have 107 characters, and Ray uses most of them."""


def settings(home: Path) -> dict[str, str]:
    """What Ray reads from the environment, before it is imported.

    Ray listens on all addresses of the machine whatever it is told, so nobody without the token gets in.
    """
    token = home / "token"
    if not token.is_file():
        token.touch(0o600)
        token.write_text(secrets.token_hex(32))
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_SERVE_QUEUE_LENGTH_RESPONSE_DEADLINE_S": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--host", default=HOST, help="address that requests are accepted on")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--backend", default="openvino-int8")
    parser.add_argument("--path", help="folder of the model")
    parser.add_argument("--while-stdin", action="store_true", help="end when standard input is closed")
    given = parser.parse_args()
    home = given.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(settings(home))
    signal.signal(signal.SIGTERM, _stop)
    with tempfile.TemporaryDirectory(prefix="mystack-ray-", dir=SHORT, ignore_cleanup_errors=True) as session:
        try:
            run(session, given)
        except KeyboardInterrupt:
            pass
        finally:
            stop()
    return 0


def run(session: str, given: argparse.Namespace) -> None:
    """Until standard input ends, or this process is interrupted."""
    import ray
    from ray import serve

    ray.init(
        num_cpus=max(4, 3 * given.replicas),
        include_dashboard=False,
        object_store_memory=STORE_BYTES,
        log_to_driver=False,
        _node_ip_address=HOST,
        _temp_dir=session,
    )
    serve.start(http_options={"host": given.host, "port": given.port, "request_timeout_s": REQUEST_SECONDS})
    args = {"backend": given.backend, "path": given.path, "replicas": given.replicas}
    deploy(args, 0)
    say(f"The models answer at http://{given.host}:{given.port}/v1")
    if not given.while_stdin:
        signal.pause()
    for version, line in enumerate(sys.stdin, 1):
        if line.strip() == "update":
            deploy(args, version)
            say(f"updated {version}")


def deploy(args: dict[str, Any], version: int) -> None:
    """Returns when all replicas are those of the version."""
    from ray import serve

    from serving.app import app

    serve.run(app(args | {"version": version}), name=NAME, route_prefix="/")


def stop() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "ray" in sys.modules:
        import ray
        from ray import serve

        if ray.is_initialized():  # otherwise `serve.shutdown` would start a cluster first
            serve.shutdown()
            ray.shutdown()


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - for who started it


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
