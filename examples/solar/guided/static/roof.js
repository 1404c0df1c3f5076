"use strict"; // roof.py's geometry, in the page: instant redraw, the same figures
const H = JSON.parse(document.getElementById("told").textContent), $ = (id) => document.getElementById(id), R = Math.PI / 180, { sin, cos, tan, max, min, abs } = Math;
const px = ([x, y]) => [x * 16, 460 - y * 16].map((n) => n.toFixed(1)), pts = (p) => p.map(px).join(" ");
const put = (to, list) => $(to)?.replaceChildren(...list.map(([tag, o]) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const k in o) e.setAttribute(k, o[k]);
  return e;
}));
const poly = (p, o) => ["polygon", { points: pts(p), ...o }], ring = (p) => p.map((a, i) => [a, p[(i + 1) % p.length]]);
const inside = (p, x, y) => ring(p).reduce((o, [[a, b], [c, d]]) => (b > y) !== (d > y) && x < (c - a) * (y - b) / (d - b) + a ? !o : o, false);
const on = (u, w, a = H.azimuth_deg * R, [x, y] = H.centre) => [x - u * cos(a) + w * sin(a), y + u * sin(a) + w * cos(a)];
const fits = (p, [cu, cv], u, v, w, h) => {
  const l = u - .3, t = v - .3, r = u + w + .3, b = v + h + .3;
  return [l, (l + r) / 2, r].every((x) => [t, (t + b) / 2, b].every((y) => inside(p, x, y)))
    && !p.some(([x, y]) => l < x && x < r && t < y && y < b) && !(abs(cu - u - w / 2) < w / 2 + .75 && abs(cv - v - h / 2) < h / 2 + .75);
};
const places = (c = cos(H.pitch_deg * R)) => { // all straight grids, upright and lying: what fits of each
  const p = H.outline.map(([u, w]) => [u, w / c]), k = [H.chimney[0], H.chimney[1] / c], grids = [];
  const [u0, u1, v0, v1] = [0, 1].flatMap((i) => [min(...p.map((q) => q[i])), max(...p.map((q) => q[i]))]);
  for (const [w, h] of [[1.13, 1.76], [1.76, 1.13]]) for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) {
    const found = [], left = u0 + .31 + i * w / 8, top = v0 + .31 + j * h / 8;
    for (let y = 0; y < Math.trunc((v1 - top) / (h + .02)); y++) for (let x = 0; x < Math.trunc((u1 - left) / (w + .02)); x++) {
      const u = left + x * (w + .02), v = top + y * (h + .02);
      if (fits(p, k, u, v, w, h)) found.push([u, v * c, w, h * c]);
    }
    grids.push(found);
  }
  return grids;
};
const high = (w) => H.eave_m + (max(...H.outline.map((q) => q[1])) - w) * tan(H.pitch_deg * R);
const balls = () => [...H.trees.map((t) => [...t.at, t.height, t.radius, .75]), [...on(...H.chimney), high(H.chimney[1]) + .6, .45, 1]];
const sunny = () => { // what does not depend on the place, once: the sun's rows on this slope
  const p = H.pitch_deg * R, a = H.azimuth_deg * R, rows = [];
  let even = 0;
  for (const [, , e, n, up, beam, diffuse, total] of H.sun) {
    const direct = beam * max(0, sin(p) * (sin(a) * e + cos(a) * n) + cos(p) * up);
    even += diffuse * (1 + cos(p)) / 2 + total * .1 * (1 - cos(p));
    if (direct > 0) rows.push([e, n, up, direct]);
  }
  return { rows, even, all: balls(), most: even + rows.reduce((s, r) => s + r[3], 0) };
};
const sun = (u, w, { rows, even, all }) => { // kWh on a square metre in a year, and the share that is taken
  const [x, y] = on(u, w), z = high(w);
  let got = even, lost = 0;
  for (const [e, n, up, direct] of rows) {
    let taken = 0;
    for (const [bx, by, bz, r, dense] of all) {
      const i = bx - x, j = by - y, k = bz - z, t = i * e + j * n + k * up;
      if (dense > taken && t > 0 && i * i + j * j + k * k - t * t < r * r) taken = dense;
    }
    lost += direct * taken;
    got += direct * (1 - taken);
  }
  return [got, lost / (got + lost)];
};
const pack = (light = sunny()) => { // the grid whose panels make most, best place first
  let best = null, top = 0;
  for (const grid of places().sort((a, b) => b.length - a.length)) {
    if (grid.length * light.most <= top) break;
    const spots = grid.map((q) => [q, ...sun(q[0] + q[2] / 2, q[1] + q[3] / 2, light)]), made = spots.reduce((s, q) => s + (q[2] <= .06 ? q[1] : 0), 0);
    if (!best || made > top * (1 + 1e-9)) [best, top] = [spots, made];
  }
  return best.sort((a, b) => b[1] - a[1]);
};
const roof = () => { // as figures() in roof.py
  const spots = pack(), kept = spots.filter((s) => s[2] <= .06);
  const made = kept.reduce((n, s) => n + s[1] * .352, 0), use = H.annual_kwh, own = min(made, use * .45 * (1 - Math.exp(-1.25 * made / use)));
  return { spots, panels: kept.length, left_free: spots.length - kept.length, peak_kw: kept.length * .44, yield_kwh: made, saving_per_year: Math.round(own * (H.price_ct ?? 35) / 100) + Math.round((made - own) * (H.feed_in_ct ?? 8) / 100) };
};
