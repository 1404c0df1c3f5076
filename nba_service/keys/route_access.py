"""Who may call a route.

The scope that its callers' key must have, and how they show the key.
"""

from __future__ import annotations

from dataclasses import dataclass

from nba_service.keys.credentials import USUAL, Credentials
from nba_service.keys.scopes import Scope


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route.

    ``publishable``: keys in pages may, too; ``limited``: callers are counted.
    """

    scope: Scope
    publishable: bool = False
    credentials: Credentials = USUAL
    limited: bool = True
