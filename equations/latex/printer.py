"""Surface trees back to LaTeX, normalised: ``parse(to_latex(t)) == t``."""

from __future__ import annotations

from .tables import (
    ACCENT_TEX,
    BINARY_TEX,
    BRACKETED_BIGS,
    DELIMITER_TEX,
    FUNCTION_COMMANDS,
    FUNCTIONS,
    LONE_TEX,
    RELATION_TEX,
    SIGN_TEX,
    STYLE_TEX,
    SYMBOLS,
    WORD_BIGS,
)
from .terms import is_connective
from .tree import (
    Apply,
    Bars,
    Big,
    Binary,
    Binomial,
    Cases,
    Dots,
    Frac,
    Group,
    Juxt,
    Labelled,
    Matrix,
    Nabla,
    Name,
    Node,
    Number,
    Postfix,
    Relation,
    Root,
    Scripted,
    Separated,
    Sum,
    Text,
)

_BIG_COMMANDS = frozenset(
    "sum prod int iint iiint oint max min sup inf lim limsup liminf bigcup bigcap bigoplus bigotimes coprod".split()
)
#: Names that are relations where they are a whole script, and words elsewhere.
_RELATION_WORDS = frozenset("eq lt gt le ge ne to gets in".split())
_SYMBOL_COMMANDS = {base: command for command, base in reversed(SYMBOLS.items())}
_SEPARATORS = {",": ", ", ";": "; ", ":": ":", "|": r" \mid ", "‖": r" \parallel "}


def to_latex(node: Node) -> str:
    """The formula of a tree, with one spelling for what authors spell in many ways."""
    match node:
        case Number(_, text):
            return text
        case Name():
            return _name(node)
        case Text(_, text):
            words = rf"\text{{{text}}}" if text != "exists" else r"\exists "
            words = words[:-1] + " }" if text.endswith("\\") else words
            return f"{{{words}}}" if is_connective(text) else words
        case Dots():
            return r"\dots "
        case Scripted():
            return _base(node.base) + _scripts(node.sub, node.sup, node.primes)
        case Juxt(_, items):
            return _juxt(items)
        case Group(_, opening, closing, body):
            return rf"\left{_delimiter(opening)} {to_latex(body)} \right{_delimiter(closing)}"
        case Bars(_, kind, body):
            bar = r"\|" if kind == "‖" else "|"
            return rf"\left{bar} {to_latex(body)} \right{bar}"
        case Separated(_, items, separators):
            return _separated(items, separators)
        case Sum(_, signs, terms):
            out = ""
            for k, (sign, term) in enumerate(zip(signs, terms, strict=True)):
                written = SIGN_TEX[sign]
                if k == 0:
                    out = "" if sign == "+" and len(terms) > 1 else written + " " * (len(written) > 1)
                else:
                    out += f" {written} "
                out += _side(term) if len(terms) > 1 else to_latex(term)
            return out
        case Binary(_, op, left, right):
            written = BINARY_TEX.get(op, f"\\{op}")
            first = _side(left)
            # A big operator would take the rest of the term.
            return f"{{{first}}} {written} {_side(right)}" if _open(left) else f"{first} {written} {_side(right)}"
        case Frac(_, top, bottom):
            return rf"\frac{{{to_latex(top)}}}{{{to_latex(bottom)}}}"
        case Binomial(_, top, bottom):
            return rf"\binom{{{to_latex(top)}}}{{{to_latex(bottom)}}}"
        case Root(_, body, degree):
            index = "" if degree is None else f"[{to_latex(degree)}]"
            return rf"\sqrt{index}{{{to_latex(body)}}}"
        case Apply():
            return _apply(node)
        case Big():
            return _big(node)
        case Nabla(_, body, sub, sup):
            return rf"\nabla{_scripts(sub, sup, 0)} {to_latex(body)}"
        case Postfix(_, op, body):
            return _base(body) + (r"\%" if op == "%" else op)
        case Relation(_, sides, ops):
            parts = [_side(sides[0])]
            for op, side in zip(ops, sides[1:], strict=True):
                parts += [RELATION_TEX.get(op, f"\\{op}"), _side(side)]
            return " ".join(parts)
        case Cases(_, branches):
            rows = [
                f"{to_latex(value)} & " + (r"\text{otherwise}" if c is None else rf"\text{{if }} {to_latex(c)}")
                for value, c in branches
            ]
            return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
        case Matrix(_, kind, rows):
            spec = "{" + "c" * max(map(len, rows), default=1) + "}" if kind == "array" else ""
            lines = r" \\ ".join(" & ".join(to_latex(cell) for cell in row) for row in rows)
            return rf"\begin{{{kind}}}{spec} {lines} \end{{{kind}}}"
        case Labelled(_, body, label):
            below = "" if label is None else f"_{{{_script(label)}}}"
            return rf"\underbrace{{{to_latex(body)}}}{below}"
    raise AssertionError(f"no LaTeX for {type(node).__name__}")


