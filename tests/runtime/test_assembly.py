"""The machine code of compiled formulas: vector instructions, and no call in a loop."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numba.core.codegen import get_host_cpu_features

import texjit as tj
from texjit.runtime import jit

FORMULAS = {
    "divergence": (r"K(P||Q) = \sum_{x} P(x) \log\frac{P(x)}{Q(x)}", 2),
    "cross entropy": (r"B(y, q) = -\frac{1}{N}\sum_{i=1}^{N} [y_i \log q_i + (1-y_i)\log(1-q_i)]", 2),
    "normalised exponentials": (r"s(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}", 1),
    "hyperbolic": (r"t(x) = \frac{1}{n} \sum_{i=1}^{n} \tanh x_i", 1),
}

pytestmark = pytest.mark.skipif(
    "+avx2" not in get_host_cpu_features().split(","), reason="this CPU has no AVX2 instructions"
)


def machine_code(kernel: tj.Kernel) -> str:
    """The assembly of the kernel's float64 function itself."""
    entry = f"{kernel.name}_f64"
    function = jit.build(kernel.source, (entry,))[entry]
    (signature,) = function.signatures
    text: str = function.inspect_asm(signature)
    label = function.overloads[signature].fndesc.llvm_func_name
    start = re.search(rf'^"?{re.escape(label)}"?:', text, re.MULTILINE)
    assert start is not None
    return text[start.end() : text.index(".Lfunc_end", start.end())]


def functions_called(code: str) -> set[str]:
    """Names that the code calls, directly or through a register."""
    found = re.findall(r"\bcall\w*\s+\*?%?(\w+)|movabsq\s+\$(\w+)", code)
    return {n for pair in found for n in pair if n and not re.fullmatch(r"r\w{2,3}", n)}


@pytest.mark.parametrize("name", list(FORMULAS))
def test_a_formula_becomes_vector_code(name: str) -> None:
    latex, count = FORMULAS[name]
    kernel = tj.compile(latex)
    x = np.linspace(0.1, 0.9, 37)
    kernel(*[x / x.sum()] * count)
    code = machine_code(kernel)
    assert re.search(r"%[yz]mm", code)
    # Scratch arrays are allocated by a call; elementary functions never are.
    assert not {n for n in functions_called(code) if re.search(r"(^|_)(exp|log|tanh|expm1|log1p|pow)", n)}


def test_a_call_of_the_library_would_be_seen() -> None:
    kernel = tj.compile(r"t(x) = \frac{1}{n} \sum_{i=1}^{n} \tan x_i")
    kernel(np.linspace(0.1, 0.9, 37))
    assert "tan" in functions_called(machine_code(kernel))
