"""Pictures for mails.

Painted by the company's own code, or a plain card with the words. A company brings a function ``paint(scene)
-> PIL.Image.Image`` in a Python module of its own (setting ``NBA_PICTURES``, or an entry point
``nba.pictures``); never in a request or a journey file. One that fails is logged, and the plain card is
shown.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import structlog

from models.domain.actions import NOTHING
from nba_service.content.fact_loading import load_module
from nba_service.errors import PicturesError
from nba_service.mail.markup import HEIGHT, WIDTH

if TYPE_CHECKING:
    from PIL import Image, ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

ENTRY_POINTS: Final = "nba.pictures"
ATTRIBUTE: Final = "paint"
MOST_BYTES: Final = 100_000
_KEPT_PLAIN: Final = 64

_FONTS: Final = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")
_OWN_FONT: Final = "Aileron"
_SPELLED: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"} | {
    "€": "EUR",
    "£": "GBP",
    "–": "-",
    "—": "-",
    "’": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "…": "...",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a picture can show.

    Texts of the chosen action, and what is known of the customer. ``attributes`` and ``facts`` are empty if
    the customer may not be profiled. ``size``: width and height in pixels, twice what the mail shows, for
    sharp screens.
    """

    title: str
    body: str
    action: str
    company: str
    locale: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    now: datetime | None = None
    size: tuple[int, int] = (2 * WIDTH, 2 * HEIGHT)


Painter = Callable[[Scene], "Image.Image"]


def load_painter(source: str | None) -> Painter | None:
    """The painter of ``source`` or of an installed package; None: nobody brings one.

    Raises:
        PicturesError: it cannot be imported, or has no function ``paint``.
    """
    try:
        if source is not None:
            return _painter(getattr(load_module(source), ATTRIBUTE))
        for point in entry_points(group=ENTRY_POINTS):
            return _painter(point.load())
    except Exception as error:
        raise PicturesError(
            f"{source or ENTRY_POINTS}: expected a module with a function {ATTRIBUTE}, got"
            f" {type(error).__name__}: {error}. Check NBA_PICTURES and that the module is installed."
        ) from error
    return None


def painted(scene: Scene, painter: Painter | None) -> bytes:
    """The picture as PNG, below 100,000 bytes.

    Raises:
        PicturesError: Pillow is not installed.
    """
    if painter is not None:
        try:
            return png(painter(scene))
        except Exception as error:  # a company's code must not break a mail
            log.warning("picture_failed", error=type(error).__name__, action=scene.action)
    return plain_picture(scene.title, scene.company, scene.size)


@lru_cache(maxsize=_KEPT_PLAIN)
def plain_picture(title: str, company: str, size: tuple[int, int]) -> bytes:
    """The plain card as PNG; drawn once for the same words, since anybody may ask for it.

    Raises:
        PicturesError: Pillow is not installed.
    """
    scene = Scene(title=title, body="", action=NOTHING, company=company, locale="en", size=size)
    return png(plain_card(scene))


def png(picture: Image.Image) -> bytes:
    """Encoded with as many colours as fit into ``MOST_BYTES``; smaller if even few do not."""
    picture = picture.convert("RGB")
    for colours in (256, 64, 16):
        data = _encoded(picture, colours)
        if len(data) < MOST_BYTES:
            return data
    while len(data) >= MOST_BYTES:
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))
        data = _encoded(picture, 16)
    return data


def plain_card(scene: Scene) -> Image.Image:
    """The title on a calm ground, and whose it is."""
    _need_pillow()
    from PIL import Image, ImageDraw

    large, small = font(52), font(28)
    width, height = scene.size
    card = Image.new("RGB", scene.size, "#f4f1ea")
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, width, 16), fill="#14213d")
    lines = textwrap.wrap(readable(scene.title, large), 34)[:4]
    top = (height - 76 * len(lines)) / 2
    for index, line in enumerate(lines):
        draw.text((72, top + 76 * index), line, fill="#14213d", font=large)
    draw.text((72, height - 76), readable(scene.company, small), fill="#6b7280", font=small)
    return card


def font(size: int) -> Font:
    """A font with European letters, from the system; else Pillow's own, which knows ASCII (``readable``)."""
    _need_pillow()
    from PIL import ImageFont

    for name in _FONTS:
        with suppress(OSError):
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


def readable(text: str, chosen: Font) -> str:
    """The text in letters that a font has: as it is, or spelled in ASCII for Pillow's own font."""
    if not _is_own(chosen):
        return text
    spelled = "".join(_SPELLED.get(letter, letter) for letter in text)
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()


def _is_own(chosen: Font) -> bool:
    """Whether this is the font that comes with Pillow."""
    from PIL import ImageFont

    return not isinstance(chosen, ImageFont.FreeTypeFont) or chosen.getname()[0] == _OWN_FONT


def _encoded(picture: Image.Image, colours: int) -> bytes:
    out = io.BytesIO()
    picture.quantize(colours).save(out, "PNG", optimize=True)
    return out.getvalue()


def _painter(paint: object) -> Painter:
    if not callable(paint):
        raise TypeError(f"{ATTRIBUTE} is no function")
    return paint


def _need_pillow() -> None:
    if find_spec("PIL") is None:
        raise PicturesError("Expected Pillow for pictures, got none: pip install -e '.[images]'.")
