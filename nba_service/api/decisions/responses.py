"""What the routes of decisions give.

``decisions/answers.py`` writes the answers; these schemas document them, and a test holds the two together.
"""

from __future__ import annotations

from marshmallow import fields

from nba_service.api.configurations.schemas import ConfigurationAnswer
from nba_service.http.batches import RefusedAnswer
from nba_service.http.schema import Strict


class PhaseAnswer(Strict):
    name = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "stated, history or default"})
    since = fields.AwareDateTime(required=True)


class PropensityAnswer(Strict):
    value = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    evidence = fields.Float(required=True)


class ValueAnswer(Strict):
    """EUR, or the currency that the answer names."""

    immediate = fields.Float(required=True)
    journey = fields.Float(required=True)
    cost = fields.Float(required=True)
    priority = fields.Float(required=True)
    over_nothing = fields.Float(required=True)
    over_nothing_low = fields.Float(required=True)
    over_nothing_high = fields.Float(required=True)


class FactorsAnswer(Strict):
    """The factors of a priority.

    Over_nothing = propensity × value × weight × lever - cost + journey_gain; share_price: of the rank.
    """

    propensity = fields.Float(required=True)
    value = fields.Float(required=True)
    weight = fields.Float(required=True)
    lever = fields.Float(required=True)
    cost = fields.Float(required=True)
    journey_gain = fields.Float(required=True)
    share_price = fields.Float(required=True)


class ContentAnswer(Strict):
    """HTML-safe texts; links are http, https, mailto or empty."""

    title = fields.String(required=True)
    body = fields.String(required=True)
    image_url = fields.String(required=True)
    click_url = fields.String(required=True)
    html = fields.String(
        required=True, metadata={"description": "safe markup for websites and mails; empty on other channels"}
    )
    button = fields.String(metadata={"description": "what stands on the link, if the journey file says it"})
    locale = fields.String(required=True, metadata={"description": "the language of the texts"})
    fallback = fields.String(
        required=True,
        metadata={"description": "why these are the action's fallback texts; empty: they are as written"},
    )


class CandidateAnswer(Strict):
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    action_probability = fields.Float(required=True)
    propensity = fields.Nested(PropensityAnswer, required=True)
    value = fields.Nested(ValueAnswer, required=True)
    leads_to = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


class SatisfactionAnswer(Strict):
    """What the treatment changes in the next score.

    Where the journey file asks for it.
    """

    fact = fields.String(required=True, metadata={"description": "the score, as rules call it"})
    over_nothing = fields.Float(required=True, metadata={"description": "points over doing nothing"})
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    worth = fields.Float(required=True, metadata={"description": "put on the rank alone, in the currency"})


class VariantAnswer(Strict):
    """The variant of the action's texts that was drawn."""

    name = fields.String(required=True)
    probability = fields.Float(required=True, metadata={"description": "of being drawn, in (0, 1]"})


class ActionAnswer(CandidateAnswer):
    rank = fields.Integer(required=True)
    placement = fields.String(required=True, allow_none=True)
    factors = fields.Nested(FactorsAnswer, required=True)
    content = fields.Nested(ContentAnswer, required=True, allow_none=True)
    reasons = fields.List(fields.String(), required=True)
    configuration = fields.Nested(
        ConfigurationAnswer, metadata={"description": "of actions that speak of one: the nearest to the wish"}
    )
    best_time = fields.AwareDateTime(
        allow_none=True, metadata={"description": "only if asked for; null: inbound, or no time fits"}
    )
    satisfaction = fields.Nested(SatisfactionAnswer)
    variant = fields.Nested(
        VariantAnswer, metadata={"description": "whose texts they are, where the action has variants"}
    )


class DropOutAnswer(Strict):
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    tier = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ContributionAnswer(Strict):
    """What one feature did to the propensity, relative to the average customer."""

    feature = fields.String(required=True)
    value = fields.Float(required=True, allow_none=True)
    text = fields.String(required=True)
    log_odds = fields.Float(required=True)


