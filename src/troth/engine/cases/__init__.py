"""Cases: what is wrong (watch), how a case opens and closes (plain, life), what people do to it (people), what informs.

`troth.engine.recover` calls these in order; nothing else moves a case.
"""

from troth.engine.cases.openings import case_id, openings

__all__ = ["case_id", "openings"]
