"""Printing and reading again gives the same tree."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from texjit.equations.latex import tree as t
from texjit.equations.latex.grammar import parse_formula
from texjit.equations.latex.printer import to_latex
from texjit.equations.read import read
from texjit.equations.span import Source, Span

FORMULAS = (Path(__file__).parent / "formulas.txt").read_text(encoding="utf-8").splitlines()
ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    p for p in (ROOT / "equations/library/foundations.md", ROOT.parent / "shared/seed/foundations.md") if p.exists()
]


def again(node: t.Node) -> None:
    text = to_latex(node)
    source = Source("printed", text)
    trees, wrong = parse_formula(source, Span(0, len(text)))
    assert not wrong, wrong[0].render(source)
    same = [p.tree for p in trees] == [node]
    assert same, f"{text[:400]}\n{t.dump(node)[:400]}"


@pytest.mark.parametrize("text", FORMULAS)
def test_round_trip(text: str) -> None:
    for p in parse_formula(Source("f", text), Span(0, len(text)))[0]:
        again(p.tree)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.parent.name)
def test_round_trip_of_a_document(path: Path) -> None:
    for statement in read(path).statements:
        again(statement.tree)


AT = Span(0, 0)


def make(rng: random.Random, depth: int) -> t.Node:
    """A random sum as the grammar itself would group it."""
    count = rng.choice((1, 1, 2, 3))
    terms = tuple(term(rng, depth) for _ in range(count))
    return terms[0] if count == 1 else t.Sum(AT, ("+", *rng.choices("+-±", k=count - 1)), terms)


def term(rng: random.Random, depth: int) -> t.Node:
    factors = [factor(rng, depth) for _ in range(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.2 and depth:
        sub = t.Relation(AT, (t.Name(AT, "i"), t.Number(AT, "1")), ("=",))
        factors.append(t.Big(AT, rng.choice(("sum", "prod")), term(rng, depth - 1), sub, t.Name(AT, "n")))
    elif rng.random() < 0.2 and depth:
        factors.append(t.Apply(AT, "log", factor(rng, 0)))
    run = factors[0] if len(factors) == 1 else t.Juxt(AT, tuple(factors))
    if rng.random() < 0.2 and depth:
        return t.Binary(AT, rng.choice(("cdot", "/", "odot")), run, factor(rng, depth - 1))
    return run


def factor(rng: random.Random, depth: int) -> t.Node:
    name = t.Name(AT, rng.choice(("x", "y", "alpha", "Sigma", "W")), rng.choice(((), ("hat",))),
                  rng.choice(("", "", "bold", "cal")))  # fmt: skip
    if not depth:
        return name
    below = depth - 1
    match rng.randrange(8):
        case 0:
            return t.Frac(AT, make(rng, below), make(rng, below))
        case 1:
            return t.Group(AT, "(", ")", make(rng, below))
        case 2:
            return t.Bars(AT, rng.choice("|‖"), make(rng, below))
        case 3:
            return t.Root(AT, make(rng, below))
        case 4:
            return t.Scripted(AT, name, make(rng, below), make(rng, below), rng.randrange(3))
        case 5:
            return t.Apply(AT, rng.choice(("log", "tr", "sin")), make(rng, below), bracketed=True)
        case 6:
            items = (make(rng, below), make(rng, below), make(rng, below))
            return t.Group(AT, "(", ")", t.Separated(AT, items, (rng.choice("|‖;"), ",")))
        case _:
            return name


def test_round_trip_of_random_trees() -> None:
    rng = random.Random(20)
    for _ in range(600):
        again(make(rng, 2))
