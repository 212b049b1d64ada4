// SPDX-License-Identifier: Apache-2.0
#include "daemon/ssh/parting_channel.h"

namespace sallyport::ssh {
namespace {

int throw_away(ssh_session, ssh_channel, void*, uint32_t length, int, void*) {
    return static_cast<int>(length);
}

void on_close(ssh_session, ssh_channel, void* got_close) {
    *static_cast<bool*>(got_close) = true;
}

}  // namespace

PartingChannel::PartingChannel(ssh_channel channel) : channel_(channel) {
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = &got_close_;
    callbacks_.channel_data_function = throw_away;
    callbacks_.channel_close_function = on_close;
    ssh_set_channel_callbacks(channel_, &callbacks_);
}

PartingChannel::~PartingChannel() {
    ssh_remove_channel_callbacks(channel_, &callbacks_);
    ssh_channel_free(channel_);
}

}  // namespace sallyport::ssh
