"""Elementary functions and fold steps that LLVM vectorises inside compiled kernels.

A kernel calls `exp(x)`, `fold_add(acc, x)` and so on by one name for float64 and float32; the type of the
argument picks the code (`_elementary`).  Integers and booleans count as float64, a float32 among float64 is
widened.  numba's own `exp` is a scalar libm call, 4 to 14 ns an element; the ones here cost 0.3 to 3 ns,
because they are straight-line arithmetic that the vectoriser can widen with the caller's loop:

- no branch, table, libm call or float-to-int conversion: conditions are `select`s, rounding adds 1.5·2^52;
- `forceinline`, so that each instruction keeps its own flags inside whatever kernel calls it, and
  `error_model="numpy"`, without which every division hides a branch;
- never a global `fastmath`: compensation terms and NaN survive.  Only the `fold_*` steps may be reordered, by
  the flag `reassoc` on their one instruction.

On a CPU without fused multiply-add the same names fall back to libm.  The polynomials are minimax fits by
Remez exchange in 200-bit arithmetic, rounded to the working type; tests/runtime/remez.py makes them.

Functions that are made of these are in files beside it, `vecmath_*`, and are asked for here.  None of them
imports anything else of texjit, because an exported kernel carries verbatim copies of them all.

Error: the bounds in the docstrings below are the largest errors measured against ball arithmetic by
tests/runtime/test_vecmath.py; float32 exp and log were measured on all 2^32 arguments.
"""

# Jitted bodies are generic over the floating types, and numba types its decorators as Any.
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from __future__ import annotations

import functools
import importlib
import math
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
_INLINE = {"error_model": "numpy", "forceinline": True, "nogil": True}

compiled = njit(error_model="numpy", nogil=True)
"""The decorator of a plain compiled function, for files that must not import numba themselves."""

inlined = njit(**_INLINE)
"""The decorator of a piece of elementary functions, for the same files."""

_SIBLINGS = {
    "stable": "exp_sum exp_diff expm1x log1mexp logaddexp log1pmx log1p_gap log_gap js_psi js_entr",
    "power": "power pow1p",
    "trig": "sin cos",
    "hyperbolic": "sinh cosh asinh acosh atanh",
    "erf": "erf erfc erfcx norm_cdf log_norm_cdf",
    "gamma": "digamma",
}


