"""Small made-up exports of the right shape: three people, two mailings, a scanner that clicks everything.

Ada clicks after an hour. Bo's mail scanner clicks three links two minutes after sending, at once. Cy's clicks
four seconds after sending, and the hidden link of the second mailing. Names of columns and members are those
that the tools document.
"""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import quoteattr

SENT: Final = {
    "Spring Sale": datetime(2026, 3, 2, 8, tzinfo=UTC),
    "Garden News": datetime(2026, 3, 9, 8, tzinfo=UTC),
}
PEOPLE: Final = ("ada", "bo", "cy")
LINKS: Final = ("https://shop.example/a", "https://shop.example/b", "https://shop.example/c")
HIDDEN: Final = "https://shop.example/honeypot"


class MailEvent(NamedTuple):
    """What a mail tool tells."""

    who: str
    campaign: str
    kind: str
    at: datetime
    link: str = ""
    machine: bool = False


def mail_events() -> Iterator[MailEvent]:
    for campaign, sent in SENT.items():
        for who in PEOPLE:
            yield MailEvent(who, campaign, "sent", sent)
        yield MailEvent("ada", campaign, "open", sent + timedelta(minutes=58))
        yield MailEvent("ada", campaign, "click", sent + timedelta(hours=1), LINKS[0])
        for second, link in enumerate(LINKS):
            yield MailEvent("bo", campaign, "click", sent + timedelta(minutes=2, seconds=second), link)
    first, second = SENT.values()
    yield MailEvent("cy", "Spring Sale", "open", first + timedelta(minutes=1), machine=True)
    yield MailEvent("cy", "Spring Sale", "click", first + timedelta(seconds=4), LINKS[1])
    yield MailEvent("cy", "Garden News", "click", second + timedelta(hours=2), HIDDEN)
    yield MailEvent("cy", "Garden News", "click", second + timedelta(hours=2, seconds=1), LINKS[2])
    yield MailEvent("cy", "Garden News", "click", second + timedelta(hours=9), LINKS[2])
    yield MailEvent("ada", "Garden News", "unsubscribe", second + timedelta(hours=3))


def lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def klaviyo(folder: Path) -> None:
    names = {"sent": "Received Email", "open": "Opened Email", "click": "Clicked Email"}
    names["unsubscribe"] = "Unsubscribed"
    ids = {kind: f"M{number}" for number, kind in enumerate(names)}
    lines(
        folder / "metrics.jsonl",
        [{"type": "metric", "id": ids[kind], "attributes": {"name": name}} for kind, name in names.items()],
    )
    lines(
        folder / "events.jsonl",
        [
            {
                "type": "event",
                "id": f"e{number}",
                "attributes": {
                    "timestamp": int(e.at.timestamp()),
                    "datetime": iso(e.at),
                    "event_properties": {
                        "Campaign Name": e.campaign,
                        "URL": e.link or None,
                        "Apple Privacy Open": e.machine,
                    },
                },
                "relationships": {
                    "profile": {"data": {"type": "profile", "id": e.who}},
                    "metric": {"data": {"type": "metric", "id": ids[e.kind]}},
                },
            }
            for number, e in enumerate(mail_events())
        ],
    )


def mailchimp(folder: Path) -> None:
    codes = {campaign: f"c{number}" for number, campaign in enumerate(SENT)}
    lines(
        folder / "campaigns.jsonl",
        [{"id": codes[c], "send_time": iso(at), "settings": {"title": c}} for c, at in SENT.items()],
    )
    lines(
        folder / "email_activity.jsonl",
        [
            {
                "campaign_id": codes[campaign],
                "list_id": "l1",
                "email_id": who,
                "email_address": f"{who}@example.org",
                "activity": [
                    {"action": e.kind, "timestamp": iso(e.at)} | ({"url": e.link} if e.link else {})
                    for e in mail_events()
                    if (e.who, e.campaign) == (who, campaign) and e.kind in ("open", "click")
                ],
            }
            for campaign in SENT
            for who in PEOPLE
        ],
    )


def salesforce(folder: Path) -> None:
    jobs = {campaign: number for number, campaign in enumerate(SENT, start=101)}
    folder.mkdir(parents=True, exist_ok=True)
    files = {"sent": "Sent", "open": "Opens", "click": "Clicks", "unsubscribe": "Unsubs"}
    for kind, name in files.items():
        text = "ClientID,SendID,SubscriberKey,EmailAddress,SubscriberID,ListID,EventDate,EventType,BatchID"
        text += ",URL,Alias\n" if kind == "click" else "\n"
        for e in mail_events():
            if e.kind == kind:
                central = (e.at - timedelta(hours=6)).strftime("%m/%d/%Y %I:%M:%S %p")
                own = f",{e.link},link" if kind == "click" else ""
                text += f"1,{jobs[e.campaign]},{e.who},{e.who}@example.org,7,3,{central},{name},0{own}\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    rows = "".join(f"1,{job},{campaign}\n" for campaign, job in jobs.items())
    (folder / "SendJobs.csv").write_text(f"ClientID,SendID,EmailName\n{rows}", encoding="utf-8")


