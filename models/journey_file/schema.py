"""The shape of a journey file: sections, fields, kinds and ranges.

What names refer to: ``references``. docs/reference/journey-file.md describes every field; a test keeps the
two together.
"""

from __future__ import annotations

import re

from models.domain.actions import MOST_VARIANTS, ChannelKind, LimitOf, Ownership, Purpose, Tier
from models.domain.journey import AttributeType, Sentiment
from models.domain.objective import ArmPolicy, ExplorationMethod, Unknown
from models.domain.past.details import MOST_PROPERTIES
from models.domain.rules.rules import MAX_RULE_LENGTH
from models.journey_file.fields import (
    LOCALE,
    Choice,
    Clock,
    Flag,
    HorizonDays,
    Link,
    Matching,
    Moment,
    Named,
    Number,
    Scalar,
    Section,
    Several,
    Shape,
    Text,
    TimeZone,
    code_field,
    days,
    name_field,
)

_HOUR_IN_DAYS = 1 / 24


def _names() -> Several:
    return Several(name_field())


def _rule() -> Text:
    return Text(
        required=True,
        most=MAX_RULE_LENGTH,
        expected="a rule in CEL",
        remedy='write a condition such as seen.quote_requested > 0, in quotes if it has ": "',
    )


class AttributeShape(Shape):
    type = Choice(AttributeType, required=True)
    label = Text()
    minimum = Number()
    maximum = Number()
    values = Several(Text(), most=1_000)
    feature = Flag()


class TouchpointShape(Shape):
    label = Text()
    contact = Flag()
    withdraws = _names()
    properties = Named(Section(AttributeShape), most=MOST_PROPERTIES)
    channel = name_field()
    ownership = Choice(Ownership)
    actions = _names()


class ConsentShape(Shape):
    label = Text()


class LapseShape(Shape):
    after_days = days(_HOUR_IN_DAYS, required=True, expected="a number of days, at least an hour (0.042)")
    to = name_field(required=True)


class PhaseShape(Shape):
    label = Text()
    value = Number()
    paid_once = Flag()
    lapse = Section(LapseShape)


class PhaseRuleShape(Shape):
    when = _rule()
    to = name_field(required=True)
    from_ = Several(name_field(), data_key="from")


class QuietHoursShape(Shape):
    start = Clock(required=True)
    end = Clock(required=True)


class ChannelLimitShape(Shape):
    code = code_field()
    count = Number(required=True, least=1, most=10_000, whole=True)
    window_days = days(_HOUR_IN_DAYS, required=True)


class ChannelShape(Shape):
    label = Text()
    cost = Number(least=0)
    consent = name_field()
    inbound = Flag()
    ownership = Choice(Ownership)
    placements = _names()
    quiet_hours = Section(QuietHoursShape)
    daily_capacity = Number(least=0, most=1e9, whole=True)
    shadow_price = Number(least=0)
    kind = Choice(ChannelKind)
    tel_links = Flag()
    max_characters = Number(least=20, most=100_000, whole=True)
    limits = Several(Section(ChannelLimitShape), most=20)


class ContactLimitShape(ChannelLimitShape):
    code = code_field(required=True)
    per = Choice(LimitOf)
    channels = _names()
    groups = _names()
    actions = _names()


class RoleShape(Shape):
    label = Text()


class AccountPhaseRuleShape(Shape):
    when = _rule()
    to = name_field(required=True)


class AccountsShape(Shape):
    roles = Named(Section(RoleShape, short="label"), required=True, least=1, most=50)
    attributes = Named(Section(AttributeShape))
    phase_rules = Several(Section(AccountPhaseRuleShape))


class OutcomeShape(Shape):
    label = Text()
    sentiment = Choice(Sentiment)
    final = Flag()
    value = Number()
    withdraws = _names()
    properties = Named(Section(AttributeShape), most=MOST_PROPERTIES)


class OutcomesShape(Shape):
    response_window_days = days(_HOUR_IN_DAYS)
    default = name_field(required=True)
    named = Named(Section(OutcomeShape, short="label"), required=True, least=1, most=100)


class PriorShape(Shape):
    propensity = Number(least=0, most=1, expected="a probability above 0 and below 1")
    moves = Named(Number(least=0.001, most=1_000, expected="odds, a factor from 0.001 to 1000"))
    weight = Number(least=0, above=True, most=1e9)


class ContentShape(Shape):
    title = Text(most=1_000, empty=True)
    body = Text(most=20_000)
    image_url = Link()
    click_url = Link()
    html = Text(most=60_000, empty=True)
    button = Text(most=200, empty=True)


class ActionShape(Shape):
    label = Text()
    channels = Several(name_field(), required=True)
    phases = _names()
    roles = _names()
    group = name_field()
    purpose = Choice(Purpose)
    value = Number()
    positive_outcomes = _names()
    response_window_days = days(_HOUR_IN_DAYS)
    repeat_after_days = days(0)
    stop_after_positive = Flag()
    stop_after_ignored = Number(least=1, most=10_000, whole=True)
    starts_at = Moment()
    ends_at = Moment()
    requires = _names()
    conflicts = _names()
    prior = Section(PriorShape)
    content = Named(Named(Section(ContentShape), key=LOCALE))
    variants = Named(Named(Named(Section(ContentShape), key=LOCALE)), least=2, most=MOST_VARIANTS)
    configuration = name_field()


class ChoiceShape(Shape):
    label = Text()
    price = Number()


class OptionShape(Shape):
    label = Text()
    choices = Named(Section(ChoiceShape, short="label"), required=True, least=1, most=50)
    default = name_field()
    weight = Number(least=0, above=True, most=1e6)
    ordered = Flag()
    wish = name_field()
    tracked = Flag()


