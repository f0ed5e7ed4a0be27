"""LLVM instructions for elementary functions, fold steps, and the publishing of functions by name.

What the code that is made of them must keep to is in `vecmath`; a copy goes with exported kernels.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils, config
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic, overload


def _has_fma() -> bool:
    """Whether compiled code runs on hardware with fused multiply-add."""
    if llvm.get_process_triple().startswith(("aarch64", "arm64")):
        return True
    features = config.CPU_FEATURES if config.CPU_FEATURES is not None else get_host_cpu_features()
    return "+fma" in features.split(",")


HAS_FMA = _has_fma()
_WIDE_CPUS = ("sapphirerapids", "emeraldrapids", "graniterapids")
_RUNS_WIDE = (config.CPU_NAME or llvm.get_host_cpu_name()) in _WIDE_CPUS
# Nothing takes their addresses: a wrapper for C would be compiled for nobody.
_PLAIN = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
_INLINE = {**_PLAIN, "forceinline": True}

compiled = njit(**_PLAIN)
"""The decorator of a plain compiled function, for files that must not import numba themselves."""

inlined = njit(**_INLINE)
"""The decorator of a piece of elementary functions, for the same files."""


# Intrinsics: one LLVM instruction each (or a chain of one kind), typed by their arguments.


def _is_single(*args: types.Type) -> bool:
    return all(a == types.float32 for a in args)


def _float_type(*args: types.Type) -> types.Type:
    """The floating type in which arguments of these types meet."""
    return types.float32 if _is_single(*args) else types.float64


def _llvm_type(ty: types.Type) -> ir.Type:
    return ir.FloatType() if ty == types.float32 else ir.DoubleType()


def _call(builder: Any, name: str, ty: types.Type, args: Any) -> Any:
    """A call of the overloaded LLVM intrinsic `name` on operands of one type."""
    llvm_type = _llvm_type(ty)
    suffix = "f32" if ty == types.float32 else "f64"
    function = builder.module.declare_intrinsic(
        f"{name}.{suffix}", fnty=ir.FunctionType(llvm_type, [llvm_type] * len(args))
    )
    return builder.call(function, args)


@intrinsic
def _bits(typingctx: Any, x: Any) -> Any:
    """The bit pattern of a float as an integer of the same width."""
    ty, width = (types.int32, 32) if x == types.float32 else (types.int64, 64)
    return ty(_float_type(x)), lambda context, builder, sig, args: builder.bitcast(args[0], ir.IntType(width))


@intrinsic
def _from_bits(typingctx: Any, k: Any) -> Any:
    """The float with this bit pattern."""
    ty = types.float32 if k == types.int32 else types.float64
    return ty(k), lambda context, builder, sig, args: builder.bitcast(args[0], _llvm_type(ty))


def _integer_step(name: str) -> Any:
    """Wrapping integer arithmetic that stays in the width of its first operand (numba widens to 64 bits)."""

    @intrinsic
    def step(typingctx: Any, a: Any, b: Any) -> Any:
        ty = types.int32 if a == types.int32 else types.int64
        return ty(ty, ty), lambda context, builder, sig, args: getattr(builder, name)(*args)

    return step


_iadd, _isub = _integer_step("add"), _integer_step("sub")
_iand, _ior = _integer_step("and_"), _integer_step("or_")
_shl, _lshr = _integer_step("shl"), _integer_step("lshr")


@intrinsic
def _fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a·b + c, rounded once."""
    ty = _float_type(a, b, c)
    return ty(ty, ty, ty), lambda context, builder, sig, args: builder.fma(*args)


@intrinsic
def _copysign(typingctx: Any, magnitude: Any, sign_of: Any) -> Any:
    ty = _float_type(magnitude, sign_of)
    return ty(ty, ty), lambda context, builder, sig, args: _call(builder, "llvm.copysign", ty, args)


@intrinsic
def rint(typingctx: Any, x: Any) -> Any:
    """The nearest whole number, the even one of two."""
    ty = _float_type(x)
    return ty(ty), lambda context, builder, sig, args: _call(builder, "llvm.rint", ty, args)


