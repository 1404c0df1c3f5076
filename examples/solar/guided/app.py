"""The pages of the guided journey.

Each tells the service what its visitor did, asks for the one next step, and shows it with a button that
leads there; the drawer says why. What a visitor changes about the house holds on every page, in the mail and
for the adviser. Mounted at `/guided`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import flask
from markupsafe import Markup, escape
from roof import MOST_SHADE, figures, on_plan, sun_table
from werkzeug.wrappers import Response
from working_days import office_hours, working_day_after

from guided import charts
from guided.drawings import DAY, drawings, over_year, scene
from guided.next_step import WAY, Guided, Words
from guided.people import HOUSE, People, Person, WrongHouseError
from guided.service import Service, ServiceError
from guided.why import times, way_ahead, why
from nba_service.mail.pictures import png

HERE: Final = Path(__file__).parent
COOKIE: Final = "sonnenhof-guided"
LANGUAGE: Final = "sonnenhof-language"
TOGETHER_SECONDS: Final = 20 * 60
SYSTEMS: Final = {
    area: int(systems)
    for area, systems in (
        line.split(",") for line in (HERE.parent / "neighbours.csv").read_text(encoding="utf-8").split()[1:]
    )
}
CHECKED_BEFORE: Final = timedelta(days=12)
"""How long before the mail Lena Hartwig did the energy check."""


def number(words: Words) -> Callable[..., str]:
    """Writes numbers as the language does."""

    def write(value: float, digits: int = 0) -> str:
        text = f"{value:,.{digits}f}".replace("-", "−")
        return text.translate(str.maketrans(",.", ".,")) if words["locale"] == "de" else text

    return write


def make_guided(service: Service, people: People, actions: frozenset[str]) -> flask.Flask:
    """The journey as an application of its own, to be mounted at `/guided`.

    Args:
        service: the API with a key that may decide, track, read and keep profiles.
        actions: names of all actions of the journey file.
    """
    site = flask.Flask("solar_guided", template_folder=str(HERE / "templates"), static_folder=None)
    guided = Guided(service, people, actions)
    site.jinja_env.trim_blocks = site.jinja_env.lstrip_blocks = True
    Pages(site, guided).add()
    return site


class Pages:
    """The routes."""

    def __init__(self, site: flask.Flask, guided: Guided) -> None:
        self._site = site
        self._guided = guided

    def add(self) -> None:
        add = self._site.add_url_rule
        add("/", "start", self.start)
        add("/start", "begin", self.begin, methods=["POST"])
        add("/mail", "mail", self.mail)
        for page in WAY:
            add(f"/{page}", page, lambda page=page: self.page(page))
        add("/go/<page>", "go", self.go)
        add("/house", "house", self.house, methods=["POST"])
        add("/state", "state", self.state)
        add("/g/<token>", "join", self.join)
        add("/adviser/<token>", "adviser", self.adviser)
        add("/adviser/<token>/mail", "adviser_mail", self.adviser_mail)
        add("/adviser/<token>/out", "out", self.out, methods=["POST"])
        add("/end", "end", self.end, methods=["POST"])
        add("/sign", "sign", self.sign, methods=["POST"])
        add("/installed", "installed", self.installed, methods=["POST"])
        add("/score", "score", self.score, methods=["POST"])
        add("/visit.ics", "calendar", self.calendar)
        add("/forget", "forget", self.forget, methods=["POST"])
        add("/roof.svg", "picture", self.picture)
        add("/roof.png", "pixels", self.pixels)
        add("/replay/<path:decision>", "replay", self.replay)
        add("/static/<name>", "static", self.static)
        self._site.after_request(remember_language)

    # Pages

    def start(self) -> str:
        return self._render("start", None)

    def begin(self) -> Response:
        """An address, and the first sight of the own roof."""
        given = flask.request.form
        person = self._guided.people.new(
            first_name=given.get("name", "").strip()[:40],
            street=given.get("street", "").strip()[:80],
            postcode="".join(c for c in given.get("postcode", "") if c.isdigit())[:5],
            known=given.get("remember") == "yes",
        )
        self._guided.save_profile(person)
        return self._known_as(person, flask.redirect("/guided/roof"))

    def mail(self) -> Response:
        """Lena's inbox, with the mail that the service decides on."""
        person = self._person()
        if person is None or not person.family:
            house = HOUSE["customer"]
            person = self._guided.people.new(
                first_name=house["first_name"],
                family=house["family"],
                street=house["street"],
                postcode=house["postcode"],
                known=True,
            )
            earlier = (datetime.now(UTC) - CHECKED_BEFORE).isoformat()
            self._guided.tell(person, "energy_check", occurred_at=earlier)
            self._guided.save_profile(person)
        if not person.mailed:
            person.mailed = office_hours(datetime.now(UTC)).isoformat()
            self._guided.people.keep(person)
        words = self._words()
        body = {
            "customer_id": person.customer_id,
            "channels": ["email"],
            "exclude": self._guided.unshown,
            "context": {"locale": words["locale"], "time": person.mailed},
            "decision_id": f"guided/{person.token}/mail-{words['locale']}",
        }
        answer = self._guided.service.decide(body)
        chosen = answer["actions"][0]
        content = chosen.get("content") or {"title": words["roof"]["title"], "body": ""}
        href = f"/guided/go/roof?d={answer['decision_id']}"
        explained = why(answer, self._guided.explanation(answer["decision_id"]))
        page = self._render(
            "mail", person, content=content, href=href, told=explained, action=chosen["action"]
        )
        return self._known_as(person, flask.make_response(page))

    def page(self, page: str) -> str | Response:
        person = self._person()
        if person is None:
            return flask.redirect("/guided/")
        self._guided.visit(person, page)
        step = self._guided.next_step(person, page, self._language())
        return self._render(page, person, step=step, told=step.why)

    def go(self, page: str) -> Response:
        """A step that was taken is an answer to the decision that offered it."""
        decision = flask.request.args.get("d", "")
        person = self._person()
        if person is not None and decision.startswith(f"guided/{person.token}/") and page in WAY:
            outcome = {"decision_id": decision, "outcome": "responded", "outcome_id": f"{decision}/taken"}
            self._guided.service.call("POST", "/v1/outcomes", outcome)
        return flask.redirect(f"/guided/{page if page in WAY else ''}")

    # What visitors change and answer

    def house(self) -> Response:
        """A change of the house: figures of the server, which every page shows from now on."""
        person = self._person()
        changes = flask.request.get_json(silent=True)
        if person is None or not isinstance(changes, dict):
            return flask.Response(status=404 if person is None else 400)
        try:
            person.change(changes)
            answer = dict(figures(person.house))
        except (WrongHouseError, ZeroDivisionError, OverflowError) as error:
            return _json({"error": str(error)}, 422)
        self._guided.save_profile(person)
        answer.pop("spots")
        return _json(answer)

    def state(self) -> Response:
        """For a page that somebody else may steer, and for the adviser's view."""
        person = self._guided.people.find(flask.request.args.get("token")) or self._person()
        if person is None:
            return flask.Response(status=404)
        now = time.time()
        f = figures(person.house)
        return _json(
            {
                "page": person.page,
                "together": now - person.together < TOGETHER_SECONDS,
                "sent": person.sent,
                "trail": [[round(now - at), what] for at, what in person.trail],
                "figures": {k: v for k, v in f.items() if isinstance(v, int | float)},
            }
        )

    def join(self, token: str) -> Response:
        """The customer's end of the shared link."""
        person = self._guided.people.find(token)
        if person is None:
            return flask.redirect("/guided/")
        return self._known_as(person, flask.redirect("/guided/together"))

    def end(self) -> Response:
        person = self._person()
        if person is not None:
            person.together = 0.0
            self._guided.people.keep(person)
        return flask.redirect("/guided/calculation")

    def adviser(self, token: str) -> str | Response:
        """The adviser sees the page that the customer sees, and what to say next."""
        person = self._guided.people.find(token)
        if person is not None:
            person.together = time.time()
            self._guided.people.keep(person)
        return self._for_adviser("adviser", person)

    def adviser_mail(self, token: str) -> str | Response:
        """What the adviser gets by mail before a talk; the customer's page knows nothing of it."""
        return self._for_adviser("adviser_mail", self._guided.people.find(token))

    def _for_adviser(self, page: str, person: Person | None) -> str | Response:
        words = self._words()
        if person is None:
            return flask.Response(words["people"]["no_one"], status=404, mimetype="text/plain")
        of_page = person.page if person.page in WAY else "together"
        step = self._guided.next_step(person, of_page, self._language())
        says = self._guided.says(person, step)
        ahead = "" if step.why is None else way_ahead(step.why, words)
        later = () if step.why is None else times(step.why)
        return self._render(page, person, step=step, says=says, told=step.why, way_ahead=ahead, times=later)

    def out(self, token: str) -> Response:
        """How the talk ended: an outcome of the decision, and the page that opens for the customer."""
        person = self._guided.people.find(token)
        how, decision = flask.request.form.get("how", ""), flask.request.form.get("decision", "")
        if person is None or not decision.startswith(f"guided/{token}/"):
            return flask.Response(status=404)
        outcome = "rejected" if how == "no" else "responded"
        told = {"decision_id": decision, "outcome": outcome, "outcome_id": f"{decision}/adviser"}
        self._guided.service.call("POST", "/v1/outcomes", told)
        person.answers += 1
        if how in WAY:
            person.sent = how
        person.note(time.time(), self._words()["adviser"]["told"])
        self._guided.people.keep(person)
        return flask.redirect(f"/guided/adviser/{token}")

    def sign(self) -> Response:
        person = self._person()
        if person is None:
            return flask.redirect("/guided/")
        self._guided.tell(person, "contract_signed")
        self._guided.people.keep(person)
        return flask.redirect("/guided/installation")

    def installed(self) -> Response:
        person = self._person()
        if person is None:
            return flask.redirect("/guided/")
        self._guided.tell(person, "installation_done")
        self._guided.people.keep(person)
        return flask.redirect("/guided/dashboard")

    def score(self) -> Response:
        """What the customer says counts from the next decision on."""
        person = self._person()
        given = flask.request.form.get("score", "")
        if person is None or given not in ("1", "2", "3", "4", "5"):
            return flask.redirect("/guided/")
        person.score = int(given)
        self._guided.tell(person, "csat", properties={"score": person.score})
        self._guided.people.keep(person)
        return flask.redirect("/guided/dashboard#say")

    def forget(self) -> Response:
        person = self._person()
        answer = flask.redirect("/guided/")
        if person is not None:
            self._guided.service.call("DELETE", f"/v1/customers/{person.customer_id}")
            self._guided.people.forget(person)
            answer.delete_cookie(COOKIE, path="/guided")
        return answer

    # Files

    def calendar(self) -> Response:
        person = self._person()
        if person is None:
            return flask.Response(status=404)
        visit = build_dates()[3].strftime("%Y%m%d")
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Sonnenhof//guided//EN",
            "BEGIN:VEVENT",
            f"UID:{person.token}@sonnenhof.example",
            f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;TZID=Europe/Berlin:{visit}T090000",
            f"DTEND;TZID=Europe/Berlin:{visit}T094000",
            f"SUMMARY:Sonnenhof: {self._words()['installation']['visit']}",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
        return flask.Response("\r\n".join(lines), mimetype="text/calendar")

    def picture(self) -> Response:
        """The roof as drawn, as a picture: mail, installation and dashboard show it."""
        person = self._person()
        if person is None:
            return flask.Response(status=404)
        drawn = flask.render_template("picture.svg", w=self._words(), **scene(person.house))
        return flask.Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})

    def pixels(self) -> Response:
        """The same roof as PNG, painted when it is asked for: mail programs show no SVG."""
        person = self._person()
        if person is None:
            return flask.Response(status=404)
        try:
            from aerial import aerial, shapes
        except ModuleNotFoundError:  # without Pillow (extra images) this page still has a picture
            return flask.redirect("/guided/roof.svg")
        found = shapes(person.house, figures(person.house)["spots"], on_plan, MOST_SHADE)
        data = png(aerial(found, (1200, 740)))
        return flask.Response(data, mimetype="image/png", headers={"Cache-Control": "no-store"})

    def replay(self, decision: str) -> Response:
        """Whether the decision comes out the same from what was known then."""
        person = self._person()
        if person is None or not decision.startswith(f"guided/{person.token}/"):
            return flask.Response(status=404)
        words = self._words()["why"]
        try:
            found = self._guided.service.call("GET", f"/v1/decisions/{decision}/replay")
            text = words["replayed"] if found["identical"] else words["replayed_other"]
        except ServiceError:
            text = words["replayed_not"]
        return flask.Response(f"{text}\n{decision}\n", mimetype="text/plain; charset=utf-8")

    def static(self, name: str) -> Response:
        kinds = {".css": "text/css", ".js": "text/javascript"}
        path = HERE / "static" / name
        if "/" in name or path.suffix not in kinds or not path.is_file():
            return flask.Response(status=404)
        return flask.Response(path.read_bytes(), mimetype=kinds[path.suffix])

    # Help

    def _person(self) -> Person | None:
        return self._guided.people.find(flask.request.cookies.get(COOKIE))

    def _known_as(self, person: Person, answer: Response) -> Response:
        answer.set_cookie(
            COOKIE, person.token, path="/guided", httponly=True, samesite="Lax", max_age=30 * 86_400
        )
        return answer

    def _language(self) -> str:
        asked = flask.request.args.get("lang") or flask.request.cookies.get(LANGUAGE)
        return (
            asked
            if asked in self._guided.words
            else str(flask.request.accept_languages.best_match(list(self._guided.words), default="de"))
        )

    def _words(self) -> Words:
        return self._guided.words[self._language()]

    def _render(self, page: str, person: Person | None, **more: Any) -> str:
        words, language = self._words(), self._language()
        write = number(words)
        f = figures(person.house) if person is not None else {}

        def fig(name: str, digits: int = 0) -> Markup:
            value = f[name]
            return Markup('<data value="{}" data-figure="{}">{}</data>').format(
                value, name, write(value, digits)
            )

        drawn = drawings(page, f, words, write, person) if f else {}
        if (told := more.get("told")) is not None:
            drawn["fall"] = charts.fall(
                words["why"]["parts"],
                [(words["why"]["part"][name], value) for name, value in told.parts],
                (words["why"]["expected"], told.gain),
                write,
            )
        return flask.render_template(
            f"{page}.html",
            w=words,
            page=page,
            person=person,
            f=f,
            fig=fig,
            n=write,
            way=WAY,
            language=language,
            names=names(person, words),
            dates=build_dates(),
            drawn=drawn,
            over=over_year(f) if f else {},
            house=house_for_page(person) if person is not None else "",
            neighbours=SYSTEMS.get(person.postcode[:2]) if person is not None else None,
            day=DAY,
            escape=escape,
            **more,
        )


