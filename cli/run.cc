// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/ansible.h"
#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/run_folder.h"
#include "cli/run_log.h"
#include "cli/run_record.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/error.h"
#include "common/escape.h"
#include "config/git_head.h"
#include "config/poly.h"

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> words;  // BLOCK ACTION, or WORKFLOW
    std::string folder = ".";
    AnsibleOptions ansible;
    std::vector<std::string> environment;  // KEY=value
    bool is_forced = false;
    bool is_snapshot = false;
};

/// One action that is to be run, with the step of a workflow that it is.
struct Plan {
    PolyBlock block;
    PolyAction action;
    Json workflow;  // null without one
    Json step;
    std::string workflow_name;
    std::string step_name;
};

Plan plan_for(const PolyWorkspace& workspace, const std::string& block, const std::string& action) {
    Plan out;
    out.block = workspace.block(block);
    out.action = workspace.action(out.block, action);
    return out;
}

std::map<std::string, std::string> environment_of(const PolyWorkspace& workspace, const Options& options) {
    std::map<std::string, std::string> out;
    const auto take = [&](const std::string& word) {
        const std::size_t equal = word.find('=');
        if (equal == std::string::npos || equal == 0)
            throw Error(Code::input, escaped(word) + " is no KEY=value");
        out[word.substr(0, equal)] = word.substr(equal + 1);
    };
    const Json extra = workspace.body().value("extraenv", Json::array());
    for (const Json& word : extra)
        if (word.is_string()) take(word.get<std::string>());
    for (const std::string& word : options.environment) take(word);
    const std::string kubeconfig = workspace.folder() + "/artifacts/secrets/kubeconfig.yml";
    if (fs::exists(kubeconfig)) out.emplace("KUBECONFIG", kubeconfig);
    return out;
}

/// What playbooks and scripts see of the workspace; JSON, which is YAML as well.
std::string snapshot_of(const PolyWorkspace& workspace, const Plan& plan,
                        const std::map<std::string, std::string>& environment) {
    Json out = {{"workspace", workspace.body()}, {"block", plan.block.body}, {"action", plan.action.body}};
    if (!plan.workflow.is_null()) out["workflow"] = plan.workflow;
    if (!plan.step.is_null()) out["step"] = plan.step;
    out["env"] = Json::object();
    for (const auto& [name, value] : environment) out["env"][name] = value;
    return out.dump(2) + "\n";
}

void ask_before(const std::string& question, const Options& options) {
    if (question.empty() || options.is_forced) return;
    if (::isatty(STDIN_FILENO) == 0)
        throw Error(Code::input, "this asks before it runs (" + escaped(question) +
                                     "); answer on a terminal, or with --force");
    std::cerr << escaped(question) << " [y/N] ";
    std::string answer;
    std::getline(std::cin, answer);
    if (answer != "y" && answer != "Y" && answer != "yes") throw Error(Code::input, "nothing was run");
}

bool is_dirty(const std::string& folder) {
    const Output status = output_of({.command = {"git", "-C", folder, "status", "--porcelain"},
                                     .environment = {},
                                     .folder = {},
                                     .is_quiet = true});
    return status.is_good && !status.text.empty();
}

/// Of the names and contents of all files of a block, in their order.
std::string digest_of(const std::string& folder) {
    constexpr std::size_t max_files = 10'000;
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (at->is_regular_file(error) && names.size() < max_files)
            names.push_back(at->path().lexically_relative(folder).string());
    std::sort(names.begin(), names.end());
    Sha256 all;
    for (const std::string& name : names) {
        const auto file = digest_of_file(folder + "/" + name);
        all.update(name + "\n" + (file ? file->sha256 : "") + "\n");
    }
    return all.hex();
}

/// Runs actions through the bastion, each on its record from before it starts until after it ended.
class Runner {
 public:
    Runner(Common& common, const PolyWorkspace& workspace, const Options& options)
        : bastion_(common.bastion),
          workspace_(workspace),
          options_(options),
          record_(common.bastion),
          instance_(this_instance()) {
        report(record_.api(), instance_, workspace.name());
        record_.api().each("/api/v1/workspaces/", [&](const Json& known) {
            if (known.value("name", "") == workspace.name())
                is_production_ = known.value("production", false);
            return true;
        });
        record_.api().each("/api/v1/hosts/", [&](const Json& host) {
            hosts_.push_back(host);
            return true;
        });
    }

    int run(const Plan& plan, const std::string& parent);
    /// A workflow as a run of its own, with one beneath it for each step.
    int run(const PolyWorkflow& workflow);

 private:
    [[nodiscard]] Json start_body(const Plan& plan) const;
    [[nodiscard]] std::string start(const Json& body);
    void finish(const std::string& id, Json body);
    void check(const Survey& survey, const Plan& plan) const;
    [[nodiscard]] Tool tool_for(const RunFolder& folder, const Plan& plan,
                                const std::string& inventory) const;

