"""Every row of the README's table "Two readings", and that no row is without a test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from texjit.equations.diagnostic import Diagnostic
from texjit.equations.equation import Equation
from texjit.equations.read import read
from texjit.equations.understand import Reading, understand

README = Path(__file__).parents[2] / "README.md"


@dataclass(frozen=True, slots=True)
class Means:
    """The last formula of a text is read: its parameters, the body of its value, and words of a note about it."""

    text: str
    parameters: tuple[str, ...]
    body: str
    note: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The last formula of a text is refused: words of the message, and of its notes and help."""

    text: str
    message: str
    cure: str = ""
    where: str = ""


VECTOR, MATRIX, SQUARE = r"x \in \mathbb{R}^d", r"A \in \mathbb{R}^{m \times n}", r"A \in \mathbb{R}^{n \times n}"
TWO, SCALE = "h(x, y) = x^2 y + y", r"s(x) = \sum_{i=1}^n x_i^4"
F, DENSITY = "f(x) = x + 1", r"p(x \mid \theta) = \theta e^{-\theta x}"

#: The first cell of a row, and what proves it.
ROWS: dict[str, tuple[Means | Refused, ...]] = {
    r"`a/bc`, `1/2 x`, `x^2/2\sigma^2`": (
        Refused("y = a/bc", "what follows '/'", r"\frac"),
        Refused("y = 1/2 x", "what follows '/'"),
        Refused(r"y = x^2/2\sigma^2", "what follows '/'"),
        Means(r"y = \frac{a}{bc}", ("a", "b", "c"), "a/((b*c))"),
        Means(r"y = \frac{a}{b} c", ("a", "b", "c"), "a*c/b"),
    ),
    r"`a/b \cdot c`": (
        Means(r"y = a/b \cdot c", ("a", "b", "c"), "a*c/b"),
        Means(r"y = \frac{a}{b \cdot c}", ("a", "b", "c"), "a/((b*c))"),
    ),
    "`f^{-1}(x)`, `f^2(x)` of a function": (
        Refused(f"{F} ¶ y = f^{{-1}}(z)", "may be one of a function"),
        Refused(f"{F} ¶ y = f^2(z)", "may be one of a function"),
        Means(f"{F} ¶ y = f(f(z))", ("z",), "f_2", "f is the one defined in line 1"),
        Means(r"q = \mathcal{N}(z; 0, f^2(b))", ("z", "f", "b"), "exp(-1*log(2*pi*f_b**2)/2 - z**2/(2*f_b**2))",
              "is the square of"),
    ),
    r"`\mathcal{N}(x; \mu, s)`": (
        Means(r"q = \mathcal{N}(x; \mu, s)", ("x", "mu", "s"), "exp(-1*log(2*pi*s)/2 - (-mu + x)**2/(2*s))",
              "its second parameter is the variance"),
        Refused(r"q = \mathcal{N}(x; \mu, \sigma)", "may be a standard deviation", r"\sigma^2"),
    ),
    r"`d^2(x, y) = …`, `\sigma_f^2(x) = …` where nothing else defines `d`": (
        Means("d^2(x, y) = (x - y)^2 + x", ("x", "y"), "x + (x - y)**2", "d_squared is the square of d"),
        Means(r"\sigma_f^2(x) = x^2 + 1", ("x",), "x**2 + 1", "is the square of"),
        Refused("f^2(x) = x^2 + 1", "may be one of a function"),
    ),
    r"`\max_{0 \le x \le 1}`; `\max_{0 \le k \le n}`": (
        Means(r"y = \max_{0 \le x \le 1} x (1 - x)", (), "maximum", "a numerical search"),
        Means(r"y = \max_{0 \le k \le n} k^2", ("n",), "ReduceMax(k**2, k, 0, n)"),
    ),
    r"`\sin^2 x`, `\sin^{-1} x`": (
        Means(r"y = \sin^2 x", ("x",), "sin(x)**2"),
        Means(r"y = \sin^{-1} x", ("x",), "asin(x)", "inverse function"),
        Means(r"y = \frac{1}{\sin x}", ("x",), "1/sin(x)"),
    ),
    r"`\sin 2x`, `\sin x y`": (
        Means(r"z = \sin 2x", ("x",), "sin(2*x)"),
        Means(r"z = \sin x y", ("x", "y"), "sin(x*y)", "takes all of the product"),
        Means(r"z = \sin x \cos y", ("x", "y"), "sin(x)*cos(y)"),
        Means(r"z = \sin(x) y", ("x", "y"), "y*sin(x)"),
    ),
    r"`\log x (1 - y)`": (
        Refused(r"z = \log x (1 - y)", "may belong to the argument of 'log'"),
        Means(r"z = \log(x (1 - y))", ("x", "y"), "log(x*(1 - y))"),
        Means(r"z = \log(x) (1 - y)", ("x", "y"), "(1 - y)*log(x)"),
    ),
    r"`\log(x)^2`": (
        Means(r"y = \log(x)^2", ("x",), "log(x)**2"),
        Means(r"y = \log(x^2)", ("x",), "log(x**2)"),
    ),
    r"`f(x+1)`, `\sigma(x+1)` undeclared": (
        Refused("y = f(x+1)", "may be a function applied or a product", "product"),
        Refused(r"y = \sigma(x+1)", "may be a function applied or a product"),
        Means(r"y = f \cdot (x+1)", ("f", "x"), "f*(x + 1)"),
        Means("y = f(x)", ("f", "x"), "f_x", "black-box", where=r"f : \mathbb{R} \to \mathbb{R}"),
    ),
    r"`\lambda(x+1)`": (
        Means(r"y = \lambda(x+1)", ("lambda_", "x"), "lambda_*(x + 1)", "is a product"),
        Means(r"y = \lambda(x)", ("lambda_", "x"), "lambda__x", "black-box", r"\lambda : \mathbb{R} \to \mathbb{R}"),
    ),
    "`y = A x` undeclared": (
        Means("y = A x", ("A", "x"), "A*x", "are numbers; for a matrix and a vector declare"),
        Means("y = A x", ("A", "x"), "Sum(A[i, k]*x[k], (k, 1, n))", where=MATRIX),
    ),
    "`e`, `e^x`": (
        Means("y = e", (), "E", "Euler's number"),
        Means("y = e^x", ("x",), "exp(x)"),
        Means("y = e x", ("e", "x"), "e*x", where=r"e \in \mathbb{R}"),
    ),
    r"`e^{i \theta}`": (
        Refused(r"y = e^{i \theta}", "complex numbers are not there yet"),
        Means(r"y = e^{i \theta}", ("i", "theta"), "exp(i*theta)", where=r"i \in \mathbb{R}"),
    ),
    r"`\Delta x`": (
        Means(r"y = \Delta x", ("Delta_x",), "Delta_x", "one name"),
        Means(r"y = \Delta x", ("Delta", "x"), "Delta*x", where=r"\Delta \in \mathbb{R}"),
        Means(r"\Delta = a + b ¶ y = \Delta x", ("a", "b", "x"), "Delta*x"),
    ),
    "`x^{(i)}`, `z^{(l)}`": (
        Means(r"y = \sum_{i=1}^N x^{(i)}", ("x",), "Sum(x[i], (i, 1, N))"),
        Means("y = z^{(l)}", ("z_l",), "z_l"),
        Refused(r"y = \sum_{i=1}^N x^{(i)} x_i", "an index above and one below"),
    ),
    "`f^{(n)}(x)`": (Refused("y = f^{(n)}(x)", "may be a derivative or a label"),),
    "`f'(x)` of a function of one number": (
        Means(f"{F} ¶ y = f'(z)", ("z",), "f_by", "f_prime is the derivative of f"),
        Means(f"{F} ¶ f'(x) = 2 x ¶ y = f'(z)", ("z",), "f_prime", "f_prime is the one defined"),
        Means("y = f'(z)", ("f_prime", "z"), "f_prime_z", "black-box"),
        Refused("y = f'(z + 1)", "may be a function applied or a product"),
    ),
    r"`\frac{\partial f(a, b)}{\partial x}`, `\nabla_x f(a, b)`": (
        Means(rf"{TWO} ¶ z = \frac{{\partial h(a, b)}}{{\partial x}}", ("a", "b"), "h_by"),
        Means(rf"{TWO} ¶ z = \nabla_x h(a, b)", ("a", "b"), "h_by"),
        Means(rf"{TWO} ¶ z = \frac{{d}}{{dx}} h(x, 2 x)", ("x",), "d_by"),
        Refused(rf"{TWO} ¶ z = \frac{{\partial h(2 x, b)}}{{\partial x}}", "or by x in all arguments", r"\frac{d}{dx}"),
    ),
    r"`\frac{\partial L}{\partial w}` where L is made of `w` and of `z = w^2`": (
        Refused(r"z = w^2 ¶ L = a z + w ¶ y = \frac{\partial L}{\partial w}", "which is made of w as well",
                r"\frac{d L}{d w}"),
        Means(r"z = w^2 ¶ L = a z + w ¶ y = \frac{dL}{dw}", ("w", "a"), "L_by"),
        Means(r"L(w, z) = a z + w ¶ y = \frac{\partial L}{\partial w}", ("w", "z", "a"), "L_by"),
    ),
    r"`\frac{d}{dx} x^2 + x`": (
        Means(r"y = \frac{d}{dx} x^2 + x", ("x",), "d_by + x"),
        Means(r"y = \frac{d}{dx} (x^2 + x)", ("x",), "d_by"),
    ),
    r"`\frac{d}{dx} x \sin x`, `\nabla_x x^2 \sin x`, `\frac{df}{dx} (2x)`": (
        Refused(rf"{F} ¶ y = \frac{{df}}{{dx}} (2x)", "may be where it is taken, or a factor", r"\left."),
        Refused(r"y = \frac{d}{dx} x \sin x", "where what is differentiated ends", r"\left("),
        Refused(r"y = \nabla_x x^2 \sin x", "where what is differentiated ends", r"\left("),
        Means(r"y = \frac{d}{dx} \left( x \sin x \right)", ("x",), "d_by"),
        Means(r"y = \left( \frac{d}{dx} x \right) \sin x", ("x",), "x_by*sin(x)"),
    ),
    r"`\nabla^2 f(x)`": (
        Refused(rf"{SCALE} ¶ y = \nabla^2 s(x)", "may be a Laplacian or a matrix", r"\sum_i"),
        Means(rf"{SCALE} ¶ H_{{ij}} = [\nabla^2 s(x)]_{{ij}}", ("x",), "s_by_by[i, j]"),
        Means(rf"{SCALE} ¶ y = \sum_{{i=1}}^n \frac{{\partial^2 s}}{{\partial x_i^2}}", ("x",),
              "Sum(s_by_by[i, i], (i, 1, n))"),
        Means(rf"{SCALE} ¶ H_{{ij}} = \frac{{\partial^2 s}}{{\partial x_i \partial x_j}}", ("x",), "s_by_by[i, j]"),
    ),
    r"`90^\circ`; `E^\circ`": (
        Means(r"y = 90^\circ", (), "90*pi/180", "180° = π"),
        Means(r"y = E^\circ + 1", ("E_circ",), "E_circ + 1"),
        Refused(r"y = 25^\circ\text{C}", "a scale of temperature"),
    ),
    r"`5 \text{ m}`, `\SI{5}{\meter}`, `5 \, [\mathrm{m}]`": (
        Means(r"x = 5 \text{ m}", (), "5", "the unit m is left out"),
        Means(r"x = \SI{5}{\meter}", (), "5", "the unit m is left out"),
        Means(r"x = 5 \, [\mathrm{m}]", (), "5", "the unit m is left out"),
        Refused(r"x = 5 a \text{m}", "may be a unit or a factor"),
        Refused(r"x = 5 \cdot 10^3 \, m/s", "may be a unit or factors"),
    ),
    r"`5\%`": (
        Means(r"x = 5\%", (), "1/20", "divides its number by 100"),
        Means(r"y = x + 5\%", ("x",), "x + 1/20", "divides its number by 100"),
    ),
    r"`f(x) = x^3, \quad x > 0`": (
        Means(r"f(x) = x^3, \quad x > 0", ("x",), "x**3"),
        Refused(r"f(x) = x^3 ¶ x > 0", "a claim"),
    ),
    r"`y_i = a x_i, \quad i = 1, \dots, n`": (
        Means(r"y_i = a x_i, \quad i = 1, \dots, n", ("a", "x"), "a*x[i]"),
        Means(r"y_i = a x_i", ("a", "x_i"), "a*x_i"),
    ),
    r"`f(x)_i = x_i^2`, `f : x \mapsto x^2`, `f(x) \equiv x^2`, `y \leftarrow a x`": (
        Means("f(x)_i = x_i^2", ("x",), "x[i]**2"),
        Means(r"f : x \mapsto x^2", ("x",), "x**2"),
        Means(r"f(x) \equiv x^2", ("x",), "x**2", "taken for the definition"),
        Means(r"y \leftarrow a x", ("a", "x"), "a*x", "taken for the definition"),
        Refused(r"x \leftarrow x - g", "assigned a value that is made of its own"),
    ),
    r"`p(x \mid \theta) = \theta e^{-\theta x}`": (
        Means(DENSITY, ("x", "theta"), "theta*exp(-theta*x)"),
        Refused(rf"{DENSITY} ¶ q = p(y \mid x) + 1", "another density of that letter"),
    ),
    "`A^*`, `x^*`": (
        Means("y = A^* + x^*", ("A_star", "x_star"), "A_star + x_star"),
        Refused(r"y = A^\dagger x", "may be its transpose or its pseudo-inverse"),
        Refused(r"y = A^\dagger x", "may be its transpose or its pseudo-inverse", where=MATRIX),
    ),
    r"`X'X`, `w' \Sigma w`": (
        Refused("Y = X'X", "may be the transpose of X", r"X^\top"),
        Refused(r"y = w' \Sigma w", "may be the transpose of w", r"w^\top"),
        Means("Y = X'X", ("X_prime", "X"), "Sum(X[k, i_1]*X_prime[i, k], (k, 1, n))",
              where=r"X' \in \mathbb{R}^{d \times n}, X \in \mathbb{R}^{n \times d}"),
    ),
    "`E^0`": (
        Refused("y = E^0 + 1", "may be a name or the power, which is 1", r"\circ"),
        Means("y = E^0 + E^2", ("E",), "E**2 + E**0"),
    ),
    "`k [A]^m [B]^n`, `K + [S]`": (
        Means("y = k [A]^m [B]^n", ("k", "A", "m", "B", "n"), "A**m*B**n*k", "stands for its amount"),
        Means("y = K + [S]", ("K", "S"), "K + S"),
        Refused("y = k [A]", "may be a function applied, an element, or a product"),
    ),
    r"`x \cdot n` of a vector and an undeclared Latin letter": (
        Refused(r"y = x \cdot n", "may be a number or a vector", where=VECTOR),
        Means(r"y = x \cdot n", ("x", "n"), "Sum(n[k]*x[k], (k, 1, d))", where=r"x, n \in \mathbb{R}^d"),
        Means(r"y = x \cdot \alpha", ("x", "alpha"), "alpha[i]*x[i]", "element by element", VECTOR),
    ),
    r"`\mathbf{n} \cdot \mathbf{l}` of small bold letters; `n \cdot l` undeclared": (
        Means(r"y = \mathbf{n} \cdot \mathbf{l}", ("n", "l"), "Sum(l[k]*n[k], (k, 1, d))", "inner product"),
        Means(r"y = n \cdot l", ("n", "l"), "l*n", "a product of numbers"),
        Refused(r"y = x \cdot \tanh(x)", "inner product", r"\odot", where=VECTOR),
    ),
    r"`w^\top \phi(x)`, `\phi(x)^\top w` of a black-box function": (
        Refused(r"y = w^\top \phi(x)", "may be meant as a vector"),
        Refused(r"y = \phi(x)^\top w", "may give a vector"),
        Means(r"y = w^\top \phi", ("w", "phi"), "Sum(phi[k]*w[k], (k, 1, d))"),
    ),
    r"`\langle x \rangle`, `\{x\}`, `(x]`": (
        Refused(r"z = \langle x^2 \rangle - \langle x \rangle^2", "may be a mean or a group", r"\sum"),
        Refused(r"z = \{x\}", "a fractional part", r"\lfloor x \rfloor"),
        Refused("z = (x]", "half-open"),
        Means(r"z = \langle x, y \rangle", ("x", "y"), "Sum(x[k]*y[k], (k, 1, d))", where=r"x, y \in \mathbb{R}^d"),
        Means(r"z = \{x + y\} w", ("x", "y", "w"), "w*(x + y)"),
        Means(r"z = \log{\lfloor x \rfloor} + \surd\lceil x \rceil", ("x",), "log(floor(x)) + sqrt(ceiling(x))"),
    ),
    "`A_{12}` of a declared matrix": (
        Means("y = A_{12}", ("A",), "A[1, 2]", "row 1, column 2", MATRIX),
        Means("y = A_{12}", ("A_12",), "A_12"),
    ),
    r"`\sum_{i=1}^{n} x_i y_{i+1}`": (
        Means(r"A = \sum_{i=1}^{n} (x_i y_{i+1} - x_{i+1} y_i)", ("x", "y"),
              "Sum(-x[i + 1]*y[i] + x[i]*y[i + 1], (i, 1, n_plus_1 - 1))", "nothing wraps around"),
        Refused(r"x_{n+1} = x_1 ¶ A = \sum_{i=1}^{n} (x_i y_{i+1} - x_{i+1} y_i)", "closes the sum up", "last term"),
    ),
    r"`\lVert x \rVert`, `\lvert A \rvert`": (
        Means(r"y = \lVert x \rVert", ("x",), "sqrt(Sum(x[k]**2, (k, 1, d)))", where=VECTOR),
        Means(r"y = \lvert A \rvert", ("A",), "Determinant(A)", where=SQUARE),
        Refused(r"y = \lVert A \rVert_2", "a norm with an order of a matrix", where=MATRIX),
        Means(r"y = \lVert A \rVert_1", ("A",), "ReduceMax(Sum(Abs(A[i, j]), (i, 1, m)), j, 1, n)",
              "largest column sum", MATRIX),
    ),
    r"`A_{i:}`, `A_{i\cdot}`, `A_{\cdot j}`": (
        Means(r"s_i = A_{i\cdot} x", ("A", "x"), "Sum(A[i, k]*x[k], (k, 1, n))", "is a row vector",
              rf"{MATRIX}, x \in \mathbb{{R}}^n"),
        Means(r"s_i = A_{i:}^T x", ("A", "x"), "Sum(A[i, k]*x[k], (k, 1, n))", "is a row vector",
              rf"{MATRIX}, x \in \mathbb{{R}}^n"),
        Means(r"s_j = \|A_{\cdot j}\|_1", ("A",), "Sum(Abs(A[k, j]), (k, 1, m))", "", MATRIX),
        Refused(r"s = \sum_i y_{i\cdot}^2", "sum or mean", r"\in \mathbb{R}^{m \times n}"),
    ),
    "`x_*`, `k_*`": (Means("f = x_* - x", ("x_star", "x"), "-x + x_star"),),
    "`x^+`, `[x]_+`": (
        Means("f(x) = x^+", ("x",), "Max(0, x)", "max(0"),
        Means("f = [x - K]_+", ("x", "K"), "Max(0, -K + x)", "max(0"),
        Refused("f = [x]_-", "negative part", r"\min(0, x)"),
        Refused("f = A^+ b", "pseudo-inverse", "^{-1}", MATRIX),
    ),
    r"`(f \circ g)(x)`, `A \circ B`": (
        Means(rf"{F} ¶ g(x) = x^2 ¶ y = (f \circ g)(z)", ("z",), "f", "g is the one defined"),
        Means(r"C = A \circ B", ("A", "B"), "A[i, i_1]*B[i, i_1]", "", MATRIX.replace("A", "A, B")),
        Refused(r"h = (f \circ g)(x)", "join functions", r"\odot"),
    ),
    r"`\left. F \right\vert_{x=a}^{b}`": (
        Means(r"h(a, b) = \left. x^2 \right|_{x=a}^{b}", ("a", "b"), "-a**2 + b**2", "upper one less"),
        Refused(r"h(a, b) = \left. x^2 \right|_a^b", "a point below", "put in"),
    ),
    r"`f(x) = \sum_{i=1}^n (x - x_i)^2`": (
        Means(r"f(x) = \sum_{i=1}^n (x - x_i)^2", ("x", "x_data"), "Sum((x - x_data[i])**2, (i, 1, n))",
              "data of its own"),
        Means(r"f(x) = \|x\|_1 + \sum_{i=1}^n x_i", ("x",), "Sum(Abs(x[k]), (k, 1, n)) + Sum(x[i], (i, 1, n))"),
    ),
    "`NPV = a - b`": (
        Means("NPV = a - b", ("a", "b"), "a - b", "NPV is one name"),
    ),
    r"`a \bmod m`": (
        Means(r"f = a \bmod m", ("a", "m"), "a - m*floor(a/m)", "a mod m"),
        Refused(r"f = a + b \bmod m", "is open", r"\bmod"),
    ),
    r"`C_n^k` of arguments, `n!!`, `\operatorname{Var}(x)`": (
        Refused("f(n, k) = C_n^k", "number of choices", r"\binom{n}{k}"),
        Refused("f(n) = n!!", "double factorial", r"\prod"),
        Refused(r"v = \operatorname{Var}(x)", "by n or by n - 1", r"\frac{1}{n-1}", VECTOR),
    ),
    r"`\begin{pmatrix} A & b \\ 0 & 1 \end{pmatrix}`": (
        Refused(r"M = \begin{pmatrix} A & b \\ 0 & 1 \end{pmatrix}", "a number or a block", r"$A \in \mathbb{R}$"),
    ),
    r"`\Phi(x)`, `\Gamma(x)` undefined": (
        Means(r"y = \Phi(x)", ("x",), "erfc(-x/(sqrt(2)))/2", "standard normal law"),
        Means(r"y = \Gamma(x)", ("x",), "gamma(x)", "the gamma function"),
        Means(r"\Phi(x) = x^3 ¶ y = \Phi(z)", ("z",), "Phi", "the one defined in line 1"),
    ),
    r"`\psi(x)` beside `\Gamma` or the word digamma; elsewhere": (
        Means(r"y = \psi(x) + \ln\Gamma(x)", ("x",), "digamma(x) + loggamma(x)", "derivative of the logarithm"),
        Means(r"y = \psi(x)", ("psi", "x"), "psi_x", "black-box function"),
        Means(r"y = \operatorname{digamma}(x)", ("x",), "digamma(x)"),
    ),
    r"`w^{gt} + h^{gt}`, `\sum_t (a_o^t - a_m^t)`": (
        Refused(r"y = \frac{w^{gt}}{h^{gt}} - \frac{w}{h}", "labelled gt or a power", r"^{\text{gt}}"),
        Refused(r"y = \sum_{t=1}^T (Q_o^t - Q_m^t)^2", "may be an element or a power", "^{(t)}"),
        Means(r"y = a^{nk} + b^{nk} + n", ("a", "n", "k", "b"), "a**(k*n) + b**(k*n) + n"),
        Means(r"y = \sum_{t=1}^T \gamma_1^t r_t", ("gamma_1", "r"), "Sum(gamma_1**t*r[t], (t, 1, T))"),
    ),
    r"`\sum_{i \in S}`": (
        Means(r"y = \sum_{i \in S} x_i", ("x",), "Sum(x[i], (i, 1, S))", "runs over the whole axis S"),
        Means(r"y = \sum_{i=1}^N \mathbb{1}[x_i > 0] x_i", ("x",),
              "Sum(Piecewise((1, x[i] > 0), (0, True))*x[i], (i, 1, N))"),
        Means(r"y = \sum_{k=1}^N \mathbb{I}_{k > 2} \log(z_k)", ("z",),
              "Sum(Piecewise((1, k > 2), (0, True))*log(z[k]), (k, 1, N))"),
        Means(r"y = \mathbb{1}_{x > 0} (x + 1)", ("x",), "(x + 1)*Piecewise((1, x > 0), (0, True))"),
    ),
    r"`c - \underbrace{a + b}_x`, `\sqrt\log x`": (
        Refused(r"y = c - \underbrace{a + b}_x", "do not show in print", r"\left("),
        Refused(r"y = \sqrt\log x", "only '\\log' belongs to '\\sqrt' here", r"\sqrt{\log …}"),
        Means(r"y = c - \underbrace{(a + b)}_x", ("c", "a", "b"), "c - (a + b)"),
        Means(r"y = \underbrace{a + b}_x + c", ("a", "b", "c"), "a + b + c"),
        Means(r"y = \sqrt{\log x}", ("x",), "sqrt(log(x))"),
    ),
    "`2.5e-3`, `1,000`": (
        Refused("y = 2.5e-3", "reads as a product with the letter e", r"\times 10"),
        Refused("y = 1,000", "a list has no value here"),
        Means(r"y = 2.5 \times 10^{-3}", (), "1/400"),
        Means("y = 1{,}000 x", ("x",), "1000*x"),
    ),
    "`±`": (Refused(r"y = a \pm b", "makes two equations"),),
}  # fmt: skip


