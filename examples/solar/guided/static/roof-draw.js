"use strict"; // What roof.js finds, drawn; handles (pointer and arrow keys) and sliders; changes are told to the server.
const W = JSON.parse($("words").textContent);
const low = () => Math.max(...H.outline.map((q) => q[1]));
const shadows = (z, balls_, e, n, up) => balls_.map(([x, y, h, r]) => {
  const [cx, cy] = px([x - (h - z) * e / up, y - (h - z) * n / up]);
  return ["ellipse", { rx: r * 16 / up, ry: r * 16, transform: `translate(${cx} ${cy}) rotate(${-Math.atan2(n, e) / R})` }];
});
const sweep = (p, h, e, n, up) => {
  const by = ([x, y]) => [x - h * e / up, y - h * n / up];
  return [poly(p.map(by)), ...ring(p).map(([a, b]) => poly([a, b, by(b), by(a)]))];
};
const shine = () => {
  const month = +($("month")?.value ?? 3), rows = H.sun.filter((s) => s[0] === month && s[4] > .1), wish = +($("hour")?.value ?? 15);
  const [, hour, e, n, up] = rows.reduce((a, b) => Math.abs(b[1] - wish) < Math.abs(a[1] - wish) ? b : a);
  const far = Math.hypot(e, n);
  $("sundot").setAttribute("cx", 36 * e / far); $("sundot").setAttribute("cy", -36 * n / far);
  const all = balls(), trees = all.slice(0, -1), plan = [...H.outline.map((q) => on(...q)), on(H.outline[0][0], -H.back_m), on(H.outline[1][0], -H.back_m)];
  const own = [...H.outline.slice(1).map((q) => on(...q)), on(...H.outline[0])];
  put("shade", [...shadows(0, trees, e, n, up), ...sweep(own, H.eave_m + 1, e, n, up), ...sweep([0, 1, 1, 0].map((i, k) => on(H.outline[i][0], k > 1 ? -H.back_m : 0)), H.eave_m + 1, e, n, up), ...H.near.flatMap((p) => sweep(p, 5.5, e, n, up))]);
  const z = high(low() / 2), [, , cz] = all.at(-1), c = on(...H.chimney), foot = [[-.45, -.35], [.45, -.35], [.45, .35], [-.45, .35]].map(([u, w]) => on(H.chimney[0] + u, H.chimney[1] + w));
  const roofward = [...shadows(z, trees, e, n, up), ...sweep(foot, cz + .5 - high(H.chimney[1]), e, n, Math.max(up, .35))];
  put("roofshade", roofward); put("panelshade", roofward);
  put("chimney", [poly(foot, { fill: "#8d5d47", stroke: "#5d3a2b", "stroke-width": 1.5 }), ["circle", { cx: px(c)[0], cy: px(c)[1], r: 3.2, fill: "#2b1b14" }]]);
  if ($("hour-out")) { $("hour-out").value = W.clock.replace("{hour}", hour); $("month-out").value = W.months[month]; }
};
const say = (name, value, digits = 0) => document.querySelectorAll(`[data-figure="${name}"]`).forEach((e) => { e.value = value; e.textContent = value.toLocaleString(W.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }); });
const draw = () => {
  const f = roof(), o = H.outline, face = o.map((q) => on(...q)), a = H.azimuth_deg, back = [on(...o[0]), on(...o[1]), on(o[1][0], -H.back_m), on(o[0][0], -H.back_m)];
  const tiles = { fill: "url(#tiles)", opacity: .55 };
  $("tiles").setAttribute("patternTransform", `rotate(${a - 180})`); $("cells").setAttribute("patternTransform", `rotate(${a - 180})`);
  $("needle").setAttribute("transform", `rotate(${a})`); $("clip").setAttribute("points", pts(face));
  put("house", [poly(back, { fill: "#8a3d28" }), poly(back, tiles), poly(face, { fill: "#bd5b3e" }), poly(face, tiles), poly(face, { fill: "none", stroke: "#ffd45e", "stroke-width": 2.6, "stroke-linejoin": "round" }),
    ["path", { d: `M${px(face[0])}L${px(face[1])}`, stroke: "#e9a284", "stroke-width": 4.5, "stroke-linecap": "round" }]]);
  put("panels", f.spots.map(([[u, w, x, y], , lost], i) => poly([on(u, w), on(u + x, w), on(u + x, w + y), on(u, w + y)], { class: lost > .06 ? "free" : "p r" + Math.floor(6 * i / f.spots.length) })));
  put("handles", H.edit ? face.flatMap((q, i) => [["handle", 6.5], ["grab", 18]].map(([c, r]) => ["circle", { class: c, cx: px(q)[0], cy: px(q)[1], r, "data-i": i, ...(c === "grab" ? { tabindex: 0, role: "button", "aria-label": W.corner.replace("{n}", i + 1) } : {}) }])) : []);
  for (const k of ["panels", "left_free", "yield_kwh", "saving_per_year"]) say(k, Math.round(f[k]));
  say("peak_kw", f.peak_kw, 2);
  if ($("pitch-out")) { $("pitch-out").value = H.pitch_deg + "°"; $("azimuth-out").value = W.directions[Math.round(a / 45) % 8] + " · " + a + "°"; }
  shine();
};
// The server's answer counts: mail, calculation, adviser and contract read it.
let soon = 0, changed = {};
const keep = (more) => {
  changed = { ...changed, ...more };
  clearTimeout(soon);
  soon = setTimeout(() => {
    const body = JSON.stringify(changed);
    changed = {};
    fetch("/guided/house", { method: "POST", headers: { "Content-Type": "application/json" }, body }).then((r) => r.ok ? r.json() : null).then((f) => {
      if (f) for (const k of ["panels", "left_free", "yield_kwh", "saving_per_year", "peak_kw"]) say(k, f[k], k === "peak_kw" ? 2 : 0);
      document.body.dataset.kept = f ? "yes" : "no";
    });
  }, 250);
};
H.edit = !!$("pitch");
for (const [id, key] of [["pitch", "pitch_deg"], ["azimuth", "azimuth_deg"]]) $(id)?.addEventListener("input", (e) => { H[key] = +e.target.value; $("panels").classList.remove("first"); draw(); keep({ [key]: H[key] }); });
for (const id of ["month", "hour"]) $(id)?.addEventListener("input", shine);
let play = 0;
$("play")?.addEventListener("click", () => {
  clearInterval(play); $("hour").value = 6;
  play = setInterval(() => { $("hour").stepUp(); shine(); if (+$("hour").value >= 19) clearInterval(play); }, 420);
});
let held = null;
$("handles").addEventListener("pointerdown", (e) => { held = e.target.dataset.i; $("aerial").setPointerCapture(e.pointerId); $("panels").classList.remove("first"); });
$("aerial").addEventListener("pointerup", () => { if (held !== null) keep({ outline: H.outline }); held = null; });
$("handles").addEventListener("keydown", (e) => {
  const step = { ArrowLeft: [.1, 0], ArrowRight: [-.1, 0], ArrowUp: [0, -.1], ArrowDown: [0, .1] }[e.key], i = e.target.dataset.i;
  if (!step || i === undefined) return;
  e.preventDefault();
  H.outline[i] = [H.outline[i][0] + step[0], Math.max(0, H.outline[i][1] + step[1])];
  $("panels").classList.remove("first");
  draw();
  $("handles").querySelector(`.grab[data-i="${i}"]`).focus();
  keep({ outline: H.outline });
});
$("aerial").addEventListener("pointermove", (e) => {
  if (held === null) return;
  const q = new DOMPoint(e.clientX, e.clientY).matrixTransform($("aerial").getScreenCTM().inverse()), a = H.azimuth_deg * R;
  const x = q.x / 16 - H.centre[0], y = (460 - q.y) / 16 - H.centre[1];
  H.outline[held] = [y * sin(a) - x * cos(a), Math.max(0, x * sin(a) + y * cos(a))];
  draw();
});
draw();
