"""Unicode mathematics: one character to the LaTeX it stands for.

NFKC per character keeps offsets those of the text as written; what NFKC would
lose (raised digits, double-struck letters) is kept as scripts and styles.
"""

from __future__ import annotations

import unicodedata
from functools import cache

SIGNS = {
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "∮": r"\oint", "≤": r"\le", "≥": r"\ge",
    "⩽": r"\le", "⩾": r"\ge", "≠": r"\ne", "∈": r"\in", "∉": r"\notin", "∞": r"\infty", "·": r"\cdot",
    "⋅": r"\cdot", "×": r"\times", "÷": r"\div", "⊙": r"\odot", "⊗": r"\otimes", "⊕": r"\oplus",
    "∘": r"\circ", "∗": "*", "‖": r"\|", "∥": r"\parallel", "∣": r"\mid", "∂": r"\partial", "∇": r"\nabla",
    "→": r"\to", "←": r"\gets", "↦": r"\mapsto", "⇒": r"\implies", "⇔": r"\iff", "⟺": r"\iff",
    "⟹": r"\implies", "≈": r"\approx", "≡": r"\equiv", "∝": r"\propto", "∼": r"\sim", "≔": ":=",
    "≜": r"\triangleq", "±": r"\pm", "∓": r"\mp", "−": "-", "∪": r"\cup", "∩": r"\cap", "∖": r"\setminus",
    "⊂": r"\subset", "⊆": r"\subseteq", "⊃": r"\supset", "⊇": r"\supseteq", "∅": r"\emptyset",
    "⟨": r"\langle", "⟩": r"\rangle", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil",
    "…": r"\dots", "⋯": r"\cdots", "′": "'", "’": "'", "″": "''", "ℓ": r"\ell", "ℏ": r"\hbar", "≪": r"\ll",
    "≫": r"\gg", "√": r"\surd", "∀": r"\forall", "∃": r"\exists", "∧": r"\wedge", "∨": r"\vee",
    "†": r"\dagger", "⊤": r"\top", "⊥": r"\perp", "⋆": r"\star", "≺": r"\prec", "≽": r"\succeq",
    "≻": r"\succ", "≼": r"\preceq", "⪰": r"\succeq", "⪯": r"\preceq", "ϵ": r"\epsilon", "ε": r"\varepsilon",
    "ϑ": r"\vartheta", "ϕ": r"\phi", "φ": r"\varphi", "ϱ": r"\varrho", "ϖ": r"\varpi", "ς": r"\varsigma",
    "𝟙": r"\mathbb{1}", "∆": r"\Delta", "Ω": r"\Omega", "µ": r"\mu", "⊺": r"\intercal", "ₜ": "_{t}",
}  # fmt: skip
_GREEK = {
    name: name.lower()
    for name in "ALPHA BETA GAMMA DELTA EPSILON ZETA ETA THETA IOTA KAPPA MU NU XI PI RHO SIGMA TAU "
    "UPSILON PHI CHI PSI OMEGA".split()
} | {"LAMDA": "lambda", "FINAL SIGMA": "varsigma"}
# Greek capitals that print as Latin letters have no command of their own.
_GREEK_CAPITALS = frozenset("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split())
_MARKS = {"̂": "hat", "̃": "tilde", "̄": "bar", "̅": "bar", "̇": "dot",
          "̈": "ddot", "⃗": "vec", "̌": "check", "̆": "breve"}  # fmt: skip
_STYLES = (("DOUBLE-STRUCK", "mathbb"), ("BOLD", "boldsymbol"), ("FRAKTUR", "mathfrak"),
           ("BLACK-LETTER", "mathfrak"), ("SCRIPT", "mathcal"), ("SANS-SERIF", "mathsf"),
           ("MONOSPACE", "mathtt"))  # fmt: skip

BIDI = frozenset("‪‫‬‭‮⁦⁧⁨⁩‎‏؜")
INVISIBLE = frozenset("​‌‍⁠﻿­⁡⁢⁣⁤")


def accent(char: str) -> str | None:
    """The accent command of a combining mark."""
    return _MARKS.get(char)


@cache
def spelled(char: str) -> str | None:
    """The LaTeX that a non-ASCII character stands for; ``None`` if it is not mathematics."""
    if char in SIGNS:
        return SIGNS[char]
    if char.isspace():
        return " "
    decomposition = unicodedata.decomposition(char)
    if decomposition.startswith(("<super>", "<sub>")):
        mark = "^" if decomposition.startswith("<super>") else "_"
        inner = unicodedata.normalize("NFKC", char)
        inner = inner if inner.isascii() else spelled(inner) or ""
        return f"{mark}{{{inner}}}" if inner else None
    folded = unicodedata.normalize("NFKC", char)
    name = unicodedata.name(char, "")
    if folded.isascii() and folded != char:
        if len(folded) > 1 and not folded.isalnum():
            return None
        return _styled(folded, name)
    if len(folded) == 1 and (greek := _greek(folded)):
        return _styled(greek, name)
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _MARKS:
        return f"\\{_MARKS[parts[1]]}{{{parts[0]}}}"
    return None


def _greek(char: str) -> str | None:
    name = unicodedata.name(char, "")
    if name.startswith("GREEK SMALL LETTER ") and (small := _GREEK.get(name[19:])):
        return f"\\{small}"
    if name.startswith("GREEK CAPITAL LETTER "):
        capital = _GREEK.get(name[21:], "").capitalize()
        return f"\\{capital}" if capital in _GREEK_CAPITALS else None
    return None


def _styled(inner: str, name: str) -> str:
    if name.startswith("MATHEMATICAL ") or name.startswith(("DOUBLE-STRUCK", "SCRIPT", "BLACK-LETTER")):
        for word, command in _STYLES:
            if word in name:
                return f"\\{command}{{{inner}}}"
    return inner


def confusable(char: str) -> str | None:
    """The Latin letter that a foreign letter looks like."""
    return _LOOKALIKES.get(char)


_LOOKALIKES = dict(
    zip(
        "АВЕЗІЈКМНОРСТУХабевгеіјкорсухѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
        "ABE3IJKMHOPCTYXa6eBreijkopcyxsdhqwABEZHIKMNOPTYXo",
        strict=True,
    )
)
