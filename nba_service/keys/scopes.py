"""What a caller must be allowed to do, as scopes.

Every route names one.
"""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """What a key may do.

    ``PUBLIC`` routes need none, and say in their text why.
    """

    DECIDE = "decide"
    TRACK = "track"
    READ = "read"
    RULES = "rules"
    ADMIN = "admin"
    CONSOLE = "console"
    PUBLIC = "public"
