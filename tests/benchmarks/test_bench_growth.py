"""How time grows with events: the power is found again, through a fixed cost and through noise."""

import pytest

from benchmarks import fit, page, results

EVENTS = [125_000, 250_000, 500_000, 1_000_000]
_SCATTER = ((1.01, 0.99, 1.01, 0.99), (1.15, 0.85, 1.15, 0.85))


@pytest.mark.parametrize(("fixed", "power"), [(0.0, 1.0), (12.0, 1.0), (12.0, 1.3), (0.0, 0.8)])
def test_a_power_is_found_beside_a_fixed_cost(fixed: float, power: float) -> None:
    found = fit.growth(EVENTS, [fixed + 40 * (amount / EVENTS[-1]) ** power for amount in EVENTS])
    assert found.power == pytest.approx(power, abs=0.005)
    assert found.fixed == pytest.approx(fixed, abs=0.01)
    assert found.each * EVENTS[-1] ** found.power == pytest.approx(40, rel=0.01)


def test_nothing_is_found_that_is_negative() -> None:
    found = fit.growth(EVENTS, [1.0, 1.0, 4.0, 16.0])
    assert found.fixed >= 0 and found.each >= 0
    assert found.power > 1.5
    assert fit.growth(EVENTS, [5.0, 4.0, 3.0, 2.0]).each == 0


def test_what_does_not_grow_is_a_fixed_cost() -> None:
    found = fit.growth(EVENTS, [5.0] * 4)
    assert (found.fixed, found.each) == (5.0, pytest.approx(0))


def test_seconds_that_hardly_grow_tell_of_no_power() -> None:
    vague = fit.growth(EVENTS, [31.6, 32.4, 32.5, 34.3])
    assert (vague.least, vague.most) == (0.5, 2.0)
    clear = fit.growth(EVENTS, [2 + 400 * amount / EVENTS[-1] for amount in EVENTS])
    assert 0.9 < clear.least < 1.0 < clear.most < 1.2


def test_the_more_seconds_scatter_the_more_powers_fit() -> None:
    grown = [2 + 400 * amount / EVENTS[-1] for amount in EVENTS]
    calm, rough = (fit.growth(EVENTS, [one * by for one, by in zip(grown, off, strict=True)]) for off in _SCATTER)
    assert rough.most - rough.least > 2 * (calm.most - calm.least) > 0


def test_two_amounts_tell_of_no_power() -> None:
    with pytest.raises(ValueError, match="2 amounts"):
        fit.growth([1, 2, 2], [1.0, 2.0, 2.0])


def _told(events: int, seconds: float) -> dict[str, object]:
    return {"events": events, "stages": {"land": {"seconds": seconds}, results.WHOLE: {"seconds": 2 * seconds}}}


def test_a_workload_of_different_numbers_of_events_tells_of_each_stage() -> None:
    contenders = {str(amount): _told(amount, 2 + amount / 100_000) for amount in EVENTS}
    grown = results.growths(contenders)
    assert {stage: one["power"] for stage, one in grown.items()} == {"land": 1.0, results.WHOLE: 1.0}
    shown = page.grown({"events": EVENTS[-1], "growth": {"W10": grown}}, "W10")
    assert shown[0].startswith("land: 2.0 s + 10.0 s · (share of all events)^1.00, or any power from 0.")
    assert results.growths({"ours": {"stages": {}}}) == results.growths(dict(list(contenders.items())[:2])) == {}
