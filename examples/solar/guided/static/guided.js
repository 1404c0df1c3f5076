"use strict"; // On every page: the drawer closes by Escape; two people follow one link.
const drawer = document.querySelector("details.why");
if (drawer) {
  addEventListener("keydown", (e) => { if (e.key === "Escape" && drawer.open) { drawer.open = false; drawer.querySelector("summary").focus(); } });
  drawer.addEventListener("toggle", () => { if (drawer.open) drawer.querySelector(".drawer").setAttribute("tabindex", "-1"), drawer.querySelector(".drawer").focus({ preventScroll: true }); });
}
const every = (seconds, work) => { work(); setInterval(work, seconds * 1000); };
const state = (token) => fetch("/guided/state" + (token ? "?token=" + token : "")).then((r) => r.ok ? r.json() : null).catch(() => null);

// The customer's page: the bar says whether the adviser is there, and the page that she opens comes by itself.
const together = document.getElementById("together");
if (together) {
  let sent = null;
  every(2, () => state().then((s) => {
    if (!s) return;
    together.querySelector("strong").textContent = s.together ? together.dataset.here : together.dataset.waiting;
    together.dataset.together = s.together;
    if (sent !== null && s.sent && s.sent !== sent) location.href = "/guided/" + s.sent;
    sent = s.sent;
  }));
}

// The adviser's page: where the customer is, what she moved, the figures as they are now.
const desk = document.querySelector(".desk-grid");
if (desk) {
  const where = document.getElementById("where"), names = JSON.parse(where.dataset.names), trail = document.getElementById("trail");
  every(2, () => state(desk.dataset.token).then((s) => {
    if (!s) return;
    if (names[s.page]) where.lastChild.textContent = " " + where.dataset.both.replace("{page}", names[s.page]);
    for (const e of document.querySelectorAll("[data-figure]")) {
      const value = s.figures[e.dataset.figure];
      if (value !== undefined && e.value !== String(value)) { e.value = value; e.textContent = value.toLocaleString(document.documentElement.lang); }
    }
    trail.replaceChildren(...s.trail.reverse().map(([ago, what]) => {
      const line = document.createElement("li"), when = document.createElement("b");
      when.textContent = ago < 90 ? ago + " s" : Math.round(ago / 60) + " min";
      line.append(when, " ", what);
      return line;
    }));
  }));
}
