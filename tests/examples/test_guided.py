"""The guided journey, page by page: one source of figures, and each page ends in one decided step."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
import yaml
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from nba_service.services import Services

SOLAR = Path(__file__).resolve().parents[2] / "examples" / "solar"
SURE = {
    "share: 0.9": "share: 1.0",
    "share: 0.05": "share: 0.0",
    "gamma: 10, floor: 0.02": "gamma: 1000000, floor: 0.0",
}
PAGES = ("mail", "roof", "calculation", "neighbours", "together", "lease", "installation", "dashboard")
FIGURE = re.compile(r'<data value="([^"]+)" data-figure="([a-z_0-9]+)">')


@pytest.fixture(scope="module", autouse=True)
def found_by_name() -> Iterator[None]:
    """The example stands in a folder of its own, next to the modules it uses."""
    sys.path.append(str(SOLAR))
    yield
    sys.path.remove(str(SOLAR))


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """A text may take as long as it likes: how fast this machine is is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nba_service.content.limits.MAX_SECONDS", 60.0)
        yield


@pytest.fixture(scope="module")
def service(solar_service: Callable[[str], flask.Flask]) -> tuple[Any, Services]:
    """The service, decided by the playbook: what is shown where is the business of these tests."""
    text = (SOLAR / "journey.yaml").read_text()
    for change in SURE.items():
        text = text.replace(*change)
    app = solar_service(text)
    return app.wsgi_app, app.extensions["nba"]


@pytest.fixture
def client(service: tuple[Any, Services], tmp_path: Path) -> Visitor:
    from guided.app import make_guided
    from guided.people import People
    from guided.service import Service

    wsgi, services = service
    actions = frozenset(services.source.current().journey.action_index)
    site = make_guided(Service(wsgi, ""), People(str(tmp_path / "people.sqlite")), actions)
    return Visitor(DispatcherMiddleware(wsgi, {"/guided": site}))


class Visitor(Client):
    """A browser that keeps cookies, within the journey."""

    def open(self, path: str, **more: Any) -> TestResponse:  # type: ignore[override]
        return super().open(f"/guided{path}", **more)

    @property
    def token(self) -> str:
        cookie = self.get_cookie("sonnenhof-guided", path="/guided")
        assert cookie is not None
        return cookie.value


def get(client: Visitor, page: str) -> str:
    answer = client.get(f"/{page}")
    assert answer.status_code == 200, answer.headers.get("Location")
    return answer.get_data(as_text=True)


def walk(client: Visitor) -> dict[str, str]:
    """The whole way; what the buttons of a page post is posted."""
    pages = {}
    for page in PAGES:
        if page == "installation":
            client.post("/sign")
        if page == "dashboard":
            client.post("/installed")
        pages[page] = get(client, page)
    return pages


def offered(page: str) -> str:
    found = re.search(r'data-slot="next" data-decided="(yes|no)" data-action="([a-z_]+)"', page)
    assert found is not None
    return f"{found[1]} {found[2]}"


def test_each_page_ends_in_one_decided_step_which_leads_on(client: Visitor) -> None:
    pages = walk(client)
    assert 'data-action="roof_picture"' in pages.pop("mail")
    assert {name: offered(page) for name, page in pages.items()} == {
        "roof": "yes personal_calculation",
        "calculation": "yes neighbour_references",
        "neighbours": "yes adviser_same_page",
        "together": "yes tailored_lease",
        "lease": "yes contract_reminder",
        "installation": "yes installation_news",
        "dashboard": "yes maintenance_check",
    }
    assert all("Lena" in page for name, page in pages.items() if name != "neighbours" and name != "together")


def test_every_figure_has_one_value_wherever_it_stands(client: Visitor) -> None:
    from guided.people import HOUSE
    from roof import figures

    found: dict[str, set[str]] = {}
    for page in walk(client).values():
        for value, name in FIGURE.findall(page):
            found.setdefault(name, set()).add(value)
    found.pop("day_kwh")
    expected = figures({k: v for k, v in HOUSE.items() if k != "customer"})
    assert {name: sorted(values) for name, values in found.items()} == {n: [str(expected[n])] for n in found}
    assert len(found) > 12


