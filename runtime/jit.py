"""Compiled kernels from emitted text, kept on disk under the hash of everything that they depend on.

The cache is one private folder of records.  Each record carries a checksum over its own name and content, is
written to a fresh file and renamed into place, and is verified before anything reads it: a record that was
truncated, altered or moved counts as absent and is made again.  numba's own index and data files are replaced
by such records, and the text is compiled from memory, so that no file is trusted for being there.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import pickle
import platform
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

_MAGIC = b"texjit record 1\n"
_LOCK = threading.RLock()
_LOADED: dict[str, ModuleType] = {}


# The folder.


def cache_dir() -> Path:
    """The private folder of the cache, made if need be.

    `$TEXJIT_CACHE_DIR`, else `texjit` in the user's cache folder; where that cannot be had, or others could
    write to it, a temporary folder that lasts as long as the process.
    """
    wanted = os.environ.get("TEXJIT_CACHE_DIR")
    folder = Path(wanted).expanduser().absolute() if wanted else _user_cache() / "texjit"
    return folder if _is_private(folder) else _temporary_dir(os.getpid())


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    # The XDG specification tells us to ignore a relative path.
    given = Path(os.environ.get("XDG_CACHE_HOME") or "")
    return given if given.is_absolute() else Path.home() / ".cache"


def _is_private(folder: Path) -> bool:
    """Whether the folder, made with mode 0700 if absent, is ours, and ours alone to write to."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.stat()
    except OSError:
        return False
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return False
    if os.name != "posix":  # the folders of a Windows profile are private by their access lists
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@functools.cache
def _temporary_dir(process: int) -> Path:
    """A fresh private folder for this process (a fork gets its own)."""
    folder = Path(tempfile.mkdtemp(prefix="texjit-"))

    def remove() -> None:
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


# Records.


def _checksum(key: str, payload: bytes) -> bytes:
    name = key.encode()
    return hashlib.sha256(len(name).to_bytes(8, "big") + name + payload).digest()


def _record_path(key: str) -> Path:
    name = hashlib.sha256(key.encode()).hexdigest()
    return cache_dir() / name[:2] / f"{name[2:]}.rec"


def _write(path: Path, payload: bytes) -> bool:
    """Puts the payload into place in one step; whether that worked."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    except OSError:
        return False
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(payload)
        os.replace(fresh, path)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        return False
    return True


def store(key: str, payload: bytes) -> None:
    """Keeps the payload for later processes; a cache that cannot be written to is no error."""
    _write(_record_path(key), _MAGIC + _checksum(key, payload) + payload)


def load(key: str) -> bytes | None:
    """The payload stored under the key, or None if there is none that is whole."""
    try:
        record = _record_path(key).read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 32
    payload = record[start:]
    intact = record[: len(_MAGIC)] == _MAGIC and record[len(_MAGIC) : start] == _checksum(key, payload)
    return payload if intact else None


# Kernels.


class _MachineCode:
    """The compiled signatures of one function, as records in place of numba's .nbi and .nbc files."""

    __slots__ = ("_prefix",)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def _key(self, signature: object) -> str:
        # numba's key holds the argument types, the CPU with its features and the bytecode; repr shows all.
        return f"{self._prefix}/{signature!r}"

    def save(self, key: object, data: object) -> None:
        from numba.core.serialize import dumps

        store(self._key(key), dumps(data))

    def load(self, key: object) -> object:
        payload = load(self._key(key))
        return None if payload is None else pickle.loads(payload)

    def flush(self) -> None:
        """Nothing: a record is replaced when it is written again."""


@functools.cache
def _environment() -> bytes:
    """What a kernel depends on besides its own text: the library it calls, the versions and the CPU."""
    import llvmlite
    import llvmlite.binding
    import numba
    import numpy

    here = Path(__file__).parent
    sources = sorted((*here.glob("vecmath*.py"), *here.glob("linalg*.py")))
    library = hashlib.sha256(b"".join(source.read_bytes() for source in sources))
    facts = (
        library.hexdigest(),
        numba.__version__,
        numpy.__version__,
        llvmlite.__version__,
        sys.version,
        platform.machine(),
        llvmlite.binding.get_host_cpu_name(),
        os.environ.get("NUMBA_CPU_NAME", ""),
        os.environ.get("NUMBA_CPU_FEATURES", ""),
    )
    return repr(facts).encode()


def _place(digest: str, text: str) -> Path:
    """The file that shows the text to tracebacks and debuggers, in a folder that we can write to."""
    payload = text.encode()
    for root in (cache_dir(), _temporary_dir(os.getpid())):
        path = root / "kernels" / digest / "kernel.py"
        try:
            present = path.read_bytes() == payload
        except OSError:
            present = False
        if (present and os.access(path.parent, os.W_OK)) or _write(path, payload):
            return path
    raise OSError(f"no folder to write a kernel to: tried {cache_dir()} and the temporary folder")


