"""Declarations: from a document's prose maths, a fenced block, or ``where=``.

One table, four spellings: ``$x, y \\in \\mathbb{R}^d$``, a fenced ``texjit`` block,
the ``where=`` argument (LaTeX or ASCII such as ``x, y in R^d; P in Delta^K``), and
Python records of ``context.Declared``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from .context import Declared, Refusal
from .domain import INTEGER, NONNEGATIVE, POSITIVE, REAL, SIMPLEX, SPD, Domain, interval_intersection
from .latex import tree as t
from .names import flatten, safe, take_apart
from .sized import sized
from .span import Span

#: Sets named by a blackboard or calligraphic letter, with what their decorations give.
NUMBERS = {"R": REAL, "Z": INTEGER, "N": Domain("integer", lo=Fraction(1)), "C": None}
MATRICES = {"++": SPD, "+": Domain("psd"), "": Domain("symmetric")}


def from_tree(node: t.Node) -> tuple[Declared, ...] | None:
    """What a formula declares, or ``None`` when it is no declaration."""
    match node:
        case t.Relation(sides=(names, members), ops=("in",)):
            axes, domain = set_of(members)
            return tuple(
                Declared(n, axes, domain, text=flatten(members), element=e) for n, e in _elements(names)
            )
        case t.Separated(items=(*_, t.Relation(sides=(_, result), ops=("to",))) as items, separators=separators):
            if ":" not in separators:
                return None
            heads = items[: separators.index(":") + 1]
            return tuple(Declared(n, set_of(result)[0], REAL, True) for x in heads for n in _names(x))
        case t.Relation(sides=sides, ops=ops) if all(op in ("<", ">", "<=", ">=") for op in ops):
            return _comparison(sides, ops)
        case _:
            return None


def _names(node: t.Node) -> tuple[str, ...]:
    return tuple(name for name, _ in _elements(node))


def _elements(node: t.Node) -> tuple[tuple[str, bool], ...]:
    """Declared names; a lone letter below a symbol (``β_t``) declares its elements too."""
    items = node.items if isinstance(node, t.Separated) else (node,)
    out: list[tuple[str, bool]] = []
    for item in items:
        sym = take_apart(item)
        if sym is None or sym.sup is not None:
            raise Refusal("E160", "a declaration names symbols", item.span, "write $x, y \\in \\mathbb{R}^d$")
        out.append((sym.whole, False))
        if len(sym.subs) == 1 and len(flatten(sym.subs[0])) == 1 and flatten(sym.subs[0]).isalpha():
            out.append((safe(sym.base), True))
    return tuple(out)


def set_of(node: t.Node) -> tuple[tuple[str, ...], Domain]:
    """Axes and domain of a written set."""
    match node:
        case t.Group(open=o, close=c, body=t.Separated(items=(lo, hi), separators=(",",))) if o in "([":
            return (), _interval(_end(lo), _end(hi), o == "(", c == ")")
        case t.Group(open="{", body=body):
            items = body.items if isinstance(body, t.Separated) else (body,)
            if any(isinstance(i, t.Dots) for i in items):
                return (), Domain("integer", lo=_end(items[0]), hi=_end(items[-1]))
            ends = [_end(i) for i in items]
            if any(e is None for e in ends):
                raise Refusal("E161", "a set of numbers is expected", node.span, "write the numbers out: \\{0, 1\\}")
            members = tuple(sorted(e for e in ends if e is not None))
            return (), Domain("finite", members[0], members[-1], members=members)
        case t.Binary(op="setminus", left=left, right=t.Group(open="{")):
            # A domain has no holes; where a formula has no value there, it says so itself.
            return set_of(left)
        case t.Scripted(base=t.Group() as base, sub=None, sup=t.Node() as sup):
            axes, domain = set_of(base)
            return (*axes, *_sizes(sup)), domain
        case t.Scripted(base=base, sub=sub, sup=sup):
            return _decorated(base, sub, sup, node)
        case t.Name():
            return _decorated(node, None, None, node)
        case _:
            raise Refusal("E161", "this set is not known", node.span,
                          "write \\mathbb{R}^d, \\Delta^K, \\mathbb{S}^d_{++}, (0,1) or \\{0,1\\}")


def _interval(lo: Fraction | None, hi: Fraction | None, lo_open: bool, hi_open: bool) -> Domain:
    """An interval; an infinite end is neither open nor closed."""
    return Domain("interval", lo, hi, lo_open and lo is not None, hi_open and hi is not None)


def _decorated(
    base: t.Node, sub: t.Node | None, sup: t.Node | None, node: t.Node
) -> tuple[tuple[str, ...], Domain]:
    head = base.base if isinstance(base, t.Name) else ""
    sign = _sign_text(sub)
    sizes = _sizes(sup)
    if head == "Delta":
        whole = _sizes(sup.terms[0]) if isinstance(sup, t.Sum) and sup.signs == ("+", "-") else sizes
        return tuple(whole[:1]) or ("K",), SIMPLEX
    if head in ("S",) and isinstance(base, t.Name) and base.style in ("bb", "cal", "scr"):
        sign = sign or _sign_text(sup)
        size = sizes[0] if sizes else "d"
        return (size, size), MATRICES.get(sign, MATRICES[""])
    if head in NUMBERS and NUMBERS[head] is not None:
        domain = NUMBERS[head] or REAL
        if sign in ("+", ">=0", ">= 0"):
            domain = interval_intersection(domain, NONNEGATIVE)
        elif sign in ("++", ">0"):
            domain = interval_intersection(domain, POSITIVE)
        return tuple(s for s in sizes if s not in ("+",)), domain
    raise Refusal("E161", "this set is not known", node.span,
                  "write \\mathbb{R}^d, \\Delta^K, \\mathbb{S}^d_{++}, (0,1) or \\{0,1\\}")


def _sign_text(node: t.Node | None) -> str:
    """``+``, ``++``, ``>0`` of a decoration."""
    if node is None:
        return ""
    words = [x.base for x in t.walk(node) if isinstance(x, t.Name)]
    plus = sum(w == "plus" for w in words)
    if plus:
        return "+" * plus
    if isinstance(node, t.Relation):
        return ">0" if ">" in node.ops else ">=0"
    return ""


def _sizes(sup: t.Node | None) -> list[str]:
    """Extents written as a superscript: ``m \\times n`` or ``d``; ``K-1`` of a simplex is K."""
    match sup:
        case None:
            return []
        case t.Binary(op="times", left=left, right=right):
            return [*_sizes(left), *_sizes(right)]
        case t.Sum(signs=("+", sign), terms=(head, t.Number(text=text))) if text.isdigit():
            name = _sizes(head)
            return [sized(n, int(text) * (-1 if sign == "-" else 1)) for n in name]
        case t.Name(base="plus"):
            return []
        case t.Number(text=text):
            return [text]
        case _:
            return [safe(flatten(sup))]


def _end(node: t.Node) -> Fraction | None:
    """A number, or ``None`` for an infinite end."""
    match node:
        case t.Number(text=text):
            return Fraction(text)
        case t.Sum(signs=("+",), terms=(inner,)):
            return _end(inner)
        case t.Sum(signs=("-",), terms=(inner,)):
            value = _end(inner)
            return None if value is None else -value
        case t.Frac(numerator=a, denominator=b):
            top, bottom = _end(a), _end(b)
            return None if top is None or not bottom else top / bottom
        case t.Name(base="infty"):
            return None
        case t.Name() | t.Scripted():
            return None
        case _:
            raise Refusal("E162", "the end of an interval must be a number", node.span,
                          "write a number or \\infty, or give the end a name: [c, 1]")


def _comparison(sides: tuple[t.Node, ...], ops: tuple[str, ...]) -> tuple[Declared, ...] | None:
    """``a, b > 0`` and ``0 < p < 1``."""
    numeric = [_is_number(s) for s in sides]
    if sum(not n for n in numeric) != 1:
        return None
    k = numeric.index(False)
    domain = REAL
    for j, op in enumerate(ops):
        if j not in (k - 1, k):
            continue
        value = _end(sides[j + 1] if j == k else sides[j])
        below = (op in (">", ">=")) == (j == k)
        open_end = op in ("<", ">")
        half = Domain(lo=value, lo_open=open_end) if below else Domain(hi=value, hi_open=open_end)
        domain = interval_intersection(domain, half)
    return tuple(Declared(n, (), domain, element=True) for n in _names(sides[k]))


def _is_number(node: t.Node) -> bool:
    try:
        return not isinstance(node, t.Scripted | t.Name | t.Separated) and _end(node) is not None
    except Refusal:
        return False


def from_ascii(text: str) -> tuple[Declared, ...]:
    """``x, y in R^d; Sigma in S++^d; a > 0; k : R^d, R^d -> R``.

    Raises ``Refusal`` with a span into ``text``.
    """
    out: list[Declared] = []
    at = 0
    for part in re.split(r"[;\n]", text):
        stripped = part.strip()
        span = Span(at + len(part) - len(part.lstrip()), at + len(part.rstrip()))
        at += len(part) + 1
        if not stripped or stripped.startswith("#"):
            continue
        out.extend(_ascii_clause(stripped, span))
    own = {d.name for d in out}
    for d in tuple(out):
        base, _, i = d.name.rpartition("_")
        if base and base not in own and len(i) == 1 and i.isalpha() and not d.function:
            out.append(replace(d, name=base, element=True))  # as `_elements` has it
    return tuple(out)


NAME = r"[A-Za-z_]\w*"
NAMES = rf"({NAME}(?:\s*,\s*{NAME})*)"
NUMBER = r"[+-]?(?:\d+(?:\.\d+)?(?:/\d+)?|inf|oo)"


def _ascii_clause(text: str, span: Span) -> list[Declared]:
    if m := re.fullmatch(rf"{NAMES}\s*:\s*(.+?)\s*->\s*(.+)", text):
        axes, _ = _ascii_set(m[3].strip(), span)
        return [Declared(n, axes, REAL, True, text) for n in _split(m[1])]
    if m := re.fullmatch(rf"{NAMES}\s+in\s+(.+)", text):
        axes, domain = _ascii_set(m[2].strip(), span)
        return [Declared(n, axes, domain, text=text) for n in _split(m[1])]
    if m := re.fullmatch(rf"{NAMES}\s*(<=?|>=?)\s*({NUMBER})", text):
        half = _half(m[2], _number(m[3]))
        return [Declared(n, (), half, text=text, element=True) for n in _split(m[1])]
    if m := re.fullmatch(rf"({NUMBER})\s*(<=?)\s*{NAMES}\s*(<=?)\s*({NUMBER})", text):
        domain = interval_intersection(
            _half(">" + m[2][1:], _number(m[1])), _half(m[4], _number(m[5]))
        )
        return [Declared(n, (), domain, text=text, element=True) for n in _split(m[3])]
    raise Refusal("E163", "this declaration is not understood", span,
                  "write e.g. 'x, y in R^d', 'P in Delta^K', 'a > 0' or 'k : R^d, R^d -> R'")


def _split(names: str) -> list[str]:
    return [safe(n.strip()) for n in names.split(",")]


def _half(op: str, value: Fraction | None) -> Domain:
    if op[0] == ">":
        return Domain(lo=value, lo_open=op == ">")
    return Domain(hi=value, hi_open=op == "<")


def _number(text: str) -> Fraction | None:
    return None if text.strip("+-") in ("inf", "oo") else Fraction(text)


def _ascii_size(text: str) -> str:
    if m := re.fullmatch(rf"({NAME})\s*([+-])\s*(\d+)", text.strip()):
        return sized(safe(m[1]), int(m[2] + m[3]))
    return text.strip() if text.strip().isdigit() else safe(text)


def _ascii_sizes(text: str) -> tuple[str, ...]:
    sizes = re.split(r"\s*(?:\bx\b|\*|(?<=\w)x(?=\w))\s*", text) if text else []
    return tuple(map(_ascii_size, sizes))


def _ascii_set(text: str, span: Span) -> tuple[tuple[str, ...], Domain]:
    size = rf"(?:{NAME}(?:\s*[+-]\s*\d+)?|\d+)"
    if m := re.fullmatch(rf"([\[({{].*[\])}}])\^\(?\{{?({size}(?:\s*[x*]\s*{size})*)\}}?\)?", text):
        axes, domain = _ascii_set(m[1], span)
        return (*axes, *_ascii_sizes(m[2])), domain
    if m := re.fullmatch(rf"(R|Z|N)(\+\+|\+|>=?0)?(?:\^\(?\{{?({size}(?:\s*[x*]\s*{size})*)\}}?\)?)?", text):
        domain = NUMBERS[m[1]] or REAL
        if m[2] in ("+", ">=0"):
            domain = interval_intersection(domain, NONNEGATIVE)
        elif m[2]:
            domain = interval_intersection(domain, POSITIVE)
        return _ascii_sizes(m[3] or ""), domain
    if m := re.fullmatch(rf"Delta(?:\^\(?\{{?({NAME})(?:\s*-\s*1)?\}}?\)?)?", text):
        return (safe(m[1] or "K"),), SIMPLEX
    if m := re.fullmatch(rf"S(\+\+|\+)?(?:\^\(?\{{?({NAME})\}}?\)?)?", text):
        return (safe(m[2] or "d"),) * 2, MATRICES[m[1] or ""]
    if m := re.fullmatch(rf"([\[(])\s*({NUMBER})\s*,\s*({NUMBER})\s*([\])])", text):
        return (), _interval(_number(m[2]), _number(m[3]), m[1] == "(", m[4] == ")")
    if m := re.fullmatch(rf"\{{\s*({NUMBER}(?:\s*,\s*{NUMBER})*)\s*\}}", text):
        members = tuple(sorted(Fraction(x) for x in m[1].split(",")))
        return (), Domain("finite", members[0], members[-1], members=members)
    raise Refusal("E161", f"the set '{text}' is not known", span,
                  "write R, R^d, R^{m x n}, Delta^K, S++^d, (0,1), {0,1}, Z or N")
