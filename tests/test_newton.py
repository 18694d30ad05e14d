"""`minimum`: Newton's steps to the least value."""

import numpy as np
import pytest
from scipy import optimize

from lobstats.summary.newton import minimum

FREE = [-50.0, -50.0], [50.0, 50.0]


def rosenbrock(theta):
    return optimize.rosen(theta), optimize.rosen_der(theta)


def test_a_bent_valley_is_followed_to_its_end():
    value, theta, rests = minimum(rosenbrock, [-1.2, 1.0], *FREE)
    assert theta == pytest.approx([1, 1], abs=1e-9)
    assert value == pytest.approx(0, abs=1e-18)
    assert rests


def test_a_search_that_begins_where_the_surface_bends_down_turns_round():
    # cos x + x^2 / 10 has a maximum at zero and a minimum where sin x = x / 5.
    value, theta, _ = minimum(lambda t: (np.cos(t[0]) + t[0] ** 2 / 10, -np.sin(t) + t / 5), [0.3], [-5.0], [5.0])
    expected = optimize.brentq(lambda x: np.sin(x) - x / 5, 1, 4)
    assert abs(theta[0]) == pytest.approx(expected, abs=1e-9)
    assert value == pytest.approx(np.cos(expected) + expected**2 / 10)


def test_a_bound_holds_one_parameter_and_not_the_other():
    def bowl(theta):
        away = theta - np.array([3.0, 7.0])
        return float(away @ away), 2 * away

    value, theta, rests = minimum(bowl, [0.0, 0.0], [-1.0, -50.0], [1.0, 50.0])
    assert theta == pytest.approx([1, 7], abs=1e-9)
    assert value == pytest.approx(4)
    assert rests


def test_a_plain_is_crossed_to_the_bound_and_the_search_rests_there():
    value, theta, rests = minimum(lambda t: (float(np.exp(t[0])), np.exp(t)), [0.0], [-12.0], [5.0])
    assert (theta.tolist(), rests) == ([-12.0], True)
    assert value == pytest.approx(np.exp(-12))


def test_a_search_that_runs_out_of_steps_says_so():
    calls = iter(range(10**6))
    # A floor that falls with every look, so that no step is the last.
    _, _, rests = minimum(lambda t: (float(-next(calls)), np.array([1.0])), [0.0], [-1e9], [1e9])
    assert not rests
