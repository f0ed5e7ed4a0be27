"""From surface trees to typed values in index form.

One function per kind of node; what a symbol or an adjacency means is decided here,
by type, and every choice that was not forced is noted as an assumption.
"""

from __future__ import annotations

import sympy
from sympy import Expr, Rational

from . import algebra as al
from . import heads
from .adjacency import bracket, juxt, multiply, pieces, plain, promote_against, promote_product, spine
from .asked import (
    note_dot_of_numbers,
    note_number_beside_vector,
    refuse_dot_with_image,
    refuse_number_in_step,
    refuse_open_brackets,
    refuse_open_dot,
)
from .bigop import big
from .calls import binomial, function
from .conditions import cases, indicated, indicator
from .context import Context, Promote, Refusal
from .couplings import root_of_least_cost
from .differentials import fraction, refuse_open_operator
from .evidence import is_capital
from .gradients import gradient, matrix_of, of_formula
from .latex import tree as t
from .latex.printer import to_latex
from .matrices import cross, frobenius, matrix, repeated
from .names import Symbolic, letter, take_apart
from .norms import bars, norm_with_order
from .placed import at_point, held_of
from .powers import defined_power, quotient, refuse_derivative, refuse_imaginary, root, superscript
from .regions import extended
from .scripts import part_of_symbol, scripted_group
from .slots import slot
from .symbols import symbol
from .values import ShapeMismatch, Value, describe, dot, elementwise, scalar
from .written import derivative

#: What stands for operators that are read but have no meaning yet.
INSTEAD = {
    "otimes": "write K_{ikjl} = A_{ij} B_{kl} for the elements, B X A^T for (A \\otimes B) \\operatorname{vec}(X), "
              "x y^T for the outer product of vectors",
    "oplus": "write + for a sum",
}


def elaborate(node: t.Node, ctx: Context) -> Value:
    """The value of a formula part.

    Raises ``Refusal`` or ``ShapeMismatch`` at the node at fault, and ``Promote``
    when a symbol must have more axes than it was given.
    """
    match node:
        case t.Number(text=text):
            return scalar(Rational(text))
        case t.Name() | t.Scripted():
            return scripted(node, ctx)
        case t.Group(open=o, body=body):
            return group(node, o, body, ctx)
        case t.Juxt(items=items):
            return juxt(items, ctx, node.span, elaborate)
        case t.Sum():
            return signed_sum(node, ctx)
        case t.Binary():
            return binary(node, ctx)
        case t.Frac(numerator=a, denominator=b):
            if (w := fraction(a, b, ctx)) is not None:
                return derivative(w, node, ctx, elaborate)
            refuse_derivative(a, b, ctx)
            return quotient(elaborate(a, ctx), elaborate(b, ctx), ctx, node)
        case t.Root(body=body, degree=degree):
            least = root_of_least_cost(node, ctx, elaborate)
            return root(node, body, degree, ctx, elaborate) if least is None else least
        case t.Apply():
            return function(node, ctx, elaborate)
        case t.Big():
            return big(node, ctx, elaborate)
        case t.Bars():
            return bars(node, ctx, elaborate)
        case t.Postfix(op="!", body=body):
            if isinstance(body, t.Postfix):
                raise Refusal("E123", "a double factorial is not supported", node.span,
                              "write (n!)! for the factorial of a factorial, or the product \\prod_{k=1}^{m} (2k - 1)",
                              unsupported=True)
            v = elaborate(body, ctx)
            return elementwise(lambda x: al.apply(sympy.gamma, al.add(x, al.ONE)), (v,), node.span)
        case t.Binomial(top=top, bottom=bottom):
            values = (elaborate(top, ctx), elaborate(bottom, ctx))
            return elementwise(binomial, values, node.span)
        case t.Matrix():
            return matrix(node, ctx, elaborate)
        case t.Cases():
            return cases(node, ctx, elaborate)
        case t.Labelled(body=body):
            return elaborate(body, ctx)
        case t.Dots():
            raise Refusal("E155", "the dots leave open what they stand for", node.span,
                          "write the sum or product: \\sum_{i=1}^{n} a_i, \\prod_{i=1}^{n} a_i")
        case t.Separated():
            raise Refusal("E117", "a list has no value here", node.span,
                          "write 1{,}000 for a grouped number; put each formula on a line of its own")
        case t.Nabla(body=t.Juxt(items=(_, _, _, *_))):
            return juxt((node,), ctx, node.span, elaborate)
        case t.Nabla():
            found = of_formula(node, ctx, elaborate)
            given = slot_gradient(node, ctx) if found is None else found
            return gradient(node, ctx, elaborate) if given is None else given
        case t.Relation():
            condition = to_latex(node)
            raise Refusal(
                "E191", "a comparison stands where a value is expected", node.span,
                f"write where the formula holds behind a wide space: …, \\quad {condition}; "
                f"or a factor of 0 or 1: \\mathbb{{1}}[{condition}]",
            )
        case _:
            raise Refusal(
                "E191", f"'{to_latex(node).strip()}' has no meaning as a value here", node.span,
                "give what it stands for a name of its own, and hand its value over", unsupported=True,
            )


