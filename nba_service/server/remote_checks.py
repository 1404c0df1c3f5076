"""What a running service says of itself, asked from outside.

``nba doctor --url`` looks through the proxy and the certificate that callers meet. Knows HTTP; opens neither
store nor registry.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nba_service.errors import SettingsError
from nba_service.server.startup import Check

SECONDS: Final = 10.0


def remote_checks(url: str, key: str | None) -> Iterator[Check]:
    """Whether it is alive, whether it can decide, and with what.

    Args:
        key: one that may ``read``; without it the service says only whether it is ready.
    """
    base = url.rstrip("/")
    status, body = _get(f"{base}/healthz", None)
    if status != 200:
        yield Check(name="alive", problem=SettingsError(_unlike(f"{base}/healthz", status, body)))
        return
    yield Check(name="alive", found=base)
    status, body = _get(f"{base}/readyz", key)
    if status not in (200, 503) or "status" not in body:
        yield Check(name="ready", problem=SettingsError(_unlike(f"{base}/readyz", status, body)))
        return
    problems = [f"{one.get('code', '')}: {one.get('detail', '')}" for one in body.get("problems", [])]
    if status == 503 or problems:
        told = " ".join(problems) or "it cannot decide; with a key that may read in NBA_API_KEY it says why"
        yield Check(name="ready", problem=SettingsError(told))
    else:
        yield Check(name="ready", found=str(body["status"]))
    if "bundle" not in body:
        yield Check(name="details", found="none without a key that may read (NBA_API_KEY)")
        return
    journal = body.get("journal", {})
    yield Check(name="bundle", found=body["bundle"] or "none; the playbook of the journey file decides")
    yield Check(
        name="journal", found=f"{journal.get('records', 0)} records wait, {journal.get('refused', 0)} refused"
    )


def _get(address: str, key: str | None) -> tuple[int, Mapping[str, Any]]:
    """Status and JSON; 0 and the reason where nothing answers."""
    if not address.startswith(("http://", "https://")):
        return 0, {"reason": "an address begins with http:// or https://"}
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - the scheme is checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return answer.status, _json(answer.read(65_536))
    except urllib.error.HTTPError as error:
        return error.code, _json(error.read(65_536))
    except (OSError, ValueError) as error:
        return 0, {"reason": str(getattr(error, "reason", error))}


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _unlike(address: str, status: int, body: Mapping[str, Any]) -> str:
    if status == 0:
        return f"{address} does not answer: {body['reason']}. Is it running, and does the proxy lead there?"
    told = body.get("detail", "something that is no service of ours")
    return f"{address} answered {status}: {told}. Check the address and the proxy."
