// SPDX-License-Identifier: Apache-2.0
#include "config/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace sallyport {
namespace {

constexpr std::string_view tags = "tag:yaml.org,2002:";
constexpr std::string_view decimal = "0123456789";
const Scalar unknown{Scalar::Kind::unknown, ""};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<bool> truth(std::string_view text) {
    if (is_one_of(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
    if (is_one_of(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) return false;
    return std::nullopt;
}

std::string without_underscores(std::string_view text) {
    std::string out(text);
    out.erase(std::remove(out.begin(), out.end(), '_'), out.end());
    return out;
}

std::string_view take_sign(std::string_view& text) {
    if (text.empty() || (text[0] != '-' && text[0] != '+')) return "";
    const std::string_view sign = text.substr(0, 1);
    text.remove_prefix(1);
    return sign;
}

bool holds_only(std::string_view text, std::string_view letters) {
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

/// `22:22:22`, with what stands before the first colon; each further part is 0 to 59.
std::optional<std::vector<std::string_view>> sixties(std::string_view text) {
    std::vector<std::string_view> out;
    for (std::size_t colon; (colon = text.find(':')) != std::string_view::npos; text.remove_prefix(colon + 1))
        out.push_back(text.substr(0, colon));
    out.push_back(text);
    if (out.size() < 2 || !holds_only(out[0], "0123456789_") || out[0][0] == '_') return std::nullopt;
    for (std::size_t i = 1; i < out.size(); ++i)
        if (out[i].size() > 2 || !holds_only(out[i], decimal) || (out[i].size() == 2 && out[i][0] > '5'))
            return std::nullopt;
    return out;
}

Scalar whole_in_sixties(std::string_view sign, const std::vector<std::string_view>& parts) {
    std::uint64_t sum = 0;
    for (const std::string_view part : parts) {
        const std::string digits = without_underscores(part);
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc() || __builtin_mul_overflow(sum, 60U, &sum) ||
            __builtin_add_overflow(sum, value, &sum))
            return unknown;
    }
    return whole_number(sign, std::to_string(sum), 10);
}

std::optional<Scalar> whole(std::string_view text) {
    const std::string_view sign = take_sign(text);
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    if (text.starts_with("0b") && holds_only(text.substr(2), "01_"))
        return whole_number(sign, text.substr(2), 2);
    if (text.starts_with("0x") && holds_only(text.substr(2), "0123456789abcdefABCDEF_"))
        return whole_number(sign, text.substr(2), 16);
    if (text.size() > 1 && text[0] == '0' && holds_only(text.substr(1), "01234567_"))
        return whole_number(sign, text, 8);
    if (text == "0" || (text[0] != '0' && holds_only(text, "0123456789_")))
        return whole_number(sign, text, 10);
    if (text[0] == '0') return std::nullopt;
    const auto parts = sixties(text);
    return parts ? std::optional(whole_in_sixties(sign, *parts)) : std::nullopt;
}

/// Length of `[0-9][0-9_]*` at the front.
std::size_t digits_at(std::string_view text) {
    if (text.empty() || text[0] == '_') return 0;
    return std::min(text.find_first_not_of("0123456789_"), text.size());
}

bool is_exponent(std::string_view text) {
    return text.empty() || (text.size() > 2 && (text[0] == 'e' || text[0] == 'E') &&
                            (text[1] == '-' || text[1] == '+') && holds_only(text.substr(2), decimal));
}

bool is_plain_real(std::string_view text, bool has_sign) {
    const std::size_t front = digits_at(text);
    if (front >= text.size() || text[front] != '.' || (front == 0 && has_sign)) return false;
    text.remove_prefix(front + 1);
    const std::size_t behind =
        front == 0 ? digits_at(text) : std::min(text.find_first_not_of("0123456789_"), text.size());
    return (front > 0 || behind > 0) && is_exponent(text.substr(behind));
}

Scalar real(std::string_view sign, double value) {
    return {Scalar::Kind::number, python_real(sign == "-" ? -value : value)};
}

double to_real(const std::string& digits) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool is_large = error == std::errc::result_out_of_range && digits.find('-') == std::string::npos;
    return is_large ? HUGE_VAL : value;
}

std::optional<Scalar> real_in_sixties(std::string_view sign, std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto parts = sixties(text.substr(0, dot));
    const std::string_view behind = text.substr(dot + 1);
    if (!parts || (!behind.empty() && !holds_only(behind, "0123456789_"))) return std::nullopt;
    double sum = 0;
    double base = 1;
    for (auto part = parts->rbegin(); part != parts->rend(); ++part, base *= 60) {
        std::string digits = without_underscores(*part);
        if (part == parts->rbegin()) digits += "." + without_underscores(behind);
        sum += to_real(digits) * base;
    }
    return real(sign, sum);
}

std::optional<Scalar> real(std::string_view text) {
    if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return Scalar{Scalar::Kind::number, "nan"};
    const std::string_view sign = take_sign(text);
    if (is_one_of(text, {".inf", ".Inf", ".INF"})) return real(sign, HUGE_VAL);
    if (is_plain_real(text, !sign.empty())) return real(sign, to_real(without_underscores(text)));
    return real_in_sixties(sign, text);
}

/// `2001-12-14` is a date; with a time of day behind it, it is something that no connection is made with.
std::optional<Scalar> date(std::string_view text) {
    const auto is_digits = [&](std::size_t from, std::size_t count) {
        return text.size() >= from + count && holds_only(text.substr(from, count), decimal);
    };
    if (!is_digits(0, 4) || text.size() < 8 || text[4] != '-') return std::nullopt;
    if (text.size() == 10 && is_digits(5, 2) && text[7] == '-' && is_digits(8, 2))
        return Scalar{Scalar::Kind::other, std::string(text)};
    const std::size_t colon = text.find(':');
    const bool has_time = colon != std::string_view::npos && text.find(':', colon + 1) == colon + 3;
    const std::size_t dash = text.find('-', 5);
    return has_time && (dash == 6 || dash == 7) && is_digits(5, 1) ? std::optional(unknown) : std::nullopt;
}

Scalar plain(const std::string& text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return {};
    if (const auto is_true = truth(text)) return {Scalar::Kind::truth, *is_true ? "True" : "False"};
    if (const auto found = whole(text)) return *found;
    if (const auto found = real(text)) return *found;
    if (const auto found = date(text)) return *found;
    return {Scalar::Kind::text, text};
}

Scalar tagged(std::string_view tag, const std::string& text) {
    if (tag == "!vault" || tag == "!vault-encrypted") return {Scalar::Kind::vault, ""};
    if (tag == "!unsafe") return {Scalar::Kind::text, text};
    if (!tag.starts_with(tags)) return unknown;
    tag.remove_prefix(tags.size());
    if (tag == "str" || tag == "python/unicode") return {Scalar::Kind::text, text};
    if (tag == "null") return {};
    if (tag == "float") {
        const double value = to_real(text);
        return {Scalar::Kind::number, python_real(value)};
    }
    const Scalar found = plain(text);
    const bool is_what_it_says = (tag == "int" && found.kind == Scalar::Kind::number) ||
                                 (tag == "bool" && found.kind == Scalar::Kind::truth);
    return is_what_it_says ? found : unknown;
}

}  // namespace

Scalar whole_number(std::string_view sign, std::string_view digits, int base) {
    std::string text = without_underscores(digits);
    if (base != 10) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
        if (error != std::errc() || end != text.data() + text.size()) return unknown;
        text = std::to_string(value);
    }
    text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
    if (text.empty()) return {Scalar::Kind::number, "0"};
    return {Scalar::Kind::number, (sign == "-" ? "-" : "") + text};
}

std::string python_real(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    std::array<char, 64> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    const std::string shortest(buffer.data(), end.ptr);
    const int exponent = std::stoi(shortest.substr(shortest.find('e') + 1));
    if (exponent < -4 || exponent >= 16) return shortest;
    const auto fixed =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
    std::string text(buffer.data(), fixed.ptr);
    return text.find('.') == std::string::npos ? text + ".0" : text;
}

Scalar yaml_scalar(const Yaml& value) {
    switch (value.kind) {
        case Yaml::Kind::null:
            return value.tag.empty() ? Scalar{} : tagged(value.tag, "");
        case Yaml::Kind::list:
        case Yaml::Kind::map:
            return {Scalar::Kind::many, ""};
        case Yaml::Kind::scalar:
            break;
    }
    if (!value.tag.empty()) return tagged(value.tag, value.text);
    if (value.is_quoted) return {Scalar::Kind::text, value.text};
    return plain(value.text);
}

}  // namespace sallyport
