"""Global Privacy Control.

A browser that sends ``Sec-GPC: 1`` objects, as the settings say. The signal becomes a consent of the call's
own profile, so it is part of what was asked: logged, explained and replayed like everything else. It is also
a refusal in the ledger of the person that the call names: the law takes it for one of the browser and of
everybody known by it, and its absence in a later call grants nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog

from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.errors import StoreError
from nba_service.http.application import the_request
from nba_service.http.current import current
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Gpc, Settings

SOURCE: Final = "Sec-GPC"

log = structlog.get_logger(__name__)


def honour_gpc(call: DecisionCall) -> DecisionCall:
    """The call with the refusal that the current request's header stands for, which is recorded."""
    heard = hear_gpc(call)
    if heard is not call:
        store = current(ResilientStore)
        try:
            store.refuse(call.customer_id, current(Settings).gpc.value, store.now_ms(), SOURCE)
        except StoreError as error:  # it holds for this call, and the browser says it again with the next
            log.warning("objection_not_recorded", detail=str(error))
    return heard


def hear_gpc(call: DecisionCall) -> DecisionCall:
    """The call with that refusal, which is not recorded."""
    flag = current(Settings).gpc
    if flag is Gpc.IGNORE or not call.customer_id or the_request().headers.get("Sec-GPC", "").strip() != "1":
        return call
    profile = call.profile or Profile()
    return replace(call, profile=replace(profile, consent={**profile.consent, flag.value: False}))
