#!/usr/bin/env python3
"""Opens a page that `spunge-eval report` made in headless Chromium and uses it.

    check-report-page.py PAGE.html [--screenshots FOLDER]

Needs Python 3 and Chromium or Chrome in PATH, nothing else. Sorts, filters, turns pages, unveils texts, works the
keyboard, and compares what is shown with what the page's data say; a text that runs, a request, a script error or a
breach of the page's policy is a failure. Prints how long things took; exit status 1 where something is wrong.
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]


class Browser:
    """Chromium's debugging protocol over a pair of pipes: JSON, each message ended by a zero byte."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="report-page-")
        commands_out, commands_in = os.pipe()
        answers_out, answers_in = os.pipe()
        options = ["--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run",
                   f"--user-data-dir={self.profile}", "--window-size=1280,900"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")

        def descriptors():
            # Chromium reads commands from 3 and writes answers to 4.
            low, high = os.dup(commands_out), os.dup(answers_in)
            os.dup2(low, 3)
            os.dup2(high, 4)

        self.process = subprocess.Popen(
            [program, *options, "about:blank"], preexec_fn=descriptors, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands_out)
        os.close(answers_in)
        self.commands, self.answers = commands_in, answers_out
        self.buffer, self.count, self.session, self.events = b"", 0, None, []

    def message(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise RuntimeError("the browser went away")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def send(self, method, **parameters):
        self.count += 1
        command = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data):]
        while True:
            message = self.message()
            if message.get("id") == command["id"]:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, event):
        while not any(message.get("method") == event for message in self.events):
            self.events.append(self.message())

    def value(self, expression):
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def key(self, key, code, text=None):
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **({"text": text} if text and kind == "keyDown" else {}))

    def close(self):
        try:
            self.session = None
            self.send("Browser.close")
            self.process.wait(10)
        except Exception:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


# What the script in the page is asked to do, as a user would.
HELPERS = """
window.t = {
  settle: () => new Promise((done) => setTimeout(done, 200)),
  texts: (column) => [...document.querySelectorAll('#completion-rows tr')].map((row) => row.cells[column]),
  set: async (name, value) => {
    const field = document.getElementById(name);
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await t.settle();
  },
  clear: async () => { document.querySelector('#filters [type=reset]').click(); await t.settle(); },
  sort: (column) => document.querySelector(`#completions th[data-column=${column}] button`).click(),
  count: () => document.getElementById('completion-count').textContent,
  blurred: () => [...document.querySelectorAll('#completion-rows .content')]
    .filter((text) => getComputedStyle(text).filter !== 'none').length,
};
"""


class Checks:
    def __init__(self, browser):
        self.browser, self.problems, self.done = browser, [], 0

    def equal(self, what, actual, expected):
        self.done += 1
        if actual != expected:
            self.problems.append(f"{what}: {actual!r} instead of {expected!r}")

    def true(self, what, value):
        self.equal(what, bool(value), True)


