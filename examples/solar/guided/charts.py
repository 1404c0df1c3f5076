"""The drawings of the guided journey as SVG, without styles of their own.

Knows numbers and words; knows nothing of where they come from. The pages' policy allows no inline style, so
there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from markupsafe import Markup, escape

Number = Callable[..., str]

_GREEN, _CLAY, _SUN, _INK = "#5d8f6f", "#c9694e", "#f4b41a", "#17332b"
_BAR: Final = '<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{r}" fill="{fill}"/>'


def bar(x: float, y: float, w: float, h: float, fill: str, r: int = 5) -> str:
    return _BAR.format(x=x, y=y, w=max(w, 0), h=max(h, 0), r=r, fill=fill)


def text(x: float, y: float, words: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(words)}</text>'


def svg(size: tuple[int, int], label: str, parts: Sequence[str], kind: str = "chart") -> Markup:
    box = f"0 0 {size[0]} {size[1]}"
    head = f'<svg class="{kind}" viewBox="{box}" role="img" aria-label="{escape(label)}">'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every text in the parts is escaped


def fall(label: str, parts: Sequence[tuple[str, float]], total: tuple[str, float], n: Number) -> Markup:
    """What an expected value is made of: the parts add up to the last bar."""
    reach = [0.0]
    for _, value in parts:
        reach.append(reach[-1] + value)
    low, high = min(*reach, 0.0), max(*reach, 0.0)
    scale = 180 / ((high - low) or 1)
    drawn, y = [], 6
    for (words, value), begin in zip(parts, reach, strict=False):
        x = 150 + (min(begin, begin + value) - low) * scale
        drawn.append(text(0, y + 12, words))
        drawn.append(bar(x, y, max(abs(value) * scale, 2), 16, _GREEN if value >= 0 else _CLAY, 3))
        drawn.append(text(392, y + 12, f"{'+' if value >= 0 else '−'} {n(abs(value), 2)}", 'class="v"'))
        y += 25
    drawn.append(f'<path d="M0 {y - 2.5}H392" stroke="{_INK}" stroke-width="1.5"/>')
    x = 150 + (min(0.0, total[1]) - low) * scale
    drawn.append(text(0, y + 17, total[0], 'font-weight="700"'))
    drawn.append(bar(x, y + 4, max(abs(total[1]) * scale, 2), 17, _SUN, 3))
    drawn.append(text(392, y + 17, f"{n(total[1], 2)} EUR", 'class="v"'))
    return svg((394, y + 28), label, drawn, "fall")


def named(name: str, x: float, width: float, fill: str) -> str:
    """A bar that the page's script finds."""
    return f'<rect id="{name}" x="{x:.0f}" y="8" width="{width:.0f}" height="34" rx="7" fill="{fill}"/>'


def split(label: str, own: tuple[float, str, str], sold: tuple[float, str, str]) -> Markup:
    """Two amounts as one bar, with a line of words below each."""
    cut = 620 * own[0] / ((own[0] + sold[0]) or 1)
    end = 'text-anchor="end"'
    return svg(
        (620, 100),
        label,
        [
            named("b-own", 0, max(cut - 2, 0), "#2f5d4e"),
            named("b-fed", cut + 2, max(618 - cut, 0), _SUN),
            f'<text x="0" y="66" class="strong" id="t-own">{escape(own[1])}</text>',
            f'<text x="0" y="88" id="k-own">{escape(own[2])}</text>',
            f'<text x="620" y="66" {end} class="strong" id="t-fed">{escape(sold[1])}</text>',
            f'<text x="620" y="88" {end} id="k-fed">{escape(sold[2])}</text>',
        ],
        "chart split",
    )


def year(label: str, made: Sequence[float], use: float, months: Sequence[str]) -> Markup:
    """Yield month by month as bars, use as a line."""
    most = max([*made, use / 12]) or 1
    parts = ['<path d="M30 214H690" stroke="#d8ccb0"/>']
    for m, value in enumerate(made):
        x, h = 44 + 54 * m, 182 * value / most
        parts.append(bar(x, 214 - h, 36, h, _SUN))
        parts.append(text(x + 18, 234, months[m], 'text-anchor="middle"'))
        if h > 24:
            parts.append(text(x + 18, 205, f"{value:.0f}", 'text-anchor="middle" class="inbar"'))
    level = 214 - 182 * use / 12 / most
    parts.append(f'<path d="M36 {level:.1f}H684" stroke="{_INK}" stroke-width="2.5" stroke-dasharray="7 5"/>')
    return svg((700, 250), label, parts)