class SinceTrainingAnswer(Strict):
    """How outcomes since the training moved a propensity."""

    modelled = fields.Float(required=True, metadata={"description": "the model's own propensity"})
    log_odds = fields.Float(required=True, metadata={"description": "added to the model's log-odds"})
    decisions = fields.Float(
        required=True, metadata={"description": "of this phase and treatment since the training"}
    )


class LearnedEffectAnswer(Strict):
    """What the treatment adds to doing nothing, before its cost."""

    phase = fields.Float(required=True, metadata={"description": "what the phase says"})
    customer = fields.Float(
        required=True, metadata={"description": "what attributes, tastes and contacts so far say"}
    )
    later = fields.Float(
        required=True, metadata={"description": "after the next decision, contact pressure included"}
    )


class ExplainedCandidateAnswer(CandidateAnswer):
    """changes: leads_to minus doing nothing's."""

    factors = fields.Nested(FactorsAnswer, required=True)
    changes = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    contributions = fields.List(fields.Nested(ContributionAnswer), required=True)
    since_training = fields.Nested(SinceTrainingAnswer, required=True, allow_none=True)
    learned_effect = fields.Nested(LearnedEffectAnswer)
    satisfaction = fields.Nested(SatisfactionAnswer)


class WayPointAnswer(Strict):
    """A phase on a sequence."""

    phase = fields.String(required=True)
    days = fields.Float(required=True, metadata={"description": "until it is entered, on average"})
    action = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "what would rank first there as limits and history are now"},
    )
    channel = fields.String(required=True, allow_none=True)


class WayAnswer(Strict):
    """A sequence of phases; without any the customer stays."""

    probability = fields.Float(required=True)
    phases = fields.List(fields.Nested(WayPointAnswer), required=True)


class TimeToAnswer(Strict):
    """Days until a phase is entered.

    Of those who enter it within a year.
    """

    probability = fields.Float(required=True, metadata={"description": "that they do"})
    low = fields.Float(required=True, metadata={"description": "4 % are earlier"})
    median = fields.Float(required=True)
    high = fields.Float(required=True, metadata={"description": "4 % are later"})


class PathAnswer(Strict):
    """Chances to enter each other phase within so many days."""

    phase = fields.String(required=True, metadata={"description": "the one of now"})
    days = fields.Float(required=True)
    chosen = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "if the chosen action is done, and later what is chosen then"},
    )
    nothing = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "if nothing is done at all"},
    )
    ways = fields.List(
        fields.Nested(WayAnswer),
        required=True,
        metadata={"description": "likeliest sequences of phases within days, if the chosen action is done"},
    )
    ways_of_nothing = fields.List(
        fields.Nested(WayAnswer),
        required=True,
        metadata={"description": "the same if nothing is done at all"},
    )
    times = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(TimeToAnswer),
        required=True,
        metadata={"description": "days to each phase, if the chosen action is done"},
    )
    times_of_nothing = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(TimeToAnswer),
        required=True,
        metadata={"description": "the same if nothing is done at all"},
    )


class ExplanationAnswer(Strict):
    """What stands behind a decision.

    Every candidate with its scores; every drop-out of what was asked for, with its reason.
    """

    candidates = fields.List(fields.Nested(ExplainedCandidateAnswer), required=True)
    drop_outs = fields.List(fields.Nested(DropOutAnswer), required=True)
    not_asked = fields.Integer(
        required=True,
        metadata={
            "description": "treatments whose channel or placement was not asked for; `detail`: `full` lists"
        },
    )
    rule_failures = fields.List(
        fields.String(), required=True, metadata={"description": "policies whose rule failed, which refuses"}
    )
    configurations = fields.List(
        fields.Nested(ConfigurationAnswer),
        metadata={"description": "what can be delivered, where actions speak of it, and why not the wish"},
    )
    path = fields.Nested(PathAnswer, metadata={"description": "where a model tells it"})
    believed_phases = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        metadata={"description": "how likely each phase is, where the bundle believes rather than knows it"},
    )


