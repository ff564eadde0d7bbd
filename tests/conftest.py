"""Fixtures for every test: the emulators, started by the first test that needs them."""

pytest_plugins = ["tests.emulators.firestore", "tests.emulators.bigquery"]