def __getattr__(name: str) -> Any:
    """A function that another file of the family defines: read when it is first asked for."""
    for part, names in _SIBLINGS.items():
        if name in names.split():
            found = getattr(importlib.import_module(f"{__name__}_{part}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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


# Constants, float64.

_INF, _NAN = math.inf, math.nan
_MIN = 2.2250738585072014e-308  # the smallest normal number
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, in the low bits of the sum
_ONE_BITS = 0x3FF0000000000000
_SQRTH_OFFSET = 0x3FF0000000000000 - 0x3FE6A09E667F3BCD  # carries into the exponent where 1+f >= sqrt 2
_INT_TO_FLOAT = 0x4330000000000000  # bits of 2^52: or-ing in n < 2^52 gives the float 2^52 + n
_EXPONENT = -(1 << 52)  # mask that clears the significand
_K_BIAS = 2047 << 52  # keeps an exponent difference positive
_NEAREST = _K_BIAS + (1 << 51)  # added, rounds a difference of bit patterns to a whole exponent
_LOG2_E = float.fromhex("0x1.71547652b82fep+0")
_LN2 = float.fromhex("0x1.62e42fefa39efp-1")
_LN2_TAIL = float.fromhex("0x1.abc9e3b39803fp-56")
_LN2_SHORT = float.fromhex("0x1.62e42fee00000p-1")  # 21 trailing zeros: a multiple k, |k| < 2^21, is exact
_LN2_SHORT_TAIL = float.fromhex("0x1.a39ef35793c76p-33")


def _coefficients(text: str, dtype: Callable[[float], Any] = float) -> tuple[Any, ...]:
    return tuple(dtype(float.fromhex(c)) for c in text.split())


# (e^r - 1 - r)/r^2 and (e^r - 1 - r - r^2/2)/r^3 on |r| <= ln2/2; (2 atanh s - 2s)/s^3 in s^2, where
# |s| <= 0.1716 for the logarithm and |s| <= 0.2 for the logarithm of a ratio.
_EXP = _coefficients("""
    0x1.0000000000000p-1 0x1.555555555555cp-3 0x1.555555555555ep-5 0x1.111111110ebb3p-7
    0x1.6c16c16c13558p-10 0x1.a01a01b3bb2acp-13 0x1.a01a01b460ab0p-16 0x1.71ddef93b61e6p-19
    0x1.27e4bf1e4216fp-22 0x1.af6cccfe83c0ep-26 0x1.1f9e05a4a2264p-29""")
_EXPM1 = _coefficients("""
    0x1.5555555555559p-3 0x1.5555555555559p-5 0x1.111111110f6e1p-7 0x1.6c16c16c14a69p-10
    0x1.a01a01afd3f93p-13 0x1.a01a01af6d129p-16 0x1.71ddf87a44958p-19 0x1.27e4c7af1d633p-22
    0x1.af5e81866018ap-26 0x1.1f92e23bbb013p-29""")
_LOG = _coefficients("""
    0x1.5555555555555p-1 0x1.9999999999dfcp-2 0x1.249249242b5c2p-2 0x1.c71c7258f17b2p-3
    0x1.745cde3532b3cp-3 0x1.3b20ac2b2dbc7p-3 0x1.0f5cb1f5fb325p-3 0x1.0f6427ae316dcp-3""")
_LOG_RATIO = _coefficients("""
    0x1.555555555554fp-1 0x1.999999999c186p-2 0x1.24924921e3450p-2 0x1.c71c7490c381fp-3
    0x1.745c4a9b6fcf5p-3 0x1.3b35c93f5b894p-3 0x1.0dcb0491ec231p-3 0x1.1b8579ad6e149p-3""")

# Constants, float32.

_single = np.float32
_ZERO32, _HALF32, _ONE32, _TWO32 = _single(0), _single(0.5), _single(1), _single(2)
_INF32, _NAN32 = _single(_INF), _single(_NAN)
_MIN32, _LIFT32 = _single(2.0**-126), _single(2.0**24)
_HIGH32, _LOW32 = _single(100), _single(-110)
_ROUND32 = _single(12582912)  # 1.5 * 2^23
_ONE_BITS32 = np.int32(0x3F800000)
_SQRTH_OFFSET32 = np.int32(0x3F800000 - 0x3F3504F3)
_INT_TO_FLOAT32 = np.int32(0x4B000000)
_BIAS32, _LIFTED_BIAS32 = _single(2**23 + 127), _single(2**23 + 127 + 24)
_23, _127 = np.int32(23), np.int32(127)
_LOG2_E32 = _single(1.4426950408889634)
_LN2_32 = _single(float.fromhex("0x1.62e430p-1"))
_LN2_TAIL32 = _single(-1.904654e-09)
_LN2_SHORT32 = _single(0.693359375)
_LN2_SHORT_TAIL32 = _single(-2.12194440e-4)
_EXP32 = _coefficients("0x1.0p-1 0x1.55548ep-3 0x1.55545ep-5 0x1.123b54p-7 0x1.6db3f8p-10", _single)
_LOG32 = _coefficients("0x1.55557ap-1 0x1.995eb2p-2 0x1.31e408p-2", _single)


# exp, expm1 and what follows from them.


@njit(**_INLINE)
def _reduce(x):
    """(n, r, r_tail) with x = n ln2 + r + r_tail, n an integer-valued float and |r| <= ln2/2."""
    n = _fma(x, _LOG2_E, _ROUND) - _ROUND
    top = _fma(n, -_LN2, x)
    tail = n * _LN2_TAIL
    r = top - tail
    return n, r, (top - r) - tail


@njit(**_INLINE)
def _power_of_two(n):
    """2^n for an integer-valued float n from -1022 to 1023."""
    return _from_bits(_iadd(_shl(_bits(n + _ROUND), 52), _ONE_BITS))


@njit(**_INLINE)
def _scale(y, n):
    """y · 2^n with one rounding, where 2^n itself may overflow or underflow."""
    half = _fma(n, 0.5, _ROUND) - _ROUND
    return y * _power_of_two(half) * _power_of_two(n - half)


def _exp64(x):
    x = select(x > 720.0, 720.0, x)
    x = select(x < -760.0, -760.0, x)
    n, r, tail = _reduce(x)
    high = 1.0 + r
    low = ((1.0 - high) + r) + _fma(_polynomial(r, _EXP), r * r, tail)
    return _scale(high + low, n)


def _exp32(x):
    x = select(x > _HIGH32, _HIGH32, x)
    x = select(x < _LOW32, _LOW32, x)
    n = _fma(x, _LOG2_E32, _ROUND32) - _ROUND32
    r = _fma(n, -_LN2_TAIL32, _fma(n, -_LN2_32, x))
    high = _ONE32 + r
    low = (_ONE32 - high) + r
    y = high + _fma(_polynomial(r, _EXP32), r * r, low)
    half = _fma(n, _HALF32, _ROUND32) - _ROUND32
    first = _from_bits(_iadd(_shl(_bits(half + _ROUND32), _23), _ONE_BITS32))
    second = _from_bits(_iadd(_shl(_bits((n - half) + _ROUND32), _23), _ONE_BITS32))
    return y * first * second


@njit(**_INLINE)
def _expm1_reduced(x):
    """(n, t, t_tail) with e^x = 2^n (1 + t + t_tail), the sum good to about 70 bits of t."""
    n, r, tail = _reduce(x)
    half = 0.5 * r
    square = half * r
    square_tail = _fma(half, r, -square)
    t = r + square
    cubic = _fma(r * r * r, _polynomial(r, _EXPM1), _fma(r, tail, tail))
    return n, t, ((r - t) + square) + (square_tail + cubic)


def _scaled_exp64(x, y):
    infinite = x * select(y > 0.0, _INF, 0.0)
    bounded = select(y > 1500.0, 1500.0, y)
    bounded = select(bounded < -1500.0, -1500.0, bounded)
    n, r, tail = _reduce(bounded)
    high = 1.0 + r
    low = ((1.0 - high) + r) + _fma(_polynomial(r, _EXP), r * r, tail)
    # 2^n in three steps: each is a float, and x joins behind the first, which cannot leave the range.
    third = _fma(n, 1.0 / 3.0, _ROUND) - _ROUND
    scaled = (high + low) * _power_of_two(third) * x * _power_of_two(third) * _power_of_two(n - third - third)
    return select(abs(y) == _INF, infinite, scaled)


def _expm1_64(x):
    clipped = select(x > 720.0, 720.0, x)
    clipped = select(clipped < -40.0, -40.0, clipped)
    n, t, tail = _expm1_reduced(clipped)
    one = 1.0 + t
    large = _scale(one + (((1.0 - one) + t) + tail), n)
    scale = _power_of_two(select(n > 60.0, 60.0, n))
    base = scale - 1.0
    base_tail = (scale - base) - 1.0
    high, low = two_sum(base, t * scale)
    y = select(n > 60.0, large, high + (low + (base_tail + tail * scale)))
    return select(abs(x) < 1.1102230246251565e-16, x, y)


def _tanh64(x):
    # With e = expm1(2|x|) kept as high + low, tanh|x| = e/(e + 2); one Newton step corrects the quotient.
    clipped = abs(x)
    clipped = select(clipped > 20.0, 20.0, clipped)
    n, t, tail = _expm1_reduced(2.0 * clipped)
    scale = _power_of_two(n)
    base = scale - 1.0
    base_tail = (scale - base) - 1.0
    high, low = two_sum(base, t * scale)
    high, low = two_sum(high, low + (base_tail + tail * scale))
    bottom, bottom_tail = two_sum(high, 2.0)
    reciprocal = 1.0 / bottom
    y = high * reciprocal
    y = y + (_fma(-y, bottom, high) + _fma(-y, bottom_tail + low, low)) * reciprocal
    return _copysign(select(abs(x) < 1e-8, abs(x), y), x)


def _sigmoid64(x):
    z = exp(-abs(x))
    return select(x >= 0.0, 1.0, z) / (1.0 + z)


def _softplus64(x):
    # log1p on [0, 1] needs none of its special cases, and its exponent is 0 or 1.
    z = exp(-abs(x))
    large = z > 0.4142135623730951
    f = z - 1.0
    tail = select(large, 0.5 * (z - (1.0 + f)), 0.0)
    y = _log_reduced(select(large, 0.5 * f, z), tail, select(large, 1.0, 0.0))
    return select(x > 0.0, x, 0.0) + y


# log, log1p and the relative entropy.


@njit(**_INLINE)
def _split(x):
    """(m, e) with x = m · 2^(e - 1023) and m in [√½, √2), for x positive and normal; e an integer."""
    bits = _bits(x)
    e = _lshr(_iadd(bits, _SQRTH_OFFSET), 52)
    return _from_bits(_isub(bits, _isub(_shl(e, 52), _ONE_BITS))), e


@njit(**_INLINE)
def _to_float(e, bias):
    """The float e - bias for an integer 0 <= e < 2^52."""
    return _from_bits(_ior(e, _INT_TO_FLOAT)) - (4503599627370496.0 + bias)


@njit(**_INLINE)
def _log_reduced(f, tail, k):
    """k ln2 + log(1 + f + tail) for 1 + f in [√½, √2) and |tail| <= 2^-53."""
    # log(1+f) = f - f²/2 + s (f²/2 + s² Q(s²)) with s = f/(2+f), the square carried in two parts.
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f
    square = half * f
    square_tail = _fma(half, f, -square)
    b = f - square
    b_tail = ((f - b) - square) - square_tail
    a = k * _LN2_SHORT
    b_tail = b_tail + _fma(k, _LN2_SHORT_TAIL, _fma(-f, tail, tail))
    b_tail = b_tail + s * _fma(z, _polynomial(z, _LOG), square)
    high = a + b
    return high + (((a - high) + b) + b_tail)


def _log64(x):
    subnormal = x < _MIN
    m, e = _split(select(subnormal, x * 18014398509481984.0, x))
    k = _to_float(e, select(subnormal, 1077.0, 1023.0))
    y = _log_reduced(m - 1.0, 0.0, k)
    y = select(x == 0.0, -_INF, y)
    y = select(x < 0.0, _NAN, y)
    return select(x < _INF, y, x)


def _log32(x):
    subnormal = x < _MIN32
    bits = _bits(select(subnormal, x * _LIFT32, x))
    e = _lshr(_iadd(bits, _SQRTH_OFFSET32), _23)
    f = _from_bits(_isub(bits, _isub(_shl(e, _23), _ONE_BITS32))) - _ONE32
    k = _from_bits(_ior(e, _INT_TO_FLOAT32)) - select(subnormal, _LIFTED_BIAS32, _BIAS32)
    s = f / (_TWO32 + f)
    z = s * s
    square = _HALF32 * f * f
    b = f - square
    b_tail = (f - b) - square
    a = k * _LN2_SHORT32
    high = a + b
    rest = _fma(k, _LN2_SHORT_TAIL32, s * _fma(z, _polynomial(z, _LOG32), square))
    y = high + (((a - high) + b) + (b_tail + rest))
    y = select(x == _ZERO32, -_INF32, y)
    y = select(x < _ZERO32, _NAN32, y)
    return select(x < _INF32, y, x)


def _log1p64(x):
    u, lost = two_sum(1.0, x)
    m, e = _split(u)
    exact = e == 1023
    # Nothing is lost of a large u, so it does not matter that 2^(2047 - 1023 - e) is 0 for the largest.
    scale = _from_bits(_shl(_isub(2047, e), 52))
    tail = select(exact, 0.0, 0.5 * lost * scale)
    y = _log_reduced(select(exact, x, m - 1.0), tail, _to_float(e, 1023.0))
    y = select(abs(x) < 5.551115123125783e-17, x, y)
    y = select(x == -1.0, -_INF, y)
    y = select(x < -1.0, _NAN, y)
    return select(x < _INF, y, x)


@njit(**_INLINE)
def _log_ratio(p, q):
    """log(p/q) for p, q > 0 and finite, p/q never formed."""
    # With k = round(log2 p/q), read off the bit patterns to within 0.09, P/Q = 2^-k p/q lies in [2/3, 3/2],
    # so P - Q is exact (Sterbenz) and log(P/Q) = 2 atanh(s), s = (P - Q)/(P + Q), |s| <= 1/5.
    p_subnormal, q_subnormal = p < _MIN, q < _MIN
    p_bits = _bits(select(p_subnormal, p * 18014398509481984.0, p))
    q_bits = _bits(select(q_subnormal, q * 18014398509481984.0, q))
    nearest = _iadd(_isub(p_bits, q_bits), _NEAREST)
    shift = _isub(_ONE_BITS, _iand(p_bits, _EXPONENT))
    big = _from_bits(_iadd(p_bits, shift))
    small = _from_bits(_iadd(q_bits, _iadd(shift, _isub(_iand(nearest, _EXPONENT), _K_BIAS))))
    lifted = select(p_subnormal, 54.0, 0.0) - select(q_subnormal, 54.0, 0.0)
    k = _to_float(_lshr(nearest, 52), 2047.0 + lifted)
    difference = big - small
    total = 2.0 * small + difference
    total_tail = difference - (total - 2.0 * small)
    reciprocal = 1.0 / total
    s = difference * reciprocal
    s_tail = (_fma(-s, total, difference) - s * total_tail) * reciprocal
    z = s * s
    a = k * _LN2_SHORT
    b = 2.0 * s
    high = a + b
    low = ((a - high) + b) + _fma(k, _LN2_SHORT_TAIL, _fma(s * z, _polynomial(z, _LOG_RATIO), 2.0 * s_tail))
    return high + low


def _rel_entr64(x, y):
    ratio = select(x == _INF, _INF, _log_ratio(x, y))
    ratio = select(y == _INF, x - y, ratio)
    d = x * select(y == 0.0, _INF, ratio)
    d = select(x == 0.0, 0.0, d)
    return select((x >= 0.0) & (y >= 0.0), d, _NAN)


def _log_ratio64(x, y):
    # Both of one sign, and neither 0 nor infinite: the others have the quotient's limits.
    p, q = abs(x), abs(y)
    d = _log_ratio(p, q)
    d = select((p == 0.0) | (q == _INF), -_INF, d)
    d = select((q == 0.0) | (p == _INF), _INF, d)
    odd = ((p == 0.0) & (q == 0.0)) | ((p == _INF) & (q == _INF)) | ((x < 0.0) & (y > 0.0)) | ((x > 0.0) & (y < 0.0))
    return select(odd | (x != x) | (y != y), _NAN, d)


def _products_difference64(x, y, z, w):
    # Kahan: what the second product lost is added back.
    product = z * w
    lost = _fma(-z, w, product)
    difference = _fma(x, y, -product) + lost
    return select(abs(product) < _INF, difference, x * y - product)


def _sum_error64(x, y):
    _, lost = two_sum(x, y)
    return select(lost == lost, lost, 0.0)


def _sum_error32(x, y):
    _, lost = two_sum(x, y)
    return select(lost == lost, lost, _ZERO32)


def _hypot64(x, y):
    top = fold_max(abs(x), abs(y))
    scale = select(top > 3.273390607896142e150, 2.409919865102884e-181, 1.0)
    scale = select(top < 3.054936363499605e-151, 4.149515568880993e180, scale)
    a, b = x * scale, y * scale
    root = math.sqrt(_fma(a, a, b * b)) / scale
    return select((abs(x) == _INF) | (abs(y) == _INF), _INF, root)


def _square_up64(x):
    y = x * 4.149515568880993e180
    return y * y


def _square_down64(x):
    y = x * 2.409919865102884e-181
    return y * y


def _square32(x):
    return x * x


def _xlogy64(x, y):
    return absorb(x, log(y))


def _absorb64(x, y):
    return select(x == 0.0, 0.0, x * y)


def _absorb32(x, y):
    return select(x == _ZERO32, _ZERO32, x * y)


def _noisy_or64(x, y):
    z = x + y * (1.0 - x)
    # Infinite states: the other form of the same value.
    return select(z == z, z, 1.0 - (1.0 - x) * (1.0 - y))


def _middle_entr64(x, y):
    # The middle is rounded: what it lost is taken off afterwards.
    middle, tail = two_sum(0.5 * x, 0.5 * y)
    d = x * (_log_ratio(x, middle) - tail / middle)
    d = select((x == 0.0) | (y == _INF), x * -y, d)
    d = select((x == 0.0) | (middle == 0.0), 0.0, d)
    return select((x >= 0.0) & (y >= 0.0) & (x < _INF), d, _NAN)


def _sign64(x):
    return select(x > 0.0, 1.0, select(x < 0.0, -1.0, x * x))


def _sign32(x):
    return select(x > _ZERO32, _ONE32, select(x < _ZERO32, -_ONE32, x * x))


if not HAS_FMA:  # the published functions below then resolve to libm

    def _exp64(x):
        return math.exp(x)

    def _scaled_exp64(x, y):
        if math.isinf(y):
            return x * math.exp(y)
        third = math.exp(min(max(y, -1500.0), 1500.0) / 3.0)
        return third * x * third * third

    def _log64(x):
        return np.log(x)

    def _log1p64(x):
        return np.log1p(x)

    def _expm1_64(x):
        return math.expm1(x)

    def _tanh64(x):
        return math.tanh(x)

    _exp32, _log32 = _exp64, _log64


# The published elementary functions that vectorise.


@_elementary(_exp64, _exp32)
def exp(x: float) -> float:
    """e^x.

    Error:   ≤ 0.7 ulp float64, ≤ 0.85 ulp float32, gradual underflow included
    """
    return _interpreted(exp, x)


@_elementary(_log64, _log32)
def log(x: float) -> float:
    """The natural logarithm: -inf at ±0, NaN below.

    Error:   ≤ 0.65 ulp float64, ≤ 0.73 ulp float32
    """
    return _interpreted(log, x)


@_elementary(_log1p64)
def log1p(x: float) -> float:
    """log(1 + x), accurate near 0.

    Error:   ≤ 0.8 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(log1p, x)


@_elementary(_expm1_64)
def expm1(x: float) -> float:
    """e^x - 1, accurate near 0.

    Error:   ≤ 0.75 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(expm1, x)


@_elementary(_tanh64)
def tanh(x: float) -> float:
    """The hyperbolic tangent.

    Error:   ≤ 0.6 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(tanh, x)


@_elementary(_sigmoid64)
def sigmoid(x: float) -> float:
    """1/(1 + e^-x), with gradual underflow for very negative x.

    Error:   ≤ 2.1 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(sigmoid, x)


@_elementary(_softplus64)
def softplus(x: float) -> float:
    """log(1 + e^x), which tends to e^x on the left and to x on the right.

    Error:   ≤ 1.5 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(softplus, x)


@_elementary(_absorb64, _absorb32)
def absorb(c: float, v: float) -> float:
    """c·v, and 0 where c = 0 whatever v is, NaN and infinities included."""
    return _interpreted(absorb, c, v)


@_elementary(_sign64, _sign32)
def sign(x: float) -> float:
    """-1, 0 or 1 by the sign of x; NaN of NaN."""
    return _interpreted(sign, x)


@_elementary(_scaled_exp64)
def scaled_exp(x: float, y: float) -> float:
    """x·e^y, which leaves the floats only where the product does."""
    return _interpreted(scaled_exp, x, y)


@_elementary(_middle_entr64)
def middle_entr(x: float, y: float) -> float:
    """x·log(x / ((x + y)/2)) for x, y ≥ 0, accurate where they are near; 0 where x = 0."""
    return _interpreted(middle_entr, x, y)


@_elementary(_log_ratio64)
def log_ratio(x: float, y: float) -> float:
    """log(x/y), the quotient never formed: accurate where x is near y, and where x/y leaves the floats."""
    return _interpreted(log_ratio, x, y)


@_elementary(_products_difference64)
def products_difference(x: float, y: float, z: float, w: float) -> float:
    """x·y - z·w, to 1.5 ulp whatever cancels."""
    return _interpreted(products_difference, x, y, z, w)


@_elementary(_sum_error64, _sum_error32)
def sum_error(x: float, y: float) -> float:
    """What the rounded sum x + y lacks of the exact one; 0 where the sum overflows."""
    return _interpreted(sum_error, x, y)


@_elementary(_hypot64)
def hypot(x: float, y: float) -> float:
    """√(x² + y²), which leaves the floats only where the result does."""
    return _interpreted(hypot, x, y)


@_elementary(_square_up64, _square32)
def square_up(x: float) -> float:
    """(2^600·x)², for sums of squares that underflow; x² for float32, whose squares add up in float64."""
    return _interpreted(square_up, x)


@_elementary(_square_down64, _square32)
def square_down(x: float) -> float:
    """(x/2^600)², for sums of squares that overflow; x² for float32, whose squares add up in float64."""
    return _interpreted(square_down, x)


@_elementary(_noisy_or64)
def fold_noisy_or(acc: float, x: float) -> float:
    """1 - (1 - acc)(1 - x), as a step: fold_noisy_or(acc, x), identity 0."""
    return _interpreted(fold_noisy_or, acc, x)


@_elementary(_xlogy64, _xlogy64)
def xlogy(a: float, b: float) -> float:
    """a log b, and 0 where a = 0.

    Error:   ≤ 1.6 ulp
    """
    return _interpreted(xlogy, a, b)


@_elementary(_rel_entr64)
def rel_entr(p: float, q: float) -> float:
    """p log(p/q): 0 where p = 0 <= q, +inf where p > 0 = q, NaN where either is negative.

    p/q is never formed, so that neither its overflow nor its rounding near 1 matters.

    Error:   ≤ 1.6 ulp float64, ≤ 0.51 ulp float32
    """
    return _interpreted(rel_entr, p, q)


# The published functions that numba hands to libm (square root and rounding to one instruction).


def _library(code: Callable[..., Any], name: str, doc: str) -> Callable[..., float]:
    """A published function evaluated by the same code in float64 and in float32."""

    def published(*args: float) -> float:
        return _interpreted(published, *args)

    published.__name__ = published.__qualname__ = name
    published.__doc__ = doc
    return _elementary(code, code)(published)


tan = _library(lambda x: math.tan(x), "tan", "The tangent.")
asin = _library(lambda x: math.asin(x), "asin", "The inverse sine.")
acos = _library(lambda x: math.acos(x), "acos", "The inverse cosine.")
atan = _library(lambda x: math.atan(x), "atan", "The inverse tangent.")
atan2 = _library(lambda x, y: math.atan2(x, y), "atan2", "The angle of the point (y, x): atan2(y, x).")
sqrt = _library(lambda x: math.sqrt(x), "sqrt", "The square root.")
cbrt = _library(lambda x: np.cbrt(x), "cbrt", "The real cube root.")
floor = _library(lambda x: np.floor(x), "floor", "The largest integer not above x, as a float.")
ceil = _library(lambda x: np.ceil(x), "ceil", "The smallest integer not below x, as a float.")
absolute = _library(lambda x: abs(x), "absolute", "The absolute value.")
gamma = _library(lambda x: math.gamma(x), "gamma", "The gamma function.")
lgamma = _library(lambda x: math.lgamma(x), "lgamma", "log|gamma(x)|.")
log2 = _library(lambda x: np.log2(x), "log2", "The logarithm to base 2.")
log10 = _library(lambda x: np.log10(x), "log10", "The logarithm to base 10.")
