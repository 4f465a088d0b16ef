"""Files with defects that were planted: the line and rule of each stand in a comment at its line's end."""

PYTHON = """import os
import pickle
import subprocess
import yaml


def collect(item, into=[]):  # B006
    into.append(item)
    return into


def listing(folder):
    return subprocess.run("ls " + folder, shell=True)  # B602


def restore(stored):
    return pickle.loads(stored)  # B301


def settings(text):
    return yaml.load(text)  # B506


def total(prices):
    return sum(prices) + taxx  # F821


def greeting(name):
    return "{} and {}".format(name)  # F524


def sure(value):
    assert (value, "must be given")  # F631


def closers(files):
    return [lambda: one.close() for one in files]  # B023


def careful(path):
    try:
        return os.stat(path)
    finally:
        return None  # B012


def calculated(text):
    return eval(text)  # B307
"""

SHELL = """#!/bin/bash
cd "$1"  # SC2164
rm -rf "$2/"*  # SC2115
for name in $(ls *.txt); do  # SC2045
  echo "$name"
done
if [ "$3" > 5 ]; then  # SC2071
  echo large
fi
"""

JAVASCRIPT = """function show(user, list) {
  if (user.admin = true) {  // js/assign-in-condition
    eval(user.script);  // js/eval
  }
  document.getElementById("name").innerHTML = "<b>" + user.name;  // js/inner-html
  return { id: 1, name: user.name, id: 2 };  // js/duplicate-key
}
"""

GO = """package main

import (
	"database/sql"
	"os"
)

func find(db *sql.DB, names []string) error {
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close() // go/defer-in-loop
	}
	_, err := db.Query("SELECT id FROM people WHERE name = '" + names[0] + "'") // go/sql-text
	return err
}
"""

CLEAN_PYTHON = '''import subprocess


def collect(item, into=None):
    """Items, and one more."""
    into = [] if into is None else into
    into.append(item)
    return into


def listing(folder):
    done = subprocess.run(["ls", "--", folder], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
'''

CLEAN_SHELL = """#!/bin/bash
set -eu
cd "$1" || exit 1
for name in *.txt; do
  echo "$name"
done
"""

CLEAN_JAVASCRIPT = """import { h } from "./dom.js";

export async function show(user, list) {
  if (user.admin === true && Number.isNaN(user.age)) {
    setTimeout(() => h(user), 100);
  }
  for (const one of list) {
    try {
      await one.load();
    } catch (error) {
      console.error(error);
    }
  }
  document.querySelector("#name").textContent = user.name;
  return <b className="name">{user.name}</b>;
}
"""

CLEAN_GO = """package main

import (
	"database/sql"
	"fmt"
	"time"
)

func find(db *sql.DB, name string) error {
	rows, err := db.Query("SELECT id FROM people WHERE name = $1", name)
	if err != nil {
		return fmt.Errorf("find %q: %w", name, err)
	}
	defer rows.Close()
	time.Sleep(2 * time.Second)
	return rows.Err()
}
"""

FILES = {"defects.py": PYTHON, "defects.sh": SHELL, "defects.js": JAVASCRIPT, "defects.go": GO}
CLEAN = {"clean.py": CLEAN_PYTHON, "clean.sh": CLEAN_SHELL, "clean.jsx": CLEAN_JAVASCRIPT, "clean.go": CLEAN_GO}
NOTATIONS = {
    "clean.json": '{"a": [1, 2.5, "x"], "b": null}',
    "clean.yaml": "a: &x [1, 2]\nb: *x\n",
    "clean.toml": '[tool]\nname = "x"\n',
}
