# SPDX-License-Identifier: Apache-2.0
"""The man pages say what --help and the configuration's page say, no less and no more."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SALLYPORT_BUILD", SOURCE / "build/dev"))
PAGES = SOURCE / "docs/man"
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAI" + 43 * "A"


def page(name):
    return (PAGES / name).read_text()


def help_of(program, *words):
    return subprocess.run([BUILD / program, *words, "--help"], check=True, capture_output=True, text=True).stdout


def section(text, title):
    found = re.search(rf"(?ms)^{title}:\n(.*?)(?:\n\n|\Z)", text)
    return found.group(1) if found else ""


def everything(program, *words):
    """Every option and every command, as --help of the program and of all its commands has them."""
    text = help_of(program, *words)
    options = set(re.findall(r"(?m)^  (?:-\w,)?(--[\w-]+)", section(text, "Options")))
    commands = set()
    for name in re.findall(r"(?m)^  ([a-z]+) ", section(text, "Subcommands")):
        more_options, more_commands = everything(program, *words, name)
        options |= more_options
        commands |= more_commands or {" ".join((*words, name))}
    return options, commands


def options_in(text):
    return {"-" + name for name in re.findall(r"\bFl (?:\w , )?(-[a-z][\w-]*)", text)} | \
        ({"--help"} if "Fl h , -help" in text else set())


def commands_in(text):
    return {" ".join(words.split()) for words in re.findall(r"(?m)^\.It Cm ((?:[a-z]+ ?)+)", text)}


def keys_in(text):
    """The words that stand as terms of a list of keys: `.It Li name , key`."""
    return {name for line in re.findall(r"(?m)^\.It Li (.+)", text) for name in re.findall(r"(?:^|, )([a-z_.]+)", line.split(" Pq ")[0])}


class Pages(unittest.TestCase):
    def test_each_option_and_command_is_in_the_page_and_the_page_has_no_other(self):
        for program, name in (("cli/sallyport", "sallyport.1"), ("daemon/sallyportd", "sallyportd.8")):
            with self.subTest(page=name):
                options, commands = everything(program)
                self.assertGreaterEqual(len(options), 10)
                self.assertEqual(options_in(page(name)), options)
                self.assertEqual(commands_in(page(name)), commands)

    def test_each_setting_is_in_the_page_with_its_default(self):
        table = re.findall(r"(?m)^\| `([a-z_.]+)` \| (.*?) \|", (SOURCE / "docs/configuration.md").read_text())
        self.assertGreaterEqual(len(table), 25)
        text = page("sallyport.yml.5").replace("\\(dq", '"')
        for key, default in table:
            with self.subTest(key=key):
                wanted = f".It Li {key}" + ("" if default == "none" else f" Pq {default.strip('`')}")
                self.assertTrue(any(line == wanted or line.startswith(wanted + " ,") for line in text.splitlines()), wanted)

    def test_each_key_that_is_read_is_in_its_page_and_in_the_default_file(self):
        for source, name in (("config/daemon_config.cc", "sallyport.yml"), ("config/policy_file.cc", "policy.yml")):
            keys = set(re.findall(r"reader\.(?:text|list|narrowing|number|seconds|bytes|flag|with)\(\"(\w+)\"", (SOURCE / source).read_text()))
            self.assertGreaterEqual(len(keys), 8)
            shown = {word for key in keys_in(page(name + ".5")) for word in key.split(".")} | set(re.findall(r"\.Li (\w+)", page(name + ".5")))
            default = (SOURCE / "config" / name).read_text()
            for key in keys:
                with self.subTest(page=name, key=key):
                    self.assertIn(key, shown)
                    self.assertRegex(default, rf"\b{key}:")

    def test_the_default_files_are_read_also_with_every_line_alive(self):
        """`# text` is a remark, `#key: value` a line that waits to be used."""
        with tempfile.TemporaryDirectory() as folder:
            for name in ("sallyport.yml", "policy.yml"):
                text = (SOURCE / "config" / name).read_text()
                alive = re.sub(r"(?m)^#(?! \S)", "", text).replace("AAAA...", KEY)
                self.assertGreater(len(re.findall(r"(?m)^[^#\n]", alive)), 10)
                pathlib.Path(folder, "as_it_is_" + name).write_text(text)
                pathlib.Path(folder, name).write_text(alive)
            daemon = [BUILD / "daemon/sallyportd", "--config"]
            shown = [subprocess.run([*daemon, f"{folder}/{name}sallyport.yml", "--dump-config"], check=True, capture_output=True,
                                    text=True).stdout for name in ("", "as_it_is_")]
            self.assertEqual(re.sub(r"(?s)workspaces:.*?\n(?=\w)|banner: .*", "", shown[0]),
                             re.sub(r"(?s)workspaces:.*?\n(?=\w)|banner: .*", "", shown[1]))
            for policy, code in (("policy.yml", 0), ("as_it_is_policy.yml", 0), ("sallyport.yml", 1)):
                done = subprocess.run([*daemon, f"{folder}/as_it_is_sallyport.yml", "--policy", f"{folder}/{policy}", "--check"],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, code, done.stderr)

    def test_the_pages_are_well_formed(self):
        for tool, command in (("mandoc", ["mandoc", "-Tlint", "-Wwarning"]), ("man", ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"])):
            if not shutil.which(tool):
                continue
            for path in sorted(PAGES.iterdir()):
                with self.subTest(tool=tool, page=path.name):
                    done = subprocess.run([*command, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                    self.assertEqual((done.stderr, done.returncode), ("", 0), done.stdout[-400:] if tool == "mandoc" else "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
