"""An engine is a journey file and models, compiled once.

Puts together what eligibility, scoring and choice ask; decides nothing itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from models.arrays import Codes, Floats, Ints
from models.bundle import Models
from models.domain.account import AccountState
from models.domain.decision import DecisionRequest
from models.domain.history import History, build_history, to_ms
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.domain.past import NO_PAST
from models.domain.past.joining import joined_history
from models.domain.past.reading import PastReader
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.features.situations import Situations
from models.policy.eligibility.accounts import AccountRules
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.eligibility import Eligibility
from models.policy.eligibility.placements import SlotTable
from models.policy.eligibility.together.screen import ScreenTogether
from models.policy.scoring.estimates import Estimator, LearnedEstimates
from models.policy.scoring.factors import TreatmentFactors
from models.policy.scoring.new_treatments import NewTreatmentEstimates, novelty, trained_codes
from models.policy.scoring.playbook import Playbook
from models.policy.scoring.priors import PriorEstimates, believed
from models.policy.scoring.satisfaction import SatisfactionFactors
from models.policy.scoring.scoring import Scores, score
from models.policy.scoring.updates import PropensityUpdate, UpdatedEstimates

_ONLY: Final = np.zeros(1, dtype=np.int64)
_ONLY.flags.writeable = False


class Engine:
    """A journey and a bundle's models, compiled once and asked many times.

    Immutable after that.

    ``evidence``: shape (P, T), the decisions that its propensities are worth. ``update``: what outcomes
    since the training changed, if there is any (``updated``).

    Args:
        models: None when there is no bundle: scores then come from the journey file's priors.
        bundle_id: what answers and the log carry.
        trained: the journey file that the models were trained with, if that is another one.

    Raises:
        FeatureMismatchError: the models' features cannot be built for ``journey``.
    """

    def __init__(
        self, journey: Journey, models: Models | None, bundle_id: str, trained: Journey | None = None
    ) -> None:
        self.journey = journey
        self.models = models
        self.bundle_id = bundle_id
        self.phases = tuple(journey.phase_index)
        self.catalogue = Catalogue.of(journey)
        self.eligibility = Eligibility(journey, self.catalogue)
        self.screen_together = ScreenTogether(journey, self.eligibility)
        self._accounts = AccountRules(journey)
        self.playbook = Playbook(journey)
        self.slots = SlotTable(journey, self.catalogue)
        spec = make_spec(journey, None) if models is None else models.spec
        self.builder = FeatureBuilder(spec, journey)
        self.pasts = PastReader(journey, self.builder.machine)
        self.trained = trained or journey
        self.factors = TreatmentFactors.of(journey, self.catalogue)
        self.estimator: Estimator = PriorEstimates(journey)
        self.evidence = believed(journey)
        self.update: PropensityUpdate | None = None
        self.policy_names: dict[ArmPolicy, str] = {}  # as they are asked for; ``choice.policy_name``
        self.novelty = np.zeros(len(journey.treatments))
        self.satisfaction: SatisfactionFactors | None = None
        if models is not None:
            codes = trained_codes(journey, self.trained)
            same = self.trained.treatments == journey.treatments
            self.novelty = novelty(journey, models, codes)
            self.satisfaction = SatisfactionFactors.of(journey, self.catalogue, models.satisfaction, codes)
            known = models.response.evidence[:, np.maximum(codes, 0)]
            self.evidence = np.where(codes >= 0, known, self.evidence)
            self.estimator = (
                LearnedEstimates(models, self.builder, journey)
                if same
                else NewTreatmentEstimates(models, self.builder, journey, codes)
            )

        self.has_new = bool(self.novelty.any())

    def updated(self, update: PropensityUpdate) -> Engine:
        """This engine with ``update`` on top of its models.

        It must have none so far.

        What has been tried since the training is less new too. Shares everything else with this one.
        """
        engine = copy.copy(self)
        engine.update = update
        engine.estimator = UpdatedEstimates(self.estimator, update, self.evidence)
        tried = update.seen.sum(axis=0) / self.journey.objective.exploration.new.until
        engine.novelty = np.maximum(self.novelty - tried, 0.0)
        engine.has_new = bool(engine.novelty.any())
        return engine

    def situate(self, request: DecisionRequest) -> Situations:
        """The one situation of ``request``: history, phase and attributes at its time.

        Raises:
            KeyError: never for a checked request; ``decide`` checks names first.
        """
        customer = request.customer
        history, instant = self._history(request), to_ms(request.decided_at)
        return self.builder.situate(
            history=history,
            customer=_ONLY,
            instant=np.array([instant], dtype=np.int64),
            attributes=self.builder.attribute_matrix([_known_attributes(self.journey, request)]),
            time_zones=[customer.time_zone],
            stated_phase=self._stated_phase(request, history, instant),
        )

    def situate_all(self, requests: Sequence[DecisionRequest]) -> Situations:
        """The situations of requests whose pasts are kept and may be read together (``may_join``).

        Each is the one that ``situate`` gives, bit for bit.

        Raises:
            PastError: a past has been folded.
            KeyError: never for checked requests.
        """
        pasts = [NO_PAST if request.past is None else request.past for request in requests]
        history = joined_history(self.journey, self.pasts, pasts)
        return self.situate_in(history, np.arange(len(requests)), requests)

    def situate_in(self, history: History, customer: Ints, requests: Sequence[DecisionRequest]) -> Situations:
        """The situations of requests whose pasts lie in one history; requests tell none.

        Args:
            customer: shape (n,). Positions in the history, one a request, each at most once.

        Raises:
            KeyError: never for checked requests.
        """
        own = self.builder.attribute_matrix(
            [_known_attributes(self.journey, request) for request in requests]
        )
        attributes = np.empty((history.n_customers, own.shape[1]))
        attributes[customer] = own
        zones: list[str | None] = [None] * history.n_customers
        for position, request in zip(customer.tolist(), requests, strict=True):
            zones[position] = request.customer.time_zone
        stated = [request.stated_phase for request in requests]
        codes = [-1 if phase is None else self.journey.phase_index[phase] for phase in stated]
        return self.builder.situate(
            history=history,
            customer=customer,
            instant=np.array([to_ms(request.decided_at) for request in requests], dtype=np.int64),
            attributes=attributes,
            time_zones=zones,
            stated_phase=np.array(codes, dtype=np.int32) if any(stated) else None,
        )

    @property
    def has_account_phases(self) -> bool:
        """Whether people of an account are decided for in the account's phase."""
        return self._accounts.has_phases

    def account_phase(self, account: AccountState, instant: int) -> str:
        """The phase of an account as somebody outside of it sees it, at a moment in ms since 1970 UTC."""
        return self.phases[self._accounts.phase(account, None, instant)]

    def _stated_phase(self, request: DecisionRequest, history: History, instant: int) -> Codes | None:
        """What the request states, else the account's phase; None: the customer's own."""
        if request.stated_phase is not None:
            return self._phase_code(request.stated_phase)
        if request.account is None or not self._accounts.has_phases:
            return None
        return np.array([self._accounts.phase(request.account, history, instant)], dtype=np.int32)

    def _history(self, request: DecisionRequest) -> History:
        if request.past is None:
            return build_history(self.journey, [request.interactions])
        return self.pasts.history(request.past)

    def score(
        self, situations: Situations, row: Ints, treatment: Ints, weight: Floats | None = None
    ) -> Scores:
        """Scores of candidates of one or many situations; see ``scoring.score``."""
        return score(self.estimator, self.factors, situations, row, treatment, weight)

    def _phase_code(self, name: str) -> Codes:
        return np.array([self.journey.phase_index[name]], dtype=np.int32)


def _known_attributes(journey: Journey, request: DecisionRequest) -> Mapping[str, object]:
    """What models may know of the customer."""
    attributes, account = request.customer.attributes, request.account
    if account is None or journey.accounts is None:
        return attributes
    return {**attributes, **journey.accounts.known(account.role, account.attributes)}
