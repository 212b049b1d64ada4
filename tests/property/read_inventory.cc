// SPDX-License-Identifier: Apache-2.0
// Reads paths of inventories from stdin, one a line, and answers each with a line of JSON: what
// Sallyport makes of the file and of the group_vars/ and host_vars/ beside it; with --time how long that
// took.
#include <ctime>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "common/error.h"
#include "config/inventory.h"
#include "config/variables.h"

namespace {

using namespace sallyport;

struct Read {
    Inventory inventory;
    Faults faults;
};

Read read(const std::string& file) {
    Read out;
    Faults notes;
    const std::string folder = std::filesystem::path(file).parent_path().string();
    const VariableFiles variables = variable_files(folder, folder, out.faults, notes);
    out.inventory = parse_inventory(read_file(file), file, out.faults, variables);
    return out;
}

nlohmann::json answer(const std::string& file) {
    const auto [inventory, faults] = read(file);
    nlohmann::json hosts = nlohmann::json::object();
    for (const auto& [name, host] : inventory.hosts)
        hosts[name] = {{"ansible_host", host.ansible_host},
                       {"port", host.port},
                       {"user", host.user},
                       {"groups", host.groups},
                       {"unusable", host.unusable}};
    return {{"faults", to_text(faults)}, {"groups", inventory.groups}, {"hosts", hosts}};
}

nlohmann::json timed(const std::string& file) {
    const std::clock_t start = std::clock();  // of this process, whatever else the machine does
    const auto [inventory, faults] = read(file);
    return {{"faults", to_text(faults)},
            {"hosts", inventory.hosts.size()},
            {"milliseconds", (std::clock() - start) * 1000 / CLOCKS_PER_SEC}};
}

}  // namespace

int main(int argc, char** argv) {
    const bool is_timed = argc > 1 && std::string(argv[1]) == "--time";
    try {
        for (std::string file; std::getline(std::cin, file);)
            std::cout << (is_timed ? timed(file) : answer(file)).dump() << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