@intrinsic
def _polynomial(typingctx: Any, x: Any, coefficients: Any) -> Any:
    """Σ c_i x^i by Estrin's scheme: short dependency chains, one fma a coefficient."""
    ty = coefficients.dtype

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        power, packed = args
        level = [builder.extract_value(packed, i) for i in range(len(coefficients))]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [builder.fma(high, power, low) for low, high in pairs] + level[len(level) & ~1 :]
            power = builder.fmul(power, power)
        return level[0]

    return ty(ty, coefficients), emit


@intrinsic
def select(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; both are evaluated, and nothing branches."""
    ty = _float_type(a, b)
    sig = ty(types.boolean, ty, ty)
    return sig, lambda context, builder, sig, args: builder.select(*args)


def table(values: list[float]) -> Any:
    """A constant table of floats, read at an index that lies inside for certain: a gather in a vector loop."""

    @intrinsic
    def read(typingctx: Any, at: Any) -> Any:
        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            content = ir.Constant(ir.ArrayType(ir.DoubleType(), len(values)), values)
            held = cgutils.global_constant(builder.module, "table", content)
            return builder.load(builder.gep(held, [ir.IntType(64)(0), args[0]], inbounds=True))

        return types.float64(types.int64), emit

    return read


@intrinsic
def _use_wide_vectors(typingctx: Any) -> Any:
    """Sets the attribute on the function that it is compiled into."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        attributes = builder.function.attributes
        if _RUNS_WIDE and isinstance(attributes, set):
            # llvmlite's own add refuses string attributes, but it prints whatever the set holds.
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), emit


def use_wide_vectors() -> None:
    """Lets the loops of the calling kernel use 512-bit registers: called once, first thing.

    LLVM keeps to 256 bits on Intel CPUs for the sake of early models that slowed their clock down; from
    Sapphire Rapids on these functions run 1.1 to 1.8 times as fast in 512.  Elsewhere it does nothing.
    """


# Inlined before code is generated, so that the kernel itself gets the attribute.
@overload(use_wide_vectors, inline="always")
def _overload_use_wide_vectors() -> Any:
    return lambda: _use_wide_vectors()


@intrinsic
def _promise_no_overlap(typingctx: Any) -> Any:
    """Sets the attribute on the arrays of the function that it is compiled into."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        for argument in builder.function.args:
            if isinstance(argument.type, ir.PointerType) and argument.type.pointee in (ir.DoubleType(), ir.FloatType()):
                argument.add_attribute("noalias")
        return context.get_dummy_value()

    return types.none(), emit


def promise_no_overlap() -> None:
    """Promises that nothing which the calling kernel writes overlaps with its other arrays: callers see to it.

    Without that, LLVM compares the places of every pair of arrays first, and gives a loop up where there
    are too many.
    """


@overload(promise_no_overlap, inline="always")
def _overload_promise_no_overlap() -> Any:
    return lambda: _promise_no_overlap()


# Fold steps.


def _reordered(instruction: str, *flags: str) -> Any:
    @intrinsic
    def step(typingctx: Any, acc: Any, x: Any) -> Any:
        ty = _float_type(acc, x)

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return getattr(builder, instruction)(*args, flags=flags)

        return ty(ty, ty), emit

    return step


fold_add = _reordered("fadd", "reassoc")
"""acc + x, as a step of a sum whose order is free: fold_add(acc, x), identity 0."""

fold_mul = _reordered("fmul", "reassoc")
"""acc · x, as a step of a product whose order is free: fold_mul(acc, x), identity 1."""


@intrinsic
def fold_fma(typingctx: Any, acc: Any, x: Any, y: Any) -> Any:
    """acc + x·y, as a step of an inner product whose order is free and whose products may be fused."""
    ty = _float_type(acc, x, y)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        product = builder.fmul(args[1], args[2], flags=("contract",))
        return builder.fadd(args[0], product, flags=("reassoc", "contract"))

    return ty(ty, ty, ty), emit


def _extremum(name: str, ordered: str) -> Any:
    # LLVM before 18 cannot select llvm.maximum on x86; there the step is spelled out and stays scalar.
    native = llvm.llvm_version_info >= (18,)

    @intrinsic
    def step(typingctx: Any, acc: Any, x: Any) -> Any:
        ty = _float_type(acc, x)

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            if native:
                return _call(builder, name, ty, args)
            best = builder.select(builder.fcmp_ordered(ordered, args[1], args[0]), args[1], args[0])
            return builder.select(builder.fcmp_unordered("uno", *args), builder.fadd(*args), best)

        return ty(ty, ty), emit

    return step


fold_max = _extremum("llvm.maximum", ">")
"""The larger of acc and x, NaN if either is: fold_max(acc, x), identity -inf."""

fold_min = _extremum("llvm.minimum", "<")
"""The smaller of acc and x, NaN if either is: fold_min(acc, x), identity +inf."""


# Error-free transformations.


@njit(**_INLINE)
def two_sum(a, b):
    """(s, e) with s = fl(a + b) and s + e = a + b exactly."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@njit(**_INLINE)
