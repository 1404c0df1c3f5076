"""The tutorial is run as it stands, in an empty folder, one shell from the first command to the last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "a-rule-goes-live.md"


def test_the_story_ends_with_the_rule_live(tmp_path: Path, free_port: int) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    script = "set -e\n" + "\n".join(
        f"printf '\\n== {n}\\n'\n{block}" for n, block in enumerate(blocks, start=1)
    )
    script = script.replace("8000", str(free_port)).replace("curl -s ", "curl -s --fail-with-body ")
    settings = {name: value for name, value in os.environ.items() if not name.startswith("NBA_")}
    path = f"{Path(sys.executable).parent}:{settings['PATH']}"

    done = subprocess.run(
        ["bash", "-c", f"trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n{script}"],
        cwd=tmp_path,
        env={**settings, "PATH": path, "NBA_WEB_DEADLINE_MS": "20000", "NBA_ROLLUP_MINUTES": "0"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    said = f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, said
    outputs = re.split(r"^== \d+$", done.stdout, flags=re.MULTILINE)[1:]
    assert len(outputs) == len(blocks) >= 10
    assert "NO_VOUCHER_FOR_BUYERS" in outputs[0]
    assert '"decision_id":"before"' in outputs[4], said
    assert "0 errors, 0 warnings" in done.stderr
    assert outputs[-2].strip() == '"code":"NO_VOUCHER_IN_CART"', said
    assert "0 different" in outputs[-1], said
