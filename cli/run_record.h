// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "cli/api.h"

namespace sallyport::cli {

/// The bastion's API for as long as a run takes: a connection that was lost is made again.
class Record {
 public:
    explicit Record(Bastion bastion) : bastion_(std::move(bastion)) {}
    /// As Api's; a lost connection is tried once more. Used by one thread at a time.
    [[nodiscard]] Json post(const std::string& path, const Json& body);
    [[nodiscard]] Api& api();

 private:
    template <typename Ask>
    Json with_api(const Ask& ask);

    Bastion bastion_;
    std::unique_ptr<Api> api_;
};

/// One run while it goes on: its heartbeat, and what its tasks came to, told from a thread of its own.
class RunRecord {
 public:
    /// The run is on record; nothing else uses `record` from now until this ends. `results` is the file that
    /// the callback writes, or empty; `parent` the workflow that goes on with it, or empty.
    RunRecord(Record& record, std::string run_id, std::string parent, std::string public_key,
              std::string results);
    ~RunRecord();
    RunRecord(const RunRecord&) = delete;
    RunRecord& operator=(const RunRecord&) = delete;

    /// Whether somebody cancelled it.
    [[nodiscard]] bool is_cancelled() const noexcept { return is_cancelled_; }
    /// Ends the thread and tells the last results. Hosts on which something changed or failed.
    [[nodiscard]] std::set<std::string> finish();

 private:
    void run();
    void beat();
    void read_results();
    void tell_results();

    Record& record_;
    std::string run_id_;
    std::string parent_;
    std::string public_key_;
    std::string file_;
    std::ifstream results_;
    Json pending_ = Json::array();  // read, and not told yet
    std::set<std::string> affected_;
    std::atomic<bool> is_cancelled_{false};
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace sallyport::cli
