"""The solar company's picture for mails: a roof with the panels of this customer, and what they save.

Where the own roof was drawn it is that roof from above, with the panels that site and mail count.

Pictures in general: docs/how-to/email-open-time.md.
"""

from __future__ import annotations

import json
import math
import textwrap
from typing import Any, Final

from babel.numbers import format_currency
from PIL import Image, ImageDraw

from nba_service.mail.pictures import Scene, font, plain_card, readable

from .aerial import aerial, shapes
from .roof import MOST_SHADE, figures, on_plan

MOST_PANELS: Final = 120
"""Drawn; larger roofs show so many, and the number says how many there are."""

_WORDS: Final = {
    "de": ("{panels} Module auf Ihrem Dach", "rund {saving} im Jahr"),
    "en": ("{panels} panels on your roof", "about {saving} a year"),
}
_SKY, _WALL, _ROOF, _PANEL, _LINE, _INK = "#dcebf7", "#f3e3c7", "#b5523b", "#1d3a6e", "#8fb0de", "#14213d"


def paint(scene: Scene) -> Image.Image:
    """The own roof from above, or a house from the front; without a known roof the plain card."""
    panels = scene.facts.get("panels")
    if panels is None:
        return plain_card(scene)
    plan = _plan(scene.attributes.get("roof_plan"))
    if plan is not None:
        picture = Image.new("RGB", scene.size, _WALL)
        found = shapes(plan, figures(plan)["spots"], on_plan, MOST_SHADE)
        picture.paste(aerial(found, (680, scene.size[1])), (0, 0))
        _words(ImageDraw.Draw(picture), scene, int(panels))
        return picture
    picture = Image.new("RGB", scene.size, _SKY)
    draw = ImageDraw.Draw(picture)
    width, height = scene.size
    draw.ellipse((width - 190, 40, width - 70, 160), fill="#f7c948")
    draw.rectangle((0, height - 70, width, height), fill="#a9c48a")
    draw.rectangle((120, 320, 620, height - 50), fill=_WALL)
    draw.rectangle((330, 420, 410, height - 50), fill="#7a5c3e")
    roof = (70, 110, 670, 330)
    draw.polygon([(150, 110), (590, 110), (670, 330), (70, 330)], fill=_ROOF)
    _panels(draw, int(panels), roof)
    _words(draw, scene, int(panels))
    return picture


def _plan(text: object) -> dict[str, Any] | None:
    """The house as it was drawn; None: it was not, or what is stored is no house."""
    try:
        plan = json.loads(str(text)) if text else None
        return plan if isinstance(plan, dict) and figures(plan)["panels"] else None
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _panels(draw: Any, panels: int, roof: tuple[int, int, int, int]) -> None:
    """As many as there are, in rows, with the slope of the roof."""
    shown = min(panels, MOST_PANELS)
    columns = math.ceil(math.sqrt(shown * 2.2))
    rows = math.ceil(shown / columns)
    left, top, right, bottom = roof
    for index in range(shown):
        row, column = divmod(index, columns)
        corners = [
            _on_roof(left, top, right, bottom, (column + dx) / columns, (row + dy) / rows)
            for dx, dy in ((0.06, 0.08), (0.94, 0.08), (0.94, 0.92), (0.06, 0.92))
        ]
        draw.polygon(corners, fill=_PANEL, outline=_LINE)


def _on_roof(left: int, top: int, right: int, bottom: int, across: float, down: float) -> tuple[float, float]:
    """A point of the roof; ``across`` and ``down`` from 0 to 1."""
    y = top + 14 + (bottom - top - 28) * down
    inset = 80 * (bottom - y) / (bottom - top) + 16
    return left + inset + (right - left - 2 * inset) * across, y


def _words(draw: Any, scene: Scene, panels: int) -> None:
    count, saved = _WORDS["de" if scene.locale.lower().startswith("de") else "en"]
    left, top = 710, 170
    big, middle, small = (font(size) for size in (54, 36, 26))
    saving = scene.facts.get("saving_per_year")
    if saving is not None:
        amount = format_currency(
            round(float(saving), -1),
            str(scene.facts.get("currency", "EUR")),
            format="#,##0 ¤¤",
            locale=scene.locale.replace("-", "_"),
            currency_digits=False,
        )
        for line in textwrap.wrap(readable(saved.format(saving=amount), big), 14):
            draw.text((left, top), line, fill=_INK, font=big)
            top += 78
    for line in textwrap.wrap(readable(count.format(panels=panels), middle), 20):
        draw.text((left, top + 12), line, fill=_INK, font=middle)
        top += 56
    draw.text((left, scene.size[1] - 130), readable(scene.company, small), fill="#52606d", font=small)
