// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace sallyport::cli {

/// Where the bastion is and how the system's ssh is called for it: flag > environment > file.
struct Bastion {
    std::string host;
    std::string port;
    std::string known_hosts;
    std::vector<std::string> ssh_options;

    /// Fills what no flag gave. Throws Error{Code::config} with what to do if nothing says where the bastion
    /// is.
    void complete();
    /// `ssh` with all options, ready for further words. Nothing of it passes a shell.
    [[nodiscard]] std::vector<std::string> ssh_command() const;
};

/// The folder of the CLI's own files: $XDG_CONFIG_HOME/sallyport, else ~/.config/sallyport.
[[nodiscard]] std::string config_folder();

/// A path as a value of ssh's: blanks part words there, and % begins a token.
[[nodiscard]] std::string as_ssh_reads(const std::string& path);

/// Gives a child a stderr of its own where that can be: ssh makes its own non-blocking, and with it that of
/// everybody who shares it, which Ansible refuses.
void unshare_stderr() noexcept;

/// Runs a program in place of this one. Returns only by Error{Code::io}.
[[noreturn]] void execute(const std::vector<std::string>& command);

}  // namespace sallyport::cli
