"""A decision from end to end: state → ``decide`` → content → store → answer.

The one way to decide: HTTP, batch and the command line call it, so they cannot answer differently. What
is answered was stored first. Knows the order of the steps; each step is a module of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

from models.domain.actions import NOTHING
from models.domain.decision import Decision, DecisionRequest
from models.domain.history import DAY_MS, to_ms
from models.errors import NBAError
from models.policy.decide import decide
from models.policy.explain.explanation import Explanation
from models.policy.scoring.updates import as_modelled
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.content.facts import FactBook
from nba_service.content.fallbacks import ContentFallbacks
from nba_service.content.variables import decision_variables, person_variables
from nba_service.decisions import degraded
from nba_service.decisions.answers import candidate_answers, decision_answer, explanation_answer
from nba_service.decisions.attempt import Attempt
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.capacity import rooms, seats
from nba_service.decisions.checks import decision_problems, latest_time
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.request_builder import build_request, freeze, from_ms, thaw
from nba_service.decisions.retry import patience
from nba_service.decisions.rule_failures import RuleFailures
from nba_service.decisions.same_request import canonical_request, same_question
from nba_service.engine.serving import Serving
from nba_service.engine.shadow import Shadow
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, Problem, StoreError, problem_of_fields
from nba_service.http.json_body import canonical_json, dump_json
from nba_service.process.arrival import waited_seconds
from nba_service.resilience.errors import StoreCatchingUpError
from nba_service.resilience.journal import JournalError
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store.rows import Claim, DecisionRow, StoredState
from nba_service.telemetry.telemetry import Telemetry

Clock = Callable[[], datetime]
IdMaker = Callable[[], str]

_SCHEMA: Final = DecisionSchema()
_CATCH_UP_SHARE: Final = 0.4
"""How much of its time a request waits for a journal that is nearly replayed."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that was made, and all that belongs to it; ``version``: of the person as they were read."""

    serving: Serving
    call: DecisionCall
    request: DecisionRequest
    decision: Decision
    answer: dict[str, Any]
    version: int = 0

    def explanation(self, found: Explanation | None = None) -> dict[str, Any]:
        return explanation_answer(found or self.serving.explainer.explain(self.request))

    def told(self) -> dict[str, Any]:
        """The answer, explained if that was asked for."""
        return {**self.answer, "explanation": self.explanation()} if self.call.explain else self.answer


