"""Coverage-guided fuzzing of the reader, with atheris (``pip install atheris``).

Run ``python tests/fuzz/atheris_reader.py -max_total_time=300``.  Bytes are taken for a text, or for a
seed of the grammar's generator; the invariants are those of ``run.py``.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["texjit.equations"]):
    from invariants import check

from grammar import Grammar

NAMES = ("<string>", "a.md", "a.tex", "a.ipynb")


def read(raw: bytes) -> None:
    """One input: a byte for the kind of file, the rest its text."""
    if not raw:
        return
    kind = raw[0]
    text = raw[1:].decode("utf-8", errors="ignore")
    if kind >= 128 and len(raw) > 4:
        # The generator's text with the fuzzer's in the middle of it.
        made = Grammar(int.from_bytes(raw[1:4], "big")).formula()
        middle = raw[4] % (len(made) + 1)
        text = made[:middle] + raw[5:].decode("utf-8", errors="ignore") + made[middle:]
    check(NAMES[kind % 4], text)


if __name__ == "__main__":
    check("a.md", "$f(x) = x$", meaning=True)
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
