"""Kernels of equations that are declared in SymPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..equations.diagnostic import Diagnostic, InvalidEquation, Unsupported
from ..equations.span import Source
from .card import make_card
from .kernel import Kernel
from .library import Library, compile, declared

if TYPE_CHECKING:
    from ..equations.from_sympy import Declaration


def define(name: str, parameters: Sequence[Any], expression: Any, where: str = "", over: Sequence[Any] = ()) -> Kernel:
    """The kernel of an equation declared in SymPy instead of LaTeX.

    ``parameters`` are names or SymPy symbols, in the order of call; ``expression`` reads
    numbers as ``Symbol`` and elements as ``IndexedBase("x")[i]``, the first being
    number 1.  ``where`` gives shapes and domains, ``over`` the indices of the output:

        define("H", ["p"], -Sum(p[i] * log(p[i]), (i, 1, K)), where="p in Delta^K")
        define("y", ["A", "x"], Sum(A[i, j] * x[j], (j, 1, n)), where="A in R^{m x n}; x in R^n", over=[i])

    Raises ``InvalidEquation`` or ``Unsupported``; strings are no expressions.
    """
    from ..equations.from_sympy import Declaration

    return kernel_of(Declaration(name, tuple(parameters), expression, where, tuple(over)))


def library(name: str) -> Library:
    """A chapter that ships with texjit, compiled: a document, or equations declared in SymPy.

    ``texjit list`` shows the names.
    """
    from ..equations.library import chapter, chapters, names, shipped
    from ..equations.read import read_source

    text = shipped(name)
    if text is not None:
        found: Library = compile(read_source(Source(f"{name}.md", text)))
        return found
    declarations = chapter(name)
    if not declarations:
        raise KeyError(f"{name}; there are {', '.join((*names(), *chapters()))}")
    kernels = {d.name: kernel_of(d) for d in declarations}
    return Library(dict(kernels), (), lambda: {n: k.equation for n, k in kernels.items()})


def kernel_of(d: Declaration) -> Kernel:
    """The kernel of a declaration."""
    from ..equations.context import Refusal
    from ..equations.from_sympy import from_sympy, text_of
    where = declared(d.where)
    try:
        equation = from_sympy(d, where)
    except Refusal as no:
        kind = Unsupported if no.unsupported else InvalidEquation
        diagnostic = Diagnostic(no.code, no.message, no.span, no.notes, no.help)
        raise kind(diagnostic, Source("<sympy>", text_of(d))) from None
    return Kernel(make_card(equation)[0], lambda: equation)