def slot_gradient(node: t.Nabla, ctx: Context) -> Value | None:
    """∇ of a black-box function: a value that the caller's function supplies."""
    body = node.body
    if not isinstance(body, t.Juxt) or len(body.items) != 2 or node.sup is not None:
        return None
    sym, argument = take_apart(body.items[0]), bracket(body.items[1])
    if sym is None or argument is None or ctx.known.functions(sym.whole) is not None:
        return None
    items = argument.body.items if isinstance(argument.body, t.Separated) else (argument.body,)
    if len(items) > 1 and node.sub is not None:
        return None
    return slot(sym.whole, sym, items, ctx, "gradient") if all(plain(i) for i in items) else None


def scripted(node: t.Node, ctx: Context) -> Value:
    """A symbol or a scripted part: indices first, then the superscript."""
    if (condition := indicated(node, None)) is not None:
        return indicator(condition, ctx, elaborate)
    sym = take_apart(node)
    if sym is None:
        assert isinstance(node, t.Scripted)
        for read in (at_point, held_of, matrix_of, root_of_least_cost):
            if (v := read(node, ctx, elaborate)) is not None:
                return v
        if node.sub is not None and isinstance(node.base, t.Bars):
            return superscript(norm_with_order(node, ctx, elaborate), node.sup, node, ctx, elaborate)
        base = elaborate(node.base, ctx) if node.sub is None else scripted_group(node, ctx, elaborate)
        return superscript(base, node.sup, node, ctx, elaborate)
    if (v := repeated(node, ctx)) is not None:
        return superscript(v, sym.sup, node, ctx, elaborate)
    if (v := part_of_symbol(sym, node, ctx)) is not None:
        return v
    if sym.base.endswith("_dagger") and not ctx.known.declared.get(sym.whole) and sym.whole not in ctx.arguments:
        refuse_dagger(sym, node, ctx)
    euler = sym.base == "e" and not sym.subs and sym.sup is not None and _is_euler(ctx)
    if euler and sym.sup is not None and not _is_defined_e(sym.sup, ctx):
        refuse_imaginary(sym.sup, ctx)
        if isinstance(sym.sup, t.Number):
            ctx.assume("e is Euler's number; declare e in R where it is another one")
        exponent = elaborate(sym.sup, ctx)
        if exponent.rank == 2:
            raise Refusal("E124", "'e' to the power of a matrix is ambiguous", node.span,
                          "index the elements: e^{A_{ij}}; a matrix exponential is not there yet")
        return elementwise(_exp, (exponent,), node.span)
    refuse_combinations(sym, node, ctx)
    if sym.base in ("Sigma", "Pi") and any(isinstance(x, t.Relation) for x in sym.subs):
        word = {"Sigma": "sum", "Pi": "prod"}[sym.base]
        raise Refusal("E142", f"the letter {sym.base} carries a range as an operator does", node.span,
                      f"write \\{word} for the operator")
    if sym.sup is not None and (v := defined_power(sym, ctx, node)) is not None:
        return v
    return superscript(symbol(sym, ctx), sym.sup, node, ctx, elaborate)


def refuse_combinations(sym: Symbolic, node: t.Node, ctx: Context) -> None:
    """``C_n^k`` of two arguments, or of two numbers, counts choices for many authors."""
    if sym.base not in ("C", "P") or len(sym.subs) != 1 or sym.sup is None or sym.whole in ctx.known.declared:
        return
    parts = (sym.subs[0], sym.sup)
    numbers = all(isinstance(x, t.Number) for x in parts)
    letters = all(letter(x) in ctx.arguments for x in parts)
    if (numbers or letters) and "C" not in ctx.known.declared and ctx.known.symbols(sym.whole) is None:
        n, k = (to_latex(x).strip() for x in parts)
        raise Refusal("E114", f"{to_latex(node).strip()} may be a number of choices or a power", node.span,
                      f"write \\binom{{{n}}}{{{k}}}, or {sym.base}_{{\\text{{{n}}}}}^{{{k}}} for the power")