class OfferAnswer(Strict):
    """What would be best for one of an account's people.

    No id says who it is.
    """

    role = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    over_nothing = fields.Float(required=True)
    probability = fields.Float(
        required=True, metadata={"description": "that they are the one who is spoken to"}
    )


class AccountPart(Strict):
    """The account of the customer."""

    account_id = fields.String(required=True)
    role = fields.String(
        required=True, allow_none=True, metadata={"description": "of the customer in the account"}
    )
    phase = fields.String(
        required=True, allow_none=True, metadata={"description": "null: the journey file gives accounts none"}
    )
    probability = fields.Float(metadata={"description": "that this person is the one who is spoken to"})
    people = fields.List(
        fields.Nested(OfferAnswer),
        metadata={"description": "where an account was asked for: its people by what they offer, best first"},
    )


class DecisionAnswer(Strict):
    decision_id = fields.String(required=True)
    customer_id = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    phase = fields.Nested(PhaseAnswer, required=True)
    actions = fields.List(fields.Nested(ActionAnswer), required=True)
    reason = fields.String(required=True)
    degraded = fields.Boolean(required=True)
    degraded_by = fields.List(
        fields.String(), required=True, metadata={"description": "why; empty if it is not degraded"}
    )
    bundle = fields.String(required=True)
    journey = fields.String(required=True, metadata={"description": "sha256 of the journey file"})
    policy = fields.String(required=True)
    arm = fields.String(required=True)
    currency = fields.String(required=True)
    blocked = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "where the first action is nothing: reason code → treatments it kept out"},
    )
    taken = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        metadata={"description": "action and channel of what the caller says that it did itself"},
    )
    account = fields.Nested(AccountPart, metadata={"description": "if the customer is in one"})
    explanation = fields.Nested(ExplanationAnswer)


class PageActionAnswer(Strict):
    rank = fields.Integer(required=True)
    placement = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    content = fields.Nested(ContentAnswer, required=True, allow_none=True)
    best_time = fields.AwareDateTime(allow_none=True)


class PageDecisionAnswer(Strict):
    """What a publishable key gets.

    What to show, and nothing that it was chosen by.
    """

    decision_id = fields.String(required=True)
    customer_id = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    actions = fields.List(fields.Nested(PageActionAnswer), required=True)
    degraded = fields.Boolean(required=True)
    degraded_by = fields.List(fields.String(), required=True)


class TextSectionAnswer(Strict):
    heading = fields.String(required=True)
    lines = fields.List(fields.String(), required=True)


class CustomerTextAnswer(Strict):
    """For the customer.

    What was used, what it changed, what different data would have changed.
    """

    language = fields.String(required=True)
    text = fields.String(required=True)
    sections = fields.List(fields.Nested(TextSectionAnswer), required=True)


class ExplainedAnswer(DecisionAnswer):
    customer_text = fields.Nested(CustomerTextAnswer)


class DifferenceAnswer(Strict):
    """A treatment whose chance or priority the changes move.

    Null: no candidate on that side.
    """

    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    before = fields.Dict(keys=fields.String(), values=fields.Float(), required=True, allow_none=True)
    after = fields.Dict(keys=fields.String(), values=fields.Float(), required=True, allow_none=True)


class WhatIfAnswer(ExplainedAnswer):
    """The decision as it is; ``what_if`` is the same with the changes."""

    what_if = fields.Nested(ExplainedAnswer)
    differences = fields.List(fields.Nested(DifferenceAnswer))


class DecisionBatchAnswer(Strict):
    decisions = fields.List(
        fields.Nested(DecisionAnswer, allow_none=True),
        required=True,
        metadata={"description": "in the order of the requests; null for one that was refused"},
    )
    refused = fields.List(fields.Nested(RefusedAnswer), metadata={"description": "if there are"})


class ReplayAnswer(Strict):
    identical = fields.Boolean(required=True)
    recorded = fields.Nested(DecisionAnswer, required=True)
    replayed = fields.Nested(DecisionAnswer, required=True)
