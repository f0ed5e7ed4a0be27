"""What a document tells a printer: symbols of its names, letters of its indices, its axes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...equations.equation import Comprehension, Equation
from ..expr import ArrayOp, Expr, Program, Range
from ..positions import const, extent, minus
from ..sums import same
from .layout import GREEK, Layout

ACCENTS = {"hat", "bar", "tilde", "dot", "vec", "ddot", "check", "breve"}
CAPITALS = frozenset("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split())
VARIANTS = ("epsilon", "theta", "phi", "rho", "sigma", "pi", "kappa")
STYLES = "mathbf|boldsymbol|bm|mathrm|mathcal|mathbb|mathsf|mathit|mathfrak|mathscr|text|operatorname"


def symbol(name: str, latex: str = "") -> str:
    """The LaTeX of a name; ``latex`` is how the author first wrote it, scripts and all."""
    base, *rest = [x for x in name.split("_") if x]
    out = _letters(base, latex)
    if rest and (found := re.match(rf"{re.escape(out)}\^\{{([A-Za-z*]+)\}}", latex)) and rest == [found[1]]:
        return f"{out}^{{{found[1]}}}"
    subs: list[str] = []
    marks = ""
    for word in rest:
        if word in ACCENTS and not subs:
            out = rf"\{word}{{{out}}}"
        elif word == "prime" and not subs:
            marks += "'"
        elif word == "star":
            marks += "^{*}"
        else:
            subs.append({"plus": "+", "minus": "-"}.get(word, _letters(word, latex)))
    script = f"_{{{_joined(subs)}}}" if subs else ""
    return f"{out}{marks}{script}" if marks.startswith("'") else f"{out}{script}{marks}"


def _letters(word: str, latex: str) -> str:
    if len(word) > 1 and word not in GREEK | CAPITALS and not word.isdigit():
        styled = re.search(rf"\\({STYLES})\{{{re.escape(word)}\}}", latex)
        return rf"\{styled[1]}{{{word}}}" if styled else rf"\mathrm{{{word}}}"
    out = f"\\{word}" if word in GREEK | CAPITALS else word
    if word in VARIANTS and f"\\var{word}" in latex:
        out = f"\\var{word}"
    styled = re.search(rf"\\({STYLES})\{{\s*{re.escape(out)}\s*\}}", latex)
    return rf"\{styled[1]}{{{out}}}" if styled else out


def _joined(subs: list[str]) -> str:
    out = ""
    for x in subs:
        out += x if not out or x in "+-" or out[-1] in "+-" else f", {x}"
    return out


def accented(symbol: str, accent: str) -> str:
    """``\\bar{y}`` of ``y``: the accent stands over the letter, not over its scripts."""
    found = re.fullmatch(r"(\\?[A-Za-z]+|\\[A-Za-z]+\{\\?[A-Za-z]+\})([_^'].*)?", symbol)
    return rf"\{accent}{{{found[1]}}}{found[2] or ''}" if found else rf"\{accent}{{{symbol}}}"


def letters(equation: Equation) -> dict[tuple[str, int], str]:
    """The letter with which the author runs through each axis of each array."""
    out: dict[tuple[str, int], str] = {}
    parts = (*equation.outputs, *equation.lets)
    for part in parts:
        for k, b in enumerate(part.bounds):
            _note(out, part.name, k, b.symbol)
        for node in _walk(part.body):
            if type(node).__name__ == "Indexed":
                for k, at in enumerate(node.indices):
                    _note(out, str(node.base.label), k, at)
    return out


def _note(out: dict[tuple[str, int], str], array: str, k: int, at: Any) -> None:
    name = getattr(at, "name", "")
    if name in GREEK:
        name = f"\\{name}"
    if re.fullmatch(r"[A-Za-z]|\\[a-z]+", name):
        out.setdefault((array, k), name)


def _walk(body: Any) -> Iterable[Any]:
    stack = [body]
    while stack:
        node = stack.pop()
        yield node
        stack += getattr(node, "args", ())


def heads(equation: Equation) -> dict[str, str]:
    """Symbols of values that the author names: outputs, and lets that are no functions."""
    own = {p.name for p in equation.parameters}
    # A step of a recurrence gives new values of its own parameters: those have no other name.
    out = {o.name: symbol(o.name, o.latex) for o in equation.outputs if o.name not in own}
    for let in equation.lets:
        if let.latex and let.name not in own and not _is_function(let):
            out[let.name] = symbol(let.name, let.latex.partition("=")[0])
    return out


def _is_function(let: Comprehension) -> bool:
    left = let.latex.partition("=")[0]
    return "=" not in let.latex or "\\left(" in left or "(" in left


def axes_of(ranges: Iterable[Range], names: Iterable[str]) -> tuple[str, ...]:
    """The axes that ranges run over, by their extents; none where one is of no axis."""
    out = []
    for r in ranges:
        found = [n for n in sorted(names) if same(minus(r.hi, r.lo), minus(extent(n), const(1)))]
        if not found:
            return ()
        out.append(found[0])
    return tuple(out)


def apart(layout: Layout) -> Layout:
    """The layout for formulas that write the extents of axes whose names are indices elsewhere."""
    axes = {x for axes in layout.extents.values() for n in axes for x in n.split("_")}
    return replace(layout, kept=layout.kept | axes, taken=layout.taken | axes)


def layout(equation: Equation, program: Program, symbols: Mapping[str, str]) -> Layout:
    """The layout of formulas over the parameters of ``equation``; ``symbols`` are those of other values."""
    own = {p.name: symbol(p.name, p.latex) for p in equation.parameters}
    written = frozenset(a.name for p in equation.parameters for a in p.axes if a.written or a.name.isdigit())
    lows: dict[str, tuple[Expr, ...]] = {p.name: tuple(const(a.lo) for a in p.axes) for p in equation.parameters}
    extents = {p.name: tuple(a.name for a in p.axes) for p in equation.parameters}
    whole: dict[str, dict[str, str]] = {"inverse": {}, "determinant": {}}
    for let in program.lets:
        lows[let.name] = tuple(r.lo for r in let.ranges)
        if isinstance(let.body, ArrayOp) and let.body.op in whole:
            matrix = let.body.operands[0].array
            whole[let.body.op][let.name] = matrix
            extents[let.name] = extents.get(matrix, ()) if let.ranges else ()
        elif let.name not in extents:
            extents[let.name] = axes_of(let.ranges, {a.name for p in equation.parameters for a in p.axes})
    for c in (*equation.outputs, *equation.lets):
        if c.axes:
            extents.setdefault(c.name, tuple(a.name for a in c.axes))
    every = {**symbols, **own}
    taken = frozenset({"d", "e", "i" if "i" in own else "", *every.values(), *written})
    named = {a.name for p in equation.parameters for a in p.axes if a.written or len(a.name) > 1}
    kept = frozenset(x for n in named for x in n.split("_") if len(x) == 1) | {*own.values()}
    taken |= kept
    logistic = r"\operatorname{sigmoid}" if "sigma" in own else r"\sigma"
    delta = r"\mathbf{1}" if "delta" in own else r"\delta"
    return Layout(
        every,
        letters(equation),
        lows,
        extents,
        written,
        taken,
        kept,
        whole["inverse"],
        whole["determinant"],
        logistic,
        delta,
        tuple(p.name for p in equation.parameters),
    )


__all__ = ["accented", "apart", "axes_of", "heads", "layout", "letters", "symbol"]
