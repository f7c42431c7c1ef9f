"""Running one of the panel's script files without a browser: in the Node that comes with Playwright."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import playwright

import plugin.panel

_NODE: Final = Path(playwright.__file__).parent / "driver" / "node"
_FILES: Final = Path(plugin.panel.__file__).parent / "static"


def ran(folder: Path, script: str, stage: str) -> Any:
    """What the stage writes as JSON; it sets a window and a document up, and has the script run by `play()`."""
    file = folder / "stage.js"
    play = f"const play = () => require({json.dumps(str(_FILES / script))});\n"
    file.write_text(play + stage, encoding="utf-8")
    done = subprocess.run([_NODE, str(file)], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)
