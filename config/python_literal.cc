// SPDX-License-Identifier: Apache-2.0
// Reads the literals of Python that ast.literal_eval takes. What stands in lists, maps and sets is checked,
// not kept: no connection is made with them.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "config/python_string.h"
#include "config/python_text.h"

namespace sallyport {
namespace {

constexpr int max_depth = 60;

struct NoLiteral {};

bool is_name(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

class LiteralReader {
 public:
    explicit LiteralReader(std::string_view text) : text_(text) {}

    Scalar read() {
        Scalar out = item(0);
        if (skip() == ',') {
            rest_of_tuple(0, '\0');
            out = many();
        }
        if (skip() != '\0') throw NoLiteral{};
        return out;
    }

 private:
    static Scalar many() { return {Scalar::Kind::many, ""}; }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    /// The next character that counts; '\0' at the end, to which a comment belongs.
    char skip() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\f') ++at_;
        if (peek() == '#') at_ = text_.size();
        return peek();
    }

    void expect(char c) {
        if (skip() != c) throw NoLiteral{};
        ++at_;
    }

    Scalar item(int depth) {
        if (depth > max_depth) throw NoLiteral{};
        const char c = skip();
        const bool has_sign = c == '-' || c == '+';
        if (has_sign) {
            ++at_;
            (void)skip();
        }
        bool is_number = false;
        Scalar out = atom(depth, is_number);
        if (has_sign && !is_number) throw NoLiteral{};
        if (has_sign && c == '-' && out.kind == Scalar::Kind::number) negate(out.text);
        // 1+2j is the one sum that counts as a literal.
        if (is_number && (skip() == '+' || peek() == '-')) {
            if (out.kind == Scalar::Kind::other) throw NoLiteral{};
            ++at_;
            (void)skip();
            if (atom(depth, is_number).kind != Scalar::Kind::other || !is_number) throw NoLiteral{};
            return {Scalar::Kind::unknown, ""};
        }
        return out;
    }

    static void negate(std::string& text) {
        if (text != "0") text.insert(0, "-");
    }

    Scalar atom(int depth, bool& is_number) {
        is_number = false;
        const char c = peek();
        if (std::isdigit(static_cast<unsigned char>(c)) != 0 ||
            (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0)) {
            is_number = true;
            return number();
        }
        if (c == '(') return parenthesis(depth, is_number);
        if (c == '[') {
            ++at_;
            return rest_of_tuple(depth + 1, ']');
        }
        if (c == '{') return braces(depth);
        if (text_.substr(at_).starts_with("...")) {
            at_ += 3;
            return {Scalar::Kind::unknown, ""};
        }
        return word_or_string();
    }

    /// Items with commas between them up to `end`; the first comma or item is next.
    Scalar rest_of_tuple(int depth, char end) {
        bool needs_comma = end == '\0';
        while (skip() != end) {
            if (peek() == '\0') throw NoLiteral{};
            if (needs_comma) {
                expect(',');
                if (skip() == end) break;
            }
            (void)item(depth);
            needs_comma = true;
        }
        if (end != '\0') ++at_;
        return many();
    }

    Scalar parenthesis(int depth, bool& is_number) {
        ++at_;
        if (skip() == ')') {
            ++at_;
            return many();
        }
        const bool has_sign = peek() == '-' || peek() == '+';
        Scalar out = item(depth + 1);
        if (skip() == ',') {
            while (skip() == ',') {
                ++at_;
                if (skip() != ')') (void)item(depth + 1);
            }
            out = many();
        }
        expect(')');
        is_number = !has_sign && out.kind == Scalar::Kind::number;
        return out;
    }

    Scalar braces(int depth) {
        ++at_;
        bool is_map = false;
        for (bool is_first = true; skip() != '}'; is_first = false) {
            if (!is_first) {
                expect(',');
                if (skip() == '}') break;
            }
            (void)item(depth + 1);
            const bool has_value = skip() == ':';
            if (!is_first && has_value != is_map) throw NoLiteral{};
            is_map = has_value;
            if (has_value) {
                ++at_;
                (void)item(depth + 1);
            }
        }
        ++at_;
        return many();
    }

    std::string_view take_while(bool (*fits)(char)) {
        const std::size_t start = at_;
        while (at_ < text_.size() && fits(text_[at_])) ++at_;
        return text_.substr(start, at_ - start);
    }

    /// Digits with single underscores between them.
    static bool is_well_spaced(std::string_view digits) {
        return !digits.empty() && digits.front() != '_' && digits.back() != '_' &&
               digits.find("__") == std::string_view::npos;
    }

    Scalar number() {
        const char kind = static_cast<char>(std::tolower(static_cast<unsigned char>(peek(1))));
        if (peek() == '0' && (kind == 'x' || kind == 'o' || kind == 'b')) {
            at_ += 2;
            std::string_view digits = take_while([](char c) { return is_name(c); });
            if (digits.starts_with('_')) digits.remove_prefix(1);
            if (!is_well_spaced(digits)) throw NoLiteral{};
            return in_base(digits, kind == 'x' ? 16 : kind == 'o' ? 8 : 2);
        }
        const std::size_t start = at_;
        const auto digits = [](char c) {
            return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
        };
        const std::string_view front = take_while(digits);
        bool is_real = peek() == '.';
        if (is_real) ++at_;
        const std::string_view behind = is_real ? take_while(digits) : std::string_view();
        std::string_view power;
        if (peek() == 'e' || peek() == 'E') {
            is_real = true;
            ++at_;
            if (peek() == '-' || peek() == '+') ++at_;
            power = take_while(digits);
            if (!is_well_spaced(power)) throw NoLiteral{};
        }
        if ((!front.empty() && !is_well_spaced(front)) || (!behind.empty() && !is_well_spaced(behind)))
            throw NoLiteral{};
        const std::string_view all = text_.substr(start, at_ - start);
        const bool is_imaginary = peek() == 'j' || peek() == 'J';
        if (is_imaginary) ++at_;
        if (is_name(peek()) || peek() == '.') throw NoLiteral{};
        if (is_imaginary) return {Scalar::Kind::other, ""};
        if (is_real) return real(all);
        if (front.size() > 1 && front[0] == '0' && front.find_first_not_of("0_") != std::string_view::npos)
            throw NoLiteral{};  // Python 3 knows no 022
        return whole_number("", front, 10);
    }

    static Scalar in_base(std::string_view digits, int base) {
        for (const char c : digits) {
            int value = 0;
            const auto [end, error] = std::from_chars(&c, &c + 1, value, base);
            if (c != '_' && error != std::errc()) throw NoLiteral{};
        }
        return whole_number("", digits, base);
    }

    static Scalar real(std::string_view text) {
        Yaml tagged;
        tagged.kind = Yaml::Kind::scalar;
        tagged.tag = "tag:yaml.org,2002:float";
        for (const char c : text)
            if (c != '_') tagged.text += c;
        return yaml_scalar(tagged);
    }

    Scalar word_or_string() {
        const std::size_t start = at_;
        const std::string_view word = take_while([](char c) { return is_name(c); });
        if (peek() == '"' || peek() == '\'') {
            at_ = start;
            return strings();
        }
        if (word == "True" || word == "False") return {Scalar::Kind::truth, std::string(word)};
        if (word == "None") return {};
        if (word != "set") throw NoLiteral{};
        expect('(');
        expect(')');
        return many();
    }

    /// One string, or several beside each other, which are one.
    Scalar strings() {
        Scalar out{Scalar::Kind::text, ""};
        std::optional<bool> is_bytes;
        while (true) {
            const auto found = python_string_at(text_.substr(at_), out);
            if (!found || is_bytes.value_or(found->is_bytes) != found->is_bytes) throw NoLiteral{};
            is_bytes = found->is_bytes;
            at_ += found->size;
            (void)skip();
            if (!begins_python_string(text_.substr(at_))) return out;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Scalar python_literal(const std::string& text) {
    const Scalar as_it_is{Scalar::Kind::text, text};
    if (text.find('\0') != std::string::npos) return as_it_is;
    const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
    try {
        return LiteralReader(std::string_view(text).substr(start)).read();
    } catch (const NoLiteral&) {
        return as_it_is;
    }
}

}  // namespace sallyport
