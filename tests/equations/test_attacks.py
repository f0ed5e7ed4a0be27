"""Input is untrusted: every attack that the design names, and the limit that stops it."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

import texjit as tj
import texjit.compiler
import texjit.equations
import texjit.runtime
from texjit.compiler.emit.names import comment, docstring
from texjit.equations.diagnostic import TexjitError
from texjit.equations.document import Document
from texjit.equations.names import safe
from texjit.equations.read import read_source
from texjit.equations.span import Source
from texjit.equations.understand import Reading, understand

MIB = 1024 * 1024
ROOMS = [Path(room.__path__[0]) for room in (texjit.equations, texjit.compiler, texjit.runtime)]
FILES = [path for room in ROOMS for path in sorted(room.rglob("*.py"))]


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("cache")
    folder.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXJIT_CACHE_DIR", str(folder))
        yield folder


# No text of an author is ever run.

#: Calls that turn text into code or into SymPy, and where they are allowed, and why.
FORBIDDEN = frozenset(
    "eval exec compile __import__ sympify parse_expr parse_latex lambdify S literal_eval import_module system popen "
    "run_module run_path".split()
)
ALLOWED = {
    ("runtime/vecmath_dd.py", "import_module"): "files of its own family, which a table names",
    ("runtime/jit.py", "exec"): "the emitted module: its text is the compiler's, checked by the tests of names below",
    ("runtime/jit.py", "compile"): "the emitted module",
    ("runtime/call.py", "exec"): "the fast path: its text holds our own names only",
    ("runtime/call.py", "compile"): "the fast path",
    ("runtime/library.py", "compile"): "texjit's own compile",
    ("runtime/cli.py", "compile"): "texjit's own compile",
    ("runtime/computed.py", "import_module"): "the routine of a kind of value, by a table",
    ("runtime/vecmath.py", "import_module"): "the files of its own family, by a table",
    ("runtime/export/module.py", "compile"): "texjit's own compile",
    ("runtime/define.py", "compile"): "texjit's own compile",
    ("runtime/face/__init__.py", "import_module"): "our own modules, by a table",
    ("equations/library/__init__.py", "import_module"): "our own chapters, listed from our own folder",
    ("equations/from_sympy.py", "sympify"): "of an int or a float only, and strict",
}
#: SymPy constructors that parse when they are given a string; ``Symbol`` and its kin only name.
PARSING = frozenset("Integer Rational Float Add Mul Pow Expr Basic Eq simplify solve N Matrix Sum Product".split())


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="re"), attr="compile"):
            return ""
        case ast.Attribute(attr=name):
            return name
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: "/".join(p.parts[-2:]))
def test_no_eval_sees_the_input(path: Path) -> None:
    place = "/".join(path.relative_to(next(r for r in ROOMS if r in path.parents).parent).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = {a.name for a in node.names} | {getattr(node, "module", None) or ""}
            assert not names & {"sympy.parsing", "code", "codeop", "runpy", "imp"}, f"{place}:{node.lineno}"
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in FORBIDDEN and not _harmless(node, name):
            assert (place, name) in ALLOWED or "second" in place, f"{place}:{node.lineno} calls {name}"
        texts = [
            a
            for a in node.args[:1]
            if isinstance(a, ast.JoinedStr) or (isinstance(a, ast.Constant) and isinstance(a.value, str))
        ]
        assert not (name in PARSING and texts), f"{place}:{node.lineno}: {name} would parse a text"


def _harmless(node: ast.Call, name: str) -> bool:
    """``sympy.S.One`` is no call; ``x.compile()`` and ``x.S()`` of other objects are none of Python's."""
    return (
        isinstance(node.func, ast.Attribute)
        and name in ("compile", "S", "system")
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in ("sympy", "os", "builtins"))
    )


