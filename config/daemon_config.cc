// SPDX-License-Identifier: Apache-2.0
#include "config/daemon_config.h"

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>

#include "config/endpoint.h"
#include "config/reader.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;

std::string from_folder_of(const std::string& file, const std::string& path) {
    if (path.empty() || path.front() == '/') return path;
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

void read_limits(const Yaml& map, const std::string& file, Limits& out, Faults& faults) {
    Reader reader(map, "limits", file, faults);
    reader.number("connections", out.connections, 1);
    reader.number("unauthenticated", out.unauthenticated, 1);
    reader.number("unauthenticated_per_source", out.unauthenticated_per_source, 1);
    reader.number("sessions_per_operator", out.sessions_per_operator, 1);
    reader.seconds("login_grace", out.login_grace, 1s);
    reader.finish();
}

void read_timeouts(const Yaml& map, const std::string& file, Timeouts& out, Faults& faults) {
    Reader reader(map, "timeouts", file, faults);
    reader.seconds("idle", out.idle, 1s);
    reader.seconds("max", out.max, 1s);
    reader.seconds("keepalive", out.keepalive, 1s);
    reader.seconds("drain", out.drain);
    reader.seconds("connect", out.connect, 1s);
    reader.finish();
}

void read_recording(const Yaml& map, const std::string& file, RecordingSettings& out, Faults& faults) {
    Reader reader(map, "recording", file, faults);
    std::string digest = "kept";
    reader.bytes("exec_cap", out.exec_cap);
    reader.text("digest", digest);
    reader.flag("input", out.input);
    reader.seconds("retain", out.retain);
    reader.text("min_free", out.min_free);
    reader.finish();
    if (!parse_least_free(out.min_free))
        reader.fault(map.line, "min_free must be a share such as 5%, or a size such as 2GiB");
    if (digest != "kept" && digest != "whole") reader.fault(map.line, "digest must be kept or whole");
    out.digest = digest == "whole" ? Digest::whole : Digest::kept;
}

void read_workspace(const Yaml& map, const std::string& file, WorkspaceSettings& out, Faults& faults) {
    Reader reader(map, "workspaces", file, faults);
    std::string host_keys = "strict";
    out.line = map.line;
    reader.text("name", out.name);
    reader.text("path", out.path);
    reader.text("host_keys", host_keys);
    reader.text("known_hosts", out.known_hosts);
    reader.text("key", out.key);
    reader.flag("production", out.production);
    reader.with("aliases", [&](const Yaml& aliases) {
        for (const auto& [typed, name] : aliases.members) out.aliases[typed.text] = name.text;
    });
    reader.finish();
    if (out.name.empty() || out.path.empty()) reader.fault(map.line, "name and path are needed");
    if (out.name.find_first_of("@%+/ ") != std::string::npos)
        reader.fault(map.line, "the name " + out.name + " may not hold @ % + / or a space");
    if (host_keys != "strict" && host_keys != "pin-on-first-use")
        reader.fault(map.line, "host_keys must be strict or pin-on-first-use");
    out.host_keys = host_keys == "strict" ? HostKeyMode::strict : HostKeyMode::pin_on_first_use;
    out.path = from_folder_of(file, out.path);
}

void read_workspaces(const Yaml& list, const std::string& file, std::vector<WorkspaceSettings>& out,
                     Faults& faults) {
    if (list.kind != Yaml::Kind::list)
        return faults.push_back({file, list.line, "workspaces must be a list"});
    std::set<std::string> names;
    for (const Yaml& item : list.items) {
        read_workspace(item, file, out.emplace_back(), faults);
        if (!names.insert(out.back().name).second)
            faults.push_back({file, item.line, "two workspaces are named " + out.back().name});
    }
}

void check_address(Reader& reader, const char* setting, const std::string& text) {
    const auto at = parse_endpoint(text);
    if (!at || !(at->host.empty() || is_numeric(at->host)))
        reader.fault(0, std::string(setting) + ": " + text +
                            " is no ADDRESS:PORT such as 192.0.2.1:2222 or [::]:2222");
}

std::string seconds(std::chrono::seconds value) {
    return std::to_string(value.count()) + "s";
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += '\\';
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
            continue;
        }
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\x%02x", byte);
        out += escape;
    }
    return out + "\"";
}

std::string quoted(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& item : list) out += (out.size() > 1 ? ", " : "") + quoted(item);
    return out + "]";
}

void dump_workspace(std::ostringstream& out, const WorkspaceSettings& workspace) {
    out << "  - {name: " << quoted(workspace.name) << ", path: " << quoted(workspace.path)
        << ", host_keys: " << (workspace.host_keys == HostKeyMode::strict ? "strict" : "pin-on-first-use")
        << ", known_hosts: " << quoted(workspace.known_hosts) << ", key: " << quoted(workspace.key)
        << (workspace.production ? ", production: true" : "") << ", aliases: {";
    const char* comma = "";
    for (const auto& [typed, name] : workspace.aliases) {
        out << comma << quoted(typed) << ": " << quoted(name);
        comma = ", ";
    }
    out << "}}\n";
}

}  // namespace

