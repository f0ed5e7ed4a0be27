"""The command line: explain, check, build, accuracy, list."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Reads equations from LaTeX documents and gives back certified, compiled kernels.",
)

File = Annotated[
    str,
    typer.Argument(help="A .md, .tex or .ipynb file, or the name of a shipped document; FILE:LINE for one formula."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Only = Annotated[str, typer.Option("--only", metavar="NAME", help="Keep the statements that define NAME.")]
Where = Annotated[str, typer.Option("--where", metavar="TEXT", help="Declarations, e.g. 'x, y in R^d; a > 0'.")]
NoSecond = Annotated[bool, typer.Option("--no-second-reader", help="Do not ask latex2sympy2 for its reading.")]
NoDerivatives = Annotated[bool, typer.Option("--no-derivatives", help="Certify values alone, which is faster.")]

COLOURS = {
    "verified": "green", "proved": "green", "holds": "green", "noted": "dim", "unsupported": "yellow",
    "undecided": "yellow", "inaccurate": "magenta", "miscompiled": "bold red", "refuted": "bold red",
    "invalid": "bold red", "conditional": "yellow",
}


def open_document(file: str) -> Any:
    """The document of a path or of a shipped name; exits with 2 when there is none."""
    from ..equations.diagnostic import TexjitError
    from ..equations.library import shipped
    from ..equations.load import load
    from ..equations.read import read_source
    from ..equations.span import Source

    text = shipped(file)
    if text is not None:
        return read_source(Source(f"{file}.md", text))
    path = Path(file)
    if not path.is_file():
        what = f"{file} is a folder" if file and path.is_dir() else f"there is no file {file or repr(file)}"
        typer.echo(f"error: {what}; give a .md, .tex or .ipynb file, or a name that `texjit list` shows", err=True)
        raise typer.Exit(2)
    try:
        return read_source(load(path))
    except TexjitError as no:
        typer.echo(str(no), err=True)
        raise typer.Exit(2) from None
    except (OSError, UnicodeDecodeError, ValueError) as no:
        typer.echo(f"error: {file} cannot be read: {no}", err=True)
        raise typer.Exit(2) from None


def declarations(where: str) -> Any:
    from ..equations.diagnostic import TexjitError
    from .library import declared

    try:
        return declared(where)
    except TexjitError as no:
        typer.echo(str(no), err=True)
        raise typer.Exit(2) from None


def place_of(file: str) -> tuple[str, int | None]:
    """``FILE:LINE`` as a file and a line; a file may also be named so."""
    name, _, line = file.rpartition(":")
    if name and line.isdigit() and not Path(file).exists():
        return name, int(line)
    return file, None


def run_report(
    file: str, where: str, only: str, certify: bool, second: bool = False, derivatives: bool = False
) -> Any:
    """The report of a file, with a progress bar on a terminal; ``second`` asks a second reader too."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from .report import report
    from .second_process import shared

    reader = shared() if second else None
    file, line = place_of(file)
    document = open_document(file)
    declared = declarations(where)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading", total=len(document.statements))

        def step(name: str) -> None:
            bar.update(task, advance=1, description=name)

        result = report(document, declared, only, line=line, certify=certify, derivatives=derivatives, progress=step,
                        second=reader)
    if reader is not None and reader.absent:
        typer.echo(f"note: no second reader: {reader.absent}", err=True)
    if not document.statements and not document.diagnostics:
        typer.echo(f"note: no formula stands in {file}: formulas are read between $ … $, $$ … $$, \\( … \\), \\[ … \\] "
                   "and in environments such as equation and align", err=True)
    for name in unused(document, declared):
        typer.echo(f"note: no symbol {name} stands in {file}; its declaration says nothing", err=True)
    if only and not result.entries:
        typer.echo(f"error: nothing in {file} defines {only}", err=True)
        raise typer.Exit(2)
    if line is not None and not result.entries:
        typer.echo(f"error: no formula stands on line {line} of {file}", err=True)
        raise typer.Exit(2)
    return result


