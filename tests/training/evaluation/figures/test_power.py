"""Numbers of customers, held against published ones."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.figures.power import customers_for_means, customers_for_rates, reach


@pytest.mark.parametrize(
    ("control", "treated", "power", "each"),
    [
        (0.50, 0.75, 0.9, 76.65),  # R 4.4, help page of power.prop.test: n = 76.7
        (0.10, 0.12, 0.8, 3840.85),  # R: power.prop.test(p1 = .10, p2 = .12, power = .80)
    ],
)
def test_rates_are_those_of_r(control: float, treated: float, power: float, each: float) -> None:
    assert customers_for_rates(control, treated, power=power) == int(np.ceil(2 * each))


def test_means_are_those_of_the_textbook() -> None:
    """Lehr's rule says 16 / d² an arm; the normal approximation for d = 0.5 is 62.8."""
    assert customers_for_means(0.5, 1.0) == 126


def test_uneven_arms_need_more() -> None:
    assert customers_for_rates(0.1, 0.12, share=0.1) > 2 * customers_for_rates(0.1, 0.12)


def test_so_many_customers_do_see_it() -> None:
    """400 experiments of the size that is asked for: four in five find the difference."""
    n = customers_for_rates(0.2, 0.3)
    rng = np.random.default_rng(6)
    treated = rng.binomial(n // 2, 0.3, 400) / (n // 2)
    control = rng.binomial(n // 2, 0.2, 400) / (n // 2)
    error = np.sqrt((treated * (1 - treated) + control * (1 - control)) / (n // 2))

    assert float(((treated - control) / error > 1.96).mean()) == pytest.approx(0.8, abs=0.05)


def test_a_measured_difference_says_how_long_to_go_on() -> None:
    """An interval of ± 1.96 is an error of 1: 2.8 can be seen; half of it takes four times the customers."""
    found = reach(1.4, 1.4 - 1.959964, 1.4 + 1.959964, 1_000)

    assert found.detectable == pytest.approx(2.8016, abs=1e-3)
    assert found.customers == pytest.approx(4_005, abs=2)
    assert reach(0.0, -1.0, 1.0, 1_000).customers is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((0.1, 0.1), "are equal"), ((0.0, 0.1), "control: expected a number between 0 and 1, got 0.0")],
)
def test_what_cannot_be_told_apart_is_refused(arguments: tuple[float, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        customers_for_rates(*arguments)
    with pytest.raises(ValueError, match="other than 0"):
        customers_for_means(0.0, 1.0)