class Decisions:
    """Makes, stores, reads and replays decisions."""

    def __init__(
        self,
        settings: Settings,
        store: ResilientStore,
        source: EngineSource,
        clock: Clock,
        id_maker: IdMaker,
        facts: FactBook | None = None,
        *,
        telemetry: Telemetry,
    ) -> None:
        """``facts``: what texts may say about a customer beyond the attributes; None: nothing."""
        self._settings = settings
        self._store = store
        self._source = source
        self._clock = clock
        self._id_maker = id_maker
        self.facts = FactBook() if facts is None else facts
        self._telemetry = telemetry
        self.rule_failures = RuleFailures()
        self.shadow = Shadow(source.shadow)
        self.content_fallbacks = ContentFallbacks()

    def decide(
        self,
        calls: Sequence[DecisionCall],
        *,
        batch: bool = False,
        seconds: float | None = None,
        deadline: float | None = None,
    ) -> list[bytes]:
        """Decide and store; the answers as JSON, in the order of ``calls``.

        A ``decision_id`` that is stored already gives its stored answer. A decision is stored only if
        nothing was written about the person since their state was read, and if scarce channels have room;
        else it is made anew. So contact limits and capacities hold exactly, whoever else decides, and the
        decisions of one batch about one person see each other.

        If the store does not do its part in time, what is not settled is decided from the calls alone
        (``Certainty``), marked, and kept in the journal.

        Args:
            seconds: what the caller asks for; counts if it is less than ``deadline`` for so many calls.
            deadline: seconds for one call; None: the web's.

        Raises:
            Problem: a name or time that cannot be, or an id that is taken by another request.
        """
        begun = time.monotonic() - waited_seconds()
        serving = [self._source.deciding(call.customer_id) for call in calls]
        self._check(serving, calls, batch)
        most = self._seconds(len(calls), deadline)
        seconds = most if seconds is None else min(seconds, most)
        attempt: Attempt[Made, DecisionRow] = Attempt(len(calls))
        try:
            if not self._store.usable(seconds * _CATCH_UP_SHARE):
                raise _not_usable(self._store)
            left = begun + seconds - time.monotonic()
            return self._store.ask(lambda: self._decide(serving, calls, attempt), left)
        except StoreError as error:
            return self._without_store(serving, calls, attempt, degraded.reason_of(error))

    def _seconds(self, number: int, deadline: float | None) -> float:
        """The deadline for so many calls."""
        one = self._settings.web_deadline_ms / 1000 if deadline is None else deadline
        return min(number * one, self._settings.request_timeout_seconds / 2)

    def _decide(
        self, serving: Sequence[Serving], calls: Sequence[DecisionCall], attempt: Attempt[Made, DecisionRow]
    ) -> list[bytes]:
        stored, made = attempt.stored, attempt.made
        pending = list(range(len(calls)))
        for _ in patience(self._settings.database_timeout_ms):
            if len(calls) > 1:
                stored.update(self._stored([calls[index] for index in pending]))
            turn = _first_of_each(calls, pending)
            for index in turn:
                known = calls[index].decision_id in stored
                made[index] = None if known else self._make_new(serving[index], calls[index], stored)
            attempt.begin(turn)
            refused = self._store_all([item for i in turn if (item := made[i]) is not None], stored)
            pending = [i for i in pending if i not in turn or _is_refused(made[i], refused)]
            attempt.settle(turn - set(pending))
            if not pending:
                break
        self._count(calls, made, stored)
        return [self._answer(call, item, stored) for call, item in zip(calls, made, strict=True)]

    def _without_store(
        self,
        serving: Sequence[Serving],
        calls: Sequence[DecisionCall],
        attempt: Attempt[Made, DecisionRow],
        reason: Degraded,
    ) -> list[bytes]:
        """What is settled as it is; the rest decided from the calls alone, and kept in the journal."""
        settled, storing = attempt.give_up()
        made = list(attempt.made)
        answers: dict[int, dict[str, Any]] = {}
        kept: dict[bool, list[DecisionRow]] = {False: [], True: []}
        for index, call in enumerate(calls):
            item = made[index]
            if index in settled and item is not None and call.decision_id not in attempt.stored:
                answers[index] = (
                    degraded.mark(item.answer, Degraded.TOO_LATE) if call.explain else item.answer
                )
                continue
            made[index] = item = self._make_alone(serving[index], call, reason)
            answers[index] = item.answer
            kept[index in storing].append(_row(item))
        self._count(calls, made, attempt.stored)
        if not self._keep(kept):
            answers = {i: degraded.mark(answer, Degraded.NOT_RECORDED) for i, answer in answers.items()}
            self._telemetry.metrics.degraded(Degraded.NOT_RECORDED.value, len(answers))
        return [dump_json(answers[index]) for index in range(len(calls))]

    def _make_alone(self, serving: Serving, call: DecisionCall, reason: Degraded) -> Made:
        """A decision from what the caller sent, with nothing that something stored could forbid."""
        request = build_request(
            serving.names,
            call,
            StoredState(customer=None, events=(), person=call.customer_id),
            decision_id=call.decision_id or self._id_maker(),
            decided_at=self._moment(call),
        )
        withheld = serving.certainty.withheld(request)
        reasons = (*degraded.of_copy(serving.copied), reason)
        return work_through(serving, call, replace(request, withheld=withheld), self.facts, reasons)

    def _keep(self, rows: Mapping[bool, Sequence[DecisionRow]]) -> bool:
        """Whether the journal has them."""
        try:
            for correct, some in rows.items():
                if some:
                    self._store.journal_decisions(some, correct=correct)
        except JournalError as error:
            log.error("decisions_not_recorded", code=error.code, detail=str(error))
            return False
        return True

    def _count(
        self, calls: Sequence[DecisionCall], made: Sequence[Made | None], stored: Mapping[str, DecisionRow]
    ) -> None:
        self.rule_failures.add(
            code for item in made if item is not None for code in item.decision.rule_failures
        )
        self.content_fallbacks.add(
            action for item in made if item is not None for action in item.answer["actions"]
        )
        self._tell(calls, made, stored)

    def _tell(
        self, calls: Sequence[DecisionCall], made: Sequence[Made | None], stored: Mapping[str, DecisionRow]
    ) -> None:
        """Count what is new; name all in the log."""
        new = [item for item in made if item is not None and item.request.decision_id not in stored]
        self._telemetry.decided([(item.serving.engine, item.request, item.decision) for item in new])
        self._telemetry.answered(item.answer for item in new)
        self.shadow.offer((item.request, item.decision) for item in new)
        known = [(i, call.customer_id) for call in calls if (i := call.decision_id or "") in stored]
        self._telemetry.name(known)

    def what_if(self, call: DecisionCall) -> dict[str, Any]:
        """As ``decide``, but nothing is stored or counted; a decision that is stored is told as it was."""
        stored = self._stored([call])
        if stored:
            told: dict[str, Any] = orjson.loads(self._answer(call, None, stored))
            return told
        return self.hypothetical(call).told()

    def hypothetical(self, call: DecisionCall) -> Made:
        """A decision that is made and not stored."""
        serving = self._source.deciding(call.customer_id)
        self._check([serving], [call], batch=False)
        return self._make(serving, call)

    def recorded(self, decision_id: str) -> Made:
        """A stored decision, worked out anew by the engine that made it."""
        return self._again(decision_id)[1]

    def get(self, decision_id: str) -> bytes:
        """The stored answer, byte for byte."""
        answer = self._row(decision_id).answer
        if answer is None:
            raise Problem(
                "REPLAY_IMPOSSIBLE",
                "This decision was imported or erased: only its columns are kept, `nba export` has them.",
            )
        return answer.encode()

    def explain(self, decision_id: str) -> dict[str, Any]:
        """The stored answer with its explanation, worked out anew by the same bundle."""
        recorded, made = self._again(decision_id)
        return {**recorded, "explanation": made.explanation()}

    def replay(self, decision_id: str) -> dict[str, Any]:
        """Decide again from what was known then, and compare."""
        recorded, made = self._again(decision_id)
        replayed = orjson.loads(dump_json(made.answer))
        return {"identical": recorded == replayed, "recorded": recorded, "replayed": replayed}

    def _check(self, serving: Sequence[Serving], calls: Sequence[DecisionCall], batch: bool) -> None:
        latest = latest_time(self._clock(), self._settings.clock_skew_seconds)
        found: list[FieldProblem] = []
        for index, call in enumerate(calls):
            path = f"decisions[{index}]." if batch else ""
            found += decision_problems(serving[index].names, call, latest, path)
        if found:
            raise problem_of_fields(found)

    def _stored(self, calls: Sequence[DecisionCall]) -> dict[str, DecisionRow]:
        """The decisions that are there already, each asked for with the same request."""
        asked: dict[str, str] = {}
        for call in calls:
            if call.decision_id is not None:
                request = canonical_request(call)
                if asked.setdefault(call.decision_id, request) != request:
                    raise _mismatch(call.decision_id)
        found = dict(self._store.decisions(list(asked))) if asked else {}
        self._check_same(found, asked)
        return found

    def _check_same(self, found: Mapping[str, DecisionRow], asked: Mapping[str, str]) -> None:
        """Refuse an id that is taken by another request; ``asked``: id → canonical request."""
        for decision_id, row in found.items():
            if not same_question(self._store, row.request, asked[decision_id]):
                raise _mismatch(decision_id)

    def _make(self, serving: Serving, call: DecisionCall) -> Made:
        """A decision from what is stored about the customer."""
        decided_at = self._moment(call)
        with self._telemetry.tracing.span("state"):
            stored = self._store.state(call.customer_id, to_ms(decided_at), self._settings.history_limit)
        return self._make_from(stored, serving, call, decided_at)

    def _make_new(self, serving: Serving, call: DecisionCall, known: dict[str, DecisionRow]) -> Made | None:
        """The same, unless the id is stored already: then None, and the stored one is in ``known``."""
        if call.decision_id is None:
            return self._make(serving, call)
        decided_at = self._moment(call)
        with self._telemetry.tracing.span("state"):
            found = self._store.decision_or_state(
                call.decision_id, call.customer_id, to_ms(decided_at), self._settings.history_limit
            )
        if isinstance(found, StoredState):
            return self._make_from(found, serving, call, decided_at)
        self._check_same({call.decision_id: found}, {call.decision_id: canonical_request(call)})
        known[call.decision_id] = found
        return None

    def _moment(self, call: DecisionCall) -> datetime:
        return _whole_ms(call.decided_at or self._clock())

    def _make_from(
        self, stored: StoredState, serving: Serving, call: DecisionCall, decided_at: datetime
    ) -> Made:
        request = build_request(
            serving.names,
            call,
            stored,
            decision_id=call.decision_id or self._id_maker(),
            decided_at=decided_at,
            rooms=rooms(self._store, serving.journey, to_ms(decided_at)),
        )
        with self._telemetry.tracing.span("decide", bundle=serving.bundle_id):
            reasons = degraded.of_copy(serving.copied)
            return work_through(serving, call, request, self.facts, reasons, version=stored.version)

    def _store_all(self, made: Sequence[Made], stored: dict[str, DecisionRow]) -> Collection[str]:
        """Store what was made; where another request was faster, its answer counts.

        Returns:
            The ids of those that have to be made anew.
        """
        unique = {item.request.decision_id: item for item in made}
        if not unique:
            return ()
        claims = {key: _claim(item) for key, item in unique.items() if _contacts(item)}
        with self._telemetry.tracing.span("store", decisions=len(unique)):
            written = self._store.add_decisions([_row(item) for item in unique.values()], claims)
        if written.conflicts:
            taken = self._store.decisions(written.conflicts)
            self._check_same(taken, {key: canonical_request(unique[key].call) for key in taken})
            stored.update(taken)
        refused: Collection[str] = written.refused
        return refused

    def _answer(self, call: DecisionCall, made: Made | None, stored: Mapping[str, DecisionRow]) -> bytes:
        row = stored.get(call.decision_id or "")
        if row is None and made is not None:
            return dump_json(made.told())
        decision_id = call.decision_id or ""
        return dump_json(self.explain(decision_id)) if call.explain else self.get(decision_id)

    def _row(self, decision_id: str) -> DecisionRow:
        row: DecisionRow | None = self._store.decisions([decision_id]).get(decision_id)
        if row is None:
            raise Problem(
                "DECISION_UNKNOWN",
                f"Expected the id of a stored decision, got {decision_id[:200]!r}."
                " Decide first (POST /v1/decisions); decisions of erased customers have lost their ids.",
            )
        return row

    def as_then(self, row: DecisionRow) -> tuple[Serving, DecisionRequest]:
        """The engine that made a stored decision, and the request with all that was known then.

        Raises:
            Problem: ``REPLAY_IMPOSSIBLE`` or ``BUNDLE_GONE``.
        """
        _, _, request, serving = self._thawed(row)
        return serving, request

    def _again(self, decision_id: str) -> tuple[dict[str, Any], Made]:
        recorded, call, request, serving = self._thawed(self._row(decision_id))
        circumstances = degraded.circumstances(recorded)
        return recorded, work_through(serving, call, request, self.facts, circumstances)

    def _thawed(self, row: DecisionRow) -> tuple[dict[str, Any], DecisionCall, DecisionRequest, Serving]:
        if row.request is None or row.state is None or row.answer is None or row.bundle is None:
            raise Problem(
                "REPLAY_IMPOSSIBLE",
                "This decision was imported or erased: what was known then is not kept, so it cannot be"
                " worked out again.",
            )
        call: DecisionCall = _SCHEMA.load(orjson.loads(row.request))
        decided_at = from_ms(row.decided_at)
        request = thaw(call, row.state, decision_id=row.decision_id, decided_at=decided_at)
        recorded: dict[str, Any] = orjson.loads(row.answer)
        serving = self._source.of_bundle(row.bundle, recorded.get("journey"), row.updates)
        return recorded, call, request, serving


