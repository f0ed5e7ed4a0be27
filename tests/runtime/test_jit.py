"""The kernel cache: reuse between processes, and every way in which its files can be damaged."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from texjit.runtime import jit

TEXT = """
from numba import njit
from texjit.runtime.vecmath import fold_add

@njit(cache=True, error_model="numpy", nogil=True)
def square(x):
    return x * x

@njit(cache=True, error_model="numpy", nogil=True)
def kernel(x):
    acc = 0.0
    for i in range(x.size):
        acc = fold_add(acc, square(x[i]))
    return acc
"""

posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX modes")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, in a process that has loaded nothing yet."""
    monkeypatch.setenv("TEXJIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jit, "_LOADED", {})
    return tmp_path / "cache"


def run(text: str = TEXT) -> tuple[float, bool]:
    """The value of the kernel at (1, 2, 3), and whether its machine code came from the cache."""
    kernel = jit.build(text, ("kernel",))["kernel"]
    value = kernel(np.array([1.0, 2.0, 3.0]))
    return value, sum(kernel.stats.cache_hits.values()) > 0


def run_afresh(monkeypatch: pytest.MonkeyPatch) -> tuple[float, bool]:
    monkeypatch.setattr(jit, "_LOADED", {})
    return run()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_same_text_is_the_same_function(folder: Path) -> None:
    first = jit.build(TEXT, ("kernel", "square"))
    assert list(first) == ["kernel", "square"]
    assert jit.build(TEXT, ("kernel",))["kernel"] is first["kernel"]
    assert jit.build(TEXT + "\n", ("kernel",))["kernel"] is not first["kernel"]


def test_unknown_name_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError, match="nothing"):
        jit.build(TEXT, ("nothing",))


def test_text_that_fails_leaves_nothing_behind(folder: Path) -> None:
    before = set(sys.modules)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            jit.build("1 / 0", ())
    assert set(sys.modules) <= before | {"numba.core.caching"}


def test_second_load_compiles_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run() == (14.0, False)
    assert run_afresh(monkeypatch) == (14.0, True)


CHILD = f"""
import numpy as np
from texjit.runtime import jit
kernel = jit.build({TEXT!r}, ("kernel",))["kernel"]
print(kernel(np.array([1.0, 2.0, 3.0])), sum(kernel.stats.cache_hits.values()))
"""


def test_another_process_compiles_nothing(folder: Path) -> None:
    outputs = [
        subprocess.run([sys.executable, "-c", CHILD], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert outputs == ["14.0 0\n", "14.0 1\n"]


def test_processes_may_build_at_once(folder: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE) for _ in range(3)]
    for child in children:
        output, _ = child.communicate(timeout=60)
        assert child.returncode == 0 and output.startswith(b"14.0 ")
    assert not list(folder.rglob(".new-*"))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    path.write_bytes(content)


def overwrite(path: Path) -> None:
    path.write_bytes(b"raise SystemExit('a foreign file was run')\n")


def forbid(path: Path) -> None:
    path.chmod(0)


def remove(path: Path) -> None:
    path.unlink()


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = [truncate, empty, garble, overwrite, forbid, remove, become_folder]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_damage_to_any_file_is_survived(damage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run() == (14.0, False)
    present = files(folder)
    assert {path.suffix for path in present} == {".py", ".rec"}
    for path in present:
        damage(path)
    assert run_afresh(monkeypatch)[0] == 14.0
    if damage is not become_folder:  # a folder in its place is left alone, and the kernel compiled each time
        assert run_afresh(monkeypatch) == (14.0, True)
        assert next(folder.rglob("kernel.py")).read_text() == TEXT


def test_records_that_changed_places_are_not_believed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    first, second = (path for path in files(folder) if path.suffix == ".rec")
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert run_afresh(monkeypatch) == (14.0, False)


def test_planted_bytecode_is_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    home = next(folder.rglob("kernel.py")).parent / "__pycache__"
    home.mkdir(exist_ok=True)
    tag = sys.implementation.cache_tag
    for name in (f"kernel.{tag}.pyc", "kernel.kernel-9.py311.nbi", "kernel.kernel-9.py311.1.nbc"):
        (home / name).write_bytes(b"\0" * 64)
    assert run_afresh(monkeypatch) == (14.0, True)


def test_numbas_own_cache_folder_is_not_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "numba"))
    assert run() == (14.0, False)
    assert not files(tmp_path / "numba")
    assert run_afresh(monkeypatch) == (14.0, True)


# The folder.


@posix_only
def test_folder_is_private(folder: Path) -> None:
    assert jit.cache_dir() == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    run()
    for path in files(folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix_only
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_folder_that_others_may_write_to_is_not_used(mode: int, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(mode)
    assert run()[0] == 14.0
    assert not list(folder.iterdir())
    fallback = jit.cache_dir()
    assert fallback != folder and stat.S_IMODE(fallback.stat().st_mode) == 0o700
    assert jit.cache_dir() == fallback


@posix_only
def test_folder_of_somebody_else_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert jit.cache_dir() != folder


def test_folder_that_cannot_be_made_is_replaced(folder: Path, tmp_path: Path) -> None:
    folder.write_text("a file in the way")
    assert run()[0] == 14.0
    assert jit.cache_dir() != folder


def test_default_folder_is_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXJIT_CACHE_DIR", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert jit.cache_dir() == tmp_path / "xdg" / "texjit"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert jit.cache_dir() == tmp_path / "home" / ".cache" / "texjit"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert jit.cache_dir() == tmp_path / "home" / "Library" / "Caches" / "texjit"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert jit.cache_dir() == tmp_path / "local" / "texjit"


# Records.


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(256)) * 300])
def test_what_is_stored_is_loaded(payload: bytes, folder: Path) -> None:
    assert jit.load("certificate/KL") is None
    jit.store("certificate/KL", payload)
    assert jit.load("certificate/KL") == payload
    assert jit.load("certificate/JS") is None
    jit.store("certificate/KL", b"newer")
    assert jit.load("certificate/KL") == b"newer"


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_damaged_record_is_none(damage, folder: Path) -> None:
    jit.store("key", b"payload" * 100)
    (path,) = files(folder)
    damage(path)
    assert jit.load("key") in ((None, b"payload" * 100) if damage is forbid else (None,))  # root reads all
    jit.store("key", b"again")
    if damage is not become_folder:
        assert jit.load("key") == b"again"


def test_failed_write_leaves_the_old_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jit.store("key", b"old")

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    jit.store("key", b"new")
    assert jit.load("key") == b"old"
    assert len(files(folder)) == 1


def test_import_is_light() -> None:
    code = "import sys, texjit.runtime.jit; assert not {'numba', 'sympy', 'llvmlite'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
