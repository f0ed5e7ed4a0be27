"""Reverse mode in index form: adjoints of lets, from the outputs back to the parameters.

The adjoint of ``A`` is a sum of `Term`: what arrives at ``A[q]``.  A let
``L[r] = Σ_k body(r, k)`` that reads ``A`` at ``at(r, k)`` sends

    A_bar[q]  +=  Σ over the r, k with at(r, k) = q  of  L_bar[r] · ∂body/∂A[at](r, k)

with the indices of the read turned round (`places`), so that a gradient has the loops of its
formula and no array of all pairs.  Jacobians have the indices of the output as outer ranges;
there an adjoint may live on a diagonal (``ties``), and stays there as long as reads let it.

Before: stage ``frozen`` with every reduction named (`lift`), inverses and determinants not
yet factorised.  After: stage ``frozen``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..binding import Names, free_indices, ranges_for, read, read_here, reads, renamed, substitute, unfold
from ..expr import (
    ArrayOp,
    Call,
    Compare,
    Const,
    Element,
    Expr,
    Index,
    Let,
    Output,
    Param,
    Program,
    Range,
    Reduce,
    Select,
    Var,
)
from ..matching import factors, quotient
from ..positions import ONE, ZERO, const, extent, minus
from ..signs import Signs
from ..sums import length
from .arrays import array_adjoint, log_determinant
from .partials import Missing, partials, place, plus, times
from .places import is_nonnegative, solve
from .refusals import no_derivative
from .shares import Shares, shares

#: Adjoints of more nodes than this get a name.
INLINE = 24


@dataclass(frozen=True, slots=True)
class Term:
    """``body`` at the dimensions of an array, where each tied dimension is its tie and the guards hold."""

    body: Expr
    ties: Mapping[int, Expr] = field(default_factory=dict)
    guards: tuple[Expr, ...] = ()


class Reverse:
    """One sweep: adjoints of what a seed reaches, the newly named lets in order."""

    def __init__(self, program: Program, wrt: Sequence[str], outer: Sequence[Range], names: Names) -> None:
        self.program, self.names, self.outer = program, names, tuple(outer)
        self.lets = {let.name: let for let in program.lets}
        self.made: list[Let] = []
        self.signs = Signs(program)
        self.active = set(wrt)
        for let in program.lets:
            constant = isinstance(let.body, Call) and let.body.prim == "detach"
            if not constant and reads(let).keys() & self.active:
                self.active.add(let.name)
        self.dims: dict[str, tuple[Range, ...]] = {}
        self.terms: dict[str, list[Term]] = {}
        for p in program.params:
            self._declare(p.name, tuple(Range(f"{p.name}_at", ONE, extent(a)) for a in p.axes))
        for let in program.lets:
            self._declare(let.name, let.ranges)

    def _declare(self, name: str, ranges: Sequence[Range]) -> None:
        self.dims[name] = renamed(tuple(ranges), self.names)[0]

    def look(self, e: Expr) -> Expr:
        """The body behind a read of a let."""
        match e:
            case Var(name):
                at: tuple[Expr, ...] = ()
            case Element(name, at):
                pass
            case _:
                return e
        let = self.lets.get(name)
        return e if let is None or isinstance(let.body, ArrayOp) else unfold(let, at, self.names)

    def sweep(self, output: Output, seed: Term) -> None:
        """Send a seed at an output back to the parameters.

        Dimensions of the seed are the ranges of the output; several outputs may be swept
        before `backward` is called once.
        """
        self.send(output.ranges, None, "sum", output.body, seed, output.ranges, output.name)

    def backward(self) -> None:
        for let in reversed(self.program.lets):
            if let.name not in self.terms or let.name not in self.active:
                continue
            if isinstance(let.body, ArrayOp):
                array_adjoint(self, let, let.body, self.assembled(let.name))
                continue
            if (op := log_determinant(self.lets, let)) is not None:
                array_adjoint(self, let, op, self.assembled(let.name))
                continue
            if (found := shares(self.lets, let, self.names)) is not None:
                self.send_shares(let, found)
                continue
            monoid, fold, body = opened(let.body)
            for term in self.settled(let.name):
                self.send(let.ranges, fold, monoid, body, term, self.dims[let.name], let.name)

    def send_shares(self, let: Let, found: Shares) -> None:
        """``u_bar[i] = s_i s_bar[i] − s_i Σ_j s_j s_bar[j]`` for shares s of exponents u."""
        k, whole = found.place, self.names.fresh(f"{let.name}_mean")
        here = read_here(let, let.ranges)
        # What all shares have in common is a sum over them, as the logarithm of their total would collect it.
        common = [r for n, r in enumerate(let.ranges) if n != k]
        self._declare(whole, common)
        at = [minus(Index(r.name), r.lo) for r in common]
        for term in self.settled(let.name):
            self.send(let.ranges, None, "sum", found.exponent, term, self.dims[let.name], let.name, here)
            self.collect(let, term, at, whole, Call("neg", (here,)))
        fold = let.ranges[k]
        for term in self.settled(whole):
            self.send(common, fold, "sum", found.exponent, term, self.dims[whole], let.name, here)

    # -- one body ----------------------------------------------------------------

    def send(
        self, ranges: Sequence[Range], fold: Range | None, monoid: str, body: Expr, term: Term,
        dims: Sequence[Range], name: str, factor: Expr = ONE,
    ) -> None:
        """Contributions of one term at ``name`` to everything that its body reads, each times a factor."""
        found = partials(body, self.is_active, self.look, self.is_finite)
        if isinstance(found, Missing):
            raise no_derivative(self.program.name, f"{found.prim} in {name}")
        fixed, weight, guards, unknown = self.opened_term(ranges, fold, term, dims)
        for leaf, d in found.items():
            d = times(factor, d)
            if fold is not None:
                d = self.through(monoid, ranges, fold, body, d, name)
            array, at = place(leaf)
            places = [self.put(p, fixed) for p in at]
            own: list[Expr] = []
            while isinstance(d, Select) and d.other == ZERO:
                own.append(self.put(d.cond, fixed))
                d = d.then
            self.arrive(array, places, unknown, times(weight, self.put(d, fixed)), [*guards, *own])

    def opened_term(
        self, ranges: Sequence[Range], fold: Range | None, term: Term, dims: Sequence[Range]
    ) -> tuple[dict[str, Expr], Expr, list[Expr], list[Range]]:
        """A term at ranges: what its ties fix, its weight and guards, and the indices left open."""
        here: dict[str, Expr] = {d.name: Index(r.name) for d, r in zip(dims, ranges, strict=True)}
        fixed = {ranges[k].name: self.put(tie, here) for k, tie in term.ties.items()}
        here |= {d.name: fixed[r.name] for d, r in zip(dims, ranges, strict=True) if r.name in fixed}
        weight, guards = self.put(term.body, here), [self.put(g, here) for g in term.guards]
        unknown = [r for r in ranges if r.name not in fixed] + ([fold] if fold else [])
        return fixed, weight, guards, [Range(r.name, self.put(r.lo, fixed), self.put(r.hi, fixed)) for r in unknown]

    def collect(self, let: Let, term: Term, at: Sequence[Expr], array: str, factor: Expr) -> None:
        """``array[at] += factor · term``, summed over the indices of the let that ``at`` leaves open."""
        fixed, weight, guards, unknown = self.opened_term(let.ranges, None, term, self.dims[let.name])
        places = [self.put(p, fixed) for p in at]
        self.arrive(array, places, unknown, times(weight, self.put(factor, fixed)), guards)

    def arrive(
        self, array: str, at: Sequence[Expr], unknown: Sequence[Range], body: Expr, guards: Sequence[Expr]
    ) -> None:
        """``array[at] += body`` for all values of the unknown indices that the guards admit."""
        target = self.dims[array]
        s = solve(at, unknown, target, self.outer)
        body = self.put(body, s.values)
        conditions = [*(self.put(g, s.values) for g in guards), *(self.put(g, s.values) for g in s.guards)]
        names = {r.name for r in s.ranges}
        inside = [g for g in conditions if free_indices(g) & names]
        made = summed(s.ranges, inside, body)
        rest = tuple(g for g in conditions if not free_indices(g) & names)
        self.terms.setdefault(array, []).append(Term(self.put(made, {}), s.ties, rest))

    def put(self, e: Expr, values: Mapping[str, Expr]) -> Expr:
        return substitute(e, values, self.names)

    def is_positive(self, e: Expr) -> bool:
        """Is a value positive for certain: sums of positive values are, as they have elements where they are read."""
        match shown := self.look(e):
            case Reduce("sum", _, body):
                return self.is_positive(body)
            case Call("exp"):
                return True
        return self.signs.is_positive(shown)

    def is_finite(self, e: Expr) -> bool:
        """Is a derivative finite for certain, beside a zero that would absorb it?"""
        match e:
            case Call("neg", (x,)):
                return self.is_finite(x)
            case Call("div", (Const(), y)):
                return self.is_positive(y)
        return self.signs.is_finite(e)

    def is_active(self, e: Expr) -> bool:
        return place(e)[0] in self.active

    def through(
        self, monoid: str, ranges: Sequence[Range], fold: Range, body: Expr, d: Expr, name: str
    ) -> Expr:
        """``∂L/∂(element k of the reduction) · d``."""
        match monoid:
            case "sum":
                return d
            case "product":
                return times(self.others(ranges, fold, body, name), d)
            case "max" | "min":
                made, values = renamed((*ranges, fold), self.names)
                chosen = Reduce(f"arg{monoid}", made[-1], self.put(body, values))
                place = self.named(f"{monoid}_at", made[:-1], chosen)
                here = read(place, *(minus(Index(r.name), r.lo) for r in ranges))
                return Select(Compare("==", Index(fold.name), here), d, ZERO)
        raise no_derivative(self.program.name, f"{monoid} in {name}")

    def others(self, ranges: Sequence[Range], fold: Range, body: Expr, name: str) -> Expr:
        """The product of all elements but one."""
        whole = read(self.lets[name], *(minus(Index(r.name), r.lo) for r in ranges))
        is_running = bool(free_indices(fold.lo) | free_indices(fold.hi))
        if is_running and not self.outer and (self.signs.is_positive(body) or self.signs.is_negative(body)):
            return Call("div", (whole, body))  # one running sum, where all pairs would be needed
        # What stands before and behind it: zeros are no trouble, and nothing cancels in second derivatives.
        halves: list[Expr] = []
        for before in (True, False):
            (*outer, k), values = renamed((*ranges, fold), self.names)
            j = Range(self.names.fresh(fold.name), *((k.lo, minus(Index(k.name), ONE)) if before else
                                                       (minus(Index(k.name), const(-1)), k.hi)))
            part = Reduce("product", j, self.put(body, {**values, fold.name: Index(j.name)}))
            let = self.named(f"{name}_{'before' if before else 'behind'}", (*outer, k), part)
            halves.append(read(let, *(minus(Index(r.name), r.lo) for r in (*ranges, fold))))
        return times(*halves)

    # -- adjoints ----------------------------------------------------------------

    def named(self, stem: str, ranges: Sequence[Range], body: Expr | ArrayOp) -> Let:
        let = Let(self.names.fresh(stem), tuple(ranges), body)
        self.made.append(let)
        self.lets[let.name] = let
        return let

    def assembled(self, name: str) -> Expr:
        """The whole adjoint of an array at its dimensions."""
        out: Expr = ZERO
        for t in self.terms.get(name, []):
            ties = [Compare("==", Index(self.dims[name][k].name), e) for k, e in t.ties.items()]
            out = plus(out, _where([*ties, *t.guards], t.body))
        return out

    def settled(self, name: str) -> list[Term]:
        """The terms of an adjoint, few and small: large ones under a name of their own."""
        # Terms on one diagonal are one term: what cancels between them must meet.
        alike: dict[tuple[tuple[int, Expr], ...], Expr] = {}
        guards: dict[tuple[tuple[int, Expr], ...], tuple[Expr, ...]] = {}
        placed = [(tuple(sorted(t.ties.items(), key=lambda tie: tie[0])), t) for t in self.terms[name]]
        for ties, t in placed:
            guards[ties] = tuple(g for g in guards.get(ties, t.guards) if g in t.guards)
        for ties, t in placed:
            own = [g for g in t.guards if g not in guards[ties]]
            alike[ties] = plus(alike.get(ties, ZERO), _where(own, t.body))
        shared = tuple(tie for tie in next(iter(alike), ()) if all(tie in ties for ties in alike))
        if shared in alike and len(alike) > 1:
            # A diagonal beside what is everywhere: they may cancel too, and apart they save nothing.
            whole: Expr = ZERO
            for ties, body in alike.items():
                own = [Compare("==", Index(self.dims[name][k].name), e) for k, e in ties if (k, e) not in shared]
                whole = plus(whole, _where([*own, *guards[ties]], body))
            return [self._small(name, Term(whole, dict(shared)))]
        # What a guard keeps from being read outside of an array is multiplied with other such reads: it stays outside.
        return [self._small(name, Term(body, dict(ties), guards[ties])) for ties, body in alike.items()]

    def _small(self, name: str, t: Term) -> Term:
        if _is_small(t.body):
            return t
        # All elements of a let are computed, those too that a guard keeps from being read outside of an array.
        body = _where([g for g in t.guards if not _is_equality(g)], t.body)
        dims = self.dims[name]
        # Bounds of the free dimensions may depend on tied ones (causal masks).
        tied = {dims[k].name: tie for k, tie in t.ties.items()}
        free = [
            Range(d.name, self.put(d.lo, tied), self.put(d.hi, tied)) for k, d in enumerate(dims) if k not in t.ties
        ]
        needed = ranges_for(body, (*self.outer, *free))
        ranges, values = renamed(needed, self.names)
        let = self.named(f"{name}_bar", ranges, self.put(body, values))
        return replace(t, body=read(let, *(minus(Index(r.name), r.lo) for r in needed)))

    def output(self, name: str, param: Param) -> Output:
        """The adjoint of a parameter as an output over the outer ranges and its own."""
        ranges, values = renamed((*self.outer, *self.dims[param.name]), self.names)
        return Output(name, ranges, self.put(self.assembled(param.name), values))


def opened(body: Expr) -> tuple[str, Range | None, Expr]:
    """The reduction at the root of a body, as a sum over nothing where there is none."""
    return (body.monoid, body.range, body.body) if isinstance(body, Reduce) else ("sum", None, body)


def summed(ranges: Sequence[Range], guards: Sequence[Expr], body: Expr) -> Expr:
    """``Σ body`` with the factors that do not depend on the indices in front."""
    for r in reversed(ranges):
        inside = [g for g in guards if r.name in free_indices(g)]
        guards = [g for g in guards if g not in inside]
        negative, parts = factors(body)
        mine = [p for p in parts if r.name in free_indices(p[1])]
        rest = [p for p in parts if r.name not in free_indices(p[1])]
        what = _where(inside, quotient(mine))
        whole = Reduce("sum", r, what) if what != ONE or not _is_certain(r) else length(r)
        out = quotient([*rest, (False, whole)]) if whole != ONE else quotient(rest)
        body = Call("neg", (out,)) if negative else out
    return _where(guards, body)


def _is_certain(r: Range) -> bool:
    return is_nonnegative(length(r), [])


def _where(guards: Sequence[Expr], e: Expr) -> Expr:
    if not guards or e == ZERO:
        return e
    cond, *more = guards
    for g in more:
        cond = Call("and", (cond, g))
    return Select(cond, e, ZERO)


def _is_equality(e: Expr) -> bool:
    return isinstance(e, Compare) and e.op == "=="


def _is_small(e: Expr) -> bool:
    nodes, stack = 0, [e]
    while stack:
        x = stack.pop()
        nodes += 1
        if isinstance(x, Reduce) or nodes > INLINE:
            return False
        stack.extend(x.children())
    return True