def work_through(
    serving: Serving,
    call: DecisionCall,
    request: DecisionRequest,
    facts: FactBook,
    degraded_by: Sequence[Degraded] = (),
    *,
    version: int = 0,
) -> Made:
    """Decide and render. ``degraded_by``: what kept the decision from being as good as it can be."""
    serving, decision, failed = _decided(serving, request)
    journey = serving.journey
    shared = person_variables(journey, request, facts, phase=decision.phase.name)
    locale = request.context.get("locale") or request.customer.locale
    contents = [
        serving.renderer.render(
            treatment.action,
            treatment.channel,
            treatment.placement,
            locale,
            decision_variables(shared, journey, decision, treatment),
        )
        for treatment in decision.actions
    ]
    answer = decision_answer(decision, contents, timed=call.when is not None)
    reasons = (*degraded_by, *failed, *degraded.of_contents(contents))
    return Made(serving, call, request, decision, degraded.mark(answer, *reasons), version)


def _decided(serving: Serving, request: DecisionRequest) -> tuple[Serving, Decision, tuple[Degraded, ...]]:
    """The decision; in playbook order if the models fail, as nothing that a customer asks for may."""
    try:
        return serving, decide(serving.engine, request), ()
    except NBAError:
        raise
    except Exception:
        log.exception("models_failed", bundle=serving.bundle_id)
        if serving.engine.models is None:
            raise
        serving = serving.playbook()
        return serving, decide(serving.engine, request), (Degraded.MODEL_FAILED,)


