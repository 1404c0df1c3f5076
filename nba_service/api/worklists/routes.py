"""Whom to contact next, as a job.

Begun by one call, read by another.
"""

from __future__ import annotations

import csv
import io

import flask
import orjson

from models.domain.history import from_ms
from nba_service.api.worklists.schemas import WorklistAnswer, WorklistSchema
from nba_service.customers.worklist import CONTACT_COLUMNS
from nba_service.customers.worklist_jobs import WorklistCall, WorklistJobs
from nba_service.errors import Problem
from nba_service.http.application import the_globals, the_request
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope
from nba_service.store.records.worklists import DONE, WorklistRow

_CSV = ".csv"

routes = Routes("worklists", "Whom to contact next.")


@routes.add(
    "POST",
    "/v1/worklists",
    Scope.READ,
    takes=WorklistSchema,
    gives={202: WorklistAnswer},
    problems=[409, 422, 503],
)
def begin_worklist(call: WorklistCall) -> flask.Response:
    """Begin a list of whom to contact next on a channel

    What `nba next` makes: everybody decided with consent, limits and rules as they are; nothing is stored but
    the list, for seven days. One is made at a time. Ask for it by its id until `state` is not `running`.
    """
    key = the_globals().get("key")
    row = current(WorklistJobs).begin(call, "" if key is None else key.key_id)
    return json_answer(_answer(row, row.state), 202)


@routes.add(
    "GET",
    "/v1/worklists/<worklist_id>",
    Scope.READ,
    gives={200: WorklistAnswer},
    problems=[404, 409, 503],
)
def read_worklist(worklist_id: str) -> flask.Response:
    """How far a list is, and the list once it is done

    With `Accept: text/csv`, or `.csv` after the id, the list as CSV. `interrupted`: the process that made it
    is gone, after a restart for example; begin another one.
    """
    key = worklist_id.removesuffix(_CSV)
    row, state = current(WorklistJobs).read(key)
    if key == worklist_id and the_request().accept_mimetypes.best != "text/csv":
        return json_answer(_answer(row, state))
    if state != DONE:
        raise Problem("WORKLIST_UNFINISHED", f"Expected a list that is done, got one that is {state}.")
    headers = {"Content-Disposition": f'attachment; filename="{row.channel}.csv"'}
    return flask.Response(_as_csv(row), headers=headers, content_type="text/csv; charset=utf-8")


def _answer(row: WorklistRow, state: str) -> dict[str, object]:
    found = {} if row.answer is None else orjson.loads(row.answer)
    return {
        "worklist_id": row.worklist_id,
        "state": state,
        "channel": row.channel,
        "capacity": row.capacity,
        "at": from_ms(row.at).isoformat(timespec="seconds"),
        "started_at": from_ms(row.started_at).isoformat(timespec="seconds"),
        "decided": row.decided,
        **({} if row.problem is None else {"problem": row.problem}),
        **found,
    }


def _as_csv(row: WorklistRow) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, CONTACT_COLUMNS, lineterminator="\r\n")
    rows.writeheader()
    rows.writerows(orjson.loads(row.answer or '{"contacts": []}')["contacts"])
    return text.getvalue()
