"""Names for axes: written extents first, then letters from pools."""

from __future__ import annotations

from .context import Context, Result
from .names import safe
from .values import NAMED, AxisVar

#: Pools of names for axes that nobody named: of vectors, and of a matrix' rows.
VECTOR_AXES = ("d", "n", "m", "p", "q", "r", "s")
ROW_AXES = ("n", "m", "p", "q", "r", "s", "l")


def name_axes(ctx: Context, results: tuple[Result, ...]) -> None:
    """Give every open axis a name of its own."""
    roots: dict[int, AxisVar] = {}
    last: set[int] = set()
    groups = [p.axes for p in ctx.params.values()]
    groups += [let.axes for let in ctx.lets.values()]
    groups += [(*outer, *value.axes) for _, value, outer, _ in results]
    groups += [v.axes for _, v, _ in ctx.conditions]
    groups += [axes for state in ctx.computed.values() for axes in state.variable_axes]
    columns: dict[int, str] = {}
    for n, axes in enumerate(groups):
        for k, axis in enumerate(axes):
            root = axis.find()
            roots.setdefault(id(root), root)
            if k == len(axes) - 1 and (n < len(ctx.params) or not root.attached):
                last.add(id(root))
    for p in ctx.params.values():
        if len(p.axes) == 2:
            columns.setdefault(id(p.axes[1].find()), f"d_{p.name.lower()}")
    for axis in ctx.axis_names.values():
        roots.setdefault(id(axis.find()), axis.find())
    taken: set[str] = set()
    for root in roots.values():
        if root.name in ctx.params and root.rank < NAMED:
            root._name = ""  # a borrowed name that is a parameter here would mislead
        if root.name:
            if root.name.isdigit():
                continue  # a fixed size names itself
            name, k = safe(root.name), 1
            while name in taken:
                k += 1
                name = f"{safe(root.name)}_{k}"
                root.written = False
            root._name = name
            taken.add(name)
    for key, root in roots.items():
        if not root.name and key in columns and any(n.startswith("d_") for n in taken):
            root._name = columns[key]  # as the author names the columns of another matrix
            taken.add(root._name)
        if not root.name:
            pool = VECTOR_AXES if key in last else ROW_AXES
            free = [n for n in pool if n not in taken] or [f"n{len(taken)}"]
            root._name = free[0]
            taken.add(free[0])
