// SPDX-License-Identifier: Apache-2.0
#include "common/json.h"

#include <set>
#include <vector>

#include "common/error.h"

namespace sallyport {
namespace {

constexpr std::size_t max_text = 1024 * 1024;
constexpr std::size_t max_depth = 8;
constexpr std::int64_t max_integer = (std::int64_t{1} << 53) - 1;

/// Refuses while the text is read, so that nothing unlawful is ever built.
class Strict : public nlohmann::json_sax<Json> {
 public:
    explicit Strict(JsonLaw law) : law_(law) {}
    [[nodiscard]] Json take() { return std::move(root_); }
    [[nodiscard]] const std::string& fault() const { return fault_; }

    bool null() override { return law_ == JsonLaw::chain ? refuse("a null") : add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(std::int64_t value) override {
        return law_ == JsonLaw::chain && (value > max_integer || value < -max_integer)
                   ? refuse("a number beyond 2^53-1")
                   : add(value);
    }
    bool number_unsigned(std::uint64_t value) override {
        return law_ == JsonLaw::chain && value > static_cast<std::uint64_t>(max_integer)
                   ? refuse("a number beyond 2^53-1")
                   : add(value);
    }
    bool number_float(double value, const std::string&) override {
        return law_ == JsonLaw::chain ? refuse("a float") : add(value);
    }
    bool string(std::string& value) override { return add(std::move(value)); }
    bool binary(Json::binary_t&) override { return refuse("binary data"); }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(std::string& value) override {
        if (!open_.back().keys.insert(value).second) return refuse("the key " + value + " twice");
        open_.back().key = std::move(value);
        return true;
    }

    bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception&) override {
        return refuse("no JSON at byte " + std::to_string(at));
    }

 private:
    struct Open {
        Json value;
        std::string key;
        std::set<std::string> keys;
    };

    bool refuse(std::string what) {
        if (fault_.empty()) fault_ = std::move(what);
        return false;
    }

    bool open(Json value) {
        if (open_.size() >= max_depth) return refuse("more than 8 levels");
        open_.push_back({std::move(value), {}, {}});
        return true;
    }

    bool close() {
        Json done = std::move(open_.back().value);
        open_.pop_back();
        return add(std::move(done));
    }

    bool add(Json value) {
        if (open_.empty())
            root_ = std::move(value);
        else if (open_.back().value.is_array())
            open_.back().value.push_back(std::move(value));
        else
            // Not by operator[], which looks through all members: `key` has seen that this one is new.
            open_.back().value.get_ref<Json::object_t&>().emplace_back(std::move(open_.back().key),
                                                                       std::move(value));
        return true;
    }

    JsonLaw law_;
    Json root_;
    std::vector<Open> open_;
    std::string fault_;
};

}  // namespace

Json parse_json(std::string_view text, JsonLaw law) {
    if (text.size() > max_text) throw Error(Code::input, "this JSON is over 1 MiB");
    Strict reader(law);
    if (!Json::sax_parse(text, &reader)) throw Error(Code::input, "this JSON holds " + reader.fault());
    return reader.take();
}

}  // namespace sallyport
