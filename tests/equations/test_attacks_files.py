"""Files, notebooks and the cache: nothing is read, written or believed that should not be."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from texjit.equations.diagnostic import Diagnostic, InvalidEquation
from texjit.equations.load import MAX_BYTES, load
from texjit.equations.read import read, read_source
from texjit.equations.span import Source
from texjit.runtime import jit


def spoiled(path: Path) -> Diagnostic:
    with pytest.raises(InvalidEquation) as no:
        load(path)
    assert str(path) in str(no.value)
    return no.value.diagnostic


def test_files_that_are_no_text(tmp_path: Path) -> None:
    latin, huge, pipe = tmp_path / "latin.md", tmp_path / "huge.md", tmp_path / "pipe.md"
    latin.write_bytes(b"a\nb\ncaf\xe9 $x$")
    assert spoiled(latin).code == "E032" and "line 3" in spoiled(latin).message
    with pytest.raises(InvalidEquation, match=r":3:4\n(.*\n)*3 \| caf\ufffd \$x\$\n  \|    \^\n"):
        load(latin)
    huge.write_bytes(b"x" * (MAX_BYTES + 1))
    assert spoiled(huge).code == "E001"
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        assert spoiled(pipe).code == "E032"
        assert spoiled(Path("/dev/zero")).code == "E032"
    with pytest.raises(OSError):
        load(tmp_path / "absent.md")
    assert load("a\0.md").name == "<string>"


def test_only_a_part_of_a_long_line_is_shown() -> None:
    for before, after in (("a + " * 5000, " + b" * 5000), ("", " + b" * 5000), ("a + " * 5000, "")):
        document = read(f"${before}x @{after}$")
        (d,) = document.diagnostics
        *_, text, carets = d.render(document.source).split("\n")
        assert len(text) < 180 and text[carets.index("^")] == "@" and carets.count("^") == 1


def test_a_terminal_gets_no_control_characters() -> None:
    document = read("$x \x1b[31m @ \x07\x9b y$")
    shown = document.diagnostics[0].render(document.source)
    assert all(c.isprintable() or c == "\n" for c in shown)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks(tmp_path: Path, end: str, mark: bytes) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(mark + end.join(["$x$", "", "ab $y @ z$", ""]).encode())
    document = read(path)
    (d,) = document.diagnostics
    assert document.source.place(d.span.start) == (3, 7)
    assert len(document.statements) == 1
    assert ":3:7\n" in d.render(document.source) and "ab $y @ z$" in d.render(document.source)


@pytest.mark.parametrize(
    "cells",
    [
        None,
        1,
        "x",
        {},
        [None],
        [1],
        [[]],
        [{}],
        [{"cell_type": "markdown"}],
        [{"cell_type": "markdown", "source": 1}],
        [{"cell_type": "markdown", "source": [1]}],
        [{"cell_type": "markdown", "source": {"a": 1}}],
        [{"cell_type": []}],
    ],
    ids=str,
)
def test_notebooks_that_are_none(tmp_path: Path, cells: object) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    try:
        assert read(path).statements == ()
    except InvalidEquation as no:
        assert no.diagnostic.code == "E030"


@pytest.mark.parametrize(
    "text", ["[" * 100000, '{"cells":' * 5000, "{" * 9, "\x00", '{"cells": ' + "9" * 100000 + "}", "NaN", "1e999"]
)
def test_notebooks_that_laugh(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    assert spoiled(path).code == "E030"


def test_a_notebook_of_a_billion_laughs(tmp_path: Path) -> None:
    source = (
        "".join(rf"\newcommand{{\q{chr(97 + k)}}}{{{rf'{chr(92)}q{chr(98 + k)}' * 10}}}" for k in range(10)) + r"$\qa$"
    )
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": [source] + [r" $\qa$"] * 2000}]}))
    begin = time.process_time()
    document = read(path)
    assert {d.code for d in document.diagnostics} == {"E004"} and time.process_time() - begin < 10


def test_files_of_the_same_folder_are_taken_in(tmp_path: Path) -> None:
    main, part = tmp_path / "main.tex", tmp_path / "part.tex"
    main.write_text(
        "\\newcommand{\\q}{x}\nA % \\input{absent}\n$a$ \\input{part} $b @ c$\n\\include{./part.tex}\n$d$\n"
    )
    part.write_text("one\n$\\q + @$ two\n")
    document = read(main)
    places = [
        (Path(document.source.file(d.span.start)).name, *document.source.place(d.span.start))
        for d in document.diagnostics
    ]
    assert places == [("part.tex", 2, 7), ("main.tex", 3, 21), ("part.tex", 2, 7)]
    assert "part.tex:2:7" in document.diagnostics[0].render(document.source)
    assert [document.source.text[s.span.start : s.span.stop] for s in document.statements] == ["a", "d"]


def test_files_of_folders_inside_are_taken_in(tmp_path: Path) -> None:
    (tmp_path / "sections/deep").mkdir(parents=True)
    (tmp_path / "main.tex").write_text("$a$ \\input{sections/one} $b$")
    (tmp_path / "sections/one.tex").write_text("$c$ \\input{sections/deep/two.tex}")
    (tmp_path / "sections/deep/two.tex").write_text("$d$")
    document = read(tmp_path / "main.tex")
    assert not document.diagnostics
    assert [document.source.text[s.span.start : s.span.stop] for s in document.statements] == ["a", "c", "d", "b"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "../secret.tex",
        "/etc/passwd",
        "{here}/../secret.tex",
        "sub/../../secret",
        "sub//inner",
        "sub/.inner",
        "sublink/inner",
        "sub/link",
        "..",
        ".",
        ".hidden",
        "main",
        "absent",
        "link",
        "linked.tex",
        "pipe",
        "secret\0",
        "C:secret",
        "a\\b",
        "latin",
        "../../../../etc/passwd",
        "|ls",
        "~root",
        "notes.md",
        "$HOME",
    ],
)
def test_files_elsewhere_are_not(tmp_path: Path, name: str) -> None:
    here = tmp_path / "here"
    (here / "sub").mkdir(parents=True)
    hidden = (here / ".hidden.tex", here / "sub/.inner.tex")
    for path in (tmp_path / "secret.tex", here / "sub/inner.tex", *hidden, here / "notes.md"):
        path.write_text("$\\text{hunter}$")
    (here / "sublink").symlink_to(here / "sub")
    (here / "sub/link.tex").symlink_to(tmp_path / "secret.tex")
    (here / "latin.tex").write_bytes(b"\xe9 hunter")
    (here / "link.tex").symlink_to(tmp_path / "secret.tex")
    (here / "linked.tex").symlink_to("/etc/passwd")
    os.mkfifo(here / "pipe.tex")
    (here / "main.tex").write_text(f"$x$ \\input{{{name.format(here=here) if '{' in name else name}}} $y$")
    document = read(here / "main.tex")
    assert "hunter" not in document.source.text and "root:" not in document.source.text
    assert [d.code for d in document.diagnostics] in (["E031"], ["E031", "E008"], ["E008"])
    assert len(document.statements) == 2


def test_files_that_take_in_each_other_end(tmp_path: Path) -> None:
    for k in range(100):
        (tmp_path / f"f{k}.tex").write_text(
            f"$x$ \\input{{f{(k + 1) % 100}}} \\input{{f{(k + 2) % 100}}} \\input{{f{k}}}"
        )
    document = read(tmp_path / "f0.tex")
    assert len(document.statements) <= 70 and {d.code for d in document.diagnostics} == {"E031"}


def test_nothing_is_taken_in_by_markdown_or_text(tmp_path: Path) -> None:
    (tmp_path / "part.tex").write_text("$hunter$")
    (tmp_path / "a.md").write_text("\\input{part} $x$")
    assert "hunter" not in read(tmp_path / "a.md").source.text
    assert "hunter" not in read_source(Source(str(tmp_path / "a.tex"), "\\input{part}")).source.text


def test_reading_touches_nothing_else(tmp_path: Path) -> None:
    """In a process of its own: an audit hook stays for good."""
    (tmp_path / "main.tex").write_text(
        "\\input{part} \\input{/etc/passwd} \\write18{touch x} $\\input{/etc/hosts} x$ $$f(x) = x^2$$"
    )
    (tmp_path / "part.tex").write_text("$y$")
    (tmp_path / "first.md").write_text("$$f(x) = x^2$$")  # what is imported when first needed is no doing of an input
    code = """
