// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/authorize.h"

namespace sallyport::desk {

/// What somebody asks of the record.
enum class Question { session, recording, events, export_all, terminate };

/// The one table of who may ask what; `is_own` says that it concerns the asker's own session.
[[nodiscard]] bool may_ask(DeskRole role, Question question, bool is_own);

}  // namespace sallyport::desk
