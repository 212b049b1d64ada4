// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <thread>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "common/error.h"
#include "common/escape.h"
#include "common/recording.h"
#include "common/replay.h"

namespace sallyport::cli {
namespace {

struct Question {
    std::string host, user, workspace, from, to, status;
    std::size_t limit = 100;
    std::string id;
    std::string reason;
    std::string format = "asciicast";
    std::string output;
    double speed = 1;
};

int list(Common& common, const Question& q) {
    Api api(common.bastion);
    std::vector<std::vector<std::string>> rows = {
        {"ID", "STARTED", "SECONDS", "USER", "LOGIN", "HOST", "END", "EXIT"}};
    std::size_t left = q.limit;
    api.each(with_query("/api/v1/ssh-sessions/", {{"host", q.host},
                                                  {"user", q.user},
                                                  {"workspace", q.workspace},
                                                  {"from", q.from},
                                                  {"to", q.to},
                                                  {"status", q.status}}),
             [&](const Json& s) {
                 if (common.is_json) print_json(s);
                 rows.push_back({cell(s, "id"), shown_time(common, cell(s, "started_at")),
                                 cell(s, "duration_seconds"), cell(s, "user"), cell(s, "login"),
                                 cell(s, "host.inventory_name"),
                                 s.contains("ended_at") ? cell(s, "end_reason") : "open",
                                 cell(s, "exit_code") + cell(s, "exit_signal")});
                 return --left > 0;
             });
    if (!common.is_json) print_table(rows);
    return 0;
}

int show(Common& common, const Question& q) {
    Api api(common.bastion);
    const Json session = api.get("/api/v1/ssh-sessions/" + encoded(q.id) + "/");
    if (common.is_json) {
        print_json(session);
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : session.items())
        if (name != "channels")
            rows.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
    print_table(rows);
    rows = {{"CHANNEL", "COMMAND", "STARTED", "EXIT", "IN", "OUT"}};
    for (const Json& c : session.value("channels", Json::array()))
        rows.push_back({cell(c, "kind"), cell(c, "command") + cell(c, "subsystem") + cell(c, "destination"),
                        shown_time(common, cell(c, "started_at")),
                        cell(c, "exit_code") + cell(c, "exit_signal"), cell(c, "bytes_in"),
                        cell(c, "bytes_out")});
    std::cout << '\n';
    print_table(rows);
    return 0;
}

/// A private file that is gone with its last reader.
std::fstream nameless_file() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    if (fd < 0) throw Error(Code::io, "make a file for the recording: " + os_error(errno));
    std::fstream file(name, std::ios::in | std::ios::out | std::ios::binary);
    ::unlink(name.c_str());
    ::close(fd);
    return file;
}

/// The recording of a session, ready to be read; it may be larger than memory.
std::fstream fetch(Common& common, const std::string& id) {
    Api api(common.bastion);
    std::fstream out = nameless_file();
    api.stream("/api/v1/ssh-sessions/" + encoded(id) + "/recording/", [&](std::string_view bytes) {
        if (!(out << bytes)) throw Error(Code::io, "keep the recording in TMPDIR: no room is left there");
    });
    if (!out.flush()) throw Error(Code::io, "keep the recording in TMPDIR: no room is left there");
    out.seekg(0);
    return out;
}

int play(Common& common, const Question& q) {
    auto in = fetch(common, q.id);
    RecordingReader reader(in);
    ReplayFilter filter;
    std::chrono::microseconds last{0};
    while (const auto frame = reader.next()) {
        // A pause in which nothing happened is cut to two seconds.
        const auto pause = std::min<std::chrono::microseconds>(frame->time - last, std::chrono::seconds(2));
        if (q.speed > 0 && pause.count() > 0) std::this_thread::sleep_for(pause / q.speed);
        last = frame->time;
        if (frame->kind == FrameKind::output || frame->kind == FrameKind::error)
            std::cout << filter.filter(frame->payload);
        if (frame->kind == FrameKind::marker) std::cout << "\n[" << escaped(frame->payload) << "]\n";
        std::cout.flush();
    }
    std::cout << filter.finish() << (reader.is_cut() ? "\n[the recording ends here: it was cut off]\n" : "");
    return 0;
}

int number(std::string_view bytes, std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4 && i < bytes.size(); ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<int>(value);
}

void write_cast_event(std::ostream& out, std::chrono::microseconds time, const char* code,
                      std::string_view data) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.6f", static_cast<double>(time.count()) / 1e6);
    out << "[" << seconds << ", \"" << code << "\", " << Json(to_utf8(data)).dump() << "]\n";
}

/// What was typed is an event of its own, and a marker where only its length is known.
void write_cast_input(std::ostream& out, const Frame& frame) {
    if (const auto count = unechoed_bytes(frame.payload))
        write_cast_event(out, frame.time, "m",
                         std::to_string(*count) + " bytes were typed that were not echoed");
    else
        write_cast_event(out, frame.time, "i", frame.payload);
}

