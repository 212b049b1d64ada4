// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/metrics.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sallyport::runtime {
namespace {

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
    Metrics metrics;
    metrics.counter("b_total", "Things that happened.") += 3;
    metrics.gauge("a", "Things that are.", [] { return 1.5; });
    metrics.info("c_info", "What it is.", "version=\"0.12.2\"");
    EXPECT_EQ(metrics.text(),
              "# HELP a Things that are.\n# TYPE a gauge\na 1.5\n"
              "# HELP b_total Things that happened.\n# TYPE b_total counter\nb_total 3\n"
              "# HELP c_info What it is.\n# TYPE c_info gauge\nc_info{version=\"0.12.2\"} 1\n");
    EXPECT_EQ(Metrics().text(), "");
}

TEST(Metrics, KeepEveryDigitOfLargeAndSmallFigures) {
    Metrics metrics;
    metrics.gauge("bytes", "Many.", [] { return 123456789.0; });
    metrics.gauge("seconds", "Few.", [] { return 0.0000125; });
    metrics.counter("c_total", "Most.") += UINT64_MAX;
    const std::string text = metrics.text();
    EXPECT_NE(text.find("\nbytes 123456789\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nseconds 1.25e-05\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nc_total 18446744073709551615\n"), std::string::npos) << text;
}

TEST(Metrics, AskForAGaugeWhenSomebodyReads) {
    Metrics metrics;
    double now = 1;
    metrics.gauge("a", "Now.", [&] { return now; });
    EXPECT_NE(metrics.text().find("\na 1\n"), std::string::npos);
    now = 2;
    EXPECT_NE(metrics.text().find("\na 2\n"), std::string::npos);
}

TEST(Metrics, CountEverythingUnderOneNameOnManyThreads) {
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 5'000; ++i) ++metrics.counter("n_total", "All.");
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(metrics.counter("n_total", "All."), 20'000U);
    EXPECT_EQ(metrics.counter("other_total", "None."), 0U);
}

TEST(Health, NamesEachTroubleUntilItIsWell) {
    Health health;
    EXPECT_TRUE(health.troubles().empty());
    health.trouble("store", "no room");
    health.trouble("store", "read-only");
    health.trouble("recordings", "no folder");
    EXPECT_EQ(health.troubles().at("store"), "read-only");
    EXPECT_EQ(health.troubles().size(), 2U);
    health.well("store");
    health.well("store");
    EXPECT_EQ(health.troubles(), (std::map<std::string, std::string>{{"recordings", "no folder"}}));
}

}  // namespace
}  // namespace sallyport::runtime
