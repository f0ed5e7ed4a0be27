r"""Divergences of named laws in closed form: ``D_{KL}(\mathcal{N}(\mu, \sigma^2) \| \mathcal{N}(0, 1))``.

Ratios of variances and rates stand in ``r - 1 - \log r``, which is computed without loss near ``r = 1``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .context import Context, Refusal
from .densities import named_law, settled
from .latex import tree as t
from .laws import NORMAL
from .names import Symbolic
from .normal import Applied
from .norms import matrix_at, matrix_name
from .span import Span
from .values import Value, lazy, reduce_sum, unify

#: How authors write the divergence of Kullback and Leibler, alone or below a D, in any case.
LETTERS = "kl"

Elaborate = Callable[[t.Node, Context], Value]


def divergence(sym: Symbolic, group: t.Group, ctx: Context, elaborate: Elaborate) -> Value | None:
    """The Kullback–Leibler divergence of two named laws; ``None`` where anything else is written."""
    body = group.body
    if not is_divergence(sym) or not isinstance(body, t.Separated) or body.separators != ("‖",):
        return None
    found = [named_law(item) for item in body.items]
    if any(f is None or not is_spelled(f[0]) for f in found):
        return None
    (head, law, first), (_, other, second) = (f for f in found if f is not None)
    if law is not other or (law is not NORMAL and law.name not in CLOSED):
        raise Refusal("E245", "the divergence of these laws has no closed form that is known here", group.span,
                      "name two laws of one family: normal, Bernoulli, categorical, exponential, gamma, beta, Poisson "
                      "or Laplace", unsupported=True)
    # A law without a variable: a mean that is no number shows whether it is one of vectors.
    variate = next((p[0] for p in (first, second) if not isinstance(p[0], t.Number)), first[0])
    p = settled(law, variate, first, head.span, ctx, elaborate)
    q = settled(law, variate, second, head.span, ctx, elaborate)
    if law is NORMAL:
        return normal_divergence(p, q, ctx, group.span)
    if law.array:
        (a,), (b,) = p.parameters, q.parameters
        unify(a.axes[0], b.axes[0], group.span)
        k = ctx.indices.new("k")
        return lazy(reduce_sum(lambda s: CLOSED[law.name](a.at(s), b.at(s)), a.axes[0], k))
    return lazy(lambda: CLOSED[law.name](*(v.at() for v in (*p.parameters, *q.parameters))))


def is_spelled(head: t.Node) -> bool:
    """Whether the name of a law is no plain letter, which may be a distribution of the document."""
    name = head.base if isinstance(head, t.Scripted) else head
    return isinstance(name, t.Name) and bool(name.style or len(name.base) > 1)


def is_divergence(sym: Symbolic) -> bool:
    """Whether a name is the usual one of this divergence: notation, as ``log`` is."""
    return LETTERS in sym.whole.lower().split("_")


def gap(r: Expr) -> Expr:
    """``r - 1 - log r``."""
    return al.add(r, al.neg(al.ONE), al.neg(_log(r)))


def _log(x: Expr) -> Expr:
    return al.apply(sympy.log, x)


def _minus(a: Expr, b: Expr) -> Expr:
    return al.add(a, al.neg(b))


def _lgamma(x: Expr) -> Expr:
    return al.apply(sympy.loggamma, x)


def _psi(x: Expr) -> Expr:
    return al.apply(sympy.digamma, x)


def _part(a: Expr, b: Expr) -> Expr:
    return al.mul(a, _log(al.divide(a, b)))


def _bernoulli(a: Expr, b: Expr) -> Expr:
    return al.add(_part(a, b), _part(_minus(al.ONE, a), _minus(al.ONE, b)))


def _gamma(a: Expr, b: Expr, c: Expr, d: Expr) -> Expr:
    rates = al.mul(c, _log(al.divide(b, d))), al.divide(al.mul(a, _minus(d, b)), b)
    return al.add(al.mul(_minus(a, c), _psi(a)), al.neg(_lgamma(a)), _lgamma(c), *rates)


def _log_beta(a: Expr, b: Expr) -> Expr:
    return al.add(_lgamma(a), _lgamma(b), al.neg(_lgamma(al.add(a, b))))


def _beta(a: Expr, b: Expr, c: Expr, d: Expr) -> Expr:
    slopes = (al.mul(_minus(a, c), _psi(a)), al.mul(_minus(b, d), _psi(b)),
              al.mul(al.add(c, al.neg(a), d, al.neg(b)), _psi(al.add(a, b))))
    return al.add(_log_beta(c, d), al.neg(_log_beta(a, b)), *slopes)


def _laplace(m: Expr, b: Expr, n: Expr, c: Expr) -> Expr:
    distance = al.apply(sympy.Abs, _minus(m, n))
    near = al.mul(al.divide(b, c), al.apply(sympy.exp, al.neg(al.divide(distance, b))))
    return al.add(_log(al.divide(c, b)), al.divide(distance, c), near, al.neg(al.ONE))


CLOSED: Mapping[str, Callable[..., Expr]] = {
    "bernoulli": _bernoulli,
    "categorical": _part,
    "exponential": lambda a, b: gap(al.divide(b, a)),
    "gamma": _gamma,
    "beta": _beta,
    "poisson": lambda a, b: al.add(_part(a, b), al.neg(a), b),
    "laplace": _laplace,
}


def normal_divergence(p: Applied, q: Applied, ctx: Context, span: Span) -> Value:
    """``½ (tr Σ₁⁻¹ Σ₀ − d + log |Σ₁| / |Σ₀| + (μ₁ − μ₀)ᵀ Σ₁⁻¹ (μ₁ − μ₀))``."""
    forms = {p.form, q.form}
    if "precision" in forms or ("number" in forms and len(forms) > 1):
        raise Refusal("E245", "the divergence of normal laws is read for two numbers, or two vectors with covariances",
                      span, "write both laws with their covariance matrices", unsupported=True)
    if p.form == q.form == "number":
        (m, v), (n, w) = ([x.at for x in a.parameters] for a in (p, q))
        return lazy(lambda: al.divide(al.add(
            gap(al.divide(v(), w())), al.divide(al.power(_minus(m(), n()), al.TWO), w())), al.TWO))
    axis = p.variate.axes[0]
    unify(axis, q.variate.axes[0], span)
    (m0, v0), (m1, _) = p.parameters, q.parameters
    k = ctx.indices.new("k")

    def off(i: Expr) -> Expr:
        return _minus(*(m.at(i) if m.rank else m.at() for m in (m0, m1)))

    def variance(a: Applied, i: Expr) -> Expr:
        v = a.parameters[1]
        return v.at(i, i) if a.form == "full" else v.at(i) if a.form == "diagonal" else v.at()

    if "full" not in forms:
        def term(i: Expr) -> Expr:
            w = variance(q, i)
            return al.add(gap(al.divide(variance(p, i), w)), al.divide(al.power(off(i), al.TWO), w))

        total = reduce_sum(term, axis, k)
        return lazy(lambda: al.divide(total(), al.TWO))
    n = ctx.indices.new("k")
    names = {id(a): place_of(a, ctx) for a in (p, q) if a.form == "full"}

    def inverse(i: Expr, j: Expr) -> Expr:
        name, lead = names[id(q)]
        return heads.InverseElement(name, i, j, *lead(), evaluate=False)

    def log_determinant(a: Applied) -> Expr:
        if a.form == "full":
            name, lead = names[id(a)]
            return _log(heads.Determinant(name, *lead(), evaluate=False))
        return reduce_sum(lambda i: _log(variance(a, i)), axis, k)()

    def traced() -> Expr:
        if q.form != "full":
            return reduce_sum(lambda i: al.divide(variance(p, i), variance(q, i)), axis, k)()
        if p.form != "full":
            return reduce_sum(lambda i: al.mul(inverse(i, i), variance(p, i)), axis, k)()

        def along(i: Expr) -> Expr:
            return reduce_sum(lambda j: al.mul(inverse(i, j), v0.at(j, i)), axis, n)()

        return reduce_sum(along, axis, k)()

    def squared() -> Expr:
        if q.form != "full":
            return reduce_sum(lambda i: al.divide(al.power(off(i), al.TWO), variance(q, i)), axis, k)()

        def row(j: Expr) -> Expr:
            return reduce_sum(lambda i: al.mul(off(i), inverse(i, j)), axis, k)()

        return reduce_sum(lambda j: al.mul(row(j), off(j)), axis, n)()

    return lazy(lambda: al.divide(al.add(
        traced(), al.neg(axis.extent()), log_determinant(q), al.neg(log_determinant(p)), squared()), al.TWO))


def place_of(a: Applied, ctx: Context) -> tuple[Expr, Callable[[], tuple[Expr, ...]]]:
    """The name of a covariance matrix, and its place in an array of matrices."""
    v = a.parameters[1]
    found = matrix_at(v, ctx)
    name = heads.parameter(matrix_name(v, ctx) if found is None else found[0])

    def lead() -> tuple[Expr, ...]:
        again = matrix_at(v, ctx)
        return again[1] if again is not None else ()

    return name, lead