def refuse_dagger(sym: Symbolic, node: t.Node, ctx: Context) -> None:
    """``A^\\dagger`` is a transpose for some and a pseudo-inverse for others."""
    if ctx.known.symbols(sym.whole) is None:
        base = sym.base.removesuffix("_dagger")
        raise Refusal("E115", f"{base} with a dagger may be its transpose or its pseudo-inverse", node.span,
                      f"write {base}^T, or ({base}^T {base})^{{-1}} {base}^T")


def _exp(x: Expr) -> Expr:
    return al.apply(sympy.exp, x)


def _is_euler(ctx: Context) -> bool:
    return not ({"e"} & {*ctx.params, *ctx.arguments, *ctx.known.declared, *ctx.bindings, *ctx.integrated})


def _is_defined_e(power: t.Node, ctx: Context) -> bool:
    """Whether ``e^2`` is the square of an e that the document defines; with a letter above, e is Euler's number."""
    return isinstance(power, t.Number) and ctx.known.symbols("e") is not None


def group(node: t.Node, opening: str, body: t.Node, ctx: Context) -> Value:
    if opening in ("⌊", "⌈"):
        head = sympy.floor if opening == "⌊" else sympy.ceiling
        return elementwise(lambda x: al.apply(head, x), (elaborate(body, ctx),), node.span)
    if isinstance(body, t.Relation) and opening == "[":
        return indicator(body, ctx, elaborate)
    if isinstance(body, t.Separated):
        if opening == "⟨" and len(body.items) == 2:
            a, b = (elaborate(i, ctx) for i in body.items)
            for part, v in zip(body.items, (a, b), strict=True):
                first = v if v.rank or v.symbol else elaborate(spine(part), ctx)
                if first.symbol and not first.rank and not (v.rank or v.symbol):
                    raise Promote(first.symbol, first.depth + 1, "an inner product")
            return inner(a, b, node, ctx)
        raise Refusal("E117", "a list in brackets has no value here", node.span,
                      "write \\langle a, b \\rangle for an inner product, A B - B A for a commutator")
    refuse_open_brackets(node)
    return elaborate(body, ctx)


def inner(a: Value, b: Value, node: t.Node, ctx: Context) -> Value:
    """⟨a, b⟩ of numbers or vectors."""
    if a.rank == b.rank == 0:
        for v in (a, b):
            if v.symbol:
                raise Promote(v.symbol, v.depth + 1, "an inner product")
            if isinstance(at := v.at(), sympy.Symbol) and at.name in ctx.slots:
                raise Refusal("E137", f"the value {at.name} is a number here, and may be meant as a vector", node.span,
                              "write its value as a vector of its own, and declare that")
        return elementwise(al.mul, (a, b), node.span)
    if a.rank == b.rank == 1:
        return dot(a, b, ctx.indices, node.span)
    if a.rank == b.rank == 2:
        return frobenius(a, b, ctx, node.span)
    promote_against(a, b, "an inner product")
    promote_against(b, a, "an inner product")
    raise ShapeMismatch(f"an inner product of {describe(a)} and {describe(b)}", node.span)


def signed_sum(node: t.Sum, ctx: Context) -> Value:
    for term in node.terms:
        if isinstance(term, t.Binary) and term.op == "mod" and len(node.terms) > 1:
            refuse_open_mod(node, term)
    if (whole := extended(node, ctx.known)) is not None:
        return signed_sum(whole, ctx)
    values = [elaborate(term, ctx) for term in node.terms]
    ranks = {v.rank for v in values}
    if len(ranks) > 1:
        array = max(values, key=lambda v: v.rank)
        if array.rank == 2:
            refuse_number_beside_matrix(node, values, ctx)
        for term, v in zip(node.terms, values, strict=True):
            promote_against(v, array, "it is added to a vector element by element")
            if array.rank == 1 and not v.rank:
                promote_product(term, ctx, elaborate)
                promote_slot(v, ctx)
                refuse_number_in_step(term, ctx)
                note_number_beside_vector(term, ctx)
    signs = tuple(node.signs)

    def total(*xs: Expr) -> Expr:
        return al.add(*(al.neg(x) if s == "-" else x for s, x in zip(signs, xs, strict=True)))

    if not values:
        raise Refusal("E119", "an empty sum", node.span)
    return elementwise(total, tuple(values), node.span)


def promote_slot(v: Value, ctx: Context) -> None:
    """``x - D(z)`` of a vector: the black-box function gives a vector as well."""
    e = v.at()
    name = e.name if isinstance(e, sympy.Symbol) else e.base.name if isinstance(e, sympy.Indexed) else ""
    if name in ctx.slots and ctx.slots[name].kind != "member":
        raise Promote(name, 1, "it is added to a vector")


