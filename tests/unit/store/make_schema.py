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



def dumped(store):
    """As `iterdump`, but for the index of free text, whose own tables are made with it and filled afterwards."""
    own = [name for name, in store.execute("SELECT name FROM sqlite_master WHERE name LIKE 'words\\_%' ESCAPE '\\'")]
    for line in store.iterdump():
        if "sqlite_master" in line:
            yield store.execute("SELECT sql FROM sqlite_master WHERE name = 'words'").fetchone()[0] + ";"
        elif "writable_schema" in line or line.startswith('INSERT INTO "words"') or any(line.startswith(f"CREATE TABLE '{name}'") for name in own):
            continue
        elif any(line.startswith(f'INSERT INTO "{name}"') for name in own):
            yield line.replace("INSERT", "INSERT OR REPLACE", 1)
        else:
            yield line


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([f"{sys.argv[1]}/tests/unit/store/unit_store", "--gtest_also_run_disabled_tests",
                    "--gtest_filter=*WritesAStoreOfThisVersion"], check=True, env={**os.environ, "SALLYPORT_FIXTURE": folder})
    store = sqlite3.connect(f"{folder}/audit.db")
    version = store.execute("PRAGMA user_version").fetchone()[0]
    file = pathlib.Path(__file__).with_name(f"schema-{version}.sql")
    file.write_text("\n".join([*dumped(store), f"PRAGMA user_version = {version};", ""]))
    print(file)