def test_what_is_changed_on_the_roof_holds_everywhere(client: Visitor) -> None:
    get(client, "mail")
    before = FIGURE.findall(get(client, "lease"))
    answer = client.post("/house", json={"pitch_deg": 25, "annual_kwh": 6_000})
    saving = answer.get_json()["saving_per_year"]
    assert "spots" not in answer.get_json()
    for page in ("calculation", "neighbours", "mail"):
        assert (str(saving), "saving_per_year") in FIGURE.findall(get(client, page)), page
    assert FIGURE.findall(get(client, "lease")) != before


def test_a_mail_that_is_opened_again_later_is_the_same(
    client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is decided for once, whenever it is opened."""
    from guided import app

    links = []
    for hour in (10, 11):
        monkeypatch.setattr(
            app, "office_hours", lambda now, hour=hour: now.replace(hour=hour) - timedelta(days=1)
        )
        links += re.findall(r"/guided/go/roof\?d=[^\"&]+", get(client, "mail"))[:1]
    assert links[0] == links[1]


def test_texts_of_the_service_say_the_same_figures(client: Visitor) -> None:
    """`facts.py` reads the drawn roof, so what the service writes is what the page shows."""
    get(client, "mail")
    client.post("/house", json={"annual_kwh": 5_200})
    page = get(client, "roof")
    (saving,) = {value for value, name in FIGURE.findall(page) if name == "saving_per_year"}
    assert f"{int(saving):,}".replace(",", ".") in page.partition('data-slot="next"')[2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pitch_deg": 80},
        {"annual_kwh": "many"},
        {"outline": [[0, 0], [1, 1]]},
        {"outline": [[0, 0], [0.1, 0], [0.1, 0.1]]},
        {"outline": [[0, 0], [99, 0], [9, 9]]},
        {"colour": "red"},
    ],
)
def test_a_change_that_is_no_roof_is_refused_and_changes_nothing(client: Visitor, wrong: Any) -> None:
    get(client, "mail")
    before = FIGURE.findall(get(client, "roof"))
    answer = client.post("/house", json=wrong)
    assert answer.status_code == 422
    assert "expected" in answer.get_json()["error"]
    assert FIGURE.findall(get(client, "roof")) == before


def test_a_low_score_ends_what_is_sold_and_asked(client: Visitor) -> None:
    walk(client)
    client.post("/score", data={"score": "2"})
    page = get(client, "dashboard")
    assert "referral_invitation" not in offered(page)
    assert "NOT_HAPPY_NOW" in page


def test_the_adviser_sees_the_customers_page_and_opens_another(client: Visitor) -> None:
    get(client, "mail")
    calculation = get(client, "calculation")
    desk = get(client, f"adviser/{client.token}")
    decision = re.search(r'data-decision="([^"]+)"', calculation)
    assert decision is not None
    assert f'value="{decision[1]}"' in desk, "the same decision as the customer's page"
    assert FIGURE.findall(calculation)[0] in FIGURE.findall(desk)
    assert client.get("/state").get_json()["together"] is True
    told = client.post(f"/adviser/{client.token}/out", data={"how": "lease", "decision": decision[1]})
    assert told.status_code == 302
    assert client.get("/state").get_json()["sent"] == "lease"
    assert (
        client.post(f"/adviser/{client.token}/out", data={"how": "no", "decision": "other"}).status_code
        == 404
    )
    client.post("/end")
    assert client.get("/state").get_json()["together"] is False
    assert client.get("/adviser/nobody").status_code == 404
    assert client.get("/adviser/nobody/mail").status_code == 404


PATH: dict[str, Any] = {
    "days": 91.0,
    "chosen": {"active_evaluation": 0.4, "purchase_decision": 0.1},
    "nothing": {"active_evaluation": 0.3, "purchase_decision": 0.05},
    "ways": [
        {"probability": 0.5, "phases": []},
        {
            "probability": 0.21,
            "phases": [
                {
                    "phase": "active_evaluation",
                    "days": 5.2,
                    "action": "personal_calculation",
                    "channel": "website",
                },
                {"phase": "purchase_decision", "days": 33.0, "action": "nothing", "channel": None},
            ],
        },
    ],
    "ways_of_nothing": [],
    "times": {"active_evaluation": {"probability": 0.6, "low": 2.0, "median": 19.6, "high": 210.0}},
}
"""As an explanation has it where a model decides; here the playbook does, which tells no path."""


@pytest.mark.parametrize(
    ("language", "sentence", "time"),
    [
        (
            "en",
            "then in about five days likely Active evaluation, where “A calculation with own figures” would "
            "come next; in about four weeks likely Decision.",
            "Active evaluation: mostly after 20 days, 9 of 10 between 2 and 210",
        ),
        (
            "de",
            "; in etwa vier Wochen wahrscheinlich Entscheidung. Das ist der wahrscheinlichste Weg, auf dem",
            "meist nach 20 Tagen, 9 von 10 zwischen 2 und 210",
        ),
    ],
)
def test_the_adviser_reads_the_path_ahead_on_the_page_and_in_the_mail(
    client: Visitor, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str, time: str
) -> None:
    from guided.next_step import Guided

    made = Guided.explanation
    for page in ("mail", "roof"):
        get(client, page)
    monkeypatch.setattr(Guided, "explanation", lambda *given: {**made(*given), "path": PATH})
    mail = get(client, f"adviser/{client.token}/mail?lang={language}")
    assert client.get("/state").get_json()["together"] is False, "to read a mail is not to join"
    desk = get(client, f"adviser/{client.token}?lang={language}")

    for page in (desk, mail):
        assert sentence in page
        assert time in page
    assert FIGURE.findall(mail)[0] in FIGURE.findall(desk)
    assert f'href="/guided/adviser/{client.token}"' in mail


def test_a_path_on_which_nobody_moves_says_so_and_none_says_nothing(client: Visitor) -> None:
    from guided.next_step import load_words
    from guided.why import Why, way_ahead

    words = load_words()["en"]
    told = Why(
        decision_id="d", phase="trigger", step=2, action="roof_picture", gain=1.0, runner_up=None, parts=(),
        leads=(), ruled=(), tried=False, steered=False, unmodelled=False,
    )  # fmt: skip
    assert way_ahead(told, words) == ""
    stays = {**PATH, "ways": PATH["ways"][:1]}
    assert way_ahead(replace(told, path=stays), words).endswith("then no move is likely within 91 days.")


def test_a_no_to_the_adviser_changes_what_comes_next(client: Visitor) -> None:
    for page in ("mail", "roof", "calculation"):
        get(client, page)
    together = get(client, "together")
    assert offered(together) == "yes tailored_lease"
    decision = re.search(r'data-decision="([^"]+)"', together)
    assert decision is not None
    client.post(f"/adviser/{client.token}/out", data={"how": "no", "decision": decision[1]})
    after = get(client, "together")
    assert "tailored_lease" not in offered(after)
    assert "SAID_NO" in after, "and the drawer says which rule"


def test_taking_a_step_answers_its_decision(client: Visitor, service: Any) -> None:
    get(client, "mail")
    page = get(client, "roof")
    href = re.search(r'href="/guided(/go/calculation\?d=[^"]+)"', page)
    assert href is not None
    assert client.get(href[1]).headers["Location"] == "/guided/calculation"
    records = service[1].store.plain.records_of(f"guided-{client.token[:16]}", 100)
    assert [row["outcome"] for row in records["outcomes"]] == ["responded"]
    assert client.get("/go/elsewhere?d=x").headers["Location"] == "/guided/"


def test_a_stranger_draws_their_own_roof_and_can_be_forgotten(client: Visitor) -> None:
    assert client.get("/roof").headers["Location"] == "/guided/"
    begun = client.post("/start", data={"street": "Gasse 1", "postcode": "1010 Wien", "name": "Ida"})
    assert begun.headers["Location"] == "/guided/roof"
    page = get(client, "roof")
    assert "Ida" in page
    assert "Gasse 1" in page
    client.post("/forget")
    assert client.get("/roof").headers["Location"] == "/guided/"


def test_both_languages_have_the_same_words(client: Visitor) -> None:
    def keys(value: Any, path: str = "") -> set[str]:
        if isinstance(value, dict):
            return {k for name, below in value.items() for k in keys(below, f"{path}.{name}")}
        return {f"{path}[{len(value)}]" if isinstance(value, list) else path}

    words = [
        yaml.safe_load((SOLAR / "guided" / "words" / f"{name}.yaml").read_text()) for name in ("de", "en")
    ]
    assert keys(words[0]) == keys(words[1])
    assert "This is your roof, Lena." in (get(client, "mail?lang=en") and get(client, "roof"))


def test_files_of_the_site_and_nothing_else(client: Visitor) -> None:
    get(client, "mail")
    assert client.get("/static/roof.js").mimetype == "text/javascript"
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/words.yaml").status_code == 404
    assert "BEGIN:VEVENT" in client.get("/visit.ics").get_data(as_text=True)
    assert client.get("/roof.svg").get_data(as_text=True).count("<polygon") == 2 + 21 + 3


def test_the_drawer_leads_to_a_replay_that_gives_the_same(client: Visitor) -> None:
    get(client, "mail")
    page = get(client, "roof")
    found = re.search(r'href="/guided(/replay/guided/[^"]+)"', page)
    assert found is not None

    answer = client.get(found.group(1), headers={"Accept-Language": "en"})

    assert answer.status_code == 200
    assert "the same decision comes out" in answer.get_data(as_text=True)
    assert client.get("/replay/guided/somebody-else/roof/1").status_code == 404


def test_the_mail_shows_the_own_roof_as_pixels_and_follows_a_moved_corner(client: Visitor) -> None:
    assert 'src="/guided/roof.png"' in get(client, "mail")
    before = client.get("/roof.png")
    outline = [[-6.4, 0], [4.0, 0], [4.0, 5.7], [0.6, 5.7], [0.6, 4.6], [-6.4, 4.6]]
    assert client.post("/house", json={"outline": outline}).status_code == 200
    after = client.get("/roof.png")

    assert before.mimetype == "image/png"
    assert before.data[:8] == b"\x89PNG\r\n\x1a\n"
    assert before.data != after.data
    assert max(len(before.data), len(after.data)) < 150_000


def test_the_picture_has_a_panel_for_each_that_is_counted() -> None:
    import json

    from aerial import shapes
    from roof import MOST_SHADE, figures, on_plan

    house = json.loads((SOLAR / "guided" / "house.json").read_text())
    f = figures(house)
    found = shapes(house, f["spots"], on_plan, MOST_SHADE)

    assert (len(found.panels), len(found.free)) == (f["panels"], f["left_free"])


def test_a_gap_of_the_meter_is_shown_and_not_counted() -> None:
    from guided import charts
    from guided.drawings import clock, day_sums

    told = [[hour / 4, 2.0, 1.0] for hour in range(96)]
    lost = [[h, None, None] if 13 <= h < 14.5 else [h, made, used] for h, made, used in told]

    assert charts.gaps(told) == []
    assert charts.gaps(lost) == [(13.0, 14.5)]
    assert [len(run) for run in charts.readings(lost)] == [52, 38]
    assert day_sums(told)["made"] - day_sums(lost)["made"] == 1.5 * 2
    assert str(charts.day("day", lost)).count('class="gap"') == 1
    assert "None" not in str(charts.day("day", lost))
    assert clock(14.5) == "14:30"
