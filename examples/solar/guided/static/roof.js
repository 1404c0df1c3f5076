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
const pack = (c = cos(H.pitch_deg * R)) => {
  const p = H.outline.map(([u, w]) => [u, w / c]), k = [H.chimney[0], H.chimney[1] / c];
  const [u0, u1, v0, v1] = [0, 1].flatMap((i) => [min(...p.map((q) => q[i])), max(...p.map((q) => q[i]))]);
  let best = [];
  for (const [w, h] of [[1.13, 1.76], [1.76, 1.13]]) for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) {
    const found = [];
    for (let v = v0 + .31 + j * h / 8; v + h + .02 <= v1; v += h + .02) for (let u = u0 + .31 + i * w / 8; u + w + .02 <= u1; u += w + .02)
      if (fits(p, k, u, v, w, h)) found.push([u, v * c, w, h * c]);
    if (found.length > best.length) best = found;
  }
  return best;
};
const high = (w) => H.eave_m + (max(...H.outline.map((q) => q[1])) - w) * tan(H.pitch_deg * R);
const balls = () => [...H.trees.map((t) => [...t.at, t.height, t.radius, .75]), [...on(...H.chimney), high(H.chimney[1]) + .6, .45, 1]];
const sun = (u, w) => {
  const p = H.pitch_deg * R, a = H.azimuth_deg * R, [x, y] = on(u, w), z = high(w), all = balls();
  let got = 0, lost = 0;
  for (const [, , e, n, up, beam, diffuse, total] of H.sun) {
    const direct = beam * max(0, sin(p) * (sin(a) * e + cos(a) * n) + cos(p) * up);
    const taken = max(0, ...all.map(([bx, by, bz, r, dense]) => {
      const i = bx - x, j = by - y, k = bz - z, t = i * e + j * n + k * up;
      return t > 0 && i * i + j * j + k * k - t * t < r * r ? dense : 0;
    }));
    lost += direct * taken;
    got += direct * (1 - taken) + diffuse * (1 + cos(p)) / 2 + total * .1 * (1 - cos(p));
  }
  return [got, lost / (got + lost)];
};
const roof = () => { // as figures() in roof.py
  const spots = pack().map((q) => [q, ...sun(q[0] + q[2] / 2, q[1] + q[3] / 2)]), kept = spots.filter((s) => s[2] <= .06);
  const made = kept.reduce((n, s) => n + s[1] * .352, 0), use = H.annual_kwh, own = min(made, use * .45 * (1 - Math.exp(-1.25 * made / use)));
  return { spots, panels: kept.length, left_free: spots.length - kept.length, peak_kw: kept.length * .44, yield_kwh: made, saving_per_year: Math.round(own * (H.price_ct ?? 35) / 100) + Math.round((made - own) * (H.feed_in_ct ?? 8) / 100) };
};
