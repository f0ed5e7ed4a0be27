"""Narrower domains for one certificate: ``domain="x in [0, 1]; Sigma in S++^d"``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NoReturn

from ..equations.context import Declared
from ..equations.diagnostic import Diagnostic, InvalidEquation
from ..equations.domain import REAL, Domain, interval_intersection
from ..equations.equation import Equation, Parameter
from ..equations.span import Source, Span

#: Sets of whole arrays that lie within another.
WITHIN = {"symmetric": ("psd", "spd"), "psd": ("spd",)}


def narrowed(equation: Equation, declarations: Iterable[Declared], text: str) -> Equation:
    """The equation with smaller domains; declarations of other names do nothing here."""
    smaller: dict[str, Parameter] = {}
    for d in declarations:
        for p in equation.parameters:
            if p.name == d.name:
                now = smaller.get(p.name, p)
                smaller[p.name] = replace(now, domain=_within(now, d, text))
    return replace(equation, parameters=tuple(smaller.get(p.name, p) for p in equation.parameters))


def refuse_strangers(declarations: Sequence[Declared], known: Iterable[str], text: str) -> None:
    """Raises where a declaration names no parameter."""
    names = tuple(dict.fromkeys(known))
    met = [d.name for d in declarations if d.name in names]
    for d in declarations:
        # ``beta_t`` also declares the elements of ``beta``: one of the two names is enough.
        if d.name not in names and not any(_same_base(d.name, n) for n in met):
            _refuse(d.name, f"there is no parameter {d.name}; there are {', '.join(names)}", text)


def _same_base(a: str, b: str) -> bool:
    return a.startswith(f"{b}_") or b.startswith(f"{a}_")


def _within(p: Parameter, d: Declared, text: str) -> Domain:
    """The domain of both; raises where it is empty, wider, or cannot be drawn from."""
    if d.axes and len(d.axes) != len(p.axes):
        _refuse(p.name, f"{p.name} has {len(p.axes)} axes, {len(d.axes)} are declared", text)
    fixed = [a for a, b in zip(d.axes, p.axes, strict=False) if a.isdigit() and a != b.name]
    if fixed:
        _refuse(p.name, f"a certificate draws sizes itself: {p.name} cannot be held to {fixed[0]} elements", text)
    old, new = p.domain, d.domain
    intervals = ("interval", "integer")
    if new == REAL or old == new:
        return old
    if old.kind in intervals and new.kind in intervals:
        return _not_empty(interval_intersection(old, new), p, new, text)
    if "finite" in (old.kind, new.kind) and {old.kind, new.kind} <= {"finite", *intervals}:
        sets = [x for x in (old, new) if x.kind == "finite"]
        members = tuple(m for m in sets[0].members if all(_holds(x, m) for x in (old, new)))
        if not members:
            _refuse(p.name, f"{new} has nothing in common with the domain of {p.name}, {old}", text)
        return Domain("finite", members[0], members[-1], members=members)
    if old == REAL or new.kind in WITHIN.get(old.kind, ()):
        return new
    _refuse(p.name, f"{new} is no set that the domain of {p.name}, {old}, can be narrowed to", text)


def _holds(d: Domain, x: object) -> bool:
    if d.kind == "finite":
        return x in d.members
    if d.kind == "integer" and getattr(x, "denominator", 1) != 1:
        return False
    above = d.lo is None or d.lo < x or (d.lo == x and not d.lo_open)  # type: ignore[operator]
    below = d.hi is None or x < d.hi or (d.hi == x and not d.hi_open)  # type: ignore[operator]
    return above and below


def _not_empty(d: Domain, p: Parameter, new: Domain, text: str) -> Domain:
    if d.lo is not None and d.hi is not None and (d.lo > d.hi or (d.lo == d.hi and (d.lo_open or d.hi_open))):
        _refuse(p.name, f"{new} has nothing in common with the domain of {p.name}, {p.domain}", text)
    return d


def _refuse(name: str, message: str, text: str) -> NoReturn:
    start = max(text.find(name), 0)
    raise InvalidEquation(Diagnostic("E312", message, Span(start, start + len(name))), Source("domain", text))
