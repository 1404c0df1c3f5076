"""Journeys that many tests need: the reference company's, and one small enough to work out by hand."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from models.domain.journey import Journey
from models.journey_file import parse_journey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models.bundle import GoldenRows, Manifest, Models

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
    complained: {sentiment: negative, final: true, withdraws: [email]}
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


@pytest.fixture(scope="session", autouse=True)
def services_in_no_hurry() -> Iterator[None]:
    """For services that tests start: the machine is busy, and what they say must not hang on its speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBA_WEB_DEADLINE_MS", "30000")
        patch.setenv("NBA_MAIL_DEADLINE_MS", "30000")
        yield


@pytest.fixture(scope="session")
def tiny_journey_text() -> str:
    """The tiny journey's file, for tests that change a line of it."""
    return TINY_JOURNEY


@pytest.fixture(scope="session")
def tiny_journey() -> Journey:
    """Three phases, two channels, three actions."""
    return parse_journey(TINY_JOURNEY.encode(), "tiny.yaml")


TOLD_JOURNEY = TINY_JOURNEY.replace(
    "  mail_sent:",
    """\
  csat: {properties: {score: {type: number, minimum: 1, maximum: 5}}}
  ticket:
    properties:
      severity: {type: category, values: [low, critical]}
      solved: {type: boolean}
      hours: {type: number}
      words: {type: text}
  mail_sent:""",
).replace(
    "policies:\n",
    """\
policies:
  - code: TICKET_OPEN
    tier: eligibility
    purposes: [marketing]
    when: >-
      !has(last.ticket.severity) || last.ticket.severity != "critical"
      || (has(last.ticket.solved) && last.ticket.solved)
  - code: UNHAPPY
    tier: suitability
    actions: [offer]
    when: '!has(mean.csat.d90) || mean.csat.d90 >= 3.0'
""",
)
"""The tiny journey, with what customers tell: a score, and tickets."""


@pytest.fixture(scope="session")
def told_journey_text() -> str:
    """A journey file whose rules look at what customers told."""
    return TOLD_JOURNEY


@pytest.fixture(scope="session")
def told_journey() -> Journey:
    """The tiny journey, with what customers tell."""
    return parse_journey(TOLD_JOURNEY.encode(), "told.yaml")


@pytest.fixture(scope="session")
def solar_journey_path() -> Path:
    """The reference company's journey file."""
    return ROOT / "examples" / "solar" / "journey.yaml"


@pytest.fixture(scope="session")
def solar_journey(solar_journey_path: Path) -> Journey:
    """The reference company: eight phases, six channels, twenty-six actions."""
    return parse_journey(solar_journey_path.read_bytes(), "examples/solar/journey.yaml")


@pytest.fixture(scope="session")
def tiny_golden(tiny_journey: Journey) -> GoldenRows:
    """Made-up features of the tiny journey, the candidates taken, and one row for each."""
    import numpy as np

    from models.bundle import GoldenRows
    from models.learned.features.choose_columns import make_spec

    spec, rng = make_spec(tiny_journey), np.random.default_rng(11)
    n, n_treatments = 2_000, len(tiny_journey.treatments)
    customer_x = rng.poisson(2.0, (n, len(spec.customer_names))).astype(np.float32)
    customer_x[:, list(spec.customer_categorical)] %= 3
    customer_x[rng.random(customer_x.shape) < 0.05] = np.nan
    customer_x[:, 0] = phase = rng.integers(0, 3, n)
    treatment = rng.integers(0, n_treatments, n)
    candidate_x = rng.poisson(1.0, (n, len(spec.candidate_names))).astype(np.float32)
    candidate_x[:, 0] = treatment
    row = np.arange(n)
    return GoldenRows(
        customer_x=customer_x, candidate_x=candidate_x, row=row, phase=phase, treatment=treatment
    )


