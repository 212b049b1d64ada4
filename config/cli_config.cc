// SPDX-License-Identifier: Apache-2.0
#include "config/cli_config.h"

#include "config/reader.h"

namespace sallyport {

CliConfig parse_cli_config(const std::string& text, const std::string& file, Faults& faults) {
    CliConfig out;
    const std::size_t before = faults.size();
    const Yaml root = parse_yaml(text, file, faults);
    if (faults.size() > before) return out;
    Reader reader(root, "", file, faults);
    reader.text("bastion", out.bastion);
    reader.text("port", out.port);
    reader.text("known_hosts", out.known_hosts);
    reader.with("instance", [&](const Yaml& map) {
        Reader instance(map, "instance", file, faults);
        instance.text("hostname", out.hostname);
        instance.finish();
        if (out.hostname != "full" && out.hostname != "hashed")
            faults.push_back({file, map.line, "instance: hostname is full or hashed"});
    });
    reader.finish();
    return out;
}

std::string dump(const CliConfig& config) {
    return "bastion: \"" + config.bastion + "\"\nport: " + config.port + "\nknown_hosts: \"" +
           config.known_hosts + "\"\ninstance: {hostname: " + config.hostname + "}\n";
}

}  // namespace sallyport
