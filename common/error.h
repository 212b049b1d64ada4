// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace sallyport {

/// What kind of step stopped; a border decides by it what the person is told and what is recorded.
enum class Code {
    config,       // a file of ours or of a workspace is not usable; the text names file, line and cause
    input,        // bytes from outside are not what the format says
    denied,       // the asker may not do this
    not_found,    // no such thing, or none for this asker
    conflict,     // what is asked for no longer fits what there is
    limit,        // a bound of ours was reached
    unreachable,  // the other end cannot be reached or went away
    host_key,     // the target's host key is unknown, changed or revoked
    target_auth,  // the target refused the login
    protocol,     // the other end broke its protocol
    disk_full,    // the store's disk has no room; else as `record`
    record,       // store, chain or recording cannot be written: fail closed
    io,           // an operating system call failed
    internal,     // our own mistake
};

/// The one exception of this program. `what()` is for a person and says what to do next where there is
/// something.
class Error : public std::runtime_error {
 public:
    Error(Code code, const std::string& text) : std::runtime_error(text), code_(code) {}
    [[nodiscard]] Code code() const noexcept { return code_; }

 private:
    Code code_;
};

/// What was caught at a border: an Error as it is, anything else as Error{Code::internal}.
[[nodiscard]] Error to_error(const std::exception& caught);

/// The text of `errno` value `number`, thread-safe.
[[nodiscard]] std::string os_error(int number);

}  // namespace sallyport
