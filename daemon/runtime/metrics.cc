// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/metrics.h"

#include <charconv>
#include <sstream>

namespace sallyport::runtime {
namespace {

/// The shortest text that reads back as the same number; a stream would cut it to six digits.
std::string written(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

Metrics::Counter& Metrics::counter(const std::string& name, const std::string& help) {
    const std::lock_guard lock(mutex_);
    Row& row = rows_[name];
    if (!row.count) {
        row.help = help;
        row.kind = "counter";
        row.count = std::make_unique<Counter>(0);
    }
    return *row.count;
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read) {
    const std::lock_guard lock(mutex_);
    Row& row = rows_[name];
    row.help = help;
    row.kind = "gauge";
    row.read = std::move(read);
}

void Metrics::info(const std::string& name, const std::string& help, const std::string& labels) {
    const std::lock_guard lock(mutex_);
    Row& row = rows_[name];
    row.help = help;
    row.kind = "gauge";
    row.labels = "{" + labels + "}";
    row.read = [] { return 1.0; };
}

std::string Metrics::text() const {
    const std::lock_guard lock(mutex_);
    std::ostringstream out;
    for (const auto& [name, row] : rows_) {
        out << "# HELP " << name << ' ' << row.help << "\n# TYPE " << name << ' ' << row.kind << '\n';
        out << name << row.labels << ' ';
        if (row.count)
            out << row.count->load(std::memory_order_relaxed);
        else
            out << written(row.read());
        out << '\n';
    }
    return out.str();
}

void Health::trouble(const std::string& part, const std::string& cause) {
    const std::lock_guard lock(mutex_);
    troubles_[part] = cause;
}

void Health::well(const std::string& part) {
    const std::lock_guard lock(mutex_);
    troubles_.erase(part);
}

std::map<std::string, std::string> Health::troubles() const {
    const std::lock_guard lock(mutex_);
    return troubles_;
}

}  // namespace sallyport::runtime
