"""The linters find what they are for: each rule is shown a small example that breaks it, and one that does not."""

from __future__ import annotations

from textwrap import dedent
from types import SimpleNamespace

import pytest

from tools.lint import addresses, changelog, codes, cycles, declared, docstrings, locks, sizes, unfinished
from tools.lint.tree import Module, parse


def module(source: str, path: str = "src/troth/room/thing.py") -> Module:
    """Return a module from an indented source."""
    return parse(path, dedent(source))


def test_a_public_method_without_docstring_is_found_and_a_private_one_is_not() -> None:
    source = '''
        """Module."""
        class Box:
            """Class."""
            def open(self): return 1
            def _shut(self): return 2
    '''
    assert [finding.text for finding in docstrings.check([module(source)])] == ["Box.open has no docstring"]


def test_an_import_cycle_through_a_function_body_is_found() -> None:
    a = module("from troth.b import f", "src/troth/a.py")
    b = module("def f():\n    import troth.c", "src/troth/b.py")
    c = module("from troth import a", "src/troth/c.py")
    assert [finding.text for finding in cycles.check([a, b, c])] == ["import cycle: troth.a ⇄ troth.b ⇄ troth.c"]
    assert cycles.check([a, b]) == []


def test_a_package_that_gathers_its_modules_is_no_cycle() -> None:
    package = module("from troth.box.lid import Lid", "src/troth/box/__init__.py")
    lid = module("from troth.box.wood import Wood", "src/troth/box/lid.py")
    wood = module("WOOD = 1", "src/troth/box/wood.py")
    assert cycles.check([package, lid, wood]) == []


def test_a_long_file_and_a_long_function_are_found_but_a_long_docstring_is_not() -> None:
    long_function = "def f():\n" + "    x = 1\n" * 71
    assert "f has 72 lines" in sizes.check([module(long_function)])[0].text
    assert sizes.check([module('def f():\n    """' + "\n" * 100 + '    """\n    return 1\n')]) == []
    assert [finding.text for finding in sizes.check([module("x = 1\n" * 501)])] == [
        "501 lines, at most 500",
        "p95 of file length is 501 lines, at most 300",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "x = 1  # TO" + "DO: more",
        "def f():\n    ...",
        'def f():\n    """Does."""\n    pass',
        "def f():\n    raise NotImplementedError",
    ],
)
def test_what_is_left_for_later_is_found(source: str) -> None:
    assert len(unfinished.check([module(source)])) == 1


def test_the_method_of_a_protocol_needs_no_body() -> None:
    assert unfinished.check([module("class Clock(Protocol):\n    def now(self) -> int: ...")]) == []


# `~` stands for nothing: so this file may be looked at by the same linter.
@pytest.mark.parametrize("line", ["cd /w~ork/x", "see '/r~oot/x'", "from py~pi.org", "pip --index~-url X"])
def test_an_address_of_a_machine_or_registry_is_found(line: str) -> None:
    assert len(addresses.check([("a.txt", line.replace("~", ""))])) == 1


@pytest.mark.parametrize(
    "line", ["../shared/data", "docs/home/page.md", "GET /orders/1", "https://example.com/orders/x"]
)
def test_other_paths_and_addresses_are_no_finding(line: str) -> None:
    assert addresses.check([("a.txt", line)]) == []


def page(code: str, meaning: str = "It is wrong.") -> SimpleNamespace:
    """Return something with the fields of a page."""
    return SimpleNamespace(code=code, title="Wrong", meaning=meaning, example="x", remedy="Put it right.")


def test_a_code_without_page_and_a_page_without_use_are_found() -> None:
    source = module('raise PackError("P101")\nraise PackError("P102")')
    found = codes.check([source], {"troth.codes.p_pack": {"P101": page("P101"), "P103": page("P103")}})
    assert sorted(finding.text for finding in found) == ["P102 has no page", "P103 has a page, but nothing raises it"]


def test_a_page_in_the_wrong_module_twice_or_half_empty_is_found() -> None:
    source = module('raise PackError("P101")')
    registry = {"troth.codes.p_pack": {"P101": page("P101")}, "troth.codes.x_expr": {"P101": page("P101", meaning="")}}
    assert [finding.text for finding in codes.check([source], registry)] == [
        "P101 is also registered in troth.codes.p_pack",
        "P101 does not belong into this module: its letter is another",
        "the page of P101 has no meaning",
    ]


def test_a_lock_without_pin_hash_or_with_an_address_is_found() -> None:
    text = "click==8.5.1 \\\n    --hash=sha256:ab\nrich>=15\nmsgspec==1\n    # via x\nx @ https://example.com/x\n"
    assert [finding.text for finding in locks.check_lock("r.txt", text)] == [
        "a lock names an address",
        "not pinned: rich>=15",
        "without a hash: rich>=15",
        "without a hash: msgspec==1",
        "not pinned: x @ https://example.com/x",
        "without a hash: x @ https://example.com/x",
    ]


def test_an_import_of_a_package_that_nobody_asked_for_is_found() -> None:
    source = module(
        "import os\nimport yaml\ndef f():\n    from numpy.linalg import norm\nfrom troth.model import truth"
    )
    packages = {"yaml": ["PyYAML"], "numpy": ["numpy"]}
    assert [finding.line for finding in declared.check([source], {"pyyaml"}, packages)] == [4]


def test_a_package_without_a_reason_is_found() -> None:
    found = locks.check_reasons(
        "run.in", "click\nrich>=1\nibis-framework[duckdb]\n# note\n", "`click`, `ibis-framework`"
    )
    assert [finding.text.split()[0] for finding in found] == ["rich"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("changelog.d/Late Mail.fixed.md", "Mail is late no more."),
        ("changelog.d/late-mail.repaired.md", "Mail is late no more."),
        ("changelog.d/late-mail.fixed.md", ""),
        ("changelog.d/late-mail.fixed.md", "# Mail\n\nIt is late no more."),
        ("changelog.d/late-mail.fixed.md", "no full stop"),
    ],
)
def test_a_malformed_changelog_fragment_is_found(path: str, text: str) -> None:
    assert len(changelog.check([(path, text)])) == 1


def test_a_well_formed_changelog_fragment_is_no_finding() -> None:
    assert changelog.check([("changelog.d/late-mail.fixed.md", "Mail is late no more.\n")]) == []
