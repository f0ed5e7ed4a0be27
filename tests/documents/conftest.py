"""One compilation of each document for all tests of documents."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import texjit as tj
from texjit.equations.library import shipped

SEED = Path(__file__).parents[3] / "shared" / "seed" / "foundations.md"


@pytest.fixture(scope="session")
def shipped_library(session_cache: Path) -> tj.Library:
    text = shipped("foundations")
    assert text is not None
    return tj.compile(tj.read(text))


@pytest.fixture(scope="session")
def original_library(session_cache: Path) -> tj.Library:
    if not SEED.exists():
        pytest.skip("the original document is not at hand")
    return tj.compile(SEED)


@pytest.fixture(scope="session", params=("shipped", "original"))
def library(request: pytest.FixtureRequest) -> tj.Library:
    """Each edition of the document in turn."""
    return request.getfixturevalue(f"{request.param}_library")


@pytest.fixture(autouse=True)
def accuracy_is_judged_elsewhere() -> Iterator[None]:
    """Accuracy warnings belong to test_verdicts; here values count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tj.AccuracyWarning)
        yield
