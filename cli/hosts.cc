// SPDX-License-Identifier: Apache-2.0
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

namespace sallyport::cli {

void add_hosts(CLI::App& app, Common& common, Run& run) {
    CLI::App* hosts = app.add_subcommand("hosts", "where you may go");
    hosts->callback([&] {
        run = [&common] {
            common.bastion.complete();
            Api api(common.bastion);
            std::vector<std::vector<std::string>> rows = {
                {"HOST", "WORKSPACE", "ADDRESS", "LOGINS", "ALLOW"}};
            api.each("/api/v1/hosts/", [&](const Json& host) {
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
