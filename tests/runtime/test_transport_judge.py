"""The judge of transport meets right routines and wrong ones."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import texjit as tj
from texjit.runtime import couplings, transport_judge
from texjit.runtime.report import report
from texjit.runtime.transport_judge import judge

compiled = functools.cache(tj.compile)

TEXTS = {
    "root": r"W(P,Q,p) = \left(\inf_{J \in \mathcal{J}(P,Q)} \int \|x-y\|^p \, dJ(x,y)\right)^{1/p}",
    "mean": r"W(P,Q) = \inf_{\gamma \in \Pi(P,Q)} \mathbb{E}_{(x,y) \sim \gamma}[\|x - y\|]",
    "form": r"T(A,B,S) = \inf_{g \in G(A,B)} \int (a-b)^\top S (a-b) \, dg(a,b)",
    "function": r"K(\mu,\nu) = 1 + \inf_{\pi \in \Pi(\mu,\nu)} \int c(x, y) \, \pi(dx, dy)",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_the_routine_gives_is_proved(text: str) -> None:
    k = compiled(text)
    (c,) = k.card.computed
    found = judge(k, c, problems=8)
    assert (found.verdict, found.proved, found.undecided) == ("verified", 8, 0)


def worse(solved: couplings.Solved) -> couplings.Solved:
    """A plan of the right marginals that nobody would choose, and its cost."""
    P, Q = solved.source, solved.target
    costs = solved.costs
    if costs is None:
        costs = (np.abs(P.points.reshape(-1, 1) - Q.points.reshape(-1)) / solved.scale) ** solved.power
    i, j = np.indices((P.size, Q.size)).reshape(2, -1)
    mass = np.outer(P.masses, Q.masses).ravel()
    plan = couplings.Plan(float(mass @ costs[i, j]), 0.0, i, j, mass, np.zeros(P.size), costs.min(axis=0))
    return replace(solved, plan=plan)


def inflated(solved: couplings.Solved) -> couplings.Solved:
    """A cost that is off by a millionth."""
    name = "total" if hasattr(solved.plan, "total") else "cost"
    return replace(solved, plan=replace(solved.plan, **{name: getattr(solved.plan, name) * (1 + 1e-6)}))


@pytest.mark.parametrize("text", [TEXTS["root"], TEXTS["mean"]])
@pytest.mark.parametrize(("change", "verdict"), [(worse, "undecided"), (inflated, "miscompiled")])
def test_what_is_not_optimal_is_not_verified(
    text: str, change: Any, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = couplings.solve
    monkeypatch.setattr(transport_judge, "solve", lambda *args: change(solve(*args)))
    k = compiled(text)
    assert judge(k, k.card.computed[0], problems=8).verdict == verdict


def test_check_and_verify_say_so() -> None:
    text = f"$${TEXTS['mean']}$$"
    (entry,) = report(tj.read(text)).entries
    assert entry.status == "verified"
    certificate = tj.verify(compiled(TEXTS["mean"]))
    assert certificate.verdict == "verified" and certificate.strata["transport"] == 24
    assert any("proved optimal by exact duality" in n for n in certificate.notes)
    own = tj.verify(compiled(TEXTS["mean"]), points={"P": np.eye(3), "Q": np.ones((2, 3))})
    assert own.verdict == "verified" and any("taken as supplied" in n for n in own.notes)
