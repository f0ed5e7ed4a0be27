"""One let for each thing: definitions reached over two ways are linked once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from . import algebra as al
from . import heads
from .equation import Bound, Comprehension, Condition, Equation


def merge(e: Equation) -> Equation:
    """The equation with lets that are equal up to the names of indices made one."""
    first: dict[Hashable, str] = {}
    names: dict[str, str] = {}
    lets = []
    # f may read x and a copy of x by which it is differentiated: the two stay two.
    apart = heads.differentiated_by(*(c.body for c in (*e.lets, *e.outputs)))
    for c in e.lets:
        c = _renamed(c, names)
        if c.name in apart:
            lets.append(c)
            continue
        twin = first.setdefault((_key(c), c.axes), c.name)
        if twin == c.name:
            lets.append(c)
        else:
            names[c.name] = twin
    if not names:
        return e
    outputs = tuple(_renamed(c, names) for c in e.outputs)
    conditions = tuple(
        Condition(c.sign, rename(c.expr, names), tuple(_bound(b, names) for b in c.bounds)) for c in e.defined_when
    )
    return replace(e, lets=tuple(lets), outputs=outputs, defined_when=tuple(dict.fromkeys(conditions)))


def _renamed(c: Comprehension, names: Mapping[str, str]) -> Comprehension:
    if not names:
        return c
    return replace(c, bounds=tuple(_bound(b, names) for b in c.bounds), body=rename(c.body, names))


def _bound(b: Bound, names: Mapping[str, str]) -> Bound:
    return Bound(b.symbol, rename(b.lo, names), rename(b.hi, names))


def rename(e: Expr, names: Mapping[str, str]) -> Expr:
    """An expression that reads other lets."""
    if isinstance(e, sympy.Indexed):
        name = e.base.label.name
        return heads.element(names.get(name, name), *(rename(i, names) for i in e.indices))
    if isinstance(e, Symbol):
        other = names.get(e.name)
        return e if other is None or heads.is_extent(e) or heads.is_index(e) else heads.parameter(other)
    if not e.args:
        return e
    args = tuple(rename(a, names) for a in e.args)
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else al.rebuild(e, args)


def _key(c: Comprehension) -> Hashable:
    places: dict[Expr, Hashable] = {b.symbol: ("index", k) for k, b in enumerate(c.bounds)}
    return tuple((shape(b.lo, places), shape(b.hi, places)) for b in c.bounds), shape(c.body, places)


def shape(e: Expr, places: Mapping[Expr, Hashable]) -> Hashable:
    """An expression with bound indices told apart by place, not by name."""
    if isinstance(e, Symbol):
        place: Hashable = places.get(e, e)
        return place
    bound = al.bound_symbols(e)
    if bound:
        inner = {**places, **{i: ("index", len(places), k) for k, i in enumerate(bound)}}
        if isinstance(e, sympy.Sum | sympy.Product):
            limits = tuple((inner[i], shape(lo, inner), shape(hi, inner)) for i, lo, hi in e.limits)
            return type(e).__name__, shape(e.function, inner), limits
        return type(e).__name__, tuple(shape(a, inner) for a in e.args)
    parts = tuple(shape(a, places) for a in e.args)
    leaf: Hashable = e
    return (type(e).__name__, parts) if parts else leaf
