// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/clock_sync.h"

#include <sys/timex.h>

#include <ctime>

namespace sallyport::runtime {

ClockSync judge_clock(int rc, int status) {
    if (rc < 0) return ClockSync::unknown;  // a filter of system calls forbids the question, say
    return (status & STA_UNSYNC) != 0 ? ClockSync::unsynchronised : ClockSync::synchronised;
}

ClockSync clock_sync() {
    timex asked{};  // without a mode it changes nothing
    const int rc = ::clock_adjtime(CLOCK_REALTIME, &asked);
    return judge_clock(rc, asked.status);
}

std::string to_text(ClockSync sync) {
    switch (sync) {
        case ClockSync::synchronised:
            return "synchronised";
        case ClockSync::unsynchronised:
            return "unsynchronised";
        case ClockSync::unknown:
            return "unknown";
    }
    return "unknown";
}

}  // namespace sallyport::runtime
