"use strict"; // The same sum as figures() in roof.py; the yield is the roof's. What is chosen is told to the server.
const $ = (id) => document.getElementById(id), F = JSON.parse($("words").textContent), de = (n, d = 0) => n.toLocaleString(F.locale, { minimumFractionDigits: d, maximumFractionDigits: d });
const show = (name, value) => document.querySelectorAll(`[data-figure="${name}"]`).forEach((e) => { e.textContent = de(value); e.value = value; });
const sum = () => {
  const use = +$("use").value, price = +$("price").value, feed = +$("feed").value, made = F.yield_kwh;
  const own = Math.min(made, use * .45 * (1 - Math.exp(-1.25 * made / use))), kept = Math.round(own * price / 100), sold = Math.round((made - own) * feed / 100);
  show("own_use_kwh", Math.round(own)); show("saved_eur", kept); show("fed_in_eur", sold); show("saving_per_year", kept + sold);
  const cut = 620 * kept / (kept + sold);
  $("b-own").setAttribute("width", cut - 2); $("b-fed").setAttribute("x", cut + 2); $("b-fed").setAttribute("width", 618 - cut);
  $("t-own").textContent = `${de(kept)} € ${F.not_bought}`; $("k-own").textContent = `${de(own)} kWh × ${price} ct`;
  $("t-fed").textContent = `${de(sold)} € ${F.sold}`; $("k-fed").textContent = `${de(made - own)} kWh × ${de(feed, feed % 1 ? 1 : 0)} ct`;
  $("use-out").value = `${de(use)} kWh`; $("price-out").value = `${price} ct`; $("feed-out").value = `${de(feed, 1)} ct`;
};
let soon = 0;
const keep = () => {
  clearTimeout(soon);
  soon = setTimeout(() => {
    const body = JSON.stringify({ annual_kwh: +$("use").value, price_ct: +$("price").value, feed_in_ct: +$("feed").value });
    fetch("/guided/house", { method: "POST", headers: { "Content-Type": "application/json" }, body }).then((r) => r.ok ? r.json() : null).then((f) => {
      if (f) for (const k of ["own_use_kwh", "saved_eur", "fed_in_eur", "saving_per_year", "careful_eur"]) show(k, f[k]);
      document.body.dataset.kept = f ? "yes" : "no";
    });
  }, 250);
};
for (const id of ["use", "price", "feed"]) $(id).addEventListener("input", () => { sum(); keep(); });
sum();
