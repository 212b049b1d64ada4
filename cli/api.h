// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/bastion.h"
#include "common/event.h"
#include "common/http_client.h"

namespace sallyport::cli {

/// The bastion's API over the system's ssh: a unix socket in a private folder, whose accepted end becomes
/// stdin and stdout of `ssh -s sallyport@bastion api`.
class Api {
 public:
    explicit Api(const Bastion& bastion);
    ~Api();
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// The answer as JSON. Throws Error with the bastion's own words if it refuses.
    [[nodiscard]] Json get(const std::string& path);
    [[nodiscard]] Json post(const std::string& path, const Json& body);
    /// Every result of a list, page after page; `take` returns false to stop.
    void each(std::string path, const std::function<bool(const Json&)>& take);
    /// The path of what comes after a page; empty if nothing can.
    [[nodiscard]] static std::string next_of(const Json& page);
    /// The body as it comes, of a good answer alone.
    void stream(const std::string& path, const std::function<void(std::string_view)>& take);

 private:
    void start(const Bastion& bastion);
    [[nodiscard]] Json ask(const std::string& method, const std::string& path, const std::string& body);

    std::string folder_;
    int child_ = -1;
    std::unique_ptr<HttpClient> client_;
};

/// Text as one part of a path.
[[nodiscard]] std::string encoded(const std::string& text);
/// A path with a query, its values encoded; empty values are left out.
[[nodiscard]] std::string with_query(const std::string& path,
                                     const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace sallyport::cli
