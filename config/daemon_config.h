// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/fault.h"

namespace sallyport {

struct Limits {
    std::size_t connections = 2000;
    std::size_t unauthenticated = 512;
    std::size_t unauthenticated_per_source = 128;
    std::size_t sessions_per_operator = 200;
    std::chrono::seconds login_grace{30};
};

struct Timeouts {
    std::chrono::seconds idle{std::chrono::minutes(30)};
    std::chrono::seconds max{std::chrono::hours(12)};
    std::chrono::seconds keepalive{30};
    std::chrono::seconds drain{30};
    std::chrono::seconds connect{10};
};

enum class Digest { kept, whole };

struct RecordingSettings {
    std::size_t exec_cap = 1024 * 1024;
    Digest digest = Digest::kept;
    bool input = false;
    std::chrono::seconds retain{std::chrono::hours(24 * 90)};
    std::string min_free = "5%";
};

enum class HostKeyMode { strict, pin_on_first_use };

/// Where a workspace is and how its targets are reached; what it holds is read by config/workspace.h.
struct WorkspaceSettings {
    std::string name;
    std::string path;
    HostKeyMode host_keys = HostKeyMode::strict;
    std::string known_hosts = "known_hosts";       // within the workspace, unless absolute
    std::string key = "artifacts/secrets/id_rsa";  // likewise
    bool production = false;                       // a run must not lead past the bastion
    std::map<std::string, std::string> aliases;    // name that may be typed: inventory name
    int line = 0;
};

/// sallyport.yml (docs/configuration.md).
struct DaemonConfig {
    std::string node = "gate-1";
    std::vector<std::string> listen = {"[::]:2222"};
    std::size_t workers = 0;
    std::string state = "/var/lib/sallyport";
    std::string keys = "/var/lib/sallyport-keys";
    std::string anchors = "/var/log/sallyport/anchors";
    std::string http = "127.0.0.1:9642";
    std::vector<std::string> host_key_types = {"ed25519", "rsa"};
    bool plain_macs = false;
    std::vector<WorkspaceSettings> workspaces;
    Limits limits;
    Timeouts timeouts;
    RecordingSettings recording;
    std::string banner;
};

/// Reads sallyport.yml; relative paths are seen from the file's own folder. Every fault is reported, not only
/// the first.
[[nodiscard]] DaemonConfig parse_daemon_config(const std::string& text, const std::string& file,
                                               Faults& faults);

/// `recording.min_free`: a share of the file system, but at least 512 MiB, or a size alone.
struct LeastFree {
    std::uint64_t bytes = 0;
    unsigned percent = 0;
};
[[nodiscard]] std::optional<LeastFree> parse_least_free(const std::string& text);

/// The settings that differ and hold only after a restart.
[[nodiscard]] std::vector<std::string> restart_needed(const DaemonConfig& old, const DaemonConfig& now);

/// The settings in force, as a sallyport.yml.
[[nodiscard]] std::string dump(const DaemonConfig& config);

}  // namespace sallyport
