"""What several tests of the measures are opened on."""

from __future__ import annotations

import pytest

from tests.unit.measures.told_kit import many, opened
from troth.measures.question import Tables


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return the tables of 120 random pasts of a firm that talks."""
    return opened(many(120))