#: What an author may call things in the hope that it is run.
HOSTILE = (
    "__import__",
    "exec",
    "__class__",
    "lambda",
    "None",
    "np",
    "njit",
    "dict",
    "zip",
    "Kernel",
    "Spec",
    "compiled",
    "os.system('true')",
    "a\nimport os",
    'a"""b',
    "a'''b",
    "a\\",
    "\\\\",
    "\u202ea",
    "a\x00b",
    "#",
    "%s",
    "{0}",
    "${x}",
    "__builtins__",
    "p0",
    "r0",
    "v0",
    "self",
    "math",
    "x;y",
    "a\u2028b",
    "\ud800",
    "x\x85y",
    "é",
    "²",
    "a b",
    "1",
    "_",
)


@pytest.mark.parametrize("word", HOSTILE, ids=ascii)
def test_names_are_identifiers_of_ours(word: str) -> None:
    assert safe(word).isidentifier() and safe(word).isascii()
    for text in (comment(word), *docstring(word, ""), *docstring(f"{word}\n{word}", "    ")):
        assert text.isprintable()
    tree = ast.parse("def f():\n" + "\n".join(docstring(f'{word}"""\n{word}\\', "    ")) + f"\n    # {comment(word)}\n")
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef) and len(function.body) == 1, "the docstring ends where it should"


@pytest.mark.parametrize("word", HOSTILE, ids=ascii)
def test_what_an_author_writes_reaches_no_code(word: str) -> None:
    text = f"# {word}\n\n$$ f_{{\\text{{{word}}}}}(x) = x_{{\\text{{{word}}}}} + x + 1 % {word}\n $$\n"
    try:
        library = tj.compile(tj.read(f"{text}\n"))
    except TexjitError:
        return
    for kernel in library.values():
        tree = ast.parse(kernel.source)
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
            a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in n.args
        }
        ours = {n for n in names if n[0] in "pvrwnicbstk" and n[1:].isdigit()}
        assert names - ours <= set(dir(__builtins__)) | {"np", "njit"} | {
            a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names
        }
        imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert imported <= {"numba", "texjit.runtime.vecmath", "texjit.runtime.linalg"}


def test_different_words_are_different_names() -> None:
    words = ["é", "è", "a.b", "a+b", "a b", "²", "³", "ä̈"]
    assert len({safe(w) for w in words}) == len(words)


# What looks like something else.


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x\u202e = 1", "E006"),
        ("x\u2066y", "E006"),
        ("x\u200b", "E006"),
        ("\ufeffx", "E006"),
        ("\\text{a\u202eb}", "E006"),
        ("сos x", "E007"),
        ("Α x", "E007"),
        ("x\0", "E008"),
        ("x\x08", "E008"),
        ("x\ue000", "E008"),
        ("x\ud800", "E008"),
        ("é = 1", "E008"),
        ("१ + 1", "E008"),
    ],
    ids=ascii,
)
def test_hidden_and_confusable_characters_are_refused(text: str, code: str) -> None:
    assert [d.code for d in read_source(Source("a.md", f"${text}$")).diagnostics] == [code]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("𝑥² + 𝛼₁", r"x^{2} + \alpha_{1}"),
        ("ｘ＋１", "x + 1"),
        ("x ≤ y", r"x \le y"),
        ("ℝ", r"\mathbb{R}"),
    ],
)
def test_compatible_characters_are_what_they_look_like(text: str, plain: str) -> None:
    a, b = (read_source(Source("a.md", f"${t}$")) for t in (text, plain))
    assert [s.tree for s in a.statements] == [s.tree for s in b.statements] and not a.diagnostics


# Budgets.


def timed(text: str, name: str = "hostile.md") -> tuple[Document, float]:
    begin = time.process_time()
    document = read_source(Source(name, text))
    return document, time.process_time() - begin


