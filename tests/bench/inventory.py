# SPDX-License-Identifier: Apache-2.0
"""How long a large inventory takes: python3 tests/bench/inventory.py [BUILD] [HOSTS].

Makes HOSTS (20000) hosts in 200 groups as YAML, INI and the JSON of --list, and YAML with a file in host_vars/ for
each host, and prints the best of five reads of each.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/release")
HOSTS = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
PER_GROUP = 100


def groups():
    names = [f"host{number:05}.example.net" for number in range(HOSTS)]
    return {f"g{at // PER_GROUP:03}": names[at:at + PER_GROUP] for at in range(0, HOSTS, PER_GROUP)}


def variables(name):
    return {"ansible_host": f"10.{int(name[4:7]) % 256}.{int(name[7:9])}.1", "ansible_port": 22, "ansible_user": "deploy"}


def as_yaml(has_variables=True):
    lines = ["all:", "  vars: {ansible_user: ops}", "  children:"]
    for group, names in groups().items():
        lines += [f"    {group}:", "      hosts:"]
        for name in names:
            lines.append(f"        {name}:")
            lines += [f"          {key}: {value}" for key, value in variables(name).items()] if has_variables else []
    return "\n".join(lines) + "\n"


def as_ini():
    lines = []
    for group, names in groups().items():
        lines.append(f"[{group}]")
        lines += [name + "".join(f" {key}={value}" for key, value in variables(name).items()) for name in names]
    return "\n".join(lines) + "\n"


def as_list():
    hosts = {name: variables(name) for names in groups().values() for name in names}
    return json.dumps({"_meta": {"hostvars": hosts}, **{group: {"hosts": names} for group, names in groups().items()}}, indent=1)


def best_of(path, rounds=5):
    done = subprocess.run([BUILD / "tests/property/read_inventory", "--time"], input=f"{path}\n" * rounds, capture_output=True,
                          text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(answer["hosts"] == HOSTS and not answer["faults"] for answer in answers), answers
    return min(answer["milliseconds"] for answer in answers)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file, text in (("inv.yml", as_yaml()), ("inv.ini", as_ini()), ("inv.json", as_list())):
            (folder / file).write_text(text)
            print(f"{file}: {HOSTS} hosts, {len(text) / 1e6:.1f} MB, {best_of(folder / file)} ms", flush=True)
        beside = folder / "with"
        (beside / "host_vars").mkdir(parents=True)
        for names in groups().values():
            for host in names:
                (beside / "host_vars" / host).write_text("".join(f"{key}: {value}\n" for key, value in variables(host).items()))
        (beside / "inv.yml").write_text(as_yaml(has_variables=False))
        print(f"inv.yml with {HOSTS} files in host_vars/: {best_of(beside / 'inv.yml')} ms")


main()