def _name(node: Name) -> str:
    base, style = node.base, "rm" if node.style == "label" else node.style
    word = base.isalnum() and (base.isdigit() or len(base) > 1)
    if base in LONE_TEX and not style and not node.accents and base not in _RELATION_WORDS:
        return LONE_TEX[base] + " " * LONE_TEX[base][-1].isalpha()
    if base in _SYMBOL_COMMANDS and style != "rm":
        out = f"\\{_SYMBOL_COMMANDS[base]}"
        if style:
            out = f"\\{STYLE_TEX[style]}{{{out}}}"
    elif style == "bold" and word and base.isalpha():
        out = rf"\boldsymbol{{\text{{{base}}}}}"
    elif style:
        inner = base.replace("_", "-")
        out = rf"\text{{{base}}}".replace("_", r"\_") if style == "rm" else f"\\{STYLE_TEX[style]}{{{inner}}}"
    elif word or "_" in base:
        out = rf"\mathit{{{base}}}"
    else:
        out = base
    if node.accents:
        return _accented(out, node.accents)
    if style == "rm" and is_connective(base):
        return f"{{{out}}}"  # a name here, no word between statements
    return out + " " if out[0] == "\\" and out[-1] != "}" else out


def _accented(out: str, accents: tuple[str, ...]) -> str:
    for accent in accents:
        out = f"\\{ACCENT_TEX.get(accent, accent)}{{{out.strip()}}}"
    return out


def _delimiter(d: str) -> str:
    return DELIMITER_TEX.get(d, d)


def _scripts(sub: Node | None, sup: Node | None, primes: int) -> str:
    out = "" if sub is None else f"_{{{_script(sub)}}}"
    out += "'" * primes
    return out if sup is None else out + f"^{{{_script(sup)}}}"


def _script(node: Node) -> str:
    """What stands in a script: a relation may stand alone there."""
    if isinstance(node, Name) and node.base in _RELATION_WORDS and not node.style and not node.accents:
        return LONE_TEX[node.base]
    return to_latex(node).strip()


def _side(node: Node) -> str:
    """What stands beside an operator: a lone sign in braces."""
    return f"{{{to_latex(node)}}}" if isinstance(node, Name) and _lone(node) else to_latex(node)


def _base(node: Node) -> str:
    """A base of scripts: braced where its own scripts would take them."""
    out = to_latex(node).rstrip()
    if isinstance(node, Scripted | Nabla | Labelled) or (
        isinstance(node, Name) and (_like_operator(node) or _lone(node))
    ) or (isinstance(node, Apply) and not node.bracketed):
        return f"{{{out}}}"
    if isinstance(node, Big) and node.op != "expect":
        return f"{{{out}}}"
    return out


def _lone(node: Name) -> bool:
    """A sign that is a name only where it stands alone."""
    return node.base in ("star", "colon") and not node.style and not node.accents


def _like_operator(node: Name) -> bool:
    """Whether a name would take what follows it."""
    if node.accents:
        return False
    if node.base == "E":
        return node.style in ("rm", "bb")
    return node.base == "nabla" or (node.style == "rm" and (node.base in FUNCTIONS or node.base in WORD_BIGS))