@pytest.fixture(scope="session")
def tiny_models(tiny_journey: Journey, tiny_golden: GoldenRows) -> Models:
    """Real models of the tiny journey, with trees, learned from made-up features in about a second."""
    import numpy as np

    from models.bundle import Models
    from models.learned.features.choose_columns import make_spec
    from models.learned.response.fit import fit_response
    from models.learned.transition.fit import fit_transition
    from models.learned.trees.parameters import TreeParameters
    from models.learned.value.fit import fit_journey_value

    spec, rng, rows = make_spec(tiny_journey), np.random.default_rng(12), tiny_golden
    n = len(rows.row)
    liking = np.nan_to_num(rows.customer_x[:, 3]) / 4 + rows.candidate_x[:, 3] / 2 - 1.5
    response = ((liking + rng.logistic(0, 0.5, n) > 0) & (rows.treatment > 0)).astype(np.int64)
    next_phase = np.where(rng.random(n) < 0.2 + 0.3 * response, np.minimum(rows.phase + 1, 2), rows.phase)
    data = {
        "journey": tiny_journey,
        "spec": spec,
        "customer_x": rows.customer_x,
        "candidate_x": rows.candidate_x,
        "phase": rows.phase,
        "treatment": rows.treatment,
        "customer": rows.row,
        "calibrate": rows.row > 1_500,
        "parameters": TreeParameters(
            response_iterations=10, baseline_iterations=10, early_stopping_rounds=0, num_threads=1
        ),
        "rng": rng,
    }
    fitted = fit_response(**data, response=response)
    transition = fit_transition(**data, next_phase=next_phase)
    baseline = transition.baseline(rows.customer_x, rows.phase)
    value = fit_journey_value(
        journey=tiny_journey,
        spec=spec,
        customer_x=rows.customer_x,
        phase=rows.phase,
        row=rows.row,
        treatment=rows.treatment,
        immediate=5.0 * response - 0.1,
        probabilities=transition.probabilities(baseline, rows.row, rows.phase, rows.treatment),
    )
    return Models(spec=spec, response=fitted, transition=transition, value=value)


@pytest.fixture(scope="session")
def save_tiny_bundle(
    tiny_models: Models, tiny_golden: GoldenRows, tiny_journey_text: str
) -> Callable[..., Manifest]:
    """``save_bundle(directory)`` for the tiny journey's models; any argument can be replaced."""
    from dataclasses import fields
    from datetime import UTC, datetime

    from models.bundle import GoldenRows, Provenance, save_bundle

    usual = {
        "bundle_id": "b-1",
        "created_at": datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
        "models": tiny_models,
        "journey_bytes": tiny_journey_text.encode(),
        "golden": GoldenRows(**{f.name: getattr(tiny_golden, f.name)[:30] for f in fields(tiny_golden)}),
        "provenance": Provenance(),
    }

    def save(directory: Path, **changed: object) -> Manifest:
        return save_bundle(directory, **(usual | changed))

    return save


USUAL_POSTGRES = "postgresql://127.0.0.1:5432/postgres"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL: the one of ``NBA_TEST_POSTGRES_URL``, else on 127.0.0.1:5432, else one of our own.

    ``NBA_TEST_POSTGRES_URL=private`` starts a private one in any case. Skips, saying why, if there is none
    and none can be started.
    """
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (pip install -e '.[postgres]')")
    asked = os.environ.get("NBA_TEST_POSTGRES_URL", "")
    if asked != "private":
        try:
            psycopg.connect(asked or USUAL_POSTGRES, connect_timeout=2).close()
        except psycopg.Error as error:
            if asked:
                pytest.skip(f"no PostgreSQL answers at {asked.rsplit('@')[-1]}: {type(error).__name__}")
        else:
            yield asked or USUAL_POSTGRES
            return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(programs[-1]) if programs else shutil.which("initdb")
    if not found:
        pytest.skip("no PostgreSQL answers at 127.0.0.1:5432, and initdb is not installed to start one")
    with private_postgres(Path(found).parent) as url:
        yield url


@contextmanager
def postgres_schema(server: str) -> Iterator[str]:
    """A URL whose tables lie in a schema of their own, which is dropped afterwards."""
    import psycopg

    schema = f"nba_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    separator = "&" if "?" in server else "?"
    try:
        yield f"{server}{separator}options=-csearch_path%3D{schema}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@contextmanager
def private_postgres(programs: Path) -> Iterator[str]:
    """A server of our own that only this machine's files lead to; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="nba-pg-"))
    run = _as_somebody_else(folder) if os.geteuid() == 0 else []  # initdb refuses root
    data, log = folder / "data", folder / "log"
    options = f"-F -c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=100"
    try:
        for command in (
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            [programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"],
        ):
            done = subprocess.run([*run, *map(str, command)], capture_output=True, text=True, cwd=folder)
            if done.returncode:
                told = log.read_text() if log.exists() else done.stderr
                pytest.skip(f"a private PostgreSQL could not be started: {told.strip()[-300:]}")
        yield f"postgresql:///postgres?host={folder}&user=postgres"
    finally:
        stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
        subprocess.run([*run, *map(str, stop)], capture_output=True, cwd=folder, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _as_somebody_else(folder: Path) -> list[str]:
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known.get("nobody")
    if user is None or not shutil.which("setpriv"):
        pytest.skip("initdb does not run as root, and there is no other user to run it as")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
