"""Take the picture of a report in the docs, of a real run: `make pictures`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.kill_matrix import CALLER, FAULTS, known_orders
from tests.page_check.__main__ import HERE, chromium, install
from tests.workspace import WORKSPACE
from topcheck.gateway.faults.fault import Faulty
from topcheck.gateway.sandbox import Settings
from topcheck.gateway.server import serving
from topcheck.gateway.timing import now

PICTURE = HERE.parent.parent / "docs" / "pictures" / "report.png"
#: A fault that money hangs on, and the port that is seen in the picture.
FAULT, PORT = "semantic.checkout_id.rounded", 8765
#: A picture of more bytes is too large for a page of the docs.
MOST_BYTES = 200_000


def main():
    """Judge a sandbox with a fault, and take the picture of the report."""
    browser = chromium()
    install()
    orders = WORKSPACE.default_orders()
    faulty = Faulty(FAULTS[FAULT], WORKSPACE.contract, orders, Settings(CALLER), now)
    environment = {"TOP_APP_KEY": CALLER.app_key, "TOP_APP_SECRET": CALLER.app_secret,
                   "TOP_ORDERS": known_orders(WORKSPACE.default_orders())}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, serving(faulty, port=PORT) as url:
        command = Path(sys.executable).with_name("topcheck")
        run = [command, "gate", f"--gateway={url}", f"--report={folder}"]
        subprocess.run(run, env=os.environ | environment, check=False, capture_output=True)
        PICTURE.parent.mkdir(exist_ok=True)
        page = Path(folder) / "index.html"
        subprocess.run(["node", "picture.mjs", browser, page, PICTURE], cwd=HERE, check=True)
    if (size := PICTURE.stat().st_size) > MOST_BYTES:
        sys.exit(f"{PICTURE} has {size} bytes, and may have {MOST_BYTES}")


if __name__ == "__main__":
    main()
