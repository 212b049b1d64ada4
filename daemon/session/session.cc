// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/session.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/ids.h"
#include "daemon/runtime/log.h"
#include "daemon/runtime/spawn.h"
#include "daemon/taps/several.h"

namespace sallyport::session {
namespace {

using namespace std::chrono_literals;
constexpr auto sync_delay = 1500ms;  // with the write itself at most 2 s until power loss takes nothing

const char* name_of(live::StopReason reason) {
    switch (reason) {
        case live::StopReason::terminated:
            return "terminated";
        case live::StopReason::policy_change:
            return "policy_change";
        case live::StopReason::record_failure:
            return "record_failure";
        case live::StopReason::shutdown:
            return "shutdown";
    }
    return "terminated";
}

std::string words_for(live::StopReason reason, const std::string& by) {
    switch (reason) {
        case live::StopReason::terminated:
            return "this session was ended by " + by;
        case live::StopReason::policy_change:
            return "the policy no longer grants this session, so it ends";
        case live::StopReason::record_failure:
            return "this session cannot be recorded any more, so it ends";
        case live::StopReason::shutdown:
            return "the bastion is shutting down; connect again in a moment";
    }
    return "this session ends";
}

std::string kind_of(const ssh::Request& request) {
    if (request.kind == ssh::Request::Kind::shell) return "shell";
    return request.kind == ssh::Request::Kind::exec ? "exec" : "subsystem";
}

Kind permission_for(const ssh::Request& request) {
    if (request.kind == ssh::Request::Kind::shell) return Kind::shell;
    if (request.kind == ssh::Request::Kind::exec) return Kind::exec;
    return request.text == "sftp" ? Kind::sftp : Kind::subsystem;
}

std::int64_t seconds_since(SteadyTime from) {
    return whole_seconds(from, std::chrono::steady_clock::now()).count();
}

void put_exit(Event& event, const std::optional<ssh::Exit>& exit) {
    if (!exit) return;
    if (exit->code)
        event.put("exit_code", *exit->code);
    else
        event.text("exit_signal", exit->signal);
}

}  // namespace

Session::Session(const Live& live, ssh::Wire& wire, Proven who, Grant grant, Client client)
    : live_(live),
      wire_(wire),
      rules_(live.rules.get()),
      who_(std::move(who)),
      grant_(std::move(grant)),
      client_(std::move(client)),
      id_(new_id()) {}

Session::~Session() = default;

std::unique_ptr<Session> Session::start(const Live& live, ssh::Wire& wire, Proven who, Grant grant,
                                        Client client) {
    std::unique_ptr<Session> session(
        new Session(live, wire, std::move(who), std::move(grant), std::move(client)));
    Session& self = *session;
    if (!live.log.is_healthy())
        throw Error(Code::record, "the store fails or has too little space; see /healthz");
    live::Handles handles;
    handles.stop = [&self](live::StopReason reason, const std::string& by) {
        self.stop_detail_ = by;
        self.stop(name_of(reason), words_for(reason, by));
    };
    handles.recheck = [&self](const std::shared_ptr<const Rules>& rules) { self.recheck(rules); };
    const live::LiveSession entry{self.id_,
                                  self.client_.connection_id,
                                  self.who_.operator_name(),
                                  self.grant_.workspace().settings.name,
                                  self.grant_.target().name,
                                  self.grant_.login(),
                                  self.client_.address,
                                  to_rfc3339(wall_now())};
    self.place_in_roster_ = live.roster.enter(entry, wire.executor(), std::move(handles),
                                              self.rules_->config.limits.sessions_per_operator);
    if (!self.place_in_roster_)
        throw Error(Code::limit, "you have too many sessions open on this bastion; end one and try again");
    try {
        self.recording_ = std::make_unique<taps::RecordingFile>(live.recordings, self.id_);
    } catch (const Error& error) {
        self.post_failure(error.what());
        throw;
    }
    self.tasks_.begin(self.keep_start(), "session start");
    return session;
}

boost::asio::awaitable<void> Session::keep_start() {
    try {
        co_await live_.log.commit(start_event());
        is_on_record_ = true;
        ++live_.metrics.counter("sallyport_sessions_total", "Sessions that began.");
    } catch (const Error& error) {
        unrecorded_ = error;
    }
}

boost::asio::awaitable<std::optional<Error>> Session::started() {
    co_await tasks_.finish();
    if (is_on_record_) co_return std::nullopt;
    recording_->discard();
    place_in_roster_.reset();
    co_return unrecorded_.value_or(Error(Code::record, "there is no memory"));
}

Event Session::start_event() const {
    const Target& target = grant_.target();
    Event event("ssh_session.start");
    event.put("session_id", id_).put("connection_id", client_.connection_id);
    event.put("workspace", grant_.workspace().settings.name).put("user", who_.operator_name());
    Json host = {
        {"inventory_name", target.name}, {"ansible_host", target.ansible_host}, {"port", target.port}};
    const std::string reported = live_.hostnames.find(grant_.workspace().settings.name, target.name);
    if (!reported.empty()) host["hostname_reported"] = reported;
    event.put("host", std::move(host));
    event.text("login", grant_.login());
    if (const auto& lent = who_.lent()) {
        if (!lent->facts().run_id.empty()) event.put("run_id", lent->facts().run_id);
        if (!lent->facts().cli_instance_id.empty())
            event.put("cli_instance_id", lent->facts().cli_instance_id);
    }
    put_client(event, client_, false);
    put_jump(event, client_);
    event.put("role", grant_.role());
    if (!grant_.workspace().commit.empty()) event.put("workspace_commit", grant_.workspace().commit);
    event.put("inventory_sha256", grant_.workspace().inventory.sha256)
        .put("policy_version", grant_.policy_version());
    return event;
}

Event Session::channel_start(const relay::Line& line, const ssh::Request& request) const {
    Event event("channel.start");
    event.put("session_id", id_).put("channel_id", line.id).put("kind", kind_of(request));
    if (request.kind == ssh::Request::Kind::exec) event.text("command", request.text);
    if (request.kind == ssh::Request::Kind::subsystem) event.text("subsystem", request.text);
    if (line.pty) {
        event.put("pty", Json{{"columns", line.pty->columns}, {"rows", line.pty->rows}});
        event.text_in("pty", "term", line.pty->term);
    }
    for (const auto& [name, value] : line.env) event.text_in("env", name, value);
    return event;
}

/// By the rules of now, not of the start: a reload may have taken a kind away.
std::variant<Kind, Denial> Session::permitted(const relay::Line& line, const ssh::Request& request) const {
    const auto rules = live_.rules.get();
    const Kind wanted = permission_for(request);
    const auto denial = permits(*rules, grant_, who_, wanted, wall_now());
    if (!denial) return wanted;
    if (wanted != Kind::sftp || permits(*rules, grant_, who_, Kind::sftp_read, wall_now())) return *denial;
    if (line.pty) return Denial{"terminal", "a terminal alters what sftp_read would have to follow", ""};
    return Kind::sftp_read;
}

boost::asio::awaitable<std::optional<std::string>> Session::pass(relay::Line& line,
                                                                 const ssh::Request& request) {
    if (!request.starts()) co_return std::nullopt;
    const auto verdict = permitted(line, request);
    if (const auto* denial = std::get_if<Denial>(&verdict)) {
        deny(kind_of(request), *denial);
        co_return "this is not permitted here: " + kind_of(request);
    }
    line.kind = kind_of(request);
    open_[line.id].kind = std::get<Kind>(verdict);
    co_await live_.log.commit(channel_start(line, request));
    line.is_on_record = true;
    co_return std::nullopt;
}

boost::asio::awaitable<std::optional<std::string>> Session::pass_forward(relay::Line& line) {
    auto passing = forwards_.pass(line);
    co_return co_await std::move(passing);
}

void Session::deny(const std::string& kind, const Denial& denial) {
    Event event = denied_event(client_, who_.operator_name());
    event.put("workspace", grant_.workspace().settings.name).put("host", grant_.target().name);
    event.text("login", grant_.login());
    event.put("kind", kind).put("reason", denial.reason);
    if (!denial.rule.empty()) event.put("rule", denial.rule);
    live_.log.post(std::move(event));
    ++live_.metrics.counter("sallyport_refusals_total", "Sessions and requests that policy refused.");
}

std::unique_ptr<relay::Tap> Session::tap(const relay::Line& line) {
    if (line.forward) return forwards_.tap(line);
    const auto& settings = rules_->config.recording;
    std::optional<taps::KeptOutput> kept;
    if (!line.pty) kept = taps::KeptOutput{settings.exec_cap, settings.digest == Digest::whole};
    const auto input = line.pty && settings.input ? taps::Input::echoed : taps::Input::never;
    auto made =
        std::make_unique<taps::Recorder>(*recording_, line.number, kept, input, [this] { schedule_sync(); });
    if (line.pty) made->resize(line.pty->columns, line.pty->rows);
    Open& open = open_[line.id];
    open.recorder = made.get();
    const bool is_sftp = open.kind == Kind::sftp || open.kind == Kind::sftp_read;
    auto reader = is_sftp ? files_.tap(line, open.kind) : nullptr;
    if (!reader) return made;
    auto both = std::make_unique<taps::Several>();
    both->add(std::move(made));
    both->add(std::move(reader));
    return both;
}

void Session::ended(const relay::Line& line, const relay::LineEnd& end, relay::Tap* tap) {
    count(end);
    if (line.forward) return forwards_.ended(line, end);
    files_.ended(line.id);
    Event event("channel.end");
    event.put("session_id", id_).put("channel_id", line.id);
    put_exit(event, end.exit);
    event.put("duration_seconds", seconds_since(line.started));
    event.put("bytes_in", end.bytes_in).put("bytes_out", end.bytes_out);
    if (!end.cause.empty()) event.text("cause", end.cause);
    if (auto* recorder = open_[line.id].recorder) {
        try {
            recorder->finish();
        } catch (const Error& error) {
            stop_detail_ = error.what();
            stop("record_failure", "");
        }
        if (const auto digest = recorder->output_sha256()) event.put("output_sha256", *digest);
        if (const auto kept = recorder->kept_bytes()) event.put("output_kept", *kept);
    }
    live_.log.post(std::move(event));
    open_.erase(line.id);
    const bool has_begun = tap != nullptr;  // and was not refused by the target
    if (has_begun && (line.number == 1 || (!has_first_exit_ && line.kind != "subsystem"))) {
        if (line.kind != "subsystem") has_first_exit_ = true;
        first_exit_ = end.exit;
    }
}

void Session::count(const relay::LineEnd& end) {
    bytes_in_ += end.bytes_in;
    bytes_out_ += end.bytes_out;
    live_.metrics.counter("sallyport_bytes_in_total",
                          "Bytes from operators to targets, of ended channels.") += end.bytes_in;
    live_.metrics.counter("sallyport_bytes_out_total",
                          "Bytes from targets to operators, of ended channels.") += end.bytes_out;
}

void Session::post_failure(const std::string& cause) {
    Event event("record.failure");
    event.put("what", "recording").put("session_id", id_).text("cause", cause);
    live_.log.post(std::move(event));
}

bool Session::ended_by_signal() const {
    return first_exit_ && !first_exit_->code;
}

void Session::stop(std::string reason, std::string words) {
    if (stop_reason_.empty()) stop_reason_ = std::move(reason);
    if (relay_ != nullptr) relay_->stop(std::move(words));
}

void Session::recheck(const std::shared_ptr<const Rules>& rules) {
    std::set<Kind> in_use;
    for (const auto& [channel, open] : open_) in_use.insert(open.kind);
    if (still_granted(*rules, grant_, who_, in_use, wall_now()) && forwards_.are_permitted(*rules)) return;
    stop("policy_change", words_for(live::StopReason::policy_change, ""));
}

void Session::schedule_sync() {
    if (is_sync_due_) return;
    is_sync_due_ = true;
    tasks_.begin(sync(), "recording sync");
}

void Session::schedule_flood() {
    if (is_flood_due_) return;
    is_flood_due_ = true;
    tasks_.begin(tell_flood(), "file flood");
}

boost::asio::awaitable<void> Session::tell_flood() {
    co_await wire_.until([this] { return !is_watching_; },
                         std::chrono::steady_clock::now() + taps::FileLog::window);
    is_flood_due_ = false;
    files_.flush();
}

boost::asio::awaitable<void> Session::force_recording() {
    std::function<void()> work = [this] { recording_->sync(); };
    co_await live_.pool.run(std::move(work));
}

boost::asio::awaitable<void> Session::sync() {
    std::optional<Error> failure;
    co_await wire_.until([this] { return !is_watching_; }, std::chrono::steady_clock::now() + sync_delay);
    is_sync_due_ = false;
    try {
        co_await force_recording();
    } catch (const Error& error) {
        failure = error;
    }
    if (failure) {
        stop_detail_ = failure->what();
        stop("record_failure", "this session cannot be recorded any more, so it ends");
    }
}

void Session::begin_watch(relay::Relay& relay, ssh::Leg& door, ssh::Leg& link, IsBusy is_busy) {
    relay_ = &relay;
    tasks_.begin(watch(relay, door, link, std::move(is_busy)), "session watch");
}

boost::asio::awaitable<void> Session::watch(relay::Relay& relay, ssh::Leg& door, ssh::Leg& link,
                                            IsBusy is_busy) {
    if (!stop_reason_.empty()) relay.stop("this session was ended before it began");
    const Timeouts times = rules_->config.timeouts;
    auto next_keepalive = std::chrono::steady_clock::now() + times.keepalive;
    while (is_watching_) {
        const auto active = is_busy() ? std::chrono::steady_clock::now() : relay.last_active();
        const auto next = std::min({active + times.idle, began_ + times.max, next_keepalive});
        co_await wire_.until([this] { return !is_watching_; }, next);
        const auto now = std::chrono::steady_clock::now();
        if (now >= next_keepalive) {
            door.keep_alive(times.keepalive);
            link.keep_alive(times.keepalive);
            next_keepalive = now + times.keepalive;
        }
        if (now >= began_ + times.max) {
            stop("max_duration", "this session has reached its longest duration, so it ends");
            break;
        }
        if (!is_busy() && now >= relay.last_active() + times.idle) {
            stop("idle_timeout", "this session was idle for too long, so it ends");
            break;
        }
    }
}

boost::asio::awaitable<void> Session::finish(std::string reason, std::string detail) {
    is_watching_ = false;
    relay_ = nullptr;
    wire_.kick();
    co_await tasks_.finish();
    if (!stop_reason_.empty()) reason = stop_reason_;
    if (!stop_detail_.empty()) detail = stop_detail_;
    std::optional<Error> failure;
    try {
        co_await force_recording();
    } catch (const Error& error) {
        failure = error;
    }
    if (failure) {
        reason = "record_failure";
        detail = failure->what();
    }
    if (recording_->has_failed()) post_failure(detail);
    files_.flush();
    Event event("ssh_session.end");
    event.put("session_id", id_).put("end_reason", reason);
    if (!detail.empty()) event.text("detail", detail);
    put_exit(event, first_exit_);
    event.put("duration_seconds", seconds_since(began_))
        .put("bytes_in", bytes_in_)
        .put("bytes_out", bytes_out_);
    const auto facts = recording_->facts();
    event.put("recording", Json{{"size", facts.size}, {"sha256", facts.sha256}});
    live_.log.post(std::move(event));
    place_in_roster_.reset();
    log::info("session ended", {{"session", id_},
                                {"user", who_.operator_name()},
                                {"host", grant_.target().name},
                                {"reason", reason},
                                {"detail", detail}});
}

}  // namespace sallyport::session
