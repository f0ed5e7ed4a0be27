r"""Old and regional habits of writing, as tokens of today's.

``{}_n C_k`` and ``{}^nC_k``, ``{}^{t}A``, ``\root 3 \of x``, plain TeX's ``\cases{…}``, ``]0,1[``, ``1,000,000``.
"""

from __future__ import annotations

from collections.abc import Sequence

from .lexer import Token, refuse

_OPENING = frozenset(("open", "left", "lbrace", "begin"))
_CLOSING = frozenset(("close", "right", "rbrace", "end"))
_TRANSPOSES = (["t"], ["T"], ["top"], ["mathrm", "t"])
#: An interval has no more tokens than this.
LONGEST = 200
#: What puts one thing over another and leaves open what that means.
STACKS = frozenset(("atop", "brack", "above", "genfrac"))


def modern(tokens: Sequence[Token]) -> list[Token]:
    """Tokens of a formula in the spelling that the parser reads; raises ``InvalidEquation``."""
    out = list(tokens)
    for t in out:
        if t.kind != "command":
            continue
        if t.text in STACKS:
            raise refuse("E020", rf"\{t.text} puts one part over another, and says not what that means", t.span,
                         help=r"write \binom{n}{k}, \frac{a}{b}, or the parts on one line")
        if t.text in ("pmod", "pod"):
            raise refuse("E010", rf"\{t.text} belongs to a congruence, and has no value", t.span,
                         help=r"write a \bmod n for the remainder")
    if any(t.kind == "lbrace" for t in out):
        out = _prescripts(out)
    if any(t.kind == "command" and t.text in ("root", "cases") for t in out):
        out = _cases(_roots(out))
    if any(t.kind in ("open", "close", "left", "right") and t.text in "[]" for t in out):
        out = _intervals(out)
    return _thousands(out)


def _ends(tokens: Sequence[Token]) -> list[int]:
    """For each place, the place after the group or the single token there; one more at the end."""
    out = list(range(1, len(tokens) + 2))
    opened: list[int] = []
    for i, t in enumerate(tokens):
        if t.kind in _OPENING:
            opened.append(i)
        elif t.kind in _CLOSING and opened:
            out[opened.pop()] = i + 1
    for i in opened:
        out[i] = len(tokens)
    return out


def _braced(part: Sequence[Token]) -> list[Token]:
    """A part in braces, those that it has not counted twice."""
    if part[0].kind == "lbrace":
        return list(part)
    first, last = part[0], part[-1]
    return [Token("lbrace", "{", first.start, first.start), *part, Token("rbrace", "}", last.stop, last.stop)]


def _is(t: Token, kind: str, *texts: str) -> bool:
    return t.kind == kind and t.text in texts


def _prescripts(tokens: list[Token]) -> list[Token]:
    """``{}_n C_k`` and ``{}^nC_k`` as binomials, ``{}_nP_k`` as a quotient, ``{}^{t}A`` as a transpose."""
    out: list[Token] = []
    ends = _ends(tokens)
    i = 0
    while i < len(tokens):
        script = tokens[i + 2] if i + 3 < len(tokens) else None
        empty = tokens[i].kind == "lbrace" and tokens[i + 1].kind == "rbrace" if i + 1 < len(tokens) else False
        if not empty or script is None or not _is(script, "char", "_", "^"):
            out.append(tokens[i])
            i += 1
            continue
        a, b = i + 3, ends[i + 3]
        c = ends[min(b, len(tokens))]
        if b < len(tokens) and tokens[b].kind == "command" and c < len(tokens) and tokens[c].kind == "lbrace":
            c = ends[c]  # \mathrm{C}, \mathbf{A}
        upper, body = tokens[a:b], tokens[b:c]
        letters = [t.text for t in body if t.kind in ("letter", "command") and t.text not in ("mathrm", "operatorname")]
        if letters in (["C"], ["P"]) and c + 1 < len(tokens) and _is(tokens[c], "char", "_"):
            d = ends[c + 1]
            out += _chosen(_braced(upper), _braced(tokens[c + 1 : d]), letters[0], script)
            i = d
        elif script.text == "^" and body and [t.text for t in upper if t.text not in "{}"] in _TRANSPOSES:
            out += [*body, script, Token("letter", "T", upper[0].start, upper[-1].stop)]
            i = c
        else:
            out.append(tokens[i])
            i += 1
    return out


