// SPDX-License-Identifier: Apache-2.0
#include "policy/authorize.h"

#include <gtest/gtest.h>

namespace sallyport::ssh {
/// Stands in for the daemon's door, which alone may say who somebody is.
class Door {
 public:
    static Proven prove(const Operator& who, const std::string& source) {
        return {who, who.keys.at(0).fingerprint, source};
    }
    static Proven prove(const Operator& who, std::shared_ptr<const LentKey> lent) {
        return {who, lent->facts().fingerprint, lent->facts().source, lent};
    }
};
}  // namespace sallyport::ssh

namespace sallyport {
namespace {

constexpr const char* alice_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFgfZq3mDmLD1/jmEVEmSFFHQZT4MApSkHnbrJ0mUiXT alice";
constexpr const char* bob_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP+ynBWgq6KH3FdzVX8UL2W3KLBBPG2iXXSS3V3nHqW5 bob";

constexpr const char* inventory = R"(
all:
  children:
    web: {hosts: {web-01: {ansible_user: ubuntu}, web-02: {ansible_host: "{{ x }}", ansible_user: ubuntu}}}
    db: {hosts: {db-01: {}}}
    legacy: {hosts: {legacy-01: {ansible_user: root}}}
)";

std::string policy_text(const std::string& rest) {
    return std::string("operators:\n  alice: {keys: [\"") + alice_key +
           "\"], groups: [ops]}\n  bob: {keys: [\"" + bob_key + "\"]}\n" + rest;
}

constexpr const char* usual = R"(
roles:
  - {name: web, operators: ["@ops"], targets: ["acme+@web", "acme+legacy*"], logins: [ubuntu, root], allow: [shell, exec],
     sources: ["192.0.2.0/24"]}
  - {name: db, operators: ["@ops"], targets: ["acme+db-01"], logins: [postgres], allow: [sftp]}
  - {name: look, operators: [bob], desk: auditor}
deny:
  - {operators: ["*"], targets: ["acme+legacy*"], logins: [root]}
)";

class Authorize : public ::testing::Test {
 protected:
    Rules rules = make(usual);
    Proven alice = ssh::Door::prove(rules.policy.operators.at("alice"), "192.0.2.7");
    Proven bob = ssh::Door::prove(rules.policy.operators.at("bob"), "192.0.2.8");

    static Rules make(const std::string& roles) {
        Rules out;
        Faults faults;
        out.policy = parse_policy(policy_text(roles), "policy.yml", faults);
        const auto add = [&](const char* name) {
            auto workspace = std::make_shared<Workspace>();
            workspace->settings.name = name;
            workspace->settings.aliases = {{"database", "db-01"}};
            workspace->inventory = parse_inventory(inventory, "inventory.yml", faults);
            out.workspaces.push_back(workspace);
        };
        add("acme");
        EXPECT_TRUE(faults.empty()) << to_text(faults);
        return out;
    }

    [[nodiscard]] Verdict ask(const Proven& who, const char* typed) const {
        return authorize(rules, who, parse_address(typed), wall_now());
    }
    [[nodiscard]] std::string reason(const Proven& who, const char* typed) const {
        const Verdict verdict = ask(who, typed);
        const auto* denial = std::get_if<Denial>(&verdict);
        return denial != nullptr ? denial->reason : "";
    }
};

TEST_F(Authorize, GrantsWhatARoleNamesWithTheInventorysLogin) {
    const Verdict verdict = ask(alice, "web-01");
    const auto* grant = std::get_if<Grant>(&verdict);
    ASSERT_NE(grant, nullptr);
    EXPECT_EQ(grant->login(), "ubuntu");
    EXPECT_EQ(grant->role(), "web");
    EXPECT_EQ(grant->target().ansible_host, "web-01");
}

TEST_F(Authorize, DeniesByDefault) {
    EXPECT_EQ(reason(bob, "web-01"), "no_role");
    EXPECT_EQ(reason(alice, "carol@web-01"), "no_role");
}

TEST_F(Authorize, DeniesWhatNoInventoryHolds) {
    EXPECT_EQ(reason(alice, "nosuch"), "unknown_host");
    EXPECT_EQ(reason(alice, "other+web-01"), "unknown_host");
    EXPECT_EQ(reason(alice, ""), "unknown_host");
}

TEST_F(Authorize, LetsADenyRuleWin) {
    EXPECT_EQ(reason(alice, "root@legacy-01"), "denied");
    EXPECT_EQ(reason(alice, "ubuntu@legacy-01"), "");
}

