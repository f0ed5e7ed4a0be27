r"""The named laws: a row each, with the spellings of authors and the logarithm of the density.

Densities are given by their logarithms; outside of its support a law's is -inf.  The normal law, which has
vectors and matrices for parameters, is built in ``densities``; the rows here are of numbers, but for two.
A law whose parameters authors mean in two ways has both densities for a row, and is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy
from sympy import Expr, Integer

from . import algebra as al
from .domain import INTEGER, NONNEGATIVE, POSITIVE, REAL, SIMPLEX, UNIT, Domain
from .latex import tree as t


@dataclass(frozen=True, slots=True)
class Law:
    """``log`` of a number and of the parameters, which are named as the sampler names them.

    ``signs`` are letters in calligraphic type, ``words`` are upright ones in any case; ``positive`` parameters
    must be so; ``support`` is where an undeclared variable is taken from; ``array`` tells what is a vector;
    ``squares`` are parameters that may be written as a square or as its root, which is asked about; ``density``
    is the density itself where the exponential of its logarithm would lose digits.
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
    squares: tuple[str, ...] = ()
    density: Callable[..., Expr] | None = None


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


def _located_student(x: Expr, nu: Expr, location: Expr, square: Expr) -> Expr:
    half = al.divide(al.add(nu, al.ONE), al.TWO)
    constant = (_lgamma(half), al.neg(_lgamma(al.divide(nu, al.TWO))),
                al.neg(al.divide(_log(al.mul(nu, sympy.pi, square)), al.TWO)))
    distance = al.divide(al.power(_minus(x, location), al.TWO), al.mul(nu, square))
    return al.add(*constant, al.neg(al.mul(half, _log(al.add(al.ONE, distance)))))


def _steps(x: Expr, low: Expr, high: Expr) -> Expr:
    count = al.add(high, al.neg(low), al.ONE)
    return within(al.neg(_log(count)), at_least(x, low), at_least(high, x), is_whole(_minus(x, low)))


def _log_normal(x: Expr, mean: Expr, variance: Expr) -> Expr:
    return within(_minus(_normal(_log(x), mean, variance), _log(x)), sympy.Gt(x, al.ZERO, evaluate=False))


def _half_normal(x: Expr, variance: Expr) -> Expr:
    square = al.divide(al.power(x, al.TWO), al.mul(al.TWO, variance))
    constant = al.divide(_log(al.divide(al.mul(sympy.pi, variance), al.TWO)), al.TWO)
    return within(al.neg(al.add(square, constant)), at_least(x, al.ZERO))


def _cauchy(x: Expr, location: Expr, scale: Expr) -> Expr:
    z = al.divide(_minus(x, location), scale)
    near = _log(al.add(al.ONE, al.power(z, al.TWO)))
    # Far out the square overflows: log(1 + z²) = 2 log |z| + log(1 + 1/z²).
    rest = _log(al.add(al.ONE, al.power(al.divide(al.ONE, z), al.TWO)))
    far = al.add(al.mul(al.TWO, _log(al.apply(sympy.Abs, z))), rest)
    outside = sympy.Gt(al.apply(sympy.Abs, z), al.ONE, evaluate=False)
    tail = sympy.Piecewise((far, outside), (near, sympy.true), evaluate=False)
    return al.neg(al.add(_log(al.mul(sympy.pi, scale)), tail))


