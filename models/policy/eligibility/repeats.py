"""What a customer's own record with an action forbids.

Knows what an action requires, how long it rests after a contact and when it gives up; knows nothing of
other barriers. Counts are over delivered contacts and their outcomes.
"""

from __future__ import annotations

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact_record import ActionRecord
from models.policy.eligibility.screening import EligibilityFilter, always
from models.policy.eligibility.treatment_sets import treatment_set


class RepeatRules:
    """What the journey file says of repeating each action, compiled once.

    Keys are action codes.
    """

    __slots__ = ("repeat_days", "requires", "stop_ignored", "stop_positive", "treatments")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        numbered = list(enumerate(journey.actions))
        self.treatments = [treatment_set(catalogue.where(actions=[a.name])) for a in journey.actions]
        self.repeat_days = {i: a.repeat_after_days for i, a in numbered if a.repeat_after_days}
        self.stop_positive = {i for i, a in numbered if a.stop_after_positive}
        self.stop_ignored = {i: a.stop_after_ignored for i, a in numbered if a.stop_after_ignored}
        self.requires = {
            i: {name: journey.action_index[name] for name in a.requires} for i, a in numbered if a.requires
        }

    def ask(self, eligible: EligibilityFilter, record: ActionRecord) -> None:
        """Refuse what the record forbids."""
        self._ask_requires(eligible, record)
        self._ask_repeat(eligible, record)
        for action in sorted(self.stop_positive & record.positives.keys()):
            detail = always("the customer has said yes to it")
            eligible.refuse(self.treatments[action], "repeat", "ALREADY_ANSWERED", detail)
        for action in sorted(self.stop_ignored.keys() & record.unanswered.keys()):
            most, unanswered = self.stop_ignored[action], record.unanswered[action]
            if unanswered >= most:
                detail = always(f"{unanswered} contacts without a yes, stops after {most}")
                eligible.refuse(self.treatments[action], "repeat", "IGNORED", detail)

    def _ask_requires(self, eligible: EligibilityFilter, record: ActionRecord) -> None:
        """An action may require others: that they were delivered before, or answered with a yes."""
        for action, required in self.requires.items():
            missing = [
                name
                for name, code in required.items()
                if code not in record.contacts and code not in record.positives
            ]
            if missing:
                detail = always(f"needs {', '.join(map(repr, missing))} first")
                eligible.refuse(self.treatments[action], "repeat", "REQUIRES", detail)

    def _ask_repeat(self, eligible: EligibilityFilter, record: ActionRecord) -> None:
        for action in sorted(self.repeat_days.keys() & record.last_contact.keys()):
            days = self.repeat_days[action]
            elapsed = record.instant - record.last_contact[action]
            if elapsed < days * DAY_MS:
                detail = always(f"last contact {elapsed / DAY_MS:.1f} days ago, again after {days:g} days")
                eligible.refuse(self.treatments[action], "repeat", "REPEAT", detail)
