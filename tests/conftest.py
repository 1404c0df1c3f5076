"""Journeys that many tests need: the reference company's, and one small enough to work out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.domain.journey import Journey
from models.journey_file import parse_journey

ROOT = Path(__file__).resolve().parents[1]

TINY_JOURNEY = """\
company: Tiny
currency: EUR
time_zone: Europe/Berlin
default_locale: en
attributes:
  age: {type: number, minimum: 0, maximum: 150}
  segment: {type: category, values: [new, old]}
  vip: {type: boolean}
  first_name: {type: text}
consents:
  email: E-mail
touchpoints:
  visit: Visit
  quote: Asked for an offer
  order: Ordered
  mail_sent: {label: Mail sent, contact: true}
phases:
  stranger: {}
  interested: {value: 1, lapse: {after_days: 30, to: stranger}}
  customer: {value: 100, lapse: {after_days: 90, to: stranger}}
phase_rules:
  - {when: interaction.touchpoint == "order", to: customer}
  - {when: interaction.touchpoint == "quote", from: [stranger], to: interested}
channels:
  web: {cost: 0.001, inbound: true, placements: [banner, sidebar]}
  email:
    cost: 0.1
    consent: email
    quiet_hours: {start: "22:00", end: "06:00"}
    limits: [{count: 2, window_days: 7}]
outcomes:
  response_window_days: 7
  default: no_response
  named:
    clicked: {sentiment: positive}
    no_response: {}
    complained: {sentiment: negative, final: true}
actions:
  teaser:
    channels: [email, web]
    phases: [stranger, interested]
    group: awareness
    value: 2
    repeat_after_days: 3
    prior: {propensity: 0.1, moves: {interested: 2}}
    content:
      default: {en: {title: "Hello {{ customer.first_name | default: 'there' }}", body: Have a look.}}
  offer:
    channels: [email]
    phases: [interested]
    group: sales
    value: 10
    prior: {propensity: 0.2, moves: {customer: 3}}
    content:
      default: {en: {title: Your offer, body: Ready when you are.}}
  care:
    channels: [web]
    phases: [customer]
    purpose: service
    value: 1
    prior: {propensity: 0.3}
    content:
      default: {en: {title: All well?, body: We are here.}}
policies:
  - code: ADULTS_ONLY
    tier: eligibility
    actions: [offer]
    when: "!has(customer.attributes.age) || customer.attributes.age >= 18"
playbook:
  stranger: [teaser]
  interested: [offer, teaser]
  customer: [care]
objective:
  horizon_days: 7
"""
"""Three phases, two channels, three actions: four treatments and doing nothing."""


@pytest.fixture(scope="session")
def tiny_journey_text() -> str:
    """The tiny journey's file, for tests that change a line of it."""
    return TINY_JOURNEY


@pytest.fixture(scope="session")
def tiny_journey() -> Journey:
    """Three phases, two channels, three actions."""
    return parse_journey(TINY_JOURNEY.encode(), "tiny.yaml")


@pytest.fixture(scope="session")
def solar_journey_path() -> Path:
    """The reference company's journey file."""
    return ROOT / "examples" / "solar" / "journey.yaml"


@pytest.fixture(scope="session")
def solar_journey(solar_journey_path: Path) -> Journey:
    """The reference company: seven phases, six channels, twenty-two actions."""
    return parse_journey(solar_journey_path.read_bytes(), "examples/solar/journey.yaml")
