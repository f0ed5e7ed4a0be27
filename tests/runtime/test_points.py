"""Points lie in their domains, are defined, and bring out what their strata say."""

from __future__ import annotations

import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from texjit.equations.domain import POSITIVE, REAL, SIMPLEX, SPD, UNIT, Domain
from texjit.equations.equation import Equation
from texjit.runtime.domain_samples import MODES, domain_contains, realises, sample, settle
from texjit.runtime.points import is_possible, neighbour, points

sys.path.insert(0, str(Path(__file__).parent))
import formulas as F

OPEN_UNIT = Domain(lo=Fraction(0), hi=Fraction(1), lo_open=True, hi_open=True)
HALF_OPEN = Domain(lo=Fraction(1, 10), hi=Fraction(3), hi_open=True)
BELOW = Domain(hi=Fraction(-2), hi_open=True)
BIT = Domain("finite", members=(Fraction(0), Fraction(1)))
ARRAYS = [Domain(kind) for kind in ("psd", "symmetric", "orthogonal")]
DOMAINS = [REAL, POSITIVE, UNIT, OPEN_UNIT, HALF_OPEN, BELOW, SIMPLEX, SPD, BIT, *ARRAYS]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_samples_lie_in_their_domain(domain: Domain, mode: str, dtype: str) -> None:
    rng = np.random.default_rng(3)
    for n in (1, 2, 4):
        for _ in range(20):
            square = domain.kind in ("spd", "psd", "symmetric", "orthogonal")
            x = settle(sample(domain, (n, n) if square else (n,), mode, dtype, rng), domain, dtype)
            assert x.dtype == dtype
            assert np.isfinite(x).all()
            match domain.kind:
                case "interval":
                    assert all(domain_contains(domain, Fraction(float(v))) for v in x)
                case "finite":
                    assert set(x) <= {0.0, 1.0}
                case "simplex":
                    assert (x >= 0).all()
                    assert abs(float(x.sum(dtype=float)) - 1) < 8 * np.finfo(dtype).eps
                case "spd":
                    assert (x == x.T).all()
                    assert np.linalg.eigvalsh(x.astype(float)).min() > 0
                case "psd" | "symmetric":
                    assert (x == x.T).all()
                case _:
                    assert np.allclose(x @ x.T, np.eye(n), atol=1e-5)


@pytest.mark.parametrize("equation", F.ALL, ids=lambda e: e.name)
def test_points_are_many_defined_and_reproducible(equation: Equation) -> None:
    for dtype in ("float64", "float32"):
        drawn = list(points(equation, dtype, 40, seed=5))
        assert len(drawn) == 40
        again = list(points(equation, dtype, 40, seed=5))
        assert all(repr(p) == repr(q) for p, q in zip(drawn, again, strict=True))
        for point in drawn:
            for p in equation.parameters:
                value = point.inputs[p.name]
                assert isinstance(value, int) if p.integer else np.asarray(value).dtype == dtype
            sizes = {}
            for p in equation.parameters:
                for axis, n in zip(p.axes, np.shape(point.inputs[p.name]), strict=True):
                    assert sizes.setdefault(axis.name, n) == n
            assert len(set(sizes.values())) == len(sizes) or 1 in sizes.values()


def test_every_reachable_stratum_is_drawn() -> None:
    strata = {s for p in points(F.KL, count=50) for s in p.strata}
    assert strata >= {"moderate", "wide", "zero", "ties", "cancellation", "edge", "overflow"}
    strata = {s for p in points(F.LAYERNORM, count=50) for s in p.strata}
    assert strata == set(MODES)
    # BCE's predictions are inside (0, 1): no zero, no overflow, no offset is reachable.
    assert not {"zero", "overflow", "offset"} & {s for p in points(F.BCE, count=50) for s in p.strata}


def test_near_equal_pairs_are_normalised_in_floats() -> None:
    close = [p for p in points(F.KL, count=100) if "cancellation" in p.strata and len(p.inputs["P"]) > 1]
    assert len(close) >= 5
    for p in close:
        assert np.abs(p.inputs["P"] - p.inputs["Q"]).max() < 0.5
        assert abs(p.inputs["Q"].sum() - 1) < 1e-15 * 8