void write_asciicast(RecordingReader& reader, std::ostream& out) {
    int columns = 80;
    int rows = 24;
    bool is_begun = false;
    const auto begin = [&] {
        const auto started =
            std::chrono::floor<std::chrono::seconds>(reader.started()).time_since_epoch().count();
        if (!is_begun)
            out << Json{{"version", 2}, {"width", columns}, {"height", rows}, {"timestamp", started}}.dump()
                << '\n';
        is_begun = true;
    };
    while (const auto frame = reader.next()) {
        if (frame->kind == FrameKind::resize && frame->payload.size() == 8) {
            const int width = number(frame->payload, 0);
            const int height = number(frame->payload, 4);
            if (width > 0 && height > 0 && !is_begun) {
                columns = width;
                rows = height;
            }
            continue;
        }
        begin();
        if (frame->kind == FrameKind::input) write_cast_input(out, *frame);
        if (frame->kind == FrameKind::output || frame->kind == FrameKind::error)
            write_cast_event(out, frame->time, "o", frame->payload);
    }
    begin();
}

void write_bytes(RecordingReader& reader, std::ostream& out) {
    while (const auto frame = reader.next())
        if (frame->kind == FrameKind::output || frame->kind == FrameKind::error) out << frame->payload;
}

/// Lines that a terminal or an editor shows as they are: control bytes as text, but tabs; a carriage return
/// before the end of a line goes.
class TextWriter {
 public:
    explicit TextWriter(std::ostream& out) : out_(out) {}
    void take(std::string_view bytes) {
        for (const char c : bytes) {
            if (c == '\n' || c == '\t' || line_.size() >= max_line) flush(c == '\n');
            if (c == '\n' || c == '\t')
                out_ << c;
            else
                line_ += c;
        }
    }
    void flush(bool is_line_end) {
        if (is_line_end && line_.ends_with('\r')) line_.pop_back();
        // A character of several bytes is not torn by the bound.
        const std::string_view whole = line_.size() < max_line ? line_ : cut_utf8(line_, max_line - 4);
        out_ << escaped(whole);
        line_.erase(0, whole.size());
    }

 private:
    static constexpr std::size_t max_line = 64 * 1024;
    std::ostream& out_;
    std::string line_;
};

void write_text(RecordingReader& reader, std::ostream& out) {
    TextWriter text(out);
    while (const auto frame = reader.next())
        if (frame->kind == FrameKind::output || frame->kind == FrameKind::error) text.take(frame->payload);
    text.flush(false);
}

int export_one(Common& common, const Question& q) {
    auto in = fetch(common, q.id);
    RecordingReader reader(in);
    std::ofstream file;
    ::umask(0077);  // what a session showed is nobody else's
    if (!q.output.empty()) file.open(q.output, std::ios::binary);
    if (!q.output.empty() && !file) throw Error(Code::io, "write " + q.output + ": " + os_error(errno));
    std::ostream& out = q.output.empty() ? std::cout : file;
    if (q.format == "asciicast") write_asciicast(reader, out);
    if (q.format == "raw") write_bytes(reader, out);
    if (q.format == "text") write_text(reader, out);
    out.flush();
    if (!out) throw Error(Code::io, "the export could not be written whole");
    return 0;
}

int terminate(Common& common, const Question& q) {
    Api api(common.bastion);
    (void)api.post("/api/v1/ssh-sessions/" + encoded(q.id) + "/terminate/", Json{{"reason", q.reason}});
    if (common.is_json)
        print_json(Json{{"success", true}});
    else
        std::cout << "The session is being ended.\n";
    return 0;
}

}  // namespace

void add_sessions(CLI::App& app, Common& common, Run& run) {
    const auto q = std::make_shared<Question>();
    CLI::App* sessions = app.add_subcommand("sessions", "sessions of the past and of now");
    sessions->require_subcommand(1);
    const auto add = [&, q](const char* name, const char* help, int (*act)(Common&, const Question&)) {
        CLI::App* command = sessions->add_subcommand(name, help);
        command->callback([&common, &run, q, act] {
            run = [&common, q, act] {
                common.bastion.complete();
                return act(common, *q);
            };
        });
        return command;
    };
    CLI::App* ls = add("ls", "list them", list);
    ls->add_option("--host", q->host, "inventory name or address");
    ls->add_option("--user", q->user, "operator");
    ls->add_option("--workspace", q->workspace, "of the host");
    ls->add_option("--from", q->from, "open at or after this time (RFC 3339)");
    ls->add_option("--to", q->to, "open at or before this time");
    ls->add_option("--status", q->status, "live or past ones alone")->check(CLI::IsMember({"open", "ended"}));
    ls->add_option("--limit", q->limit, "at most so many")->check(CLI::PositiveNumber)->capture_default_str();
    const auto with_id = [q](CLI::App* command) {
        command->add_option("ID", q->id, "of the session")->required();
    };
    with_id(add("show", "all that is known of one", show));
    CLI::App* play_one =
        add("play", "replay what its terminals showed; nothing in it can act on yours", play);
    with_id(play_one);
    play_one->add_option("--speed", q->speed, "2: twice as fast; 0: at once")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    CLI::App* to_file = add("export", "write its recording in another form", export_one);
    with_id(to_file);
    to_file->add_option("--format", q->format, "asciicast has what was typed too, where that is recorded")
        ->check(CLI::IsMember({"asciicast", "raw", "text"}))
        ->capture_default_str();
    to_file->add_option("--output", q->output, "file (default: stdout)");
    CLI::App* end = add("terminate", "end a live one", terminate);
    with_id(end);
    end->add_option("--reason", q->reason, "for the record");
}

}  // namespace sallyport::cli