def _not_usable(store: ResilientStore) -> StoreError:
    if store.breaker.closed:
        return StoreCatchingUpError("The journal is being replayed.")
    return StoreError("The store does not answer.")


def _first_of_each(calls: Sequence[DecisionCall], pending: Sequence[int]) -> set[int]:
    """The first pending call of every customer: the next one has to see what came of it."""
    first: dict[str, int] = {}
    for index in pending:
        first.setdefault(calls[index].customer_id, index)
    return set(first.values())


def _is_refused(made: Made | None, refused: Collection[str]) -> bool:
    return made is not None and made.request.decision_id in refused


def _contacts(made: Made) -> tuple[tuple[str, str | None], ...]:
    return tuple((t.action, t.channel) for t in made.decision.actions if t.action != NOTHING)


def _claim(made: Made) -> Claim:
    return Claim(version=made.version, seats=seats(made.serving.journey, made.decision))


def _row(made: Made) -> DecisionRow:
    decision, first = made.decision, made.decision.actions[0]
    decided_at = to_ms(decision.decided_at)
    window_ms = round(made.serving.journey.delivery_window_days * DAY_MS)
    return DecisionRow(
        decision_id=decision.decision_id,
        customer_id=decision.customer_id,
        decided_at=decided_at,
        delivered_at=None if made.call.deferred else decided_at,
        action=first.action,
        channel=first.channel,
        action_probability=float(first.action_probability),
        contacts=_contacts(made),
        context=canonical_json(made.call.context) if made.call.context else None,
        candidates=dump_json(candidate_answers(decision.candidates)).decode(),
        bundle=decision.bundle,
        policy=decision.policy,
        arm=decision.arm,
        request=canonical_request(made.call),
        answer=dump_json(made.answer).decode(),
        state=freeze(made.request),
        deliver_by=decided_at + window_ms if made.call.deferred else None,
        phase=decision.phase.name,
        propensity=_as_modelled(made),
        updates=made.serving.update,
    )


def _as_modelled(made: Made) -> float:
    """The model's own propensity of the first treatment, which later updates compare outcomes with."""
    journey, first = made.serving.journey, made.decision.actions[0]
    return as_modelled(
        made.serving.engine.update,
        journey.phase_index[made.decision.phase.name],
        journey.treatment_index[first.action, first.channel],
        float(first.propensity.value),
    )


def _whole_ms(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _mismatch(decision_id: str) -> Problem:
    return Problem(
        "IDEMPOTENCY_MISMATCH",
        f"Expected the same request as before for decision_id {decision_id!r}, got another one."
        " Use a new decision_id for a new decision.",
    )
