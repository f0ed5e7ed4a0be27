"""Marks that authors read in two ways: primes beside arrays, zeroth powers, capitals below arrays, dots,
and brackets after functions of a step.

Each is refused where nothing declares or defines the name that would decide it.
"""

from __future__ import annotations

from itertools import pairwise

from .context import Context, Knowledge, Refusal
from .equation import Equation
from .evidence import bound_letters, is_capital, is_small_latin, symbols_in
from .known import known
from .latex import tree as t
from .latex.printer import to_latex
from .names import Symbolic, letter, safe, take_apart
from .spelled import letters
from .values import Value
from .words import unlabelled

#: Letters that mathematics keeps for functions: ``f(x+1)`` could be either reading.
FUNCTION_LETTERS = frozenset("f g h F G H phi psi varphi sigma Phi Psi".split())

#: Constants of physics whose formulas call the elementary charge e.
BESIDE_CHARGES = frozenset("hbar epsilon_0 varepsilon_0 mu_0 k_B N_A".split())


def refuse_open_prime(items: tuple[t.Node, ...], ctx: Context, rank: int, at: int) -> None:
    """``X' X`` and ``w' S w`` are transposes for statisticians; ``m m'`` of numbers is a product of two of them.

    ``rank`` is how many axes the unprimed symbol at place ``at`` has.
    """
    node = items[at]
    sym = take_apart(node)
    if sym is None or not isinstance(node, t.Scripted) or node.primes != 1 or sym.sup is not None or len(items) < 2:
        return
    name = sym.whole
    if name in ctx.arguments or name in ctx.known.declared or ctx.known.symbols(name) is not None:
        return
    if name in ctx.integrated:
        return
    after = [x for x in map(take_apart, items[at + 1 :]) if x is not None and not x.subs]
    squared = any(f"{x.base}_prime" == sym.base for x in after)
    if rank or squared:
        plain = to_latex(t.Scripted(node.span, node.base, node.sub) if node.sub is not None else node.base).strip()
        raise Refusal("E137", f"'{to_latex(node).strip()}' may be the transpose of {plain} or another symbol",
                      node.span, f"write {plain}^\\top for the transpose, or declare {name}")


def refuse_zeroth_powers(rhs: t.Node, arguments: tuple[str, ...], known: Knowledge) -> None:
    """``E^0`` is a standard value for chemists; it is the power in ``x^0 + x^1``."""
    powers: dict[str, set[str]] = {}
    zeroth: dict[str, t.Node] = {}
    for sym in symbols_in(rhs):
        if isinstance(sym.sup, t.Number):
            powers.setdefault(sym.whole, set()).add(sym.sup.text)
            if sym.sup.text == "0":
                zeroth[sym.whole] = sym.node
    for name, node in zeroth.items():
        if powers[name] == {"0"} and name not in arguments and name not in known.declared:
            base = to_latex(node.base).strip() if isinstance(node, t.Scripted) else name
            raise Refusal("E137", f"'{to_latex(node).strip()}' may be a name or the power, which is 1", node.span,
                          f"write {base}^\\circ for a standard value, or 1")


def refuse_worded_powers(rhs: t.Node, arguments: tuple[str, ...], known: Knowledge) -> None:
    """``w^{gt}/h^{gt}`` beside ``w/h``: letters above several symbols, and nowhere else, may be a word.

    A power of one symbol, of a number or of e is that of a product; so is one whose letters the formula uses elsewhere.
    """
    worded: dict[str, set[str]] = {}
    nodes: dict[str, t.Node] = {}
    inside: set[int] = set()
    for sym in symbols_in(rhs):
        if isinstance(sym.sup, t.Juxt) and sym.base != "e" and (run := letters(sym.sup.items)):
            word = "".join(x.base for x in run)
            worded.setdefault(word, set()).add(sym.base)
            nodes[word] = sym.node
            inside |= {id(x) for x in run}
    used = {x.base for x in t.walk(rhs) if isinstance(x, t.Name) and id(x) not in inside}
    for word, bases in worded.items():
        if len(bases) > 1 and not set(word) & (used | {*arguments} | {*known.declared}):
            shown, product = to_latex(nodes[word]).strip(), " \\cdot ".join(word)
            raise Refusal("E137", f"'{shown}' may be a symbol labelled {word} or a power", nodes[word].span,
                          f"write ^{{\\text{{{word}}}}} for a label, or ^{{{product}}} for a power")