def hubspot(folder: Path) -> None:
    kinds = {"sent": "SENT", "open": "OPEN", "click": "CLICK", "unsubscribe": "STATUSCHANGE"}
    ids = {campaign: number for number, campaign in enumerate(SENT, start=501)}
    lines(
        folder / "email_events.jsonl",
        [
            {
                "appId": 1,
                "created": round(e.at.timestamp() * 1000),
                "emailCampaignId": ids[e.campaign],
                "id": f"h{number}",
                "portalId": 9,
                "recipient": f"{e.who}@example.org",
                "type": kinds[e.kind],
                "filteredEvent": e.machine,
                "url": e.link or None,
            }
            for number, e in enumerate(mail_events())
        ],
    )


def braze(folder: Path) -> None:
    import fastavro

    kinds = {"sent": "Send", "open": "Open", "click": "Click", "unsubscribe": "Unsubscribe"}
    texts = ["null", "string"]
    more = {"click": ["url"], "open": ["machine_open"]}
    for kind, name in kinds.items():
        optional = ("external_user_id", "campaign_id", "campaign_name", *more.get(kind, []))
        fields: list[dict[str, Any]] = [
            {"name": "id", "type": "string"},
            {"name": "user_id", "type": "string"},
            {"name": "time", "type": "int"},
            *({"name": one, "type": texts, "default": None} for one in optional),
        ]
        rows = [
            {
                "id": f"{kind}-{number}",
                "user_id": f"b-{e.who}",
                "external_user_id": e.who,
                "time": int(e.at.timestamp()),
                "campaign_id": "x",
                "campaign_name": e.campaign,
                "url": e.link,
                "machine_open": "true" if e.machine else None,
            }
            for number, e in enumerate(mail_events())
            if e.kind == kind
        ]
        path = folder / f"dataexport/event_type=users.messages.email.{name}/date=2026-03-02/part-0.avro"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            fastavro.writer(file, {"type": "record", "name": name, "fields": fields}, rows, codec="deflate")


VISITS: Final = [
    ("ada", "Product Viewed", datetime(2026, 3, 2, 8, tzinfo=UTC)),
    ("ada", "Order Completed", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ("bo", "Product Viewed", datetime(2026, 3, 3, 8, tzinfo=UTC)),
]


def segment(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "messageId": f"m{number}",
            "type": "track",
            "event": event,
            "userId": who if who == "ada" else None,
            "anonymousId": f"anon-{who}",
            "timestamp": iso(at),
        }
        for number, (who, event, at) in enumerate(VISITS)
    ]
    rows += [
        rows[0],
        {**rows[0], "messageId": "m9", "type": "identify", "event": None},
    ]  # the first came twice
    with gzip.open(folder / "calls.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))


def ga4(folder: Path) -> None:
    lines(
        folder / "events_20260302.json",
        [
            {
                "event_date": f"{at:%Y%m%d}",
                "event_timestamp": str(round(at.timestamp() * 1_000_000)),
                "event_name": event.lower().replace(" ", "_"),
                "user_pseudo_id": f"ga.{who}",
                "event_params": [{"key": "page_location", "value": {"string_value": "https://shop.example"}}],
            }
            for who, event, at in VISITS
        ],
    )


def snowplow(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = "event_id\tcollector_tstamp\tderived_tstamp\tevent_name\tuser_id\tdomain_userid\tpage_urlpath\n"
    for number, (who, event, at) in enumerate([*VISITS, ("ada", "page_ping", VISITS[0][2])]):
        time = f"{at:%Y-%m-%d %H:%M:%S}.123"
        text += f"s{number}\t{time}\t{time}\t{event}\t{who if number else ''}\td-{who}\t/p\n"
    with zipfile.ZipFile(folder / "atomic_events.zip", "w") as packed:
        packed.writestr("atomic_events.tsv", text)


def xes(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    traces = ""
    for who in ("ada", "bo"):
        events = "".join(
            f'<event><string key="concept:name" value={quoteattr(event)}/>'
            f'<string key="lifecycle:transition" value="complete"/>'
            f'<date key="time:timestamp" value="{at.isoformat()}"/></event>'
            for person, event, at in VISITS
            if person == who
        )
        name = f'<string key="concept:name" value="{who}"/><int key="amount" value="5000"/>'
        traces += f"<trace>{name}{events}</trace>"
    log = f'<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">{traces}</log>'
    with zipfile.ZipFile(folder / "log.zip", "w") as packed:
        packed.writestr("log.xes", log)


MAILS: Final[Mapping[str, Callable[[Path], None]]] = {
    "braze_currents": braze,
    "hubspot": hubspot,
    "klaviyo": klaviyo,
    "mailchimp": mailchimp,
    "salesforce_marketing_cloud": salesforce,
}
LOGS: Final[Mapping[str, Callable[[Path], None]]] = {
    "ga4": ga4,
    "segment": segment,
    "snowplow": snowplow,
    "xes": xes,
}