    Bastion bastion_;
    const PolyWorkspace& workspace_;
    const Options& options_;
    Record record_;
    Instance instance_;
    std::vector<Json> hosts_;
    bool is_production_ = false;
};

Json Runner::start_body(const Plan& plan) const {
    Json body = {
        {"organization", workspace_.organization().empty() ? workspace_.name() : workspace_.organization()},
        {"workspace", workspace_.name()},
        {"started_at", to_rfc3339(wall_now())},
        {"cli_instance_id", instance_.id},
        {"cli_version", instance_.cli_version},
        {"heartbeat", true},
        {"force", options_.is_forced}};
    const std::string commit = git_head(workspace_.folder());
    if (!commit.empty()) body["workspace_commit"] = commit;
    if (!commit.empty()) body["workspace_dirty"] = is_dirty(workspace_.folder());
    if (!plan.workflow_name.empty()) body["workflow"] = plan.workflow_name;
    if (!plan.step_name.empty()) body["step"] = plan.step_name;
    if (plan.block.name.empty()) return body;
    body["block"] = plan.block.name;
    body["action"] = plan.action.name;
    if (!plan.block.version.empty()) body["block_version"] = plan.block.version;
    body["block_digest"] = digest_of(plan.block.folder);
    return body;
}

std::string Runner::start(const Json& body) {
    return record_.post("/api/v1/cli/action-runs/start/", body).at("action_run_id");
}

/// The tool has run, whatever becomes of the record: its exit code stays ours.
void Runner::finish(const std::string& id, Json body) {
    body["finished_at"] = to_rfc3339(wall_now());
    try {
        (void)record_.post("/api/v1/cli/action-runs/" + id + "/finish/", body);
    } catch (const Error& error) {
        std::cerr << "sallyport: the end of this run could not be told (" << error.what()
                  << "); the record will call it lost\n";
    }
}

void Runner::check(const Survey& survey, const Plan& plan) const {
    for (const auto& [host, why] : survey.detours)
        std::cerr << "sallyport: " << escaped(host)
                  << " would not be reached through the bastion as its inventory says (" << escaped(why)
                  << ")\n";
    if (is_production_ && !survey.detours.empty())
        throw Error(Code::denied, "workspace " + workspace_.name() +
                                      " is in production: nothing is run while its inventory leads past the "
                                      "bastion; remove what is named above");
    for (const std::string& file : unchecked_host_keys(plan.block.folder))
        std::cerr << "sallyport: " << escaped(file) << " switches host_key_checking off; here it stays on\n";
    const Json config = workspace_.body().value("config", Json::object());
    if (config.is_object() && config.contains("image"))
        std::cerr << "sallyport: config.image is not used yet: the tools of this machine serve\n";
}

Tool Runner::tool_for(const RunFolder& folder, const Plan& plan, const std::string& inventory) const {
    auto environment = environment_of(workspace_, options_);
    const std::string snapshot = folder.write("snapshot.yml", snapshot_of(workspace_, plan, environment));
    Tool tool;
    if (!plan.action.playbook.empty()) {
        tool = playbook_tool(folder, plan.action.playbook, plan.block.folder, inventory, options_.ansible);
    } else {
        std::string script = "set -euo pipefail\n";
        for (const std::string& line : plan.action.script) script += line + "\n";
        tool.command = {"bash", folder.write("script.sh", script)};
        tool.folder = plan.block.folder;
        // A script's own ssh is its own affair; Ansible and ssh that it calls with these go through the
        // bastion.
        tool.environment = {{"ANSIBLE_SSH_COMMON_ARGS", "-F " + folder.path("ssh_config")},
                            {"ANSIBLE_SSH_CONTROL_PATH_DIR", folder.path("t")}};
    }
    tool.environment.merge(environment);
    tool.environment.merge(
        std::map<std::string, std::string>{{"ANSIBLE_INVENTORY", inventory},
                                           {"POLYCRATE_WORKSPACE", workspace_.name()},
                                           {"POLYCRATE_BLOCK", plan.block.name},
                                           {"POLYCRATE_ACTION", plan.action.name},
                                           {"POLYCRATE_WORKFLOW", plan.workflow_name},
                                           {"POLYCRATE_STEP", plan.step_name},
                                           {"POLYCRATE_VERSION", SALLYPORT_VERSION},
                                           {"POLYCRATE_WORKSPACE_SNAPSHOT_YAML", snapshot},
                                           {"SALLYPORT_SSH_CONFIG", folder.path("ssh_config")}});
    return tool;
}