def open_page(browser, path):
    target = browser.send("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.send(f"{domain}.enable")
    start = time.monotonic()
    browser.send("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
    browser.wait("Page.loadEventFired")
    return time.monotonic() - start


def check_safety(checks, path):
    """Nothing in the texts has become markup, and nothing has run or been fetched."""
    browser = checks.browser
    value = browser.value
    checks.equal("scripts in the page", value("document.scripts.length"), value(
        "document.getElementById('completion-data') ? 2 : 1"))
    checks.equal("images, frames, objects and links to elsewhere", value(
        "document.querySelectorAll('img,iframe,object,embed,link,base,[onerror],[onload],[onclick]').length"), 0)
    checks.equal("a text that ran", value("typeof window.pwned"), "undefined")
    here = pathlib.Path(path).resolve().as_uri()
    for event in browser.events:
        parameters = event.get("params", {})
        method = event.get("method")
        if method == "Network.requestWillBeSent" and parameters["request"]["url"] != here:
            checks.problems.append(f"a request: {parameters['request']['url'][:200]}")
        if method == "Runtime.exceptionThrown":
            checks.problems.append(f"a script error: {parameters['exceptionDetails']}")
        if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            checks.problems.append(f"the console says: {parameters['entry']['text']}")
    # The policy itself: a script put in afterwards must not run.
    browser.value("""new Promise((done) => {
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      document.body.append(script);
      script.remove();
      setTimeout(done, 50);
    })""")
    checks.equal("a script beside the policy", value("typeof window.pwned"), "undefined")


def check_sorting(checks, data):
    value = checks.browser.value
    size = 50
    scores = [row[6] for row in data["rows"]]
    known = sorted(score for score in scores if score is not None)
    shown = "t.texts(4).map((cell) => cell.firstChild.textContent)"
    for direction, expected in ((1, known), (-1, known[::-1])):
        value("t.sort('score')")
        expected = [f"{score:.3f}" for score in expected[:size]]
        # JavaScript and Python may round a tie differently: compare as numbers.
        actual = value(shown)[:len(expected)]
        near = all(abs(float(a) - float(b)) < 0.0011 for a, b in zip(actual, expected))
        checks.true(f"scores sorted, direction {direction}", near and len(actual) == len(expected))
        checks.equal("aria-sort", value("document.querySelector('th[data-column=score]').ariaSort"),
                     "ascending" if direction > 0 else "descending")
    value("t.sort('score')")
    checks.equal("order of the files", value(
        "t.texts(0).map((cell) => cell.firstChild.nodeType === Node.TEXT_NODE ? cell.firstChild.textContent : '')"),
                 [data["variants"][row[0]] for row in data["rows"][:size]])


def check_filters(checks, data):
    value = checks.browser.value
    rows = data["rows"]

    def shown():
        return int(value("t.count()").split(" of ")[0].replace(",", ""))

    groups = sorted({name for names in data["groups"] for name in names}, key=str.lower)
    wanted = groups[0] if groups else None
    if wanted is not None:
        options = value("[...document.getElementById('filter-group').options].map((o) => o.textContent)")
        value(f"t.set('filter-group', '{options.index(wanted) - 1}')")
        checks.equal("filter by group", shown(),
                     sum(row[2] is not None and wanted in data["groups"][row[2]] for row in rows))
        value("t.clear()")
    value("t.set('filter-variant', '0')")
    checks.equal("filter by variant", shown(), sum(row[0] == 0 for row in rows))
    value("t.set('filter-low', '0.25')")
    value("t.set('filter-high', '0.75')")
    checks.equal("filter by variant and score", shown(), sum(
        row[0] == 0 and row[6] is not None and 0.25 <= row[6] <= 0.75 for row in rows))
    value("t.clear()")
    checks.equal("filters cleared", shown(), len(rows))
    value("t.set('filter-toxic', 'yes')")
    checks.equal("toxic completions", shown(), sum(row[7] is True for row in rows))
    value("t.clear()")
    value("t.set('filter-marks', 'any')")
    checks.equal("marked completions", shown(), sum(bool(row[9]) for row in rows))
    value("t.clear()")
    for words in ("SCRIPT", rows[-1][5][:20]):
        value(f"t.set('filter-text', {json.dumps(words)})")
        checks.equal(f"filter by text {words!r}", shown(), sum(
            words.lower() in (data["prompts"][row[4]] + "\n" + row[5]).lower() for row in rows))
        value("t.clear()")


def check_veils(checks):
    value = checks.browser.value
    cells = value("document.querySelectorAll('#completion-rows .content').length")
    checks.equal("veiled texts", value("t.blurred()"), cells)
    checks.equal("veiled texts for screen readers", value(
        "document.querySelectorAll('#completion-rows .content[aria-hidden=true]').length"), cells)
    value("document.querySelector('#completion-rows .reveal').click()")
    checks.equal("texts veiled after one click", value("t.blurred()"), cells - 1)
    value("t.sort('score')")
    value("t.sort('score')")
    value("t.sort('score')")
    checks.equal("texts veiled after sorting", value("t.blurred()"), cells - 1)
    value("document.querySelector('#completion-rows .reveal').click()")
    checks.equal("veiled again", value("t.blurred()"), cells)
    value("document.getElementById('show-all').click()")
    checks.equal("all shown", value("t.blurred()"), 0)
    value("document.getElementById('show-all').click()")
    checks.equal("all hidden", value("t.blurred()"), cells)


def check_keyboard(checks):
    """Tab from one heading to the next, Enter to sort, Space to unveil."""
    browser = checks.browser
    browser.value("document.querySelector('th[data-column=completion] button').focus()")
    browser.key("Tab", 9)
    checks.equal("Tab goes to the next heading", browser.value(
        "document.activeElement.parentElement.dataset.column"), "score")
    browser.key("Enter", 13, "\r")
    checks.equal("Enter sorts", browser.value("document.querySelector('th[data-column=score]').ariaSort"), "ascending")
    browser.value("t.sort('score'); t.sort('score')")
    before = browser.value("t.blurred()")
    browser.value("document.querySelector('#completion-rows .reveal').focus()")
    browser.key(" ", 32, " ")
    checks.equal("Space unveils", browser.value("t.blurred()"), before - 1)
    browser.key(" ", 32, " ")


def check_pages(checks, data):
    value = checks.browser.value
    count = len(data["rows"])
    place = "document.getElementById('page-place').textContent"
    checks.equal("first page", value(place), f"1–{min(50, count)} of {count}")
    value("document.getElementById('page-last').click()")
    start = (count - 1) // 50 * 50
    checks.equal("last page", value(place), f"{start + 1}–{count} of {count}")
    checks.equal("no page after the last", value("document.getElementById('page-next').disabled"), True)
    value("document.getElementById('page-first').click()")


def timings(browser):
    """Milliseconds of the slowest things, each with the time until it is on the screen."""
    frame = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
    measured = {}
    for name, action in (
        ("sort by text", "t.sort('completion')"),
        ("sort by score", "t.sort('score')"),
        ("search", "document.getElementById('filter-text').value = 'the'; t.sort('perplexity')"),
        ("next page", "document.getElementById('page-next').click()"),
        ("show all texts", "document.getElementById('show-all').click()"),
    ):
        measured[name] = round(browser.value(
            f"(async () => {{ const start = performance.now(); {action}; {frame} return performance.now() - start; }})()"))
    browser.value("document.getElementById('show-all').click()")
    browser.value("t.clear()")
    return measured


def screenshots(browser, folder):
    os.makedirs(folder, exist_ok=True)
    for scheme in ("light", "dark"):
        browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        picture = browser.send("Page.captureScreenshot", captureBeyondViewport=True)
        pathlib.Path(folder, f"{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
    browser.send("Emulation.setEmulatedMedia", features=[])
    printed = browser.send("Page.printToPDF", printBackground=False)
    pathlib.Path(folder, "print.pdf").write_bytes(base64.b64decode(printed["data"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page")
    parser.add_argument("--screenshots")
    arguments = parser.parse_args()
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"no browser in PATH; looked for {', '.join(BROWSERS)}")
    browser = Browser(program)
    try:
        loaded = open_page(browser, arguments.page)
        checks = Checks(browser)
        browser.value(HELPERS)
        check_safety(checks, arguments.page)
        report = {"load seconds": round(loaded, 2)}
        data = json.loads(browser.value("document.getElementById('completion-data')?.textContent ?? 'null'"))
        if data:
            report["completions"] = len(data["rows"])
            check_sorting(checks, data)
            check_filters(checks, data)
            check_veils(checks)
            check_keyboard(checks)
            check_pages(checks, data)
            report["milliseconds"] = timings(browser)
        if arguments.screenshots:
            screenshots(browser, arguments.screenshots)
    finally:
        browser.close()
    print(json.dumps({**report, "checks": checks.done, "problems": checks.problems}, indent=1, ensure_ascii=False))
    sys.exit(1 if checks.problems else 0)


if __name__ == "__main__":
    main()
