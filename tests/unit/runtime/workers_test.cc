// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/workers.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>

namespace sallyport::runtime {
namespace {

TEST(Workers, RunEachOnAThreadOfItsOwn) {
    Workers workers(2);
    ASSERT_EQ(workers.size(), 2U);
    std::thread::id on[2];
    for (std::size_t i = 0; i < 2; ++i) {
        std::promise<std::thread::id> said;
        boost::asio::post(workers.at(i).io, [&] { said.set_value(std::this_thread::get_id()); });
        on[i] = said.get_future().get();
        EXPECT_EQ(workers.at(i).index, i);
    }
    EXPECT_NE(on[0], on[1]);
    EXPECT_NE(on[0], std::this_thread::get_id());
}

TEST(Workers, GiveAConnectionToTheOneThatHasFewest) {
    Workers workers(3);
    workers.at(0).connections = 2;
    workers.at(1).connections = 1;
    workers.at(2).connections = 3;
    EXPECT_EQ(&workers.least_busy(), &workers.at(1));
    workers.at(1).connections = 9;
    EXPECT_EQ(&workers.least_busy(), &workers.at(0));
}

TEST(Workers, AreOnePerCoreWhereNoNumberIsGiven) {
    EXPECT_EQ(Workers(0).size(), std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace sallyport::runtime