def _json(body: object, status: int = 200) -> Response:
    return flask.Response(json.dumps(body), status=status, mimetype="application/json")


def remember_language(answer: Response) -> Response:
    asked = flask.request.args.get("lang")
    if asked in ("de", "en"):
        answer.set_cookie(LANGUAGE, asked, path="/guided", samesite="Lax", max_age=365 * 86_400)
    return answer


def names(person: Person | None, words: Words) -> dict[str, str]:
    """Name and street as sentences need them; without a name the comma goes, too."""
    name = person.first_name if person is not None else ""
    return {
        "name": name,
        "comma_name": f", {name}" if name else "",
        "name_comma": f"{name}, " if name else "",
        "street": (person.street if person is not None else "") or words["way"]["roof"],
    }


def build_dates(today: date | None = None) -> list[date]:
    """The seven steps of an installation, on working days around today."""
    begun = (today or datetime.now(UTC).date()) - timedelta(days=17)
    return [working_day_after(begun, days, "de") for days in (1, 3, 10, 22, 25, 30, 32)]


def house_for_page(person: Person) -> Markup:
    """The house and the sun's table as JSON in the page: data, which no policy keeps from being read."""
    told = {**person.house, "sun": sun_table(person.house["latitude"])}
    text = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - JSON without a way out of its element
