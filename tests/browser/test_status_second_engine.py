"""The customer's page in a second engine: WebKit, as on every iPhone, driven by Debian's WebKitWebDriver and Selenium.

Its window cannot be made narrower than its own buttons (447 px): for 320 px it is the page that is narrowed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import httpx2
import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.browser.conftest import SHOWN, Firm

# Selenium warns of an argument that it gives itself.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
Engine = Callable[..., AbstractContextManager[WebKitGTK]]
_WAIT_S: Final = 8
_MOST_TABS: Final = 40
_NARROW: Final = """
document.documentElement.style.width = "320px";
return [...document.body.querySelectorAll("*")]
  .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
  .filter((one) => one.getBoundingClientRect().right > 320.5)
  .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 40)}`);
"""
_FOCUSED: Final = "return document.activeElement.textContent.trim()"
_LATER: Final = "const real = Date.now; Date.now = () => real() + 45000;"


def _programs() -> tuple[str, str, str]:
    """Return the driver, the browser and the screen that needs no monitor; skip where one is missing."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
    if driver is None or screen is None or not browsers:
        pytest.skip("WebKit is not installed (Debian: apt-get install webkit2gtk-driver xvfb)")
    return driver, str(browsers[0]), screen


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return what starts the browser, on a screen of its own."""
    driver, browser, screen = _programs()
    command = [screen, "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as shown:
        assert shown.stdout is not None
        # Root may not start the sandbox of WebKit's own; the pages are ours.
        environment = os.environ | {
            "DISPLAY": f":{shown.stdout.readline().strip()}",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "LANGUAGE": "en_GB",
        }

        @contextmanager
        def started(*arguments: str) -> Iterator[WebKitGTK]:
            options = Options()
            options.binary_location = browser
            for argument in ("--automation", *arguments):
                options.add_argument(argument)
            page = WebKitGTK(options=options, service=Service(driver, env=environment))
            page.set_window_size(320, 900)
            try:
                yield page
            finally:
                page.quit()

        yield started
        shown.terminate()


@pytest.fixture(scope="module")
def webkit(engine: Engine) -> Iterator[WebKitGTK]:
    """Return one browser for all tests with scripts."""
    with engine() as started:
        yield started


def text_of(webkit: WebKitGTK, selector: str) -> str:
    """Return the text of an element."""
    return webkit.find_element(By.CSS_SELECTOR, selector).text


def until(webkit: WebKitGTK, selector: str, wanted: str) -> None:
    """Wait until an element has a text in it."""
    # What is patched meanwhile is looked for again.
    waiting: WebDriverWait[WebKitGTK] = WebDriverWait(
        webkit, _WAIT_S, poll_frequency=0.1, ignored_exceptions=[StaleElementReferenceException]
    )
    # Without scripts none can be asked, and what is about to go away cannot be read: then it is looked for again.
    waiting.until(
        lambda now: any(wanted in found.text for found in now.find_elements(By.CSS_SELECTOR, selector)),
        f"never {wanted}",
    )


def until_state(webkit: WebKitGTK, wanted: str) -> None:
    """Wait until the page says how live it is."""
    waiting: WebDriverWait[WebKitGTK] = WebDriverWait(webkit, _WAIT_S, poll_frequency=0.1)
    waiting.until(
        lambda now: now.find_element(By.ID, "liveness").get_attribute("data-state") == wanted, f"never {wanted}"
    )


def press(webkit: WebKitGTK, *keys: str) -> None:
    """Press some keys, or type some text."""
    actions = ActionChains(webkit)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def tab_to(webkit: WebKitGTK, name: str) -> bool:
    """Go on by Tab until something of this name has the focus; return whether it got there."""
    for _ in range(_MOST_TABS):
        press(webkit, Keys.TAB)
        if webkit.execute_script(_FOCUSED) == name:
            return True
    return False


def test_every_state_gives_its_answer_and_fits_into_320_px(webkit: WebKitGTK, addresses: dict[str, str]) -> None:
    for name in SHOWN:
        webkit.get(addresses[name])
        said = httpx2.get(f"{addresses[name]}.json", headers={"accept-language": "en"}).json()["headline"]
        assert text_of(webkit, "h1") == said["says"], name
        assert text_of(webkit, ".answer .word") == said["word"], name
        assert webkit.execute_script(_NARROW) == [], name


def test_a_form_is_sent_by_keyboard(webkit: WebKitGTK, firm: Firm, addresses: dict[str, str]) -> None:
    assert addresses["late"]
    webkit.get(firm.link("pickup/late"))
    press(webkit, Keys.TAB)
    assert webkit.execute_script(_FOCUSED) == "Skip to the content"
    assert tab_to(webkit, "Something here is wrong")
    press(webkit, Keys.ENTER)
    press(webkit, Keys.TAB)
    press(webkit, "It is late already", Keys.TAB, Keys.ENTER)
    until(webkit, "#said", "opened a case")


def test_the_whole_way_without_scripts(engine: Engine, firm: Firm, addresses: dict[str, str]) -> None:
    assert addresses["well"]
    with engine("--enable-javascript=false") as still:
        still.get(firm.link("pickup/well"))
        assert text_of(still, "h1")
        assert still.find_element(By.ID, "liveness").get_attribute("data-state") is None, "a script has run"
        still.find_element(By.XPATH, "//button[contains(., 'Note that I want to be told')]").click()
        until(still, "#said", "We have noted your wish")
        still.find_element(By.XPATH, "//summary[contains(., 'Something here is wrong')]").click()
        still.find_element(By.ID, "wrong").send_keys("I ordered three, not two")
        still.find_element(By.XPATH, "//button[contains(., 'a person looks into it')]").click()
        until(still, "#said", "opened a case")


def test_what_happens_is_seen_at_once_and_what_is_not_live_is_said(brief_firm: Firm, webkit: WebKitGTK) -> None:
    webkit.get(brief_firm.tell("ready")["ready"])
    until_state(webkit, "live")
    webkit.find_element(By.CSS_SELECTOR, "details.ask summary").click()
    webkit.find_element(By.ID, "wrong").send_keys("Half a sen")
    brief_firm.event("pickup/ready", "pos", "pickup.handed_over")
    until(webkit, "h1", "You have collected your order.")
    assert webkit.find_element(By.ID, "wrong").get_property("value") == "Half a sen"
    assert webkit.execute_script("return document.activeElement.id") == "wrong"
    brief_firm.stop()
    # As if three quarters of a minute had passed without a word of the server.
    webkit.execute_script(_LATER)
    until_state(webkit, "not")
    assert "Not live: last checked" in text_of(webkit, "#liveness-words")
