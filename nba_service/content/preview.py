"""One HTML page with every text of a journey file.

As sample customers would read it. Self-contained and without script; markup of texts is shown in sandboxed
frames that may load nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from typing import Final

from models.domain.actions import ChannelKind
from models.domain.journey import Journey
from nba_service.content.trial import Trial

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --line: #dfe3ea; --paper: #fff;
  --back: #f4f6f9;
--bad: #b42318; --bad-back: #fef3f2; --mark: #0b6e4f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #9aa4b5; --line: #333b49;
  --paper: #1b212b;
--back: #12161d; --bad: #ffa198; --bad-back: #3a1d1b; --mark: #5ed3a6; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  }
header, main { max-width: 1180px; margin: 0 auto; padding: 24px; }
header { padding-bottom: 0; } h1 { margin: 0 0 4px; font-size: 26px; } header p { margin: 0; color:
  var(--soft); }
nav { margin-top: 14px; display: flex; flex-wrap: wrap; gap: 6px; }
nav a { color: var(--ink); text-decoration: none; border: 1px solid var(--line); background:
  var(--paper);
border-radius: 14px; padding: 2px 10px; font-size: 13px; } nav a.bad { border-color: var(--bad);
  color: var(--bad); }
section { margin-bottom: 36px; } h2 { font-size: 20px; margin: 0 0 2px; } h2 code { font-size: 13px;
  color: var(--soft); }
h3 { font-size: 14px; margin: 18px 0 8px; color: var(--mark); } h3 span { color: var(--soft);
  font-weight: 400; }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(265px, 1fr)); gap: 12px;
  align-items: start; }
article { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding:
  12px 14px;
overflow-wrap: anywhere; }
article.bad { border-color: var(--bad); background: var(--bad-back); }
article h4 { margin: 0 0 6px; font-size: 15px; line-height: 1.3; } article p { margin: 0;
  white-space: pre-line; }
article small { display: block; color: var(--soft); font-size: 12px; margin-bottom: 6px; }
article small + small, article .link { margin: 8px 0 0; font-size: 12px; color: var(--soft); }
article b.why { color: var(--bad); font-size: 12px; display: block; margin-top: 8px; }
.letter { font-family: Georgia, serif; } .sms p, .app p { border-radius: 14px; background:
  var(--back); padding: 8px 12px; }
.phone p { font-size: 14px; } iframe { width: 100%; height: 190px; border: 1px solid var(--line);
  border-radius: 6px;
background: #fff; margin-top: 8px; }
"""


def preview_page(journey: Journey, trials: Iterable[Trial]) -> str:
    """The page of ``found``, in that order: action, channel or placement, locale, sample."""
    shown = [trial for trial in trials if trial.sample.usual or trial.problem]
    bad = {trial.action for trial in shown if trial.problem}
    labels = {action.name: action.label for action in journey.actions}
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>Texts of {escape(journey.company)}</title><style>{_STYLE}</style></head><body>",
        f"<header><h1>Texts of {escape(journey.company)}</h1><p>{_summary(shown)}</p><nav>",
        *(
            f"<a href='#{escape(name)}'{' class=bad' if name in bad else ''}>{escape(label)}</a>"
            for name, label in labels.items()
        ),
        "</nav></header><main>",
    ]
    for action, of_action in groupby(shown, key=lambda trial: trial.action):
        parts.append(f"<section id='{escape(action)}'>")
        parts.append(f"<h2>{escape(labels[action])} <code>{escape(action)}</code></h2>")
        parts += _rows(journey, of_action)
        parts.append("</section>")
    return "".join([*parts, "</main></body></html>\n"])


def _rows(journey: Journey, trials: Iterable[Trial]) -> Iterator[str]:
    places = groupby(trials, key=lambda t: (t.channel, t.key, t.locale, t.variant))
    for (channel, key, locale, variant), row in places:
        medium = journey.channels[journey.channel_index[channel]]
        slot = "".join(f" · {escape(name)}" for name in (key, variant) if name and name != channel)
        yield f"<h3>{escape(medium.label)}{slot} <span>{escape(locale)}</span></h3><div class='row'>"
        yield from (_card(trial, medium.kind) for trial in row)
        yield "</div>"


def _card(trial: Trial, kind: ChannelKind) -> str:
    texts = trial.rendered.texts
    link = f"<div class='link'>→ {escape(texts['click_url'])}</div>" if texts["click_url"] else ""
    why = f"<b class='why'>{escape(trial.problem)}: {escape(trial.detail)}</b>" if trial.problem else ""
    return (
        f"<article class='{kind.value}{' bad' if trial.problem else ''}'>"
        f"<small>{escape(trial.sample.name)}</small><h4>{escape(texts['title'])}</h4>"
        f"<p>{escape(texts['body'])}</p>{_frame(texts['html'])}{link}{why}</article>"
    )


def _frame(html: str) -> str:
    """Markup that somebody wrote; paragraphs that were made from the body show nothing new."""
    if not html or html.replace("<br>", "").replace("<p>", "").replace("</p>", "").find("<") < 0:
        return ""
    return f'<iframe sandbox loading="lazy" title="html" srcdoc="{escape(html)}"></iframe>'


def _summary(shown: list[Trial]) -> str:
    samples = len({trial.sample.name for trial in shown if trial.sample.usual})
    texts = len({(trial.action, trial.key, trial.locale, trial.variant) for trial in shown})
    failed = sum(bool(trial.problem) for trial in shown)
    return f"{texts} texts for {samples} sample customers; {failed} fall back or lose a link."
