"""A headless Chromium that a test drives: Chromium's DevTools protocol over a pipe, without a package for it.

The browser gets a profile of its own in a temporary folder, resolves no name, and is told that it is offline.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

_PATIENCE = 30.0
_KEYS = {
    "ArrowRight": 39,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowDown": 40,
    "Home": 36,
    "End": 35,
    "Enter": 13,
    "Escape": 27,
    "Tab": 9,
}


class BrowserError(Exception):
    """The browser gave an error, or no answer."""


class Tab:
    """One page in the browser, and what it has said and asked for since it was opened.

    Attributes:
        problems: messages of errors, and of exceptions that nothing caught.
        requests: the addresses that were asked for.
    """

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self.browser = browser
        self.target = target
        self.session = session
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.loaded = False

    def call(self, method: str, **params: Any) -> Any:
        return self.browser.call(method, params, self.session)

    def open(self, address: str) -> None:
        self.loaded = False
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + _PATIENCE
        while not self.loaded:
            self.browser.read(deadline)

    def close(self) -> None:
        self.browser.call("Target.closeTarget", {"targetId": self.target})
        del self.browser.tabs[self.session]

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's once it is there."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + _PATIENCE
        while not self.ask(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                raise BrowserError(f"never true: {expression}")
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        return str(self.ask(f"document.querySelector({json.dumps(selector)}).textContent"))

    def press(self, key: str) -> None:
        event = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS.get(key, ord(key[0].upper()))}
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def middle(self, selector: str) -> tuple[float, float]:
        """Where the middle of an element is on the screen."""
        found = self.ask(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return found[0], found[1]

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def hover(self, selector: str) -> None:
        self.mouse("mouseMoved", *self.middle(selector))

    def click(self, selector: str) -> None:
        x, y = self.middle(selector)
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def screen(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", features=[scheme, calm])

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def told(self, method: str, params: Any) -> None:
        """Take note of an event."""
        match method:
            case "Page.loadEventFired":
                self.loaded = True
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                self.problems.append(details.get("exception", {}).get("description", details["text"]))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.problems.append(" ".join(str(arg.get("value", arg.get("description"))) for arg in params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.problems.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])


class Browser:
    """The running program; messages are JSON texts, each ended by a zero byte."""

    def __init__(self, process: subprocess.Popen[bytes], out: int, into: int) -> None:
        self.process = process
        self.out = out
        self.into = into
        self.numbers = itertools.count(1)
        self.rest = b""
        self.answers: dict[int, Any] = {}
        self.tabs: dict[str, Tab] = {}

    def call(self, method: str, params: dict[str, Any], session: str | None = None) -> Any:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.into, data) :]
        deadline = time.monotonic() + _PATIENCE
        while number not in self.answers:
            self.read(deadline)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def read(self, deadline: float) -> None:
        """Read what there is, at least one message."""
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.out], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self.out, 1 << 20) if ready else b""
            if not data:
                raise BrowserError("Chromium gave no answer")
            self.rest += data
        *messages, self.rest = self.rest.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            elif message.get("sessionId") in self.tabs:
                self.tabs[message["sessionId"]].told(message["method"], message["params"])

    def tab(self) -> Tab:
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        tab = self.tabs[session] = Tab(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        tab.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        tab.screen(1280, 800)
        return tab


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with a profile in a folder, and end it."""
    assert PROGRAM is not None
    (read_end, into), (out, write_end) = os.pipe(), os.pipe()

    def at_three_and_four() -> None:
        # over copies, since the ends may themselves be 3 and 4
        first, second = os.dup(read_end), os.dup(write_end)
        os.dup2(first, 3)
        os.dup2(second, 4)

    arguments = [
        *(PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"),
        *("--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={folder}"),
    ]
    process = subprocess.Popen(
        arguments,
        close_fds=False,
        preexec_fn=at_three_and_four,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(read_end)
    os.close(write_end)
    running = Browser(process, out, into)
    try:
        yield running
    finally:
        try:
            running.call("Browser.close", {})
            process.wait(20)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        os.close(out)
        os.close(into)
