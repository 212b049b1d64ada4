// SPDX-License-Identifier: Apache-2.0
#include "daemon/store_commands.h"

#include <iostream>

#include "daemon/store/store.h"

namespace sallyport {

int run_store_command(const Options& options, const DaemonConfig& config) {
    const auto store = store::open_sqlite_to_read(config.state);
    if (options.command == Options::Command::store_export) {
        store->each(0, UINT64_MAX, [](const store::Stored& event) { std::cout << event.line << '\n'; });
        std::cout.flush();
        return std::cout ? 0 : 1;
    }
    return 1;
}

}  // namespace sallyport