def refuse_charges(rhs: t.Node, arguments: tuple[str, ...], known: Knowledge) -> None:
    r"""``\frac{e^2}{4\pi\epsilon_0 r}``: a whole power of e beside constants of physics is one of a charge.

    An e that carries a letter above is Euler's number, and so are the others of its formula.
    """
    found = [x for x in t.walk(rhs) if _is_e(x)]
    squares = [x for x in t.walk(rhs) if _power_of_e(x)]
    if not squares or len(found) > len(squares) or "e" in arguments or "e" in known.declared:
        return
    if known.symbols("e") is not None or not any(sym.whole in BESIDE_CHARGES for sym in symbols_in(rhs)):
        return
    for node in t.walk(rhs):
        parts = node.items if isinstance(node, t.Juxt) else ()
        if isinstance(node, t.Frac):
            parts = (node.numerator, node.denominator)
        for x in parts:
            if _power_of_e(x):
                raise Refusal("E137", f"'{to_latex(x).strip()}' may be a power of a charge or of Euler's number",
                              x.span, f"declare $e \\in \\mathbb{{R}}$ for a symbol, or write "
                              f"\\mathrm{{{to_latex(x).strip()}}} for Euler's number")


def _is_e(node: t.Node) -> bool:
    return isinstance(node, t.Name) and node.base == "e" and not (node.style or node.accents)


def _power_of_e(node: t.Node) -> bool:
    whole = isinstance(node, t.Scripted) and isinstance(node.sup, t.Number) and node.sup.text.isdigit()
    return whole and isinstance(node, t.Scripted) and _is_e(node.base) and node.sub is None


def refuse_elements_above(rhs: t.Node, arguments: tuple[str, ...], known: Knowledge) -> None:
    r"""``\sum_t (Q_o^t - Q_m^t)^2``: an index above several symbols with labels may count elements or be a power."""
    for node in t.walk(rhs):
        if not isinstance(node, t.Big) or node.op not in ("sum", "prod"):
            continue
        bound = bound_letters(node)
        above: dict[str, dict[str, t.Node]] = {}
        for sym in symbols_in(node.body):
            if sym.subs and sym.sup is not None and letter(sym.sup) in bound:
                if not any(letter(x) in bound for part in sym.subs for x in t.walk(part)):
                    above.setdefault(letter(sym.sup) or "", {})[sym.whole] = sym.node
        for index, found in above.items():
            if len(found) > 1:
                first = next(iter(found.values()))
                raise Refusal("E137", f"'{to_latex(first).strip()}' may be an element or a power", first.span,
                              f"write the index of an element below, or in brackets above: ^{{({index})}}")


def refuse_open_label(sub: t.Name, base: str, ctx: Context) -> None:
    r"""``\sigma_X`` beside ``\sigma_i``: a label, where the capital is no number of the formula."""
    name = sub.base
    numbers = (ctx.arguments, ctx.known.declared, ctx.uppers, ctx.axis_names, ctx.lengths, ctx.params)
    if is_capital(name) and not any(name in known for known in numbers):
        raise Refusal("E112", f"{name} below {base} may be a label or the position of an element", sub.span,
                      f"write \\text{{{name}}} for a label, or declare the position: ${name} \\in \\mathbb{{Z}}$")


