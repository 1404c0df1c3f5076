"""@segment/analytics-node in Node, and @openfeature/ofrep-web-provider in Chromium, as they come from npm.

The packages are installed once into ``var``; where npm, its registry or Chromium is missing, tests say so.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "var" / "test-npm"
PACKAGES = {
    "@segment/analytics-node": "3.1.0",
    "@openfeature/core": "1.12.0",
    "@openfeature/ofrep-core": "2.3.0",
    "@openfeature/ofrep-web-provider": "0.4.3",
    "@openfeature/web-sdk": "1.10.0",
    "esbuild": "0.28.2",
}
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip

SEGMENT = """
const { Analytics } = require("@segment/analytics-node");
const [key, host] = process.argv.slice(2);
const analytics = new Analytics({ writeKey: key, host, maxRetries: 0 });
const errors = [];
analytics.on("error", (error) => errors.push(String(error.reason || error.code)));
analytics.identify({ userId: "c-1", traits: { age: 41 } });
analytics.track({ userId: "c-1", event: "Quote", properties: { revenue: 12.5 } });
analytics.track({ userId: "c-1", event: "Quote", messageId: "m-1" });
analytics.track({ userId: "c-1", event: "Quote", messageId: "m-1" });
analytics.page({ anonymousId: "v-1", name: "Visit" });
analytics.alias({ previousId: "v-1", userId: "c-1" });
analytics.closeAndFlush({ timeout: 30000 }).then(() => console.log(JSON.stringify(errors)));
"""

PAGE = """
import { OpenFeature } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
window.start = async (url, key) => {
  const headers = [["Authorization", "Bearer " + key]];
  await OpenFeature.setContext({ targetingKey: "v-0123456789abcdef0123456789abcdef", phase: "stranger" });
  const provider = new OFREPWebProvider({ baseUrl: url, headers, cacheMode: "disabled" });
  await OpenFeature.setProviderAndWait(provider);
  const flags = OpenFeature.getClient();
  const found = {
    banner: flags.getObjectDetails("banner", { mine: true }),
    title: flags.getStringDetails("banner.title", "mine"),
    unknown: flags.getStringDetails("nowhere", "mine"),
  };
  await OpenFeature.setContext({ targetingKey: "v-0123456789abcdef0123456789abcdef", phase: "stranger" });
  return found;
};
"""


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder in which the packages are."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    wanted = json.dumps({"private": True, "dependencies": PACKAGES})
    manifest, done = FOLDER / "package.json", FOLDER / "installed.json"
    if not done.exists() or done.read_text() != wanted:
        FOLDER.mkdir(parents=True, exist_ok=True)
        manifest.write_text(wanted)
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
        try:
            ended = subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=180, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm's registry does not answer")
        if ended.returncode:
            pytest.skip("npm could not install the packages: is its registry reachable?")
        done.write_text(wanted)
    return FOLDER


def test_segments_node_client_sends_what_it_has(listening: Any, packages: Path) -> None:
    script = packages / "segment.cjs"
    script.write_text(SEGMENT)

    ended = subprocess.run(
        ["node", str(script), listening.key, listening.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stdout.strip()) == (0, "[]"), ended.stderr
    events = listening.parts.store.state("c-1", 2**52, 100).events
    assert sorted(event.name for event in events) == ["quote", "quote", "visit"]
    assert listening.parts.store.persons(["v-1"]) == {"v-1": "c-1"}
    assert listening.parts.store.customer("c-1").attributes == {"age": 41}


@pytest.fixture
def site(packages: Path) -> Iterator[str]:
    """A website of another origin, with the bundled page."""
    entry, script = packages / "page.js", packages / "bundle.js"
    entry.write_text(PAGE)
    esbuild = packages / "node_modules" / ".bin" / "esbuild"
    subprocess.run(
        [str(esbuild), str(entry), "--bundle", "--format=iife", f"--outfile={script}", "--log-level=error"],
        check=True,
    )
    page = f"<!doctype html><title>Site</title><script>{script.read_text()}</script>"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, Response(page, mimetype="text/html"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_openfeatures_web_provider_in_a_browser(listening: Any, site: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    _, key = listening.issuer.create("page", publishable=True, origins=[site], placements=["banner"])
    statuses: list[int] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            page = browser.new_page()
            page.on("response", lambda answer: "/ofrep/" in answer.url and statuses.append(answer.status))
            page.goto(site)
            found = page.evaluate("([url, key]) => window.start(url, key)", [listening.url, key])
        finally:
            browser.close()

    banner, title = found["banner"], found["title"]
    decision_id = banner["flagMetadata"]["decision_id"]
    row = listening.parts.store.decisions([decision_id])[decision_id]
    assert (row.customer_id, row.action) == ("v-0123456789abcdef0123456789abcdef", banner["variant"])
    assert title["flagMetadata"]["decision_id"] == decision_id
    if row.action == "nothing":
        assert (banner["value"], title["value"], banner["reason"]) == ({"mine": True}, "mine", "DEFAULT")
    else:
        assert title["value"] == banner["value"]["title"] == "Hello there"
    assert (found["unknown"]["value"], found["unknown"]["errorCode"]) == ("mine", "FLAG_NOT_FOUND")
    assert [status for status in statuses if status != 204] == [200, 304]
