// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/request.h"

#include "daemon/ssh/fields.h"

namespace sallyport::ssh {
namespace {

// RFC 4254 §8: modes are a byte and a number each, the names of modes end at 159, and one byte ends them.
[[maybe_unused]] constexpr std::size_t max_modes = 159 * 5 + 1;

std::string text_of(const char* text) {
    return text != nullptr ? text : "";
}

void read_sizes(Request& out, ssh_message message) {
    out.columns = ssh_message_channel_request_pty_width(message);
    out.rows = ssh_message_channel_request_pty_height(message);
    out.pixel_width = ssh_message_channel_request_pty_pxwidth(message);
    out.pixel_height = ssh_message_channel_request_pty_pxheight(message);
}

// An older libssh shows neither modes nor what it has no name for.
#if SALLYPORT_LIBSSH_PRIVATE
void read_modes(Request& out, ssh_message message) {
    std::size_t size = 0;
    const void* modes = ssh_message_pty_modes(message, &size);
    if (size > max_modes) out.kind = Request::Kind::unknown;
    if (modes != nullptr && size <= max_modes) out.modes.assign(static_cast<const char*>(modes), size);
}

std::string_view fields_of(ssh_message message) {
    std::size_t size = 0;
    const void* fields = ssh_message_fields(message, &size);
    return fields != nullptr ? std::string_view(static_cast<const char*>(fields), size) : "";
}

void read_named(Request& out, ssh_message message) {
    if (text_of(ssh_message_name(message)) != "break") return;
    FieldReader fields(fields_of(message));
    const auto length = fields.number();
    if (!fields.is_done()) return;
    out.kind = Request::Kind::line_break;
    out.length = std::chrono::milliseconds(*length);
    out.is_answer_wanted = ssh_message_wants_reply(message) != 0;
}
#else
void read_modes(Request&, ssh_message) {}
void read_named(Request&, ssh_message) {}
#endif

#if SALLYPORT_LIBSSH_PRIVATE
int send_fields(ssh_channel channel, const char* name, const FieldWriter& fields, bool is_answer_wanted) {
    return ssh_channel_request_raw(channel, name, fields.bytes().data(), fields.bytes().size(),
                                   is_answer_wanted ? 1 : 0);
}

void add_sizes(FieldWriter& out, const Request& request) {
    for (const int size : {request.columns, request.rows, request.pixel_width, request.pixel_height})
        out.number(static_cast<std::uint32_t>(size));
}

int send_pty(ssh_channel channel, const Request& request) {
    FieldWriter fields;
    fields.text(request.text);
    add_sizes(fields, request);
    fields.text(request.modes);
    return send_fields(channel, "pty-req", fields, true);
}

int send_window_change(ssh_channel channel, const Request& request) {
    FieldWriter fields;
    add_sizes(fields, request);
    return send_fields(channel, "window-change", fields, false);
}

int send_break(ssh_channel channel, const Request& request) {
    FieldWriter fields;
    fields.number(static_cast<std::uint32_t>(request.length.count()));
    return send_fields(channel, "break", fields, request.is_answer_wanted);
}
#else
int send_pty(ssh_channel channel, const Request& request) {
    return ssh_channel_request_pty_size(channel, request.text.c_str(), request.columns, request.rows);
}

int send_window_change(ssh_channel channel, const Request& request) {
    return ssh_channel_change_pty_size(channel, request.columns, request.rows);
}

int send_break(ssh_channel, const Request&) {
    return SSH_ERROR;  // none is read either
}
#endif

}  // namespace

Request read_request(MessagePtr message) {
    Request out;
    ssh_message raw = message.get();
    switch (ssh_message_subtype(raw)) {
        case SSH_CHANNEL_REQUEST_PTY:
            out.kind = Request::Kind::pty;
            out.text = text_of(ssh_message_channel_request_pty_term(raw));
            read_sizes(out, raw);
            read_modes(out, raw);
            break;
        case SSH_CHANNEL_REQUEST_WINDOW_CHANGE:
            out.kind = Request::Kind::window_change;
            read_sizes(out, raw);
            break;
        case SSH_CHANNEL_REQUEST_ENV:
            out.kind = Request::Kind::env;
            out.text = text_of(ssh_message_channel_request_env_name(raw));
            out.value = text_of(ssh_message_channel_request_env_value(raw));
            break;
        case SSH_CHANNEL_REQUEST_SHELL:
            out.kind = Request::Kind::shell;
            break;
        case SSH_CHANNEL_REQUEST_EXEC:
            out.kind = Request::Kind::exec;
            out.text = text_of(ssh_message_channel_request_command(raw));
            break;
        case SSH_CHANNEL_REQUEST_SUBSYSTEM:
            out.kind = Request::Kind::subsystem;
            out.text = text_of(ssh_message_channel_request_subsystem(raw));
            break;
        default:
            read_named(out, raw);
    }
    out.message = std::move(message);
    return out;
}

bool is_end_of_write([[maybe_unused]] ssh_message message) {
#if SALLYPORT_LIBSSH_PRIVATE
    return text_of(ssh_message_name(message)) == "eow@openssh.com" && ssh_message_wants_reply(message) == 0;
#else
    return false;
#endif
}

int send_request(ssh_channel channel, const Request& request) {
    switch (request.kind) {
        case Request::Kind::pty:
            return send_pty(channel, request);
        case Request::Kind::env:
            return ssh_channel_request_env(channel, request.text.c_str(), request.value.c_str());
        case Request::Kind::shell:
            return ssh_channel_request_shell(channel);
        case Request::Kind::exec:
            return ssh_channel_request_exec(channel, request.text.c_str());
        case Request::Kind::subsystem:
            return ssh_channel_request_subsystem(channel, request.text.c_str());
        case Request::Kind::window_change:
            return send_window_change(channel, request);
        case Request::Kind::signal:
            return ssh_channel_request_send_signal(channel, request.text.c_str());
        case Request::Kind::line_break:
            return send_break(channel, request);
        case Request::Kind::unknown:
            return SSH_ERROR;
    }
    return SSH_ERROR;
}

}  // namespace sallyport::ssh