def refuse_number_beside_matrix(node: t.Sum, values: list[Value], ctx: Context) -> None:
    """``A + λ`` has no meaning; ``A + λ I`` takes an undeclared ``I`` as the identity."""
    for term, v in zip(node.terms, values, strict=True):
        if v.rank or (v.symbol and is_capital(v.symbol) and v.symbol != "I"):
            continue
        free = "I" not in ctx.known.declared and "I" not in ctx.arguments and ctx.ranks.get("I", 0) == 0
        if free and any(isinstance(x, t.Name) and x.base == "I" and not x.accents for x in t.walk(term)):
            raise Promote("I", 2, "it is added to a matrix")
        raise ShapeMismatch("a number is added to a matrix", term.span,
                            "write \\lambda I for a multiple of the identity")


def binary(node: t.Binary, ctx: Context) -> Value:
    if node.op == "/" and (w := fraction(node.left, node.right, ctx)) is not None:
        return derivative(w, node, ctx, elaborate)
    refuse_open_operator(node.left, node.right, node.op, ctx)
    if node.op == "/" and isinstance(node.right, t.Juxt):
        refuse_slash(node, node.right, ctx)
    for side in (node.left, node.right):
        if isinstance(side, t.Binary) and side.op == "mod":
            refuse_open_mod(node, side)
    a, b = elaborate(node.left, ctx), elaborate(node.right, ctx)
    match node.op:
        case "mod":
            ctx.assume("a mod m is a - m ⌊a / m⌋")
            return elementwise(_mod, (a, b), node.span)
        case "cdot" | "times" | "ast":
            if node.op == "cdot":
                refuse_open_dot(a, b, node)
                note_dot_of_numbers(a, b, node, ctx)
                promote_against(a, b, "it multiplies a vector element by element")
                promote_against(b, a, "it multiplies a vector element by element")
            if node.op == "cdot" and a.rank == b.rank == 1 and a.row == b.row:
                if node_is_promoted(a, ctx) or node_is_promoted(b, ctx):
                    return elementwise(al.mul, (a, b), node.span)
                refuse_dot_with_image(node, ctx)
                ctx.assume("a dot between two vectors is their inner product")
                return dot(a, b, ctx.indices, node.span)
            if node.op == "times" and a.rank and b.rank:
                if (v := cross(a, b, ctx, node.span)) is not None:
                    return v
                raise Refusal("E120", "a product × of arrays is read for vectors of three elements only", node.span,
                              "declare both, e.g. $a, b \\in \\mathbb{R}^3$, or write \\odot or A B", unsupported=True)
            return multiply(a, b, ctx, node.span)
        case "odot" | "circ":
            promote_against(a, b, "it multiplies a vector element by element")
            promote_against(b, a, "it multiplies a vector element by element")
            return elementwise(al.mul, (a, b), node.span)
        case "/" | "div":
            return quotient(a, b, ctx, node)
        case op:
            raise Refusal("E121", f"the operator '{op}' is not supported", node.span,
                          INSTEAD.get(op, "write it with +, -, \\cdot, / or \\odot"), unsupported=True)


def _mod(x: Expr, m: Expr) -> Expr:
    return al.add(x, al.neg(al.mul(m, al.apply(sympy.floor, al.divide(x, m)))))


def refuse_open_mod(whole: t.Node, part: t.Binary) -> None:
    r"""``a + b \bmod m`` is often meant for all of the sum."""
    raise Refusal("E139", "what \\bmod applies to is open", whole.span,
                  f"write \\left({to_latex(part).strip()}\\right), or put all that is meant in brackets before \\bmod")


def refuse_slash(node: t.Binary, right: t.Juxt, ctx: Context) -> None:
    """``a/bc`` is read by some as ``a/(bc)``, by others as ``(a/b)c``."""
    found = pieces(right.items, ctx, elaborate)
    if len(found) == 1:
        return
    first, rest = (" ".join(to_latex(x) for x in part) for part in (found[0][1], right.items[len(found[0][1]):]))
    top = to_latex(node.left)
    raise Refusal("E139", "what follows '/' may belong below the line or beside it", node.span,
                  f"write \\frac{{{top}}}{{{first} {rest}}} or \\frac{{{top}}}{{{first}}} {rest}")


def node_is_promoted(v: Value, ctx: Context) -> bool:
    """Whether a value is a symbol that took its axis from what it multiplies."""
    if v.rank != 1:
        return False
    e = v.at(heads.index("_0"))
    return isinstance(e, sympy.Indexed) and e.base.label.name in ctx.elementwise
