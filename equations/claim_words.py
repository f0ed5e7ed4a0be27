"""Words around a formula that restrict what it claims."""

from __future__ import annotations

import re

from .document import Statement

#: Words of a sentence that restrict a claim in ways that no domain states, or make it one in the limit.
HYPOTHESES = re.compile(
    r"\b(convex|concave|independent|i\.?i\.?d|uncorrelated|lipschitz|smooth|continuous|differentiable|bounded|monotone|"
    r"increasing|decreasing|invertible|singular|orthogonal|orthonormal|unitary|diagonal|commut\w*|normali[sz]ed|unbiased|"
    r"stationary|ergodic|sufficiently|asymptotic\w*|large|small|limit|infinity|if|when|whenever|assum\w+|suppose|"
    r"provided|unless|under|given|subject to|such that|satisf\w+|minimum|minimi[sz]er|maximum|maximi[sz]er|optim\w+|"
    r"solution|solv\w+|roots?|equilibrium|approximat\w+|first[- ]order|constraints?|requir\w+|conditions?|stationarity|"
    r"vanish\w*|steady|boundary|initial|must)\b",
    re.IGNORECASE,
)
#: Words right before a formula that make it a condition.
LEADS = re.compile(
    r"\b(where|with|let|choose|pick|take|set|setting|s\.t\.|until|while|whose)[\s,:]*$", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?](?:\s|$)")
_END = re.compile(r"[.;!?](?:\s|$)")


def hypotheses_of(s: Statement) -> tuple[str, ...]:
    """Words of the sentence around a formula that restrict what it says."""
    before = _SENTENCE.split(s.region.before)[-1]
    after = _END.split(s.region.after)[0]
    words = [m.group(0).lower() for text in (before, s.lead, after) for m in HYPOTHESES.finditer(text)]
    words += [m.group(1).lower() for text in (s.region.before, s.lead) for m in [LEADS.search(text)] if m is not None]
    return tuple(dict.fromkeys(words))