def _cauchy_density(x: Expr, location: Expr, scale: Expr) -> Expr:
    square = al.power(al.divide(_minus(x, location), scale), al.TWO)
    return al.divide(al.ONE, al.mul(sympy.pi, scale, al.add(al.ONE, square)))


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
    Law("located student", ("degrees", "location", "squared_scale"), _located_student, (), (),
        ("degrees", "squared_scale"), squares=("squared_scale",),
        says="the t law of Student with its degrees of freedom, its location and the square of its scale"),
    Law("steps", ("first", "last"), _steps, support=INTEGER, says="the uniform law on the whole numbers from a to b"),
    Law("lognormal", ("mean", "variance"), _log_normal, ("lognormal", "lognorm", "logn"), ("LN",), ("variance",),
        POSITIVE, squares=("variance",), says="the log-normal law with the mean and the variance of its logarithm"),
    Law("halfnormal", ("variance",), _half_normal, ("halfnormal",), (), ("variance",), NONNEGATIVE,
        squares=("variance",), says="the half-normal law with the variance of the normal law that it is a half of"),
    Law("cauchy", ("location", "scale"), _cauchy, ("cauchy",), (), ("scale",), density=_cauchy_density,
        says="the law of Cauchy with its location and scale"),
)  # fmt: skip

WORDS: Mapping[str, Law] = {w: law for law in LAWS for w in law.words if len(w) > 1}
SIGNS: Mapping[str, Law] = {s: law for law in LAWS for s in law.signs}
ROWS: Mapping[str, Law] = {law.name: law for law in LAWS}

#: Laws that authors write in two ways: what is open, and densities to paste for either.
OPEN: Mapping[str, tuple[str, str, str]] = {
    "weibull": (
        "the shape of a law of Weibull may stand first or second",
        r"f(x; k, \lambda) = \frac{k}{\lambda} e^{(k-1) \log \frac{x}{\lambda} - \left( \frac{x}{\lambda} \right)^k} "
        "with the shape first",
        r"f(x; \lambda, k) = \frac{k}{\lambda} e^{(k-1) \log \frac{x}{\lambda} - \left( \frac{x}{\lambda} \right)^k} "
        "with the scale first",
    ),
    "geometric": (
        "a geometric law may count trials, from 1, or failures, from 0",
        r"f(k; p) = p (1 - p)^{k-1} for the number of trials",
        r"f(k; p) = p (1 - p)^{k} for the number of failures",
    ),
}
OPEN_WORDS: Mapping[str, str] = {"weibull": "weibull", "geom": "geometric", "geometric": "geometric"}


def law_named(head: t.Node, *, drawn: bool = False) -> Law | None:
    r"""The law of a name: upright words, ``\mathcal{N}`` and ``\mathcal{U}``; plain letters too behind ``\sim``."""
    if not isinstance(head, t.Name) or head.accents:
        return None
    if head.style in ("rm", "sf", "tt"):
        word = head.base.lower().replace("_", "")
        single = len(word) == 1 and head.base in ("N", "U", "t")
        return WORDS.get(word) or (next((x for x in LAWS if word in x.words), None) if single else None)
    if head.style in ("cal", "scr"):
        return SIGNS.get(head.base)
    if drawn and not head.style and (len(head.base) > 1 or head.base in ("N", "U")):
        return WORDS.get(head.base.lower()) or SIGNS.get(head.base)
    return None


def degrees_below(head: t.Node, *, drawn: bool = False) -> t.Node | None:
    r"""The degrees of freedom of ``\mathcal{T}_\nu``, ``\mathrm{St}_\nu``, and of a plain ``t_\nu`` behind ``\sim``."""
    match head:
        case t.Scripted(base=t.Name(accents=()) as name, sub=t.Node() as sub, sup=None) if not head.primes:
            if name.style in ("cal", "scr"):
                return sub if name.base == "T" else None
            law = law_named(name)
            if (law is not None and law.name == "student") or (drawn and not name.style and name.base == "t"):
                return sub
    return None


def open_law(head: t.Node, *, drawn: bool = False) -> tuple[str, str, str] | None:
    """What is open about a law that is written in two ways."""
    if isinstance(head, t.Name) and not head.accents:
        upright = head.style in ("rm", "sf", "tt") or (drawn and not head.style and len(head.base) > 1)
        if upright and (row := OPEN_WORDS.get(head.base.lower().replace("_", ""))) is not None:
            return OPEN[row]
    return None
