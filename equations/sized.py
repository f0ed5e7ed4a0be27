"""Ranges of array elements: their hull, and the names of axes that have ``N + k`` elements."""

from __future__ import annotations


def hull(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """The range that holds two ranges."""
    return min(a[0], b[0]), max(a[1], b[1])


def sized(name: str, extra: int) -> str:
    """The name of an axis of ``N + extra`` elements."""
    word = "plus" if extra > 0 else "minus"
    return f"{name}_{word}_{abs(extra)}" if extra else name


def offset_named(axis: str, name: str) -> int | None:
    """``k`` where an axis is named as one of ``N + k`` elements."""
    for word, sign in (("plus", 1), ("minus", -1)):
        head, found, tail = axis.rpartition(f"_{word}_")
        if found and head == name and tail.isdigit():
            return sign * int(tail)
    return 0 if axis == name else None
