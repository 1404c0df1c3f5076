"""What the guided journey tells the service, and the next step that it is given.

Knows people and the service; knows nothing of pages.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from roof import figures

from guided.people import People, Person
from guided.service import Service, ServiceError
from guided.why import Why, ranked, why

HERE: Final = Path(__file__).parent
WAY: Final = ("roof", "calculation", "together", "neighbours", "lease", "installation", "dashboard")
PAGE_OF: Final = {
    "roof_picture": "roof",
    "personal_calculation": "calculation",
    "adviser_same_page": "together",
    "neighbour_references": "neighbours",
    "tailored_lease": "lease",
    "contract_reminder": "lease",
    "installation_news": "installation",
    "generation_dashboard": "dashboard",
    "referral_invitation": "dashboard",
    "maintenance_check": "dashboard",
}
"""Where the button of an action leads; the site asks for no other actions."""
LASTING: Final = ("installation", "dashboard")
"""Pages that a customer comes back to: their actions are never behind them."""
TELLS: Final = {
    "roof": ("roof_viewer",),
    "calculation": ("savings_calculator",),
    "together": ("quote_requested", "adviser_talk"),
    "neighbours": ("reference_viewed",),
    "lease": ("lease_viewed", "contract_opened"),
    "dashboard": ("dashboard_view",),
}
"""What a visit of a page tells the service."""

Words = Mapping[str, Any]


def load_words() -> dict[str, Words]:
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (HERE / "words").glob("*.yaml")
    }


@dataclass(frozen=True, kw_only=True)
class Step:
    """The next step of a page: decided by the service, or the page's own where that says nothing."""

    action: str
    title: str
    body: str
    button: str
    href: str
    decision_id: str
    decided: bool
    why: Why | None


class Guided:
    """Everything behind the pages but the pages."""

    def __init__(self, service: Service, people: People, actions: frozenset[str]) -> None:
        self.service = service
        self.people = people
        self.unshown = sorted(actions - set(PAGE_OF))
        self.words = load_words()

    def visit(self, person: Person, page: str) -> None:
        """Tell what somebody does by looking at a page, once."""
        person.page = page
        for touchpoint in TELLS.get(page, ()):
            self.tell(person, touchpoint)
        if page not in person.done:
            person.done = [*person.done, page]
        self.people.keep(person)

    def tell(self, person: Person, touchpoint: str, **more: Any) -> None:
        """An interaction, once for each content."""
        key = touchpoint + json.dumps(more, sort_keys=True) if more else touchpoint
        if key in person.told:
            return
        event = {
            "interaction_id": f"guided/{person.token}/{hashlib.sha256(key.encode()).hexdigest()[:16]}",
            "customer_id": person.customer_id,
            "channel": "website",
            "touchpoint": touchpoint,
            **more,
        }
        self.service.call("POST", "/v1/interactions", event)
        person.told = [*person.told, key]

    def save_profile(self, person: Person) -> None:
        """The service knows what the visitor told: one house for texts, rules and pictures."""
        f, house = figures(person.house), person.house
        area = sum(
            (u1 * w2 - u2 * w1) / 2
            for (u1, w1), (u2, w2) in zip(
                house["outline"], house["outline"][1:] + house["outline"][:1], strict=True
            )
        )
        plan = {k: v for k, v in house.items() if k not in ("near", "back_m", "household_size")}
        octants = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
        attributes = {
            "first_name": person.first_name or None,
            "family_name": person.family or None,
            "roof_plan": json.dumps(plan, separators=(",", ":"), ensure_ascii=False),
            "roof_area_m2": round(abs(area), 1),
            "roof_pitch_deg": house["pitch_deg"],
            "roof_orientation": octants[round(house["azimuth_deg"] / 45) % 8],
            "latitude": house["latitude"],
            "household_size": house["household_size"],
            "annual_kwh": house["annual_kwh"],
            "home_owner": True,
            "postcode_area": person.postcode[:2] or None,
            "country": "de",
        }
        known = {name: value for name, value in attributes.items() if value is not None}
        body = {"attributes": known, "consent": {"personalization": person.known, "email": person.known}}
        self.service.call("PUT", f"/v1/customers/{person.customer_id}", body)
        person.note(time.time(), f"{f['panels']} · {f['yield_kwh']} kWh · {f['saving_per_year']} €")
        self.people.keep(person)

    def next_step(self, person: Person, page: str, language: str) -> Step:
        """What follows this page: decided with all that is known, steps behind the visitor left out."""
        been = [action for action, to in PAGE_OF.items() if to in person.done and to not in LASTING]
        left_out = ("installation_news", "generation_dashboard") if page == "dashboard" else ()
        if page == "lease":
            been = [action for action in been if action != "contract_reminder"]
        exclude = sorted({*self.unshown, *been, *left_out})
        asked = json.dumps([page, exclude, language, person.score, person.answers])
        body = {
            "customer_id": person.customer_id,
            "placements": ["next"],
            "exclude": exclude,
            "context": {"locale": language},
            "decision_id": f"guided/{person.token}/{page}/{hashlib.sha256(asked.encode()).hexdigest()[:8]}",
        }
        return self._step(body, page, language)

    def _step(self, body: Mapping[str, Any], page: str, language: str) -> Step:
        words = self.words[language]
        answer = self.service.decide(body)
        chosen = answer["actions"][0]
        told = why(answer, self.explanation(answer["decision_id"]))
        own = words["default_next"][page]
        if chosen["action"] == "nothing" or not chosen.get("content"):
            return Step(
                action="nothing",
                title=own["title"],
                body=own["body"],
                button=words["way"][own["to"]],
                href=f"/guided/{own['to']}",
                decision_id=answer["decision_id"],
                decided=False,
                why=told,
            )
        action = chosen["action"]
        return Step(
            action=action,
            title=chosen["content"]["title"],
            body=chosen["content"]["body"],
            button=words["buttons"][action],
            href=f"/guided/go/{PAGE_OF[action]}?d={answer['decision_id']}",
            decision_id=answer["decision_id"],
            decided=True,
            why=told,
        )

    def explanation(self, decision_id: str) -> Mapping[str, Any]:
        """Why; empty for an answer that was made without the store."""
        try:
            found = self.service.call("GET", f"/v1/decisions/{decision_id}/explanation")
        except ServiceError:
            return {}
        return found.get("explanation", found)

    def says(self, person: Person, step: Step) -> list[tuple[str, float]]:
        """For the adviser: the best three of the decision behind the visitor's page."""
        others = ranked(self.explanation(step.decision_id), step.action)
        first = [(step.action, step.why.gain)] if step.decided and step.why else []
        return [*first, *others][:3]
