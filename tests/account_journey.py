"""A seller of software whose customers are people of accounts, as small as can be."""

from __future__ import annotations

from typing import Final

ACCOUNT_JOURNEY: Final = """\
company: Rollout Software
currency: EUR
time_zone: UTC
default_locale: en

consents: {email: E-mails}

accounts:
  roles:
    user: Works with it
    technical: Runs it
    decider: Signs for it
  attributes:
    employees: {type: number, label: Employees}
    partner: {type: boolean, label: Partner of ours}
  phase_rules:
    - {when: account.roles_seen.quote_requested >= 2, to: buying}
    - {when: account.people_seen.trial_started > 0, to: testing}

touchpoints:
  trial_started: A trial began
  quote_requested: Somebody asked for a quote
  mail_sent: {label: A mail of ours, contact: true}

phases:
  watching: Watching
  testing: Testing
  buying: Buying

channels:
  email: {label: E-mail, cost: 0.1, consent: email}
  phone: {label: Phone, cost: 5}

contact_limits:
  - {code: ACCOUNT_2_IN_7_DAYS, count: 2, window_days: 7, per: account}

outcomes:
  default: silence
  named:
    yes_please: {label: Said yes, sentiment: positive}
    silence: No answer

actions:
  datasheet:
    label: Technical data sheet
    channels: [email]
    roles: [technical]
    value: 20
    prior: {propensity: 0.3}
    content: {default: {en: {title: Data sheet, body: How it runs.}}}
  business_case:
    label: Business case
    channels: [email, phone]
    roles: [decider]
    value: 200
    prior: {propensity: 0.2}
    content: {default: {en: {title: Business case, body: What it saves.}}}
  newsletter:
    label: Newsletter
    channels: [email]
    value: 1
    prior: {propensity: 0.1}
    content: {default: {en: {title: News, body: News.}}}

policies:
  - code: NOT_BEFORE_A_TRIAL
    tier: applicability
    when: account.people_seen.trial_started > 0 || action.name != "business_case"
    message: nobody of the account has tested it

playbook:
  watching: [datasheet, newsletter]
  testing: [business_case, datasheet]
  buying: [business_case]
"""
