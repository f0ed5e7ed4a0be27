"""Proofs of claims: what each way of proving says, in the order in which they are tried."""

from __future__ import annotations

from ..equations.claim import Claim, Step
from ..equations.equation import Equation


def proof(equation: Equation, step: Step) -> str:
    """Why a relation is true for all inputs, in words; empty where nothing here shows it."""
    return ""


def proof_connected(claim: Claim) -> str:
    """Why relations joined by connectives are true for all inputs; empty where nothing here shows it."""
    return ""
