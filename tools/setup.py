"""What every target of the Makefile runs first: `python3 -m tools.setup` brings the checkout's own Python up to date.

Any Python can read this file, so that one that is too old says so in a sentence. The work is in `tools.venv`.
"""

import os
import shutil
import sys
from pathlib import Path

WANTED = (3, 11)
"""The oldest Python that the program, the sandbox and the tests run on."""


def main() -> int:
    """Exit status: 0 once `.venv` is up to date, 1 with a sentence on what is missing."""
    if sys.version_info < WANTED:
        return _leave_to_a_newer_python()
    from tools import steps, venv  # noqa: PLC0415 an older Python cannot import them

    root = Path(__file__).resolve().parent.parent
    try:
        venv.prepare(root, root / "requirements-dev.txt")
    except steps.Failure as failure:
        steps.say(str(failure))
        return 1
    except KeyboardInterrupt:
        steps.say("Interrupted. The same command starts this step anew.")
        return 130
    return 0


def _leave_to_a_newer_python() -> int:
    for minor in range(30, WANTED[1] - 1, -1):
        newer = shutil.which("python3.{}".format(minor))  # noqa: UP032
        if newer:
            os.execv(newer, [newer, "-m", "tools.setup"])  # noqa: S606 that one does the rest
    sys.stderr.write(
        "hotelaria needs Python 3.11 or newer, and {} is {}.{}. "
        "Install a newer one, or name it: make PYTHON=/path/to/python3\n".format(sys.executable, *sys.version_info[:2])
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
