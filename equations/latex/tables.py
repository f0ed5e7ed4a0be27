"""Rows of notation: what each command is.  A new symbol is a new row."""

from __future__ import annotations

GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi "
    "pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)

# Commands that are plain symbols: command -> base of the name.
SYMBOLS = {g: g for g in GREEK} | {
    "infty": "infty", "ell": "ell", "hbar": "hbar", "partial": "partial", "emptyset": "emptyset",
    "varnothing": "emptyset", "top": "top", "intercal": "top", "bot": "bot", "perp": "perp",
    "dagger": "dagger", "ddagger": "ddagger", "aleph": "aleph", "wp": "wp", "imath": "imath",
    "jmath": "jmath", "Re": "Re", "Im": "Im", "nabla": "nabla", "square": "square", "Box": "square",
    "bullet": "bullet", "sharp": "sharp", "flat": "flat", "natural": "natural", "digamma": "digamma",
    "triangle": "triangle", "angle": "angle", "complement": "complement", "degree": "degree",
    "eth": "eth", "beth": "beth", "checkmark": "checkmark", "clubsuit": "clubsuit",
    "heartsuit": "heartsuit", "spadesuit": "spadesuit", "diamondsuit": "diamondsuit",
}  # fmt: skip

# Function operators: command or upright word -> head.
FUNCTIONS = {
    word: word
    for word in (
        "log ln lg exp sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh coth sech csch "
        "arcsinh arccosh arctanh det dim ker deg gcd lcm tr rank diag sign erf erfc erfinv logdet vec Var Cov "
        "Corr Std sinc median atan2 clip hypot"
    ).split()
} | {"Tr": "tr", "trace": "tr", "Trace": "tr", "sgn": "sign", "rk": "rank", "arsinh": "arcsinh",
     "arcosh": "arccosh", "artanh": "arctanh", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
     "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "cov": "Cov", "corr": "Corr",
     "var": "Var", "tg": "tan", "ctg": "cot", "cotg": "cot", "arctg": "arctan", "sh": "sinh",
     "ch": "cosh", "th": "tanh", "cth": "coth", "cosec": "csc", "cosech": "csch", "arcctg": "arccot",
     "Median": "median", "std": "Std", "arctan2": "atan2", "clamp": "clip"}  # fmt: skip
# Short words that are functions only as \operatorname: \text{th} is more often a label.
OPERATOR_WORDS = frozenset("tg ctg sh ch th cth".split())
# Those among them that TeX knows as commands; the rest are upright words.
FUNCTION_COMMANDS = frozenset(
    "log ln lg exp sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth det dim ker deg gcd".split()
)

BIGS = {
    "sum": "sum", "prod": "prod", "int": "int", "iint": "iint", "iiint": "iiint", "oint": "oint",
    "max": "max", "min": "min", "sup": "sup", "inf": "inf", "argmax": "argmax", "argmin": "argmin",
    "lim": "lim", "limsup": "limsup", "liminf": "liminf", "bigcup": "bigcup", "bigcap": "bigcap",
    "bigoplus": "bigoplus", "bigotimes": "bigotimes", "coprod": "coprod",
}  # fmt: skip
# Integrals and how many differentials they wait for.
INTEGRALS = {"int": 1, "iint": 2, "iiint": 3, "oint": 1}
# Big operators that with a bracket and no subscript are functions: max(a, b).
BRACKETED_BIGS = frozenset("max min sup inf".split())
# Big operators that may be written as an upright word.
WORD_BIGS = frozenset("max min sup inf argmax argmin lim limsup liminf".split())

