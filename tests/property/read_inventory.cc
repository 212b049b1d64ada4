// SPDX-License-Identifier: Apache-2.0
// Reads paths of inventories from stdin, one a line, and answers each with a line of JSON: what
// Sallyport makes of the file and of the group_vars/ and host_vars/ beside it.
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "common/error.h"
#include "config/inventory.h"
#include "config/variables.h"

namespace {

nlohmann::json answer(const std::string& file) {
    using namespace sallyport;
    Faults faults;
    Faults notes;
    const std::string folder = std::filesystem::path(file).parent_path().string();
    const VariableFiles variables = variable_files(folder, folder, faults, notes);
    const Inventory inventory = parse_inventory(read_file(file), file, faults, variables);
    nlohmann::json out = {{"faults", to_text(faults)}, {"groups", inventory.groups}, {"hosts", nlohmann::json::object()}};
    for (const auto& [name, host] : inventory.hosts)
        out["hosts"][name] = {{"ansible_host", host.ansible_host}, {"port", host.port},
                              {"user", host.user},                 {"groups", host.groups},
                              {"unusable", host.unusable}};
    return out;
}

}  // namespace

int main() {
    try {
        for (std::string file; std::getline(std::cin, file);) std::cout << answer(file).dump() << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
