// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace sallyport {

/// Bytes that must not be seen: wiped when dropped, moved but never copied, printed as `***`.
class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string bytes);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    /// The bytes themselves, for the one call that needs them; valid while this Secret lives.
    [[nodiscard]] const std::string& reveal() const noexcept { return bytes_; }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 private:
    void wipe() noexcept;
    std::string bytes_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) {
    return out << "***";
}

}  // namespace sallyport
