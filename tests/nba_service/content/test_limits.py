"""No template runs long, writes much or reaches outside; what is missing is an error unless asked for."""

from __future__ import annotations

import time
from typing import Any

import pytest
from liquid.exceptions import (
    LiquidError,
    LiquidSyntaxError,
    ResourceLimitError,
    TemplateNotFoundError,
    UndefinedError,
    UnknownFilterError,
)

from nba_service.content.limits import (
    MAX_LOOPS,
    MAX_OUTPUT_BYTES,
    MAX_RANGE,
    RenderTimeoutError,
    clock,
    make_environment,
    render_within,
    uncounted,
)


def render(template: str, *, html: bool = False, seconds: float = 60.0, **variables: Any) -> str:
    made = make_environment(html=html).from_string(template)
    return render_within(made, variables, clock() + seconds)


@pytest.mark.parametrize(("html", "text"), [(False, "<b>&"), (True, "&lt;b&gt;&amp;")])
def test_values_are_escaped_in_markup_only(html: bool, text: str) -> None:
    assert render("{{ name }}", html=html, name="<b>&") == text


@pytest.mark.parametrize("template", ["{{ gone }}", "{{ gone | upcase }}", "{{ 1 | plus: gone }}"])
def test_a_missing_variable_is_an_error(template: str) -> None:
    with pytest.raises(UndefinedError, match="gone"):
        render(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% if gone %}x{% else %}ok{% endif %}",
        "{{ gone | default: 'ok' }}",
        "{% unless gone.a %}ok{% endunless %}",
    ],
)
def test_a_template_may_ask_first(template: str) -> None:
    assert render(template) == "ok"


def test_an_unknown_filter_is_an_error() -> None:
    with pytest.raises(UnknownFilterError, match="upcse"):
        render("{{ 'a' | upcse }}")


@pytest.mark.parametrize("template", ["{% include 'other' %}", "{% render '/etc/passwd' %}"])
def test_no_other_file_is_read(template: str) -> None:
    with pytest.raises(TemplateNotFoundError):
        render(template)


def test_output_ends_at_its_limit() -> None:
    assert len(render("{{ text }}", text="x" * MAX_OUTPUT_BYTES)) == MAX_OUTPUT_BYTES
    with pytest.raises(ResourceLimitError):
        render("{{ text }}!", text="x" * MAX_OUTPUT_BYTES)


def test_what_is_captured_counts_as_output() -> None:
    half = "x" * (MAX_OUTPUT_BYTES // 2 + 1)

    with pytest.raises(ResourceLimitError):
        render("{{ text }}{% capture more %}{{ text }}{% endcapture %}", text=half)


def test_loops_end_at_their_limit_nested_ones_too() -> None:
    assert len(render(f"{{% for i in (1..{MAX_LOOPS}) %}}x{{% endfor %}}")) == MAX_LOOPS
    with pytest.raises(ResourceLimitError):
        render(f"{{% for i in (1..{MAX_LOOPS + 1}) %}}x{{% endfor %}}")
    with pytest.raises(ResourceLimitError):
        render("{% for i in (1..45) %}{% for j in (1..45) %}x{% endfor %}{% endfor %}")


def test_a_range_is_not_spelt_out_beyond_its_limit() -> None:
    assert render(f"{{{{ (1..{MAX_RANGE}) | size }}}}") == str(MAX_RANGE)
    with pytest.raises(ResourceLimitError, match="range"):
        render(f"{{{{ (1..{MAX_RANGE + 1}) | size }}}}")


def test_a_variable_cannot_grow_without_end() -> None:
    with pytest.raises(ResourceLimitError):
        render("{% assign x = 'aa' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}")


def test_blocks_are_not_nested_without_end() -> None:
    with pytest.raises(LiquidError, match="nest"):
        render("{% if true %}" * 30 + "{% endif %}" * 30)


@pytest.mark.parametrize("template", ["{{ 1 }}", "{% capture x %}{{ 1 }}{% endcapture %}"])
def test_a_template_whose_time_is_up_ends(template: str) -> None:
    with pytest.raises(RenderTimeoutError, match="out of time"):
        render(template, seconds=-1.0)


def test_a_tag_that_is_not_closed_is_found_when_it_is_read() -> None:
    with pytest.raises(LiquidSyntaxError):
        make_environment(html=False).from_string("{% if vip %}")


def test_what_is_not_the_templates_own_takes_none_of_its_time() -> None:
    """Work of this very thread, by its own clock: no other load counts."""
    begun = clock()
    with uncounted():
        while_, spent = 0, time.thread_time()
        while time.thread_time() < spent + 0.02:
            while_ += 1
    apart = clock() - begun
    counted = time.thread_time()
    while time.thread_time() < counted + 0.02:
        while_ += 1

    assert apart < 0.01
    assert clock() - begun >= 0.02