def refuse_open_brackets(node: t.Node) -> None:
    r"""``\langle x \rangle`` is a mean for physicists, ``\{x\}`` a set or what lies above a whole number."""
    if not isinstance(node, t.Group):
        return
    inside = to_latex(node.body).strip()
    if node.open == "⟨":
        raise Refusal("E137", "angle brackets around one expression may be a mean or a group", node.span,
                      f"write \\frac{{1}}{{n}} \\sum_{{i=1}}^{{n}} … for the mean, ({inside}) for the group")
    if node.open == "{" and take_apart(node.body) is not None:
        raise Refusal("E137", "braces around one symbol may be a set, a fractional part or a group", node.span,
                      f"write {inside} - \\lfloor {inside} \\rfloor for the fractional part, ({inside}) for the group")
    if node.open + node.close in ("(]", "[)"):
        raise Refusal("E117", "a half-open bracket has no value here", node.span, f"write ({inside})")


def stands_as_factor(sym: Symbolic, group: t.Group, ctx: Context) -> bool:
    """``k [A]`` is a product where brackets stand for amounts, as ``[B]`` beside it shows; ``F[x]`` is a functional."""
    inside = group.body
    if take_apart(inside) is None:
        return False
    if ctx.amounts:
        ctx.assume("a square bracket around a symbol stands for its amount: a factor, not an argument")
        return True
    functional = isinstance(sym.node, t.Name) and (is_capital(sym.base) or sym.base in FUNCTION_LETTERS)
    if not functional:
        head, x = to_latex(sym.node).strip(), to_latex(inside).strip()
        raise Refusal("E132", f"'{sym.base}[…]' may be a function applied, an element, or a product", group.span,
                      f"write {head} \\cdot {x} for a product, {head}({x}) for a function, or {head}_{{{x}}} for an "
                      "element")
    return False


def amounts(root: t.Node) -> bool:
    """Whether a square bracket around one symbol stands alone somewhere: ``K + [S]``, or after another one."""
    follows: set[int] = set()
    for node in t.walk(root):
        if isinstance(node, t.Juxt):
            for head, follower in pairwise(node.items):
                if take_apart(head) is not None:
                    follows |= {id(follower), id(follower.base) if isinstance(follower, t.Scripted) else 0}
    return any(
        isinstance(x, t.Group) and x.open == "[" and take_apart(x.body) is not None and id(x) not in follows
        for x in t.walk(root)
    )


def applied_names(root: t.Node) -> frozenset[str]:
    """Names before a bracket that holds symbols only: functions, as ``x`` in ``x(t) + x(t-1)``."""
    out: set[str] = set()
    for node in t.walk(root):
        for head, follower in pairwise(node.items) if isinstance(node, t.Juxt) else ():
            group = follower.base if isinstance(follower, t.Scripted) else follower
            sym = take_apart(head)
            if sym is None or sym.sup is not None or not isinstance(group, t.Group) or group.open != "(":
                continue
            inside = group.body.items if isinstance(group.body, t.Separated) else (group.body,)
            if all(take_apart(x) is not None for x in inside):
                out.add(sym.whole)
    return frozenset(out)


def refuse_open_dot(a: Value, b: Value, node: t.Node) -> None:
    r"""``x \cdot n`` of a vector and an undeclared letter: an inner product, or a multiple."""
    for free, other in ((a, b), (b, a)):
        letter = is_small_latin(free.symbol) or is_capital(free.symbol)
        if free.symbol and letter and not (free.rank or free.depth) and other.rank == 1:
            raise Refusal("E137", f"{free.symbol} may be a number or a vector beside a dot and a vector", node.span,
                          f"declare it: ${free.symbol} \\in \\mathbb{{R}}$ or ${free.symbol} \\in \\mathbb{{R}}^{{n}}$")


def note_dot_of_numbers(a: Value, b: Value, node: t.Binary, ctx: Context) -> None:
    r"""``n \cdot h`` of letters that nothing declares is a product of numbers, and is told."""
    letters = [v.symbol for v in (a, b) if v.symbol and not v.rank and v.symbol not in ctx.known.declared]
    if len(letters) == 2 and all(is_small_latin(x) or is_capital(x) for x in letters):
        ctx.assume(f"{to_latex(node).strip()} is a product of numbers; declare both for a product of arrays, "
                   f"e.g. {letters[0]}, {letters[1]} in R^d")


