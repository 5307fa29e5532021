"""Importing a module of the project does nothing: no socket, no file written, no child process."""

import subprocess
import sys

from tests.architecture.imports import ROOT

PROBE = """
import importlib, pkgutil, sys
import urllib3  # it binds ::1 once to learn whether the machine speaks IPv6

FORBIDDEN = {"socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove",
             "os.rename", "os.rmdir", "os.system", "os.fork", "shutil.rmtree"}
seen = []

def watch(event, args):
    written = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if event in FORBIDDEN or written:
        seen.append((event, str(args[:2])))

import services, shared
names = [
    module.name
    for package in (services, shared)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if ".migrations" not in module.name
]
sys.addaudithook(watch)
for name in sorted(names):
    del seen[:]
    importlib.import_module(name)
    for event, args in seen:
        print(name, event, args)
print(len(names), "modules")
"""


def test_importing_has_no_effect():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-B", "-c", PROBE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *effects, count = done.stdout.splitlines()
    assert effects == []
    assert int(count.split()[0]) > 100
