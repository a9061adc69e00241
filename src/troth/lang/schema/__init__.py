"""The shape of documents as JSON Schema (draft 2020-12), for checking and for editors."""

from __future__ import annotations

from troth.lang.schema._check import check_document, check_shape
from troth.lang.schema.pack import PACK
from troth.lang.words import did_you_mean, one_of

__all__ = ["PACK", "check_document", "check_shape", "did_you_mean", "one_of"]
