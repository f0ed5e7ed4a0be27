"""One definition: from ``name(arguments) = expression`` to an ``Equation``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from . import evidence
from .context import Context, Knowledge, Promote, Refusal, Widen, over_axis
from .domain import REAL, SIMPLEX, Domain
from .elaborate import elaborate
from .equation import Bound, Comprehension, Condition, Equation, Parameter
from .latex import tree as t
from .names import Symbolic, flatten, letter, safe, take_apart
from .natural import domains
from .positions import positions
from .span import Span
from .values import LETTER, NAMED, AxisVar, ShapeMismatch, Value

POWERS = {"2": "squared", "3": "cubed"}

#: Pools of names for axes that nobody named: of vectors, and of a matrix' rows.
VECTOR_AXES = ("d", "n", "m", "p", "q", "r", "s")
ROW_AXES = ("n", "m", "p", "q", "r", "s", "l")


@dataclass(frozen=True, slots=True)
class Target:
    """A left-hand side: what is defined, at which arguments, over which indices."""

    name: str
    arguments: tuple[str, ...] = ()
    argument_nodes: tuple[t.Node, ...] = ()
    indices: tuple[str, ...] = ()
    distributions: frozenset[str] = frozenset()
    roles: tuple[tuple[str, str], ...] = ()
    symbol: Symbolic | None = None
    separators: tuple[str, ...] = ()

    @property
    def conditional(self) -> bool:
        return "|" in self.separators

    @property
    def is_function(self) -> bool:
        return bool(self.argument_nodes)


def target(lhs: t.Node, rhs: t.Node, arrays: Mapping[str, int]) -> Target | None:
    """The target of a definition, or ``None`` when the side cannot be one.

    ``arrays`` gives the ranks of symbols that carry indices elsewhere in scope.
    """
    if isinstance(lhs, t.Big) and lhs.op in ("min", "max", "inf", "sup") and lhs.sub is not None:
        inner = target(lhs.body, rhs, arrays)
        players = take_apart(lhs.sub)
        if inner is None or players is None:
            return None
        role = "minimises" if lhs.op in ("min", "inf") else "maximises"
        return replace(inner, roles=((players.whole, role), *inner.roles))
    sym = take_apart(lhs)
    if sym is not None:
        return plain_target(sym, rhs, arrays)
    if not isinstance(lhs, t.Juxt) or len(lhs.items) != 2 or not isinstance(lhs.items[1], t.Group):
        return None
    head = take_apart(lhs.items[0])
    if head is None or head.sup is not None:
        return None
    body = lhs.items[1].body
    items = body.items if isinstance(body, t.Separated) else (body,)
    separators = body.separators if isinstance(body, t.Separated) else ()
    return function_target(head, items, separators, rhs)


def plain_target(sym: Symbolic, rhs: t.Node, arrays: Mapping[str, int]) -> Target | None:
    suffix = ""
    if sym.sup is not None:
        if not isinstance(sym.sup, t.Number) or not sym.sup.text.isdigit():
            return None
        suffix = "_" + POWERS.get(sym.sup.text, f"power_{sym.sup.text}")
    indices, labels = [], []
    for sub in sym.subs:
        parts = sub.items if isinstance(sub, t.Juxt) else (sub,)
        names = [letter(p) for p in parts]
        if all(n is not None and is_index(n, sym.base, rhs, arrays) for n in names):
            indices += [n for n in names if n is not None]
        else:
            labels.append(flatten(sub))
    name = safe("_".join((sym.base, *labels)) + suffix)
    return Target(name, indices=tuple(indices), symbol=sym)


def is_index(x: str, base: str, rhs: t.Node, arrays: Mapping[str, int]) -> bool:
    """Whether a letter below the defined symbol runs over an axis.

    It does when it bounds an index on the right, or indexes a known array there;
    not when the symbol itself occurs with another step (``x_t`` beside ``x_0``).
    """
    for other in evidence.symbols_in(rhs):
        if other.base == base and other.subs and all(letter(s) != x for s in other.subs):
            return False
    if arrays.get(safe(base), 0) or x in evidence.upper_bounds(rhs) | evidence.written_bounds(rhs):
        return True
    bound = evidence.bound_letters(rhs)
    for other in evidence.symbols_in(rhs):
        carries = any(evidence.has_bound(s, {x}) for s in other.subs) or any(
            isinstance(s, t.Juxt) and x in {letter(i) for i in s.items} for s in other.subs
        )
        if not carries:
            continue
        if arrays.get(safe(other.base), 0):
            return True
        if any(evidence.has_bound(s, bound | {x}) and evidence.has_bound(s, bound) for s in other.subs):
            return True
        if len(other.subs) > 1 and any(evidence.has_bound(s, bound) for s in other.subs):
            return True
    return False


def function_target(
    head: Symbolic, items: tuple[t.Node, ...], separators: tuple[str, ...], rhs: t.Node
) -> Target | None:
    bound = evidence.bound_letters(rhs)
    carried = evidence.ranks(rhs, bound)
    names, indices = [], []
    for item in items:
        sym = take_apart(item)
        if sym is None or sym.sup is not None:
            return None
        sub = letter(sym.subs[0]) if len(sym.subs) == 1 else None
        if sub is not None and safe(sym.base) in carried and sub not in bound:
            names.append(safe(sym.base))
            if sub not in indices:
                indices.append(sub)
        else:
            names.append(sym.whole)
    laws = frozenset(names) if "‖" in separators else frozenset()
    return Target(head.whole, tuple(names), items, tuple(indices), laws, symbol=head,
                  separators=separators)


def refuse_bound_goal(goal: Target, rhs: t.Node) -> None:
    """A letter on the left-hand side must not be an index that the right-hand side binds."""
    bound = evidence.own_letters(rhs)
    sides = (*goal.argument_nodes, *(goal.symbol.subs if goal.symbol is not None else ()))
    for side in sides:
        for node in t.walk(side):
            x = letter(node) if isinstance(node, t.Name) else None
            if x in bound:
                raise Refusal("E149", f"{x} stands on the left-hand side and is an index of an operator on the right",
                              side.span, f"give the index of the operator a letter other than {x}")


def define(
    goal: Target,
    rhs: t.Node,
    known: Knowledge,
    span: Span,
    latex: str = "",
    ranks: Mapping[str, int] | None = None,
    prepare: Callable[[Context], None] | None = None,
) -> Equation:
    """The equation that a right-hand side defines.

    Elaborates until no symbol has to be given more axes.  Raises ``Refusal`` or
    ``ShapeMismatch``.
    """
    letters = evidence.bound_letters(rhs) | set(goal.indices)
    refuse_bound_goal(goal, rhs)
    found = evidence.ranks(rhs, letters)
    evidence.norms(rhs, found, letters)
    for name, rank in (ranks or {}).items():
        found[name] = max(found.get(name, 0), rank)
    for name in goal.distributions:
        found.pop(name, None)
    bare = evidence.bare_names(rhs)
    uppers = frozenset(
        x for x in evidence.written_bounds(rhs)
        if x not in goal.indices and x not in goal.arguments and x not in known.declared
        and x not in letters and known.symbols(x) is None
    )
    reasons: list[str] = []
    swept: set[str] = set()
    hulls: dict[str, tuple[int, int]] = {}
    for _ in range(40):
        ctx = Context(known, dict(found), bare, frozenset(swept), goal.arguments)
        ctx.uppers, ctx.hulls = uppers, hulls
        ctx.letters = frozenset(evidence.bound_letters(rhs))
        if prepare is not None:
            prepare(ctx)
        for name in goal.arguments:
            ctx.mention(name)
        bindings = {
            x: over_axis(ctx.indices.new(safe(x)), AxisVar(x.upper() if len(x) == 1 else x, LETTER))
            for x in goal.indices
        }
        try:
            with ctx.bind(bindings):
                value = elaborate(rhs, ctx)
        except Widen:
            continue
        except Promote as need:
            if found.get(need.name, 0) >= need.rank or _fixed(need.name, known):
                raise ShapeMismatch(
                    f"{need.name} needs {need.rank} axes here: {need.reason}", rhs.span,
                    f"declare {need.name}, e.g. ${need.name} \\in \\mathbb{{R}}^{{n}}$",
                ) from None
            found[need.name] = need.rank
            kind = {1: "a vector", 2: "a matrix"}.get(need.rank, f"an array with {need.rank} axes")
            reasons.append(f"{need.name} is {kind}: {need.reason}")
            if need.elementwise:
                swept.add(need.name)
            continue
        for reason in reasons:
            ctx.assume(reason)
        for name, rank in found.items():
            if name in ctx.params and not ctx.params[name].declared and rank == 2:
                ctx.assume(f"{name} is a matrix")
        outer = tuple(bindings[x].axis for x in goal.indices)
        symbols = tuple(bindings[x].symbol for x in goal.indices)
        return finish(goal, ((goal.name, value, outer, symbols),), ctx, span, latex, swept)
    raise Refusal("E199", "the ranks of the symbols do not settle", span, "declare the shapes")


def _fixed(name: str, known: Knowledge) -> bool:
    """Whether a declaration fixes the axes of a name."""
    declared = known.declared.get(name)
    return declared is not None and not declared.element


Result = tuple[str, Value, tuple[AxisVar, ...], tuple]  # type: ignore[type-arg]


def finish(
    goal: Target, results: tuple[Result, ...], ctx: Context, span: Span, latex: str, swept: set[str]
) -> Equation:
    """Name the axes and make every body."""
    for name in ctx.uppers:
        if name in ctx.order and name not in ctx.extents:
            ctx.parameter(name)
    for name, e in ctx.extents.items():
        if not e.axis.find().attached:
            state = ctx.parameter(name)
            state.integer = True
            state.domain = Domain("integer", lo=Fraction(e.lo))
        elif name in ctx.order:
            ctx.order.remove(name)
    for name in goal.arguments:
        if not (name in ctx.params or _passes_through(name, ctx)):
            ctx.parameter(name)
            ctx.assume(f"{name} does not occur on the right-hand side")
    if not goal.is_function and goal.name in ctx.params and any(r[0] == goal.name for r in results) and (
        ctx.params[goal.name].role != "state"
    ):
        raise Refusal("E136", f"{goal.name} is defined by itself", span,
                      "give one of the two another name, or write a step: x_{t+1} = … x_t")
    _equal_spans(ctx, span)
    for i, place in ctx.numbers.items():
        if i in ctx.valued:
            raise Refusal("E213", f"the values that {i.name} takes are not known, only how many there are", place,
                          "give the values as an array, e.g. x_i p_i")
        ctx.assume(f"{i.name} counts 1, 2, … as a number")
    name_axes(ctx, results)
    lets = tuple(
        Comprehension(
            let.name,
            tuple(Bound(s, *a.bounds()) for s, a in zip(let.indices, let.axes, strict=True)),
            let.body(), tuple(a.axis() for a in let.axes), let.latex,
        )
        for let in ctx.lets.values()
    )
    outputs = []
    for name, value, outer, symbols in results:
        inner = tuple(ctx.indices.new("i") for _ in value.axes)
        axes = (*outer, *value.axes)
        bounds = tuple(Bound(s, *a.bounds()) for s, a in zip((*symbols, *inner), axes, strict=True))
        outputs.append(Comprehension(name, bounds, value.at(*inner), tuple(a.axis() for a in axes), latex))
    conditions = (*_conditions(ctx), *(make() for make in ctx.carried))
    equation = Equation(
        goal.name,
        parameters(goal, ctx, conditions),
        lets,
        tuple(outputs),
        conditions,
        tuple(n for n in ctx.order if n in ctx.params or _passes_through(n, ctx)),
        tuple(
            replace(s, axes=tuple(a.axis() for a in ctx.slot_axes.get(v, ((), ()))[0]),
                    argument_axes=tuple(
                        tuple(a.axis() for a in axes) for axes in ctx.slot_axes.get(v, ((), ()))[1]))
            for v, s in ctx.slots.items()
        ),
        tuple(ctx.overrides.items()),
        tuple((at(), axis.axis()) for at, axis in ctx.reads),
        latex,
        tuple(ctx.assumptions),
        span,
    )
    return replace(equation, reads=tuple(dict.fromkeys((*equation.reads, *positions(equation, span)))))


def _equal_spans(ctx: Context, span: Span) -> None:
    """Refuse undeclared arrays that one written bound gives different lengths."""
    for top, e in ctx.extents.items():
        for (array, upper), (lo, shift) in ctx.spans.items():
            if upper == top and array and (lo, shift) != (e.lo, e.shift) and array not in ctx.known.declared:
                ends = [f"{top}{k:+d}" if k else top for k in (shift, e.shift)]
                raise Refusal(
                    "E212", f"{array} is read from {lo} to {ends[0]}, another array from {e.lo} to {ends[1]}", span,
                    f"declare the length of {array}, e.g. ${array} \\in \\mathbb{{R}}^{{{top}}}$", unsupported=True,
                )


def _first_index(name: str, ctx: Context) -> int:
    """The least position that an integer parameter may have."""
    for at, axis in ctx.reads:
        if name in {s.name for s in at().free_symbols}:
            return axis.lo
    return 1


def _passes_through(name: str, ctx: Context) -> bool:
    """A slot, or a variable that is only handed to slots."""
    for s in ctx.slots.values():
        if name == s.slot or name in s.arguments or f"{name}_prime" in s.arguments:
            return True
    return False


def parameters(goal: Target, ctx: Context, conditions: tuple[Condition, ...]) -> tuple[Parameter, ...]:
    """Parameters in the order of call, slot values last."""
    natural = domains(conditions)
    states = [ctx.params[n] for n in ctx.order if n in ctx.params]
    states += [s for s in ctx.params.values() if s not in states]
    states.sort(key=lambda s: s.role == "slot value")
    out = []
    for s in states:
        domain = s.domain
        if not s.declared:
            if s.name in goal.distributions and len(s.axes) == 1:
                domain = SIMPLEX
                ctx.assume(f"{s.name} is a probability vector: it stands beside ‖")
            elif s.integer and domain == REAL:
                domain = Domain("integer", lo=Fraction(_first_index(s.name, ctx)))
            elif s.name in natural and domain == REAL:
                domain = natural[s.name]
            elif domain == REAL and s.name in ctx.quadratic and len(s.axes) == 2:
                ctx.assume(f"{s.name} is symmetric positive definite: its inverse stands in a quadratic form")
                domain = Domain("spd")
        out.append(
            Parameter(s.name, tuple(a.axis() for a in s.axes), domain, s.role, s.latex, s.integer, s.declared,
                      s.name in ctx.elementwise and s.role != "argument")
        )
    return tuple(out)


def _conditions(ctx: Context) -> tuple[Condition, ...]:
    out = []
    for sign, v, bindings in ctx.conditions:
        symbols = tuple(ctx.indices.new("i") for _ in v.axes)
        e = v.at(*symbols)
        if e.is_number:
            continue
        free = e.free_symbols
        bounds = [Bound(b.symbol, b.lo(), b.hi()) for b in bindings if b.symbol in free]
        bounds += [Bound(s, *a.bounds()) for s, a in zip(symbols, v.axes, strict=True)]
        out.append(Condition(sign, e, tuple(bounds)))
    return tuple(dict.fromkeys(out))


def name_axes(ctx: Context, results: tuple[Result, ...]) -> None:
    """Give every open axis a name of its own."""
    roots: dict[int, AxisVar] = {}
    last: set[int] = set()
    groups = [p.axes for p in ctx.params.values()]
    groups += [let.axes for let in ctx.lets.values()]
    groups += [(*outer, *value.axes) for _, value, outer, _ in results]
    groups += [v.axes for _, v, _ in ctx.conditions]
    for axes in groups:
        for k, axis in enumerate(axes):
            root = axis.find()
            roots.setdefault(id(root), root)
            if k == len(axes) - 1:
                last.add(id(root))
    for axis in ctx.axis_names.values():
        roots.setdefault(id(axis.find()), axis.find())
    taken: set[str] = set()
    for root in roots.values():
        if root.name in ctx.params and root.rank < NAMED:
            root._name = ""  # a borrowed name that is a parameter here would mislead
        if root.name:
            name, k = safe(root.name), 1
            while name in taken:
                k += 1
                name = f"{safe(root.name)}_{k}"
            root._name = name
            taken.add(name)
    for key, root in roots.items():
        if not root.name:
            pool = VECTOR_AXES if key in last else ROW_AXES
            free = [n for n in pool if n not in taken] or [f"n{len(taken)}"]
            root._name = free[0]
            taken.add(free[0])