def refuse_number_in_step(term: t.Node, ctx: Context) -> None:
    r"""``x_{t-1} - \eta m_t / c`` of a declared vector ``x``: ``m`` may be a vector as well."""
    open_names = []
    for sym in symbols_in(term):
        name = ctx.rename.get(sym.whole, safe(sym.base))
        if safe(sym.base) in ctx.states:
            continue  # its own step settles what a state is
        stepped = ctx.step and len(sym.subs) == 1 and letter(sym.subs[0]) == ctx.step
        array = name in ctx.params and ctx.params[name].axes
        if stepped and not array and not {name, safe(sym.base), sym.whole} & {*ctx.known.declared}:
            open_names.append(to_latex(sym.node).strip())
    if open_names:
        shown = ", ".join(dict.fromkeys(open_names))
        raise Refusal("E137", "a number is added to a vector at each step, and what it is made of may be vectors",
                      term.span, f"declare each of {shown}, e.g. ${open_names[-1]} \\in \\mathbb{{R}}^{{n}}$ for a "
                      f"vector or ${open_names[-1]} \\in \\mathbb{{R}}$ for a number")


def note_number_beside_vector(term: t.Node, ctx: Context) -> None:
    r"""``x + \sqrt{a} z`` of a vector x and undeclared Latin letters, which might be vectors too."""
    open_names = [sym for sym in symbols_in(term) if is_small_latin(sym.base) and sym.whole not in ctx.known.declared]
    if open_names and isinstance(term, t.Juxt) and ctx.known.symbols(open_names[-1].whole) is None:
        ctx.assume(f"{to_latex(term).strip()} is a number, added to each element of a vector")


def refuse_dot_with_image(node: t.Binary, ctx: Context) -> None:
    r"""``x \cdot \sigma(x)`` of a vector: element by element, or an inner product."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        own = take_apart(side)
        if own is None or not any(_applied_to(x, own.whole, ctx) for x in (other, *other.children())):
            continue
        x, image = to_latex(side).strip(), to_latex(other).strip()
        raise Refusal("E137", f"the dot between the vector {own.whole} and a function of it may stand for an inner "
                      "product or for a product of elements", node.span,
                      f"write {x} \\odot {image} for the elements, or {x}^\\top {image} for the inner product")


def _applied_to(node: t.Node, name: str, ctx: Context) -> bool:
    """Whether a node is a function of what holds ``name``."""
    if isinstance(node, t.Apply):
        return any(sym.whole == name for sym in symbols_in(node.argument))
    if not isinstance(node, t.Juxt) or len(node.items) != 2 or not isinstance(node.items[1], t.Group):
        return False
    head = take_apart(node.items[0])
    applied = head is not None and (ctx.known.defined(head.whole) or known(head, 1) is not None)
    return applied and any(sym.whole == name for sym in symbols_in(node.items[1].body))


def refuse_step(sym: Symbolic, eq: Equation, group: t.Group, ctx: Context) -> None:
    r"""A function of the step, ``\eta(t) = …``, before a bracket without the step: ``\eta (g_t + w_t)``."""
    left = [p.name for p in eq.parameters if p.role == "argument"]
    if not ctx.step or left != [ctx.step]:
        return
    if any(isinstance(x, t.Name) and letter(x) == ctx.step for x in unlabelled(group.body)):
        return
    name = to_latex(sym.node).strip()
    raise Refusal("E132", f"'{name}(…)' may be a function applied or a product: {name} is a function of {ctx.step}",
                  group.span, f"write {name}({ctx.step}) \\cdot (…) for a product with its value at the step",
                  notes=("reading 1: application", "reading 2: product"))
