"""Words of other tools as journey files write them."""

from __future__ import annotations

import re


def slug(text: str) -> str:
    """A name in small letters.

    Example:
        >>> slug("Order Completed"), slug("orderCompleted"), slug("FIRST_NAME")
        ('order_completed', 'order_completed', 'first_name')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")