RELATIONS = {
    "=": "=", ":=": ":=", "=:": "=:", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "eqqcolon": "=:",
    "coloneqq": ":=", "triangleq": ":=", "coloneq": ":=", "doteq": ":=", "lt": "<", "gt": ">",
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "ne": "!=", "neq": "!=", "sim": "~", "in": "in", "notin": "notin", "ni": "ni",
    "approx": "approx", "approxeq": "approx", "simeq": "approx", "cong": "cong",
    "equiv": "equiv", "propto": "propto", "varpropto": "propto",
    "iff": "iff", "Leftrightarrow": "iff", "Longleftrightarrow": "iff", "leftrightarrow": "iff",
    "implies": "implies", "Rightarrow": "implies", "Longrightarrow": "implies",
    "impliedby": "impliedby", "Leftarrow": "impliedby",
    "to": "to", "rightarrow": "to", "longrightarrow": "to", "gets": "gets", "leftarrow": "gets",
    "longleftarrow": "gets", "mapsto": "mapsto", "longmapsto": "mapsto", "hookrightarrow": "to",
    "subset": "subset", "subseteq": "subseteq", "supset": "supset", "supseteq": "supseteq",
    "subsetneq": "subset", "ll": "ll", "gg": "gg", "preceq": "preceq", "succeq": "succeq",
    "prec": "prec", "succ": "succ", "nearrow": "nearrow", "searrow": "searrow",
    "asymp": "asymp", "models": "models", "vdash": "vdash", "xrightarrow": "to",
}  # fmt: skip
# These bind looser than the other relations: a = b ⇔ c = d.
LOOSE_RELATIONS = frozenset(("iff", "implies", "impliedby"))
NEGATED = {"=": "!=", "in": "notin", "<": ">=", ">": "<=", "sim": "nsim", "equiv": "nequiv",
           "subset": "nsubset", "subseteq": "nsubseteq", "le": ">", "leq": ">", "ge": "<",
           "geq": "<"}  # fmt: skip
RELATION_TEX = {
    "=": "=", ":=": ":=", "=:": "=:", "<": "<", ">": ">", "<=": r"\le", ">=": r"\ge", "!=": r"\ne", "~": r"\sim",
    "nsim": r"\not\sim", "nequiv": r"\not\equiv", "nsubset": r"\not\subset",
    "nsubseteq": r"\not\subseteq",
}  # fmt: skip

BINARIES = {
    "cdot": "cdot", "times": "times", "/": "/", "div": "div", "odot": "odot", "otimes": "otimes",
    "*": "ast", "ast": "ast", "star": "star", "oplus": "oplus", "ominus": "ominus", "circ": "circ",
    "setminus": "setminus", "backslash": "setminus", "cup": "cup", "cap": "cap", "bmod": "mod",
    "mod": "mod", "wedge": "wedge", "land": "wedge", "vee": "vee", "lor": "vee", "oslash": "oslash",
    "sqcup": "sqcup", "sqcap": "sqcap", "rtimes": "rtimes", "ltimes": "ltimes", "uplus": "uplus",
    "bigodot": "odot",
}  # fmt: skip
BINARY_TEX = {"/": "/", "mod": r"\bmod", "ast": "*"}
SIGNS = {"+": "+", "-": "-", "pm": "±", "mp": "∓"}
SIGN_TEX = {"+": "+", "-": "-", "±": r"\pm", "∓": r"\mp"}

# Operators that stand alone in a script: x^+, A^*, A_{\cdot}.
LONE = {"+": "plus", "-": "minus", "*": "star", "ast": "star", "star": "star", "circ": "circ", "pm": "pm",
        "cdot": "cdot", "times": "times", "oplus": "oplus", "otimes": "otimes", "to": "to",
        ":": "colon", "/": "slash", "<": "lt", ">": "gt", "ge": "ge", "geq": "ge", "le": "le",
        "leq": "le", "=": "eq", "ne": "ne", "neq": "ne", "in": "in", "rightarrow": "to", "leftarrow": "gets",
        "odot": "odot", "ominus": "ominus", "!": "bang"}  # fmt: skip
LONE_TEX = {"plus": "+", "bang": "!", "minus": "-", "star": "*", "circ": r"\circ", "cdot": r"\cdot", "colon": ":",
            "pm": r"\pm", "times": r"\times", "oplus": r"\oplus", "otimes": r"\otimes", "to": r"\to",
            "slash": "/", "lt": "<", "gt": ">", "ge": r"\ge", "le": r"\le", "eq": "=", "ne": r"\ne",
            "in": r"\in", "gets": r"\leftarrow", "odot": r"\odot", "ominus": r"\ominus"}  # fmt: skip

ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde",
    "widetilde": "tilde", "dot": "dot", "ddot": "ddot", "vec": "vec", "overrightarrow": "vec",
    "check": "check", "widecheck": "check", "breve": "breve", "mathring": "ring", "acute": "acute",
    "grave": "grave", "underline": "underline",
}  # fmt: skip
ACCENT_TEX = {"ring": "mathring"}

STYLES = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "bf": "bold", "symbf": "bold", "pmb": "bold",
    "mathcal": "cal", "mathbb": "bb", "mathds": "bb", "mathbbm": "bb", "mathrm": "rm",
    "operatorname": "rm", "mathit": "", "mathnormal": "", "mathsf": "sf", "mathtt": "tt",
    "mathfrak": "frak", "mathscr": "scr", "symup": "rm", "mathop": "",
}  # fmt: skip
STYLE_TEX = {"bold": "boldsymbol", "cal": "mathcal", "bb": "mathbb", "rm": "mathrm", "sf": "mathsf",
             "tt": "mathtt", "frak": "mathfrak", "scr": "mathscr"}  # fmt: skip

FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())
BINOMIALS = frozenset("binom dbinom tbinom".split())
DOTS = frozenset("cdots ldots dots vdots ddots dotsc dotsb dotsm dotsi dotso hdots".split())
LABELLED = frozenset("underbrace overbrace overset underset stackrel".split())

MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())
CASES = frozenset("cases dcases rcases".split())
# Environments whose rows are lines of a display.
DISPLAYS = frozenset(
    "equation align aligned alignat alignedat gather gathered multline eqnarray split flalign dmath".split()
)
# In these every row continues the one above.
ONE_FORMULA = frozenset(("multline", "dmath"))

OPENERS = {"(": "(", "[": "[", r"\{": "{", r"\lbrace": "{", r"\langle": "⟨", r"\lfloor": "⌊",
           r"\lceil": "⌈", r"\lbrack": "[", r"\lvert": "|", r"\lVert": "‖", r"\lparen": "("}  # fmt: skip
CLOSERS = {")": ")", "]": "]", r"\}": "}", r"\rbrace": "}", r"\rangle": "⟩", r"\rfloor": "⌋",
           r"\rceil": "⌉", r"\rbrack": "]", r"\rvert": "|", r"\rVert": "‖", r"\rparen": ")"}  # fmt: skip
# What may follow \left, \right and \middle.
DELIMITERS = OPENERS | CLOSERS | {".": ".", "|": "|", r"\|": "‖", r"\vert": "|", r"\Vert": "‖",
                                  "<": "⟨", ">": "⟩", "/": "/", r"\mid": "|"}  # fmt: skip
MATES = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖"}
DELIMITER_TEX = {"{": r"\{", "}": r"\}", "⟨": r"\langle", "⟩": r"\rangle", "⌊": r"\lfloor",
                 "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "‖": r"\|"}  # fmt: skip
BARS = {"|": "|", r"\|": "‖", r"\vert": "|", r"\Vert": "‖"}
SEPARATING_BARS = {r"\mid": "|", r"\parallel": "‖"}

# Layout only: nothing is meant by them.
IGNORED = frozenset(
    r", ; : ! > / displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag big Big "
    r"bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm hline allowbreak nobreak thinspace "
    r"medspace thickspace negthinspace negmedspace negthickspace enspace mathstrut strut rm it bf cal "
    r"boldmath normalsize small noindent relax centering nobreakspace mathord mathbin mathrel mathopen "
    r"mathclose mathpunct mathinner smash ensuremath hfill hfil qedhere hskip mskip ".split()
) | {" ", "\n", "\t", "\r"}
IGNORED_WITH_ARGUMENT = frozenset(
    "hspace vspace phantom hphantom vphantom color textcolor colorbox mathcolor rule kern raisebox intertext "
    "shortintertext".split()
)
TEXTS = frozenset("text textrm textnormal mbox hbox textbf textit textsf texttt textup textsc".split())
QUADS = frozenset(("quad", "qquad"))

# Words between statements of one line.
CONNECTIVES = frozenset(
    "and where with if for forall when or so while then subject such otherwise else i.e. e.g. iff s.t. s.t. "
    "using given as hence thus therefore because since provided whenever unless let therefore,".split()
)

COMMANDS: frozenset[str] = (
    frozenset(SYMBOLS) | FUNCTION_COMMANDS | frozenset(BIGS) | frozenset(k for k in RELATIONS if k.isalpha())
    | frozenset(k for k in BINARIES if k.isalpha()) | frozenset(ACCENTS) | frozenset(STYLES) | FRACTIONS
    | BINOMIALS | DOTS | LABELLED | frozenset(k for k in IGNORED if k.isalpha()) | IGNORED_WITH_ARGUMENT
    | TEXTS | QUADS | {k[1:] for k in DELIMITERS if k[0] == "\\" and k[1:].isalpha()}
    | {"boxed", "fbox", "framebox"}
    | {"sqrt", "pm", "mp", "not", "left", "right", "middle", "begin", "end", "arg", "choose", "over",
       "substack", "prime", "forall", "exists", "mid", "parallel", "pmod", "neg", "lnot", "colon", "tag",
       "label", "bmod"}
)  # fmt: skip
