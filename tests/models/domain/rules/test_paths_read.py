"""What rules read of each variable."""

from __future__ import annotations

from models.domain.rules.paths_read import members_read, pruned, tree_of


def test_the_shorter_path_reads_everything_below_it() -> None:
    assert tree_of(["a.b.c", "a.d"]) == {"a": {"b": {"c": {}}, "d": {}}}
    assert tree_of(["a.b.c", "a"]) == {"a": {}}


def test_only_what_is_read_is_handed_over() -> None:
    facts = {"name": "x", "reached": {"one": True, "two": False}, "more": 1}
    assert pruned(facts, {"name": {}, "reached": {"two": {}}, "missing": {}}) == {
        "name": "x",
        "reached": {"two": False},
    }
    assert pruned(facts, {}) == facts


def test_a_member_that_is_only_known_at_run_time_asks_for_all() -> None:
    assert members_read("seen", ["seen.b", "phase.name"], ("a", "b")) == ("b",)
    assert members_read("seen", ["seen", "seen.b"], ("a", "b")) == ("a", "b")
