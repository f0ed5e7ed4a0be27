"""What the shape of a formula says about the ranks of its symbols.

A symbol with a bound subscript is an array; a transposed capital is a matrix, a
transposed small letter a vector; a capital in a product with a transposed or
inverted factor is a matrix, a small Latin letter to the right of one a vector.
Declarations override all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, flatten, is_transpose, letter, safe, split_subs, take_apart

#: Operators whose written bound is the length of what they index.
INDEXED = ("sum", "prod", "max", "min", "argmax", "argmin")
SMALL_GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma tau "
    "upsilon phi varphi chi psi omega".split()
)
GREEK_CAPITALS = frozenset("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split())


def is_capital(base: str) -> bool:
    head = base.split("_")[0]
    return (len(head) == 1 and head.isupper()) or head in GREEK_CAPITALS


def is_small_latin(base: str) -> bool:
    head = base.split("_")[0]
    return len(head) == 1 and head.islower()


def is_small_greek(base: str) -> bool:
    head = base.split("_")[0]
    return len(head) > 1 and head in SMALL_GREEK


def bound_letters(root: t.Node) -> set[str]:
    """Every letter that a big operator inside binds."""
    out: set[str] = set()
    for node in t.walk(root):
        if isinstance(node, t.Big) and node.op not in ("int", "iint", "iiint", "oint", "expect", "lim") and node.sub:
            out |= set(index_names(node.sub))
    return out


def index_names(sub: t.Node) -> Iterable[str]:
    match sub:
        case t.Relation(sides=(t.Number(), *inner, _), ops=ops) if inner and set(ops) <= {"<", "<="}:
            for side in inner:
                yield from index_names(side)
        case t.Relation(sides=sides, ops=ops):
            targets = sides if ops[0] in ("<", "<=", "!=", ">", ">=") else sides[:1]
            for side in targets:
                yield from index_names(side)
        case t.Separated(items=items) | t.Juxt(items=items):
            conditions = ("!=", "<", "<=", ">", ">=")
            for item in items:
                if isinstance(item, t.Relation) and item.ops[0] in conditions:
                    continue  # a condition on indices that its neighbours bind
                yield from index_names(item)
        case _:
            sym = take_apart(sub)
            if sym is not None:
                yield letter(sub) or sym.whole


def upper_bounds(root: t.Node) -> set[str]:
    """Lone letters that stand as upper bounds of indices (``Π_{s=1}^{t}``, ``Π_{s≤t}``)."""
    out: set[str] = set()
    for node in t.walk(root):
        if isinstance(node, t.Big):
            if node.sup is not None and (name := letter(node.sup)):
                out.add(name)
            if isinstance(node.sub, t.Relation) and node.sub.ops == ("<=",):
                if name := letter(node.sub.sides[1]):
                    out.add(name)
    return out


def written_bounds(root: t.Node) -> set[str]:
    """Symbols ``N`` of upper bounds ``N`` and ``N ± k``."""
    out: set[str] = set()
    for node in t.walk(root):
        if isinstance(node, t.Big) and (end := _end_of(node)) is not None and node.op in INDEXED:
            moved = isinstance(end, t.Sum) and len(end.terms) == 2 and isinstance(end.terms[1], t.Number)
            sym = take_apart(end.terms[0] if isinstance(end, t.Sum) and moved else end)
            if sym is not None and sym.sup is None and sym.base != "infty":
                out.add(sym.whole)
    return out


def _end_of(node: t.Big) -> t.Node | None:
    """The written upper bound of an operator: above it, or at the end of ``1 \\le i \\le n``."""
    sub = node.sub
    if node.sup is None and isinstance(sub, t.Relation) and len(sub.sides) > 2 and isinstance(sub.sides[0], t.Number):
        return sub.sides[-1]
    return node.sup


def rectangles(root: t.Node) -> set[str]:
    """Arrays whose two indices are counted to different ends: no identity matrix among them."""
    ends: dict[str, str] = {}
    for node in t.walk(root):
        if isinstance(node, t.Big) and isinstance(node.sub, t.Relation) and (end := _end_of(node)) is not None:
            ends |= {x: to_latex(end).strip() for x in index_names(node.sub)}
    out: set[str] = set()
    for node in t.walk(root):
        match node:
            case t.Scripted(base=t.Name(base=base), sub=t.Juxt(items=(i, j)) | t.Separated(items=(i, j))):
                places = letter(i), letter(j)
            case t.Juxt(items=(t.Name(base=base), t.Group(body=t.Separated(items=(i, j))), *_)):
                places = letter(i), letter(j)
            case _:
                continue
        found = {ends[x] for x in places if x in ends}
        if len(found) == 2:
            out.add(base)
    return out


def ends_named(root: t.Node) -> dict[tuple[str, str], tuple[int, int]]:
    """Single elements beside a range: ``y_1``, ``y_N`` beside ``\\sum_{i=2}^{N-1} y_i``, by array and bound."""
    out: dict[tuple[str, str], tuple[int, int]] = {}
    everything = [sym for sym in symbols_in(root) if len(sym.subs) == 1 and isinstance(sym.subs[0], t.Number | t.Name)]
    for node in t.walk(root):
        match node:
            case t.Big(sub=t.Relation(sides=(i, t.Number(text=text)), ops=("=",)), sup=t.Node() as end):
                if not text.isdigit():
                    continue
                top, shift = end, 0
                if isinstance(end, t.Sum) and len(end.terms) == 2 and isinstance(step := end.terms[1], t.Number):
                    top, shift = end.terms[0], int(step.text) * (-1 if end.signs[1] == "-" else 1)
                n, index = take_apart(top), letter(i)
                if n is None or n.sup is not None or index is None:
                    continue
                within = {sym.base for sym in symbols_in(node.body) if any(has_bound(s, {index}) for s in sym.subs)}
                for sym in everything:
                    if sym.base not in within:
                        continue
                    lo, hi = out.get((safe(sym.base), n.whole), (int(text), shift))
                    sub = sym.subs[0]
                    if isinstance(sub, t.Number) and sub.text.isdigit():
                        out[safe(sym.base), n.whole] = min(lo, int(sub.text)), hi
                    elif (end_name := take_apart(sub)) is not None and end_name.whole == n.whole:
                        out[safe(sym.base), n.whole] = lo, max(hi, 0)
    return out


def symbols_in(root: t.Node) -> Iterable[Symbolic]:
    """Outermost symbols of a tree (a scripted name is one symbol)."""
    stack: list[t.Node] = [root]
    while stack:
        node = stack.pop()
        sym = take_apart(node)
        if sym is not None:
            yield sym
            stack.extend(sym.subs)
            if sym.sup is not None:
                stack.append(sym.sup)
        else:
            stack.extend(reversed(tuple(node.children())))


def has_bound(sub: t.Node, letters: set[str]) -> int:
    """How many index positions a subscript holds."""
    if isinstance(sub, t.Juxt) and all(letter(i) in letters for i in sub.items):
        return len(sub.items)
    names = {bare for node in t.walk(sub) if isinstance(node, t.Name) and (bare := letter(node))}
    return 1 if names & letters else 0


def ranks(root: t.Node, letters: set[str]) -> dict[str, int]:
    """Ranks that the formula itself shows."""
    out: dict[str, int] = {}
    for sym in symbols_in(root):
        if has_slice(sym):
            note(out, safe(sym.base), len(slots_of(sym)))
            continue
        count = sum(has_bound(s, letters) for s in sym.subs)
        if count:
            labels = [flatten(s) for s in sym.subs if not has_bound(s, letters)]
            # What is transposed is no number: the elements of x in x_i^T are vectors.
            inner = is_transpose(sym.sup) and is_small_latin(sym.base)
            note(out, safe("_".join((sym.base, *labels))), count + inner)
        if not count and is_arrow(sym):
            note(out, sym.whole, 1)
        if not count and sym.sup is not None and is_transpose(sym.sup):
            note(out, sym.whole, 2 if is_capital(sym.base) else 1)
    for name in bold_factors(root):
        note(out, name, 1)
    for _ in range(2):
        chains(root, out)
    return out


def bold_factors(root: t.Node) -> Iterable[str]:
    r"""Small bold letters, and sums of them, on both sides of a dot: ``\mathbf{n} \cdot (\mathbf{p} - \mathbf{q})``."""
    for node in t.walk(root):
        if isinstance(node, t.Binary) and node.op == "cdot":
            left = node.left.items[-1] if isinstance(node.left, t.Juxt) else node.left
            right = node.right.items[0] if isinstance(node.right, t.Juxt) else node.right
            found = [_bold(left), _bold(right)]
            if all(found):
                yield from (name for names in found for name in names)


def _bold(node: t.Node) -> list[str]:
    """The symbols of a bold letter or a sum of such; nothing where there is another part."""
    if isinstance(node, t.Group):
        return _bold(node.body)
    if isinstance(node, t.Sum):
        found = [_bold(x) for x in node.terms]
        return [name for names in found for name in names] if all(found) else []
    sym = take_apart(node)
    head = next((x for x in t.walk(node) if isinstance(x, t.Name)), None)
    bold = sym is not None and sym.sup is None and head is not None and head.style == "bold"
    return [sym.whole] if sym is not None and bold and is_small_latin(sym.base) else []


def is_arrow(sym: Symbolic) -> bool:
    """A symbol under an arrow is a vector."""
    return "vec" in sym.base.split("_")[1:]


def slots_of(sym: Symbolic) -> tuple[t.Node, ...]:
    """The single subscripts of a symbol, letters set side by side included."""
    return tuple(x for s in sym.subs for x in (s.items if isinstance(s, t.Juxt) else (s,)))


def is_slice(sub: t.Node) -> bool:
    r"""``:`` or ``\cdot`` below a symbol, beside other indices, stands for every index."""
    return isinstance(sub, t.Name) and sub.base in ("colon", "cdot", "star", "bullet") and not sub.accents


def has_slice(sym: Symbolic) -> bool:
    """Whether a symbol carries a mark of a whole axis; alone, a star or a dot is a label: ``x_*``."""
    slots = slots_of(sym)
    return any(map(is_slice, slots)) and (len(slots) > 1 or flatten(slots[0]) == "colon")


def note(out: dict[str, int], name: str, rank: int) -> None:
    out[name] = max(out.get(name, 0), rank)


def chains(root: t.Node, out: dict[str, int]) -> None:
    """Products with a transposed, inverted or known matrix factor."""
    for node in t.walk(root):
        if isinstance(node, t.Scripted) and is_transpose(node.sup) and isinstance(node.base, t.Group):
            terms(node.base, 1, out)
        if isinstance(node, t.Juxt):
            chain(node.items, out)
        elif isinstance(node, t.Binary) and node.op == "cdot":
            chain((node.left, node.right), out)


def chain(items: tuple[t.Node, ...], out: dict[str, int]) -> None:
    matrixlike = [transposed(i) or inverted(i) or known_matrix(i, out) for i in items]
    if not any(matrixlike):
        return
    for k, item in enumerate(items):
        sym = take_apart(item)
        applied = sym is not None and sym.sup is None and k + 1 < len(items) and brackets_plain(items[k + 1])
        if sym is not None and not applied and not sym.subs_are_indices(out):
            if is_capital(sym.base):
                note(out, sym.whole, 2)
            elif is_small_latin(sym.base) and k and any(matrixlike[:k]) and sym.sup is None:
                note(out, sym.whole, 1)
        elif isinstance(item, t.Group) and k and any(matrixlike[:k]):
            terms(item, 1, out)


def brackets_plain(node: t.Node) -> bool:
    """A bracket around symbols only, as arguments of a function are."""
    if not isinstance(node, t.Group):
        return False
    body = node.body
    return all(take_apart(i) is not None for i in (body.items if isinstance(body, t.Separated) else (body,)))


def transposed(node: t.Node) -> bool:
    return isinstance(node, t.Scripted) and is_transpose(node.sup)


def inverted(node: t.Node) -> bool:
    """``A^{-1}`` of a capital letter."""
    sym = take_apart(node)
    if sym is None or sym.sup is None or not is_capital(sym.base):
        return False
    sup = sym.sup
    return isinstance(sup, t.Sum) and sup.signs == ("-",)


def known_matrix(node: t.Node, out: dict[str, int]) -> bool:
    sym = take_apart(node)
    return sym is not None and out.get(sym.whole, 0) == 2


def terms(group: t.Group, rank: int, out: dict[str, int]) -> None:
    """Bare small letters added inside a bracket that stands for a vector."""
    body = group.body
    for term in body.terms if isinstance(body, t.Sum) else (body,):
        sym = take_apart(term)
        if sym is not None and sym.sup is None and sym.whole not in out and not is_capital(sym.base):
            note(out, sym.whole, rank)


def differentiated_at(root: t.Node) -> set[str]:
    r"""Letters below what is differentiated by elements, and below these: i and j of ``∂f_i/∂x_j``."""
    out: set[str] = set()
    for node in t.walk(root):
        match node:
            case t.Frac(numerator=top, denominator=t.Juxt(items=items)) | t.Binary(
                op="/", left=top, right=t.Juxt(items=items)
            ):
                marks = [take_apart(x) for x in items[1::2] if letter(items[0]) in ("d", "partial")]
                below = {letter(n) for sym in marks if sym is not None for s in sym.subs for n in t.walk(s)}
                if any(below):
                    more = {letter(n) for sym in symbols_in(top) for s in sym.subs for n in t.walk(s)}
                    out |= {x for x in below | more if x is not None}
    return out


def own_letters(root: t.Node) -> set[str]:
    """Letters that an operator binds for sure: not the end ``t`` of a range ``s ≤ t``."""
    ends = {
        name for node in t.walk(root) if isinstance(node, t.Big) and isinstance(node.sub, t.Relation)
        and node.sub.ops[0] in ("<", "<=", "!=", ">", ">=") and not isinstance(node.sub.sides[0], t.Number)
        for side in node.sub.sides[1:] for name in index_names(side)
    }  # fmt: skip
    return bound_letters(root) - ends


def norms(root: t.Node, out: dict[str, int], letters: set[str]) -> None:
    """Small letters inside double bars stand for vectors, their indexed elements too."""
    for node in t.walk(root):
        if matrix_valued(node):
            for inner in symbols_in(node):
                if is_capital(inner.base) and not inner.subs:
                    note(out, inner.whole, 2)
        elif isinstance(node, t.Bars) and node.kind == "‖":
            body = node.body
            for term in body.terms if isinstance(body, t.Sum) else (body,):
                sym = take_apart(term)
                if sym is None or sym.sup is not None or is_capital(sym.base):
                    continue
                count = sum(has_bound(s, letters) for s in sym.subs)
                labels = [flatten(s) for s in sym.subs if not has_bound(s, letters)]
                note(out, safe("_".join((sym.base, *labels))), count + 1)


def matrix_valued(node: t.Node) -> bool:
    """What only a matrix can stand in: a Frobenius norm, a trace, a determinant."""
    if isinstance(node, t.Scripted) and isinstance(node.base, t.Bars):
        return isinstance(node.sub, t.Name) and node.sub.base == "F"
    return isinstance(node, t.Apply) and node.head in ("tr", "Tr", "det", "logdet")


def repeats(root: t.Node) -> set[str]:
    """Written lengths of vectors of ones and zeros: ``n`` of a bold ``1_n``."""
    symbols = (sym for sym in symbols_in(root) if sym.base in ("0", "1") and len(sym.subs) == 1)
    return {sub.whole for sym in symbols if (sub := take_apart(sym.subs[0])) is not None}


def bare_names(root: t.Node) -> frozenset[str]:
    """Names that occur as values, not followed by a bracket, nor as the law behind ∼."""
    out: set[str] = set()
    applied: set[int] = set()
    for node in t.walk(root):
        if isinstance(node, t.Relation) and node.ops == ("~",):
            law = node.sides[-1]
            applied.add(id(law))
            if isinstance(law, t.Scripted):
                applied.add(id(law.base))
        if isinstance(node, t.Juxt):
            for head, follower in zip(node.items, node.items[1:], strict=False):
                group = follower.base if isinstance(follower, t.Scripted) else follower
                if isinstance(group, t.Group):
                    applied.add(id(head))
                    if isinstance(head, t.Scripted):
                        applied.add(id(head.base))
        sym = take_apart(node)
        if sym is not None and id(node) not in applied:
            out.add(sym.whole)
    return frozenset(out)


__all__ = ["bare_names", "bound_letters", "norms", "ranks", "split_subs", "symbols_in", "upper_bounds"]
