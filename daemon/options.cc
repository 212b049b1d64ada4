// SPDX-License-Identifier: Apache-2.0
#include "daemon/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

namespace sallyport {

Options parse_options(int argc, char** argv) {
    Options out;
    CLI::App app{"sallyportd: an SSH bastion that keeps a record nobody can quietly change"};
    bool is_check = false;
    bool is_dump = false;
    app.set_version_flag("--version", SALLYPORT_VERSION);
    app.add_option("--config", out.config, "sallyport.yml")->capture_default_str();
    app.add_option("--policy", out.policy, "policy.yml (default: beside the config)");
    app.add_option("--state", out.overrides.state, "folder of store and recordings, in place of `state`");
    app.add_option("--keys", out.overrides.keys, "folder of host keys and node key, in place of `keys`");
    app.add_option("--anchors", out.overrides.anchors, "anchor file, in place of `anchors`");
    app.add_option("--listen", out.overrides.listen, "ADDRESS:PORT, in place of `listen`; may be repeated");
    app.add_option("--http", out.overrides.http, "ADDRESS:PORT of /healthz and /metrics, in place of `http`");
    app.add_flag("--check", is_check, "check config, policy and workspaces, then exit");
    app.add_flag("--dump-config", is_dump, "print the settings in force, then exit");
    app.add_flag("--verbose", out.is_verbose, "log what only a developer wants to know");
    app.require_subcommand(0, 1);
    app.fallthrough();
    auto* fingerprint =
        app.add_subcommand("fingerprint", "print the host keys' fingerprints and a known_hosts line");
    auto* store = app.add_subcommand("store", "work on the store without the daemon");
    store->require_subcommand(1);
    store->fallthrough();
    auto* store_export = store->add_subcommand("export", "write every event to stdout, one a line");
    auto* store_verify = store->add_subcommand("verify", "check chain, projections, recordings and anchors");
    auto* store_backup = store->add_subcommand("backup", "copy the store, beside a running daemon as well");
    store_backup->add_option("FOLDER", out.backup, "new or empty")->required();
    auto* store_restore =
        store->add_subcommand("restore", "put a backup in place of a lost store, on record");
    store_restore->add_option("FOLDER", out.backup, "the backup; absent: one was put back by hand");
    store_restore->add_option("--reason", out.reason, "why, for the record")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error) == 0 ? 0 : 2);
    }
    if (out.policy.empty())
        out.policy = (std::filesystem::path(out.config).parent_path() / "policy.yml").string();
    if (is_check) out.command = Options::Command::check;
    if (is_dump) out.command = Options::Command::dump_config;
    if (*fingerprint) out.command = Options::Command::fingerprint;
    if (*store_export) out.command = Options::Command::store_export;
    if (*store_verify) out.command = Options::Command::store_verify;
    if (*store_backup) out.command = Options::Command::store_backup;
    if (*store_restore) out.command = Options::Command::store_restore;
    return out;
}

}  // namespace sallyport
