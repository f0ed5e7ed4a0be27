"""Derivatives of kernels, each again a kernel: compiled, certified, and differentiable again.

    tj.grad(k)            ∂k/∂x of a kernel whose one result is a number
    tj.value_and_grad(k)  the result and its gradients, in one pass
    tj.jacobian(k)        ∂k[r]/∂x[a], axes of the result first
    tj.vjp(k)             takes cotangents y_bar besides; gives x_bar = Σ_r y_bar[r] ∂k[r]/∂x
    tj.jvp(k)             takes tangents x_dot besides; gives the result and its tangent
    tj.hessian(k), tj.hvp(k)   second derivatives, and their products with x_dot

``wrt`` names parameters; without it, all real ones.  Where there is no derivative (``|x|`` at 0,
ties of a maximum, a norm at 0) the conventions of `compiler.derive.partials` hold.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..equations.diagnostic import Diagnostic, Unsupported
from ..equations.span import Span
from . import jit
from .card import Card, make_card
from .danskin import SearchGradient, through_search
from .derivation import Derivation, Derived, names
from .envelope import Envelope, envelope, reached, through_transport, transports
from .inside import refuse_outside
from .kernel import Kernel
from .overload import Overload
from .recurrence import Recurrence
from .slopes import Slopes, slopes
from .slots import has_log
from .sparse import SparseJacobian
from .through import Through, fixed_values, through

if TYPE_CHECKING:
    from ..compiler.expr import Param, Program
    from ..equations.equation import Equation, Parameter

Wrt = str | Sequence[str] | None


def grad(kernel: Any, wrt: Wrt = None) -> Any:
    """The gradient of a kernel whose one result is a number.

    One array for one parameter, a tuple for several, each of its parameter's shape.  By the points
    of a distribution in a transport (``P``), and by their weights (``P.weights``), see `envelope`; by what
    black-box functions receive, see `through`.
    """
    k = _by_logs(_scalar(kernel), wrt)
    special = envelope(k, wrt, False) or through_search(k, wrt, False) or through(k, "grad", wrt)
    return special or _derive(k, "grad", wrt)


def value_and_grad(kernel: Any, wrt: Wrt = None) -> Any:
    """The value, then the gradient by each parameter, from one fused program."""
    k = _by_logs(_scalar(kernel), wrt)
    special = envelope(k, wrt, True) or through_search(k, wrt, True) or through(k, "grad", wrt, True)
    return special or _derive(k, "grad", wrt, values=True)


def by_inputs(kernel: Kernel, wrt: tuple[str, ...]) -> Kernel:
    """The gradient of the formula alone, by inputs of its program: what computed values depend on is held."""
    return _derive(kernel, "grad", wrt, held=True)


def partial_derivative(kernel: Kernel, mode: str, wrt: tuple[str, ...], values: bool = False) -> Kernel:
    """The derivative of the formula alone: the values of black-box functions are held unless ``wrt`` names them."""
    return _derive(kernel, mode, wrt, values)


def jacobian(kernel: Any, wrt: Wrt = None, sparse: bool = False) -> Any:
    """``∂k[r]/∂x[a]``: the axes of the result, then those of the parameter.

    ``.sparsity`` tells its bands; with ``sparse`` calls give `scipy.sparse.csr_array`, from as
    many passes as the bands are wide.
    """
    dense = _derive(_kernel(kernel), "jacobian", wrt)
    if not sparse:
        return dense
    return SparseJacobian(dense, lambda: _derive(_kernel(kernel), "jvp", wrt), _one(kernel, wrt))


def vjp(kernel: Any, wrt: Wrt = None) -> Any:
    """Cotangents of the results (further arguments) pulled back to the parameters, through functions too."""
    k = _by_logs(_kernel(kernel), wrt)
    return through(k, "vjp", wrt) or _derive(k, "vjp", wrt)


def jvp(kernel: Any, wrt: Wrt = None) -> Kernel:
    """The results, and their tangents for the tangents of the parameters (further arguments)."""
    return _derive(_kernel(kernel), "jvp", wrt, values=True)


def hessian(kernel: Any, wrt: Wrt = None, sparse: bool = False) -> Any:
    """``∂²k/∂x[a]∂x[b]`` of a kernel whose one result is a number; of several parameters, every pair.

    ``sparse`` as in `jacobian`.
    """
    return jacobian(_gradient(kernel, wrt), wrt, sparse)


def hvp(kernel: Any, wrt: Wrt = None) -> Kernel:
    """The Hessian times tangents (further arguments), without the Hessian."""
    return _derive(_kernel(_gradient(kernel, wrt)), "jvp", wrt)


def _gradient(kernel: Any, wrt: Wrt) -> Any:
    """The gradient that is differentiated again: with functions, the partial one, which refuses them at the call."""
    k = _scalar(kernel)
    return envelope(k, wrt, False) or through_search(k, wrt, False) or _derive(k, "grad", wrt)


def _kernel(kernel: Any) -> Kernel:
    if isinstance(kernel, Recurrence):
        return kernel.kernel
    if isinstance(kernel, Overload):
        raise TypeError(f"{kernel.name} has several definitions; differentiate one of them")
    if isinstance(kernel, Envelope):
        raise Unsupported(through_transport(kernel.kernel))
    if isinstance(kernel, Through):
        raise Unsupported(Diagnostic("E373", f"{kernel.name} goes through black-box functions, and is not "
                                     "differentiated again", Span(0, 0),
                                     help="differentiate its `partial`, which holds the values of the functions"))
    if isinstance(kernel, SearchGradient):
        raise Unsupported(Diagnostic("E383", f"through the search in {kernel.kernel.name} there are first derivatives "
                                     "of a number only", Span(0, 0), help="use tj.grad or tj.value_and_grad"))
    if not isinstance(kernel, Kernel):
        raise TypeError(f"expected a kernel, got {type(kernel).__name__}")
    return kernel


def _scalar(kernel: Any) -> Kernel:
    k = _kernel(kernel)
    shapes = [f"{o.name}{list(o.axes)}" for o in k.card.outputs]
    if len(k.card.outputs) != 1 or k.card.outputs[0].axes:
        raise TypeError(f"{k.name} gives {', '.join(shapes)}, and a gradient is of one number; use jacobian or vjp")
    return k


def real_parameters(kernel: Kernel) -> list[str]:
    """Parameters by which there is a derivative: none that are whole numbers."""
    held = {*reached(kernel), *(c.value for c in kernel.card.computed)}
    return [p.name for p in kernel.card.inputs if not (p.integer or p.whole or p.name in held)]


def _one(kernel: Any, wrt: Wrt) -> str:
    chosen = _parameters(_kernel(kernel), wrt)
    if len(chosen) != 1:
        raise TypeError(f"a sparse Jacobian is by one parameter, found {', '.join(chosen)}")
    return chosen[0]


def _parameters(kernel: Kernel, wrt: Wrt) -> tuple[str, ...]:
    """The parameters that ``wrt`` names, or all real ones."""
    real = real_parameters(kernel)
    if wrt is None:
        if transports(kernel) and not real:
            raise Unsupported(through_transport(kernel))
        if not real:
            raise TypeError(f"{kernel.name} has no real parameter")
        return tuple(real)
    chosen = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    if any(w in reached(kernel) for w in chosen):
        raise Unsupported(through_transport(kernel))
    slots = {u.slot for u in kernel.card.uses}
    handed = {a for u in kernel.card.uses for a in u.arguments}
    for w in chosen:
        if w in real or w in {c.value for c in kernel.card.computed}:
            continue
        has = f"{kernel.name} has the real parameters {', '.join(real) or 'none'}"
        if w in {p.name for p in kernel.card.inputs}:
            raise TypeError(f"{w} is a whole number: there is no derivative by an integer; {has}")
        whole = {p.name for h in kernel.card.handed for p in h.card.inputs if p.integer or p.whole}
        if w in handed and w in whole:
            raise TypeError(f"{w} is a whole number: there is no derivative by an integer; {has}")
        if w in slots:
            values = ", ".join(u.value for u in kernel.card.uses if w == u.slot)
            raise TypeError(f"{w} is a black-box function; differentiate by its values, {values}")
        if held_values := fixed_values(kernel.card, (w,)):
            values = ", ".join(sorted(held_values))
            raise TypeError(f"{w} only reaches {kernel.name} through a black-box function; differentiate by its "
                            f"values, {values}, and go on with the function's own derivative, as grad, value_and_grad "
                            "and vjp do")
        raise TypeError(f"{kernel.name} has no parameter {w!r}; {has}")
    if len(set(chosen)) < len(chosen):
        raise TypeError(f"wrt names a parameter twice: {', '.join(chosen)}")
    return chosen


def _by_logs(kernel: Kernel, wrt: Wrt) -> Kernel:
    """The kernel that takes logarithms of densities where ``wrt`` names them: ``log_p_x`` for the value ``p_x``."""
    asked = () if wrt is None else (wrt,) if isinstance(wrt, str) else tuple(wrt)
    own = {p.name for p in kernel.card.inputs}
    logs = frozenset(
        u.value for u in kernel.card.uses
        if has_log(u) and f"log_{u.value}" in asked and f"log_{u.value}" not in own
    )
    return kernel.by_logs(logs) if logs else kernel


def _derive(kernel: Kernel, mode: str, wrt: Wrt, values: bool = False, held: bool = False) -> Kernel:
    """The kernel of a derivative, from the cache where its text is known."""
    from .library import fingerprint

    kernel = _by_logs(kernel, wrt)
    chosen = tuple(wrt) if held and wrt is not None else _parameters(kernel, wrt)
    derivation = Derivation(mode, chosen, values)
    moving = functools.cache(lambda: Slopes() if held else slopes(kernel, chosen))
    made = functools.cache(lambda: _made(kernel, derivation, moving()))
    facts = repr((kernel.card.key, kernel.card.call_order, derivation, held, fingerprint()))
    key = f"derived/{hashlib.sha256(facts.encode()).hexdigest()}"
    stored = jit.load(key)
    if stored is not None:
        card = Card.from_json(json.loads(stored))
    else:
        derived, program = made()
        behind = {c.value: c.inner for c in kernel.card.computed if c.derived}
        behind |= {name: k.card for name, k in moving().kernels.items() if k.derived is not None}
        card, optimized = make_card(derived.equation, frozen=program, behind=behind)
        refuse_outside(optimized, ", ".join(chosen))
        jit.store(key, json.dumps(card.as_json()).encode())
    fixed = kernel.fixed | fixed_values(kernel.card, chosen)
    return Kernel(card, lambda: made()[0].equation, made=made, fixed=fixed)


def _made(kernel: Kernel, derivation: Derivation, moving: Slopes | None = None) -> tuple[Derived, Program]:
    """The derivative as an equation, and its program; ``moving`` tells how computed values move."""
    from ..compiler.derive import functions
    from ..compiler.derive.chain import derivative
    from ..compiler.thaw import thaw_program
    from .formulas import latex

    moving = moving or Slopes()
    frozen, equation = kernel.frozen, kernel.equation
    own = [o.name for o in equation.outputs]
    known = {p.name for p in equation.parameters} | {*equation.call_order, *own}
    more_names, outputs = names(derivation, own, known | {let.name for let in equation.lets})
    parameters = {p.name: p for p in equation.parameters}
    of = {"vjp": [o.axes for o in equation.outputs], "jvp": [parameters[w].axes for w in derivation.wrt]}
    more = [_free(n, axes) for n, axes in zip(more_names, of.get(derivation.mode, []), strict=True)]
    asked = outputs[len(own) :] if derivation.values else outputs
    given: tuple[Param, ...] = tuple(functions.like(p.name, [a.name for a in p.axes]) for p in more)
    program = derivative(
        frozen, derivation.mode, derivation.wrt, given, asked, derivation.values, slopes=moving.slopes,
        further=[functions.like(p.name, [a.name for a in p.axes]) for p in moving.parameters],
    )
    program = replace(program, name=_named(kernel.name, derivation))
    more += moving.parameters
    lows = {p.name: tuple(a.lo for a in p.axes) for p in (*equation.parameters, *more)}
    lets, bodies = thaw_program(program, lows)
    axes = list(_axes(equation, derivation))
    made = replace(
        equation,
        name=program.name,
        parameters=(*equation.parameters, *more),
        lets=tuple(lets),
        outputs=tuple(replace(c, axes=a) for c, a in zip(bodies, axes, strict=True)),
        call_order=(*equation.call_order, *more_names),
        linked=(),
        computed=(*equation.computed, *moving.computed.values()),
    )
    before = kernel.derived.behind if kernel.derived is not None else ()
    behind = ((name, k._made) for name, k in moving.kernels.items() if k._made is not None)
    derived = Derived(kernel.derived or equation, derivation, made, tuple(moving.slopes), (*before, *behind))
    return replace(derived, equation=replace(made, latex=latex(derived, program))), program


def _named(name: str, derivation: Derivation) -> str:
    word = "value_and_grad" if derivation.values and derivation.mode == "grad" else derivation.mode
    return f"{word}_{name}"


def _free(name: str, axes: Iterable[Any]) -> Parameter:
    from ..equations.domain import REAL
    from ..equations.equation import Parameter

    return Parameter(name, tuple(axes), REAL, "argument", name, declared=True)


def _axes(equation: Equation, derivation: Derivation) -> Iterable[tuple[Any, ...]]:
    """The axes of each output of a derivative."""
    shapes = {p.name: p.axes for p in equation.parameters}
    if derivation.values:
        yield from (o.axes for o in equation.outputs)
    match derivation.mode:
        case "jvp":
            yield from (o.axes for o in equation.outputs)
        case "vjp":
            yield from (shapes[w] for w in derivation.wrt)
        case _:
            yield from ((*o.axes, *shapes[w]) for o in equation.outputs for w in derivation.wrt)
