// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

namespace sallyport::cli {

namespace {

/// Whether a host goes by that name, or went by it: aliases keep former names.
bool is_called(const Json& host, const std::string& name) {
    for (const char* member : {"address", "inventory_name", "ansible_host"})
        if (cell(host, member) == name) return true;
    for (const Json& alias : host.value("aliases", Json::array()))
        if (alias.get<std::string>() == name) return true;
    return false;
}

}  // namespace

void add_hosts(CLI::App& app, Common& common, Run& run) {
    CLI::App* hosts = app.add_subcommand("hosts", "where you may go");
    const auto name = std::make_shared<std::string>();
    hosts->add_option("name", *name, "only the host of that name, address or former name");
    hosts->callback([&common, &run, name] {
        run = [&common, name] {
            common.bastion.complete();
            Api api(common.bastion);
            std::vector<std::vector<std::string>> rows = {
                {"HOST", "WORKSPACE", "ADDRESS", "LOGINS", "ALLOW"}};
            api.each("/api/v1/hosts/", [&](const Json& host) {
                if (!name->empty() && !is_called(host, *name)) return true;
                if (common.is_json) print_json(host);
                std::string logins;
                std::string allow;
                for (const Json& login : host.value("logins", Json::array()))
                    logins += (logins.empty() ? "" : ",") + login.get<std::string>();
                for (const Json& kind : host.value("allow", Json::array()))
                    allow += (allow.empty() ? "" : ",") + kind.get<std::string>();
                rows.push_back({cell(host, "address"), cell(host, "workspace"), cell(host, "ansible_host"),
                                logins, allow});
                return true;
            });
            if (!common.is_json) print_table(rows);
            return 0;
        };
    });
}

}  // namespace sallyport::cli
