"""`make emulators`: both emulators for hand work, until it is ended."""

import signal
import sys

from tests.emulators.bigquery import PROJECT, bigquery_emulator
from tests.emulators.firestore import firestore_emulator


def main() -> None:
    """Start both and print what to set, until SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Leaves the emulators' blocks, and so ends them.
        signal.signal(number, lambda *_: sys.exit(0))
    with firestore_emulator() as firestore, bigquery_emulator() as bigquery:
        for name, value in {
            "FIRESTORE_EMULATOR_HOST": firestore,
            "RECOLLECT_STORE": "firestore",
            "RECOLLECT_WAREHOUSE": "bigquery",
            "RECOLLECT_PROJECT": PROJECT,
            "RECOLLECT_DATASET": "recollect",
            "RECOLLECT_BIGQUERY_ENDPOINT": bigquery.rest,
            "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": bigquery.grpc,
        }.items():
            print(f"export {name}={value}", flush=True)
        signal.pause()


main()
