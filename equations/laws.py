r"""The named laws: a row each, with the spellings of authors and the logarithm of the density.

Densities are given by their logarithms; outside of its support a law's is -inf.  The normal law, which has
vectors and matrices for parameters, is built in ``densities``; the rows here are of numbers, but for two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy
from sympy import Expr, Integer

from . import algebra as al
from .domain import NONNEGATIVE, REAL, SIMPLEX, UNIT, Domain
from .latex import tree as t


@dataclass(frozen=True, slots=True)
class Law:
    """``log`` of a number and of the parameters, which are named as the sampler names them.

    ``signs`` are letters in calligraphic type, ``words`` are upright ones in any case; ``positive`` parameters
    must be so; ``support`` is where an undeclared variable is taken from; ``array`` tells what is a vector.
    """

    name: str
    parameters: tuple[str, ...]
    log: Callable[..., Expr]
    words: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    support: Domain = REAL
    says: str = ""
    array: str = ""


def _log(x: Expr) -> Expr:
    return al.apply(sympy.log, x)


def _lgamma(x: Expr) -> Expr:
    return al.apply(sympy.loggamma, x)


def _minus(a: Expr, b: Expr) -> Expr:
    return al.add(a, al.neg(b))


def within(log: Expr, *conditions: Expr) -> Expr:
    """A log-density that is -inf where a condition fails."""
    held = conditions[0] if len(conditions) == 1 else sympy.And(*conditions, evaluate=False)
    return sympy.Piecewise((log, held), (-sympy.oo, sympy.true), evaluate=False)


def at_least(x: Expr, bound: Expr) -> Expr:
    return sympy.Ge(x, bound, evaluate=False)


def is_whole(x: Expr) -> Expr:
    return sympy.Eq(al.apply(sympy.floor, x), x, evaluate=False)


def _bernoulli(x: Expr, p: Expr) -> Expr:
    one, zero = (sympy.Eq(x, v, evaluate=False) for v in (al.ONE, al.ZERO))
    cases = ((_log(p), one), (_log(_minus(al.ONE, p)), zero), (-sympy.oo, sympy.true))
    return sympy.Piecewise(*cases, evaluate=False)


def _uniform(x: Expr, low: Expr, high: Expr) -> Expr:
    return within(al.neg(_log(_minus(high, low))), at_least(x, low), at_least(high, x))


def _laplace(x: Expr, location: Expr, scale: Expr) -> Expr:
    distance = al.divide(al.apply(sympy.Abs, _minus(x, location)), scale)
    return _minus(al.neg(distance), _log(al.mul(al.TWO, scale)))


def _gamma(x: Expr, shape: Expr, rate: Expr) -> Expr:
    power = al.mul(_minus(shape, al.ONE), _log(x))
    log = al.add(al.mul(shape, _log(rate)), al.neg(_lgamma(shape)), power, al.neg(al.mul(rate, x)))
    return within(log, at_least(x, al.ZERO))


def _beta(x: Expr, a: Expr, b: Expr) -> Expr:
    rest = _minus(al.ONE, x)
    powers = (al.mul(_minus(a, al.ONE), _log(x)), al.mul(_minus(b, al.ONE), _log(rest)))
    constant = (al.neg(_lgamma(a)), al.neg(_lgamma(b)), _lgamma(al.add(a, b)))
    return within(al.add(*powers, *constant), at_least(x, al.ZERO), at_least(al.ONE, x))


def _poisson(x: Expr, rate: Expr) -> Expr:
    log = al.add(al.mul(x, _log(rate)), al.neg(rate), al.neg(_lgamma(al.add(x, al.ONE))))
    return within(log, at_least(x, al.ZERO), is_whole(x))


def _exponential(x: Expr, rate: Expr) -> Expr:
    return within(_minus(_log(rate), al.mul(rate, x)), at_least(x, al.ZERO))


def _student(x: Expr, nu: Expr) -> Expr:
    half = al.divide(al.add(nu, al.ONE), al.TWO)
    constant = (_lgamma(half), al.neg(_lgamma(al.divide(nu, al.TWO))),
                al.neg(al.divide(_log(al.mul(nu, sympy.pi)), al.TWO)))
    square = al.divide(al.power(x, al.TWO), nu)
    return al.add(*constant, al.neg(al.mul(half, _log(al.add(al.ONE, square)))))


def _binomial(x: Expr, n: Expr, p: Expr) -> Expr:
    rest = _minus(n, x)
    choices = (_lgamma(al.add(n, al.ONE)), al.neg(_lgamma(al.add(x, al.ONE))), al.neg(_lgamma(al.add(rest, al.ONE))))
    log = al.add(*choices, al.mul(x, _log(p)), al.mul(rest, _log(_minus(al.ONE, p))))
    return within(log, at_least(x, al.ZERO), at_least(n, x), is_whole(x))


def _dirichlet(x: Expr, a: Expr) -> Expr:
    """What each element adds; the sum of all ``a`` belongs to the whole."""
    return _minus(al.mul(_minus(a, al.ONE), _log(x)), _lgamma(a))


def _categorical(x: Expr, p: Expr) -> Expr:
    """What each element of a vector with a single 1 adds."""
    return al.mul(x, _log(p))


def _normal(x: Expr, mean: Expr, variance: Expr) -> Expr:
    square = al.divide(al.power(_minus(x, mean), al.TWO), al.mul(al.TWO, variance))
    return _minus(al.neg(square), al.divide(_log(al.mul(Integer(2), sympy.pi, variance)), al.TWO))


BINARY = Domain("finite", members=(Fraction(0), Fraction(1)))
COUNTS = Domain("integer", lo=Fraction(0))

NORMAL = Law("normal", ("mean", "variance"), _normal, ("n", "normal", "gaussian", "gauss"), ("N",),
             says="the normal law; its second parameter is the variance")  # fmt: skip

LAWS: tuple[Law, ...] = (
    NORMAL,
    Law("bernoulli", ("p",), _bernoulli, ("bern", "bernoulli", "ber"), support=BINARY,
        says="the Bernoulli law with the probability of 1"),
    Law("categorical", ("p",), _categorical, ("cat", "categorical"), array="parameters",
        says="the categorical law (of a vector with a single 1, or of the number of a class from 1)"),
    Law("uniform", ("low", "high"), _uniform, ("u", "unif", "uniform"), ("U",), says="the uniform law on [a, b]"),
    Law("laplace", ("location", "scale"), _laplace, ("laplace", "lap"), positive=("scale",),
        says="the Laplace law with its location and scale"),
    Law("gamma", ("shape", "rate"), _gamma, ("gamma", "gam"), (), ("shape", "rate"), NONNEGATIVE,
        says="the gamma law with its shape and rate (1/scale)"),
    Law("beta", ("a", "b"), _beta, ("beta",), (), ("a", "b"), UNIT, says="the beta law"),
    Law("poisson", ("rate",), _poisson, ("poisson", "pois", "poi"), (), ("rate",), COUNTS,
        says="the Poisson law with its mean"),
    Law("student", ("degrees",), _student, ("t", "st", "student", "studentt"), (), ("degrees",),
        says="the t law of Student with its degrees of freedom"),
    Law("dirichlet", ("alpha",), _dirichlet, ("dir", "dirichlet"), (), ("alpha",), SIMPLEX, array="all",
        says="the Dirichlet law"),
    Law("exponential", ("rate",), _exponential, ("exp", "expon", "exponential"), (), ("rate",), NONNEGATIVE,
        says="the exponential law with its rate (1/mean)"),
    Law("binomial", ("n", "p"), _binomial, ("bin", "binom", "binomial"), (), support=COUNTS,
        says="the binomial law with the number of trials and the probability of success"),
)  # fmt: skip

WORDS: Mapping[str, Law] = {w: law for law in LAWS for w in law.words if len(w) > 1}
SIGNS: Mapping[str, Law] = {s: law for law in LAWS for s in law.signs}


def law_named(head: t.Node, *, drawn: bool = False) -> Law | None:
    r"""The law of a name: upright words, ``\mathcal{N}`` and ``\mathcal{U}``; plain letters too behind ``\sim``."""
    if not isinstance(head, t.Name) or head.accents:
        return None
    if head.style in ("rm", "sf", "tt"):
        word = head.base.lower()
        single = len(word) == 1 and head.base in ("N", "U", "t")
        return WORDS.get(word) or (next((x for x in LAWS if word in x.words), None) if single else None)
    if head.style in ("cal", "scr"):
        return SIGNS.get(head.base)
    if drawn and not head.style and (len(head.base) > 1 or head.base in ("N", "U")):
        return WORDS.get(head.base.lower()) or SIGNS.get(head.base)
    return None
