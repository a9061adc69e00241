"""Settings: options before the environment before the file; whatever is wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from troth.errors import UsageError
from troth.runtime.config import HELP, Settings, load


def codes(found: pytest.ExceptionInfo[UsageError]) -> list[str]:
    return [problem.code for problem in found.value.problems]


def test_every_setting_has_a_meaning() -> None:
    assert set(HELP) == {field.name for field in msgspec.structs.fields(Settings)}


def test_an_option_goes_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "troth.toml"
    file.write_text('port = 1\nhost = "::1"\nbatch_limit = 7\npacks = ["a", "b"]\n', encoding="utf-8")
    found = load({"port": 3, "host": None, "packs": ()}, {"TROTH_PORT": "2", "TROTH_HOST": "localhost"}, file)
    assert (found.port, found.host, found.batch_limit, found.packs) == (3, "localhost", 7, ("a", "b"))


def test_the_environment_writes_lists_with_commas_and_truths_as_words(tmp_path: Path) -> None:
    environment = {
        "TROTH_PACKS": "store_pickup, customer",
        "TROTH_OPEN": "true",
        "TROTH_RATE_PER_S": "2.5",
        "TROTH_X": "1",
    }
    found = load({}, environment, tmp_path / "absent.toml")
    assert (found.packs, found.open, found.rate_per_s) == (("store_pickup", "customer"), True, 2.5)


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert load({}, {}, tmp_path / "absent.toml") == Settings()
    assert Settings().host == "127.0.0.1"
    assert not Settings().open


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "troth.toml"
    file.write_text('prot = 8080\nidempotency = "always"\nallow_networks = ["10.0.0.1/8"]\n', encoding="utf-8")
    with pytest.raises(UsageError) as found:
        load({"batch_limit": 0}, {"TROTH_PORT": "http"}, file)
    assert sorted(codes(found)) == ["H301", "H302", "H302", "H302", "H302"]
    assert "did you mean port?" in str(found.value)
    assert all(problem.remedy for problem in found.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("zone", "Europe/Berlinn"),
        ("public_url", "status.example"),
        ("public_url", "https://status.example/pages"),
        ("public_url", "javascript:alert(1)"),
        ("contact_phone", "call us"),
        ("contact_email", "help at books"),
        ("contact_email", 'help@books.example" onclick="x'),
        ("page_rate_per_s", -1),
        ("page_streams", -1),
        ("beside", ("Returns",)),
        ("beside", ("Returns=javascript:alert(1)",)),
    ],
)
def test_what_customers_cannot_use_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(UsageError) as found:
        load({name: value}, {}, tmp_path / "absent.toml")
    assert codes(found) == ["H302"]


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_does_not_exist_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(UsageError) as found:
        load({"port": port}, {}, tmp_path / "absent.toml")
    assert codes(found) == ["H302"]


@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
@pytest.mark.parametrize("name", ["RATE_PER_S", "REQUEST_TIMEOUT_S", "IDEMPOTENCY_HOURS"])
def test_what_is_no_number_is_refused_where_one_is_asked_for(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError) as found:
        load({}, {f"TROTH_{name}": value}, tmp_path / "absent.toml")
    assert codes(found) == ["H302"]


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "troth.toml"
    file.write_text("port: 8080", encoding="utf-8")
    with pytest.raises(UsageError, match=r"troth\.toml"):
        load({}, {}, file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trusted_proxies", ("10.0.0.1/8",)),
        ("oidc_issuer", "http://id.example"),
        ("oidc_issuer", "https://id.example/?a=b"),
        ("oidc_roles", ("groups=support",)),
        ("oidc_roles", ("groups=support:boss",)),
        ("oidc_roles", ()),
        ("oidc_client_id", ""),
        ("oidc_scopes", "profile"),
        ("session_hours", 0),
        ("session_idle_minutes", 0),
        ("audit_days", 0.5),
    ],
)
def test_what_nobody_could_sign_in_with_is_refused(tmp_path: Path, name: str, value: object) -> None:
    good = {"oidc_issuer": "https://id.example/", "oidc_client_id": "troth", "oidc_roles": ("groups=*:reader",)}
    assert load(good, {}, tmp_path / "absent.toml").oidc_roles == ("groups=*:reader",)
    with pytest.raises(UsageError) as found:
        load(good | {name: value}, {}, tmp_path / "absent.toml")
    assert [(one.code, one.place.path) for one in found.value.problems] == [("H302", name)]