def understood(text: str) -> tuple[Reading, ...]:
    begin = time.process_time()
    document = read_source(Source("a.md", text))
    readings = understand(document)
    assert time.process_time() - begin < 10
    return readings


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (MIB + 1), "E001"),
        (f"$${'x+' * 40000}x$$", "E002"),
        (f"${'{' * 201}x{'}' * 201}$", "E003"),
        (f"${'x^{' * 201}x{'}' * 201}$", "E003"),
        (f"${'a/' * 300}a$", "E003"),
        (f"${'9' * 1001}$", "E005"),
        (f"$.{'9' * 1001}$", "E005"),
        (f"${'x' * 300}$", "E004"),
        (r"\newcommand{\a}{\a\a} $\a$", "E004"),
        (r"\def\a#1{#1\a{#1#1}} $\a{x}$", "E004"),
        (r"\newcommand{\a}{\b}\newcommand{\b}{\a} $\a$", "E004"),
        (r"\let\a\a $\a$", "E020"),
        ("".join(rf"\def\{chr(97 + k)}{{{(chr(92) + chr(98 + k)) * 9}}}" for k in range(20)) + r"$\a$", "E004"),
        (r"\newcommand{\a}[1]{\text{" + "#1" * 20000 + r"}} $\a{" + "x" * 20000 + "}$", "E004"),
    ],
    ids=lambda text: text[:24],
)
def test_budgets_of_a_formula(text: str, code: str) -> None:
    document, seconds = timed(text)
    assert [d.code for d in document.diagnostics] == [code]
    assert seconds < 3


@pytest.mark.parametrize(
    "text",
    [
        "x = 9^{9^{9}}",
        "f(x) = x^{100000}",
        "f(x) = 2^{70000} x",
        "f(x) = x + 1000000!",
        "f(x) = x + 99999999999!",
        r"f(x) = \binom{1000000}{500000} x",
        "f(x) = 2^{2^{2^{2^{2^{2}}}}} x",
        r"f(x) = \cos(10^{1000}) x",
        r"f(x) = \lfloor 10^{100000} \rfloor x",
        r"f(x) = 0.1^{9999999} x",
        r"f(x) = \sqrt{2}^{99999999} x",
        r"f(A) = A^{1000000}",
        r"x \in \mathbb{R}^{99999999999}",
        f"f(x) = x {'9' * 1000}",
        "f(x) = x_{999999999999}",
        "f(x) = (1 + x)^{5000}",
        r"f(x) = x \bmod 10^{10^{10}}",
        "f(x) = " + "+".join(["x"] * 3000),
        "f(x) = " + r"\sin " * 180 + "x",
    ],
)
def test_big_numbers_are_written_not_worked_out(text: str) -> None:
    for reading in understood(f"$${text}$$"):
        assert reading.diagnostic is None or reading.diagnostic.code != "E198", reading.message


@pytest.mark.parametrize(
    "text",
    [
        r"f = \sum_{i=1}^{1000000000} x_i",
        r"f = \sum_{i=1}^{10^9} i",
        r"f(x) = \prod_{i=1}^{1000000000} (x + i)",
        r"f = \sum_{i=1}^{2000} \sum_{j=1}^{2000} x_{ij}",
        r"f = \max_{1 \le i \le 1000000000} x_i",
    ],
)
def test_endless_sums_are_refused(text: str) -> None:
    (reading,) = understood(f"$${text}$$")
    assert reading.diagnostic is not None and reading.diagnostic.code == "E181" and reading.unsupported


def test_a_number_beyond_all_doubles_is_infinite() -> None:
    kernel = tj.compile(f"f(x) = x + {'9' * 1000}")
    assert "inf" in kernel.source


@pytest.mark.parametrize("body", ["{0}({0}(x))", "{0}(x) + {0}(x + 1)", r"\sum_{{i=1}}^{{9}} {0}(x + i) {0}(x - i)"])
def test_definitions_that_multiply_are_stopped(body: str) -> None:
    lines = [r"$$\text{wa}(x) = x^2 + 1$$"]
    for k in range(14):
        lines.append(rf"$$\text{{w{chr(98 + k)}}}(x) = {body.format(rf'{chr(92)}text{{w{chr(97 + k)}}}')}$$")
    begin = time.process_time()
    readings = understand(read_source(Source("a.md", "\n\n".join(lines))))
    assert time.process_time() - begin < 60
    assert all(r.diagnostic is None or r.diagnostic.code in ("E180", "E181", "E131") for r in readings)
