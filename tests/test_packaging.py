"""The package list, the front door, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_folder_of_the_rooms_is_packaged() -> None:
    folders = {
        p.parent.relative_to(ROOT)
        for room in ("equations", "compiler", "runtime")
        for p in (ROOT / room).rglob("*.py")
    }
    expected = {"texjit"} | {"texjit." + ".".join(f.parts) for f in folders if f.parts != ("runtime", "face")}
    assert set(CONFIG["tool"]["setuptools"]["packages"]) == expected


def test_the_top_level_holds_only_what_was_agreed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    tops = {line.split("/")[0] for line in tracked.stdout.split()}
    allowed = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "equations", "compiler", "runtime", "tests"}
    assert {t for t in tops if not t.startswith(".")} <= allowed


def test_import_is_light() -> None:
    """No heavy package is imported with ``texjit`` itself."""
    code = (
        "import sys, texjit; "
        "print([m for m in ('numpy', 'sympy', 'numba', 'scipy', 'flint', 'rich', 'typer') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "tests")
    assert out.stdout.strip() == "[]"


def test_public_names_exist() -> None:
    import texjit

    for name in texjit.__all__:
        assert getattr(texjit, name) is not None
    with pytest.raises(AttributeError):
        _ = texjit.no_such_name


def test_version_is_the_one_of_the_project() -> None:
    import texjit

    assert texjit.__version__ == CONFIG["project"]["version"]


def test_readme_commands_are_marked_for_ci() -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme.count("<!-- main command -->") == readme.count("<!-- test command -->") == 1
