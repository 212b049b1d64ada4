// SPDX-License-Identifier: Apache-2.0
#include "cli/run_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/config_ssh.h"
#include "cli/print.h"
#include "cli/tool.h"
#include "common/error.h"
#include "common/private_file.h"
#include "config/fault.h"

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;
// With the name of a socket and what ssh puts behind it while it makes one, at most 107 bytes.
constexpr std::size_t max_folder = 60;
constexpr int max_tries = 3;
constexpr const char* master = "sallyport-bastion";

std::string base_folder() {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && runtime[0] == '/') return std::string(runtime) + "/sallyport";
    return (fs::temp_directory_path() / ("sallyport-" + std::to_string(::getuid()))).string();
}

/// Ours alone, whoever may write in the folder above it.
void make_private(const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        throw Error(Code::io, "make the folder " + folder + ": " + os_error(errno));
    struct stat info {};
    if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::getuid() ||
        (info.st_mode & 077) != 0)
        throw Error(Code::config,
                    folder + " is not a folder that is yours alone; remove it, or set XDG_RUNTIME_DIR");
}

void end_masters_in(const fs::path& folder) {
    std::error_code error;
    for (const char* sockets : {"b", "t"})
        for (fs::directory_iterator at(folder / sockets, error), end; !error && at != end;
             at.increment(error))
            (void)output_of(
                {.command = {"ssh", "-F", "none", "-o", "ControlPath=" + as_ssh_reads(at->path().string()),
                             "-O", "exit", "-q", "x"},
                 .environment = {},
                 .folder = {},
                 .is_quiet = true});
}

/// What runs left that were killed: nobody holds their lock.
void clear_left(const std::string& base) {
    std::error_code error;
    for (fs::directory_iterator at(base, error), end; !error && at != end; at.increment(error)) {
        const int lock = ::open((at->path() / "lock").c_str(), O_RDWR | O_CLOEXEC);
        if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0) {
            end_masters_in(at->path());
            std::error_code none;
            fs::remove_all(at->path(), none);
        }
        if (lock >= 0) ::close(lock);
    }
}

}  // namespace

RunFolder::RunFolder() {
    const std::string base = base_folder();
    std::string name;
    // Another run that ends in between may take the folder above with it.
    for (int tries = 0; tries < max_tries; ++tries) {
        make_private(base);
        clear_left(base);
        name = base + "/XXXXXX";
        if (::mkdtemp(name.data()) != nullptr) break;
        if (tries + 1 == max_tries || errno != ENOENT)
            throw Error(Code::io, "make a folder in " + base + ": " + os_error(errno));
    }
    folder_ = name;
    lock_ = ::open(path("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0)
        throw Error(Code::io, "lock " + folder_ + ": " + os_error(errno));
    if (folder_.size() > max_folder)
        throw Error(Code::config,
                    "the path " + base + " is too long for ssh's sockets; set a shorter XDG_RUNTIME_DIR");
    for (const char* sockets : {"b", "t"}) make_private(path(sockets));
}

RunFolder::~RunFolder() {
    try {
        close_masters();
    } catch (const Error&) {
        // The next start tries again: the folder stays if it cannot be removed.
    }
    std::error_code none;
    fs::remove_all(folder_, none);
    ::close(lock_);
    ::rmdir(base_folder().c_str());  // only where nothing else is in it
}

std::string RunFolder::write(const std::string& name, const std::string& text) const {
    write_private(path(name), text);
    return path(name);
}

std::string RunFolder::make_key() const {
    const Output made = output_of(
        {.command = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "run", "-f", path("key")}});
    if (!made.is_good) throw Error(Code::io, "ssh-keygen could not make the run's key");
    std::string line = read_file(path("key.pub"));
    while (line.ends_with('\n')) line.pop_back();
    return line;
}

std::string RunFolder::write_ssh_config(const Bastion& bastion, const std::string& workspace,
                                        const std::vector<Json>& hosts) const {
    const std::string key = as_ssh_reads(path("key"));
    std::string text = "Host " + std::string(master) + "\n  HostName " + bastion.host + "\n  Port " +
                       (bastion.port.empty() ? "22" : bastion.port) + "\n  User " + workspace +
                       "+\n  ProxyJump none\n" + "  ControlMaster auto\n  ControlPersist 60\n  ControlPath " +
                       as_ssh_reads(path("b/m")) + "\n";
    if (!bastion.known_hosts.empty())
        text += "  UserKnownHostsFile " + as_ssh_reads(bastion.known_hosts) + "\n";
    // Who is meant where the inventory names no login: ssh alone would say the local account.
    for (const Json& host : hosts) {
        const std::string user = cell(host, "user");
        const std::string address = cell(host, "ansible_host");
        if (cell(host, "workspace") == workspace && is_ssh_word(user) && is_ssh_word(address) &&
            is_ssh_word(cell(host, "inventory_name")))
            text += "Host " + address + " " + cell(host, "inventory_name") + "\n  User " + user + "\n";
    }
    text += "Host * !" + std::string(master) + "\n  ProxyJump " + master + "\n  HostKeyAlias " +
            targets_alias + "\n  UserKnownHostsFile " +
            as_ssh_reads(write("targets", target_keys(known_hosts_of(bastion), bastion.host, bastion.port))) +
            "\n  CheckHostIP no\n";
    text += "Host *\n  IdentityFile " + key +
            "\n  IdentitiesOnly yes\n  IdentityAgent none\n  StrictHostKeyChecking yes\n" +
            "  PasswordAuthentication no\n  KbdInteractiveAuthentication no\n  ForwardAgent no\n";
    return write("ssh_config", text);
}

bool RunFolder::open_master() const {
    return output_of({.command = {"ssh", "-F", path("ssh_config"), "-fN", master}}).is_good;
}

void RunFolder::close_masters() const {
    end_masters_in(folder_);
}

}  // namespace sallyport::cli