def last(case: Means | Refused) -> Reading | Diagnostic:
    where = f"where ${case.where}$." if case.where else ""
    text = "\n\n".join(f"$${formula.strip()}$$" for formula in case.text.split("¶"))
    document = read(f"{text}\n{where}")
    found = [r for r in understand(document) if r.kind != "declaration"]
    # What cannot be read is no statement.
    return found[-1] if found else document.diagnostics[-1]


@pytest.mark.parametrize("written", ROWS)
def test_a_row(written: str) -> None:
    for case in ROWS[written]:
        found = last(case)
        if isinstance(case, Refused):
            told = found if isinstance(found, Diagnostic) else found.diagnostic
            assert isinstance(found, Diagnostic) or found.meaning is None, case.text
            assert case.message in found.message
            assert case.cure in ("" if told is None else " ".join((*told.notes, told.help))), case.text
        else:
            assert isinstance(found, Reading) and isinstance(found.meaning, Equation), (case.text, found.message)
            e = found.meaning
            assert (e.call_order, str(e.outputs[-1].body)) == (case.parameters, case.body), case.text
            assert case.note in "; ".join(e.assumptions), case.text


def written_rows() -> dict[str, str]:
    """The table in the README: its first cells, and what stands beside them."""
    table = README.read_text(encoding="utf-8").partition("### Two readings")[2].partition("\n## ")[0]
    rows = [line.strip("| ").partition(" | ") for line in table.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    return {first.strip(): rest for first, _, rest in rows[2:]}


def test_every_row_is_tested() -> None:
    assert list(written_rows()) == list(ROWS)


def test_what_is_called_refused_is_refused() -> None:
    """A row that begins with "refused" starts with refusals, others with readings."""
    for written, rest in written_rows().items():
        refused = rest.startswith("refused")
        assert isinstance(ROWS[written][0], Refused) == refused, written
