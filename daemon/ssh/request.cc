// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/request.h"

namespace sallyport::ssh {
namespace {

std::string text_of(const char* text) {
    return text != nullptr ? text : "";
}

void read_sizes(Request& out, ssh_message message) {
    out.columns = ssh_message_channel_request_pty_width(message);
    out.rows = ssh_message_channel_request_pty_height(message);
    out.pixel_width = ssh_message_channel_request_pty_pxwidth(message);
    out.pixel_height = ssh_message_channel_request_pty_pxheight(message);
}

}  // namespace

Request read_request(MessagePtr message) {
    Request out;
    ssh_message raw = message.get();
    switch (ssh_message_subtype(raw)) {
        case SSH_CHANNEL_REQUEST_PTY:
            out.kind = Request::Kind::pty;
            out.text = text_of(ssh_message_channel_request_pty_term(raw));
            read_sizes(out, raw);
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
            break;
    }
    out.message = std::move(message);
    return out;
}

}  // namespace sallyport::ssh
