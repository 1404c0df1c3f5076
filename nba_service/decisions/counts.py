"""What is counted of decisions once they are answered.

Metrics, drift, failures, and the shadow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nba_service.content.fallbacks import ContentFallbacks
from nba_service.decisions.answers import Answer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import MadeDecision
from nba_service.engine.shadow import Shadow
from nba_service.engine.source import EngineSource
from nba_service.store.rows import DecisionRow
from nba_service.telemetry.rule_failures import RuleFailures
from nba_service.telemetry.telemetry import Telemetry


class DecisionCounts:
    """Counts of this process. ``shadow``: compares what was decided with another bundle."""

    def __init__(self, telemetry: Telemetry, source: EngineSource) -> None:
        self._telemetry = telemetry
        self.rule_failures = RuleFailures()
        self.content_fallbacks = ContentFallbacks()
        self.shadow = Shadow(source.shadow)

    def count(
        self,
        calls: Sequence[DecisionCall],
        made: Sequence[MadeDecision | None],
        stored: Mapping[str, DecisionRow],
    ) -> None:
        """Count what is new; name all in the log. ``stored``: those that were there before, by id."""
        decided = [item for item in made if item is not None]
        self.rule_failures.add(code for item in decided for code in item.decision.rule_failures)
        self.content_fallbacks.add(key for item in decided for key in text_fallbacks(item.answer))
        new = [item for item in decided if item.request.decision_id not in stored]
        self._telemetry.decided([(item.serving.engine, item.request, item.decision) for item in new])
        self._telemetry.answered(
            (reason for item in new for reason in item.answer["degraded_by"]),
            (key for item in new for key in text_fallbacks(item.answer)),
        )
        self.shadow.offer((item.request, item.decision) for item in new)
        named = [
            (
                item.request.decision_id,
                item.call.customer_id or item.decision.customer_id,
                item.decision.customer_id,
            )
            for item in new
        ]
        known = [
            (i, call.customer_id, stored[i].customer_id)
            for call in calls
            if (i := call.decision_id or "") in stored
        ]
        self._telemetry.name([*named, *known])

    def not_recorded(self, number: int) -> None:
        """So many decisions were answered that neither store nor journal could keep."""
        self._telemetry.answered([Degraded.NOT_RECORDED.value] * number, ())


def text_fallbacks(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Action, channel (empty if it has none) and reason of each text that fell back."""
    for action in answer["actions"]:
        content = action["content"]
        if content is not None and content["fallback"]:
            yield action["action"], action["channel"] or "", content["fallback"]
