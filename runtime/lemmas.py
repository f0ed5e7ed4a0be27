"""Inequalities with a name, over normal forms: each shows that a polynomial of atoms is nowhere negative.

- *signs*: every term is a product of even powers and of atoms that are not negative;
- *squares*: a quadratic form with a positive semidefinite matrix, in exact arithmetic;
- *Cauchy and Schwarz*: ``Σ f² Σ g² ≥ (Σ f g)²``;
- *log-sum*: ``Σ w log(w/v) ≥ W log(W/V)`` for nonnegative w, v with sums W, V, by convexity of t log t;
- *monotone logarithms*: ``w (log g - log h) ≥ 0`` where w and g - h are not negative;
- *tangents*: ``t - 1 - log t ≥ 0`` for positive t, with t = e^u: ``e^u - 1 - u ≥ 0``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..equations.claim import Claim
from . import polynomials as ps
from .normal_form import Forms
from .polynomials import ONE, Atom, Monomial, Poly, TooLarge

HALF = Fraction(1, 2)
LOG_SUM = "by the log-sum inequality Σ w log(w/v) ≥ W log(W/V), as t log t is convex"


def nonnegative(forms: Forms, p: Poly) -> str:
    """Why a polynomial is nowhere negative; empty where no lemma shows it."""
    p = without_denominators(forms, p)
    if not p:
        return "both sides have the same normal form, so they are equal"
    if forms.nonnegative(p):
        return "every term of the difference is a square or a product of numbers that are not negative"
    for lemma in (squares, cauchy_schwarz, tangent, log_sums):
        if reason := lemma(forms, p):
            return reason
    return ""


def reason_positive(forms: Forms, p: Poly) -> str:
    """Why a polynomial is everywhere positive."""
    p = without_denominators(forms, p)
    if forms.positive(p):
        return "every term of the difference is positive or not negative"
    c = p.get(ONE, Fraction(0))
    if c > 0 and (reason := squares(forms, ps.subtract(p, ps.constant(c * Fraction(1, 2**20))))):
        return reason
    return ""


def without_denominators(forms: Forms, p: Poly) -> Poly:
    """A polynomial times its denominators that are certainly positive."""
    from .proofs import cleared

    inverses = [a for a in ps.atoms(p) if a[0] == "inv"]
    if inverses and all(forms.positive(ps.poly(a[1])) for a in inverses):
        return cleared(forms, p)
    return p


def squares(forms: Forms, p: Poly) -> str:
    """A sum of squares times a monomial that is not negative."""
    factor, rest = common(p)
    if not forms.nonnegative_monomial(factor):
        return ""
    basis = [half(m) for m, c in rest.items() if c > 0 and half(m) is not None]
    roots = [b for b in basis if b is not None]
    index = {b: k for k, b in enumerate(roots)}
    n = len(index)
    if not 0 < n <= 12 or n != len(roots):
        return ""
    matrix = [[Fraction(0)] * n for _ in range(n)]
    pairs: dict[Monomial, tuple[int, int]] = {}
    for a in roots:
        for b in roots:
            i, j = sorted((index[a], index[b]))
            # A product that is also a square counts as the square.
            product = ps.times(a, b)
            if product not in pairs or i == j:
                pairs[product] = (i, j)
    for m, c in rest.items():
        if m not in pairs:
            return ""
        i, j = pairs[m]
        matrix[i][j] += c * (1 if i == j else HALF)
        if i != j:
            matrix[j][i] += c * HALF
    return "the difference is a sum of squares" if is_semidefinite(matrix) else ""


def common(p: Poly) -> tuple[Monomial, Poly]:
    """The common monomial of the terms and what remains."""
    shared: dict[Atom, Fraction] = {}
    for a in ps.atoms(p):
        least = min(dict(m).get(a, Fraction(0)) for m in p)
        if least:
            shared[a] = least
    m = ps.ordered(shared)
    back = tuple((a, -e) for a, e in m)
    return m, {ps.times(n, back): c for n, c in p.items()}


def half(m: Monomial) -> Monomial | None:
    """The root of a monomial with even exponents; of an exponential with any."""
    if all(a[0] == "exp" or (e / 2).denominator == 1 for a, e in m):
        return tuple((a, e / 2) for a, e in m)
    return None


def is_semidefinite(matrix: list[list[Fraction]]) -> bool:
    """Whether a symmetric matrix is positive semidefinite, by exact elimination."""
    a = [row[:] for row in matrix]
    n = len(a)
    for k in range(n):
        if a[k][k] < 0:
            return False
        if a[k][k] == 0:
            if any(a[k][j] for j in range(k, n)):
                return False
            continue
        for i in range(k + 1, n):
            ratio = a[i][k] / a[k][k]
            for j in range(k, n):
                a[i][j] -= ratio * a[k][j]
    return True


def cauchy_schwarz(forms: Forms, p: Poly) -> str:
    """``c (Σ f² Σ g² - (Σ f g)²)`` times a monomial that is not negative."""
    factor, rest = common(p)
    if len(rest) != 2 or not forms.nonnegative_monomial(factor):
        return ""
    (minus, c), (plus, d) = sorted(rest.items(), key=lambda item: item[1])
    if c != -d or len(minus) != 1 or minus[0][1] != 2 or minus[0][0][0] != "sum":
        return ""
    mixed = minus[0][0]
    if len(mixed[1]) != 1:
        return ""
    parts = [(a, e) for a, e in plus for _ in range(int(e))] if all(e in (1, 2) for _, e in plus) else []
    if len(parts) != 2:
        return ""
    bodies = [body_over(a, mixed) for a, _ in parts]
    if any(b is None for b in bodies):
        return ""
    both: list[Poly] = [{b or ONE: Fraction(1)} for b in bodies]
    even = all(forms.nonnegative(b) for b in both)
    same = forms.product(*both) == forms.powered({mixed[2]: Fraction(1)}, 2)
    return "by the inequality of Cauchy and Schwarz" if even and same else ""


def body_over(a: Atom, like: Atom) -> Monomial | None:
    """The body of a sum over the same range; 1 for the size of that range."""
    if a[0] == "sum" and a[1] == like[1]:
        level = a[3]
        found: Monomial = ps.renamed(a[2], {("b", level, 0): ("b", like[3], 0)})
        return found
    lo, hi = like[1][0]
    return ONE if a[0] == "n" and hi == ps.key(ps.atom(a)) and lo == ps.key(ps.constant(1)) else None


def tangent(forms: Forms, p: Poly) -> str:
    """``c (t - 1 - log t)``, with t = e^u: ``c (e^u - 1 - u)``."""
    reason = "the logarithm lies below its tangent at 1"
    for m, c in p.items():
        if len(m) != 1 or m[0][1] != 1 or m[0][0][0] != "log":
            continue
        # c log s is -c log(1/s).
        t = ps.poly(m[0][0][1]) if c < 0 else forms.inverse(ps.poly(m[0][0][1]))
        wanted = ps.add(ps.scale(ps.subtract(t, ps.constant(1)), abs(c)), {m: c})
        if p == wanted:
            return reason
    for m, c in p.items():
        if len(m) == 1 and m[0][0][0] == "exp" and c > 0:
            u = ps.scale(ps.poly(m[0][0][1]), m[0][1])
            wanted = ps.add({m: c}, ps.constant(-c), ps.scale(u, -c))
            if p == wanted:
                return "the exponential lies above its tangent at 0"
    return ""


# Sums of weighted logarithms

@dataclass(slots=True)
class Weighted:
    """``Σ_i w(i) Σ_j c_j log g_j(i)``: the ranges, the weight, and the logarithms' arguments with coefficients.

    Without ranges it is ``w Σ_j c_j log g_j`` of totals.
    """

    ranges: Any
    level: int
    weight: Monomial
    logs: dict[Any, Fraction]


def log_sums(forms: Forms, p: Poly) -> str:
    """A sum of weighted logarithms, each bounded from below, whose bounds add up to nothing negative."""
    groups, rest = weighted(p)
    if not groups:
        return ""
    used: set[str] = set()
    for g in groups:
        bound = lower_bound(forms, g)
        if bound is None:
            return ""
        rest = ps.add(rest, bound[0])
        used.add(bound[1])
    if rest and not forms.nonnegative(rest):
        return ""
    return "; ".join(sorted(used))


def weighted(p: Poly) -> tuple[list[Weighted], Poly]:
    """Sums over logarithms, grouped by their ranges and weights, and the other terms."""
    groups: dict[Any, Weighted] = {}
    rest: Poly = {}
    for m, c in p.items():
        found = split(m)
        if found is None:
            rest = ps.add(rest, {m: c})
            continue
        ranges, level, weight, argument = found
        g = groups.setdefault((ranges, weight), Weighted(ranges, level, weight, {}))
        g.logs[argument] = g.logs.get(argument, Fraction(0)) + c
    return list(groups.values()), rest


def split(m: Monomial) -> tuple[Any, int, Monomial, Any] | None:
    """The range, weight and logarithm's argument of ``Σ w log g``."""
    if len(m) != 1 or m[0][1] != 1 or m[0][0][0] != "sum":
        return None
    a = m[0][0]
    logs = [(x, e) for x, e in a[2] if x[0] == "log"]
    if len(a[1]) != 1 or len(logs) != 1 or logs[0][1] != 1:
        return None
    # Where two sums of one weight have other levels inside, they are told apart, and nothing is lost but a proof.
    return a[1], a[3], tuple(x for x in a[2] if x != logs[0]), logs[0][0][1]


