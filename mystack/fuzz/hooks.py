"""What Schemathesis reads differently from code generators. Its configuration and tests/fuzz import this module."""

from typing import Any

import schemathesis


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Check each server-sent event: Schemathesis compares it with the schema of the body, which is a text."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                for media in response.get("content", {}).values():
                    if "x-event-schema" in media:
                        media["schema"] = media["x-event-schema"]
