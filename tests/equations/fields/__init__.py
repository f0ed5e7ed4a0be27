"""Formulas of many fields and of notation itself, a table each; every row has its own judge."""

from __future__ import annotations

from . import (
    arrays,
    biology,
    finance,
    functions,
    geometry,
    learning,
    notation,
    numerics,
    physics,
    signals,
    statistics,
    writing,
)

ROOMS = (
    physics, statistics, finance, signals, learning, biology, geometry, numerics, notation, arrays, functions, writing,
)
FIELDS = {room.__name__.rpartition(".")[2]: room.ROWS for room in ROOMS}
