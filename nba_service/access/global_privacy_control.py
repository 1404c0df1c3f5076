"""Global Privacy Control.

A browser that sends ``Sec-GPC: 1`` objects for this call, as the settings say. The signal becomes a consent
of the call's own profile, so it is part of what was asked: logged, explained and replayed like everything
else. It is not stored with the customer.
"""

from __future__ import annotations

from dataclasses import replace

from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.http.application import the_request
from nba_service.http.current import current
from nba_service.settings import Gpc, Settings


def honour_gpc(call: DecisionCall) -> DecisionCall:
    """The call with the refusal that the current request's header stands for."""
    flag = current(Settings).gpc
    if flag is Gpc.IGNORE or the_request().headers.get("Sec-GPC", "").strip() != "1":
        return call
    profile = call.profile or Profile()
    return replace(call, profile=replace(profile, consent={**profile.consent, flag.value: False}))
