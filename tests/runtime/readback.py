"""Formulas of derivatives read back as a reader would, and what they mean there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from texjit.compiler.expr import Program
from texjit.compiler.freeze import freeze
from texjit.compiler.interpret import interpret
from texjit.compiler.positions import const, extent, plus
from texjit.compiler.readable.document import heads, symbol
from texjit.compiler.readable.layout import Indices, Layout, readable_extent
from texjit.equations.axis import Axis
from texjit.equations.equation import Equation
from texjit.equations.read import read
from texjit.equations.understand import understand
from texjit.runtime.derivation import Derivation, Derived, written
from texjit.runtime.derive import _made
from texjit.runtime.formulas import Formula, formulas
from texjit.runtime.points import draw

RESULTS = ("R", "Z", "Y", "X")
LETTERS = "N M D L S T U V W H G F"


@dataclass(frozen=True)
class Plain:
    """An equation or a derivative, without a compiled kernel."""

    equation: Equation
    frozen: Program
    derived: Derived | None = None

    @property
    def name(self) -> str:
        return self.equation.name


def plain(equation: Equation) -> Plain:
    return Plain(equation, freeze(equation))


def differentiated(of: Plain, mode: str, *wrt: str) -> Plain:
    wrt = wrt or tuple(p.name for p in of.equation.parameters if not p.integer)
    derived, program = _made(of, Derivation(mode, wrt))  # type: ignore[arg-type]
    return Plain(derived.equation, program, derived)


def printed(of: Plain) -> list[Formula]:
    assert of.derived is not None
    return formulas(of.derived, of.frozen)


def document(of: Plain, f: Formula) -> str:
    """The formula in a text that declares what stands in it."""
    assert of.derived is not None
    origin = written(of.derived)
    named = {o.name: o for o in (*origin.outputs, *origin.lets)}
    symbols = heads(origin)
    letters: dict[str, str] = {}
    spare = iter([x for x in LETTERS.split() if x not in {p.name for p in of.equation.parameters}])
    lines = []

    def shape(axes: Any) -> str:
        words = []
        for a in axes:
            if a.name not in letters:
                plain_name = readable_extent(a.name) is not None and a.name not in f.indices
                letters[a.name] = a.name if a.written or plain_name else next(spare)
            words.append(readable_extent(letters[a.name]) or letters[a.name])
        product = r" \times ".join(words)
        return r"\mathbb{R}" + (f"^{{{product}}}" if words else "")

    for p in of.equation.parameters:
        if any(a.lo != 1 for a in p.axes):
            continue  # no declaration says where an axis begins
        bare = marked(of, p.name) or symbol(p.name, p.latex)
        domain = r"\mathbb{Z}" if p.integer else shape(p.axes)
        lines.append(rf"Let ${bare} \in {domain}$.")
    for name, c in named.items():
        if name in symbols and symbols[name] in f.right:
            lines.append(rf"Let ${symbols[name]} \in {shape(c.axes)}$.")
    if r"\sigma\left(" in f.right:
        lines.append(r"$$\sigma(t) = \frac{1}{1 + e^{-t}}$$")
    indices = " ".join(f.indices)
    script = f"_{{{indices}}}" if indices else ""
    every = rf" \quad \text{{for all }} {', '.join(f.indices)}" if f.indices else ""
    axes = next(o.axes for o in of.equation.outputs if o.name == f.name)
    if f.indices and all(a.written for a in axes):
        runs = [rf"{i} = {a.lo}, \dots, {last(a)}" for i, a in zip(f.indices, axes, strict=True)]
        every = r", \quad " + r", \; ".join(runs)
    if r"\psi\left(" in f.right:
        lines.append(r"Here $\psi$ is the digamma function.")
    lines += [f"$${left} = {right}$$" for left, right in f.where]
    result = next(x for x in RESULTS if x not in {*named, *(p.name for p in of.equation.parameters)})
    head = rf"\mathcal{{{result}}}"
    lines.append(rf"$${head}{script} = {f.right}{every}$$")
    return "\n\n".join(lines)


def last(a: Axis) -> str:
    """The last index along an axis."""
    layout = Layout({}, {}, {}, {}, frozenset(), frozenset(), frozenset())
    return Indices(layout).integer(plus(extent(a.name), const(a.lo - 1)))


def marked(of: Plain, name: str) -> str | None:
    """The symbol of a cotangent or tangent."""
    from texjit.compiler.readable import document as d
    from texjit.runtime.formulas import _accents

    assert of.derived is not None
    origin = written(of.derived)
    layout = d.layout(origin, of.frozen, d.heads(origin))
    return _accents(of.derived, layout).get(name)


def read_back(of: Plain, f: Formula) -> Equation:
    found = [r for r in understand(read(document(of, f))) if r.kind == "definition"]
    meaning: Any = found[-1].meaning
    assert isinstance(meaning, Equation), (found[-1].message, f.right)
    return meaning


def difference(of: Plain, f: Formula, seeds: int = 3) -> float:
    """The largest relative difference of the formula, read back, from the derivative."""
    assert of.derived is not None
    again, origin = read_back(of, f), written(of.derived)
    program, first = freeze(again), freeze(origin)
    worst, met = 0.0, 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        sizes: dict[str, int] = {}
        for p in of.equation.parameters:
            for a in p.axes:
                sizes.setdefault(a.name, int(a.name) if a.name.isdigit() else 6 - len(sizes))
        given = draw(
            of.equation,
            sizes,
            "moderate",
            "float64",
            rng,
            {p.name: (2, 1, 0)[seed % 3] for p in of.equation.parameters},
        ).inputs
        given |= {p.name: np.minimum(np.maximum(given[p.name], 1), 2) for p in of.equation.parameters if p.integer}
        with np.errstate(all="ignore"):
            own = interpret(of.frozen, given)[f.name]
            values = interpret(first, {p.name: given[p.name] for p in origin.parameters})
            lets = _lets(origin, given)
            known = {**sizes, **lets, **values, **given}
            if r"\delta_{" in f.right:
                known["delta"] = np.eye(own.shape[-1])
            # An accent stands over the letter, and is named before its subscripts.
            known |= {"_".join(sorted(n.split("_"))): v for n, v in known.items()}
            keys = {
                p.name: p.name if p.name in known else "_".join(sorted(p.name.split("_"))) for p in again.parameters
            }
            given = {name: known[key] for name, key in keys.items()}
            back = interpret(program, given)[again.outputs[0].name]
        a, b = np.asarray(back), np.asarray(own)
        if a.ndim < b.ndim:
            a = np.broadcast_to(a, b.shape)  # what depends on no index
        assert a.shape == b.shape, (f.right, a.shape, b.shape)
        both = np.isfinite(b)
        if both.any():
            met += 1
            worst = max(worst, float(np.abs(a[both] - b[both]).max() / max(1e-9, np.abs(b[both]).max())))
    assert met, f.right
    return worst


def _lets(origin: Equation, given: dict[str, Any]) -> dict[str, Any]:
    """Values of the definitions in an equation."""
    from dataclasses import replace

    out: dict[str, Any] = {}
    for k, let in enumerate(origin.lets):
        if let.latex:
            part = replace(origin, lets=origin.lets[:k], outputs=(let,))
            out |= interpret(freeze(part), {p.name: given[p.name] for p in origin.parameters})
    return out
