"""Documents and declarations that ship with texjit."""

from __future__ import annotations

from importlib import import_module, resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..from_sympy import Declaration


def shipped(name: str) -> str | None:
    """The text of a shipped document, or ``None`` when there is none of that name."""
    if not name.isidentifier():
        return None
    file = resources.files("texjit.equations.library").joinpath(f"{name}.md")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def names() -> tuple[str, ...]:
    """Names of the shipped documents."""
    folder = resources.files("texjit.equations.library")
    return tuple(sorted(p.name.removesuffix(".md") for p in folder.iterdir() if p.name.endswith(".md")))


def chapters() -> tuple[str, ...]:
    """Names of the chapters that are declared in SymPy."""
    folder = resources.files("texjit.equations.library")
    files = (p.name for p in folder.iterdir())
    return tuple(sorted(n.removesuffix(".py") for n in files if n.endswith(".py") and not n.startswith("_")))


def chapter(name: str) -> tuple[Declaration, ...]:
    """The declarations of a chapter; none of that name gives none."""
    if name not in chapters():
        return ()
    found: tuple[Declaration, ...] = import_module(f"texjit.equations.library.{name}").EQUATIONS
    return found
