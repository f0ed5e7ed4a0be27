r"""Symbols with decorations are one Python name."""

from __future__ import annotations

import keyword

import pytest

from texjit.equations.latex import tree as t
from texjit.equations.names import safe, take_apart
from texjit.equations.read import read_source
from texjit.equations.span import Source

NAMES = (
    ("x", "x"),
    (r"\alpha", "alpha"),
    (r"\lambda", "lambda_"),
    (r"\hat{y}", "y_hat"),
    (r"\bar\alpha_t", "alpha_bar_t"),
    (r"\mathcal{L}_{BCE}", "L_BCE"),
    (r"\mathcal{L}_{\text{BCE}}", "L_BCE"),
    (r"x'", "x_prime"),
    (r"x''", "x_prime_prime"),
    (r"D^*", "D_star"),
    (r"D^{\star}_k", "D_star_k"),
    (r"x_{t-1}", "x_t_minus_1"),
    (r"x_{t+1}", "x_t_plus_1"),
    (r"p_{data}", "p_data"),
    (r"p_{\text{data}}", "p_data"),
    (r"\mathbf{x}_0", "x_0"),
    (r"\tilde{x}^*", "x_tilde_star"),
    (r"\beta_1", "beta_1"),
    (r"\mathcal{L}_{\theta,\phi}", "L_theta_phi"),
    (r"\dot{q}", "q_dot"),
    (r"\text{MSE}", "MSE"),
)


def side(latex: str) -> t.Node:
    document = read_source(Source("names.md", f"$${latex} = 1$$"))
    tree = document.statements[0].tree
    assert isinstance(tree, t.Relation)
    return tree.sides[0]


@pytest.mark.parametrize(("latex", "name"), NAMES)
def test_a_decorated_symbol_is_one_name(latex: str, name: str) -> None:
    symbol = take_apart(side(latex))
    assert symbol is not None and symbol.whole == name


def test_powers_and_transposes_are_no_part_of_a_name() -> None:
    for latex in (r"x^2", r"A^T", r"A^{-1}", r"x_i^2"):
        symbol = take_apart(side(latex))
        assert symbol is not None and symbol.sup is not None


@pytest.mark.parametrize("word", [*keyword.kwlist, "2x", "a-b", "", "x.y"])
def test_names_are_python_identifiers(word: str) -> None:
    assert safe(word).isidentifier() and not keyword.iskeyword(safe(word))
