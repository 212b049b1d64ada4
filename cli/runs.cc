// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "common/escape.h"

namespace sallyport::cli {
namespace {

struct Question {
    std::string host, user, workspace, run, from, to, status, text, id, reason;
    std::size_t limit = 100;
};

using Rows = std::vector<std::vector<std::string>>;

std::string path_with(const char* path, const Question& q) {
    return with_query(path, {{"host", q.host},
                             {"user", q.user},
                             {"workspace", q.workspace},
                             {"run", q.run},
                             {"from", q.from},
                             {"to", q.to},
                             {"status", q.status},
                             {"q", q.text}});
}

/// Prints what a list gives: a row for each, or JSON.
int list(Common& common, const std::string& path, std::size_t limit, Rows rows,
         const std::function<std::vector<std::string>(const Json&)>& row_of) {
    Api api(common.bastion);
    std::size_t left = limit;
    api.each(path, [&](const Json& item) {
        if (common.is_json)
            print_json(item);
        else
            rows.push_back(row_of(item));
        return --left > 0;
    });
    if (!common.is_json) print_table(rows);
    return 0;
}

std::string names_of(const Json& object, const char* member) {
    std::string out;
    for (const Json& name : object.value(member, Json::array()))
        out += (out.empty() ? "" : ",") + name.get<std::string>();
    return out;
}

std::string what_of(const Json& run) {
    if (!run.contains("block")) return cell(run, "workflow");
    return cell(run, "block") + " " + cell(run, "action");
}

int list_runs(Common& common, const Question& q) {
    return list(
        common, path_with("/api/v1/action-runs/", q), q.limit,
        {{"ID", "STARTED", "SECONDS", "USER", "WORKSPACE", "WHAT", "STATUS", "EXIT", "REACHED"}},
        [&](const Json& run) -> std::vector<std::string> {
            return {cell(run, "id"),
                    shown_time(common, cell(run, "started_at")),
                    cell(run, "duration_seconds"),
                    cell(run, "user"),
                    cell(run, "workspace"),
                    what_of(run),
                    cell(run, "status"),
                    cell(run, "exit_code"),
                    names_of(run, "hosts_observed") +
                        (run.value("bypassed", false) ? " BYPASSED:" + names_of(run, "bypassed_hosts") : "")};
        });
}

int list_instances(Common& common, const Question& q) {
    return list(common, path_with("/api/v1/cli-instances/", q), q.limit,
                {{"ID", "USER", "VERSION", "MACHINE", "FIRST", "LAST", "WORKSPACES"}},
                [&](const Json& one) -> std::vector<std::string> {
                    return {cell(one, "id"),
                            cell(one, "user"),
                            cell(one, "cli_version"),
                            cell(one, "hostname") + cell(one, "host_id").substr(0, 12),
                            shown_time(common, cell(one, "first_seen")),
                            shown_time(common, cell(one, "last_seen")),
                            names_of(one, "workspaces")};
                });
}

std::string summary_of(const Json& item) {
    const std::string type = cell(item, "type");
    if (type == "ssh_session") {
        std::string commands;
        for (const Json& channel : item.value("channels", Json::array()))
            commands += " [" + cell(channel, "kind") +
                        (channel.contains("command") ? " " + cell(channel, "command") : "") + "]";
        std::string others;
        for (const Json& other : item.value("others", Json::array()))
            others += (others.empty() ? "; beside: " : ", ") + cell(other, "user");
        return cell(item, "login") + "@" + cell(item, "host.inventory_name") + commands + " " +
               (item.contains("ended_at") ? cell(item, "end_reason") : "open") + others;
    }
    if (type == "action_run")
        return what_of(item) + " " + cell(item, "status") + " " + names_of(item, "hosts_observed");
    if (type == "workspace_sync") return "sync " + cell(item, "result") + " " + cell(item, "git.after_sha");
    return cell(item, "typed") + " " + cell(item, "kind") + " refused: " + cell(item, "reason");
}

int timeline(Common& common, const Question& q) {
    return list(common, path_with("/api/v1/timeline/", q), q.limit,
                {{"STARTED", "SECONDS", "USER", "KIND", "WHAT"}},
                [&](const Json& item) -> std::vector<std::string> {
                    const std::string began =
                        item.contains("started_at") ? cell(item, "started_at") : cell(item, "timestamp");
                    return {shown_time(common, began), cell(item, "duration_seconds"), cell(item, "user"),
                            cell(item, "type"), summary_of(item)};
                });
}

int show_run(Common& common, const Question& q) {
    Api api(common.bastion);
    const Json run = api.get("/api/v1/action-runs/" + encoded(q.id) + "/");
    if (common.is_json) {
        print_json(run);
        return 0;
    }
    Rows rows;
    for (const auto& [name, value] : run.items())
        rows.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
    print_table(rows);
    Question sessions;
    sessions.run = q.id;
    rows = {{"SESSION", "STARTED", "HOST", "LOGIN", "END"}};
    api.each(path_with("/api/v1/ssh-sessions/", sessions), [&](const Json& s) {
        rows.push_back({cell(s, "id"), shown_time(common, cell(s, "started_at")),
                        cell(s, "host.inventory_name"), cell(s, "login"), cell(s, "end_reason")});
        return true;
    });
    std::cout << '\n';
    print_table(rows);
    return 0;
}

/// As the tool printed it, but nothing in it can act on a terminal.
int show_log(Common& common, const Question& q) {
    Api api(common.bastion);
    std::string line;
    api.stream("/api/v1/action-runs/" + encoded(q.id) + "/log/", [&](std::string_view bytes) {
        for (const char c : bytes) {
            if (c == '\n')
                std::cout << escaped(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line) << '\n';
            if (c == '\n')
                line.clear();
            else
                line += c;
        }
    });
    if (!line.empty()) std::cout << escaped(line) << '\n';
    return 0;
}

int cancel(Common& common, const Question& q) {
    Api api(common.bastion);
    const Json answer =
        api.post("/api/v1/action-runs/" + encoded(q.id) + "/cancel/", Json{{"reason", q.reason}});
    if (common.is_json)
        print_json(answer);
    else
        std::cout << "The run is cancelled; its client ends it within half a minute.\n";
    return 0;
}

CLI::App* add(CLI::App& to, const char* name, const char* help, Common& common, Run& run,
              const std::shared_ptr<Question>& q, int (*act)(Common&, const Question&)) {
    CLI::App* command = to.add_subcommand(name, help);
    command->callback([&common, &run, q, act] {
        run = [&common, q, act] {
            common.bastion.complete();
            return act(common, *q);
        };
    });
    return command;
}

void add_window(CLI::App* command, const std::shared_ptr<Question>& q) {
    command->add_option("--user", q->user, "operator");
    command->add_option("--from", q->from, "at or after this time (RFC 3339)");
    command->add_option("--to", q->to, "at or before this time");
    command->add_option("--limit", q->limit, "at most so many")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
}

}  // namespace

void add_runs(CLI::App& app, Common& common, Run& run) {
    const auto q = std::make_shared<Question>();
    CLI::App* runs = app.add_subcommand("runs", "runs of actions and workflows");
    runs->require_subcommand(1);
    CLI::App* ls = add(*runs, "ls", "list them", common, run, q, list_runs);
    ls->add_option("--host", q->host, "that it was for, or that it reached");
    ls->add_option("--workspace", q->workspace, "name");
    ls->add_option("--status", q->status, "of these alone")
        ->check(CLI::IsMember({"running", "success", "failed", "cancelled", "lost"}));
    ls->add_option("--text", q->text, "with these words");
    add_window(ls, q);
    for (CLI::App* command :
         {add(*runs, "show", "all that is known of one, with its sessions", common, run, q, show_run),
          add(*runs, "log", "what it printed", common, run, q, show_log)})
        command->add_option("ID", q->id, "of the run")->required();
    CLI::App* end = add(*runs, "cancel", "end one that goes on", common, run, q, cancel);
    end->add_option("ID", q->id, "of the run")->required();
    end->add_option("--reason", q->reason, "for the record");
}

void add_timeline(CLI::App& app, Common& common, Run& run) {
    const auto q = std::make_shared<Question>();
    CLI::App* command =
        add(app, "timeline",
            "what happened on a host, or by whom: sessions, runs, syncs and refusals in one order", common,
            run, q, timeline);
    command->add_option("HOST", q->host, "by any of its names");
    command->add_option("--workspace", q->workspace, "name");
    command->add_option("--run", q->run, "id of a run");
    command->add_option("--text", q->text, "with these words");
    add_window(command, q);
}

void add_instances(CLI::App& app, Common& common, Run& run) {
    const auto q = std::make_shared<Question>();
    CLI::App* instances = app.add_subcommand("instances", "the CLIs that reported themselves");
    instances->require_subcommand(1);
    add_window(add(*instances, "ls", "list them", common, run, q, list_instances), q);
}

}  // namespace sallyport::cli