def _juxt(items: tuple[Node, ...]) -> str:
    out: list[str] = []
    for k, item in enumerate(items):
        text = to_latex(item)
        after = items[k + 1] if k + 1 < len(items) else None
        if (
            isinstance(item, Name)
            and isinstance(after, Group)
            and after.open == "("
            and not item.style
            and not item.accents
            and len(item.base) > 1
            and item.base.isalpha()
            and item.base.isupper()
        ):
            text = item.base
        if after is not None and (
            (isinstance(item, Apply) and not item.bracketed and not isinstance(item.argument, Bars))
            or (isinstance(item, Nabla | Big) and not _ends_itself(item))
        ):
            text = f"{{{text}}}"
        if isinstance(item, Name) and ((after is not None and _like_operator(item)) or _lone(item)):
            text = f"{{{text.rstrip()}}}"  # a name here, not an operator
        if out and isinstance(item, Number) and isinstance(items[k - 1], Number):
            text = f"{{{text}}}"
        out.append(text)
    return " ".join(x.rstrip() for x in out)


def _open(node: Node) -> bool:
    """Whether a term ends in an operator that takes what follows."""
    while isinstance(node, Juxt | Binary):
        node = node.items[-1] if isinstance(node, Juxt) else node.right
    return isinstance(node, Big) and not _ends_itself(node)


def _ends_itself(node: Nabla | Big) -> bool:
    return isinstance(node, Big) and (node.op == "expect" or bool(node.differentials))


def _separated(items: tuple[Node, ...], separators: tuple[str, ...]) -> str:
    out = to_latex(items[0])
    for separator, item in zip(separators, items[1:], strict=True):
        out += _SEPARATORS[separator] + to_latex(item)
    return out


def _operator(head: str) -> str:
    return f"\\{head}" if head in FUNCTION_COMMANDS or head in _BIG_COMMANDS else rf"\operatorname{{{head}}}"


def _apply(node: Apply) -> str:
    out = _operator(node.head) + _scripts(node.sub, node.sup, 0)
    argument = to_latex(node.argument)
    if node.bracketed:
        return rf"{out}\left( {argument} \right)"
    plain = isinstance(node.argument, Group) and node.argument.open in "([{"
    if plain or isinstance(node.argument, Sum | Relation | Binary | Separated) or _stops(node.argument):
        return f"{out}{{{argument}}}"
    return f"{out} {argument}"


def _stops(node: Node) -> bool:
    """Whether reading an argument would end before a later factor: after bars, at the next operator."""
    items = node.items if isinstance(node, Juxt) else (node,)
    first: Node = items[0]
    while isinstance(first, Scripted | Postfix):
        first = first.base if isinstance(first, Scripted) else first.body
    bracketed = isinstance(first, Bars | Group) and first is not node
    return bracketed or any(
        isinstance(x, Apply | Big | Nabla) or (isinstance(x, Name) and _like_operator(x)) for x in items[1:]
    )


def _big(node: Big) -> str:
    if node.op == "expect":
        return rf"\mathbb{{E}}{_scripts(node.sub, node.sup, 0)}\left[ {to_latex(node.body)} \right]"
    body, last = to_latex(node.body), node.body
    while isinstance(last, Juxt | Sum):
        last = last.items[-1] if isinstance(last, Juxt) else last.terms[-1]
    if node.differentials and isinstance(last, Name) and _like_operator(last):
        # It would take the differential.
        written = to_latex(last).rstrip()
        body = body.rstrip().removesuffix(written) + f"{{{written}}}"
    if node.op in BRACKETED_BIGS and node.sub is None and _begins_bracketed(node.body):
        # Its bracket alone would be the argument, in one pair of braces too.
        body = f"{{{{{body}}}}}" if isinstance(node.body, Group) else f"{{{body}}}"
    out = _operator(node.op) + _scripts(node.sub, node.sup, 0) + " " + body
    for d in node.differentials:
        out = out.rstrip() + r" \, d " + _differential(d)
    return out


def _begins_bracketed(node: Node) -> bool:
    while not isinstance(node, Group):
        match node:
            case Juxt(items=(first, *_)) | Binary(left=first) | Scripted(base=first) | Postfix(body=first):
                node = first
            case _:
                return False
    return node.open in "([{"


def _differential(node: Node) -> str:
    if isinstance(node, Juxt) and isinstance(node.items[0], Scripted) and node.items[0].sup is not None:
        base = node.items[0].base
        if isinstance(base, Name) and base.base == "d":
            return f"^{{{to_latex(node.items[0].sup)}}} " + _differential(node.items[1])
    out = to_latex(node)
    return rf"\mathrm{out.removeprefix(chr(92) + 'text')}" if out.startswith(r"\text{") else out
