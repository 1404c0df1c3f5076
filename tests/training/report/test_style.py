"""Every class that a drawing uses has its look."""

from __future__ import annotations

import re

from training.report.style import STYLE


def test_every_class_of_every_picture_is_styled(page: str) -> None:
    pictures = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    used = {cls for each in re.findall(r'class="([^"]+)"', pictures) for cls in each.split()}

    assert {"fa", "kr", "s"} <= used
    assert {cls for cls in used if f".{cls}{{" not in STYLE} <= {"c", "halo"}, "halo: every text has one"
