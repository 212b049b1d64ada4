// SPDX-License-Identifier: Apache-2.0
#include "cli/run_record.h"

#include <chrono>
#include <cstdio>

#include "common/error.h"

namespace sallyport::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto look_every = 2s;
constexpr auto beat_every = 30s;
constexpr std::size_t max_results = 500;  // in one request

std::string path_of(const std::string& run_id, const char* what) {
    return "/api/v1/cli/action-runs/" + run_id + "/" + what + "/";
}

}  // namespace

Api& Record::api() {
    if (!api_) api_ = std::make_unique<Api>(bastion_);
    return *api_;
}

template <typename Ask>
Json Record::with_api(const Ask& ask) {
    try {
        return ask(api());
    } catch (const Error& error) {
        if (error.code() != Code::unreachable) throw;
    }
    api_.reset();
    return ask(api());
}

Json Record::post(const std::string& path, const Json& body) {
    return with_api([&](Api& api) { return api.post(path, body); });
}

RunRecord::RunRecord(Record& record, std::string run_id, std::string parent, std::string public_key,
                     std::string results)
    : record_(record),
      run_id_(std::move(run_id)),
      parent_(std::move(parent)),
      public_key_(std::move(public_key)),
      file_(std::move(results)),
      thread_([this] { run(); }) {}

RunRecord::~RunRecord() {
    if (thread_.joinable()) (void)finish();
}

std::set<std::string> RunRecord::finish() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    wake_.notify_all();
    thread_.join();
    return affected_;
}

void RunRecord::run() {
    auto next_beat = std::chrono::steady_clock::now() + beat_every;
    for (bool is_last = false; !is_last;) {
        {
            std::unique_lock lock(mutex_);
            is_last = wake_.wait_for(lock, look_every, [this] { return is_over_; });
        }
        try {
            tell_results();
            if (std::chrono::steady_clock::now() < next_beat || is_last) continue;
            next_beat = std::chrono::steady_clock::now() + beat_every;
            beat();
        } catch (const Error& error) {  // the run goes on; its next sign of life tries again
            std::fprintf(stderr, "sallyport: the bastion does not hear of this run: %s\n", error.what());
        }
    }
}

void RunRecord::beat() {
    const Json answer = record_.post(path_of(run_id_, "heartbeat"), Json{{"public_key", public_key_}});
    if (answer.value("status", std::string("running")) != "running") is_cancelled_ = true;
    if (!parent_.empty()) (void)record_.post(path_of(parent_, "heartbeat"), Json::object());
}

void RunRecord::read_results() {
    results_.clear();
    while (pending_.size() < max_results) {
        const auto before = results_.tellg();
        std::string line;
        if (!std::getline(results_, line) || results_.eof()) {  // a line that is being written waits
            results_.clear();
            results_.seekg(before);
            return;
        }
        Json row = Json::parse(line, nullptr, false);
        if (!row.is_object()) continue;
        const std::string status = row.value("status", std::string());
        if (status == "changed" || status == "failed") affected_.insert(row.value("host", std::string()));
        pending_.push_back(std::move(row));
    }
}

void RunRecord::tell_results() {
    if (file_.empty()) return;
    if (!results_.is_open()) results_.open(file_);
    for (read_results(); !pending_.empty(); read_results()) {
        (void)record_.post(path_of(run_id_, "results"), Json{{"results", pending_}});
        pending_.clear();
    }
}

}  // namespace sallyport::cli