TEST_F(Authorize, TakesTheRolesOnlyLoginWhereTheInventoryNamesNone) {
    const Verdict verdict = ask(alice, "db-01");
    ASSERT_TRUE(std::holds_alternative<Grant>(verdict));
    EXPECT_EQ(std::get<Grant>(verdict).login(), "postgres");
}

TEST_F(Authorize, HoldsARoleToItsSources) {
    const Proven elsewhere = ssh::Door::prove(rules.policy.operators.at("alice"), "203.0.113.1");
    EXPECT_EQ(reason(elsewhere, "web-01"), "no_role");
    EXPECT_EQ(reason(elsewhere, "db-01"), "");
}

TEST_F(Authorize, AsksForEachKindAgain) {
    const Verdict verdict = ask(alice, "db-01");
    const Grant& grant = std::get<Grant>(verdict);
    EXPECT_FALSE(permits(rules, grant, alice, Kind::sftp, wall_now()).has_value());
    EXPECT_TRUE(permits(rules, grant, alice, Kind::shell, wall_now()).has_value());
}

TEST_F(Authorize, LetsWhoMayWriteReadAndNotTheOtherWayRound) {
    const Verdict verdict = ask(alice, "db-01");
    const Grant& grant = std::get<Grant>(verdict);
    EXPECT_FALSE(permits(rules, grant, alice, Kind::sftp_read, wall_now()).has_value());
    for (Role& role : rules.policy.roles)
        std::replace(role.allow.begin(), role.allow.end(), std::string("sftp"), std::string("sftp_read"));
    EXPECT_FALSE(permits(rules, grant, alice, Kind::sftp_read, wall_now()).has_value());
    EXPECT_TRUE(permits(rules, grant, alice, Kind::sftp, wall_now()).has_value());
    EXPECT_FALSE(still_granted(rules, grant, alice, {Kind::sftp}, wall_now()));
    EXPECT_EQ(reason(alice, "db-01"), "") << "reading alone is a reason to begin a session";
}

TEST_F(Authorize, FindsATargetByItsAlias) {
    EXPECT_EQ(reason(alice, "database"), "");
}

TEST_F(Authorize, RefusesAHostWhoseAddressIsATemplate) {
    EXPECT_EQ(reason(alice, "web-02"), "unusable");
}

TEST_F(Authorize, WantsAWorkspaceNamedWhereTwoHaveTheHost) {
    auto second = std::make_shared<Workspace>(Workspace{});
    second->settings.name = "acme2";
    Faults faults;
    second->inventory = parse_inventory(inventory, "inventory.yml", faults);
    rules.workspaces.push_back(second);
    EXPECT_EQ(reason(alice, "web-01"), "") << "only one of the two is open to her";
    rules.policy.roles[0].targets.push_back("acme2+@web");
    EXPECT_EQ(reason(alice, "web-01"), "ambiguous");
    EXPECT_EQ(reason(alice, "acme2+web-01"), "");
}

TEST_F(Authorize, NoLongerGrantsAfterTheRoleOrTheKeyIsGone) {
    const Verdict verdict = ask(alice, "web-01");
    const Grant& grant = std::get<Grant>(verdict);
    EXPECT_TRUE(still_granted(rules, grant, alice, {}, wall_now()));
    Rules without_role = rules;
    without_role.policy.roles.erase(without_role.policy.roles.begin());
    EXPECT_FALSE(still_granted(without_role, grant, alice, {}, wall_now()));
    Rules without_key = rules;
    without_key.policy.operators.at("alice").keys.clear();
    EXPECT_FALSE(still_granted(without_key, grant, alice, {}, wall_now()));
}

TEST_F(Authorize, NoLongerGrantsAnOpenShellAfterTheRoleLostThatKind) {
    const Verdict verdict = ask(alice, "web-01");
    const Grant& grant = std::get<Grant>(verdict);
    EXPECT_TRUE(still_granted(rules, grant, alice, {Kind::shell, Kind::exec}, wall_now()));
    Rules without_shell = rules;
    std::erase(without_shell.policy.roles[0].allow, "shell");
    EXPECT_FALSE(still_granted(without_shell, grant, alice, {Kind::shell, Kind::exec}, wall_now()));
    EXPECT_TRUE(still_granted(without_shell, grant, alice, {Kind::exec}, wall_now()));
}

