"""Left-hand sides: what a statement defines, at which arguments, over which indices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from . import evidence
from .chains import Chain, joint_of
from .latex import tree as t
from .names import Symbolic, flatten, letter, safe, take_apart

POWERS = {"2": "squared", "3": "cubed"}


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
    chain: Chain | None = None

    @property
    def conditional(self) -> bool:
        return "|" in self.separators

    @property
    def is_function(self) -> bool:
        return bool(self.argument_nodes)

    def has_form(self, given: tuple[t.Node, ...], barred: bool) -> bool:
        """Whether a function takes so many arguments, with a bar among them or without."""
        return len(given) == len(self.argument_nodes) and barred == self.conditional

    def fits(self, given: tuple[t.Node, ...]) -> bool:
        """Whether arguments are made of the letters that a density is written with; numbers always are."""
        for x, taken in zip(given, self.argument_nodes, strict=True):
            own = take_apart(taken)
            bases = {sym.base for sym in evidence.symbols_in(x)}
            if own is not None and bases and own.base not in bases:
                return False
        return True


def target(
    lhs: t.Node, rhs: t.Node, arrays: Mapping[str, int], vectors: Collection[str] = (), lengths: Collection[str] = ()
) -> Target | None:
    """The target of a definition, or ``None`` when the side cannot be one.

    ``arrays`` gives the ranks of symbols that carry indices elsewhere in scope, ``vectors``
    are those that are declared as such or carry an index in the same display, ``lengths``
    letters that bound indices elsewhere and run over nothing themselves.
    """
    if isinstance(lhs, t.Big) and lhs.op in ("min", "max", "inf", "sup") and lhs.sub is not None:
        inner = target(lhs.body, rhs, arrays, vectors, lengths)
        players = take_apart(lhs.sub)
        if inner is None or players is None:
            return None
        role = "minimises" if lhs.op in ("min", "inf") else "maximises"
        return replace(inner, roles=((players.whole, role), *inner.roles))
    sym = take_apart(lhs)
    if sym is not None:
        return plain_target(sym, rhs, arrays, lengths)
    if (whole := element_of(lhs)) is not None:
        inner = target(whole[0], rhs, arrays, vectors)
        return _over(inner, whole[1], rhs) if inner is not None and inner.is_function else None
    if not isinstance(lhs, t.Juxt) or len(lhs.items) != 2 or not isinstance(lhs.items[1], t.Group):
        return None
    head = take_apart(lhs.items[0])
    if head is None or head.sup is not None:
        return None
    body = lhs.items[1].body
    items = body.items if isinstance(body, t.Separated) else (body,)
    separators = body.separators if isinstance(body, t.Separated) else ()
    return function_target(head, items, separators, rhs, vectors)


def element_of(lhs: t.Node) -> tuple[t.Node, t.Node] | None:
    """``f(x)`` and ``i`` of ``f(x)_i``, ``[f(x)]_i`` or ``(f(x))_i``."""
    match lhs:
        case t.Juxt(items=(head, t.Scripted(base=t.Group(open="(") as given, sub=t.Node() as sub, sup=None, primes=0))):
            return t.Juxt(lhs.span, (head, given)), sub
        case t.Scripted(base=t.Group(open="(" | "[", body=t.Juxt(items=(_, t.Group())) as whole), sub=t.Node() as sub,
                        sup=None, primes=0):
            return whole, sub
        case _:
            return None


def _over(goal: Target, sub: t.Node, rhs: t.Node) -> Target | None:
    """A function that is defined by its elements, where the right-hand side reads arrays at their indices."""
    parts = sub.items if isinstance(sub, t.Separated | t.Juxt) else (sub,)
    letters = tuple(x for p in parts if (x := letter(p)) is not None)
    carried = {x for x in letters for s in evidence.symbols_in(rhs) if any(evidence.has_bound(b, {x}) for b in s.subs)}
    if len(letters) != len(parts) or carried != set(letters) or goal.indices:
        return None
    return replace(goal, indices=letters)


def plain_target(
    sym: Symbolic, rhs: t.Node, arrays: Mapping[str, int], lengths: Collection[str] = ()
) -> Target | None:
    suffix = ""
    if sym.sup is not None:
        if not isinstance(sym.sup, t.Number) or not sym.sup.text.isdigit():
            return None
        suffix = "_" + POWERS.get(sym.sup.text, f"power_{sym.sup.text}")
    indices, labels = [], []
    slots = evidence.slots_of(sym)
    *rows, last = (letter(x) for x in slots) if slots else (None,)
    if rows and last == "colon" and all(x is not None and is_index(x, sym.base, rhs, arrays, lengths) for x in rows):
        # Z_{i:} = … gives the rows of Z.
        return Target(safe(sym.base + suffix), indices=tuple(x for x in rows if x is not None), symbol=sym)
    for sub in sym.subs:
        parts = sub.items if isinstance(sub, t.Juxt) else (sub,)
        marked = len(parts) > 1 and any(map(evidence.is_slice, parts))
        if marked:
            free = [letter(p) for p in parts if not evidence.is_slice(p)]
            indices += [n for n in free if n is not None and is_index(n, sym.base, rhs, arrays, lengths)]
            labels.append(flatten(sub))
            continue
        # An upright letter is a label: F_\text{L} is no element of F.
        names = [None if isinstance(p, t.Name) and p.style == "rm" else letter(p) for p in parts]
        if not is_word(sub, rhs) and all(n is not None and is_index(n, sym.base, rhs, arrays, lengths)
                                         for n in names):
            indices += [n for n in names if n is not None]
        else:
            labels.append(flatten(sub))
    name = safe("_".join((sym.base, *labels)) + suffix)
    return Target(name, indices=tuple(indices), symbol=sym)


def is_word(sub: t.Node, rhs: t.Node) -> bool:
    """Whether letters below the defined symbol spell a label, as in ``L_{Dice}``: some occur nowhere else."""
    if not isinstance(sub, t.Juxt) or len(sub.items) < 3 or not all(isinstance(x, t.Name) for x in sub.items):
        return False
    used = {letter(x) for x in t.walk(rhs) if isinstance(x, t.Name)}
    return any(letter(x) not in used for x in sub.items)


def is_index(x: str, base: str, rhs: t.Node, arrays: Mapping[str, int], lengths: Collection[str] = ()) -> bool:
    """Whether a letter below the defined symbol runs over an axis.

    It does when it bounds an index on the right, or indexes a known array there;
    not when the symbol itself occurs with another step (``x_t`` beside ``x_0``), and
    not when it is only a length.
    """
    for other in evidence.symbols_in(rhs):
        if other.base == base and other.subs and all(letter(s) != x for s in other.subs):
            return False
    bound = evidence.bound_letters(rhs)
    ends = evidence.upper_bounds(rhs) | evidence.written_bounds(rhs)
    if x in ends and x not in bound and (x.isupper() or x in lengths):
        return False  # the number of elements, as in S_N = Σ_{i=1}^{N} x_i
    if arrays.get(safe(base), 0) or (x in ends and evidence.ranks(rhs, bound)):
        return True
    if x in evidence.differentiated_at(rhs):
        return True
    for node in t.walk(rhs):
        if isinstance(node, t.Scripted) and isinstance(node.base, t.Group) and node.sub is not None:
            if evidence.has_bound(node.sub, {x}):
                return True
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


def applies(name: str, rhs: t.Node) -> bool:
    """Whether a side applies a conditional density of that name."""
    for node in t.walk(rhs):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            sym = take_apart(head)
            if sym is not None and sym.whole == name and isinstance(follower, t.Group):
                if isinstance(follower.body, t.Separated) and "|" in follower.body.separators:
                    return True
    return False


def function_target(
    head: Symbolic, items: tuple[t.Node, ...], separators: tuple[str, ...], rhs: t.Node,
    vectors: Collection[str] = (),
) -> Target | None:
    if (chain := joint_of(items, separators)) is not None:
        names = [safe(chain.base), *([chain.initial] if chain.first else [])]
        name = f"{head.whole}_joint" if applies(head.whole, rhs) else head.whole
        return Target(name, tuple(names), items, symbol=head, separators=separators, chain=chain)
    bound = evidence.bound_letters(rhs)
    carried = evidence.ranks(rhs, bound)
    names, indices = [], []
    for item in items:
        sym = take_apart(item)
        if sym is None:
            return None
        if sym.sup is not None:
            # f(μ, σ²) takes the square itself.
            if sym.subs or not isinstance(sym.sup, t.Number) or sym.sup.text != "2":
                return None
            names.append(safe(f"{sym.base}_squared"))
            continue
        parts = [p for s in sym.subs for p in (s.items if isinstance(s, t.Juxt) else (s,))]
        subs = [letter(p) for p in parts]
        known = safe(sym.base) in carried or safe(sym.base) in vectors
        if known and subs and None not in subs and not bound & set(subs) and not any(is_word(s, rhs) for s in sym.subs):
            names.append(safe(sym.base))
            indices += [x for x in subs if x is not None and x not in indices]
        else:
            names.append(sym.whole)
    laws = frozenset(names) if "‖" in separators else frozenset()
    return Target(head.whole, tuple(names), items, tuple(indices), laws, symbol=head,
                  separators=separators)
