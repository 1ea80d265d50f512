"""Real JupyterLab in a headless Chromium, for every test that clicks through a notebook.

    def test_something(lab):
        lab.open(lab.notebook("demo", ["print(1 + 1)"]))
        lab.run_all()
        lab.click("Run")
        lab.screenshot("after a run")
        assert lab.errors == []

The server listens on 127.0.0.1 on a free port, with a token and settings of its own. Where no Chromium is found the
tests are skipped and say so; with the environment variable CI=true they fail instead. Screenshots go to the folder
named by SRM_LAB_SCREENSHOTS, else to pytest's temporary one. Left out: other browsers and other notebook front ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_START_SECONDS = 60
TRIES = 3  # of running a notebook whose answers got lost
_LIGHT, _DARK = "JupyterLab Light", "JupyterLab Dark"
_SETTINGS = {  # no question about news, no surprises while a test types
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
}
_IDLE = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  const prompts = [...document.querySelectorAll('.jp-InputArea-prompt')].map(e => e.textContent);
  return kernel?.status === 'idle' && !prompts.some(text => text.includes('*'));
}"""

# "done", or "lost" after 10 s in which the kernel was idle and a cell still waited for it
_SETTLED = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  const prompts = [...document.querySelectorAll('.jp-InputArea-prompt')].map(e => e.textContent);
  if (kernel?.status !== 'idle') { window.idleSince = null; return false; }
  if (!prompts.some(text => text.includes('*'))) return 'done';
  window.idleSince ??= Date.now();
  return Date.now() - window.idleSince > 10000 && 'lost';
}"""


def _root_user() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is. Skips without one, and fails where CI=true promises that there is one."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        message = f"no Chromium on the PATH (looked for {', '.join(BROWSERS)}): JupyterLab was not clicked"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def jupyter(chromium_path, tmp_path_factory):
    """A running JupyterLab: its address, its token and the folder it serves."""
    root, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    server = _start_server(root, home)
    try:
        yield server
    finally:
        server.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(20)
        server.process.kill()


class Server:
    """A JupyterLab process. url: its address. folder: what it serves. log: its output so far."""

    def __init__(self, process, url: str, token: str, folder: Path, log_file: Path):
        self.process, self.url, self.token, self.folder, self._log = process, url, token, folder, log_file

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


def _start_server(root: Path, home: Path) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name, values in _SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    token, log_file = secrets.token_hex(16), home / "server.log"
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True",
        *(["--allow-root"] if _root_user() else []),
    ]  # fmt: skip
    folders = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }  # fmt: skip
    environment = {**os.environ, "JUPYTER_TOKEN": token, **{key: str(home / value) for key, value in folders.items()}}
    with log_file.open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    server = Server(process, f"http://127.0.0.1:{port}", token, root, log_file)
    _wait_for(server)
    return server


def _wait_for(server: Server) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{server.url}/api?token={server.token}", timeout=2).close()
            return
        time.sleep(0.2)
    server.process.kill()
    pytest.fail(f"JupyterLab did not start within {_START_SECONDS} s. Its log:\n{server.log[-3000:]}")


@pytest.fixture(scope="module")
def browser(chromium_path):
    """One Chromium for a file of tests. Not for the session: Playwright keeps an event loop running in this thread
    while it is open, and tests elsewhere need their own."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if _root_user() else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory) -> Path:
    """The folder for screenshots."""
    named = os.environ.get("SRM_LAB_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def lab(jupyter, browser, screenshots, request):
    """A page of JupyterLab with helpers; a screenshot is left behind when the test fails."""
    context = browser.new_context(viewport={"width": 1400, "height": 1300})
    helper = Lab(context.new_page(), jupyter, screenshots)
    yield helper
    report = getattr(request.node, "report_of_call", None)
    if report is not None and report.failed:
        print(f"Screenshot: {helper.screenshot(f'failed {request.node.name}')}\nBrowser errors: {helper.errors}")
    helper.shut_down_kernels()
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        item.report_of_call = report
    return report


class Lab:
    """One browser page on JupyterLab. page: Playwright's page. errors: what the console and the page complained of."""

    def __init__(self, page, server: Server, screenshots: Path):
        self.page, self.server, self._screenshots = page, server, screenshots
        self.errors: list[str] = []
        page.set_default_timeout(30_000)
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())  # a page is left although its notebook is not saved

    def notebook(self, name: str, cells: list[str]) -> Path:
        """Write a notebook of code cells into the served folder."""
        import nbformat

        content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        # without a kernelspec JupyterLab opens a dialog that asks for a kernel, and waits
        content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.server.folder / f"{name}.ipynb"
        nbformat.write(content, path)
        return path

    def copy(self, path: Path) -> Path:
        """Copy a notebook of the project into the served folder."""
        return Path(shutil.copy(path, self.server.folder / path.name))

    def open(self, path: Path) -> None:
        """Open a notebook in a fresh workspace, and wait for its kernel."""
        self._opened = path
        name = path.relative_to(self.server.folder).as_posix()
        self.page.goto(f"{self.server.url}/lab/tree/{name}?reset&token={self.server.token}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", state="visible")
        self.wait_idle()
        self.page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def command(self, name: str, **arguments) -> None:
        """Start one of JupyterLab's commands, such as "notebook:run-all-cells"."""
        self.page.evaluate("([name, given]) => { window.jupyterapp.commands.execute(name, given) }", [name, arguments])

    def run_all(self, seconds: float = 60) -> None:
        """Execute every cell and wait until all are through.

        JupyterLab now and then loses what a kernel answers that has only just started: the cell keeps its star, and the
        kernel is idle. Running the cells once more on the same connection does not always help, a new page does.
        """
        for _ in range(TRIES):
            self.command("notebook:run-all-cells")
            self.page.wait_for_timeout(300)
            if self.page.wait_for_function(_SETTLED, timeout=1000 * seconds).json_value() == "done":
                self.page.wait_for_timeout(700)  # the notebook takes the focus once more after its last cell
                return
            self.open(self._opened)
            self.errors.clear()  # of the page that was left
        pytest.fail(f"{TRIES} times a cell of {self._opened.name} kept its star while the kernel was idle.")

    def run_cell(self, number: int) -> None:
        """Execute one cell, counted from 0; does not wait."""
        self.page.evaluate("n => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = n }", number)
        self.command("notebook:run-cell")

    def wait_idle(self, seconds: float = 60) -> None:
        """Wait until no cell is executing or queued."""
        self.page.wait_for_function(_IDLE, timeout=1000 * seconds)

    def wait_for(self, condition: str, seconds: float = 30) -> None:
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(f"() => {condition}", timeout=1000 * seconds)

    def outputs(self, cell: int) -> str:
        """The text of a cell's outputs."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea").inner_text()

    def button(self, text: str):
        """A widget's button by its whole text."""
        whole = re.compile(rf"^\s*{re.escape(text)}\s*$")
        return self.page.locator("button.jupyter-button:visible").filter(has_text=whole)

    def click(self, text: str) -> None:
        """Click a widget's button by its text, once it is enabled."""
        self.button(text).click()

    def move(self, slider: str, key: str, times: int) -> None:
        """Press a key, such as "ArrowRight", on the slider of a widget that has this description."""
        self.page.locator(f".srm-live .widget-slider:has-text('{slider}') .noUi-handle").focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def dark_and_narrow(self, name: str, selector: str | None = None, *, width: int, height: int) -> None:
        """Screenshots in the dark theme, and then in the light one on a page of so many pixels."""
        self.theme(dark=True)
        self.screenshot(f"{name} dark", selector)
        self.theme(dark=False)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(700)  # figures follow the width
        self.screenshot(f"{name} narrow", selector)

    def theme(self, dark: bool) -> None:
        """Change JupyterLab's theme."""
        name = _DARK if dark else _LIGHT
        self.command("apputils:change-theme", theme=name)
        self.wait_for(f"document.body.dataset.jpThemeName === '{name}'")
        self.page.wait_for_timeout(500)

    def screenshot(self, name: str, selector: str | None = None) -> Path:
        """A PNG of the page, or of the first element that matches."""
        path = self._screenshots / f"{name.replace(' ', '_')}.png"
        (self.page.locator(selector).first if selector else self.page).screenshot(path=path)
        return path

    def shut_down_kernels(self) -> None:
        """End every kernel of the server, so that a test's threads and models end with it."""
        headers = {"Authorization": f"token {self.server.token}"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.server.url}/api/kernels", headers=headers)) as reply:
            kernels = json.load(reply)
        for kernel in kernels:
            address = f"{self.server.url}/api/kernels/{kernel['id']}"
            urllib.request.urlopen(urllib.request.Request(address, headers=headers, method="DELETE")).close()
