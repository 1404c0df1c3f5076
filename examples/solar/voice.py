"""The solar company's journey with a voice assistant: `voice.yaml` put over `journey.yaml`.

    python examples/solar/voice.py > var/voice.yaml
    NBA_JOURNEY=var/voice.yaml NBA_FACTS=examples/solar/facts.py nba serve

The bundle that was trained without a voice decides for it as well: new treatments are scored as the mean of
like ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from models.journey_file.yaml_tree import read_yaml

HERE = Path(__file__).parent


def journey_with_voice() -> str:
    """The journey file as YAML."""
    raw, _ = read_yaml((HERE / "journey.yaml").read_bytes(), "journey.yaml")
    journey = yaml.safe_load(yaml.safe_dump(_plain(raw), allow_unicode=True, sort_keys=False))
    voice = yaml.safe_load((HERE / "voice.yaml").read_text(encoding="utf-8"))
    journey["consents"] |= voice["consents"]
    journey["channels"] |= voice["channels"]
    for name, texts in voice["actions"].items():
        action = journey["actions"][name]
        action["channels"] = [*action["channels"], "voice"]
        action["content"]["voice"] = texts
    return yaml.safe_dump(journey, allow_unicode=True, sort_keys=False, width=120)


def _plain(value: object) -> object:
    """Mappings and lists as Python has them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.stdout.write(journey_with_voice())