def _load_module(digest: str, text: str) -> ModuleType:
    from numba.core.caching import FunctionCache
    from numba.core.dispatcher import Dispatcher

    path = _place(digest, text)
    module = ModuleType(f"texjit_kernel_{digest}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    for name, member in vars(module).items():
        if isinstance(member, Dispatcher) and member.py_func.__module__ == module.__name__:
            # Kernels are called from Python: a wrapper for C would be compiled for nobody.
            member.targetoptions["no_cfunc_wrapper"] = True
            cache = getattr(member, "_cache", None)
            if isinstance(cache, FunctionCache):
                cache._cache_file = _MachineCode(f"{digest}/{name}")
    return module


def build(text: str, names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """The named functions of a module with this text, compiled when first called or taken from the cache.

    The text is a whole module of ours: it may import numba, `texjit.runtime.vecmath` and
    `texjit.runtime.linalg`, and its functions are under `@njit(cache=True, error_model="numpy", nogil=True)`.
    The same text gives the same functions throughout a process.  A name that the text does not define is a
    KeyError.
    """
    digest = hashlib.sha256(_environment() + b"\0" + text.encode()).hexdigest()
    with _LOCK:
        module = _LOADED.get(digest)
        if module is None:
            module = _LOADED[digest] = _load_module(digest, text)
    return {name: vars(module)[name] for name in names}


# Functions that the caller has compiled with numba.


def is_compiled(function: object) -> bool:
    """Whether a function is one of numba's."""
    if "numba" not in sys.modules:
        return False
    from numba.core.registry import CPUDispatcher

    return isinstance(function, CPUDispatcher)


def takes_arrays(function: Any, arguments: tuple[Any, ...]) -> bool:
    """Whether a function of numba's is one of arrays, rather than of numbers one by one.

    Declared signatures say it.  Without them it is one of arrays where it compiles for these arguments and
    branches on no array as a whole: numba would compile ``1 if x > 0 else 0`` and fail at the call.
    """
    from numba import typeof, types

    if not function._can_compile:
        declared = [t for s in function.nopython_signatures for t in s.args]
        return not all(isinstance(t, types.Number | types.Boolean) for t in declared)
    return _compiles(function, tuple(typeof(a) for a in arguments))


@functools.lru_cache(maxsize=256)
def _compiles(function: Any, signature: tuple[Any, ...]) -> bool:
    from numba.core.errors import NumbaError

    try:
        function.compile(signature)
    except NumbaError:
        return False
    return not _branches(function, signature)


def _branches(function: Any, signature: tuple[Any, ...]) -> bool:
    """Whether a compiled function, or one that it calls, asks for the truth of an array."""
    from numba import njit, types

    if signature not in function.overloads:
        return False
    found = function.overloads[signature].type_annotation
    if not hasattr(found, "calltypes"):  # one that comes from numba's cache has lost its types
        function = njit(function.py_func)
        function.compile(signature)
        found = function.overloads[signature].type_annotation
    for call, types_of in found.calltypes.items():
        if types_of is None or getattr(call, "op", None) != "call":
            continue
        called = found.typemap.get(call.func.name)
        if getattr(called, "typing_key", None) is bool and isinstance(types_of.args[0], types.Array):
            return True
        if isinstance(called, types.Dispatcher) and _branches(called.dispatcher, tuple(types_of.args)):
            return True
    return False


@functools.lru_cache(maxsize=64)
def _loop(function: Any, count: int) -> Any:
    """A compiled loop that a function of numbers is inlined into: ``out[i] = f(a0[i], …)``."""
    from numba import njit

    given = [f"a{k}" for k in range(count)]
    each = ", ".join(f"{a}[i]" for a in given)
    text = f"def loop(out, {', '.join(given)}):\n    for i in range(out.size):\n        out[i] = f({each})\n"
    scope: dict[str, Any] = {"f": function}
    exec(compile(text, "<loop over a function of numbers>", "exec"), scope)
    return njit(nogil=True, error_model="numpy")(scope["loop"])


def over_elements(function: Any, arguments: tuple[Any, ...]) -> Any:
    """The values of a function of numbers at every element of arrays that broadcast.

    float32 where all floats among the arguments are, else float64.  Raises ``TypeError`` for a function that numba
    cannot compile for numbers either.
    """
    import numpy as np
    from numba.core.errors import NumbaError

    floats = {a.dtype for a in arguments if a.dtype.kind == "f"}
    arrays = np.broadcast_arrays(*arguments)
    out = np.empty(arrays[0].shape, np.float32 if floats == {np.dtype(np.float32)} else np.float64)
    try:
        _loop(function, len(arrays))(out.reshape(-1), *(np.ascontiguousarray(a).reshape(-1) for a in arrays))
    except NumbaError as no:
        raise TypeError(f"numba compiles it neither for arrays nor for numbers: {no}") from None
    return out
