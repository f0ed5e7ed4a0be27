"""A written module runs with NumPy and numba alone, and gives the same bits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import texjit as tj
from texjit.runtime import vecmath
from texjit.runtime.export.module import SUPPORT, standalone

DOCUMENT = r"""
$$ softmax(z_i) = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}} $$

$$ D(x, y) = \sqrt{(x-y)^T \Sigma^{-1} (x-y)} $$

$$ V(f) = \mathbb{E}_{u \sim p}[\log f(u)] $$

$$ exp(a, b) = \log(1 + e^{a}) + b^2 $$

## Momentum Method

$$ m_t = \rho m_{t-1} + g_t $$
"""

#: Refuses every import but the standard library's, NumPy's, numba's and the module's own.
RUN = """
import sys, importlib.abc
ALLOWED = {"numpy", "numba", "llvmlite"}
class Only(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in ("texjit", "sympy", "flint", "mpmath", "ot", "typer", "rich"):
            raise ImportError(f"{name} must not be needed")
        return None
sys.meta_path.insert(0, Only())
sys.path.insert(0, sys.argv[1])
import numpy as np
import notes
inputs = np.load(sys.argv[2])
out = {}
for dtype in sys.argv[4:]:
    z, x, y, s, u = (inputs[n].astype(dtype) for n in "zxysu")
    out[f"softmax_{dtype}"] = notes.softmax(z)
    out[f"softmax_one_{dtype}"] = notes.softmax(z[0])
    out[f"D_{dtype}"] = notes.D(x, y, s)
    out[f"D_one_{dtype}"] = notes.D(x[0], y, s)
    out[f"V_{dtype}"] = notes.V(f=lambda t: t * t + 1, u=u)
    out[f"exp_{dtype}"] = notes.exp(x, y)
    out[f"m_{dtype}"] = notes.Momentum(m=x, g=y, rho=0.5)["m"]
np.savez(sys.argv[3], **out)
"""


@pytest.fixture(scope="module")
def library() -> tj.Library:
    lib: tj.Library = tj.compile(tj.read(DOCUMENT))
    return lib


@pytest.mark.parametrize("dtypes", [("float64",), pytest.param(("float64", "float32"), marks=pytest.mark.slow)])
def test_same_bits_without_texjit(library: tj.Library, tmp_path: Path, dtypes: tuple[str, ...]) -> None:
    written = tj.export(library, tmp_path / "out", name="notes")
    assert {p.name for p in written} == {
        "notes.py", "notes_kernels.py", "notes.json", "_texjit_vecmath.py", "_texjit_linalg.py", "_texjit_call.py",
        "_texjit_slots.py", "_texjit_dlpack.py", "_texjit_vecmath_stable.py", "_texjit_vecmath_power.py",
        "_texjit_vecmath_trig.py", "_texjit_vecmath_erf.py",
        "_texjit_vecmath_gamma.py", "_texjit_vecmath_hyperbolic.py", "_texjit_vecmath_instructions.py",
        "_texjit_vecmath_explog.py", "_texjit_vecmath_dd.py", "_texjit_linalg_dd.py",
        "_texjit_vecmath_dd_gamma.py", "_texjit_vecmath_dd_trig.py",
    }
    rng = np.random.default_rng(5)
    a = rng.normal(size=(4, 4))
    arrays = {"z": 30 * rng.normal(size=(3, 7)), "x": rng.normal(size=(5, 4)), "y": rng.normal(size=4),
              "s": a @ a.T + np.eye(4), "u": rng.random(11)}
    # A sum of two float32 roundings is symmetric only if both triangles agree.
    arrays["s"] = (arrays["s"] + arrays["s"].T) / 2
    np.savez(tmp_path / "in.npz", **arrays)
    places = [str(tmp_path / name) for name in ("out", "in.npz", "res.npz")]
    subprocess.run([sys.executable, "-c", RUN, *places, *dtypes], check=True, cwd=tmp_path)
    found = np.load(tmp_path / "res.npz")
    for dtype in dtypes:
        z, x, y, s, u = (arrays[n].astype(dtype) for n in "zxysu")
        expected = {
            "softmax": library["softmax"](z), "softmax_one": library["softmax"](z[0]), "D": library["D"](x, y, s),
            "D_one": library["D"](x[0], y, s), "V": library["V"](lambda t: t * t + 1, u),
            "exp": library["exp"](x, y), "m": library["Momentum"].step(m=x, g=y, rho=0.5).m,
        }
        for name, value in expected.items():
            got = found[f"{name}_{dtype}"]
            assert got.dtype == np.dtype(dtype)
            assert got.tobytes() == np.asarray(value).tobytes(), (name, dtype)


FAMILY = """
import sys
sys.path.insert(0, sys.argv[1])
import _texjit_vecmath as v
assert {m for m in sys.modules if m.startswith("texjit")} == set()
assert all(hasattr(v, name) for names in v._SIBLINGS.values() for name in names.split())
print(*(m for m in sys.modules if m.startswith("_texjit_vecmath_")))
print(v.exp_diff(1.0, 1.0))
"""


def test_the_family_of_elementary_functions_goes_along(tmp_path: Path) -> None:
    here = Path(vecmath.__file__).parent
    for source, target in SUPPORT.items():
        (tmp_path / f"{target}.py").write_text(standalone((here / f"{source}.py").read_text()))
    ran = subprocess.run(
        [sys.executable, "-c", FAMILY, str(tmp_path)], check=True, cwd=tmp_path, capture_output=True, text=True
    )
    modules, value = ran.stdout.splitlines()
    assert set(modules.split()) == {f"_texjit_vecmath_{part}" for part in vecmath._SIBLINGS}
    assert value == "1.0"


def test_certificates_are_written(library: tj.Library, tmp_path: Path) -> None:
    tj.export(library, tmp_path, name="notes")
    record = json.loads((tmp_path / "notes.json").read_text())
    assert set(record) == set(library)
    for by_dtype in record.values():
        assert set(by_dtype) == {"float64", "float32"}
        assert all(c["points"] > 0 for c in by_dtype.values())


def test_an_unknown_target_is_refused(library: tj.Library, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="target"):
        tj.export(library, tmp_path, target="cobol")


def test_derivatives_are_written_like_any_kernel(tmp_path: Path) -> None:
    k = tj.compile(r"f(x, a) = \sum_i a_i x_i^3", where="x, a in R^n")
    g = tj.value_and_grad(k, "x")
    tj.export([k, g], tmp_path / "out", name="steps")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import numpy as np; import steps\n"
        "value, slope = steps.value_and_grad_f(np.array([1.0, 2.0]), np.array([3.0, 4.0]))\n"
        "assert value == 35.0 and list(slope) == [9.0, 48.0], (value, slope)\n"
        "assert 'texjit' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "out")], check=True, cwd=tmp_path)
    with pytest.raises(TypeError, match="expected kernels, found int"):
        tj.export([k, 3], tmp_path)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="two kernels of one name"):
        tj.export([k, k], tmp_path)