class Forward : public Authorize {
 protected:
    Forward() {
        rules.policy.roles[0].allow.emplace_back("forward_local");
        rules.policy.roles[0].forward_to = {"db:5432"};
    }
    /// none, plain or ssh: what a forward to a place may do.
    [[nodiscard]] std::string may(const ForwardPlace& place) const {
        const Verdict verdict = ask(alice, "web-01");
        const auto answer = permits_forward(rules, std::get<Grant>(verdict), alice, place, wall_now());
        const auto* grant = std::get_if<ForwardGrant>(&answer);
        return grant == nullptr ? "none" : grant->may_carry_ssh ? "ssh" : "plain";
    }
};

TEST_F(Forward, GoesWhereARoleThatGrantsItSays) {
    EXPECT_EQ(may({"db", 5432}), "plain");
    EXPECT_EQ(may({"db", 5433}), "none");
    rules.policy.roles[0].allow.emplace_back("forward_ssh");
    EXPECT_EQ(may({"db", 5432}), "ssh");
}

TEST_F(Forward, GoesToASocketWhereARoleNamesIt) {
    EXPECT_EQ(may({"", 0, "/run/x.sock"}), "none");
    rules.policy.roles[0].forward_to = {"unix:/run/x.sock"};
    EXPECT_EQ(may({"", 0, "/run/x.sock"}), "plain");
    EXPECT_EQ(may({"", 0, "/run/y.sock"}), "none");
    EXPECT_EQ(may({"db", 5432}), "none");
    rules.policy.roles[0].allow.emplace_back("forward_ssh");
    EXPECT_EQ(may({"", 0, "/run/x.sock"}), "ssh");
    std::erase(rules.policy.roles[0].allow, "forward_local");
    EXPECT_EQ(may({"", 0, "/run/x.sock"}), "none");
}

TEST_F(Forward, NeedsBothFromTheSameRole) {
    rules.policy.roles[0].forward_to.clear();
    Role other = rules.policy.roles[0];
    other.allow = {"shell"};
    other.forward_to = {"db:5432"};
    rules.policy.roles.push_back(other);
    EXPECT_EQ(may({"db", 5432}), "none");
}

TEST_F(Forward, IsStoppedByADenyRule) {
    const Verdict verdict = ask(alice, "web-01");
    rules.policy.deny.push_back({{}, {"acme+web-01"}, {}, {}, 9});
    const auto answer = permits_forward(rules, std::get<Grant>(verdict), alice, {"db", 5432}, wall_now());
    EXPECT_TRUE(std::holds_alternative<Denial>(answer));
}

class Jump : public Authorize {
 protected:
    Jump() {
        auto workspace = std::make_shared<Workspace>(
            Workspace{rules.workspaces[0]->settings, rules.workspaces[0]->inventory, {}, Secret(), {}});
        workspace->inventory.hosts.at("web-01").ansible_host = "192.0.2.1";
        workspace->inventory.hosts.at("web-01").port = 2201;
        workspace->inventory.hosts.at("db-01").ansible_host = "192.0.2.1";
        workspace->inventory.hosts.at("db-01").user = "postgres";
        rules.workspaces = {workspace};
    }
    [[nodiscard]] std::string to(const char* host, std::uint16_t port, const char* login) const {
        Address address = jump_to("", host, port);
        set_login(address, login);
        const Verdict verdict = authorize(rules, alice, address, wall_now());
        const auto* grant = std::get_if<Grant>(&verdict);
        return grant != nullptr ? grant->target().name : std::get<Denial>(verdict).reason;
    }
};

TEST_F(Jump, GoesToAHostByNameAtThePortOfSshOrItsOwn) {
    EXPECT_EQ(to("web-01", 22, "ubuntu"), "web-01");
    EXPECT_EQ(to("web-01", 2201, "ubuntu"), "web-01");
    EXPECT_EQ(to("web-01", 5432, "ubuntu"), "unknown_host");
    EXPECT_EQ(to("database", 22, "postgres"), "db-01") << "an alias";
}

TEST_F(Jump, GoesToTheHostAtAnAddressWhoseLoginItIs) {
    EXPECT_EQ(to("192.0.2.1", 2201, "ubuntu"), "web-01");
    EXPECT_EQ(to("192.0.2.1", 22, "postgres"), "db-01");
    EXPECT_EQ(to("192.0.2.9", 22, "ubuntu"), "unknown_host");
}

TEST_F(Jump, GuessesNoneOfSeveralHostsAndNamesThoseThatAreOpen) {
    rules.policy.roles[1].logins.emplace_back("ubuntu");
    EXPECT_EQ(to("192.0.2.1", 22, "ubuntu"), "web-01") << "its own login";
    rules.policy.roles[0].logins.emplace_back("admin");
    rules.policy.roles[1].logins.emplace_back("admin");
    Address address = jump_to("", "192.0.2.1", 22);
    set_login(address, "admin");
    const Verdict verdict = authorize(rules, alice, address, wall_now());
    const auto& denial = std::get<Denial>(verdict);
    EXPECT_EQ(denial.reason, "ambiguous");
    EXPECT_EQ(denial.candidates, (std::vector<std::string>{"acme+db-01", "acme+web-01"}));
}

