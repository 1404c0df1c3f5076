"""Names and codes that must be unique."""

from __future__ import annotations

from tests.models.journey_file.problems import Edit, ProblemsOf


def test_codes_of_limits_and_policies_are_unique(problems_of: ProblemsOf, edit: Edit) -> None:
    limit = "contact_limits: [{code: EMAIL_2_IN_7_DAYS, count: 9, window_days: 30}]\noutcomes:\n"
    (problem,) = problems_of(edit(("outcomes:\n", limit)))
    assert "contact_limits[0].code" in problem
    assert "EMAIL_2_IN_7_DAYS" in problem