def test_natural_domains_of_undeclared_parameters_are_found() -> None:
    for p in points(F.SCALED, count=50):
        assert p.inputs["v"] + p.inputs["epsilon"] > 0
    assert any(p.inputs["t"] >= 31 for p in points(F.ADAM, count=50))


def test_integers_that_are_positions_stay_in_range() -> None:
    for p in points(F.STEP, count=50):
        assert 1 <= p.inputs["t"] < len(p.inputs["x"])


def test_extents_differ_and_are_sometimes_one() -> None:
    shapes = {p.inputs["A"].shape for p in points(F.MATVEC, count=100)}
    assert all(m != n for m, n in shapes)
    assert any(1 in s for s in shapes)
    assert len(shapes) > 6


def test_strata_are_realised_only_where_there_is_something_to_bring_out() -> None:
    assert not realises(POSITIVE, (3,), "zero")
    assert not realises(REAL, (), "ties")
    assert not realises(SIMPLEX, (1,), "edge")
    assert realises(UNIT, (), "edge")


def test_undefined_everywhere_gives_no_points() -> None:
    body = F.log(F.add(-1, F.mul(-1, F.power(F.parameter("a"), 2))))
    assert list(points(F.equation("f", [F.arg("a")], F.let("f", body)), count=5)) == []


@pytest.fixture(scope="module")
def many() -> dict[str, list[dict[str, np.ndarray]]]:
    """Inputs of a full certificate's points, by equation."""
    return {e.name: [p.inputs for p in points(e, count=1056)] for e in (F.KL, F.SOFTMAX, F.LAYERNORM, F.VARIANCE)}


def test_full_certificates_have_a_thousand_points(many: dict[str, list[dict[str, np.ndarray]]]) -> None:
    assert {name: len(drawn) for name, drawn in many.items()} == dict.fromkeys(many, 1056)


def test_full_certificates_meet_what_breaks_kernels(many: dict[str, list[dict[str, np.ndarray]]]) -> None:
    """Near distributions, corners, far logits, large means, tiny numbers."""
    pairs = [(p["P"], p["Q"]) for p in many["KL"]]
    apart = [np.abs(P - Q).max() for P, Q in pairs]
    assert any(0 < d < 1e-12 for d in apart) and any(d == 0 for d in apart)
    assert any((P == 0).any() for P, _ in pairs) and any((P == 1).any() for P, _ in pairs)
    assert any((Q == 0).any() for _, Q in pairs)
    logits = [p["z"] for p in many["softmax"]]
    assert any((z == 1000).any() for z in logits) and any((z == -1000).any() for z in logits)
    assert any(len(z) > 1 and (z == z[0]).all() for z in logits)
    means = [(abs(p["x"].mean()), np.ptp(p["x"])) for p in many["var"] if p["x"].size > 1]
    assert any(9e7 < m < 2e8 and 0 < s < 10 for m, s in means)
    assert any(0 < abs(p["epsilon"]) < 1e-250 for p in many["LayerNorm"])


def test_parameters_of_other_shapes_and_domains_may_agree() -> None:
    rng = np.random.default_rng(0)
    x = np.array([2.0, 3.0, 5.0])
    earlier = [(SIMPLEX, np.array([0.5, 0.5])), (REAL, x)]
    assert neighbour(earlier, (3,), POSITIVE) is x
    assert neighbour(earlier, (), REAL) == 2.0
    assert neighbour(earlier, (2,), REAL) is None and neighbour(earlier, (3,), SPD) is None
    assert (neighbour(earlier, (2,), SIMPLEX) == 0.5).all() and neighbour(earlier, (3,), SIMPLEX) is None
    y = settle(np.asarray(sample(POSITIVE, (), "cancellation", "float64", rng)), POSITIVE, "float64")
    assert abs(y - 1) < 1


def test_modes_that_no_parameter_has_are_not_asked_for() -> None:
    a = F.equation("f", [F.arg("a")], F.let("f", F.power(F.parameter("a"), 2)))
    assert [m for m in MODES if not is_possible(a, m)] == ["ties", "offset", "edge"]
    strata = Counter(s for p in points(a, count=200) for s in p.strata)
    assert strata["moderate"] < 60 and min(strata.values()) > 5
    assert is_possible(F.KL, "cancellation") and not is_possible(F.ENTROPY, "cancellation")
