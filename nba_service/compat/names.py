"""Words of other tools as journey files write them, and ids that are the same for the same content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from nba_service.http.json_body import canonical_json


def slug(text: str) -> str:
    """A name in small letters.

    Example:
        >>> slug("Order Completed"), slug("orderCompleted"), slug("FIRST_NAME")
        ('order_completed', 'order_completed', 'first_name')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")


def content_key(told: Mapping[str, Any]) -> str:
    """The id of an event: of its sender's id for it if there is one, else of all that it says."""
    named = told.get("event_id")
    text = canonical_json({"event_id": named, "session": told["session_id"]} if named else dict(told))
    return "personalize/" + hashlib.sha256(text.encode()).hexdigest()[:32]
