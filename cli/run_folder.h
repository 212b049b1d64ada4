// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/bastion.h"
#include "common/event.h"

namespace sallyport::cli {

/// The private folder of one run: its key, the ssh config by which everything of it goes through the bastion,
/// its snapshot. It goes with its scope; what a crash left goes at the next start.
class RunFolder {
 public:
    /// `$XDG_RUNTIME_DIR/sallyport/…`, else beneath TMPDIR; its path is short enough for ssh's sockets.
    /// Throws Error{Code::io}, {config} with what to do.
    RunFolder();
    ~RunFolder();
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
    /// Writes a file that is nobody else's; gives its path.
    std::string write(const std::string& name, const std::string& text) const;
    /// Makes the run's own key; gives its public line.
    [[nodiscard]] std::string make_key() const;
    /// Writes the ssh config for the hosts of a workspace: only the run's key, only through the bastion.
    [[nodiscard]] std::string write_ssh_config(const Bastion& bastion, const std::string& workspace,
                                               const std::vector<Json>& hosts) const;
    /// Opens the one connection to the bastion that all of the run's sessions share. False if it cannot be.
    [[nodiscard]] bool open_master() const;
    /// Ends every connection that the run left open.
    void close_masters() const;

 private:
    std::string folder_;
    int lock_ = -1;
};

}  // namespace sallyport::cli
