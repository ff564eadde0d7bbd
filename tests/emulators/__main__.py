"""`make emulators`: both emulators for hand work, until it is ended."""

import signal
import sys

from tests.emulators import bigquery, firestore


def main() -> None:
    """Start both and print what to set, until SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Leaves the emulators' blocks, and so ends them.
        signal.signal(number, lambda *_: sys.exit(0))
    with firestore.firestore_emulator() as store, bigquery.bigquery_emulator() as warehouse:
        for name, value in {
            "FIRESTORE_EMULATOR_HOST": store,
            "RECOLLECT_STORE": "firestore",
            "RECOLLECT_WAREHOUSE": "bigquery",
            "RECOLLECT_PROJECT": bigquery.PROJECT,
            "RECOLLECT_DATASET": "recollect",
            "RECOLLECT_BIGQUERY_ENDPOINT": warehouse.rest,
            "RECOLLECT_BIGQUERY_GRPC_ENDPOINT": warehouse.grpc,
        }.items():
            print(f"export {name}={value}", flush=True)
        signal.pause()


try:
    main()
except (bigquery.EmulatorMissing, firestore.EmulatorMissing) as missing:
    sys.exit(f"The emulators can't be started: {missing}.")