import sys
from pathlib import Path
from texjit.equations.read import read
from texjit.equations.understand import understand
understand(read(Path(sys.argv[4])))
seen = []
def hook(event, args):
    if event.startswith(("open", "exec", "compile", "import", "subprocess", "socket", "os.")):
        seen.append((event, str(args[0])))
sys.addaudithook(hook)
understand(read(Path(sys.argv[1])))
print([x for x in seen if x[1] not in (*sys.argv[2:4], "3")])
"""
    args = [str(tmp_path / name) for name in ("main.tex", "part.tex", "first.md")]
    found = subprocess.run([sys.executable, "-c", code, args[0], *args], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_cache_is_private_and_named_by_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    monkeypatch.setenv("TEXJIT_CACHE_DIR", str(folder))
    jit.store("../../../etc/passwd\0 $x$", b"payload")
    assert jit.load("../../../etc/passwd\0 $x$") == b"payload"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files and all(set(p.stem) <= set("0123456789abcdef") and p.parent.parent == folder for p in files)


def test_links_in_the_cache_are_neither_believed_nor_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, victim = tmp_path / "cache", tmp_path / "victim"
    monkeypatch.setenv("TEXJIT_CACHE_DIR", str(folder))
    victim.write_bytes(b"precious")
    jit.store("key", b"one")
    (record,) = [p for p in folder.rglob("*") if p.is_file()]
    record.unlink()
    record.symlink_to(victim)
    assert jit.load("key") is None
    jit.store("key", b"two")
    assert victim.read_bytes() == b"precious" and jit.load("key") == b"two" and not record.is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="modes and owners of POSIX")
def test_a_cache_that_others_may_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / "link"
    theirs.mkdir()
    theirs.chmod(0o777)
    link.symlink_to(theirs)
    for folder in (theirs, link):
        monkeypatch.setenv("TEXJIT_CACHE_DIR", str(folder))
        assert jit.cache_dir() not in (theirs, link)
        assert stat.S_IMODE(jit.cache_dir().stat().st_mode) == 0o700
