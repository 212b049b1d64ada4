#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps a store of the version that this tree writes, as schema-N.sql: run it once before each release that has a new N.

    tests/unit/store/make_schema.py build/dev
"""
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([f"{sys.argv[1]}/tests/unit/store/unit_store", "--gtest_also_run_disabled_tests",
                    "--gtest_filter=*WritesAStoreOfThisVersion"], check=True, env={**os.environ, "SALLYPORT_FIXTURE": folder})
    store = sqlite3.connect(f"{folder}/audit.db")
    version = store.execute("PRAGMA user_version").fetchone()[0]
    file = pathlib.Path(__file__).with_name(f"schema-{version}.sql")
    file.write_text("\n".join([*store.iterdump(), f"PRAGMA user_version = {version};", ""]))
    print(file)
