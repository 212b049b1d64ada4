// SPDX-License-Identifier: Apache-2.0
#include "daemon/systemd.h"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <string>

#include "common/error.h"
#include "daemon/runtime/log.h"

namespace sallyport::systemd {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// A service that cannot tell goes on serving; systemd's own timeout says the rest.
void tell(const std::string& state) {
    const int told = sd_notify(0, state.c_str());
    if (told < 0) log::warn("systemd could not be told", {{"what", state}, {"cause", os_error(-told)}});
}

}  // namespace

void ready() {
    tell("READY=1");
}

void reloading() {
    // Type=notify-reload wants the time, Type=notify does not mind it.
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(duration_cast<microseconds>(now).count()));
}

std::optional<std::chrono::microseconds> watchdog() {
    std::uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
    return microseconds(usec);
}

void alive() {
    tell("WATCHDOG=1");
}

void stopping(std::chrono::seconds longest) {
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(microseconds(longest).count()));
}

}  // namespace sallyport::systemd
