"""Writes the answers of `nba_service/http/api_examples.json` anew, from a running service.

    make demo                                              # once; any service of the solar company will do
    NBA_AUTHENTICATION=off nba serve --port 8001           # its store and registry, without keys
    python tests/api_examples/record.py http://127.0.0.1:8001

Plays the calls in their order. Long lists are cut to two elements: they show the form. Names that the service
gives itself (the token, bundles) stand in the answers as the examples name them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import requests

FILE: Final = Path(__file__).parents[2] / "nba_service" / "http" / "api_examples.json"
BUNDLE: Final = "2026-11-20T02-00Z-4f1c"
LONGEST: Final = 2
BROWSER: Final = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
"""Pages are asked as browsers ask: programs get no slots."""


def main(url: str) -> None:
    examples = json.loads(FILE.read_text(encoding="utf-8"))
    token, bundle = "", ""
    for call in examples["calls"]:
        method, _, path = call["operation"].partition(" ")
        if any(part in path for part in ("{digest}", "{token}", "{account_id}", "/worklists")):
            continue  # of a running service's own; and the solar company has no accounts
        if BUNDLE in json.dumps(call):
            bundle = bundle or next(
                one["bundle"] for one in get(url, "/v1/bundles")["bundles"] if one["champion"]
            )
        body = json.loads(
            json.dumps(call.get("body")).replace("{token}", token).replace(BUNDLE, bundle or BUNDLE)
        )
        address = url + filled(path, call.get("path", {})).replace(BUNDLE, bundle)
        answer = requests.request(
            method, address, params=call.get("query"), json=body, headers=BROWSER, timeout=30
        )
        if "rollback" in path and answer.status_code == 409:
            continue  # a first champion: there is nothing to go back to, and the answer stays as it was
        told = answer.text if answer.status_code != call["status"] else ""
        assert not told, f"{call['operation']}: {answer.status_code} {told[:500]}"
        if "application/json" in answer.headers.get("Content-Type", "") and answer.content:
            held = answer.json()
            token = held.get("token", token) if isinstance(held, dict) else token
            call["answer"] = shortened(json.loads(json.dumps(held).replace(bundle or BUNDLE, BUNDLE)))
    FILE.write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def get(url: str, path: str) -> Any:
    return requests.get(url + path, timeout=30).json()


def filled(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [shortened(item) for item in value[:LONGEST]]
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    return value


if __name__ == "__main__":
    main(sys.argv[1])
