"""Search latency and index size by the number of chunks: two curves in one SVG."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 34
PANELS = (
    ("hybrid search, {:,} chunks, p95", "search, p95 in ms"),
    ("HNSW index, {:,} chunks", "HNSW index in MB"),
)
STYLE = """
    svg { background: #fff; font: 12px system-ui, sans-serif; }
    text { fill: #334; } .title { font-weight: 600; } .axis { stroke: #99a; } .grid { stroke: #dde; }
    polyline { fill: none; stroke: #2563eb; stroke-width: 2; } circle { fill: #2563eb; }
"""


def growth(measured: Mapping[str, float], sizes: Sequence[int], file: Path) -> Path:
    """Draw the SVG; `measured` holds the metrics by name."""
    panels = [
        _panel(title, sizes, [measured[name.format(size)] for size in sizes], number * WIDTH)
        for number, (name, title) in enumerate(PANELS)
    ]
    whole = f'viewBox="0 0 {len(PANELS) * WIDTH} {HEIGHT}"'
    described = "; ".join(f"{title}: {', '.join(_values(measured, name, sizes))}" for name, title in PANELS)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {whole} role="img" aria-label="{described}">'
    file.write_text("\n".join([head, f"<style>{STYLE}</style>", *panels, "</svg>"]) + "\n", encoding="utf-8")
    return file


def _values(measured: Mapping[str, float], name: str, sizes: Sequence[int]) -> list[str]:
    return [f"{measured[name.format(size)]:,.1f} at {size:,} chunks" for size in sizes]


def _panel(title: str, sizes: Sequence[int], values: Sequence[float], x0: int) -> str:
    """One curve; both axes are logarithmic."""
    low, high = 10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values) * 1.01))

    def x(size: float) -> float:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return x0 + LEFT + share * (WIDTH - LEFT - RIGHT - 24) + 12

    def y(value: float) -> float:
        share = math.log(value / low) / math.log(high / low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    left, right = x0 + LEFT, x0 + WIDTH - RIGHT
    parts = [f'<text class="title" x="{left}" y="20">{title}</text>']
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        at = y(10.0**power)
        parts += [
            f'<line class="grid" x1="{left}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>',
            f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>',
        ]
    parts.append(f'<line class="axis" x1="{left}" y1="{y(low)}" x2="{right}" y2="{y(low)}"/>')
    points = [(x(size), y(value)) for size, value in zip(sizes, values, strict=True)]
    parts.append(f'<polyline points="{" ".join(f"{px:.1f},{py:.1f}" for px, py in points)}"/>')
    for (px, py), size, value in zip(points, sizes, values, strict=True):
        parts += [
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5"/>',
            f'<text x="{px:.1f}" y="{py - 8:.1f}" text-anchor="middle">{value:,.1f}</text>',
            f'<text x="{px:.1f}" y="{HEIGHT - 14}" text-anchor="middle">{size:,}</text>',
        ]
    return "\n".join(parts)
