// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/fields.h"

#include <gtest/gtest.h>

namespace sallyport::ssh {
namespace {

std::string socket_open(const std::string& path) {
    return FieldWriter().text(path).text("").number(0).bytes();
}

TEST(Fields, AreReadAsTheyWereWritten) {
    const std::string odd("\0\xff", 2);
    const FieldWriter written = FieldWriter().number(0x01020384).text(odd).text("").number(0);
    EXPECT_EQ(written.bytes().substr(0, 4), "\x01\x02\x03\x84");
    FieldReader reader(written.bytes());
    EXPECT_EQ(reader.number(), 0x01020384U);
    EXPECT_EQ(reader.text(), odd);
    EXPECT_EQ(reader.text(), "");
    EXPECT_FALSE(reader.is_done());
    EXPECT_EQ(reader.number(), 0U);
    EXPECT_TRUE(reader.is_done());
}

TEST(Fields, AreAbsentFromWhereTheyAreCutOn) {
    const std::string bytes = FieldWriter().text("four").number(7).bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        FieldReader reader(std::string_view(bytes).substr(0, size));
        EXPECT_EQ(reader.text().has_value(), size >= 8) << size;
        EXPECT_FALSE(reader.number()) << size;
        EXPECT_FALSE(reader.is_done()) << size;
    }
    FieldReader huge(
        "\xff\xff\xff\xff"
        "abcd");
    EXPECT_FALSE(huge.text());
    EXPECT_FALSE(huge.number()) << "nothing is read after what was not there";
}

TEST(Fields, HoldThePathOfASocketWhichIsForPolicyToJudge) {
    EXPECT_EQ(read_socket_path(socket_open("/run/x.sock")), "/run/x.sock");
    EXPECT_EQ(read_socket_path(socket_open("/" + std::string(4095, 'x')))->size(), 4096U);
    EXPECT_FALSE(read_socket_path(socket_open("/" + std::string(4096, 'x'))));
    EXPECT_EQ(read_socket_path(socket_open("run/../x.sock")), "run/../x.sock");
    EXPECT_FALSE(read_socket_path(socket_open("")));
    EXPECT_FALSE(read_socket_path(socket_open(std::string("/run\0/x", 7))));
    EXPECT_FALSE(read_socket_path(socket_open("/run/x.sock") + "more"));
    EXPECT_FALSE(read_socket_path(FieldWriter().text("/run/x.sock").bytes()));
}

}  // namespace
}  // namespace sallyport::ssh
