"""What channels, contact limits and mails say of each other."""

from __future__ import annotations

from models.domain.actions import LimitOf
from models.journey_file.build import DEFAULT_CHANNEL, FALLBACK, kind_of, limit_code
from models.journey_file.contents import check_plain
from models.journey_file.problems import Path, mismatch
from models.journey_file.references.names import NameCheck, Values, entries, section


def check_channels(check: NameCheck) -> None:
    """Channels have consents, quiet hours and placements that can be meant."""
    owner: dict[str, str] = {}
    for name, channel in section(check.values, "channels").items():
        path: Path = ("channels", name)
        if name in (DEFAULT_CHANNEL, FALLBACK):
            text = mismatch("another name", name, "it stands for texts that all channels share; rename it")
            check.problems.add(path, text)
        if "consent" in channel:
            known = check.declared.consents
            check.known([channel["consent"]], "a consent", known, "consents", (*path, "consent"))
        hours = channel.get("quiet_hours") or {}
        if "start" in hours and hours.get("start") == hours.get("end"):
            text = mismatch(
                "an end that differs from the start", str(hours["end"])[:5], "correct one of them"
            )
            check.problems.add((*path, "quiet_hours", "end"), text)
        _placements(check, name, channel, owner)
        kind = kind_of(name, channel)
        if channel.get("tel_links") and not kind.can_dial:
            remedy = "remove it, or correct the channel's kind"
            text = mismatch("tel_links only where one can dial (app, sms, phone)", kind.value, remedy)
            check.problems.add((*path, "tel_links"), text)


def _placements(check: NameCheck, name: str, channel: Values, owner: dict[str, str]) -> None:
    placements = entries(channel, "placements")
    path: Path = ("channels", name, "placements")
    if placements and not channel.get("inbound", False):
        text = "expected placements only on an inbound channel, got an outbound one; add inbound: true"
        check.problems.add(path, text)
    for index, placement in enumerate(placements):
        if not isinstance(placement, str):
            continue
        if placement in (DEFAULT_CHANNEL, FALLBACK):
            remedy = "it stands for texts that several share; rename it"
            check.problems.add((*path, index), mismatch("another name", placement, remedy))
        if placement in owner:
            remedy = f"{owner[placement]} has it already; give each placement a name of its own"
            check.problems.add((*path, index), mismatch("a new placement", placement, remedy))
        owner.setdefault(placement, name)


def check_limits(check: NameCheck) -> None:
    """Contact limits have codes of their own and name what there is."""
    seen: dict[str, str] = {}
    for name, channel in section(check.values, "channels").items():
        for index, limit in enumerate(entries(channel, "limits")):
            if {"count", "window_days"} <= limit.keys():
                check.new_code(limit_code(name, limit), ("channels", name, "limits", index), seen)
    for index, limit in enumerate(entries(check.values, "contact_limits")):
        path: Path = ("contact_limits", index)
        check.new_code(limit.get("code"), (*path, "code"), seen)
        check.filters(limit, path)
        if limit.get("per") == LimitOf.ACCOUNT and not check.declared.roles:
            text = mismatch("accounts in this file", "none", "declare accounts, or limit per customer")
            check.problems.add((*path, "per"), text)


def check_mail(check: NameCheck) -> None:
    """Defaults for places that there are.

    Plain, because they must not be able to fail.
    """
    channels = section(check.values, "channels")
    slots = [slot for channel in channels.values() for slot in entries(channel, "placements")]
    for name, texts in section(check.values.get("mail") or {}, "defaults").items():
        path: Path = ("mail", "defaults", name)
        check.known([name], "a placement or channel", [*channels, *slots], "channels", path)
        check_plain(texts, path, check.problems)
