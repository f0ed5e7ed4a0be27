"""Powers, transposes, inverses, roots and quotients."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, Integer

from . import algebra as al
from . import heads
from .context import Context, Refusal
from .evidence import has_slice, index_names
from .latex import tree as t
from .latex.printer import to_latex
from .latex.tables import LONE
from .names import Symbolic, flatten, is_transpose, safe, take_apart
from .norms import matrix_name
from .products import ratio
from .subscripts import components
from .symbols import element, variable
from .values import Value, describe, elementwise, matmul, scalar, transpose, unify

Elaborate = Callable[[t.Node, Context], Value]

#: Signs below or above a part that is cut off at zero.
PARTS = ("plus", "minus")


def defined_power(sym: Symbolic, ctx: Context, node: t.Node) -> Value | None:
    r"""``\sigma^2`` where a definition ``\sigma^2 = …`` is in scope; even powers go through it."""
    sup = sym.sup
    if not (isinstance(sup, t.Number) and sup.text.isdigit() and int(sup.text) % 2 == 0) or has_slice(sym):
        return None
    positions, labels = components(sym, ctx) if sym.subs else ((), ())
    base = safe("_".join((sym.base, *map(flatten, labels))))
    name = f"{base}_squared"
    if base in ctx.shadow:
        return None
    if (base in ctx.arguments or base in ctx.bindings) and name not in ctx.arguments:
        return None  # the square of this very letter, whatever is defined elsewhere
    if name not in ctx.arguments and name not in ctx.params:
        if (eq := ctx.known.symbols(name)) is None or len(eq.outputs[0].axes) < len(positions):
            return None
    v = variable(name, node, ctx)
    if positions:
        v = element(name, v, positions, sym, ctx)
    half = Integer(int(sup.text) // 2)
    return elementwise(lambda x: al.power(x, half), (v,), node.span)


def is_sign(script: t.Node | None) -> bool:
    """Whether a script is a lone plus or minus."""
    return isinstance(script, t.Name) and script.base in PARTS and not script.accents


def positive_part(v: Value, sign: t.Node, node: t.Node, ctx: Context) -> Value:
    r"""``(x - K)^+``, ``[x]_+``: what is above zero of it; ``(x)^-`` has two readings."""
    assert isinstance(sign, t.Name)
    whole = to_latex(node).strip()
    if v.rank == 2:
        raise Refusal("E115", "a matrix with a plus or minus above may be a pseudo-inverse or a part of its elements",
                      node.span, "write (A^T A)^{-1} A^T, or \\max(0, A_{ij}) for the elements")
    if sign.base == "minus":
        inner = _inside(node)
        raise Refusal("E164", f"'{whole}' may be the negative part with either sign", node.span,
                      f"write \\max(0, -({inner})) or \\min(0, {inner})")
    ctx.assume(f"{whole} is max(0, …)")
    return elementwise(_cut, (v,), node.span)


def _cut(x: Expr) -> Expr:
    return al.apply(sympy.Max, al.ZERO, x)


def _inside(node: t.Node) -> str:
    base = node.base if isinstance(node, t.Scripted) else node
    return to_latex(base.body if isinstance(base, t.Group) else base).strip()


def superscript(v: Value, sup: t.Node | None, node: t.Node, ctx: Context, elaborate: Elaborate) -> Value:
    """Transposes, inverses and powers."""
    if sup is None:
        return v
    if isinstance(sup, t.Group):
        raise Refusal("E114", "a bracketed superscript on an expression has no meaning", sup.span,
                      "write it as an index below a symbol")
    if is_sign(sup):
        return positive_part(v, sup, node, ctx)
    if isinstance(sup, t.Name) and sup.base in LONE.values() and not sup.accents and sup.base not in ctx.known.declared:
        raise Refusal("E114", "an operator alone above an expression has no meaning", sup.span,
                      "give the expression a name, and write the mark on the name")
    if is_transpose(sup):
        refuse_transposed_number(v, node, ctx)
        refuse_transposed_capitals(v, node, ctx, elaborate)
        return transpose(v, node.span)
    minus_t = minus(sup)
    if minus_t is not None and is_transpose(minus_t):
        return transpose(inverse(v, node, ctx), node.span)
    if isinstance(minus_t, t.Number) and minus_t.text == "1" and v.rank == 2:
        return inverse(v, node, ctx)
    if v.rank == 2:
        if ctx.compares and isinstance(sup, t.Number) and sup.text in ("2", "3", "4"):
            return matrix_power(v, int(sup.text), ctx, node)
        raise Refusal(
            "E115", "a power of a matrix is ambiguous", node.span,
            "write the product out, or use \\odot for element-wise powers",
        )
    if isinstance(sup, t.Name) and sup.base == "H" and sup.style in ("rm", "sf"):
        raise Refusal("E115", "an upright H above is the conjugate transpose, and complex numbers are not there yet",
                      node.span, "write ^\\top for the transpose of real numbers", unsupported=True)
    exponent = elaborate(sup, ctx)
    if exponent.rank:
        raise Refusal("E116", f"the exponent is {describe(exponent)}", sup.span,
                      "index the elements: x^{a_i}")
    if v.rank == 1:
        ctx.assume("a power of a vector is taken element by element")
    integral = _is_integer_number(sup)
    if not integral:
        ctx.require("nonnegative", v)
    elif minus(sup) is not None:
        ctx.require("nonzero", v)
    return elementwise(al.power, (v, exponent), node.span)


def refuse_transposed_number(v: Value, node: t.Node, ctx: Context) -> None:
    """An element that is transposed is no number; undeclared, it may be a vector or a matrix."""
    sym = take_apart(node)
    if v.rank or sym is None or not sym.subs or safe(sym.base) in ctx.known.declared:
        return
    raise Refusal("E137", f"{sym.base} carries an index and is transposed: its elements may be vectors or matrices",
                  node.span, f"declare it: ${sym.base} \\in \\mathbb{{R}}^{{n \\times d}}$")


def refuse_transposed_capitals(v: Value, node: t.Node, ctx: Context, elaborate: Elaborate) -> None:
    """``(A - B)^T`` of letters that nothing declares: numbers are not transposed."""
    body = node.base.body if isinstance(node, t.Scripted) and isinstance(node.base, t.Group) else None
    if v.rank or not isinstance(body, t.Sum):
        return
    free = [x.symbol for x in (elaborate(term, ctx) for term in body.terms) if x.symbol and not x.rank]
    if free:
        raise Refusal("E137", f"a bracket of numbers is transposed: {free[0]} may be a vector or a matrix", node.span,
                      f"declare it: ${free[0]} \\in \\mathbb{{R}}^{{n}}$ or ${free[0]} \\in "
                      "\\mathbb{R}^{m \\times n}$")


def minus(sup: t.Node) -> t.Node | None:
    """``x`` of a superscript ``-x``."""
    if isinstance(sup, t.Sum) and sup.signs == ("-",):
        return sup.terms[0]
    return None


def _is_integer_number(sup: t.Node) -> bool:
    inner = minus(sup) or sup
    return isinstance(inner, t.Number) and inner.text.isdigit()


def inverse(v: Value, node: t.Node, ctx: Context) -> Value:
    """Elements of the inverse of a matrix; an expression is kept as a let first."""
    if v.rank != 2:
        return quotient(scalar(al.ONE), v, ctx, node)
    unify(v.axes[0], v.axes[1], node.span)
    name = matrix_name(v, ctx)
    base = heads.parameter(name)
    return Value(v.axes, lambda i, j: heads.InverseElement(base, i, j, evaluate=False))


def quotient(a: Value, b: Value, ctx: Context, node: t.Node) -> Value:
    if b.rank == 2:
        raise Refusal("E122", "division by a matrix", node.span, "write the inverse as a factor: A^{-1} b")
    if (v := ratio(a, b)) is not None:
        return v
    ctx.require("nonzero", b)
    return elementwise(al.divide, (a, b), node.span)


def refuse_derivative(a: t.Node, b: t.Node, ctx: Context) -> None:
    """``dy/dx`` is no quotient of products."""
    top, bottom = (x.items[0] if isinstance(x, t.Juxt) else x for x in (a, b))
    head = take_apart(bottom)
    if not isinstance(b, t.Juxt) or head is None or head.base not in ("d", "partial") or head.subs:
        return
    above = take_apart(top)
    if above is not None and above.base == head.base and not {"d"} & {*ctx.arguments, *ctx.known.declared}:
        raise Refusal("E190", "a written derivative is not supported here", a.span | b.span,
                      "write the derivative in closed form, or as a symbol of its own: \\dot{x}", unsupported=True)


def root(node: t.Node, body: t.Node, degree: t.Node | None, ctx: Context, elaborate: Elaborate) -> Value:
    v = elaborate(body, ctx)
    if v.rank == 2:
        raise Refusal("E124", "the root of a matrix is ambiguous", node.span,
                      "index the elements: \\sqrt{A_{ij}}; a matrix root is not there yet")
    ctx.require("nonnegative", v)
    if degree is None:
        return elementwise(al.sqrt, (v,), node.span)
    n = elaborate(degree, ctx)
    return elementwise(lambda x, d: al.power(x, al.divide(al.ONE, d)), (v, n), node.span)


def refuse_imaginary(exponent: t.Node, ctx: Context) -> None:
    """``e^{i x}`` is complex where nothing says that ``i`` is a number."""
    stack = [(exponent, frozenset((*ctx.bindings, *ctx.arguments, *ctx.known.declared, *ctx.uppers)))]
    while stack:
        node, known = stack.pop()
        if isinstance(node, t.Big) and node.sub is not None:
            known = known.union(index_names(node.sub))
        sym = take_apart(node)
        if sym is None:
            below = node.sub if isinstance(node, t.Scripted) else None
            stack += [(x, known) for x in node.children() if x is not below]
        elif sym.sup is not None:
            stack.append((sym.sup, known))
        if sym is not None and sym.base in ("i", "j", "imath", "jmath") and not sym.subs and sym.base not in known:
            raise Refusal("E135", f"{sym.base} may be the imaginary unit, and complex numbers are not there yet",
                          node.span, f"write cosines and sines, or declare it: ${sym.base} \\in \\mathbb{{R}}$",
                          unsupported=True)


def matrix_power(v: Value, n: int, ctx: Context, node: t.Node) -> Value:
    """``A^2`` of a claim: identities of matrices are about their products."""
    ctx.assume(f"{to_latex(node).strip()} is a product of matrices")
    out = v
    for _ in range(n - 1):
        out = matmul(out, v, ctx.indices, node.span)
    return out