TEST_F(Jump, IsNobodysWithALoginThatCannotBeOne) {
    EXPECT_EQ(to("web-01", 22, "ubuntu\n"), "unknown_host");
    EXPECT_EQ(to("web-01\n", 22, "ubuntu"), "unknown_host");
}

TEST_F(Jump, EndsHereOnlyForWhatTheOperatorMayReach) {
    EXPECT_TRUE(is_jump(rules, alice, jump_to("", "web-01", 2201)));
    EXPECT_TRUE(is_jump(rules, alice, jump_to("acme", "192.0.2.1", 2201)));
    EXPECT_FALSE(is_jump(rules, alice, jump_to("other", "web-01", 2201)));
    EXPECT_FALSE(is_jump(rules, alice, jump_to("", "web-01", 80)));
    EXPECT_FALSE(is_jump(rules, bob, jump_to("", "web-01", 2201)));
}

TEST_F(Authorize, KeepsTheGroupsOfTheGrantWhenTheInventoryChanges) {
    const Verdict verdict = ask(alice, "web-01");
    Rules without_hosts = rules;
    without_hosts.workspaces.clear();
    EXPECT_TRUE(still_granted(without_hosts, std::get<Grant>(verdict), alice, {}, wall_now()));
}

TEST_F(Authorize, ListsWhatIsOpenToSomebodyAndNothingElse) {
    EXPECT_EQ(hosts_for(rules, alice).size(), 4U);
    EXPECT_TRUE(hosts_for(rules, bob).empty());
}

TEST_F(Authorize, OffersAHostInTheFormThatReachesIt) {
    auto odd = std::make_shared<Workspace>(
        Workspace{rules.workspaces[0]->settings, rules.workspaces[0]->inventory, {}, Secret(), {}});
    const Host host = odd->inventory.hosts.at("web-01");
    odd->inventory.hosts = {{"web@1", host}, {"50%", host}};
    for (auto& [name, it] : odd->inventory.hosts) it.name = name;
    odd->settings.aliases = {{"one", "web@1"}};
    rules.workspaces = {odd};
    const auto offered = hosts_for(rules, alice);
    ASSERT_EQ(offered.size(), 2U);
    EXPECT_EQ(offered[1].typed, "acme+one");
    EXPECT_EQ(reason(alice, "acme+one"), "");
    EXPECT_NE(offered[0].unusable.find("alias"), std::string::npos);
}

TEST_F(Authorize, LetsALentKeyDoWhatItsLenderMayInOneWorkspaceUntilItIsTakenBack) {
    const Operator& known = rules.policy.operators.at("alice");
    const auto later = std::chrono::steady_clock::now() + std::chrono::hours(1);
    const auto lend = [&](const std::string& workspace, const std::string& lender) {
        return std::make_shared<LentKey>(
            LentKey::Facts{"blob", "SHA256:lent", "alice", lender, "192.0.2.7", workspace, "run", ""}, later,
            later);
    };
    const auto lent = lend("acme", known.keys.at(0).fingerprint);
    const Proven run = ssh::Door::prove(known, lent);
    EXPECT_EQ(reason(run, "web-01"), "");
    EXPECT_EQ(reason(run, "legacy-01"), reason(alice, "legacy-01"));
    EXPECT_EQ(reason(ssh::Door::prove(known, lend("", known.keys.at(0).fingerprint)), "web-01"), "");
    EXPECT_NE(reason(ssh::Door::prove(known, lend("other", known.keys.at(0).fingerprint)), "web-01"), "");
    EXPECT_NE(reason(ssh::Door::prove(known, lend("acme", "SHA256:gone")), "web-01"), "")
        << "the key that lent it is no longer the operator's";
    EXPECT_EQ(desk_role(rules, run), desk_role(rules, alice));
    lent->revoke();
    EXPECT_NE(reason(run, "web-01"), "");
}

TEST_F(Authorize, GivesTheDeskRoleThatARoleNames) {
    EXPECT_EQ(desk_role(rules, bob), DeskRole::auditor);
    EXPECT_EQ(desk_role(rules, alice), DeskRole::own);
}

}  // namespace
}  // namespace sallyport
