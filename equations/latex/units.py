r"""Units of measurement: their symbols, ``\mathrm{m/s^2}`` as words, and the commands of siunitx."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lexer import Token

_SYMBOLS = (
    "m s g K A mol cd N J W Pa Hz V C F T Wb H lm lx Bq Gy Sv kat rad sr L l min h eV bar atm cal dB ohm Ohm kg "
    "degree degrees deg".split()
)
_PREFIXES = ("", "k", "M", "G", "c", "m", "n", "p", "u")
UNITS = frozenset(p + u for u in _SYMBOLS for p in _PREFIXES)

#: Commands of siunitx: prefixes, units, and words that stand before or after one.
_SI_PREFIXES = {
    "yocto": "y", "zepto": "z", "atto": "a", "femto": "f", "pico": "p", "nano": "n", "micro": "u", "milli": "m",
    "centi": "c", "deci": "d", "deca": "da", "hecto": "h", "kilo": "k", "mega": "M", "giga": "G", "tera": "T",
    "peta": "P",
}  # fmt: skip
_SI_UNITS = {
    "metre": "m", "meter": "m", "second": "s", "gram": "g", "kilogram": "kg", "kelvin": "K", "ampere": "A",
    "mole": "mol", "candela": "cd", "newton": "N", "joule": "J", "watt": "W", "pascal": "Pa", "hertz": "Hz",
    "volt": "V", "coulomb": "C", "farad": "F", "tesla": "T", "weber": "Wb", "henry": "H", "lumen": "lm", "lux": "lx",
    "becquerel": "Bq", "gray": "Gy", "sievert": "Sv", "katal": "kat", "radian": "rad", "steradian": "sr",
    "litre": "L", "liter": "L", "minute": "min", "hour": "h", "day": "d", "electronvolt": "eV", "bar": "bar",
    "decibel": "dB", "ohm": "ohm", "siemens": "S", "tonne": "t", "hectare": "ha", "dalton": "Da",
}  # fmt: skip
_SI_AFTER = {"squared": "^2", "cubed": "^3"}
_SI_BEFORE = {"square": "^2", "cubic": "^3"}
_GREEK = {"mu": "u", "Omega": "ohm"}
_SI_NUMBER = re.compile(r"\s*(-?)\s*(\d+(?:\.\d+)?|\.\d+)\s*(?:[eE]\s*([+-]?\d+))?\s*")

#: Units of ``\SI`` that are mathematics: ``\SI{5}{\percent}`` is 5 %.
SI_SIGNS = {"\\percent": r"\%", "\\degree": r"^\circ"}


def unit_words(tokens: Sequence[Token], measured: bool) -> str:
    r"""The unit inside ``\mathrm{…}``, or nothing; ``measured`` tells that a number stands before it.

    A single word is a name like any other, whatever it stands for.
    """
    words: list[str] = []
    marks = ""
    for k, token in enumerate(tokens):
        if token.kind == "letter" or (token.kind == "command" and token.text in _GREEK):
            before = tokens[k - 1] if k else token
            word = _GREEK.get(token.text, token.text) if token.kind == "command" else token.text
            if k and (before.text == "mu" or (before.kind == "letter" and before.stop == token.start)):
                words[-1] += word
            else:
                words.append(word)
            marks += "/" * (token.kind == "command" and measured)
        elif token.kind in ("lbrace", "rbrace", "number") or (token.kind == "char" and token.text in "-./"):
            marks += token.text
        elif (token.kind == "char" and token.text == "^") or (token.kind == "command" and token.text == "cdot"):
            marks += "^"
        else:
            return ""
    numbers = [b for a, b in pairwise(tokens) if b.kind == "number" and a.text not in ("^", "-", "{")]
    if not words or numbers or not all(w in UNITS for w in words):
        return ""
    if not ("/" in marks or "^" in marks or (measured and len(words) > 1)):
        return ""
    out = ""
    for a, b in pairwise((*tokens, tokens[-1])):
        written = (_GREEK | {"cdot": "·", "{": "", "}": ""}).get(a.text, a.text)
        out += written + (" " if a.kind in ("letter", "number", "rbrace") and b.start > a.stop else "")
    return " ".join(out.split())


def si_number(text: str) -> str | None:
    r"""The argument of ``\num`` as a formula, in brackets unless it is a plain number; ``None`` if it is none."""
    m = _SI_NUMBER.fullmatch(text)
    if m is None:
        return None
    sign, digits, power = m.groups()
    if power is not None:
        digits = rf"{digits} \times 10^{{{int(power)}}}"
    return rf"\left({sign}{digits}\right)" if sign or power is not None else digits


def si_unit(text: str) -> str | None:
    r"""The argument of ``\si`` as words: ``\meter\per\second\squared`` is ``m/s^2``; ``None`` if it is unknown."""
    if "\\" not in text:
        words = [w for w in re.split(r"[\s/.~^*(){}0-9+-]+", text) if w]
        return " ".join(re.sub(r"[{}~]", " ", text).split()) if words and all(w in UNITS for w in words) else None
    out, prefix, power, per = "", "", "", False
    if re.sub(r"\\[A-Za-z]+|\s", "", text):
        return None
    for word in re.findall(r"\\([A-Za-z]+)", text):
        if word == "per":
            per = True
        elif word in _SI_BEFORE:
            power = _SI_BEFORE[word]
        elif word in _SI_AFTER and out:
            out += _SI_AFTER[word]
        elif word in _SI_PREFIXES:
            prefix = _SI_PREFIXES[word]
        elif word in _SI_UNITS:
            out += ("/" if per else " " if out else "") + prefix + _SI_UNITS[word] + power
            prefix, power, per = "", "", False
        else:
            return None
    return out if out and all(w in UNITS for w in re.split(r"[ /]|\^\d", out) if w) else None
