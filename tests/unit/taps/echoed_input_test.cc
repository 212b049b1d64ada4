// SPDX-License-Identifier: Apache-2.0
#include "daemon/taps/echoed_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/recording.h"

namespace sallyport::taps {
namespace {

using Frames = std::vector<std::string>;

/// Both ends of a terminal: what is typed, what is shown, and what was kept of it; `<9>` is a count of nine.
struct Terminal {
    EchoedInput input;
    Frames frames;
    std::uint64_t counted = 0;

    void take(const std::vector<std::string>& payloads) {
        for (const std::string& payload : payloads) {
            const auto count = unechoed_bytes(payload);
            counted += count.value_or(0);
            frames.push_back(count ? "<" + std::to_string(*count) + ">" : payload);
        }
    }
    void type(std::string_view bytes) { take(input.typed(bytes)); }
    void show(std::string_view bytes) { input.shown(bytes); }
    void type_each(std::string_view keys) {
        for (const char key : keys) type(std::string(1, key));
    }
    /// Types key by key at a target that echoes each.
    void echo(std::string_view keys) {
        for (const char key : keys) {
            type(std::string(1, key));
            show(std::string(1, key));
        }
    }
    /// The frames, with a line that never ended.
    Frames finish() {
        take(input.finish());
        return frames;
    }
    [[nodiscard]] std::string kept() const {
        std::string all;
        for (const std::string& frame : frames)
            if (frame[0] != '<') all += frame;
        return all;
    }
};

TEST(EchoedInput, KeepsALineThatWasEchoedKeyByKeyWhenItEnds) {
    Terminal t;
    t.show("\x1b[?2004h$ ");
    t.echo("ls -l");
    EXPECT_TRUE(t.frames.empty()) << "before Enter it may still turn out to be a secret";
    t.type("\r");
    EXPECT_EQ(t.frames, Frames{"ls -l\r"});
    t.show("\r\n\x1b[?2004l\rtotal 0\r\n$ ");
    t.echo("pwd");
    t.type("\n");
    EXPECT_EQ(t.finish(), (Frames{"ls -l\r", "pwd\n"}));
}

TEST(EchoedInput, CountsAPasswordThatIsTypedWithEchoOff) {
    for (const bool at_once : {true, false}) {
        Terminal t;
        t.show("[sudo] password for alice: ");
        at_once ? t.type("hunter2\r") : t.type_each("hunter2\r");
        t.show("\r\nSorry, try again.\r\n");
        EXPECT_EQ(t.finish(), Frames{"<8>"});
    }
}

TEST(EchoedInput, FollowsAnEchoThatComesInPiecesAndBehindTheKeys) {
    Terminal t;
    t.type("echo caf\xc3");
    t.show("ec");
    t.type("\xa9 \xe2\x82\xac");
    t.show("ho caf");
    t.show("\xc3");
    t.show("\xa9 \xe2\x82");
    t.show("\xac");
    t.type("\r");
    EXPECT_EQ(t.finish(), Frames{"echo caf\xc3\xa9 \xe2\x82\xac\r"});
}

TEST(EchoedInput, CountsALineOfWhichTheLastByteWasNotShownBeforeEnter) {
    Terminal t;
    t.type("ls\xc3\xa9");
    t.show("ls\xc3");
    t.type("\r");
    t.show("\xa9\r\n");
    EXPECT_EQ(t.finish(), Frames{"<5>"});
}

TEST(EchoedInput, TakesWhatIsShownAfterEnterForNoEcho) {
    Terminal t;
    t.show("secret: ");
    t.type("hunter2\r");
    t.show("hunter2\r\n");  // read -s x; echo $x
    t.type_each("hunter3\r");
    t.show("hunter3\r\n");
    EXPECT_EQ(t.finish(), (Frames{"<8>", "<8>"}));
}

TEST(EchoedInput, CountsAPasswordWhoseLettersThePromptHas) {
    Terminal ahead;
    ahead.type_each("Pass");
    ahead.show("Password: ");
    ahead.type_each("\r");
    EXPECT_EQ(ahead.finish(), Frames{"<5>"});
    Terminal longer;
    longer.type("Password: now");
    longer.show("Password: ");
    longer.type("\r");
    EXPECT_EQ(longer.finish(), Frames{"<14>"});
    Terminal before;
    before.show("hunter2");
    before.type("hunter2\r");
    EXPECT_EQ(before.finish(), Frames{"<8>"});
    Terminal within;
    within.show("Pass");
    within.type_each("word");
    within.show("word:");
    within.type("\r");
    EXPECT_EQ(within.finish(), Frames{"<5>"});
}

TEST(EchoedInput, CountsAPasswordOfWhichTheOutputShowsAPartByChance) {
    const std::string password = "s3cret";
    for (std::size_t hit = 0; hit < password.size(); ++hit) {
        Terminal t;
        for (std::size_t i = 0; i < password.size(); ++i) {
            t.type(password.substr(i, 1));
            if (i <= hit) t.show(password.substr(i, 1));
        }
        if (hit + 1 == password.size()) t.show(".");  // all of it, but not alone
        t.type("\r");
        EXPECT_EQ(t.finish(), Frames{"<7>"}) << hit;
    }
}

TEST(EchoedInput, CountsWhatIsShownAsAMask) {
    for (const std::string password : {"hunter2", "**hunter", "*", "****", "*1", "1*"}) {
        Terminal t;
        t.show("Password: ");
        for (const char key : password) {
            t.type(std::string(1, key));
            t.show("*");
        }
        t.type("\r");
        EXPECT_EQ(t.finish(), Frames{"<" + std::to_string(password.size() + 1) + ">"}) << password;
    }
    Terminal dots;
    dots.echo("\xe2\x80\xa2\xe2\x80\xa2");
    dots.type("\r");
    EXPECT_EQ(dots.finish(), Frames{"<7>"});
    Terminal shown_for_a_moment;
    for (const char key : std::string("hunter2")) {
        shown_for_a_moment.type(std::string(1, key));
        shown_for_a_moment.show(std::string(1, key));
        shown_for_a_moment.show("\b*");
    }
    shown_for_a_moment.type("\r");
    EXPECT_EQ(shown_for_a_moment.finish(), Frames{"<8>"});
}

TEST(EchoedInput, KeepsAnAnswerOfOneLetterAndCountsAnEmptyLine) {
    Terminal t;
    t.show("Go on? [y/n] ");
    t.echo("y");
    t.type("\r");
    t.type("\r");
    t.show("\r\n");
    t.echo("7");
    t.type("\r");
    EXPECT_EQ(t.finish(), (Frames{"y\r", "<1>", "7\r"}));
}

TEST(EchoedInput, CountsAPasswordThatIsTypedAheadOfItsPrompt) {
    Terminal t;
    t.echo("sudo -i");
    t.type("\rhunter2");  // before the target did anything
    t.show("\r\n[sudo] password for alice: ");
    t.type("\r");
    t.show("\r\n# ");
    t.echo("id");
    t.type("\r");
    EXPECT_EQ(t.finish(), (Frames{"sudo -i\r", "<8>", "id\r"}));
}

TEST(EchoedInput, CountsLinesThatArePastedTogetherInOneFrame) {
    Terminal t;
    std::string paste;
    for (int i = 0; i < 1000; ++i) paste += "echo " + std::to_string(i) + "\r";
    t.type(paste);
    t.show("echo 0\r\n0\r\n$ ");
    EXPECT_EQ(t.frames, Frames{"<" + std::to_string(paste.size()) + ">"});
}

TEST(EchoedInput, GoesOnWithTheNextLineAfterOneThatWasLost) {
    Terminal t;
    t.type("late\r");
    t.show("late\r\n$ ");
    t.echo("ls");
    t.type("\r");
    EXPECT_EQ(t.finish(), (Frames{"<5>", "ls\r"}));
}

TEST(EchoedInput, CountsALineThatOtherOutputCameInto) {
    Terminal t;
    t.echo("mail");
    t.show("\r\nBroadcast message\r\n");
    t.echo(" bob");
    t.type("\r");
    EXPECT_EQ(t.finish(), Frames{"<9>"});
}

TEST(EchoedInput, FollowsABackspaceAsATerminalOrAShellShowsIt) {
    for (const std::string shown : {"\b \b", "\b\x1b[K"}) {
        Terminal t;
        t.echo("lx");
        t.type("\x7f");
        for (const char byte : shown) t.show(std::string(1, byte));
        t.echo("s");
        t.type("\r");
        EXPECT_EQ(t.finish(), Frames{"lx\x7fs\r"});
    }
}

TEST(EchoedInput, CountsALineWhoseBackspaceIsNotShownAsOne) {
    for (const std::string shown : {"", "\b", "\b ", "\b \a", "\a", "x", "\b\x1b[J"}) {
        Terminal t;
        t.echo("lx");
        t.type("\x7f");
        t.show(shown);
        t.type("\r");
        EXPECT_EQ(t.finish(), Frames{"<4>"}) << shown;
    }
    Terminal secret;
    secret.show("Password: ");
    secret.type_each("hum\x7fnter2\x7f\x7f\r");
    EXPECT_EQ(secret.finish(), Frames{"<12>"});
}

TEST(EchoedInput, KeepsThePartOfALineBeforeAKeyThatItCannotFollow) {
    Terminal t;
    t.echo("cat /etc/pass");
    t.type("\t");
    t.show("wd ");
    t.type_each("x\x1b[D\r");
    EXPECT_EQ(t.finish(), (Frames{"cat /etc/pass", "<6>"}));
}

TEST(EchoedInput, CountsAPartThatIsShortOrWasNotEchoedOrIsAMask) {
    Terminal brief;
    brief.echo("cat");
    brief.type("\t\r");
    EXPECT_EQ(brief.finish(), Frames{"<5>"});
    Terminal unseen;
    unseen.type("hunter\t2\r");
    EXPECT_EQ(unseen.finish(), Frames{"<9>"});
    Terminal partly;
    partly.echo("hunt");
    partly.type("er\t2\r");
    EXPECT_EQ(partly.finish(), Frames{"<9>"});
    Terminal stars;
    stars.echo("*****");
    stars.type("\t\r");
    EXPECT_EQ(stars.finish(), Frames{"<7>"});
}

TEST(EchoedInput, BeginsALineAnewAfterOneThatWasDropped) {
    for (const std::string key : {"\x03", "\x04", "\x15", "\x1a"}) {
        Terminal t;
        t.echo("rm");
        t.type(key);
        t.show("^C\r\n$ ");
        t.echo("ls");
        t.type("\r");
        EXPECT_EQ(t.finish(), (Frames{"<3>", "ls\r"}));
        Terminal secret;
        secret.show("Password: ");
        secret.type_each("hump" + key + "hunter2\r");
        EXPECT_EQ(secret.kept(), "");
        EXPECT_EQ(secret.counted, 13U);
    }
}

TEST(EchoedInput, KeepsNoControlKeySoThatACountIsNeverMistakenForInput) {
    Terminal t;
    for (int key = 0; key < 0x20; ++key) {
        if (key == '\r' || key == '\n') continue;
        t.echo("word" + std::string(1, static_cast<char>(key)));
        t.type("\r");
    }
    for (const std::string& frame : t.finish())
        EXPECT_TRUE(frame == "word" || frame == "word\b" || frame[0] == '<') << frame;
}

TEST(EchoedInput, HoldsALineUpToABoundAndCountsTheRest) {
    std::string line;
    while (line.size() < EchoedInput::max_line) line += "ab";
    Terminal fits;
    fits.echo(line);
    fits.type("\r");
    EXPECT_EQ(fits.finish(), Frames{line + "\r"});
    Terminal longer;
    longer.echo(line + "cd");
    longer.type("\r");
    EXPECT_EQ(longer.finish(), (Frames{line, "<3>"}));
    Terminal unseen;
    unseen.type(line + line + "\r");
    EXPECT_EQ(unseen.finish(), Frames{"<" + std::to_string(2 * line.size() + 1) + ">"});
}

TEST(EchoedInput, FollowsAShellOverTheMarginButNothingLikeIt) {
    Terminal t;
    t.echo("echo 1234");
    t.show(" ");
    t.show("\r");
    t.echo("5");
    t.type("\r");
    EXPECT_EQ(t.finish(), Frames{"echo 12345\r"});
    for (const std::string shown : {" ", " x", "  \r", "\r", " \r\n"}) {
        Terminal other;
        other.echo("echo 1234");
        other.show(shown);
        other.echo("5");
        other.type("\r");
        EXPECT_EQ(other.finish(), Frames{"<11>"}) << shown;
    }
    Terminal within;
    within.echo("echo 1234");
    within.show(" ");
    within.type("\r");
    EXPECT_EQ(within.finish(), Frames{"<10>"});
}

TEST(EchoedInput, CountsALineThatNeverEnded) {
    Terminal t;
    t.echo("exit");
    EXPECT_EQ(t.finish(), Frames{"<4>"});
    EXPECT_EQ(t.finish(), Frames{"<4>"}) << "and only once";
    EXPECT_TRUE(Terminal().finish().empty());
}

/// A person at a shell: commands that are echoed, and secrets that are not.
struct Person {
    std::mt19937& random;
    Terminal terminal;
    std::string commands;
    std::vector<std::string> secrets;

    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    }
    std::string word(std::string_view letters, std::size_t least) {
        std::string out;
        for (std::size_t left = least + below(12); left > 0; --left) out += letters[below(letters.size())];
        return out;
    }
    void command() {
        terminal.show("$ ");
        const std::string line = "run " + word("abc ", 1);
        terminal.echo(line);
        terminal.type("\r");
        commands += line + "\r";
        terminal.show("\r\n" + word("abcs3*\r\n", 0));
    }
    void secret() {
        const std::string secret = word("abcs3*\x7f\t\x15\b ", 4);
        std::string prompt = secret;
        std::shuffle(prompt.begin(), prompt.end(), random);
        terminal.show(prompt + secret);
        for (std::size_t at = 0; at < secret.size();) {
            const std::size_t size = std::min(secret.size() - at, 1 + below(4));
            terminal.type(secret.substr(at, size));
            at += size;
        }
        terminal.type("\r");
        if (below(2) == 0) terminal.show(secret);
        terminal.show("\r\n");
        secrets.push_back(secret);
    }
};

TEST(EchoedInput, KeepsNothingOfWhatIsTypedWhileNothingIsEchoed) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 500; ++round) {
        Person person{random, {}, {}, {}};
        std::size_t typed = 0;
        for (int line = 0; line < 20; ++line) person.below(2) == 0 ? person.command() : person.secret();
        (void)person.terminal.finish();
        ASSERT_EQ(person.terminal.kept(), person.commands);
        for (const std::string& secret : person.secrets) typed += secret.size() + 1;
        ASSERT_EQ(person.terminal.counted, typed);
    }
}

