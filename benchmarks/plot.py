"""A plot of ratios as SVG, written by hand: dots on a logarithmic axis, one row per kernel."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

COLOURS = {"hand": "#2b2b2b", "srcad": "#d1495b", "jax": "#2e86ab", "torch": "#edae49", "autograd": "#8a9a5b"}
LEFT, WIDTH, ROW, TOP = 270, 620, 24, 56


def plot(rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """The text of an SVG file.

    Parameters
    ----------
    rows : sequence of (str, mapping of str to float)
        A kernel's name, and for each way to get its derivative the time in times of the primal's.
    """
    everything = [value for _, values in rows for value in values.values()]
    low, high = math.floor(math.log10(min(everything))), math.ceil(math.log10(max(everything)))
    height = TOP + ROW * len(rows) + 12

    def x(value: float) -> float:
        return LEFT + WIDTH * (math.log10(value) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 30}" height="{height}" font-family="sans-serif" '
           f'font-size="12">', f'<rect width="{LEFT + WIDTH + 30}" height="{height}" fill="white"/>']
    names = [name for name in COLOURS if any(name in values for _, values in rows)]
    for k, name in enumerate(names):
        out.append(f'<circle cx="{LEFT + 110 * k}" cy="16" r="5" fill="{COLOURS[name]}"/>'
                   f'<text x="{LEFT + 110 * k + 10}" y="20">{name}</text>')
    for power in range(low, high + 1):
        at = x(10.0**power)
        out.append(f'<line x1="{at:.1f}" y1="{TOP - 10}" x2="{at:.1f}" y2="{height - 8}" stroke="#dddddd"/>'
                   f'<text x="{at:.1f}" y="{TOP - 14}" text-anchor="middle" fill="#777777">{10.0**power:g} x</text>')
    for k, (kernel, values) in enumerate(rows):
        y = TOP + ROW * k + ROW / 2
        ends = [x(v) for v in values.values()]
        out.append(f'<text x="{LEFT - 14}" y="{y + 4:.1f}" text-anchor="end">{html.escape(kernel)}</text>'
                   f'<line x1="{min(ends):.1f}" y1="{y:.1f}" x2="{max(ends):.1f}" y2="{y:.1f}" stroke="#eeeeee"/>')
        for name in reversed(names):
            if name in values:
                out.append(f'<circle cx="{x(values[name]):.1f}" cy="{y:.1f}" r="5" fill="{COLOURS[name]}" fill-opacity="0.85">'
                           f'<title>{html.escape(kernel)}: {name} {values[name]:.2f} x</title></circle>')
    return "\n".join([*out, "</svg>", ""])
