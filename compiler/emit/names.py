"""Author's text inside generated source, where it can only be read."""

from __future__ import annotations


def comment(text: str) -> str:
    """One line of printable characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def docstring(text: str, indent: str) -> list[str]:
    """Lines of a docstring that ends where it should."""
    lines = [comment(line).rstrip() for line in text.splitlines()] or [""]
    safe = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
    if len(safe) == 1:
        return [f'{indent}"""{safe[0]}"""']
    return [f'{indent}"""{safe[0]}', *((indent + line).rstrip() for line in safe[1:]), f'{indent}"""']
