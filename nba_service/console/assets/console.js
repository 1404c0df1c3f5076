// Comfort only: every page is whole without it.
const $ = (q, e = document) => [...e.querySelectorAll(q)];
const links = Object.fromEntries($("nav a[data-key]").map((a) => [a.dataset.key, a.href]));
let g = 0;
addEventListener("keydown", (e) => {
  if (e.target.closest?.("input,select,textarea") || e.metaKey || e.ctrlKey || e.altKey) return;
  const now = Date.now();
  if (e.key === "g" && now - g > 900) g = now;
  else if (now - g <= 900 && links[e.key]) location.href = links[e.key];
  else if (e.key === "n") {
    const all = $("details.numbers"), open = all.some((d) => !d.open);
    all.forEach((d) => (d.open = open));
  } else if (e.key === "/") {
    const box = $("input[type=search]")[0];
    if (box) { e.preventDefault(); box.focus(); }
  } else if (e.key === "[" || e.key === "]") $(`a[rel=${e.key === "[" ? "prev" : "next"}]`)[0]?.click();
});
// The newest end of a long drawing is what one came for.
$(".drag.end").forEach((d) => (d.scrollLeft = d.scrollWidth));
$("nav a[aria-current]").forEach((a) => (a.closest("nav").scrollLeft = a.offsetLeft - 40));
// Health is of this minute, as long as somebody looks at it.
$("[data-reload]").forEach((e) => setInterval(() => document.hidden || location.reload(), 1000 * e.dataset.reload));
// On paper a number that is folded away is lost.
addEventListener("beforeprint", () => $("details.numbers").forEach((d) => (d.open = true)));
