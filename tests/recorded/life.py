"""A made-up life of customers and their service: requests in the order of time, the same for the same seed.

Later requests name decisions of earlier ones, so the life is told while it is lived.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from .exchanges import Exchange

PLACES: Final[list[dict[str, Any]]] = [
    {},
    {},
    {"limit": 3},
    {"limit": 20},
    {"channels": ["email"]},
    {"channels": ["email", "sms", "letter"], "limit": 2},
    {"channels": ["phone", "letter"]},
    {"channels": ["phone"]},
    {"channels": ["app"]},
    {"channels": ["website"], "limit": 5},
    {"placements": ["hero"]},
    {"placements": ["hero", "sidebar", "advice"], "limit": 3},
    {"placements": ["app_home"], "limit": 2},
]
TOUCHPOINTS: Final = (
    ["page_view"] * 8
    + ["email_click", "energy_check", "savings_calculator", "roof_viewer", "guide_download", "app_login"] * 2
    + ["quote_requested", "reference_viewed", "adviser_talk", "contract_opened", "contract_signed"]
    + ["installation_done", "dashboard_view", "first_year_review", "referral_made", "support_ticket"]
    + ["contract_declined", "lease_viewed", "webinar_attended", "unsubscribe"]
)
PHASES: Final = [
    "out_of_market",
    "trigger",
    "initial_consideration",
    "active_evaluation",
    "purchase_decision",
    "experience",
    "loyalty",
]
CONSENTS: Final = ("email", "sms", "phone", "letter")
ACTIONS: Final = [
    "savings_teaser",
    "energy_price_news",
    "solar_guide",
    "battery_upgrade@email",
    "adviser_call_back",
]
DECIDING: Final = ("/v1/decisions", "/v1/decisions/batch")
VISITOR: Final = "v-{:032x}"


class Life:
    """Makes requests; ``tell`` hears what was answered."""

    def __init__(self, *, seed: int, begins: datetime, known: list[str], prefix: str) -> None:
        """``known``: customers that the store has already; ``prefix``: of all ids that are made."""
        self._rng = random.Random(seed)  # noqa: S311 - nothing is secret here
        self.now = begins
        self.prefix = prefix
        self._customers = known + [f"{prefix}-c{number}" for number in range(60)]
        self._visitors = [VISITOR.format(seed * 1_000 + number) for number in range(60)]
        self._made: list[tuple[str, str | None]] = []  # decision, action
        self._deferred: list[str] = []
        self.number = 0
        self._events = 0

    def requests(self, decisions: int) -> Iterator[Exchange]:
        """Requests until so many more decisions were asked for; each is to be told before the next."""
        kinds = [self._decide] * 57 + [self._interact] * 15 + [self._outcome] * 14 + [self._profile] * 6
        kinds += [self._delivered] * 4 + [self._alias] * 2 + [self._batch] * 2
        last = self.number + decisions
        while self.number < last:
            self.now += timedelta(minutes=self._rng.randint(5, 40), milliseconds=self._rng.randint(0, 999))
            made = self._rng.choice(kinds)()
            if made is not None:
                method, path, body = made
                yield Exchange(at=self.now.isoformat(), method=method, path=path, body=body)

    def tell(self, exchange: Exchange, answer: Any) -> None:
        """What came of a request."""
        bodies = exchange.body.get("decisions", [exchange.body]) if exchange.path in DECIDING else []
        for body, one in zip(bodies, answer.get("decisions", [answer]), strict=bool(bodies)):
            if body.get("deferred"):
                self._deferred.append(body["decision_id"])
            self._made.append((body["decision_id"], one["actions"][0]["action"]))
        self._made = self._made[-150:]

    def _decide(self) -> tuple[str, str, Any]:
        return "POST", "/v1/decisions", self._decision()

    def _batch(self) -> tuple[str, str, Any]:
        return "POST", "/v1/decisions/batch", {"decisions": [self._decision() for _ in range(3)]}

    def _decision(self) -> dict[str, Any]:
        rng = self._rng
        self.number += 1
        body: dict[str, Any] = {
            "customer_id": self._somebody(),
            "decision_id": f"{self.prefix}-d{self.number}",
            **rng.choice(PLACES),
        }
        extras: list[tuple[float, str, Any]] = [
            (0.1, "phase", rng.choice(PHASES)),
            (0.12, "deferred", True),
            (0.06, "when", "asked"),
            (0.05, "exclude", rng.sample(ACTIONS, 2)),
            (0.05, "profile", self._facts()),
            (0.05, "interactions", [self._interaction() for _ in range(rng.randint(1, 3))]),
            (0.1, "context", {"locale": rng.choice(["de", "en"])}),
            (0.04, "explain", True),
        ]
        body.update({name: value for chance, name, value in extras if rng.random() < chance})
        if rng.random() < 0.04:
            body["context"] = {"time": (self.now - timedelta(hours=rng.randint(1, 30))).isoformat()}
        if rng.random() < 0.04:
            body["window"] = {"until": (self.now + timedelta(days=2)).isoformat()}
        return body

    def _interaction(self) -> dict[str, Any]:
        occurred = self.now - timedelta(minutes=self._rng.randint(0, 3_000))
        return {
            "interaction_id": self._number_of("i"),
            "channel": self._rng.choice(["website", "app", "email", "phone"]),
            "touchpoint": self._rng.choice(TOUCHPOINTS),
            "occurred_at": occurred.isoformat(),
        }

    def _interact(self) -> tuple[str, str, Any]:
        who = self._somebody()
        rows = [{**self._interaction(), "customer_id": who} for _ in range(self._rng.randint(1, 3))]
        return "POST", "/v1/interactions", {"interactions": rows}

    def _outcome(self) -> tuple[str, str, Any] | None:
        if not self._made:
            return None
        decision, action = self._rng.choice(self._made)
        name = self._rng.choices(
            ["responded", "rejected", "unsubscribed", "purchased_addon"], [70, 12, 5, 13]
        )[0]
        body: dict[str, Any] = {"outcome": name, "decision_id": decision, "outcome_id": self._number_of("o")}
        if name == "purchased_addon" and self._rng.random() < 0.5:
            body["value"] = 55.5
        if self._rng.random() < 0.15 and action != "nothing":
            del body["decision_id"]
            body |= {"customer_id": self._somebody(), "action": action, "channel": "email"}
        return "POST", "/v1/outcomes", body

    def _delivered(self) -> tuple[str, str, Any] | None:
        if not self._deferred:
            return None
        decision = self._deferred.pop(self._rng.randrange(len(self._deferred)))
        body = {"outcome": "delivered", "decision_id": decision, "outcome_id": self._number_of("o")}
        return "POST", "/v1/outcomes", body

    def _profile(self) -> tuple[str, str, Any]:
        return "PUT", f"/v1/customers/{self._rng.choice(self._customers)}", self._facts()

    def _alias(self) -> tuple[str, str, Any] | None:
        if len(self._visitors) < 20:
            return None
        visitor = self._visitors.pop(self._rng.randrange(len(self._visitors)))
        path = f"/v1/customers/{self._rng.choice(self._customers)}/aliases"
        return "POST", path, {"aliases": [visitor]}

    def _facts(self) -> dict[str, Any]:
        rng = self._rng
        attributes: dict[str, Any] = {
            "roof_area_m2": rng.randint(15, 160),
            "roof_orientation": rng.choice(["n", "e", "s", "sw", "w"]),
            "household_size": rng.randint(1, 6),
            "annual_kwh": rng.randint(1_200, 9_000),
            "home_owner": rng.random() < 0.8,
            "postcode_area": str(rng.randint(10, 99)),
            "open_ticket_severity": rng.choice(["none", "none", "low", "critical"]),
            "first_name": rng.choice(["Anna", "Jürgen", "Zoë", "Felix"]),
        }
        kept = {name: value for name, value in attributes.items() if rng.random() < 0.7}
        consent = {name: rng.random() < 0.7 for name in CONSENTS}
        if rng.random() < 0.15:
            consent["personalization"] = rng.random() < 0.3
        zone = rng.choice(["Europe/Berlin", "Europe/Vienna", "Europe/London"])
        return {
            "attributes": kept,
            "consent": consent,
            "locale": rng.choice(["en", "de"]),
            "time_zone": zone,
        }

    def _somebody(self) -> str:
        pool = self._visitors if self._rng.random() < 0.15 else self._customers
        return self._rng.choice(pool)

    def _number_of(self, kind: str) -> str:
        self._events += 1
        return f"{self.prefix}-{kind}{self._events}"