class CompatibilityShape(Shape):
    code = code_field(required=True)
    when = Named(_names(), required=True, least=1, most=20)
    needs = Named(_names(), least=1, most=20)
    message = Text(most=500)
    regions = Several(Text(most=64), most=1_000)


class ConfiguratorShape(Shape):
    label = Text()
    region = name_field()
    within_days = Number(least=0, most=3_650, whole=True)
    max_age_hours = Number(least=0, above=True, most=87_600)
    options = Named(Section(OptionShape), required=True, least=1, most=20)
    rules = Several(Section(CompatibilityShape), most=500)


class PolicyShape(Shape):
    code = code_field(required=True)
    tier = Choice(Tier, required=True)
    when = _rule()
    message = Text(most=500)
    actions = _names()
    groups = _names()
    purposes = Several(Choice(Purpose))
    channels = _names()


class NewTreatmentsShape(Shape):
    share = Number(least=0, most=0.5, expected="a share from 0 to 0.5")
    until = Number(least=1, most=1e9)


class ExplorationShape(Shape):
    method = Choice(ExplorationMethod)
    gamma = Number(least=0, above=True, most=1e9)
    floor = Number(least=0, most=0.5, expected="a share from 0 to 0.5")
    at_most = Number(least=0, most=1, expected="a share from 0 to 1")
    new = Section(NewTreatmentsShape)


class UpdatesShape(Shape):
    half_life_days = days(_HOUR_IN_DAYS)
    evidence = Number(least=1, most=1e9)


class FactorsShape(Shape):
    propensity = Flag()
    value = Flag()
    weight = Flag()
    lever = Flag()
    cost = Flag()
    journey = Flag()


class ShareBoundShape(Shape):
    at_least = Number(least=0, most=1, expected="a share from 0 to 1")
    at_most = Number(least=0, most=1, expected="a share from 0 to 1")
    price = Number()


class BoundsShape(Shape):
    minimum_propensity = Number(least=0, most=1, expected="a probability from 0 to 1")
    minimum_gain = Number()
    shares = Named(Section(ShareBoundShape))


class SatisfactionShape(Shape):
    fact = Text(required=True, most=200)
    window_days = days(_HOUR_IN_DAYS)
    weight = Number(least=0, most=1e9)
    weights = Named(Number(least=0, most=1e9))
    largest_loss = Number(least=0)
    when_unknown = Choice(Unknown)


class ArmShape(Shape):
    share = Number(required=True, least=0, most=1, expected="a share from 0 to 1")
    policy = Choice(ArmPolicy, required=True)


class ObjectiveShape(Shape):
    horizon_days = HorizonDays()
    discount_per_year = Number(least=0, most=1)
    pressure_price = Number(least=0)
    levers = Named(Number(least=0, most=1_000))
    factors = Section(FactorsShape)
    bounds = Section(BoundsShape)
    satisfaction = Section(SatisfactionShape)
    exploration = Section(ExplorationShape)
    updates = Section(UpdatesShape)
    arms = Named(Section(ArmShape), least=1, most=50)
    arm_salt = Text()


class GoldenDecisionShape(Shape):
    name = Text(required=True)
    phase = name_field(required=True)
    channels = _names()
    attributes = Named(Scalar())
    consent = Named(Flag())
    expect = _names()
    never = _names()


class GateShape(Shape):
    calibration_propensity = Number(least=0, most=1)
    calibration_next_phase = Number(least=0, most=1)
    phase_factor = Number(least=1, most=100)
    phase_rows = Number(least=1, most=1e9, whole=True)
    gain_tolerance = Number(least=0)
    phase_tolerance = Number(least=0)
    when_unknown = Choice(Unknown)
    coverage_share = Number(least=0, most=1)
    coverage_least = Number(least=0, most=1)
    drift_scores = Number(least=0, above=True, most=100)
    drift_features = Number(least=0, above=True, most=100)
    golden_decisions = Several(Section(GoldenDecisionShape))


def _host() -> Matching:
    return Matching(
        re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"),
        expected="a host such as www.example.org",
        remedy="write small letters, without https:// and path",
    )


class MailShape(Shape):
    links = Several(_host())
    defaults = Named(Named(Section(ContentShape), key=LOCALE))


class JourneyShape(Shape):
    company = Text(required=True)
    currency = Matching(
        re.compile("[A-Z]{3}"),
        required=True,
        expected="a currency such as EUR",
        remedy="use its ISO 4217 code",
    )
    time_zone = TimeZone(required=True)
    default_locale = Matching(
        LOCALE,
        required=True,
        expected="a locale such as en or de-AT",
        remedy="write language or language-COUNTRY",
    )
    attributes = Named(Section(AttributeShape))
    accounts = Section(AccountsShape)
    consents = Named(Section(ConsentShape, short="label"), most=100)
    profile_consent = name_field()
    delivery_window_days = days(_HOUR_IN_DAYS)
    touchpoints = Named(Section(TouchpointShape, short="label"), most=1_000)
    phases = Named(Section(PhaseShape, short="label"), required=True, least=1, most=50)
    phase_rules = Several(Section(PhaseRuleShape))
    channels = Named(Section(ChannelShape), required=True, least=1, most=50)
    contact_limits = Several(Section(ContactLimitShape))
    outcomes = Section(OutcomesShape, required=True)
    actions = Named(Section(ActionShape), required=True, most=1_000)
    configurations = Named(Section(ConfiguratorShape), most=20)
    policies = Several(Section(PolicyShape), most=1_000)
    playbook = Named(_names())
    objective = Section(ObjectiveShape)
    gate = Section(GateShape)
    mail = Section(MailShape)
