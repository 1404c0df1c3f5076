"""The documentation page: plain HTML of an OpenAPI file, without script and network."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from nba_service.http.api_reference import content_security_policy, docs_page

SPEC: dict[str, Any] = {
    "info": {"title": "NBA & Co", "version": "1.0", "description": "What next?"},
    "tags": [{"name": "decisions", "description": "Decide."}, {"name": "unused"}],
    "paths": {
        "/v1/decisions/{id}": {
            "parameters": [],
            "get": {
                "tags": ["decisions"],
                "summary": "Read <one>",
                "responses": {
                    "404": {"description": "Unknown"},
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": {"$ref": "#/x/Answer"}}},
                    },
                },
            },
            "post": {"tags": ["others"], "responses": {}},
        },
        "/v1/decisions": {
            "post": {
                "tags": ["decisions"],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/x/Call"}}}},
                "responses": {},
            }
        },
    },
    "components": {
        "schemas": {
            "Call": {
                "required": ["customer_id"],
                "properties": {
                    "customer_id": {"type": "string", "maxLength": 200, "description": "Who"},
                    "names": {"type": "array", "items": {"type": ["string", "null"]}},
                    "answer": {"allOf": [{"$ref": "#/x/Answer"}, {"type": "null"}]},
                    "free": {},
                },
            },
            "Answer": {"properties": {}},
        }
    },
}


def page() -> str:
    return docs_page(SPEC)


def test_title_and_texts_are_escaped() -> None:
    html = page()

    assert "<title>NBA &amp; Co</title>" in html
    assert "Read &lt;one&gt;" in html


def test_operations_stand_under_their_tag_with_what_they_take_and_give() -> None:
    html = page()

    assert html.index("<h2>decisions</h2>") < html.index("GET</span>") < html.index("<h2>unused</h2>")
    assert html.count("POST</span>") == 1, "an operation of a tag that is not listed is not shown"
    assert "<p>Body: <a href='#Call'>Call</a></p>" in html
    assert "<tr><td>200</td><td>OK</td><td><a href='#Answer'>Answer</a></td></tr><tr><td>404" in html


def test_fields_say_their_kind_their_bounds_and_whether_they_are_required() -> None:
    html = page()

    assert (
        "<tr><td><code>customer_id</code> (required)</td>"
        "<td>string {&quot;maxLength&quot;: 200}</td><td>Who</td></tr>" in html
    )
    assert "<td><code>names</code></td><td>list of string or null</td>" in html
    assert "<td><code>answer</code></td><td><a href='#Answer'>Answer</a> or null</td>" in html
    assert "<td><code>free</code></td><td>any</td>" in html
    assert html.index("id='Answer'") < html.index("id='Call'"), "schemas are sorted"


def test_the_page_works_under_its_own_policy() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert content_security_policy().startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in content_security_policy()
    assert "<script" not in page()
    assert "style=" not in page()


def test_a_spec_without_schemas_is_a_page_too() -> None:
    assert docs_page({"info": {"title": "t", "version": "1"}, "paths": {}}).endswith("</body></html>")
