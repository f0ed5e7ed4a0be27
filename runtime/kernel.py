"""Kernels: equations compiled, certified on first use, and called with arrays."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..equations.diagnostic import CompilerBug, Diagnostic
from ..equations.span import Span
from . import jit
from .bind import bind
from .call import Caller, Function, Spec, convert, fast_path, measure
from .card import Card, module_text
from .computed import kernel_behind, result_and_error
from .slots import given_as_logs

if TYPE_CHECKING:
    from ..compiler.expr import Program
    from ..equations.context import Declared
    from ..equations.equation import Equation
    from .certificate import Certificate
    from .certify import Call
    from .derivation import Derived
    from .points import Point

SINGLE = np.dtype(np.float32)

#: What densities have beside other kernels.
DISTRIBUTION = ("logpdf", "pdf", "sample", "mean", "cov", "sample_chain")


class AccuracyWarning(UserWarning):
    """A kernel computes the right formula, but not to the last digits everywhere."""


class Kernel:
    """A compiled equation.

    Call it by position or by name; leading axes broadcast as in NumPy's gufuncs,
    float32 stays float32, ``out=`` receives the result, ``checked=True`` refuses
    values outside of the domains, and results that are NaN or overflowed.  The first call with a dtype runs a quick
    certificate: a kernel that disagrees with its equation is never handed out.
    """

    def __init__(self, card: Card, equation: Callable[[], Equation],
                 variant: Callable[[frozenset[str]], Kernel] | None = None,
                 made: Callable[[], tuple[Derived, Program]] | None = None,
                 fixed: frozenset[str] = frozenset(), pairs: str = "") -> None:
        self._card = card
        self._equation = equation
        self._made = made  # of a derivative: what it is, and its program as derived
        self.fixed = fixed  # of a partial derivative: values of functions that it holds
        self.pairs = pairs  # what is in double-double arithmetic, as `expr.Program` says
        self._program: Program | None = None
        self._spec = Spec(card.name, card.inputs, card.outputs, card.reads)
        self._caller = Caller(self._spec, self._function)
        # Calls with this many positional arguments try the fast path.
        in_order = not card.uses and not card.computed and card.call_order == tuple(p.name for p in card.inputs)
        self._plain = len(card.inputs) if in_order and card.inputs else -1
        self._fast64: Callable[..., Any] = self._slow
        self._fast32: Callable[..., Any] = self._slow
        self._certified: dict[str, Certificate | str] = {}
        self._variant = variant
        self._variants: dict[frozenset[str], Kernel] = {}
        self._behind: dict[str, Kernel] = {}
        self._logs: dict[frozenset[str], Kernel] = {}

    # --- facts

    @property
    def name(self) -> str:
        return self._card.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """What a caller passes, in order."""
        return self._card.call_order

    @property
    def signature(self) -> str:
        """Core dimensions as NumPy writes them."""
        return self._card.signature

    @property
    def latex(self) -> str:
        """The formula as read back."""
        return self._card.latex

    @property
    def source(self) -> str:
        """The generated source text."""
        return self._card.text

    @property
    def assumptions(self) -> tuple[str, ...]:
        return self._card.assumptions

    @property
    def roles(self) -> dict[str, str]:
        """Of an objective: who minimises and who maximises."""
        return dict(self._card.roles)

    @property
    def equation(self) -> Equation:
        """The equation in index form (SymPy)."""
        return self._equation()

    @property
    def derived(self) -> Derived | None:
        """What a derivative is the derivative of; ``None`` of an equation as written."""
        return None if self._made is None else self._made()[0]

    @property
    def sparsity(self) -> Any:
        """Where a Jacobian or Hessian can differ from zero; by output where there are several."""
        from .sparse import sparsity

        found = sparsity(self)
        return next(iter(found.values())) if len(found) == 1 else found

    @property
    def frozen(self) -> Program:
        """The program before any pass (typed expressions)."""
        if self._made is not None:
            return self._made()[1]
        from ..compiler.freeze import freeze

        return freeze(self.equation)

    @property
    def card(self) -> Card:
        return self._card

    @property
    def spec(self) -> Spec:
        """Inputs and outputs as a call converts and measures them."""
        return self._spec

    def explain(self) -> str:
        """The reading, the assumptions and the rewrites with their errors, in plain words."""
        from .rewrites import section

        note = "\narithmetic: double-double, because terms cancel beyond working precision\n" if self.pairs else ""
        return self._card.explanation + note + section(self._card.key, self._equation)

    def __repr__(self) -> str:
        return f"<Kernel {self.name}({', '.join(self.parameters)}): {self.signature}>"

    def __getattr__(self, name: str) -> Any:
        # Of densities: logpdf, pdf, sample, mean, cov; other kernels have none of them.
        card = self.__dict__.get("_card")
        if name in DISTRIBUTION and card is not None:
            from .distributions import attribute

            if (found := attribute(self, name)) is not None:
                return found
        raise AttributeError(f"{type(self).__name__} {getattr(card, 'name', '')} has no attribute {name}")

    # --- calling

    def __call__(self, *args: Any, out: Any = None, checked: bool = False, **named: Any) -> Any:
        if len(args) == self._plain and not named and out is None and not checked:
            first = args[0]
            narrow = type(first) is np.ndarray and first.dtype is SINGLE
            return (self._fast32 if narrow else self._fast64)(*args)
        return self._call(args, named, out, checked)

    def _slow(self, *args: Any) -> Any:
        return self._call(args, {}, None, False)

    def _call(self, args: tuple[Any, ...], named: dict[str, Any], out: Any, checked: bool) -> Any:
        chosen = self.variant(named)
        if chosen is self and self._card.uses:
            chosen = self._in_logs(args, named)
        if chosen is not self:
            return chosen._call(args, named, out, checked)
        values = bind(self, args, named)
        arrays = [values[p.name] for p in self._card.inputs]
        if not checked:
            return self._caller(*arrays, out=out)
        return self._checked(arrays, out)

    def variant(self, named: Iterable[str]) -> Kernel:
        """The kernel for a call with these keywords: another where they override a linked definition."""
        links = dict(self._card.linked)
        over = frozenset(links[n] for n in named if n in links and n not in self._card.call_order)
        if not over or self._variant is None:
            return self
        if over not in self._variants:
            self._variants[over] = self._variant(over)
        return self._variants[over]

    def _in_logs(self, args: tuple[Any, ...], named: dict[str, Any]) -> Kernel:
        """The kernel that takes logarithms of densities, where what is bound to their slots gives these."""
        logs = given_as_logs(self._card.uses, dict(zip(self._card.call_order, args, strict=False)) | named)
        return self.by_logs(logs) if logs else self

    def by_logs(self, logs: frozenset[str]) -> Kernel:
        """The kernel that takes ``log_p`` for some values ``p`` of black-box functions."""
        if logs not in self._logs:
            from ..equations.exponentials import by_logarithms
            from .card import make_card

            equation = by_logarithms(self.equation, logs)
            self._logs[logs] = Kernel(make_card(equation)[0], lambda: equation, fixed=self.fixed)
        return self._logs[logs]

    def bound(self, named: Mapping[str, Any]) -> dict[str, Any]:
        """Values of the program's parameters from what a caller would pass by name."""
        return bind(self, (), dict(named))

    def handed(self, k: int) -> Kernel:
        """The kernel of a symbol that black-box functions receive."""
        card = self._card.handed[k].card
        return self.kept(card.name, lambda: Kernel(card, lambda: self.equation.handed[k].equation))

    def behind(self, name: str) -> Kernel:
        """The kernel of an integrand, a cost or an end: ``value``, ``value/from0``, ``value/to0``."""
        return self.kept(name, lambda: kernel_behind(self, name))

    def kept(self, name: str, make: Callable[[], Kernel]) -> Kernel:
        """A kernel that belongs to this one, made once."""
        if name not in self._behind:
            self._behind[name] = make()
        return self._behind[name]

    def with_error(self, *args: Any, **named: Any) -> tuple[Any, Any]:
        """The result, and an estimate of the error that its computed values (integrals, say) leave in it."""
        chosen = self.variant(named)
        if chosen is not self:
            return chosen.with_error(*args, **named)
        estimates: dict[str, Any] = {}
        values = bind(self, args, named, estimates)
        return result_and_error(self, values, estimates)

    def search(self, *args: Any, **named: Any) -> Any:
        """The result, and the places that its searches reached: ``.value``, ``.point`` by letter; see `optimize`."""
        from .optimize import search

        return search(self, args, named)

    def estimate(self, size: int | None = None, rng: Any = 0, **named: Any) -> Any:
        """A kernel with expectations by Monte Carlo: value, standard error and number of samples.

        Samples that are not given are drawn: from what stands for a variable in the call
        (``x=scipy.stats.norm()``), from the law under the expectation (``q=`` with ``sample`` or ``rvs``), or
        evenly from the steps of an axis.  ``rng`` is a seed or a NumPy generator.
        """
        from .estimate import estimate

        return estimate(self, named, size, rng)

    def evaluated(self, arrays: list[Any]) -> Any:
        """The results at values of all inputs in order, computed ones too."""
        return self._caller(*arrays)

    def _checked(self, arrays: list[Any], out: Any) -> Any:
        """The results, after a look at the domains of the inputs and then at what came out."""
        from .domains import check_domain, check_results

        given = {p.name: convert(a, p) for a, p in zip(arrays, self._card.inputs, strict=True)}
        measure(self._spec, list(given.values()))
        equation = self.equation
        for p in equation.parameters:
            check_domain(self.name, p, given[p.name])
        results = self._caller(*arrays, out=out)
        check_results(equation, self._spec, given, results if isinstance(results, tuple) else (results,))
        return results

    # --- compiling

    def _function(self, dtype: str, mask: tuple[bool, ...]) -> Function:
        """The compiled function for a dtype and batched parameters, certified first."""
        self.ensure_certified(dtype)
        return self.compiled(dtype, mask)

    def ensure_certified(self, dtype: str) -> None:
        """Run the quick certificate of a dtype, once; raises ``CompilerBug`` where it fails."""
        if dtype not in self._certified:
            self._certify(dtype)

    def compiled(self, dtype: str, mask: tuple[bool, ...]) -> Function:
        """The compiled function for a dtype and batched parameters, without a certificate."""
        name = f"{self._card.name}_{'f32' if dtype == 'float32' else 'f64'}"
        return jit.build(self.text(dtype, mask), (name,))[name]

    def text(self, dtype: str, mask: tuple[bool, ...]) -> str:
        """The module that holds the function for a dtype and batched parameters."""
        if not any(mask):
            return self._card.text
        from .card import batched_text

        return batched_text(self, dtype, mask)

    def renamed(self, name: str) -> Kernel:
        """The same kernel under another name."""
        program = replace(self.program, name=name)
        equation = self._equation
        card = replace(self._card, name=name, text=module_text(program, self._card.latex))
        kernel = Kernel(card, equation, made=self._made, fixed=self.fixed, pairs=self.pairs)
        kernel._program = program
        return kernel

    @property
    def program(self) -> Program:
        """The optimised program (typed expressions)."""
        if self._program is None:
            from ..compiler.pipeline import optimize

            self._program = replace(optimize(self.frozen), pairs=self.pairs)
        return self._program

    def _certify(self, dtype: str) -> None:
        """The quick certificate, from the cache or run now; refuses a wrong kernel."""
        from .quick import quick

        verdict, text, pairs = quick(self, dtype)
        if pairs:
            self._become(self.precise(pairs))
        if verdict == "miscompiled":
            raise CompilerBug(Diagnostic("E399", f"{self.name} does not compute its equation\n{text}", Span(0, 0)))
        if verdict == "inaccurate":
            cure = "" if self.double_double else "\nprecise() gives the same kernel in double-double arithmetic"
            warnings.warn(f"{self.name}: {text}{cure}", AccuracyWarning, stacklevel=4)
        self._certified[dtype] = verdict
        fast = fast_path(self._spec, self._caller, dtype)
        if fast is not None and dtype == "float32":
            self._fast32 = fast
        elif fast is not None:
            self._fast64 = fast

    def precise(self, what: str = "all") -> Kernel:
        """The same kernel in double-double arithmetic: about 104 bits on the way.

        Elementwise functions are some hundred times slower so; ``what="numbers"`` leaves floats to all that is
        computed for each element of an array.
        """
        from .pairs import text_in_pairs

        card = replace(self._card, text=text_in_pairs(self, what))
        return Kernel(card, self._equation, made=self._made, fixed=self.fixed, pairs=what)

    def _become(self, better: Kernel) -> None:
        """Go over to another arithmetic; what was compiled or certified in the one before is let go."""
        self._card, self._program, self.pairs = better._card, better._program, better.pairs
        self._caller = Caller(self._spec, self._function)
        self._fast64 = self._fast32 = self._slow
        self._certified.clear()

    @property
    def double_double(self) -> bool:
        """Whether it computes with pairs of floats, because floats were found to lose digits."""
        return bool(self.pairs)

    def settle(self, dtype: str) -> bool:
        """Run the quick certificate, which chooses the arithmetic; whether that is double-double now."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", AccuracyWarning)
                self.ensure_certified(dtype)
        except CompilerBug:
            return False  # whoever asks has a certificate that tells more
        return self.double_double

    def certificate(
        self, dtype: str = "float64", count: int = 400, seed: int = 0, *, given: Sequence[Point] | None = None,
        narrower: tuple[Declared, ...] = (), domain: str = "", patience: float = np.inf, tails: bool = False,
    ) -> Certificate:
        """A certificate of this kernel against its equation at adversarial points, or the given ones.

        ``narrower`` (``domain`` as read) makes domains smaller; ``tails`` adds long arrays; see `verify`.
        """
        from ..compiler.interpret import interpret
        from .certify import certify
        from .guilt import blame
        from .narrow import narrowed

        equation = narrowed(self.equation, narrower, domain)
        return certify(
            equation, self.plain(dtype), dtype=dtype, count=count, seed=seed, given=given, patience=patience,
            interpret=(lambda inputs: interpret(self.program, inputs, dtype, exact=True)) if tails else None,
            blame=functools.partial(blame, program=lambda: self.frozen), origin=self.derived,
        )

    def plain(self, dtype: str) -> Call:
        """The compiled function without a certificate, from inputs by name to outputs by name."""
        from .quick import plain

        return plain(self, dtype)