def lower_bound(forms: Forms, g: Weighted) -> tuple[Poly, str] | None:
    """What a weighted sum of logarithms is at least, and why."""
    if not forms.nonnegative_monomial(g.weight):
        return None
    own = ps.key({g.weight: Fraction(1)})
    c = own_share(g)
    others = {k: e for k, e in g.logs.items() if k != own and e}
    if c is not None and c > 0:
        ratio = {k: -e / c for k, e in others.items()}
        product = ps.constant(1)
        for k, e in ratio.items():
            if e.denominator != 1:
                return None
            factor = ps.poly(k)
            if not forms.nonnegative(factor):
                return None
            product = forms.product(product, forms.powered(factor, int(e)))
        if not forms.nonnegative(product):
            return None
        total, mass = summed(forms, product, g), summed(forms, {g.weight: Fraction(1)}, g)
        if not forms.positive(total) and not forms.nonnegative(total):
            return None
        bound = forms.product(ps.scale(mass, c), ps.subtract(forms.log(mass), forms.log(total)))
        return bound, LOG_SUM
    if len(g.logs) == 2:
        (k1, e1), (k2, e2) = g.logs.items()
        if e1 + e2 == 0:
            up, down = (k1, k2) if e1 > 0 else (k2, k1)
            if forms.nonnegative(ps.subtract(ps.poly(up), ps.poly(down))) and forms.nonnegative(ps.poly(down)):
                return {}, "as the logarithm grows"
    return None


