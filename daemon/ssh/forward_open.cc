// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/forward_open.h"

#include "daemon/ssh/fields.h"

namespace sallyport::ssh {
namespace {

[[maybe_unused]] constexpr const char* socket_type = "direct-streamlocal@openssh.com";

std::string text_of(const char* text) {
    return text != nullptr ? text : "";
}

std::optional<ForwardOpen> read_socket([[maybe_unused]] ssh_message message) {
#if SALLYPORT_LIBSSH_PRIVATE
    if (text_of(ssh_message_name(message)) != socket_type) return std::nullopt;
    std::size_t size = 0;
    const auto* fields = static_cast<const char*>(ssh_message_fields(message, &size));
    auto path = read_socket_path({fields, size});
    if (!path) return std::nullopt;
    std::optional<ForwardOpen> out(std::in_place);
    out->place.path = std::move(*path);
    return out;
#else
    return std::nullopt;  // an older libssh shows no path
#endif
}

}  // namespace

std::optional<ForwardOpen> read_forward(ssh_message message) {
    const int kind = ssh_message_subtype(message);
    if (kind == SSH_CHANNEL_UNKNOWN) return read_socket(message);
    if (kind != SSH_CHANNEL_DIRECT_TCPIP) return std::nullopt;
    std::optional<ForwardOpen> out(std::in_place);
    out->place.host = text_of(ssh_message_channel_request_open_destination(message));
    out->place.port = static_cast<std::uint16_t>(ssh_message_channel_request_open_destination_port(message));
    out->origin_host = text_of(ssh_message_channel_request_open_originator(message));
    out->origin_port = static_cast<std::uint16_t>(ssh_message_channel_request_open_originator_port(message));
    return out;
}

int send_forward(ssh_channel channel, const ForwardOpen& forward) {
    if (forward.place.path.empty())
        return ssh_channel_open_forward(channel, forward.place.host.c_str(), forward.place.port, "127.0.0.1",
                                        0);
#if SALLYPORT_LIBSSH_PRIVATE
    const FieldWriter fields = FieldWriter().text(forward.place.path).text("").number(0);
    return ssh_channel_open_raw(channel, socket_type, fields.bytes().data(), fields.bytes().size());
#else
    return SSH_ERROR;     // none is read either
#endif
}

}  // namespace sallyport::ssh