int Runner::run(const Plan& plan, const std::string& parent) {
    const bool is_playbook = !plan.action.playbook.empty();
    const std::string inventory = workspace_.inventory_for(plan.block);
    const Survey known = is_playbook ? survey(inventory, plan.block.folder) : Survey{};
    check(known, plan);
    const RunFolder folder;
    const std::string public_key = folder.make_key();
    (void)folder.write_ssh_config(bastion_, workspace_.name(), hosts_);
    Tool tool = tool_for(folder, plan, inventory);
    Json body = start_body(plan);
    body["public_key"] = public_key;
    if (!parent.empty()) body["parent_run_id"] = parent;
    Json toolchain = {{"kind", "local"}};
    if (is_playbook) {
        body["inventory_hosts"] = known.hosts;
        toolchain["ansible_version"] = ansible_version();
    }
    body["toolchain"] = toolchain;
    const std::string id = start(body);
    tool.environment["SALLYPORT_RUN_ID"] = id;
    RunLog log(workspace_.secrets());
    RunRecord going(record_, id, parent, public_key, is_playbook ? folder.path("results") : "");
    Outcome outcome{255, 0};
    std::string trouble;
    try {
        if (is_playbook && !folder.open_master())
            throw Error(Code::unreachable, "the run's own connection to the bastion could not be made");
        outcome = run_tool(
            tool, [&](std::string_view bytes) { log.take(bytes); }, [&] { return going.is_cancelled(); });
    } catch (const Error& error) {
        trouble = error.what();
        std::cerr << "sallyport: " << trouble << '\n';
    }
    folder.close_masters();
    const std::set<std::string> affected = going.finish();
    Json end = {
        {"exit_code", outcome.exit_code}, {"stdout", to_utf8(log.finish())}, {"affected_hosts", affected}};
    if (outcome.signal != 0) end["end_reason"] = "signal " + std::to_string(outcome.signal);
    if (!trouble.empty()) end["end_reason"] = trouble;
    if (going.is_cancelled())
        std::cerr << "sallyport: this run was cancelled at the bastion\n";
    else
        finish(id, std::move(end));
    return outcome.exit_code;
}

int Runner::run(const PolyWorkflow& workflow) {
    Plan whole;
    whole.workflow_name = workflow.name;
    const std::string parent = start(start_body(whole));
    int code = 0;
    for (const PolyStep& step : workflow.steps) {
        Plan plan = plan_for(workspace_, step.block, step.action);
        plan.workflow = workflow.body;
        plan.step = step.body;
        plan.workflow_name = workflow.name;
        plan.step_name = step.name;
        int own = 1;
        try {
            ask_before(step.prompt.empty() ? plan.action.prompt : step.prompt, options_);
            own = run(plan, parent);
        } catch (const Error& error) {
            std::cerr << "sallyport: step " << escaped(step.name) << ": " << error.what() << '\n';
        }
        if (own != 0 && code == 0) code = own;
        if (own != 0 && !workflow.allow_failure) break;
    }
    finish(parent, {{"exit_code", code}});
    return code;
}

int run_command(Common& common, const Options& options) {
    const PolyWorkspace workspace(fs::canonical(options.folder).string());
    if (options.words.size() == 2) {
        const Plan plan = plan_for(workspace, options.words[0], options.words[1]);
        if (options.is_snapshot) {
            std::cout << snapshot_of(workspace, plan, environment_of(workspace, options));
            return 0;
        }
        ask_before(plan.action.prompt, options);
        common.bastion.complete();
        return Runner(common, workspace, options).run(plan, "");
    }
    const PolyWorkflow workflow = workspace.workflow(options.words[0]);
    for (const PolyStep& step : workflow.steps)
        (void)plan_for(workspace, step.block, step.action);  // all are there
    if (options.is_snapshot)
        throw Error(Code::input, "--snapshot shows that of one action: write BLOCK ACTION");
    ask_before(workflow.prompt, options);
    common.bastion.complete();
    return Runner(common, workspace, options).run(workflow);
}

}  // namespace

void add_run(CLI::App& app, Common& common, Run& run) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "run", "run an action or a workflow of a workspace, on record and through the bastion");
    command->add_option("WHAT", options->words, "BLOCK ACTION, or WORKFLOW")->required()->expected(1, 2);
    command->add_option("-w,--workspace", options->folder, "folder of the workspace")->capture_default_str();
    command->add_option("--limit", options->ansible.limit, "hosts, passed on to ansible-playbook");
    command->add_option("--tags", options->ansible.tags, "passed on to ansible-playbook");
    command->add_option("--skip-tags", options->ansible.skip_tags, "passed on to ansible-playbook");
    command->add_flag("--check", options->ansible.is_check, "change nothing: passed on to ansible-playbook");
    command->add_flag("--diff", options->ansible.is_diff, "show differences: passed on to ansible-playbook");
    command->add_option("-e,--env", options->environment, "KEY=value for the action")
        ->allow_extra_args(false);
    command->add_flag("--force", options->is_forced,
                      "answer prompts, and cancel a run of yours that is in the way");
    command->add_flag("--snapshot", options->is_snapshot, "print what the action would see, and run nothing");
    command->callback(
        [&common, &run, options] { run = [&common, options] { return run_command(common, *options); }; });
}

}  // namespace sallyport::cli
