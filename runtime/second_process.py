"""latex2sympy2 in a process of its own, which may be killed.

It keeps state between formulas, hangs on some and takes all memory on others; so it gets
one formula at a time with limits on memory and time, and is started anew when it breaks
them.  What crosses are lines of JSON: text and numbers, nothing to be executed.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from typing import Any

from ..equations.latex import second_worker

#: Seconds for a formula and for the start of the process; restarts before giving up.
PATIENCE, START, RESTARTS = 2.0, 30.0, 5


class SecondReader:
    """latex2sympy2 in a worker process; start it early, close it at the end."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.absent = absence()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._ready = False
        self._starts = 0
        self._asking = threading.Lock()
        if not self.absent:
            self._start()

    def __enter__(self) -> SecondReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def ask(self, text: str, points: list[dict[str, Any]]) -> dict[str, Any]:
        """The worker's answer, or ``{"reason": …}``; one question at a time."""
        with self._asking:
            return self._ask(text, points)

    def _ask(self, text: str, points: list[dict[str, Any]]) -> dict[str, Any]:
        if self._process is None and not self.absent:
            self._start()
        if not self.absent and not self._ready:
            hello = self._answer(START)
            self._ready = "ready" in hello
            if not self._ready:
                self.absent = f"latex2sympy2 does not start: {hello.get('absent', hello.get('reason', ''))}"
                self.close()
        if self.absent or self._process is None or self._process.stdin is None:
            return {"reason": self.absent}
        try:
            self._process.stdin.write(json.dumps({"text": text, "points": points}) + "\n")
            self._process.stdin.flush()
        except OSError:
            self.close()
            return {"reason": "its process ended"}
        return self._answer(self.patience)

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self.close()
            return {"reason": f"it took more than {seconds:g} s"}
        if not line:
            self.close()
            return {"reason": "its process ended, out of memory or time"}
        found = json.loads(line)
        return found if isinstance(found, dict) else {}

    def _start(self) -> None:
        self._starts += 1
        if self._starts > 1 + RESTARTS:
            self.absent = "the second reader was stopped too often"
            return
        # -P: nothing beside the script or in the working folder may stand in for the package's
        # own top-level modules, one of which is called gen.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", str(second_worker.__file__)], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        )
        self._ready, self._lines = False, queue.Queue()
        threading.Thread(target=_drain, args=(self._process, self._lines), daemon=True).start()


def _drain(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Every line of a process, then an empty one."""
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError):
        for line in process.stdout:
            lines.put(line)
    lines.put("")


def absence() -> str:
    """Why there is no second reader here, or nothing."""
    if sys.version_info >= (3, 13):
        return "latex2sympy2 does not run on Python 3.13 or later"
    if importlib.util.find_spec("latex2sympy2") is None:
        return "latex2sympy2 is not installed: pip install 'texjit[second-reader]'"
    return ""


_shared: SecondReader | None = None


def shared() -> SecondReader:
    """One reader for the run, ended with it."""
    global _shared
    if _shared is None:
        _shared = SecondReader()
        atexit.register(_shared.close)
    return _shared
