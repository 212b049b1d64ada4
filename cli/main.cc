// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/commands.h"
#include "common/error.h"

namespace {

using namespace sallyport::cli;

constexpr AddCommand commands[] = {add_ssh,      add_run,       add_setup, add_hosts,  add_sessions, add_runs,
                                   add_timeline, add_instances, add_audit, add_config, add_complete};
constexpr int transport_failed = 255;  // as ssh itself says it

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"sallyport: through the bastion, and to its record"};
    Common common;
    Run run;
    app.set_version_flag("--version", SALLYPORT_VERSION);
    app.add_option("--bastion", common.bastion.host, "name or address (SALLYPORT_BASTION)");
    app.add_option("--port", common.bastion.port, "its SSH port (SALLYPORT_PORT)");
    app.add_option("--known-hosts", common.bastion.known_hosts,
                   "file with its host key (SALLYPORT_KNOWN_HOSTS)");
    app.add_flag("--json", common.is_json, "print JSON, one object a line");
    app.add_flag("--utc", common.is_utc, "show times in UTC; the record's own are");
    app.require_subcommand(1);
    app.fallthrough();
    for (const AddCommand add : commands) add(app, common, run);
    try {
        app.parse(argc, argv);
        return run();
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const sallyport::Error& error) {
        std::cerr << "sallyport: " << error.what() << '\n';
        return error.code() == sallyport::Code::unreachable ? transport_failed : 1;
    } catch (const std::exception& error) {
        std::cerr << "sallyport: " << error.what() << '\n';
        return 1;
    }
}
