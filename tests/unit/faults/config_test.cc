// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "common/error.h"
#include "config/daemon_config.h"
#include "config/policy_file.h"
#include "config/workspace.h"
#include "policy/rules.h"
#include "tests/unit/faults/failing.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

using faults::without_memory;

constexpr const char* config = R"(
node: gate-9
listen: ["127.0.0.1:2222", "[::1]:2222"]
workspaces:
  - {name: acme, path: /srv/acme, host_keys: strict, known_hosts: kh, key: k, aliases: {old-name: web-01}}
limits: {connections: 20, login_grace: 3s}
timeouts: {idle: 30m, max: 12h}
recording: {exec_cap: 64KiB, digest: whole, input: true, retain: 90d, min_free: "5%"}
banner: "Access is recorded."
)";
constexpr const char* policy = R"(
operators:
  alice: {keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIUYBVGwzTkLK5cHFYFFRqGCYdcPJYPcXhLrTkx1kVjA a"], groups: [ops]}
roles:
  - {name: ops, operators: ["@ops"], targets: ["acme+@web"], logins: [root], allow: [shell, exec, forward_local],
     forward_to: ["db:5432"], sources: ["192.0.2.0/24"], desk: viewer}
deny:
  - {operators: ["*"], targets: ["acme+legacy*"], logins: [root], sources: ["198.51.100.0/24"]}
)";
constexpr const char* in_yaml = R"(
all:
  vars: {ansible_user: ubuntu}
  children:
    web:
      hosts:
        web[01:03]: {ansible_host: 192.0.2.1, ansible_port: 0o27}
    old:
      children: {web: }
      vars: {ansible_user: root}
)";
constexpr const char* in_ini =
    "lone ansible_host=192.0.2.9\n[web]\nweb[01:03] "
    "ansible_port=2022\n[web:vars]\nansible_user='u'\n[old:children]\nweb\n";
constexpr const char* as_list =
    R"({"_meta": {"hostvars": {"a": {"ansible_host": "192.0.2.1"}}}, "all": {"children": ["web"]}, "web": {"hosts": ["a"]}})";

/// All that was read, as text: what is equal here is equal to whoever decides by it.
std::string shown(const PolicyFile& file) {
    std::string out = file.version;
    const auto add = [&out](const std::vector<std::string>& words) {
        for (const std::string& word : words) out += word + ",";
        out += ";";
    };
    for (const auto& [name, who] : file.operators) {
        out += name + std::to_string(who.keys.size());
        add(who.groups);
    }
    for (const auto& [blob, name] : file.operator_by_key) out += blob + name;
    for (const Role& role : file.roles)
        for (const auto& words : {role.operators,
                                  role.targets,
                                  role.logins,
                                  role.allow,
                                  role.forward_to,
                                  role.sources,
                                  {role.name, role.desk}})
            add(words);
    for (const DenyRule& rule : file.deny)
        for (const auto& words : {rule.operators, rule.targets, rule.logins, rule.sources}) add(words);
    return out;
}

std::string shown(const Inventory& inventory) {
    std::string out = inventory.sha256;
    for (const std::string& group : inventory.groups) out += group + ",";
    for (const auto& [name, host] : inventory.hosts) {
        out += name + host.name + host.ansible_host + std::to_string(host.port) + host.user + host.unusable;
        for (const std::string& group : host.groups) out += group + ",";
    }
    return out;
}

/// Whichever allocation fails: what `read` leaves behind is right, or a fault or an exception says no; never
/// a part. `show` gives it as text.
void is_right_or_refused(const std::function<void(Faults&)>& read, const std::function<std::string()>& show) {
    Faults none;
    read(none);
    const std::string right = show();
    ASSERT_EQ(to_text(none), "");
    std::size_t nth = 1;
    for (;; ++nth) {
        Faults found;
        const auto came = without_memory(nth, [&] { read(found); });
        const bool is_taken = came.is_done && found.empty();
        ASSERT_EQ(is_taken ? show() : right, right) << nth;
        if (!came.was_hit) break;
    }
    EXPECT_GT(nth, 20U);
}

TEST(FailingConfig, OfTheDaemonIsRightOrRefused) {
    DaemonConfig got;
    is_right_or_refused([&](Faults& found) { got = parse_daemon_config(config, "sallyport.yml", found); },
                        [&] { return dump(got); });
}

TEST(FailingConfig, IsShownAsAWholeOrNotAtAll) {
    Faults none;
    const DaemonConfig read = parse_daemon_config(config, "sallyport.yml", none);
    std::string text;
    is_right_or_refused([&](Faults&) { text = dump(read); }, [&] { return text; });
}

TEST(FailingConfig, OfThePolicyIsRightOrRefused) {
    PolicyFile got;
    is_right_or_refused([&](Faults& found) { got = parse_policy(policy, "policy.yml", found); },
                        [&] { return shown(got); });
}

TEST(FailingConfig, OfAnInventoryIsRightOrRefused) {
    Inventory got;
    for (const char* text : {in_yaml, in_ini, as_list})
        is_right_or_refused([&](Faults& found) { got = parse_inventory(text, "inventory", found); },
                            [&] { return shown(got); });
}

TEST(FailingConfig, OfAWorkspaceIsRightOrRefusedAndLeavesNoFileOpen) {
    const Temporary folder;
    std::filesystem::create_directories(folder / "group_vars");
    std::ofstream(folder / "inventory.yml") << in_yaml;
    std::ofstream(folder / "group_vars/web.yml") << "ansible_user: admin\n";
    const std::string key =
        " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIUYBVGwzTkLK5cHFYFFRqGCYdcPJYPcXhLrTkx1kVjA\n";
    std::ofstream(folder / "known_hosts") << "192.0.2.1,!192.0.2.2" << key << "@revoked 192.0.2.1" << key;
    std::ofstream(folder / "key") << "a key\n";
    std::filesystem::permissions(folder / "key", std::filesystem::perms::owner_read);
    WorkspaceSettings settings;
    settings.name = "acme";
    settings.path = folder.text();
    settings.key = "key";
    const std::size_t before = faults::descriptors();
    std::shared_ptr<const Workspace> got;
    const auto read = [&](Faults& found) {
        got = load_workspace(settings, found);
        if (got) found.insert(found.end(), got->notes.begin(), got->notes.end());
    };
    is_right_or_refused(read, [&] {
        const auto found = got->known_hosts.lookup("192.0.2.1", 22);
        return shown(got->inventory) + got->key.reveal() + std::to_string(found.keys.size()) + "," +
               std::to_string(found.revoked.size());
    });
    EXPECT_EQ(faults::descriptors(), before);
}

TEST(FailingConfig, ThatCannotBeReadToItsEndIsRefused) {
    EXPECT_THROW((void)read_file("/proc/self/mem"), Error) << "which fails to be read with EIO";
}

}  // namespace
}  // namespace sallyport