/// The same rule for lines of text, told naively: what was shown from the first key to Enter is the line, and
/// was never ahead of it.
struct Model {
    std::string line, shown, kept;
    bool is_lost = false;

    void type(char key) {
        if (key != '\r') {
            line += key;
            return;
        }
        const bool is_plain = line.find_first_not_of(line.substr(0, 1)) != std::string::npos;
        if (!is_lost && shown == line && (is_plain || line.size() == 1)) kept += line + key;
        *this = Model{{}, {}, kept, false};
    }
    void show(char byte) {
        if (line.empty()) return;
        shown += byte;
        is_lost = is_lost || !line.starts_with(shown);
    }
};

TEST(EchoedInput, AgreesWithANaiveModelWhateverIsTypedAndShown) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::size_t kept = 0;
    for (int round = 0; round < 2000; ++round) {
        Terminal terminal;
        Model model;
        std::size_t typed = 0;
        for (int step = 0; step < 200; ++step) {
            const char byte = "aabb\r"[random() % 5];
            if (random() % 2 == 0) {
                terminal.type(std::string(1, byte));
                model.type(byte);
                ++typed;
            } else {
                terminal.show(std::string(1, byte));
                model.show(byte);
            }
        }
        (void)terminal.finish();
        ASSERT_EQ(terminal.kept(), model.kept);
        ASSERT_EQ(terminal.kept().size() + terminal.counted, typed) << "every byte is kept or counted";
        kept += terminal.kept().size();
    }
    EXPECT_GT(kept, 0U) << "the model never met an echo";
}

}  // namespace
}  // namespace sallyport::taps