def add_block(total, rest, part):
    """(total + part rounded, rest and what was lost): a step of a compensated sum of blocks."""
    s, lost = two_sum(total, part)
    return s, rest + lost


@njit(**_INLINE)
def add_rest(total, rest):
    """total + rest at the end of a compensated sum: an infinite total has lost nothing that counts."""
    return select(rest == rest, total + rest, total)


@njit(**_INLINE)
def two_prod(a, b):
    """(p, e) with p = fl(a·b) and p + e = a·b exactly, barring underflow of e."""
    p = a * b
    return p, _fma(a, b, -p)


# Dispatch by argument type.


@functools.cache
def _dispatcher(name: Callable[..., float], arity: int) -> Any:
    if arity == 4:
        return compiled(lambda x, y, z, w: name(x, y, z, w))
    return compiled((lambda x: name(x)) if arity == 1 else (lambda x, y: name(x, y)))


def _interpreted(name: Callable[..., float], *args: float) -> float:
    """The value of an elementary function that Python calls outside a kernel."""
    value: float = _dispatcher(name, len(args))(*args)
    return value


def _widened(name: Callable[..., float], arity: int) -> Callable[..., Any]:
    """`name` on arguments of any type, as float64."""
    if arity == 1:
        return lambda x: name(np.float64(x))
    if arity == 2:
        return lambda x, y: name(np.float64(x), np.float64(y))
    return lambda x, y, z, w: name(np.float64(x), np.float64(y), np.float64(z), np.float64(w))


def _narrowed(name: Callable[..., float], arity: int) -> Callable[..., Any]:
    """`name` in float64, rounded once to float32."""
    if arity == 1:
        return lambda x: np.float32(name(np.float64(x)))
    if arity == 2:
        return lambda x, y: np.float32(name(np.float64(x), np.float64(y)))
    return lambda x, y, z, w: np.float32(name(np.float64(x), np.float64(y), np.float64(z), np.float64(w)))


def _elementary(
    float64: Callable[..., Any], float32: Callable[..., Any] | None = None
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Makes a documented name callable in kernels; `float64` and `float32` are its code for those types.

    Without `float32` the function is evaluated in float64 and rounded once.  The name is declared with
    `numba.extending.overload`, which resolves it while the caller is typed; kernels in other files may
    therefore be cached.
    """

    def choose(name: Callable[..., float], *args: types.Type) -> Callable[..., Any] | None:
        if all(a == types.float64 for a in args):
            return float64
        if _is_single(*args):
            return float32 or _narrowed(name, len(args))
        if all(isinstance(a, types.Float | types.Integer | types.Boolean) for a in args):
            return _widened(name, len(args))
        return None

    def publish(name: Callable[..., float]) -> Callable[..., float]:
        match float64.__code__.co_argcount:
            case 1:
                overload(name, jit_options=_INLINE)(lambda x: choose(name, x))
            case 2:
                overload(name, jit_options=_INLINE)(lambda x, y: choose(name, x, y))
            case _:
                overload(name, jit_options=_INLINE)(lambda x, y, z, w: choose(name, x, y, z, w))
        return name

    return publish