def _chosen(n: list[Token], k: list[Token], letter: str, at: Token) -> list[Token]:
    """``\\binom{n}{k}``, or ``n! / (n - k)!`` of arrangements."""
    if letter == "C":
        return [at._replace(kind="command", text="binom"), *n, *k]

    def put(kind: str, text: str, near: Token) -> Token:
        return Token(kind, text, near.start, near.start)

    mark = n[0], k[-1]
    return [
        at._replace(kind="command", text="frac"), put("lbrace", "{", mark[0]), *n, put("char", "!", mark[0]),
        put("rbrace", "}", mark[0]), put("lbrace", "{", mark[1]), put("open", "(", mark[1]), *n,
        put("char", "-", mark[1]), *k, put("close", ")", mark[1]), put("char", "!", mark[1]),
        put("rbrace", "}", mark[1]),
    ]


def _roots(tokens: list[Token]) -> list[Token]:
    r"""``\root 3 \of x`` as ``\sqrt[3]{x}``."""
    out: list[Token] = []
    ends = _ends(tokens)
    i = 0
    while i < len(tokens):
        t = tokens[i]
        of = ends[i + 1] if _is(t, "command", "root") and i + 1 < len(tokens) else len(tokens)
        if of + 1 >= len(tokens) or not _is(tokens[of], "command", "of"):
            out.append(t)
            i += 1
            continue
        inner, word = tokens[i + 1 : of], tokens[of]
        out += [t._replace(text="sqrt"), Token("open", "[", t.stop, t.stop), *inner,
                Token("close", "]", word.start, word.stop)]
        end = ends[of + 1]
        out += _braced(tokens[of + 1 : end])
        i = end
    return out


def _cases(tokens: list[Token]) -> list[Token]:
    r"""Plain TeX's ``\cases{… \cr …}`` as an environment."""
    out, ends = list(tokens), _ends(tokens)
    dropped: set[int] = set()
    for i, t in enumerate(tokens[:-1]):
        if _is(t, "command", "cases") and tokens[i + 1].kind == "lbrace":
            end = ends[i + 1] - 1
            out[end] = out[end]._replace(kind="end", text="cases")
            out[i] = Token("begin", "cases", t.start, tokens[i + 1].stop)
            dropped.add(i + 1)
    return [t for i, t in enumerate(out) if i not in dropped]


def _intervals(tokens: list[Token]) -> list[Token]:
    """``]0,1[`` as ``(0, 1)``: a bracket that looks outward leaves its end out."""
    out = list(tokens)
    opened: list[Token] = []
    for i, t in enumerate(out):
        square = t.kind in ("open", "close", "left", "right") and t.text in "[]"
        follows = i > 0 and _is(out[i - 1], "relation", "in", "notin")
        if square and ((t.text == "]" and (not opened or opened[-1].text != "[")) or (t.text == "[" and follows)):
            j = _interval_end(out, i)
            if j is not None and (t.text == "]" or out[j].text == "["):
                word = t.kind in ("left", "right")
                out[i] = t._replace(kind="left" if word else "open", text="(" if t.text == "]" else "[")
                last = out[j]
                out[j] = last._replace(kind="right" if word else "close", text=")" if last.text == "[" else "]")
        if out[i].kind in _OPENING:
            opened.append(out[i])
        elif out[i].kind in _CLOSING and opened:
            opened.pop()
    return out


def _interval_end(tokens: Sequence[Token], at: int) -> int | None:
    """The square bracket that ends an interval with one comma in it, or ``None``."""
    depth = commas = 0
    for j in range(at + 1, min(len(tokens), at + LONGEST)):
        t = tokens[j]
        if not depth and t.kind in ("open", "close", "left", "right") and t.text in "[]":
            return j if commas == 1 and j > at + 2 else None
        depth += (t.kind in _OPENING) - (t.kind in _CLOSING)
        if depth < 0 or t.kind in ("relation", "quad", "break", "text"):
            return None
        commas += not depth and _is(t, "char", ",", ";")
    return None


def _thousands(tokens: list[Token]) -> list[Token]:
    """``1,000,000`` as one number: nobody lists ``000``."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        t = tokens[i]
        j = i
        while (
            t.kind == "number" and t.text.isdigit() and len(t.text) <= 3 and t.text[0] != "0" and j + 2 < len(tokens)
            and _is(tokens[j + 1], "char", ",") and tokens[j + 2].kind == "number"
            and len(tokens[j + 2].text.split(".")[0]) == 3
            and tokens[j].stop == tokens[j + 1].start and tokens[j + 1].stop == tokens[j + 2].start
        ):
            j += 2
        groups = [x.text for x in tokens[i + 2 : j + 1 : 2]]
        if len(groups) > 1 and any(g.startswith("0") for g in groups) and not any("." in g for g in groups[:-1]):
            out.append(Token("number", t.text + "".join(groups), t.start, tokens[j].stop))
            i = j + 1
        else:
            out.append(t)
            i += 1
    return out
