// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sallyport::fuzz {

/// What the SFTP reader must tell, found the plain way: by one who holds all bytes of both directions and
/// reads each packet whole. Its lines are compared with those of the reader.
class SftpModel {
 public:
    explicit SftpModel(bool is_reading_only) : is_reading_only_(is_reading_only) {}

    void add(bool is_from_target, const std::string& bytes);
    void finish();
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
    struct Stream {
        std::string bytes;
        std::size_t at = 0;  // of the next packet
    };
    struct Asked {
        std::uint32_t id = 0;
        std::string word;  // empty: answers are of no interest
        std::string path, other, handle, other_handle, sets;
        bool has_path = false;
        std::uint64_t data = 0;
    };
    struct File {
        std::string path;
        std::uint64_t read = 0;
        std::uint64_t written = 0;
    };

    bool next(Stream& stream, std::string& packet, std::uint64_t& size) const;
    void request(const std::string& packet, std::uint64_t size);
    void answer(const std::string& packet, std::uint64_t size);
    void tell(Asked asked, const std::string& status);
    void fail(const std::string& why, const std::string& extension = "");
    [[nodiscard]] std::size_t held() const;

    bool is_reading_only_;
    Stream streams_[2];
    std::vector<Asked> asked_;
    std::map<std::string, File> files_;
    std::vector<std::string> lines_;
    bool has_begun_ = false;
    bool has_agreed_ = false;
    bool is_over_ = false;
};

}  // namespace sallyport::fuzz
