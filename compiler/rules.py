"""Rewrite rules as data: an expression of the left form is one of the right form.

Each rule is an identity of real numbers wherever its condition holds; the right side
rounds no worse and overflows no sooner.  One test samples every row.  ``FUSIONS`` name
stable compounds before differentiation; ``CANCELLATIONS`` mend what is left after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from .expr import Call, Compare, Const, Expr, Select, Var
from .matching import Binding
from .positions import ONE, const
from .signs import Signs

Condition = Callable[[Signs, Binding], bool]


def _always(signs: Signs, binding: Binding) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """``left → right`` where ``when`` holds; ``domain`` has sampling intervals for the test."""

    name: str
    left: Expr
    right: Expr
    when: Condition = _always
    domain: dict[str, tuple[float, float]] = field(default_factory=dict)


a, b = Var("?a"), Var("?b")
TWO, HALF = const(2), const(Fraction(1, 2))


def _(prim: str, *args: Expr) -> Expr:
    return Call(prim, args)


def _nonnegative(*names: str) -> Condition:
    return lambda signs, binding: all(signs.is_nonnegative(binding[n]) for n in names)


def _not_literal(signs: Signs, binding: Binding) -> bool:
    return not isinstance(binding["?a"], Const)


MIDDLE = _("div", _("add", a, b), TWO)
HALVES = _("add", _("div", a, TWO), _("div", b, TWO))
POSITIVE = {"?a": (0.1, 2.0), "?b": (0.1, 2.0)}
_TANH_HALF = _("tanh", _("div", a, TWO))

FUSIONS: tuple[Rule, ...] = (
    Rule("log_exp", _("log", _("exp", a)), a),
    Rule("exp_log", _("exp", _("log", a)), a, _nonnegative("?a"), {"?a": (0.0, 9.0)}),
    Rule("sqrt_square", _("sqrt", _("square", a)), _("abs", a)),
    Rule("tanh_of_half", _("div", _("sub", _("exp", a), ONE), _("add", _("exp", a), ONE)), _TANH_HALF),
    Rule("tanh_of_minus_half", _("div", _("sub", ONE, _("exp", a)), _("add", ONE, _("exp", a))), _("neg", _TANH_HALF)),
    Rule("logistic_of_one", _("div", _("exp", a), _("add", ONE, _("exp", a))), _("sigmoid", a)),
    Rule("logistic", _("div", ONE, _("add", ONE, _("exp", a))), _("sigmoid", _("neg", a))),
    Rule(
        "logistic_of_two",
        _("div", _("exp", a), _("add", _("exp", a), _("exp", b))),
        _("sigmoid", _("sub", a, b)),
    ),
    Rule("one_minus_logistic", _("sub", ONE, _("sigmoid", a)), _("sigmoid", _("neg", a))),
    Rule("log_logistic", _("log", _("sigmoid", a)), _("neg", _("softplus", _("neg", a)))),
    Rule("odds", _("div", _("sigmoid", a), _("sigmoid", _("neg", a))), _("exp", a)),
    Rule("logaddexp", _("log", _("add", _("exp", a), _("exp", b))), _("logaddexp", a, b)),
    Rule("log1mexp", _("log", _("sub", ONE, _("exp", a))), _("log1mexp", a), domain={"?a": (-9.0, -0.1)}),
    Rule("expm1x", _("sub", _("sub", _("exp", a), ONE), a), _("expm1x", a)),
    Rule(
        "log1pmx",
        _("add", _("sub", _("absorb", a, _("log", a)), a), ONE),
        _("log1pmx", _("sub", a, ONE)),
        domain={"?a": (0.1, 9.0)},
    ),
    Rule("log_gap", _("sub", _("sub", a, ONE), _("log", a)), _("log_gap", a), domain={"?a": (0.1, 9.0)}),
    Rule("log1p_gap", _("sub", a, _("log", _("add", ONE, a))), _("log1p_gap", a), domain={"?a": (-0.9, 9.0)}),
    Rule("softplus", _("log", _("add", ONE, _("exp", a))), _("softplus", a)),
    Rule("softplus_difference", _("sub", _("softplus", a), _("softplus", _("neg", a))), a),
    Rule("sinh", _("sub", _("exp", a), _("exp", _("neg", a))), _("mul", TWO, _("sinh", a))),
    Rule("cosh", _("add", _("exp", a), _("exp", _("neg", a))), _("mul", TWO, _("cosh", a))),
    Rule("tanh", _("div", _("mul", TWO, _("sinh", a)), _("mul", TWO, _("cosh", a))), _("tanh", a)),
    Rule("cosh_less_one", _("sub", _("cosh", a), ONE), _("mul", TWO, _("square", _("sinh", _("div", a, TWO))))),
    Rule(
        "twice_cosh_less_two",
        _("sub", _("mul", TWO, _("cosh", a)), TWO),
        _("mul", const(4), _("square", _("sinh", _("div", a, TWO)))),
    ),
    Rule("asinh", _("log", _("add", a, _("sqrt", _("add", _("square", a), ONE)))), _("asinh", a)),
    Rule(
        "acosh",
        _("log", _("add", a, _("sqrt", _("sub", _("square", a), ONE)))),
        _("acosh", a),
        domain={"?a": (1.0, 9.0)},
    ),
    Rule("logistic_less_half", _("sub", _("sigmoid", a), HALF), _("div", _("tanh", _("div", a, TWO)), TWO)),
    Rule("twice_logistic_less_one", _("sub", _("mul", TWO, _("sigmoid", a)), ONE), _("tanh", _("div", a, TWO))),
    Rule(
        "odds_of_exponential",
        _("div", _("exp", a), _("sub", _("exp", a), ONE)),
        _("div", ONE, _("neg", _("expm1", _("neg", a)))),
    ),
    Rule(
        "heat_of_oscillator",
        _("div", _("mul", _("square", a), _("exp", a)), _("square", _("sub", _("exp", a), ONE))),
        _("mul", _("div", a, _("expm1", a)), _("div", a, _("neg", _("expm1", _("neg", a))))),
    ),
    Rule(
        "slope_of_odds",
        _("div", _("exp", a), _("square", _("sub", _("exp", a), ONE))),
        _("div", _("div", ONE, _("expm1", a)), _("neg", _("expm1", _("neg", a)))),
    ),
    Rule(
        "slope_of_logistic",
        _("div", _("exp", a), _("square", _("add", ONE, _("exp", a)))),
        _("mul", _("sigmoid", a), _("sigmoid", _("neg", a))),
    ),
    Rule(
        "inverse_softplus",
        _("log", _("sub", _("exp", a), ONE)),
        Select(Compare("<=", a, ONE), _("log", _("expm1", a)), _("add", a, _("log1mexp", _("neg", a)))),
        domain={"?a": (0.1, 9.0)},
    ),
    Rule("half_of_twice", _("div", _("mul", TWO, a), TWO), a),
    Rule("log2", _("div", _("log", a), _("log", TWO)), _("log2", a), domain={"?a": (0.1, 9.0)}),
    Rule("log10", _("div", _("log", a), _("log", const(10))), _("log10", a), domain={"?a": (0.1, 9.0)}),
    Rule(
        "rel_entr",
        _("absorb", a, _("log", _("div", a, b))),
        _("rel_entr", a, b),
        _nonnegative("?a", "?b"),
        {"?a": (0.0, 2.0), "?b": (0.1, 2.0)},
    ),
    Rule("middle_entr", _("rel_entr", a, MIDDLE), _("middle_entr", a, b), _nonnegative("?a", "?b"), POSITIVE),
    Rule("middle_entr_of_halves", _("rel_entr", a, HALVES), _("middle_entr", a, b), _nonnegative("?a", "?b"), POSITIVE),
)

CANCELLATIONS = (
    Rule("log1p", _("log", _("add", ONE, a)), _("log1p", a), _not_literal, {"?a": (-0.9, 3.0)}),
    Rule("expm1", _("sub", _("exp", a), ONE), _("expm1", a)),
    Rule("half_erfc", _("add", HALF, _("div", _("erf", a), TWO)), _("div", _("erfc", _("neg", a)), TWO)),
    Rule("norm_cdf", _("div", _("erfc", _("neg", _("div", a, _("sqrt", TWO)))), TWO), _("norm_cdf", a)),
    Rule("log_norm_cdf", _("log", _("norm_cdf", a)), _("log_norm_cdf", a)),
    Rule("pow1p", _("pow", _("add", ONE, a), b), _("pow1p", a, b), domain={"?a": (-0.9, 3.0)}),
    Rule("erfc", _("sub", ONE, _("erf", a)), _("erfc", a)),
    Rule("erfc_of_opposite", _("add", ONE, _("erf", a)), _("erfc", _("neg", a))),
)
