// SPDX-License-Identifier: Apache-2.0
#include "cli/instance.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <filesystem>

#include "cli/bastion.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/private_file.h"
#include "config/cli_config.h"

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

/// Hex digits that are made once and kept in a file of ours.
std::string kept(const std::string& name, std::size_t bytes) {
    const std::string file = config_folder() + "/" + name;
    if (!fs::exists(file)) {
        ::umask(0077);
        fs::create_directories(config_folder());
        write_private(file, to_hex(random_bytes(bytes)) + "\n");
    }
    std::string text = read_file(file, 4096);
    while (text.ends_with('\n')) text.pop_back();
    if (text.size() != 2 * bytes || text.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Error(Code::config,
                    file + " does not hold what this CLI wrote; remove it, and a new one is made");
    return text;
}

bool wants_hash() {
    const std::string file = config_folder() + "/config.yml";
    if (!fs::exists(file)) return false;
    Faults faults;
    const CliConfig config = parse_cli_config(read_file(file), file, faults);
    if (!faults.empty()) throw Error(Code::config, to_text(faults));
    return config.hostname == "hashed";
}

}  // namespace

Instance this_instance() {
    Instance out;
    out.id = "cli-" + kept("instance", 8);
    out.cli_version = SALLYPORT_VERSION;
    utsname system{};
    if (::uname(&system) != 0) throw Error(Code::io, "ask for the name of this machine");
    out.os = system.sysname;
    out.arch = system.machine;
    if (wants_hash())
        out.host_id = hmac_sha256_hex(kept("host-key", 32), system.nodename);
    else
        out.hostname = system.nodename;
    return out;
}

void report(Api& api, const Instance& instance, const std::string& workspace) {
    Json body = {{"cli_instance_id", instance.id},
                 {"cli_version", instance.cli_version},
                 {"os", instance.os},
                 {"arch", instance.arch}};
    if (!instance.hostname.empty()) body["hostname"] = instance.hostname;
    if (!instance.host_id.empty()) body["host_id"] = instance.host_id;
    if (!workspace.empty()) body["workspace"] = workspace;
    (void)api.post("/api/v1/cli/instances/", body);
}

}  // namespace sallyport::cli
