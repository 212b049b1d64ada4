# SPDX-License-Identifier: Apache-2.0
"""Makes up inventories: the files of one folder, by name, out of a random.Random."""
import json

GROUPS = ["all", "ungrouped", "web", "db", "eu", "us", "prod", "a.b", "x-1", "last"]
HOSTS = ["h1", "h2", "db1.example.net", "web", "10.0.0.5", "n_1", "lone", "srv[1:3]", "w[01:03].x", "n-[a:c]", "e[1:7:3]",
         "[a:b]z[0:1]", "p1:2022", "q[1:2]:2023", "[2001:db8::1]:2024", "[v6]:2025", "f[3:1]", "z9:0"]
VARIABLES = ["ansible_host", "ansible_port", "ansible_user", "ansible_connection", "ansible_ssh_host", "ansible_ssh_port",
             "ansible_ssh_user", "other"]
YAML_VALUES = ["192.0.2.7", "host.example", "22", "022", "0o22", "0x16", "22:22", "1_000", "1.10", "1e3", "1.5e+3", "~", "null", "yes",
               "No", "on", "off", "True", "'022'", "\"22\"", "'yes'", "2001-12-14", "-5", "+7", "\"{{ x }}\"", "[a, b]",
               "{a: b}", "''", "ssh", "smart", "local", "deploy", "!!str 022", "!unsafe plain", "a#b", "190:20:30", "1:30.5", ".5",
               "0", "-0", "12345678901234567890123", "0b101", "1_0.5", "08", "1.0", "100000000000000000.0", "0.00001", "|-\n {}t"]
INI_VALUES = ["192.0.2.7", "host.example", "22", "022", "0o22", "0x16", "22:22", "1_000", "1.10", "1e3", "None", "True", "yes", "'022'",
              "\"22\"", "'a b'", "[1,2]", "{'a':1}", "(22)", "22,", "-5", "+7", "--5", "{{x}}", "ssh", "local", "a#b", "\\'q\\'",
              "\"'q'\"", "\"'a' 'b'\"", "u'x'", "b'x'", "...", "1+2j", "0b101", "00", "01", "", "a=b", "set()", "1_0.5", "1__0",
              "\"r'a\\\\b'\"", "\"'\\\\x41'\"", "()", "[", "'2 # c'", "1if", "0xg", "1.e2", ".5", "5.", "12345678901234567890123", "2j"]
CONNECTIONS = ["ssh", "smart", "paramiko", "local", "docker"]


def variable(random, values):
    name = random.choice(VARIABLES)
    usual = {"ansible_connection": CONNECTIONS, "ansible_port": ["22", "2222", "022", "22:22"], "ansible_ssh_port": ["23", "0x17"]}
    return name, random.choice(usual[name] if name in usual and random.random() < 0.6 else values)


def pairs(random, values, most):
    return dict(variable(random, values) for _ in range(random.randint(0, most)))


def group_tree(random):
    """Edges from a group to one that comes later in a shuffled row, so that no ring is made (seldom one is)."""
    names = random.sample([name for name in GROUPS if name != "all"], random.randint(1, 6))
    names.insert(0, "all")
    edges = {name: [] for name in names}
    for at, name in enumerate(names):
        for child in names[at + 1:]:
            if random.random() < 0.3 and (child != "ungrouped" or name == "all"):  # which we refuse
                edges[name].append(child)
    if random.random() < 0.02:
        edges[names[-1]].append(random.choice([name for name in names if name != "ungrouped"]))
    return names, edges


def hosts(random):
    return random.sample(HOSTS, random.randint(0, 4))


def yaml_map(random, indent, values=YAML_VALUES, most=4):
    pad = " " * indent
    lines = [f"{pad}{name}: {value.format(pad) if value.startswith('|') else value}"
             for name, value in pairs(random, values, most).items()]
    if lines and random.random() < 0.1:
        lines.insert(random.randint(0, len(lines)), f"{pad}<<: {{ansible_host: merged, ansible_port: 99}}")
    return lines


def yaml_section(random, section, group, edges, pad, depth):
    """The lines within one section of a group, or none."""
    lines = []
    if section == "vars" and random.random() < 0.6:
        lines = yaml_map(random, len(pad))
        if random.random() < 0.3:
            lines.append(f"{pad}ansible_group_priority: {random.choice(['5', '-1', '10', '0x2', '3.7', 'true'])}")
    elif section == "hosts":
        for host in hosts(random):
            lines.append(f"{pad}'{host}':")
            lines += yaml_map(random, len(pad) + 2) if random.random() < 0.5 else []
    elif section == "children" and depth < 4:
        for child in edges[group]:
            lines.append(f"{pad}{child}:")
            lines += yaml_group(random, child, edges, pad + "  ", depth + 1) if random.random() < 0.5 else []
    return lines


