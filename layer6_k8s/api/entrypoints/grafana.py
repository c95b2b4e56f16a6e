"""Writes Grafana's dashboards from the list of panels: `python -m api.entrypoints.grafana` in the layer's folder."""

import json
from pathlib import Path

from api.services.dashboards.grafana import grafana
from api.services.dashboards.panels import DASHBOARDS

FOLDER = Path(__file__).parents[2] / "monitoring" / "grafana" / "dashboards"


def files() -> dict[str, str]:
    """The text of each file by its name."""
    return {
        f"{dashboard.name}.json": json.dumps(grafana(dashboard), indent=2, ensure_ascii=False) + "\n"
        for dashboard in DASHBOARDS
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
