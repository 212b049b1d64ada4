// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/derivation.h"

#include "common/error.h"
#include "daemon/store/projection.h"
#include "daemon/store/tables.h"

namespace sallyport::store {
namespace {

/// Whether the columns of an event are what its line says; an erased one has only its hash.
bool is_as_its_line(const Stored& event, const std::string& about, const Json& line) {
    return event_hash(event.line) == event.hash && line.at("seq") == event.seq &&
           line.at("type") == event.type && line.at("time") == event.time && about_of(line) == about;
}

class Derivation {
 public:
    explicit Derivation(const std::string& file) : fresh_("", Database::Mode::write) {
        upgrade(fresh_, 0);
        Statement attach(fresh_, "ATTACH ? AS kept");
        attach.bind(1, file).finish();
        fresh_.run("BEGIN");  // from its first read on, all that is compared is of one moment
    }

    void compare(const std::function<void(const Difference&)>& differs) {
        Statement get(fresh_, "SELECT seq, hash, type, time, line, about FROM kept.events ORDER BY seq");
        while (get.step()) take(stored(get), get.text(5), differs);
        compare("resources", "id", "seq", differs);
        compare("names", "name", "seq", differs);
        compare("hostnames", "host", "seq", differs);
        compare("channels", "id", "seq", differs);
        compare("connections", "id", "0", differs);
        compare("pins", "host", "seq", differs);
        compare_hours(differs);
    }

 private:
    void take(const Stored& event, const std::string& about,
              const std::function<void(const Difference&)>& differs) {
        if (event.line.empty()) return;
        try {
            const Json line = Json::parse(event.line);
            if (!is_as_its_line(event, about, line)) differs({"events", event.type, event.seq});
            Projector(fresh_).take(event, line);
        } catch (const Json::exception&) {
            differs({"events", event.type, event.seq});
        } catch (const Error&) {
            differs({"events", event.type, event.seq});
        }
    }

    void compare(const std::string& table, const std::string& key, const std::string& seq,
                 const std::function<void(const Difference&)>& differs) {
        const std::string names = key + ", " + seq;
        const auto only_in = [&](const std::string& one, const std::string& other) {
            return "SELECT " + names + " FROM (SELECT * FROM " + one + "." + table +
                   " EXCEPT SELECT * FROM " + other + "." + table + ")";
        };
        Statement get(fresh_, only_in("main", "kept") + " UNION " + only_in("kept", "main"));
        while (get.step()) differs({table, get.text(0), static_cast<std::uint64_t>(get.number(1))});
    }

    /// What was erased may have made them wider, and nothing may make them narrower: a list would not find
    /// it.
    void compare_hours(const std::function<void(const Difference&)>& differs) {
        Statement get(fresh_,
                      "SELECT hour FROM main.hours AS f WHERE NOT EXISTS (SELECT 1 FROM kept.hours AS k WHERE"
                      " k.hour = f.hour AND k.first_seq <= f.first_seq AND k.last_seq >= f.last_seq AND"
                      " k.first_open <= f.first_open)");
        while (get.step()) differs({"hours", get.text(0), 0});
    }

    Database fresh_;
};

}  // namespace

void compare_with_events(const std::string& file, const std::function<void(const Difference&)>& differs) {
    Derivation(file).compare(differs);
}

}  // namespace sallyport::store
