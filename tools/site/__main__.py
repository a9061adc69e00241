"""Builds the site, strictly: a warning is an error.

Usage: python -m tools.site [FOLDER]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

from tools.lint.tree import ROOT, files
from tools.site.stage import lay_out

STRICT = ("--nitpicky", "--fail-on-warning", "--keep-going", "--fresh-env", "--quiet")


def build(folder: Path) -> int:
    """Build the site into a folder, which is made anew; return 0, or what Sphinx exits with where anything is wrong.

    Raises:
        SystemExit: If the folder holds something that is no site.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "searchindex.js").is_file():
            sys.exit(f"{folder} is neither empty nor a site: name another folder")
        shutil.rmtree(folder)
    with tempfile.TemporaryDirectory() as work:
        sources = Path(work) / "sources"
        lay_out(sources, files())
        settings = str(Path(__file__).resolve().parent)
        doctrees = str(Path(work) / "doctrees")
        return build_main([*STRICT, "-b", "html", "-c", settings, "-d", doctrees, str(sources), str(folder)])


def main() -> int:
    """Build into the folder that is named, or into site/."""
    return build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site")


if __name__ == "__main__":
    sys.exit(main())