def own_share(g: Weighted) -> Fraction | None:
    """The coefficient of the weight's own logarithm; a power of one atom counts as often."""
    if len(g.weight) == 1 and g.weight[0][1] == 1:
        return g.logs.get(ps.key(ps.atom(g.weight[0][0])))
    return g.logs.get(ps.key({g.weight: Fraction(1)}))


def summed(forms: Forms, p: Poly, g: Weighted) -> Poly:
    """The sum of a polynomial of the group's index over its range."""
    bound: Atom = ("b", g.level, 0)
    fresh: Atom = ("b", -10**6, 0)
    out: Poly = {}
    for m, c in p.items():
        out = ps.add(out, ps.scale(forms.summed(ps.renamed(m, {bound: fresh}), fresh, g.ranges[0]), c))
    return out


def equal_only(claim: Claim) -> str:
    r"""``Σ w log(w/v) = 0 \iff w = v``: where w and v have the same sum, by strict convexity."""
    from .proofs import cleared, sides

    if claim.connectives != ("iff",):
        return ""
    first, second = claim.clause(0), claim.clause(1)
    for a, b in ((first, second), (second, first)):
        if len(a) != 1 or len(b) != 1 or a[0].op != "=" or b[0].op != "=":
            continue
        forms = Forms(claim.sides)
        left, right = sides(forms, claim.sides, a[0].left, a[0].right)
        groups, rest = weighted(ps.subtract(left, right))
        if len(groups) != 1 or rest:
            continue
        g = groups[0]
        c = own_share(g)
        others = {k: e for k, e in g.logs.items() if k != ps.key({g.weight: Fraction(1)}) and e}
        if not c or len(others) != 1 or not forms.nonnegative_monomial(g.weight):
            continue
        ((other, e),) = others.items()
        w, v = {g.weight: Fraction(1)}, ps.poly(other)
        if e != -c or not forms.nonnegative(v) or cleared(forms, ps.subtract(summed(forms, w, g), summed(forms, v, g))):
            continue
        x, y = sides(forms, claim.sides, b[0].left, b[0].right)
        free = {("b", g.level, 0): ("f", 0)}
        pair = [dict(ps.renamed(ps.key(q), free)) for q in (w, v)]
        outputs = {o.name: o for o in claim.sides.outputs}
        bounds = outputs[b[0].left].bounds
        if len(bounds) != 1 or [x, y] not in (pair, pair[::-1]):
            continue
        ends = tuple(ps.key(forms.form(end, {})) for end in (bounds[0].lo, bounds[0].hi))
        if ends == g.ranges[0]:
            return ("the sum is at least 0 by the log-sum inequality, and 0 only where w and v are equal, as "
                    "t log t is strictly convex and both have the same sum")
    return ""


__all__ = ["TooLarge", "equal_only", "nonnegative", "reason_positive"]
