"""Equations declared in SymPy instead of LaTeX.

A declaration names its parameters and gives an expression in the index form of
``heads``: ``Symbol`` for numbers and extents, ``Indexed`` for elements (the first is
number 1), ``Sum`` and ``Product`` over symbols.  Heads come from a table, every symbol
must be known, and strings are refused: nothing here evaluates text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import Expr

from . import algebra as al
from . import heads
from .axis import Axis
from .context import Declared, Refusal
from .domain import REAL, Domain
from .equation import Bound, Comprehension, Condition, Equation, Parameter
from .names import safe
from .natural import domains
from .positions import affine, positions
from .span import Span

DEPTH, NODES = 200, 100_000

#: SymPy functions with a reading, by name.
FUNCTIONS = frozenset(
    "exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc gamma loggamma "
    "Abs sign floor ceiling Max Min".split()
)
RELATIONS = frozenset("StrictLessThan LessThan StrictGreaterThan GreaterThan Equality Unequality".split())
WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Declaration:
    """An equation as its author declares it in Python.

    ``over`` names the indices of the output, in order; ``where`` declares shapes and
    domains; ``note`` is a sentence for people.
    """

    name: str
    parameters: tuple[Any, ...]
    expression: Any
    where: str = ""
    over: tuple[Any, ...] = ()
    note: str = ""


def from_sympy(d: Declaration, declared: tuple[Declared, ...]) -> Equation:
    """The equation that a declaration stands for; raises ``Refusal`` with spans into ``text_of(d)``."""
    return _Reader(d, {x.name: x for x in declared}).equation()


def text_of(d: Declaration) -> str:
    """The declaration on one line, for diagnostics."""
    try:
        shown = sympy.sstr(d.expression) if isinstance(d.expression, sympy.Basic) else repr(d.expression)
    except (RecursionError, ValueError):  # too deep, or a number with too many digits
        shown = "…"
    return f"{d.name}({', '.join(map(str, d.parameters))}) = {shown}"


@dataclass
class _Reader:
    """The state of one reading."""

    d: Declaration
    declared: Mapping[str, Declared]
    names: tuple[str, ...] = ()
    axes: dict[str, list[Axis | None]] = field(default_factory=dict)
    extents: set[str] = field(default_factory=set)
    integers: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    conditions: list[Condition] = field(default_factory=list)

    def equation(self) -> Equation:
        d = self.d
        if isinstance(d.expression, int | float) and not isinstance(d.expression, bool):
            d = self.d = replace(d, expression=sympy.sympify(d.expression, strict=True))
        if not isinstance(d.expression, Expr):
            raise self.refusal("E102", f"the expression is {_kind(d.expression)}, not a SymPy expression", None,
                               "build it from sympy.Symbol, sympy.IndexedBase and sympy.Sum")
        if not (isinstance(d.name, str) and WORD.fullmatch(d.name)):
            raise self.refusal("E103", f"{d.name!r} is no name", None, "use letters, digits and underscores")
        self._budget(d.expression)
        self.names = tuple(self._name(p) for p in d.parameters)
        if len(set(self.names)) < len(self.names):
            raise self.refusal("E103", "a parameter is named twice", None)
        for name in self.names:
            self._shape(name)
        self._meet_over()
        for name in sorted(self.extents & set(self.names)):
            raise self.refusal("E103", f"{name} is a parameter and the length of an axis", None,
                               f"leave {name} out of the parameters: lengths are read off the arrays")
        over = tuple(self._symbol_name(i) for i in d.over)
        self.taken |= {*self.names, *self.extents, d.name}
        symbols = [self._index(i) for i in over]
        scope = dict(zip(over, symbols, strict=True))
        outer = {s: self._axis_read_at(i) for s, i in zip(symbols, over, strict=True)}
        bounds = tuple(Bound(s, sympy.Integer(a.lo), _last(a)) for s, a in outer.items())
        body = self.read(d.expression, scope, bounds, 0)
        latex = rf"\mathrm{{{d.name}}}\left({', '.join(map(_latex, d.parameters))}\right) = {sympy.latex(d.expression)}"
        output = Comprehension(d.name, bounds, body, tuple(outer.values()), latex)
        conditions = tuple(dict.fromkeys(self.conditions))
        equation = Equation(d.name, self._parameters(conditions), (), (output,), conditions, self.names,
                            latex=latex, span=self.place(None))
        return replace(equation, reads=positions(equation, self.place(None)))

    # --- what is named

    def _name(self, p: Any) -> str:
        name = p if isinstance(p, str) else self._symbol_name(p)
        if not WORD.fullmatch(name):
            raise self.refusal("E103", f"{name!r} is no name", None, "use letters, digits and underscores")
        return safe(name)

    def _symbol_name(self, s: Any) -> str:
        if isinstance(s, sympy.IndexedBase):
            s = s.label
        name = getattr(s, "name", None)
        if isinstance(s, sympy.Idx):
            name = s.label.name
        if not isinstance(name, str) or not WORD.fullmatch(name):
            raise self.refusal("E103", f"{_kind(s)} {s} is no symbol with a plain name", s,
                               "use letters, digits and underscores")
        return name

    def _shape(self, name: str) -> None:
        """Axes of a parameter: declared, or as many open ones as it is read with."""
        known = self.declared.get(name)
        if known is not None and known.function:
            raise self.refusal("E104", f"{name} is a function; black boxes cannot be declared in SymPy yet", None,
                               unsupported=True)
        elements = sorted((e for e in self.d.expression.atoms(sympy.Indexed) if self._array(e) == name), key=str)
        ranks = {len(e.indices) for e in elements}
        if known is not None and not known.element:
            self.axes[name] = [Axis(a) for a in known.axes]
            self.extents |= {a for a in known.axes if not a.isdigit()}
        else:
            if len(ranks) > 1:
                raise self.refusal("E105", f"{name} is read with different numbers of indices", elements[0])
            self.axes[name] = [None] * (ranks.pop() if ranks else 0)
            self._infer(name, elements)

    def _infer(self, name: str, elements: list[Any]) -> None:
        """Axes that nobody declared run as far as the sums that read them."""
        for s in sorted(self.d.expression.atoms(sympy.Sum, sympy.Product), key=str):
            ends = {str(x[0]): x[2] for x in s.limits if len(x) == 3 and x[1] == 1 and isinstance(x[2], sympy.Symbol)}
            for e in s.function.atoms(sympy.Indexed):
                if self._array(e) != name:
                    continue
                for k, at in enumerate(e.indices):
                    if str(at) in ends:
                        self._run(name, k, self._symbol_name(ends[str(at)]))
    def _meet_over(self) -> None:
        """Arrays read at one output index are of one length."""
        elements = sorted(self.d.expression.atoms(sympy.Indexed), key=str)
        read = [(self._array(e), k, str(at), e) for e in elements for k, at in enumerate(e.indices)]
        read = [x for x in read if x[0] in self.axes and x[1] < len(self.axes[x[0]])]
        over = {str(i) for i in self.d.over}
        lengths = {at: a for name, k, at, _ in reversed(read) if at in over and (a := self.axes[name][k]) is not None}
        for name, k, at, _ in read:
            if self.axes[name][k] is None and at in lengths:
                self.axes[name][k] = lengths[at]
        for name, k, _, e in read:
            if self.axes[name][k] is None:
                raise self.refusal("E106", f"nothing says how long {name} is", e,
                                   f"declare it, e.g. where=\"{name} in R^n\"")

    def _run(self, name: str, k: int, extent: str) -> None:
        """An axis runs over a named extent."""
        known = self.axes[name][k]
        if extent in self.names or (known is not None and known.name != extent):
            return
        self.axes[name][k] = Axis(extent)
        self.extents.add(extent)

    @staticmethod
    def _array(e: Any) -> str:
        return safe(str(e.base.label))

    def _axis_read_at(self, i: str) -> Axis:
        """The axis of an output: that of an array read at its index."""
        for e in sorted(self.d.expression.atoms(sympy.Indexed), key=str):
            for k, at in enumerate(e.indices):
                axes = self.axes.get(self._array(e), [])
                if str(at) == i and k < len(axes) and (axis := axes[k]) is not None:
                    return axis
        raise self.refusal("E106", f"nothing is read at the output index {i}", None,
                           f"read an array at [{i}], or leave {i} out of over=")

    def _index(self, name: str) -> Expr:
        """A fresh index symbol."""
        fresh, k = name, 0
        while fresh in self.taken:
            k += 1
            fresh = f"{name}_{k}"
        self.taken.add(fresh)
        return heads.index(fresh)

    def _parameters(self, conditions: tuple[Condition, ...]) -> tuple[Parameter, ...]:
        natural = domains(conditions)
        out = []
        for name in self.names:
            known = self.declared.get(name)
            integer = name in self.integers
            domain = known.domain if known is not None else natural.get(name, REAL)
            if integer and domain.kind != "integer":
                domain = Domain("integer", lo=Fraction(1))
            axes = tuple(a for a in self.axes[name] if a is not None)
            out.append(Parameter(name, axes, domain, "argument", name, integer, known is not None))
        return tuple(out)

    # --- expressions

    def read(self, e: Any, scope: Mapping[str, Expr], bounds: tuple[Bound, ...], depth: int) -> Expr:
        """An expression in index form, unevaluated."""
        head = type(e).__name__
        if depth > DEPTH:
            raise self.refusal("E107", f"the expression is nested more than {DEPTH} deep", None)

        def of(x: Any) -> Expr:
            return self.read(x, scope, bounds, depth + 1)

        if isinstance(e, sympy.Float):
            return sympy.Rational(e) if e.is_finite else self._no(e)
        if e.is_Rational or e in (sympy.pi, sympy.E):
            return e
        if isinstance(e, sympy.Symbol | sympy.Idx):
            return self._free(e, scope)
        match head:
            case "Indexed":
                return self._element(e, scope, bounds, depth)
            case "Add":
                return al.add(*map(of, e.args))
            case "Mul":
                return al.mul(*map(of, e.args))
            case "Pow":
                return self._power(e, of, bounds)
            case "Sum" | "Product":
                return self._reduced(e, scope, bounds, depth)
            case "Piecewise":
                pieces = [(of(v), self._truth(c, of)) for v, c in e.args]
                return sympy.Piecewise(*pieces, evaluate=False)
            case "KroneckerDelta":
                same = sympy.Eq(*map(of, e.args[:2]), evaluate=False)
                return sympy.Piecewise((al.ONE, same), (al.ZERO, sympy.true), evaluate=False)
            case "factorial":
                return al.apply(sympy.gamma, al.add(of(e.args[0]), al.ONE))
            case _ if head in FUNCTIONS and (e.func is getattr(sympy, head)):
                args = tuple(map(of, e.args))
                if head == "log":
                    self._require("positive", args[0], bounds)
                return al.apply(e.func, *args)
        return self._no(e)

    def _no(self, e: Any) -> Expr:
        raise self.refusal("E108", f"{_kind(e)} has no reading", e, unsupported=True,
                           help="use elementary functions, Piecewise, Sum and Product of indexed elements")

    def _free(self, e: Any, scope: Mapping[str, Expr]) -> Expr:
        name = self._symbol_name(e)
        if name in scope:
            return scope[name]
        if safe(name) in self.names:
            if self.axes[safe(name)]:
                raise self.refusal("E109", f"{name} is an array, read without an index", e,
                                   f"write {name}[i] under a sum, with i in over= otherwise")
            return heads.parameter(safe(name))
        if name in self.extents:
            return heads.extent(name)
        raise self.refusal("E110", f"{name} is neither a parameter, nor an extent, nor a bound index", e,
                           f"list {name} among the parameters, or in over= if the output has an axis for it")

    def _element(self, e: Any, scope: Mapping[str, Expr], bounds: tuple[Bound, ...], depth: int) -> Expr:
        name = self._array(e)
        if name not in self.names:
            raise self.refusal("E110", f"{name} is no parameter", e, f"list {name} among the parameters")
        if len(self.axes[name]) != len(e.indices):
            raise self.refusal("E105", f"{name} has {len(self.axes[name])} axes and is read with {len(e.indices)} "
                                       "indices", e)
        at = tuple(self.read(i, scope, bounds, depth + 1) for i in e.indices)
        for i in at:
            self._note_integers(i)
        return heads.element(name, *at)

    def _note_integers(self, e: Expr) -> None:
        """Parameters in positions and bounds are whole numbers."""
        self.integers |= {s.name for s in e.free_symbols if isinstance(s, sympy.Symbol) and s.name in self.names}

    def _reduced(self, e: Any, scope: Mapping[str, Expr], bounds: tuple[Bound, ...], depth: int) -> Expr:
        """Nested reductions of one limit each; SymPy lists the innermost first."""
        made, inner = [], dict(scope)
        for limit in reversed(e.limits):
            if len(limit) != 3:
                raise self.refusal("E111", f"{limit[0]} has no bounds", e, "write Sum(body, (i, 1, n))")
            lo, hi = (self.read(x, inner, bounds, depth + 1) for x in limit[1:])
            for end in (lo, hi):
                if affine(end) is None:
                    raise self.refusal("E111", f"the bound {end} is no sum of indices and whole numbers", e)
                self._note_integers(end)
            name = self._symbol_name(limit[0])
            symbol = self._index(name)
            inner[name] = symbol
            bound = Bound(symbol, lo, hi)
            made.append(bound)
            bounds = (*bounds, bound)
        body = self.read(e.function, inner, bounds, depth + 1)
        over = al.sum_over if isinstance(e, sympy.Sum) else al.product_over
        for b in reversed(made):
            body = over(body, b.symbol, b.lo, b.hi)
        return body

    def _power(self, e: Any, of: Callable[[Any], Expr], bounds: tuple[Bound, ...]) -> Expr:
        base, exponent = of(e.base), of(e.exp)
        if base == sympy.E:
            return al.apply(sympy.exp, exponent)
        if not exponent.is_Integer and not (exponent.free_symbols and all(map(heads.is_index, exponent.free_symbols))):
            self._require("nonnegative", base, bounds)
        if exponent.is_Rational and exponent < 0:
            self._require("nonzero", base, bounds)
        return al.power(base, exponent)

    def _truth(self, c: Any, of: Callable[[Any], Expr]) -> Any:
        head = type(c).__name__
        if c in (sympy.true, sympy.false):
            return c
        if head in RELATIONS:
            return c.func(*map(of, c.args), evaluate=False)
        if head in ("And", "Or", "Not"):
            return c.func(*(self._truth(a, of) for a in c.args), evaluate=False)
        raise self.refusal("E108", f"the condition {head} has no reading", c, "compare numbers", unsupported=True)

    def _require(self, sign: str, e: Expr, bounds: tuple[Bound, ...]) -> None:
        if e.is_number:
            return
        free = {b.symbol: b for b in bounds}
        needed = [free[s] for s in e.free_symbols if s in free]
        for b in needed:
            needed += [free[s] for x in (b.lo, b.hi) for s in x.free_symbols if s in free and free[s] not in needed]
        self.conditions.append(Condition(sign, e, tuple(b for b in bounds if b in needed)))

    # --- limits and places

    def _budget(self, e: Any) -> None:
        """Refuse what is too large before anything is built."""
        stack: list[tuple[Any, int]] = [(e, 0)]
        count = 0
        while stack:
            x, depth = stack.pop()
            count += 1
            if depth > DEPTH or count > NODES:
                raise self.refusal("E107", f"the expression is larger than {NODES} nodes or deeper than {DEPTH}", None)
            if isinstance(x, sympy.Integer | sympy.Rational) and max(int(x.p).bit_length(), x.q.bit_length()) > 4096:
                raise self.refusal("E107", "a number has more than a thousand digits", None)
            stack += [(a, depth + 1) for a in x.args if isinstance(a, sympy.Basic)]

    def refusal(self, code: str, message: str, e: Any, help: str = "", *, unsupported: bool = False) -> Refusal:
        return Refusal(code, message, self.place(e), help, unsupported=unsupported)

    def place(self, e: Any) -> Span:
        """Where a part stands in the declaration's text."""
        text = text_of(self.d)
        start = text.find(" = ") + 3
        if e is not None and (at := text.find(sympy.sstr(e), start)) >= 0:
            return Span(at, at + len(sympy.sstr(e)))
        return Span(0, max(1, len(text)))


def _last(axis: Axis) -> Expr:
    return al.add(heads.extent(axis.name), sympy.Integer(axis.lo - 1))


def _kind(x: Any) -> str:
    return "a string" if isinstance(x, str) else f"{'an' if type(x).__name__[0] in 'AEIOU' else 'a'} {type(x).__name__}"


def _latex(p: Any) -> str:
    return str(sympy.latex(sympy.Symbol(p) if isinstance(p, str) else p))
