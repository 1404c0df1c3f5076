"""A folder as companies export it: customers, mailings and orders, with semicolons and German days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("exports")
    rng = np.random.default_rng(3)
    customers = ["Customer No;Age;Town;Club"]
    mailings = ["customer_no;sent;campaign"]
    orders = ["CustomerNo;ordered_at;event;amount"]
    for number in range(1, 401):
        club = bool(rng.random() < 0.4)
        town = ("Köln", "Graz")[number % 2]
        customers.append(f"{number:05d};{20 + number % 50};{town};{'yes' if club else 'no'}")
        for turn in range(3):
            sent = BEGIN + timedelta(days=30 * turn + number % 20)
            campaign = ("Spring sale", "Home & garden", "No mailing")[int(rng.integers(3))]
            mailings.append(f"{number:05d};{sent:%d.%m.%Y};{campaign}")
            if rng.random() < (0.3 if club and campaign == "Spring sale" else 0.08):
                bought = sent + timedelta(days=float(rng.uniform(1, 8)))
                orders.append(
                    f"{number:05d};{bought:%Y-%m-%d %H:%M};ordered;{rng.uniform(5, 80):.2f}".replace(".", ",")
                )
    for name, lines in (("customers", customers), ("mailings", mailings), ("orders", orders)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="cp1252")
    return folder
