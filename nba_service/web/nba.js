/*! nba.js, the next best action in a page. Apache-2.0. How to use it: docs/how-to/website.md */
(() => {
  "use strict";
  const nav = navigator, doc = document, tag = doc.currentScript;
  const early = Array.isArray(window.nba) ? window.nba : [];
  if (window.nba && !Array.isArray(window.nba)) return; // loaded twice

  const MOST = 50, WEEK = 6048e5, VISIT = 18e5; // events kept; how long they are; ms that a visit lasts
  const options = { url: "", key: "", consent: "pending", wait: 300, channel: undefined, quiet: "page_view" };
  const slots = new Set(), due = new Set(); // those in the page, and those that shall be asked for
  const states = new WeakMap(); // slot → { shown, original, turn, timer }
  const local = /^(localhost|127\.|\[::1])/.test(location.hostname);
  let started = false, turns = 0, asking, sending, again, retry = 2e3, policy;

  // Why a slot keeps its default, and what to do.
  const say = (text) => (options.debug === undefined ? local : !/^(off|false)$/.test(options.debug)) && console.warn("nba.js: " + text);

  // What is remembered, with consent only; in memory where the browser refuses storage.
  const memory = {};
  const recall = (name) => {
    try { return JSON.parse(localStorage.getItem("nba." + name)) ?? memory[name]; } catch { return memory[name]; }
  };
  const keep = (name, value) => {
    memory[name] = value;
    try {
      if (value === undefined) localStorage.removeItem("nba." + name);
      else localStorage.setItem("nba." + name, JSON.stringify(value));
    } catch { /* memory is all there is */ }
  };
  const forget = () => ["id", "visit", "facts", "queue"].forEach((name) => keep(name));
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const objects = () => options.consent === "out" || nav.globalPrivacyControl;
  const allowed = () => started && options.consent === "in" && !objects();
  const visitor = () => recall("id") || (keep("id", "v-" + random()), recall("id"));

  // A visit: as long as it lasts, the same slot gets the same answer. Doing something begins a new one.
  const visit = () => {
    const now = Date.now(), old = recall("visit");
    const held = old && now - old.at < VISIT && now >= old.at ? old : { name: random() };
    keep("visit", { name: held.name, at: now });
    return held.name;
  };

  const address = (path) => options.url + path + (options.key && "?key=" + encodeURIComponent(options.key));
  // text/plain needs no preflight; keepalive outlives the page
  const post = (path, body, signal) =>
    fetch(address(path), { method: "POST", body: JSON.stringify(body), credentials: "omit", keepalive: true, signal });

  // Events: kept until the service has said that it has them.
  const queue = () => (recall("queue") || []).filter((e) => Date.now() - e.at < WEEK);
  const add = (event) => {
    if (!allowed() || queue().some((e) => e.id === event.id)) return;
    const events = [...queue(), { ...event, at: Date.now() }].slice(-MOST);
    while (JSON.stringify(events).length > 5e4) events.shift(); // browsers carry 64 KiB when a page is left
    keep("queue", events);
    send();
  };
  const sent = (events) => {
    const gone = new Set(events.map((e) => e.id));
    const rest = queue().filter((e) => !gone.has(e.id));
    keep("queue", rest.length ? rest : undefined);
  };
  const letter = (events) => ({ visitor: visitor(), sent_at: Date.now(), events });
  const later = () => {
    clearTimeout(again);
    again = setTimeout(send, retry);
    retry = Math.min(retry * 2, 6e4);
  };
  const send = async () => {
    const events = queue();
    if (sending || !events.length || !allowed()) return;
    sending = true;
    try {
      const answer = await post("/v1/beacon", letter(events));
      // what is refused for good would be refused again
      if (answer.ok || (answer.status < 500 && answer.status !== 429 && answer.status !== 408)) {
        sent(events);
        retry = 2e3;
      }
    } catch { /* offline: they stay */ }
    sending = false;
    if (queue().length) later();
  };
  const leave = () => {
    const events = allowed() ? queue() : [];
    if (events.length) nav.sendBeacon(address("/v1/beacon"), JSON.stringify(letter(events)));
  };

  const context = () => ({
    locale: doc.documentElement.lang || nav.language,
    device: matchMedia("(max-width: 767px)").matches ? "mobile" : "desktop",
    path: location.pathname.slice(0, 500),
  });
  const decide = async (placements, more) => {
    if (!allowed()) return {};
    const events = queue();
    const body = { ...letter(events), visit: visit(), placements, attributes: recall("facts"), context: { ...context(), ...more } };
    const answer = await post("/v1/slots", body, AbortSignal.timeout(options.wait)).catch((error) => {
      say(error.name === "TimeoutError" ? `no answer within ${options.wait} ms (data-wait), so defaults stay`
        : `${options.url} cannot be reached from ${location.origin}: does it run, and does the key have this --origin?`);
      throw error;
    });
    const found = await answer.json();
    if (!answer.ok) {
      say(found.code + ": " + found.detail);
      throw Error("nba: " + answer.status);
    }
    sent(events);
    if (found.reason) say(found.reason + ": machines get no content; a test browser needs a person's user agent");
    if (found.ignored.length) say("not in the journey file, or not of this key: " + found.ignored);
    return Object.fromEntries(found.slots.map((s) => [s.placement, s]));
  };
  const outcome = (decision_id, name, value) => {
    add({ id: decision_id + "/" + name, type: "outcome", decision_id, outcome: name, value });
    if (name !== "delivered") keep("visit");
  };

  // Slots
  const safe = (link) => {
    try { return /^(https?|mailto):$/.test(new URL(link, doc.baseURI).protocol) ? link : ""; } catch { return ""; }
  };
  const markup = (node, html) => {
    const rules = { createHTML: (s) => s };
    try {
      policy ||= window.trustedTypes ? trustedTypes.createPolicy("nba", rules) : rules;
      node.innerHTML = policy.createHTML(html); // sanitised by the service; everything else is text
      return true;
    } catch { return false; } // Trusted Types without a policy "nba"
  };
  const put = (node, name, content) => {
    const link = safe(content[name === "image" ? "image_url" : "click_url"]);
    if (name === "image") link && (node.src = link);
    else if (name === "link") link && (node.href = link);
    else if (name === "html" && content.html && markup(node, content.html)) return;
    else node.textContent = content[name === "html" ? "body" : name] ?? node.textContent;
  };
  const build = (original, content) => {
    const nodes = original.map((node) => node.cloneNode(true)), box = doc.createElement("div");
    box.append(...nodes);
    const marked = box.querySelectorAll("[data-nba]");
    marked.forEach((node) => node.dataset.nba.split(" ").forEach((name) => put(node, name, content)));
    if (marked.length) return nodes;
    const link = doc.createElement("a");
    for (const name of ["title", "body"]) {
      const node = doc.createElement(name === "title" ? "strong" : "p");
      node.textContent = content[name];
      link.append(node);
    }
    put(link, "link", content);
    return [link];
  };
  // In one frame, and only what fits: a slot never grows or shrinks under the reader's eyes.
  const show = (slot, decision) => {
    const state = states.get(slot);
    if (!decision) return;
    const { height: before, top } = slot.getBoundingClientRect();
    state.original ||= [...slot.childNodes];
    if (!decision.content) say(`${decision.placement}: nothing, its default stays; why: nba explain ${decision.decision_id}`);
    slot.replaceChildren(...(decision.content ? build(state.original, decision.content) : state.original));
    const after = slot.getBoundingClientRect().height;
    if (after > before + 1 && top < innerHeight && !slot.hasAttribute("grow")) {
      slot.replaceChildren(...state.original);
      say(decision.placement + ": too high for its slot; give it min-height or the attribute grow");
      slot.dispatchEvent(new CustomEvent("nba:overflow", { bubbles: true, detail: decision }));
      return; // not shown, so it does not count as delivered
    }
    if (after < before - 1) slot.style.minHeight = before + "px";
    state.shown = decision;
    watch(slot);
    slot.dispatchEvent(new CustomEvent("nba:decision", { bubbles: true, detail: decision }));
  };
  const fill = async () => {
    asking = 0;
    const wanted = [...due].filter((slot) => slot.isConnected), turn = ++turns;
    due.clear();
    if (!wanted.length || !allowed()) return;
    for (const slot of wanted) states.get(slot).turn = turn;
    try {
      const found = await decide([...new Set(wanted.map((slot) => slot.getAttribute("placement")))]);
      for (const slot of wanted) if (states.get(slot).turn === turn && allowed()) show(slot, found[slot.getAttribute("placement")]);
    } catch { /* late, down or refused: what is there stays */ }
  };
  const soon = (slot) => {
    due.add(slot);
    if (started && !asking) asking = setTimeout(fill);
  };
  const refresh = () => {
    if (slots.size && !allowed()) say(objects() ? "no consent, or the browser objects (Global Privacy Control): defaults stay"
      : 'nothing is asked before nba.consent("in")');
    slots.forEach(soon);
  };
  const watch = (slot) => {
    watcher.unobserve(slot);
    if (states.get(slot).shown) watcher.observe(slot);
  };
  const undo = (slot) => {
    const state = states.get(slot);
    if (state.original) slot.replaceChildren(...state.original);
    state.shown = undefined;
  };

  // Viewed: half of it, or half a screen of it, for a second.
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const slot = entry.target, state = states.get(slot);
      clearTimeout(state.timer);
      if (entry.intersectionRatio < 0.5 && entry.intersectionRect.height < innerHeight / 2) continue;
      const { shown } = state;
      state.timer = setTimeout(() => {
        if (shown !== state.shown || doc.hidden) return;
        outcome(shown.decision_id, "delivered");
        watcher.unobserve(slot);
      }, 1e3);
    }
  }, { threshold: [0, 0.25, 0.5, 0.75, 1] });

  customElements.get("nba-slot") || customElements.define("nba-slot", class extends HTMLElement {
    connectedCallback() {
      slots.add(this);
      if (!states.has(this)) {
        states.set(this, {});
        this.addEventListener("click", (event) => {
          const { shown } = states.get(this);
          if (shown?.content && shown.outcome && event.target.closest("a, button")) outcome(shown.decision_id, shown.outcome);
        });
      }
      soon(this);
    }
    disconnectedCallback() {
      setTimeout(() => {
        if (this.isConnected) return; // only moved
        clearTimeout(states.get(this).timer);
        watcher.unobserve(this);
        due.delete(this);
        slots.delete(this);
      });
    }
  });

  let route = location.pathname + location.search;
  const moved = () => {
    const now = location.pathname + location.search;
    if (now !== route) { route = now; refresh(); }
  };

  const api = {
    version: 1,
    start(given) {
      Object.assign(options, given);
      options.wait = +options.wait || 300;
      options.url = options.url.replace(/\/$/, "");
      if (!options.key) say("no data-key: nba keys create site --publishable --origin=" + location.origin);
      if (objects()) forget();
      if (started) return refresh();
      started = true;
      if (window.navigation) navigation.addEventListener("currententrychange", moved);
      else {
        for (const name of ["pushState", "replaceState"]) {
          const original = history[name];
          history[name] = function (...call) { original.apply(this, call); moved(); };
        }
        addEventListener("popstate", moved);
      }
      addEventListener("online", send);
      addEventListener("pagehide", leave);
      addEventListener("pageshow", (event) => { if (event.persisted) { sending = false; refresh(); } });
      doc.addEventListener("visibilitychange", () => {
        if (doc.hidden) return leave();
        slots.forEach(watch);
        send();
      });
      refresh();
      send();
    },
    consent(state) {
      options.consent = state;
      if (objects()) {
        forget();
        slots.forEach(undo);
      } else if (started) {
        refresh();
        send();
      }
    },
    track(touchpoint, properties) {
      add({ id: "e-" + random(), type: "track", touchpoint, channel: options.channel, properties });
      if (!options.quiet.split(" ").includes(touchpoint)) keep("visit");
    },
    async identify({ token, attributes } = {}) {
      if (!allowed()) return false;
      if (attributes) keep("facts", { ...recall("facts"), ...attributes });
      keep("visit");
      if (!token) return true;
      const ask = () => post("/v1/identify", { visitor: visitor(), token });
      let answer = await ask();
      if (answer.status === 409) { // this browser was somebody else's: a new visitor
        api.reset();
        answer = await ask();
      }
      return answer.ok;
    },
    reset() {
      leave();
      forget();
    },
    decide,
    outcome,
    refresh,
    push: (...calls) => calls.forEach(([name, ...call]) => api[name](...call)),
  };
  window.nba = api;

  const begin = () => {
    if (tag && "key" in tag.dataset) api.start({ url: new URL(tag.src).origin, ...tag.dataset });
    api.push(...early);
  };
  const ready = () => (doc.readyState === "loading" ? doc.addEventListener("DOMContentLoaded", begin) : begin());
  if (doc.prerendering) doc.addEventListener("prerenderingchange", ready, { once: true });
  else ready();
})();
