"""Documents and declarations that ship with texjit."""

from __future__ import annotations

from importlib import resources


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
