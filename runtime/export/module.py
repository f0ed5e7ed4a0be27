"""Kernels written out as a Python module that needs only NumPy and numba.

The folder receives ``NAME.py`` (to import), ``NAME_kernels.py`` (the compiled code,
apart so that no author's name can hide a function that it calls), the support files
``_texjit_*.py`` (our own sources, copied), and ``NAME.json`` (certificates).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...compiler.emit.names import docstring
from ...compiler.emit.python import emit, function_name
from ...compiler.loops import Proc
from ...compiler.lower import lower
from ...compiler.passes.batch import batch
from ...equations.diagnostic import Diagnostic, Unsupported
from ...equations.names import safe
from ...equations.span import Span
from ..call import Input
from ..certify import Certificate
from ..kernel import Kernel
from ..library import Library
from ..overload import Overload
from ..recurrence import Recurrence
from ..verify import FULL, verify

if TYPE_CHECKING:
    from ...compiler.expr import Program

RUNTIME = Path(__file__).parent.parent

#: Our sources that a written module imports, with the names they get there.
SUPPORT = {
    name: f"_texjit_{name}"
    for name in (*sorted(p.stem for g in ("vecmath*.py", "linalg*.py") for p in RUNTIME.glob(g)),
                 "call", "dlpack", "slots")
}

#: Up to this many parameters, every choice of batched ones gets a function of its own.
MASKED = 2

DTYPES = ("float64", "float32")


@dataclass(frozen=True, slots=True)
class Piece:
    """One kernel of the module: its procedures by mask."""

    kernel: Kernel
    procs: tuple[tuple[tuple[bool, ...], Proc], ...]
    states: tuple[str, ...]


def export(
    library: Library | Kernel | Recurrence | Sequence[Kernel | Recurrence],
    directory: str | Path,
    target: str = "python",
    name: str = "kernels",
) -> tuple[Path, ...]:
    """Write the kernels of a library, or those given, derivatives among them; gives the files written.

    ``target``: only ``"python"`` so far.
    """
    if target != "python":
        raise ValueError(f"target must be 'python', found {target!r}")
    if not isinstance(library, Library):
        given = [library] if isinstance(library, Kernel | Recurrence) else list(library)
        if wrong := next((k for k in given if not isinstance(k, Kernel | Recurrence)), None):
            raise TypeError(f"export: expected kernels, found {type(wrong).__name__}")
        if len({k.name for k in given}) < len(given):
            raise ValueError(f"export: two kernels of one name among {', '.join(k.name for k in given)}")
        library = Library({k.name: k for k in given}, (), lambda: {})
        for k in given:
            refuse_computed(k.kernel if isinstance(k, Recurrence) else k)
    return write(library, Path(directory), name)


def write(library: Library, directory: Path, name: str) -> tuple[Path, ...]:
    """Write ``name.py``, its support files and certificates."""
    name = safe(name)
    kernels = list(unambiguous(library))
    # A certificate may change a kernel's arithmetic: it comes first.
    certificates = {k.name: {d: verify(k, d, count) for d, count in zip(DTYPES, (FULL, FULL // 4), strict=True)}
                    for k in kernels}
    pieces = [piece(k) for k in kernels]
    sound = [p for p in pieces if all(c.verdict != "miscompiled" for c in certificates[p.kernel.name].values())]
    directory.mkdir(parents=True, exist_ok=True)
    written = [
        _put(directory / f"{name}.py", module_text(name, sound, certificates)),
        _put(directory / f"{name}_kernels.py", kernels_text(name, sound)),
    ]
    for source, target in SUPPORT.items():
        text = (RUNTIME / f"{source}.py").read_text(encoding="utf-8")
        written.append(_put(directory / f"{target}.py", standalone(text)))
    record = {n: {d: c.as_json() for d, c in by.items()} for n, by in certificates.items()}
    written.append(_put(directory / f"{name}.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n"))
    return tuple(written)


def unambiguous(library: Library) -> Iterable[Kernel | Recurrence]:
    """Each kernel under a name of its own: the second of a name is ``NAME_2``.

    Of a library, what holds an integral is left out.
    """
    for compiled in library.values():
        if not isinstance(compiled, Overload):
            if not has_computed(compiled):
                yield compiled
            continue
        for n, kernel in enumerate((k for k in compiled.kernels if not has_computed(k)), 1):
            yield kernel if n == 1 else kernel.renamed(f"{kernel.name}_{n}")


def has_computed(compiled: Kernel | Recurrence) -> bool:
    """Whether a kernel needs quadrature or the like at every call, which is no part of a written module."""
    return bool((compiled.kernel if isinstance(compiled, Recurrence) else compiled).card.computed)


def refuse_computed(kernel: Kernel) -> None:
    if has_computed(kernel):
        raise Unsupported(Diagnostic(
            "E369", f"{kernel.name} holds an integral or the like, which no written module supplies yet", Span(0, 0),
            help="write out the kernels without one; they may take its value as a number",
        ))


def _put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def standalone(text: str) -> str:
    """A support file whose imports of its siblings work beside the module."""
    for source, target in SUPPORT.items():
        statement = re.compile(rf"^from \.{source} import (?:\(([^)]*)\)|(.+))$", re.MULTILINE)
        found = statement.search(text)
        if found:
            names = " ".join((found[1] or found[2]).split()).rstrip(",")
            text = text[: found.start()] + imports(target, names) + text[found.end() :]
    return text


def imports(module: str, names: str) -> str:
    """An import that works in a package and beside the importing file."""
    return f"if __package__:\n    from .{module} import {names}\nelse:\n    from {module} import {names}"


def piece(compiled: Kernel | Recurrence) -> Piece:
    kernel = compiled.kernel if isinstance(compiled, Recurrence) else compiled
    states = compiled.states if isinstance(compiled, Recurrence) else ()
    program = kernel.program
    return Piece(kernel, tuple((m, _proc(program, m)) for m in masks(kernel.card.inputs)), states)


def masks(inputs: tuple[Input, ...]) -> Iterable[tuple[bool, ...]]:
    """Which parameters may be batched: each choice, or none, the arrays, and all.

    A choice that is not among them is served by the next larger one.
    """
    n = len(inputs)
    if n <= MASKED:
        return tuple(itertools.product((False, True), repeat=n))
    arrays = tuple(bool(p.axes) for p in inputs)
    return tuple(dict.fromkeys(((False,) * n, arrays, (True,) * n)))


def _proc(program: Program, mask: tuple[bool, ...]) -> Proc:
    if not any(mask):
        return lower(program)
    names = frozenset(p.name for p, m in zip(program.params, mask, strict=True) if m)
    proc = lower(batch(program, names))
    return replace(proc, name=f"{proc.name}_batch{''.join('01'[m] for m in mask)}")


def kernels_text(name: str, pieces: list[Piece]) -> str:
    """The compiled functions."""
    procs = [(proc, d) for p in pieces for _, proc in p.procs for d in DTYPES]
    latex = {proc.name: p.kernel.latex for p in pieces for _, proc in p.procs}
    body = emit(procs, "@vecmath", "@linalg", latex)
    lines = []
    for line in body.split("\n"):
        for source in ("vecmath", "linalg", "vecmath_dd", "linalg_dd"):
            if line.startswith(f"from @{source} import "):
                line = imports(SUPPORT[source], line.removeprefix(f"from @{source} import "))
        lines.append(line)
    lines[0] = f'"""Compiled kernels of {name}, written by texjit."""'
    return "\n".join(lines)


def module_text(name: str, pieces: list[Piece], certificates: dict[str, dict[str, Certificate]]) -> str:
    """The module to import: one plain function a kernel."""
    parts = [
        f'"""Kernels of {name}, written by texjit; they need NumPy and numba."""',
        "",
        f"if __package__:\n    from . import {name}_kernels as _compiled\nelse:\n"
        f"    import {name}_kernels as _compiled",
        imports(SUPPORT["call"], "Caller as _Caller, Input as _Input, Result as _Result, Spec as _Spec"),
        imports(SUPPORT["slots"], "Use as _Use, evaluate_slots as _evaluate_slots"),
        CALL,
    ]
    for p in pieces:
        parts += [_bind(p), "", "", _function(p, certificates[p.kernel.name]), ""]
    names = ", ".join(repr(p.kernel.name) for p in pieces)
    parts += ["", f"__all__ = [{names}]", ""]
    return "\n".join(parts)


CALL = '''
class _Kernel(_Caller):
    """A kernel whose single arguments are repeated where only a batched function exists."""

    __slots__ = ("_table", "order", "uses")

    def __init__(self, spec, table, order, uses):
        super().__init__(spec, lambda dtype, mask: table[mask][dtype])
        self._table, self.order, self.uses = table, order, uses

    def choose(self, mask):
        wide = (m for m in self._table if all(b or not a for a, b in zip(mask, m, strict=True)))
        return min(wide, key=sum)

    def run(self, given):
        if self.uses:
            _evaluate_slots(self.spec.name, self.uses, given, cores={p.name: len(p.axes) for p in self.spec.inputs})
        missing = [p.name for p in self.spec.inputs if given.get(p.name) is None]
        if missing:
            raise TypeError(f"{self.spec.name}() needs {', '.join(missing)}")
        return self(*(given[p.name] for p in self.spec.inputs))
'''


def _bind(p: Piece) -> str:
    """The caller object of a kernel."""
    card = p.kernel.card
    table = ", ".join(
        f"{mask!r}: {{" + ", ".join(f"{d!r}: _compiled.{function_name(proc, d)}" for d in DTYPES) + "}"
        for mask, proc in p.procs
    )
    inputs = ", ".join(f"_{i!r}" for i in card.inputs)
    outputs = ", ".join(f"_{o!r}" for o in card.outputs)
    uses = ", ".join(f"_{u!r}" for u in card.uses)
    return (
        f"_{card.name} = _Kernel(\n"
        f"    _Spec({card.name!r}, ({inputs},), ({outputs},), {card.reads!r}),\n"
        f"    {{{table}}},\n"
        f"    {card.call_order!r},\n"
        f"    ({uses + ',' if uses else ''}),\n"
        f")"
    )


def _function(p: Piece, certificates: dict[str, Certificate]) -> str:
    """The plain function that a user of the module calls."""
    card = p.kernel.card
    values = [i.name for i in card.inputs if i.name not in card.call_order]
    # What a formula gives to black-box functions is no part of the module: it is given as it is.
    order = [*card.call_order, *(h.card.name for h in card.handed)]
    required = [n for n in order if not card.uses]
    optional = [n for n in order if card.uses] + values
    signature = ", ".join([*required, *(f"{n}=None" for n in optional)])
    lines = [f"def {card.name}({signature}):", *docstring(_documentation(p, certificates), "    ")]
    names = ", ".join(f"{n!r}: {n}" for n in [*required, *optional])
    lines.append(f"    given = {{k: v for k, v in {{{names}}}.items() if v is not None}}")
    if p.states:
        lines.append(f"    found = _{card.name}.run(given)")
        keys = ", ".join(repr(s) for s in p.states)
        single = "(found,)" if len(p.states) == 1 else "found"
        lines.append(f"    return dict(zip(({keys},), {single}, strict=True))")
    else:
        lines.append(f"    return _{card.name}.run(given)")
    return "\n".join(lines)


def _documentation(p: Piece, certificates: dict[str, Certificate]) -> str:
    card = p.kernel.card
    out = [f"{card.name}.", "", f"    {card.latex}", "", f"Shapes:  {card.signature}; leading axes broadcast"]
    out += ["Domain:  " + "; ".join(f"{n}: {d}" for n, d in card.domains)]
    for dtype, c in certificates.items():
        out.append(f"Error:   {dtype}: {c.verdict}; at most {c.max_ulp:.3g} ulp, or {c.max_kappa_ulp:.3g} times "
                   f"the condition number times eps, at {c.points} points")
    return "\n".join(out)


def write_module(document: Any, where: str, only: str, directory: Path, name: str) -> tuple[Path, ...]:
    """Compile a document and write its kernels (``only`` one of them)."""
    from ..library import compile

    library = compile(document, where)
    if only:
        library = Library({only: library[only]}, (), lambda: {})
    return write(library, directory, name)
