"""A worker of a cluster of two is killed while both compute, and the result is still right: `python -m` this module.

It runs in an interpreter of its own, because the workers are processes that import it, and prints what it saw as JSON.
The cost of one block waits for a file to appear: whoever has that block has computed others before, or holds what they
came to, and is then killed by signal 9. Only after that the file appears, and the block, computed once more, ends.
"""

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

BLOCKS, SIZE, WAITING = 12, 50, 6
PATIENCE = 60.0
"""Seconds after which something else is wrong, and this ends without a result."""


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("what is waited for did not happen")
        time.sleep(0.01)


def data() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, BLOCKS * SIZE)), (rng.random((1, BLOCKS * SIZE)) < 0.5).astype(float)
    X[0] = np.repeat(np.arange(BLOCKS), SIZE)  # by which a block knows its number
    params = {"W": rng.normal(size=(1, 3)) * 0.1, "b": np.zeros((1, 1))}
    return params, X, Y


def plain_cost(params: Any, X: Any, Y: Any) -> Any:
    A = 1 / (1 + np.exp(-(params["W"] @ X + params["b"])))
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def main(folder: Path) -> dict[str, Any]:
    import dask.array as da
    from distributed import Client, LocalCluster

    from compgraph.dask import value_and_grad

    def cost(params: Any, X: Any, Y: Any) -> Any:
        number = int(X[0, 0])
        with (folder / f"block {number}").open("a", encoding="utf-8") as log:
            log.write(f"{os.getpid()}\n")
        if number == WAITING:
            wait_for((folder / "go on").exists)
        return plain_cost(params, X, Y)

    params, X, Y = data()
    X, Y = [da.from_array(x, chunks=(len(x), SIZE)) for x in (X, Y)]
    with (
        ThreadPoolExecutor(1) as caller,
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        future = caller.submit(value_and_grad(cost, check=False), params, X, Y)
        log = folder / f"block {WAITING}"
        wait_for(lambda: log.exists() and log.read_text(encoding="utf-8").endswith("\n"))
        killed = int(log.read_text(encoding="utf-8"))
        workers = set(client.run(os.getpid).values())
        os.kill(killed, signal.SIGKILL)
        (folder / "go on").touch()
        disturbed = future.result(PATIENCE)
        undisturbed = value_and_grad(plain_cost)(params, X, Y)
    runs = {n: (folder / f"block {n}").read_text(encoding="utf-8").split() for n in range(BLOCKS)}
    return {
        "disturbed": bits(disturbed),
        "undisturbed": bits(undisturbed),
        "killed": killed,
        "workers": sorted(workers),
        "runs": [list(map(int, runs[n])) for n in range(BLOCKS)],
    }


def bits(result: Any) -> list[str]:
    """Every number of a result to its last bit."""
    value, gradient = result
    return [float(x).hex() for x in (value, *gradient["W"].ravel(), *gradient["b"].ravel())]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(main(Path(name))))
