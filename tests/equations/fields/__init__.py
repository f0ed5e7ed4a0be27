"""Formulas of many fields and of notation itself, a table each; every row has its own judge."""

from __future__ import annotations

from . import (
    approximation,
    arrays,
    biology,
    chemistry,
    cohorts,
    control,
    drawing,
    epidemics,
    finance,
    flows,
    functions,
    geometry,
    inference,
    information,
    language,
    learning,
    markets,
    matter,
    networks,
    notation,
    numerics,
    paths,
    physics,
    pictures,
    queues,
    signals,
    sky,
    statistics,
    waves,
    writing,
)

ROOMS = (
    physics, statistics, finance, signals, learning, biology, geometry, numerics, notation, arrays, functions, writing,
)
FIELDS = {room.__name__.rpartition(".")[2]: room.ROWS for room in ROOMS}

#: Formulas of further fields, each as several authors set it.
SET = {
    room.__name__.rpartition(".")[2]: room.ROWS
    for room in (
        markets, information, epidemics, control, chemistry, sky, networks, inference, drawing, approximation,
        waves, flows, queues, language, pictures, cohorts, matter, paths,
    )
}  # fmt: skip
