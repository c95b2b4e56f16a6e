"""The webhook that Alertmanager posts alerts to, and an alert as a sentence."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def receiving(say: Callable[[dict[str, Any]], None]) -> Iterator[str]:
    """The address of a webhook that passes each alert on."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                say(alert)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def sentence(alert: dict[str, Any]) -> str:
    """An alert of Alertmanager's webhook in one line."""
    name, severity = alert["labels"]["alertname"], alert["labels"].get("severity", "")
    if alert["status"] == "resolved":
        return f"over    {name}"
    notes = alert["annotations"]
    return f"{severity:<7} {name}: {notes.get('summary', '')}. {notes.get('description', '')}".rstrip()