def instalments(
    label: str, saving: Sequence[float], rate: float, months: Sequence[str], rate_words: str
) -> Markup:
    """Saving of each month against the rate; months that cost have a sign."""
    most, parts = max([*saving, rate]) or 1, []
    for m, value in enumerate(saving):
        x, h, left = 4 + 38 * m, 150 * value / most, round(value) - round(rate)
        parts.append(bar(x, 180 - h, 30, h, "#2f5d4e" if left >= 0 else _CLAY))
        parts.append(text(x + 15, 199, months[m], 'text-anchor="middle"'))
        y, kind = (180 - h - 6, "strong") if left >= 0 else (172, "inv")
        sign = "+" if left >= 0 else "−"
        parts.append(text(x + 15, y, f"{sign}{abs(left)}", f'text-anchor="middle" class="{kind}"'))
    level = 180 - 150 * rate / most
    parts.append(f'<path d="M0 {level:.1f}H460" stroke="{_SUN}" stroke-width="3" stroke-dasharray="8 5"/>')
    parts.append(bar(2, level - 32, 92, 24, _SUN, 12))
    parts.append(text(48, level - 15.5, rate_words, 'text-anchor="middle" class="strong"'))
    return svg((460, 204), label, parts)


def promised(label: str, rows: Sequence[tuple[str, float, float]]) -> Markup:
    """Harvested against promised: a bar, and the promise as a stroke."""
    most, parts = max([1.0, *(v for _, *both in rows for v in both)]), []
    for i, (month, got, wanted) in enumerate(rows):
        y = 8 + 40 * i
        parts.append(text(0, y + 14, month, 'class="strong"'))
        parts.append(bar(56, y, 290 * got / most, 19, _SUN))
        x = 56 + 290 * wanted / most
        parts.append(f'<path d="M{x:.0f} {y - 4}v27" stroke="{_INK}" stroke-width="2.5"/>')
        parts.append(text(470, y + 14, f"{got:.0f} / {wanted:.0f}", 'text-anchor="end" class="strong"'))
    return svg((472, 40 * len(rows)), label, parts)


Reading = Sequence[float]


def readings(quarters: Sequence[Sequence[Any]]) -> list[list[Reading]]:
    """The quarter hours that the meter told, in runs without a gap."""
    runs: list[list[Reading]] = [[]]
    for quarter in quarters:
        if quarter[1] is None or quarter[2] is None:
            runs.append([])
        else:
            runs[-1].append(quarter)
    return [run for run in runs if run]


def gaps(quarters: Sequence[Sequence[Any]]) -> list[tuple[float, float]]:
    """From when until when, in hours, the meter told nothing."""
    found: list[tuple[float, float]] = []
    for hour, made, used in quarters:
        if made is None or used is None:
            if found and found[-1][1] == hour:
                found[-1] = (found[-1][0], hour + 0.25)
            else:
                found.append((hour, hour + 0.25))
    return found


def day(label: str, quarters: Sequence[Sequence[float]]) -> Markup:
    """A day in quarter hours: [hour, made, used]; where the meter told nothing both are None, and a gap."""
    runs = readings(quarters)
    most = max((made for run in runs for _, made, _ in run), default=0) or 1

    def x(hour: float) -> float:
        return 30 + 700 * hour / 24

    def line(values: Sequence[tuple[float, float]]) -> str:
        return "L".join(f"{x(hour):.1f} {350 - 310 * value / most:.1f}" for hour, value in values)

    parts = []
    for run in runs:
        begin, end = x(run[0][0]), x(run[-1][0])
        made = line([(h, g) for h, g, _ in run])
        at_home = line([(h, min(g, u)) for h, g, u in run])
        used = line([(h, u) for h, _, u in run])
        parts += [
            f'<path d="M{begin:.1f} 350L{made}L{end:.1f} 350Z" fill="#fbe3a0"/>',
            f'<path d="M{begin:.1f} 350L{at_home}L{end:.1f} 350Z" fill="#2f5d4e" opacity=".85"/>',
            f'<path d="M{made}" fill="none" stroke="#d99a06" stroke-width="3"/>',
            f'<path d="M{used}" fill="none" stroke="{_INK}" stroke-width="2" stroke-dasharray="4 4"/>',
        ]
    parts.append('<path d="M30 350H730" stroke="#d8ccb0"/>')
    parts += [
        f'<rect class="gap" x="{x(begin):.1f}" y="40" width="{x(end) - x(begin):.1f}" height="310"'
        f' fill="none" stroke="{_INK}" stroke-dasharray="2 5" opacity=".5"/>'
        for begin, end in gaps(quarters)
    ]
    parts += [text(30 + 700 * h / 24, 376, f"{h}", 'text-anchor="middle"') for h in range(0, 25, 3)]
    return svg((760, 390), label, parts)
