// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sallyport::runtime {

/// The daemon's counters and gauges in Prometheus text form; each part reports here. Thread-safe.
class Metrics {
 public:
    using Counter = std::atomic<std::uint64_t>;

    /// The counter of that name, made at the first call; lives as long as this.
    [[nodiscard]] Counter& counter(const std::string& name, const std::string& help);
    /// A value read when somebody asks; `read` must be callable from any thread while this lives.
    void gauge(const std::string& name, const std::string& help, std::function<double()> read);
    /// A constant label set, e.g. a version: written as `NAME{LABELS} 1`.
    void info(const std::string& name, const std::string& help, const std::string& labels);

    [[nodiscard]] std::string text() const;

 private:
    struct Row {
        std::string help;
        std::string kind;
        std::string labels;
        std::unique_ptr<Counter> count;
        std::function<double()> read;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Row> rows_;
};

/// What ails the daemon, by part; a part without trouble is absent. Thread-safe.
class Health {
 public:
    void trouble(const std::string& part, const std::string& cause);
    void well(const std::string& part);
    [[nodiscard]] std::map<std::string, std::string> troubles() const;

 private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> troubles_;
};

}  // namespace sallyport::runtime
