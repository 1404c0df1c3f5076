"""A rehearsal that is handed on opens again for somebody else, with who asked and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from models.errors import RegistryError
from nba_service.console.facts.handed_on import HandingOn
from nba_service.keys.key import Key
from nba_service.keys.tokens import KeyKind
from nba_service.services import Services

ANNA = Key(key_id="k-1", name="anna", kind=KeyKind.SECRET, scopes=frozenset())


def test_what_is_kept_is_found_by_its_hash(parts: Services) -> None:
    handing = HandingOn(parts.store, parts.settings.registry)

    sha256 = handing.keep(b"company: Tiny\n", "new.yaml", "see phase 2", ANNA, 1_000)
    found = handing.find(sha256)

    assert (found.data, found.name, found.by, found.reason) == (
        b"company: Tiny\n",
        "new.yaml",
        "anna",
        "see phase 2",
    )
    with pytest.raises(RegistryError, match="put the file back"):
        handing.find("0" * 64)


def test_a_colleague_opens_the_same_page(sign_in: Callable[..., FlaskClient], tiny_journey_text: str) -> None:
    anna, bert = sign_in(), sign_in(name="bert")
    token = re.search(r'name="form" value="(\w+)"', anna.get("/console/rehearsal").text)
    assert token is not None
    changed = tiny_journey_text.replace("value: 10", "value: 0").encode()
    sent = {"journey": (BytesIO(changed), "new.yaml"), "form": token[1], "keep": "on", "reason": "cheaper"}

    answer = anna.post("/console/rehearsal", data=sent, content_type="multipart/form-data")
    page = bert.get(answer.headers["Location"])

    assert answer.status_code == 303
    assert page.status_code == 200
    assert "Handed on by anna" in page.text
    assert "cheaper" in page.text
    assert "asks to look at a rehearsal" in bert.get("/console").text
