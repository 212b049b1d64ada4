// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "common/digest.h"
#include "common/ids.h"
#include "common/recording.h"
#include "daemon/audit/writer.h"
#include "tests/unit/temporary.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;
const std::filesystem::path source = SALLYPORT_SOURCE;

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

/// The first fenced block of a page after `heading`, without its fences.
std::string block(const std::string& page, const std::string& heading) {
    const std::size_t open = page.find("```", page.find(heading));
    const std::size_t begin = page.find('\n', open) + 1;
    return page.substr(begin, page.find("```", begin) - begin);
}

bool is_installed(const std::string& program) {
    return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

/// The worked verification of docs/events.md, run as it stands there over a store that the writer wrote.
class WorkedExample : public ::testing::Test {
 protected:
    Temporary folder;
    std::vector<std::string> lines;
    std::size_t checkpoint = 0;

    void SetUp() override {
        if (!is_installed("jq") || !is_installed("ssh-keygen")) GTEST_SKIP() << "needs jq and ssh-keygen";
        const auto store = store::open_sqlite(folder.text());
        runtime::Metrics metrics;
        runtime::Health health;
        audit::Writer(*store, NodeKey::generate(), {"gate-1", folder.text(), "0", "x", "y"}, {},
                      {Event("access.denied").text("typed", "caf\xc3\xa9 \\n \"x\" \xff")}, metrics, health);
        store->each(0, UINT64_MAX, [&](const store::Stored& event) {
            lines.push_back(store::export_line(event));
            if (event.type == "checkpoint") checkpoint = event.seq;
        });
    }

    /// What the example prints, and whether its last step, the signature, was good.
    std::pair<std::string, bool> run() const {
        std::ofstream out(folder / "export.jsonl");
        for (const std::string& line : lines) out << line << '\n';
        out.close();
        std::ofstream(folder / "example.sh")
            << "n=" << checkpoint << "\n"
            << block(read(source / "docs/events.md"), "## Verifying by hand");
        const std::string command = "cd '" + folder.text() + "' && bash example.sh >printed 2>&1";
        const int status = std::system(command.c_str());
        return {read(folder / "printed"), WIFEXITED(status) && WEXITSTATUS(status) == 0};
    }
};

TEST_F(WorkedExample, FindsAGenuineExportWhole) {
    const auto [printed, is_good] = run();
    EXPECT_TRUE(is_good) << printed;
    EXPECT_EQ(printed.find("broken"), std::string::npos) << printed;
    EXPECT_NE(printed.find("Good \"sallyport-checkpoint\" signature for gate-1"), std::string::npos)
        << printed;
}

TEST_F(WorkedExample, NamesTheEventAfterAnEditedLine) {
    lines[1].replace(lines[1].find("\"version\":\"y\""), 13, "\"version\":\"z\"");
    EXPECT_EQ(run().first.find("broken at 3\n"), 0U);
}

TEST_F(WorkedExample, RefusesASignatureOverAnotherHead) {
    std::string& line = lines[checkpoint - 1];
    const std::size_t prev = line.find("\"prev\":\"") + 8;
    line[prev] = line[prev] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(run().second);
}

TEST(DocsOfEvents, NameEveryTypeThatIsWritten) {
    const std::string page = read(source / "docs/events.md");
    const std::regex made(
        R"re((?:Event(?: \w+)?\(|Event& event = out\.emplace_back\()"([a-z_]+\.?[a-z_]+)"|"(file\.[a-z]+)")re");
    std::set<std::string> types;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source / "daemon")) {
        if (entry.path().extension() != ".cc") continue;
        const std::string text = read(entry.path());
        for (std::sregex_iterator at(text.begin(), text.end(), made), end; at != end; ++at)
            types.insert((*at)[1].matched ? (*at)[1] : (*at)[2]);
    }
    EXPECT_GE(types.size(), 15U);
    for (const std::string& type : types)
        EXPECT_NE(page.find("`" + type + "`"), std::string::npos) << "docs/events.md lacks " << type;
}

/// Whether a file of tests has a test of that name, as docs/threat-model.md writes it.
bool has_test(const std::string& file, const std::string& name) {
    const std::string text = read(source / "tests" / file);
    if (file.ends_with(".py")) return text.find("def test_" + name + "(") != std::string::npos;
    const std::size_t dot = name.find('.');
    return text.find("(" + name.substr(0, dot) + ", " + name.substr(dot + 1) + ")") != std::string::npos;
}

TEST(DocsOfThreats, NameTestsThatThereAre) {
    const std::string page = read(source / "docs/threat-model.md");
    const std::regex named(R"re(`([a-z0-9_/]+_test\.(?:py|cc)) ([A-Za-z0-9_.]+)`)re");
    std::size_t count = 0;
    for (std::sregex_iterator at(page.begin(), page.end(), named), end; at != end; ++at, ++count)
        EXPECT_TRUE(has_test((*at)[1], (*at)[2])) << (*at)[1] << " has no " << (*at)[2];
    EXPECT_GE(count, 40U);
    EXPECT_FALSE(has_test("e2e/crowd_test.py", "nothing"));
    EXPECT_FALSE(has_test("unit/docs/docs_test.cc", "DocsOfThreats.Nothing"));
}

std::string frames_shown_after(const std::string& words) {
    std::string shown = block(read(source / "docs/recording.md"), words);
    std::erase_if(shown, [](char c) { return c == ' ' || c == '\n'; });
    return shown;
}

TEST(DocsOfRecordings, ShowAFrameAsItIsWritten) {
    std::string frame;
    append_frame(frame, {1, 10us, FrameKind::output, "hi\n"});
    EXPECT_EQ(frames_shown_after("Example:"), to_hex(frame));
}

TEST(DocsOfRecordings, ShowInputAsItIsWritten) {
    std::string frames;
    append_frame(frames, {1, 1s, FrameKind::input, "ls\r"});
    append_frame(frames, {1, 2s, FrameKind::input, unechoed_payload(8)});
    EXPECT_EQ(frames_shown_after("Enter were typed"), to_hex(frames));
}

TEST(DocsOfRecordings, GiveTheHeadersSizes) {
    const std::string id = new_id();
    const std::string header = recording_header(id, WallTime(1us));
    EXPECT_EQ(header, "SALLYREC\x01" + id + std::string(7, '\0') + "\x01");
}

}  // namespace
}  // namespace sallyport
