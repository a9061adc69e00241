"""What `troth doctor` looks at: this installation, and a database file. Each check returns rows, and never raises."""

from __future__ import annotations

from troth.surfaces.doctor.database import examine
from troth.surfaces.doctor.finding import Checked
from troth.surfaces.doctor.installation import look_around

__all__ = ["Checked", "examine", "look_around"]
