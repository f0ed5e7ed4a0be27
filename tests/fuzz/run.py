"""Reads random input and reports what breaks: ``python tests/fuzz/run.py --count 1000000 --seed 1``."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from grammar import Grammar
from invariants import Broken, check, limit_memory

#: One input in so many is understood too: a meaning costs more than a reading.
UNDERSTOOD = 100
#: Failures of one kind that are made small and shown.
KEPT = 20
#: Inputs beyond this length are read only.
SMALL = 120
#: What the process may take on top of what it starts with.
MEMORY = 1 << 30


@dataclass
class Tally:
    """What was seen."""

    inputs: int = 0
    characters: int = 0
    accepted: int = 0
    refused: int = 0
    understood: int = 0
    equations: int = 0
    slowest: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[tuple[str, str, bool]]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)


def attempt(name: str, text: str, meaning: bool) -> tuple[str, tuple[int, int, int]]:
    """The kind of failure of an input, or '', and its counts."""
    try:
        try:
            return "", check(name, text, meaning)
        except Broken as broken:
            if broken.kind != "forbidden":
                raise
            # A library imports some of its parts when they are first needed; an attack does it every time.
            return "", check(name, text, meaning)
    except Broken as broken:
        what = str(broken)
        return (what if broken.kind == "fault" else broken.kind)[:80], (0, 0, 0)
    except Exception as error:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f" in {frame.tb_frame.f_code.co_name}" if frame is not None else ""
        return f"{type(error).__name__}{place}", (0, 0, 0)


def shrunk(text: str, fails: Callable[[str], bool], tries: int = 3000) -> str:
    """A shorter text that still fails: ever smaller stretches are left out (delta debugging)."""
    size = max(1, len(text) // 2)
    while size and tries > 0:
        at, smaller = 0, False
        while at < len(text) and tries > 0:
            candidate = text[:at] + text[at + size :]
            tries -= 1
            if candidate and fails(candidate):
                text, smaller = candidate, True
            else:
                at += size
        if not smaller:
            size //= 2
    return text


def _fails(name: str, meaning: bool, kind: str, text: str) -> bool:
    return attempt(name, text, meaning)[0] == kind


def fuzz(count: int, seed: int, understood: int = UNDERSTOOD, seconds: float = float("inf")) -> Tally:
    """Counts and failures of so many inputs, or of as many as the time allows."""
    grammar, tally = Grammar(seed), Tally()
    # What libraries import or generate when first used is no doing of an input.
    for text in (
        r"$f(x) = \sum_{i=1}^n \sqrt{x_i^T \Sigma^{-1} x_i}$ where $x \in \mathbb{R}^d$",
        r"$a_t = b a_{t-1}$",
    ):
        attempt("warm.md", text, True)
    end = time.monotonic() + seconds
    for k in range(count):
        if time.monotonic() > end:
            break
        name, text = grammar.source()
        meaning = bool(understood) and k % understood == 0 and len(text) <= SMALL
        begin = time.process_time()
        kind, (statements, findings, equations) = attempt(name, text, meaning)
        tally.inputs += 1
        tally.characters += len(text)
        tally.accepted += bool(statements) and not findings
        tally.refused += bool(findings)
        tally.understood += meaning
        tally.equations += equations
        tally.slowest = max(tally.slowest, time.process_time() - begin)
        if kind:
            tally.seen[kind] += 1
            if tally.seen[kind] <= KEPT:
                small = shrunk(text, partial(_fails, name, meaning, kind))
                tally.failures.setdefault(kind, []).append((name, small, meaning))
                print(f"{k}: {kind}: {name} {small!r}", file=sys.stderr, flush=True)
    return tally


def describe(tally: Tally, seconds: float) -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = tally.inputs / max(seconds, 1e-9)
    lines = [
        f"{tally.inputs} inputs of {tally.characters / max(tally.inputs, 1):.0f} characters in {seconds:.0f} s "
        f"({rate:.0f}/s of CPU time)",
        f"{tally.accepted} accepted, {tally.refused} refused, {tally.inputs - tally.accepted - tally.refused} empty",
        f"{tally.understood} understood: {tally.equations} equations",
        f"slowest {tally.slowest:.2f} s, peak {peak:.0f} MiB",
        f"{len(tally.failures)} kinds of failure",
    ]
    for kind, examples in tally.failures.items():
        lines.append(f"\n{tally.seen[kind]} × {kind}")
        for name, text, meaning in dict.fromkeys(examples):
            try:
                check(name, text, meaning)
                why = ""
            except Exception as error:
                why = str(error)[:600]
            lines.append(f"    {name} {text!r}\n        {why}")
    return "\n".join(lines)


def main() -> int:
    """Entry point; the status is 1 when something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--understood", type=int, default=UNDERSTOOD, help="understand one input in so many; 0: none")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so much time")
    chosen = parser.parse_args()
    if sys.platform == "linux":
        limit_memory(MEMORY)
    begin = time.process_time()
    tally = fuzz(chosen.count, chosen.seed, chosen.understood, chosen.seconds)
    print(describe(tally, time.process_time() - begin))
    return bool(tally.failures)


if __name__ == "__main__":
    sys.exit(main())
