"""A process of its own for test_limits.py: threads that ask about two people under three ids, and for calls.

``limits_process.py DATABASE_URL JOURNEY NUMBER THREADS EACH``; prints how much it was given.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path

from nba_service.app import create_app
from nba_service.settings import Authentication, Settings


def main(url: str, journey: str, number: str, threads: str, each: str) -> None:
    settings = Settings(
        database_url=url,
        registry=Path(journey).parent / "none",
        journey=Path(journey),
        database_timeout_ms=60_000,
        web_deadline_ms=60_000,  # a decision without the store contacts nobody, and limits are the point here
        mail_deadline_ms=60_000,
        journal=Path(journey).parent / f"journal-{number}",
        authentication=Authentication.OFF,
    )
    app = create_app(settings, poll=False)
    got: Counter[str] = Counter()

    def work(thread: int) -> None:
        client = app.test_client()
        for turn in range(int(each)):
            person = ("c-0", "visitor-0", "c-1")[(thread + turn) % 3]
            channel = "phone" if turn % 3 == 2 else "email"
            if channel == "phone":
                person = f"p-{number}-{thread}-{turn}"
            body = {"customer_id": person, "channels": [channel], "profile": {"consent": {"email": True}}}
            answer = client.post("/v1/decisions", json=body)
            if answer.status_code != 200:
                raise RuntimeError(answer.text)
            chosen = answer.get_json()["actions"][0]["channel"]
            got["asked"] += 1
            got["mails"] += chosen == "email"
            got["calls"] += chosen == "phone"

    running = [threading.Thread(target=work, args=(thread,)) for thread in range(int(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    sys.stdout.write(json.dumps(got))


if __name__ == "__main__":
    main(*sys.argv[1:])
