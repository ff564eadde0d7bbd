"""Runs Streamlit until the parent process closes this process's standard input.

A parent that is killed can't stop its children, but its end of the pipe is closed all the same.
"""

import os
import sys
from threading import Thread

from streamlit.web.cli import main


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    main(prog_name="streamlit")
