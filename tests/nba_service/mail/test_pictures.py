"""Pictures: the company's own, small, the same each time; a plain card when they fail."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nba_service.content.fact_loading import load_facts
from nba_service.errors import PicturesError
from nba_service.mail import pictures
from nba_service.mail.pictures import MOST_BYTES, Scene, load_painter, painted, png

ROOT = Path(__file__).parents[3]
SOLAR = ROOT / "examples" / "solar"
ROOF = {
    "roof_area_m2": 64,
    "roof_pitch_deg": 35,
    "roof_orientation": "s",
    "latitude": 47.4,
    "annual_kwh": 5200,
    "country": "ch",
}


def scene(attributes: dict[str, Any], locale: str = "de-CH") -> Scene:
    facts = load_facts((str(SOLAR / "facts.py"),)).about(attributes, datetime(2026, 11, 20, tzinfo=UTC))
    return Scene(
        title="Fünf Fragen",
        body="",
        action="roof_picture",
        company="Sonnenhof Solar",
        locale=locale,
        attributes=attributes,
        facts=facts,
    )


def blue(data: bytes) -> int:
    """How many pixels of a picture are panels."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return sum(n for n, (r, g, b) in picture.getcolors(1 << 20) if b > 90 and b > 2 * r and b > g + 30)


def test_the_roof_has_this_customers_panels() -> None:
    paint = load_painter(str(SOLAR / "pictures.py"))
    small, large = (painted(scene({**ROOF, "roof_area_m2": area}), paint) for area in (64, 66))
    assert small == painted(scene(ROOF), paint)
    assert small != large
    assert blue(small) > 20_000
    assert max(len(small), len(large)) < MOST_BYTES


@pytest.mark.parametrize("locale", ["de-AT", "en", "fr-CH", "de_CH", "ja"])
@pytest.mark.parametrize("area", [8, 2000])
def test_every_roof_and_language_makes_a_picture(area: int, locale: str) -> None:
    paint = load_painter(str(SOLAR / "pictures.py"))
    assert paint is not None
    assert len(png(paint(scene({**ROOF, "roof_area_m2": area}, locale)))) < MOST_BYTES


def test_the_own_roof_is_shown_from_above() -> None:
    paint = load_painter(str(SOLAR / "pictures.py"))
    house = json.loads((SOLAR / "guided" / "house.json").read_text())
    plan = {**{k: v for k, v in house.items() if k != "customer"}}
    drawn = painted(scene({**ROOF, "roof_plan": json.dumps(plan)}), paint)
    turned = painted(scene({**ROOF, "roof_plan": json.dumps({**plan, "azimuth_deg": 150})}), paint)

    assert len({drawn, turned, painted(scene(ROOF), paint)}) == 3
    assert max(len(drawn), len(turned)) < MOST_BYTES
    assert painted(scene({**ROOF, "roof_plan": "no house"}), paint) == painted(scene(ROOF), paint)


def test_without_a_roof_it_is_the_plain_card() -> None:
    paint = load_painter(str(SOLAR / "pictures.py"))
    assert painted(scene({}), paint) == painted(scene({}), None)


def test_a_painter_that_fails_shows_the_plain_card(tmp_path: Path) -> None:
    source = tmp_path / "broken.py"
    source.write_text("def paint(scene):\n    return 1 / 0\n")
    assert painted(scene(ROOF), load_painter(str(source))) == painted(scene(ROOF), None)


@pytest.mark.parametrize("text", ["", "paint = 3", "import no_such_module", "paint ="])
def test_a_module_without_a_painter_is_refused(tmp_path: Path, text: str) -> None:
    source = tmp_path / "wrong.py"
    source.write_text(text)
    with pytest.raises(PicturesError, match="NBA_PICTURES"):
        load_painter(str(source))


def test_the_busiest_picture_fits() -> None:
    noise = Image.effect_noise((1200, 600), 200).convert("RGB")
    assert len(png(noise)) < MOST_BYTES


def test_without_a_system_font_words_are_spelled_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_FONTS", ())
    assert pictures.readable("Grüße für 3 €", pictures.font(20)) == "Gruesse fuer 3 EUR"


def test_the_plain_card_is_drawn_once_for_the_same_words() -> None:
    """A wrong token shows it to anybody, as often as they like: 44 ms of CPU each time before."""
    scene = Scene(title="Hello", body="", action="nothing", company="Tiny", locale="en")
    pictures.plain_picture.cache_clear()

    assert painted(scene, None) is painted(scene, None)
    assert pictures.plain_picture.cache_info().misses == 1
