// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

/// What a tool printed, for the record: secrets as `***`, its head (256 KiB) and its end (768 KiB). A secret
/// is masked where it stands whole, also over the edges of pieces; what a tool makes of it (base64, say) is
/// not.
class RunLog {
 public:
    explicit RunLog(std::vector<std::string> secrets);
    void take(std::string_view bytes);
    /// All that is kept; nothing can be taken after it.
    [[nodiscard]] std::string finish();

 private:
    void keep(std::string_view bytes);
    [[nodiscard]] std::size_t mask(bool is_last);

    std::vector<std::string> secrets_;  // longest first
    std::size_t longest_ = 0;
    std::string waiting_;  // may hold the beginning of a secret
    std::string head_;
    std::string tail_;
    std::size_t left_out_ = 0;
};

}  // namespace sallyport::cli
