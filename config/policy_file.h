// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/fault.h"
#include "config/public_key.h"

namespace sallyport {

/// A person or automation account who connects, known by keys alone.
struct Operator {
    std::string name;
    std::vector<PublicKey> keys;
    std::vector<std::string> groups;
};

/// What a role allows whom, where and how.
struct Role {
    std::string name;
    std::vector<std::string> operators;  // names, @groups, *
    std::vector<std::string> targets;    // WORKSPACE+HOST with globs, or WORKSPACE+@GROUP
    std::vector<std::string> logins;     // names and globs
    std::vector<std::string> allow;  // shell, exec, sftp, sftp_read, subsystem, forward_local, forward_ssh
    std::vector<std::string> forward_to;
    std::vector<std::string> sources;  // CIDR; empty means anywhere
    std::string desk;                  // viewer, auditor or admin; empty for none
    int line = 0;
};

/// What is refused whatever a role allows. An absent member means any.
struct DenyRule {
    std::vector<std::string> operators;
    std::vector<std::string> targets;
    std::vector<std::string> logins;
    std::vector<std::string> sources;
    int line = 0;
};

/// policy.yml (docs/configuration.md).
struct PolicyFile {
    std::map<std::string, Operator> operators;
    std::vector<Role> roles;
    std::vector<DenyRule> deny;
    std::map<std::string, std::string>
        operator_by_key;  // key blob: operator's name; one key belongs to one operator
    std::string version;  // SHA-256 of the file, lower-case hex
};

/// Reads policy.yml. Every fault is reported, not only the first.
[[nodiscard]] PolicyFile parse_policy(const std::string& text, const std::string& file, Faults& faults);

}  // namespace sallyport