def yaml_group(random, group, edges, pad, depth):
    lines = []
    for section in random.sample(["hosts", "vars", "children"], 3):
        inner = yaml_section(random, section, group, edges, pad + "  ", depth)
        lines += [f"{pad}{section}:", *inner] if inner else []
    return lines


def yaml_inventory(random):
    names, edges = group_tree(random)
    top = random.sample(names, len(names)) if random.random() < 0.5 else names[:1]
    return "\n".join(line for name in top for line in [f"{name}:", *yaml_group(random, name, edges, "  ", 0)]) + "\n"


def ini_inventory(random):
    names, edges = group_tree(random)
    sections = [("hosts", None)] if random.random() < 0.3 else []
    for name in names:
        sections += [("hosts", name)] if random.random() < 0.8 or not edges[name] else []
        sections += [("children", name)] if edges[name] else []
        sections += [("vars", name)] if random.random() < 0.5 else []
    if random.random() < 0.7:
        named = [section for section in sections if section[1]]
        random.shuffle(named)
        sections = [section for section in sections if not section[1]] + named
    lines = []
    for kind, name in sections:
        if name:
            lines.append(f"[{name}{'' if kind == 'hosts' else ':' + kind}]" + random.choice(["", "", " # why", "  "]))
        if kind == "hosts":
            for host in hosts(random):
                words = [f"{key}={value}" for key, value in pairs(random, INI_VALUES, 3).items()]
                lines.append(" ".join([host, *words]) + random.choice(["", "", "  # a comment"]))
        elif kind == "children":
            lines += [child + random.choice(["", " # below"]) for child in edges[name]]
        else:
            lines += [f"{key}{random.choice(['=', ' = '])}{value}" for key, value in pairs(random, INI_VALUES, 3).items()]
            lines += [f"ansible_group_priority={random.choice([5, -1, 10])}"] if random.random() < 0.3 else []
        lines += random.choice([[], [""], ["; a remark"], ["# another"]])
    return "\n".join(lines) + "\n"


def json_value(random):
    return random.choice(["192.0.2.7", "host.example", 22, 1.5, None, True, "yes", "022", "{{ x }}", ["a"], {"a": 1}, "ssh", "local",
                          {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00"}, {"__ansible_unsafe": "plain"}, 1e300, -3, "\u00e9"])


def json_variables(random):
    return {random.choice(VARIABLES): json_value(random) for _ in range(random.randint(0, 4))}


def json_inventory(random):
    names, edges = group_tree(random)
    out = {}
    for name in names:
        shape = random.random()
        if shape < 0.15:
            out[name] = hosts(random)
        elif shape < 0.2 and name not in ("all", "ungrouped"):
            out[name] = {"ansible_host": "alone"}
        else:
            out[name] = {key: value for key, value in (("hosts", hosts(random)), ("children", edges[name]),
                                                       ("vars", json_variables(random))) if random.random() < 0.8}
            out[name].setdefault("hosts", [])  # an empty map would stand for a host of the group's name
    out["_meta"] = {"hostvars": {host: json_variables(random) for host in random.sample(HOSTS, random.randint(0, 6))}}
    items = list(out.items())
    random.shuffle(items)
    return json.dumps(dict(items), indent=random.choice([None, 2]))


def variable_files(random, folder, names):
    """Files of group_vars/ or host_vars/: some in folders, some that nobody reads."""
    files = {}
    for name in random.sample(names, random.randint(0, 3)):
        text = "\n".join(yaml_map(random, 0)) + "\n"
        shape = random.random()
        if shape < 0.6:
            files[f"{folder}/{name}{random.choice(['', '.yml', '.yaml'])}"] = text
        elif shape < 0.7:
            files[f"{folder}/{name}.json"] = json.dumps(json_variables(random))
        else:
            for inner in random.sample(["a.yml", "b", "sub/c.yaml", ".hidden.yml", "back.yml~", "no.txt", "Z.json", "d.x/e.yml"], 3):
                files[f"{folder}/{name}/{inner}"] = "\n".join(yaml_map(random, 0)) + "\n"
    return files


def inventory(random):
    """Gives the name of the inventory among the files, and all files."""
    kind = random.choice(["yaml", "yaml", "ini", "ini", "json"])
    names = {"yaml": ["inv.yml", "inv.yaml", "inv"], "ini": ["inv", "inv.ini", "hosts.prod"], "json": ["inv.json"]}
    make = {"yaml": yaml_inventory, "ini": ini_inventory, "json": json_inventory}
    name = random.choice(names[kind])
    files = {name: make[kind](random)}
    if random.random() < 0.5:
        files |= variable_files(random, "group_vars", GROUPS)
    if random.random() < 0.5:
        files |= variable_files(random, "host_vars", ["h1", "h2", "db1.example.net", "web", "srv1", "w02.x", "10.0.0.5"])
    return name, files