DaemonConfig parse_daemon_config(const std::string& text, const std::string& file, Faults& faults) {
    DaemonConfig out;
    const std::size_t before = faults.size();
    const Yaml root = parse_yaml(text, file, faults);
    if (faults.size() > before) return out;
    Reader reader(root, "", file, faults);
    reader.text("node", out.node);
    reader.list("listen", out.listen);
    reader.number("workers", out.workers);
    reader.text("state", out.state);
    reader.text("keys", out.keys);
    reader.text("anchors", out.anchors);
    reader.text("http", out.http);
    reader.list("host_key_types", out.host_key_types);
    reader.flag("plain_macs", out.plain_macs);
    reader.with("workspaces", [&](const Yaml& list) { read_workspaces(list, file, out.workspaces, faults); });
    reader.with("limits", [&](const Yaml& map) { read_limits(map, file, out.limits, faults); });
    reader.with("timeouts", [&](const Yaml& map) { read_timeouts(map, file, out.timeouts, faults); });
    reader.with("recording", [&](const Yaml& map) { read_recording(map, file, out.recording, faults); });
    reader.text("banner", out.banner);
    reader.finish();
    for (std::string* path : {&out.state, &out.keys, &out.anchors}) *path = from_folder_of(file, *path);
    constexpr const char* node_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (out.node.empty() || out.node.find_first_not_of(node_letters) != std::string::npos)
        reader.fault(0, "node must be a name of letters, digits, . _ and -");
    if (out.listen.empty()) reader.fault(0, "listen must name at least one address");
    for (const std::string& address : out.listen) check_address(reader, "listen", address);
    if (!out.http.empty()) check_address(reader, "http", out.http);
    for (const std::string& type : out.host_key_types)
        if (type != "ed25519" && type != "rsa" && type != "ecdsa")
            reader.fault(0, "host_key_types: " + type + " is none of ed25519, rsa, ecdsa");
    if (out.host_key_types.empty()) reader.fault(0, "host_key_types must name at least one");
    return out;
}

std::optional<LeastFree> parse_least_free(const std::string& text) {
    if (!text.ends_with("%")) {
        const auto bytes = parse_size(text);
        return bytes ? std::optional(LeastFree{*bytes, 0}) : std::nullopt;
    }
    unsigned percent = 0;
    const char* end = text.data() + text.size() - 1;
    const auto [at, error] = std::from_chars(text.data(), end, percent);
    if (error != std::errc() || at != end || percent > 90) return std::nullopt;
    return LeastFree{512ULL << 20, percent};
}

std::vector<std::string> restart_needed(const DaemonConfig& old, const DaemonConfig& now) {
    std::vector<std::string> out;
    const auto compare = [&](const char* name, const auto& a, const auto& b) {
        if (a != b) out.emplace_back(name);
    };
    compare("node", old.node, now.node);
    compare("listen", old.listen, now.listen);
    compare("workers", old.workers, now.workers);
    compare("state", old.state, now.state);
    compare("keys", old.keys, now.keys);
    compare("anchors", old.anchors, now.anchors);
    compare("http", old.http, now.http);
    compare("host_key_types", old.host_key_types, now.host_key_types);
    compare("plain_macs", old.plain_macs, now.plain_macs);
    return out;
}

std::string dump(const DaemonConfig& config) {
    std::ostringstream out;
    out.exceptions(std::ios::badbit);
    out << "node: " << quoted(config.node) << "\nlisten: " << quoted(config.listen)
        << "\nworkers: " << config.workers << "\nstate: " << quoted(config.state)
        << "\nkeys: " << quoted(config.keys) << "\nanchors: " << quoted(config.anchors)
        << "\nhttp: " << quoted(config.http) << "\nhost_key_types: " << quoted(config.host_key_types)
        << "\nplain_macs: " << (config.plain_macs ? "true" : "false")
        << (config.workspaces.empty() ? "\nworkspaces: []\n" : "\nworkspaces:\n");
    for (const WorkspaceSettings& workspace : config.workspaces) dump_workspace(out, workspace);
    const Limits& limits = config.limits;
    out << "limits: {connections: " << limits.connections << ", unauthenticated: " << limits.unauthenticated
        << ", unauthenticated_per_source: " << limits.unauthenticated_per_source
        << ", sessions_per_operator: " << limits.sessions_per_operator
        << ", login_grace: " << seconds(limits.login_grace) << "}\n";
    const Timeouts& times = config.timeouts;
    out << "timeouts: {idle: " << seconds(times.idle) << ", max: " << seconds(times.max)
        << ", keepalive: " << seconds(times.keepalive) << ", drain: " << seconds(times.drain)
        << ", connect: " << seconds(times.connect) << "}\n";
    const RecordingSettings& recording = config.recording;
    out << "recording: {exec_cap: " << recording.exec_cap
        << ", digest: " << (recording.digest == Digest::kept ? "kept" : "whole")
        << ", input: " << (recording.input ? "true" : "false") << ", retain: " << seconds(recording.retain)
        << ", min_free: " << quoted(recording.min_free) << "}\nbanner: " << quoted(config.banner) << "\n";
    return out.str();
}

}  // namespace sallyport
