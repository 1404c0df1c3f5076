// The site's own script. It works without the service: `nba` is only a list of calls until nba.js is there.
"use strict";
window.nba = window.nba || [];
const say = (...call) => window.nba.push(call);
const $ = (id) => document.getElementById(id);
const number = (value) => Math.round(value).toLocaleString("en");

// Consent: this site's own choice, which its pages remember and tell.
const choice = () => localStorage.getItem("sonnenhof-consent");
const choose = (state) => {
  localStorage.setItem("sonnenhof-consent", state);
  $("consent").hidden = true;
  say("consent", state);
  if (state === "in") say("track", "page_view", { page: document.body.dataset.page });
};
if (choice()) choose(choice());
else $("consent").hidden = false;
$("yes").addEventListener("click", () => choose("in"));
$("no").addEventListener("click", () => choose("out"));
$("privacy").addEventListener("click", () => { $("consent").hidden = false; });

// Facts of the house, for the pictures of this site.
const facts = () => JSON.parse(sessionStorage.getItem("sonnenhof-house") || "{}");
const learn = (more) => {
  sessionStorage.setItem("sonnenhof-house", JSON.stringify({ ...facts(), ...more }));
  say("identify", { attributes: more });
  draw();
};

// The roof: as many panels as the usable area takes, in the perspective of the drawing.
const PANEL = 1.9; // square metres
const SVG = "http://www.w3.org/2000/svg";
const shape = (name, attributes) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const draw = () => {
  const { roof_area_m2: area, roof_orientation: towards } = facts();
  const panels = area ? Math.min(Math.floor(area / PANEL), 60) : 24;
  const rows = panels > 30 ? 5 : panels > 14 ? 4 : 3, columns = Math.ceil(panels / rows), group = $("panels");
  const at = (u, v) => [150 - 96 * v + u * (262 + 138 * v), 92 + 130 * v]; // the roof is a trapezium
  const cells = [];
  for (let n = 0; n < panels; n++) {
    const row = Math.floor(n / columns), column = n % columns;
    const width = .86 / columns, height = .84 / rows, u = .07 + column * width, v = .08 + row * height;
    const corners = [[u, v], [u + width * .93, v], [u + width * .93, v + height * .91], [u, v + height * .91]];
    cells.push(shape("path", {
      d: "M" + corners.map(([x, y]) => at(x, y).map((p) => p.toFixed(1)).join(" ")).join("L") + "Z",
      fill: "url(#panel)", stroke: "#9fb9cc", "stroke-width": ".8",
    }));
  }
  group.replaceChildren(...cells);
  if (area) {
    const yields = { s: 1, se: .95, sw: .95, e: .85, w: .85, ne: .72, nw: .72, n: .62 }[towards] ?? .9;
    $("roof-caption").textContent = `Your roof: ${panels} panels, about ${number(panels * .44 * 950 * yields)} kWh a year.`;
  }
};
draw();

// Links of the company's own address stay in this copy of the site.
const PLACES = { "energy-check": "savings", prices: "savings", guide: "advice", "my-roof": "roof", "my-calculation": "savings",
  evening: "advice", together: "advice", neighbours: "advice", visit: "quote", battery: "savings", lease: "quote",
  "my-contract": "quote", dashboard: "owner", wallbox: "owner", "my-installation": "owner" };
const WORDS = { savings: "Work it out", roof: "Find my roof", quote: "See the offer", advice: "Tell me more", owner: "Have a look" };
document.addEventListener("nba:decision", (event) => {
  const link = event.target.querySelector("a");
  if (!event.detail.content || !link) return;
  const place = PLACES[new URL(link.href).pathname.split("/").pop()] ?? "advice";
  link.setAttribute("href", "/site/" + place);
  link.textContent = WORDS[place];
});

for (const link of document.querySelectorAll("nav a")) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
}

// What visitors do here.
const form = (id, done) => $(id)?.addEventListener("submit", (event) => {
  event.preventDefault();
  done(Object.fromEntries(new FormData(event.target)));
  say("refresh");
});
const tell = (strong, rest) => {
  const bold = document.createElement("strong");
  bold.textContent = strong;
  $("result").replaceChildren(bold, " " + rest);
};
form("savings-form", ({ people, kwh }) => {
  learn({ household_size: +people, annual_kwh: +kwh, home_owner: true });
  say("track", "savings_calculator", { annual_kwh: +kwh });
  tell(`About ${number(kwh * .35 * .62)} EUR a year`, `would stay with you: a roof of your own takes over some 62 % of your ${number(kwh)} kWh.`);
});
form("roof-form", ({ area, pitch, towards }) => {
  learn({ roof_area_m2: +area, roof_pitch_deg: +pitch, roof_orientation: towards, home_owner: true });
  say("track", "roof_viewer", { area: +area });
  tell(`${Math.floor(area / PANEL)} panels`, "fit on it. Look at the picture above: that is your roof.");
});
form("quote-form", () => {
  say("track", "quote_requested");
  tell("Thank you.", "Your offer is being written; a fixed price, valid for eight weeks.");
  $("sign").hidden = false;
});
$("sign")?.addEventListener("click", () => {
  say("track", "contract_opened");
  say("track", "contract_signed");
  location.href = "/site/owner";
});
$("guide")?.addEventListener("click", () => { say("track", "guide_download"); say("refresh"); });
if (document.body.dataset.page === "owner") say("track", "dashboard_view");

// The day's sun, hour by hour.
const curve = $("curve");
if (curve) {
  const points = Array.from({ length: 61 }, (_, n) => {
    const hour = 5 + n / 4, sun = Math.max(0, Math.sin((Math.PI * (hour - 5.4)) / 14.4)) ** 1.6;
    return `${20 + n * 11},${190 - sun * 150 * (1 - .16 * Math.abs(Math.sin(n * 1.7)))}`;
  });
  curve.append(
    shape("path", { d: `M20,190L${points.join("L")}L680,190Z`, fill: "#fbe3a0" }),
    shape("path", { d: `M${points.join("L")}`, fill: "none", stroke: "#d99a06", "stroke-width": "3" }),
    shape("path", { d: "M20,190H680", stroke: "#e6dcc6", "stroke-width": "2" }),
  );
}
