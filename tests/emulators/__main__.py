"""`make emulators`: runs both emulators for manual work, until it is stopped."""

import signal
import sys

from tests.emulators import bigquery, firestore


def main() -> None:
    """Start both emulators, print the variables to set, and run until SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Leaves the emulators' blocks, which stops them.
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
