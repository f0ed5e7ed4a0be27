"""One private kernel cache for all tests of the runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that lasts as long as the session."""
    folder = tmp_path_factory.mktemp("runtime_cache")
    folder.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXJIT_CACHE_DIR", str(folder))
        yield folder