def unused(document: Any, declared: Any) -> list[str]:
    """Names that are declared and stand nowhere in a document: slips of the finger, as a rule."""
    from ..equations.evidence import symbols_in
    from ..equations.names import safe

    if not declared:
        return []
    symbols = [sym for s in document.statements for sym in symbols_in(s.tree)]
    written = {safe(name) for sym in symbols for name in (sym.base, sym.whole)}
    return [d.name for d in declared if safe(d.name) not in written]


@app.command()
def check(
    file: File, as_json: Json = False, only: Only = "", where: Where = "", no_second_reader: NoSecond = False,
    no_derivatives: NoDerivatives = False,
) -> None:
    """Compile and certify every formula; exit 1 when one is miscompiled or refuted, 2 on errors in the text."""
    result = run_report(file, where, only, certify=True, second=not no_second_reader, derivatives=not no_derivatives)
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False, indent=1))
    else:
        _print_check(result)
    raise typer.Exit(result.exit_code)


def error_text(e: Any) -> str:
    """The worst error in ulps, or in units of κ·eps where conditioning excuses more than 4 ulps."""
    if e.max_ulp is None:
        return ""
    if e.max_ulp <= 4 or e.status != "verified":
        return f"{e.max_ulp:.2g} ulp"
    return f"{e.max_kappa_ulp:.2g} κ·eps"


def _print_check(result: Any) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=None, pad_edge=False)
    for heading in ("row", "line", "kind", "name", "status", "error", "derivatives", "signature"):
        table.add_column(heading, justify="right" if heading in ("row", "line", "error", "derivatives") else "left")
    for e in result.entries:
        table.add_row(str(e.row or ""), str(e.line), e.kind, Text(e.name),
                      Text(e.status, style=COLOURS[e.status]), error_text(e), e.derivatives_text, Text(e.signature))
    console.print(table)
    for e in result.entries:
        if e.status == "verified" and e.derivatives and e.message:
            console.print(Text(f"{e.file}:{e.line}:{e.column}: {e.name}: {e.message}"), soft_wrap=True)
            continue
        if e.status in ("noted", "verified") and not e.warning:
            continue
        console.print()
        status = "warning" if e.status in ("noted", "verified") else e.status
        code = f"[{e.code}]" if e.code else ""
        text = e.rendered or f"{e.file}:{e.line}:{e.column}: {status}{code}: {e.message}"
        console.print(Text(text), soft_wrap=True)
    console.print()
    if result.second_summary:
        console.print(Text("second reading: " + ", ".join(f"{n} {v}" for v, n in result.second_summary.items())))
    console.print(Text(", ".join(f"{n} {status}" for status, n in result.summary.items())))


@app.command()
def explain(
    file: File, as_json: Json = False, only: Only = "", where: Where = "", no_second_reader: NoSecond = False
) -> None:
    """Say in plain words what each formula was understood to mean, and what was assumed."""
    result = run_report(file, where, only, certify=False, second=not no_second_reader)
    if as_json:
        items = [{**e.as_json(), "explanation": e.explanation} for e in result.entries]
        typer.echo(json.dumps({"document": result.document, "statements": items}, ensure_ascii=False, indent=1))
    else:
        for e in result.entries:
            row = f"row {e.row}  " if e.row else ""
            typer.echo(f"{e.file}:{e.line}:{e.column}  {row}{e.kind}")
            typer.echo(f"    {e.latex}")
            if e.explanation:
                typer.echo("\n".join(f"    {line}".rstrip() for line in e.explanation.split("\n")))
            if e.message:
                typer.echo(f"    {e.message}")
            if e.rendered:
                typer.echo(e.rendered)
            typer.echo("")
    raise typer.Exit(result.exit_code)


