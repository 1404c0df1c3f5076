"""What the arms earned, where customers are, who got nothing and why."""

from __future__ import annotations

from typing import Final

import flask

from nba_service.access.guard import Guard
from nba_service.api.measures.schemas import MeasureAnswer
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.application import the_request
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope
from nba_service.measures.as_csv import as_csv
from nba_service.measures.measures import Measures
from nba_service.measures.questions import HIDE_BELOW, read_question
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings

_CSV: Final = ".csv"

routes = Routes("measures", "What happened, per customer and with intervals.")


@routes.add(
    "GET",
    "/v1/measures/<measure>",
    Scope.READ,
    gives={200: MeasureAnswer},
    problems=[404, 422, 503],
)
def measure(measure: str) -> flask.Response:
    """One measure of a period: `lift` and others, from rollups

    Query: `days` (28), `until` (the last day, included), `phase`, `channel`, `arm`, `target`, `group`. With
    `Accept: text/csv`, or `.csv` after the name, the main table as CSV. Figures of fewer than 20 customers
    are hidden from keys without `admin`. `nba rollup` brings the figures up to date.
    """
    request = the_request()
    name = measure.removesuffix(_CSV)
    hide_below = 0 if current(Guard).may(Scope.ADMIN) else HIDE_BELOW
    question = read_question(_single(request.args), current(EngineSource).current().journey, hide_below)
    measures, seconds = current(Measures), current(Settings).request_timeout_seconds / 2
    answer = current(ResilientStore).ask(lambda: measures.ask(name, question), seconds)
    if name != measure or request.accept_mimetypes.best == "text/csv":
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return flask.Response(as_csv(answer), headers=headers, content_type="text/csv; charset=utf-8")
    return json_answer(answer)


def _single(values: object) -> dict[str, str]:
    """Each parameter once.

    Raises:
        Problem: ``DUPLICATE_KEY``.
    """
    lists = dict(values.lists())  # type: ignore[attr-defined]  # of werkzeug
    for name, given in lists.items():
        if len(given) > 1:
            raise Problem("DUPLICATE_KEY", f"Expected {name[:50]!r} once, got it {len(given)} times.")
    return {name: given[0] for name, given in lists.items()}
