// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <thread>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "common/chain.h"
#include "common/error.h"
#include "common/escape.h"

namespace sallyport::cli {
namespace {

using namespace std::chrono_literals;

struct Question {
    std::string file;
    std::string anchors;
    std::string type;
    std::string session;
    std::size_t count = 10;
    bool leaves = false;
};

constexpr std::size_t max_line = 1024 * 1024 + 1024;  // longer is no event

/// Cuts a stream of bytes into lines.
class Lines {
 public:
    explicit Lines(std::function<void(std::string_view)> take) : take_(std::move(take)) {}
    void feed(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t end = std::min(bytes.find('\n'), bytes.size());
            // Of a line that is too long enough is kept to be seen as that.
            rest_.append(bytes.substr(0, std::min(end, max_line + 1 - std::min(max_line + 1, rest_.size()))));
            bytes.remove_prefix(end);
            if (bytes.empty()) return;
            take_(rest_);
            rest_.clear();
            bytes.remove_prefix(1);
        }
    }
    [[nodiscard]] bool is_cut() const { return !rest_.empty(); }

 private:
    std::function<void(std::string_view)> take_;
    std::string rest_;
};

std::vector<Anchor> read_anchors(const std::string& file) {
    std::vector<Anchor> out;
    if (file.empty()) return out;
    std::ifstream in(file);
    if (!in) throw Error(Code::config, "the anchor file " + file + " cannot be read");
    for (std::string line; std::getline(in, line);)
        if (auto anchor = parse_anchor(line)) out.push_back(std::move(*anchor));
    return out;
}

int report(const Common& common, const Report& found) {
    if (common.is_json) {
        Json out = {{"whole", found.is_whole()},        {"events", found.events},
                    {"checkpoints", found.checkpoints}, {"unsigned_tail", found.unsigned_tail},
                    {"head", found.head.hash},          {"findings", Json::array()}};
        for (const Finding& f : found.findings)
            out["findings"].push_back({{"kind", f.kind}, {"seq", f.seq}, {"text", f.text}});
        print_json(out);
    } else {
        for (const Finding& f : found.findings)
            std::cout << f.kind << " seq=" << f.seq << ": " << escaped(f.text) << '\n';
        std::cout << (found.is_whole() ? "whole" : "NOT WHOLE") << ": " << found.events << " events, "
                  << found.checkpoints << " checkpoints, " << found.unsigned_tail
                  << " events after the last one, " << found.count << " findings\n";
    }
    return found.is_whole() ? 0 : 1;
}

int verify(Common& common, const Question& q) {
    const auto anchors = read_anchors(q.anchors);
    if (!q.file.empty()) {
        std::ifstream in(q.file, std::ios::binary);
        if (!in) throw Error(Code::config, q.file + " cannot be read");
        return report(common, verify_chain(in, anchors));
    }
    common.bastion.complete();
    ChainVerifier verifier(anchors);
    Lines lines([&](std::string_view line) { verifier.line(line); });
    Api api(common.bastion);
    api.stream("/api/v1/events/export/", [&](std::string_view bytes) { lines.feed(bytes); });
    return report(common, verifier.finish(Ending::checkpoint, lines.is_cut()));
}

int export_all(Common& common, const Question&) {
    common.bastion.complete();
    Api api(common.bastion);
    api.stream("/api/v1/events/export/", [](std::string_view bytes) { std::cout << bytes; });
    std::cout.flush();
    if (!std::cout) throw Error(Code::io, "the export could not be written whole");
    return 0;
}

void print_event(const Common& common, const Json& event) {
    if (common.is_json) {
        print_json(event);
        std::cout.flush();
        return;
    }
    std::string line = cell(event, "time") + "  " + cell(event, "type");
    for (const auto& [name, value] : event.items()) {
        const bool is_frame = name == "v" || name == "node" || name == "prev" || name == "time" ||
                              name == "type" || name == "salt" || name == "signature";
        if (!is_frame)
            line += "  " + name + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    }
    std::cout << escaped(line) << std::endl;
}

int tail(Common& common, const Question& q) {
    common.bastion.complete();
    Api api(common.bastion);
    const std::string size = std::to_string(q.count);
    const auto asked = [&](const char* last) {
        return with_query("/api/v1/events/",
                          {{"type", q.type}, {"session", q.session}, {"last", last}, {"page_size", size}});
    };
    for (std::string path = asked("true");;) {
        const Json page = api.get(path);
        for (const Json& event : page.at("results")) print_event(common, event);
        const std::string next = Api::next_of(page);
        if (q.leaves) return 0;
        if (!next.empty())
            path = next;
        else if (path == asked("true"))
            path = asked("");  // there were none yet, so what comes first is the first of all
        if (next.empty()) std::this_thread::sleep_for(1s);
    }
}

}  // namespace

void add_audit(CLI::App& app, Common& common, Run& run) {
    const auto q = std::make_shared<Question>();
    CLI::App* audit = app.add_subcommand("audit", "the record itself");
    audit->require_subcommand(1);
    const auto add = [&, q](const char* name, const char* help, int (*act)(Common&, const Question&)) {
        CLI::App* command = audit->add_subcommand(name, help);
        command->callback([&common, &run, q, act] { run = [&common, q, act] { return act(common, *q); }; });
        return command;
    };
    CLI::App* events = add("tail", "print the newest events and go on with what comes", tail);
    events->add_option("--type", q->type, "only of this type");
    events->add_option("--session", q->session, "only of this session");
    events->add_option("-n,--lines", q->count, "begin with so many of the newest")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    events->add_flag("--no-follow", q->leaves, "print these and leave");
    CLI::App* check =
        add("verify", "verify an export; without a file, the bastion's record as it is now", verify);
    check->add_option("FILE", q->file, "an export");
    check->add_option("--anchors", q->anchors, "a file of anchor lines that was kept elsewhere");
    add("export", "write every event to stdout, one a line", export_all);
}

}  // namespace sallyport::cli