@app.command()
def build(
    file: File,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write the module.")],
    as_json: Json = False, only: Only = "", where: Where = "",
) -> None:
    """Write a Python module of the certified kernels that needs only NumPy and numba, and their certificates."""
    from .export.module import write_module

    if output.exists() and not output.is_dir():
        typer.echo(f"error: {output} is a file; -o takes a folder", err=True)
        raise typer.Exit(2)
    result = run_report(file, where, only, certify=True)
    stem = Path(result.document).stem
    try:
        written = write_module(open_document(file), where, only, output, stem)
    except OSError as no:
        typer.echo(f"error: {output} cannot be written: {no.strerror or no}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"written": [str(p) for p in written], **result.as_json()}, ensure_ascii=False,
                              indent=1))
    else:
        for path in written:
            typer.echo(str(path))
    raise typer.Exit(result.exit_code)


@app.command()
def accuracy(
    documents: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DOC...]", help="Files, or names of shipped documents and chapters; foundations."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PAGE.md", help="Write the table as a Markdown page.")
    ] = None,
    count: Annotated[int, typer.Option("--points", metavar="N", min=1, help="Points per kernel and dtype.")] = 200,
    as_json: Json = False, only: Only = "",
) -> None:
    """Measure every kernel beside a naive evaluation of its formula, at the same adversarial points."""
    from .accuracy import page, table

    names = documents or ["foundations"]
    kernels = {name: kernels_of(name, only) for name in names}
    rows, refused = table(kernels, count)
    if not rows and not refused:
        typer.echo(f"error: there is no kernel{f' {only}' if only else ''} in {', '.join(names)}", err=True)
        raise typer.Exit(2)
    if output is not None:
        command = " ".join(["texjit accuracy", *names, *([f"--only {only}"] if only else []), f"--points {count}"])
        output.write_text(page(rows, refused, command), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps([r.as_json() for r in rows], ensure_ascii=False, indent=1))
    elif output is None:
        _print_accuracy(rows)
    else:
        typer.echo(str(output))
    for line in refused:
        typer.echo(f"note: {line}", err=True)


def kernels_of(name: str, only: str) -> Any:
    """The kernels of a document, or of a chapter that ships, by name."""
    from ..equations.library import chapters
    from .define import library
    from .library import Library, compile
    from .verify import named_kernels

    found = library(name) if name in chapters() else compile(open_document(name))
    kernels = named_kernels(found) if isinstance(found, Library) else {}
    return {n: k for n, k in kernels.items() if only in ("", k.name)}


def _print_accuracy(rows: Any) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from .accuracy import HEADINGS, cells, explanation

    console = Console()
    for document in dict.fromkeys(r.document for r in rows):
        table = Table(title=document, box=None, pad_edge=False)
        for heading in HEADINGS:
            table.add_column(heading, justify="left" if heading in ("equation", "dtype") else "right")
        for r in rows:
            if r.document == document:
                table.add_row(*map(Text, cells(r)))
        console.print(table)
        console.print()
    for line in explanation(rows):
        console.print(Text(line), soft_wrap=True)


@app.command("list")
def list_chapters(as_json: Json = False) -> None:
    """Show the chapters that ship with texjit: names, parameters and shapes of their equations."""
    from dataclasses import asdict

    from .catalogue import catalogue

    chapters = catalogue()
    if as_json:
        typer.echo(json.dumps([asdict(c) for c in chapters], ensure_ascii=False, indent=1))
        return
    for c in chapters:
        typer.echo(f"{c.name} ({'a document' if c.kind == 'latex' else 'declared in SymPy'})")
        calls = [f"{e.name}({', '.join(e.parameters)})" for e in c.equations]
        width = min(48, max(map(len, calls)))
        for call, e in zip(calls, c.equations, strict=True):
            typer.echo(f"  {call:{width}}  {e.signature}{'  ' + e.note if e.note else ''}")
        typer.echo("")


def main() -> None:
    """Entry point of the ``texjit`` command."""
    app()


if __name__ == "__main__":
    main()
