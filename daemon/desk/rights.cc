// SPDX-License-Identifier: Apache-2.0
#include "daemon/desk/rights.h"

namespace sallyport::desk {
namespace {

struct Row {
    Question question;
    DeskRole least;    // the lowest role that may ask it of anybody's
    bool is_own_open;  // everyone may ask it of their own
};

constexpr Row table[] = {
    {Question::session, DeskRole::viewer, true},   {Question::recording, DeskRole::auditor, false},
    {Question::events, DeskRole::auditor, true},   {Question::export_all, DeskRole::auditor, false},
    {Question::terminate, DeskRole::admin, false},
};

}  // namespace

bool may_ask(DeskRole role, Question question, bool is_own) {
    for (const Row& row : table)
        if (row.question == question) return role >= row.least || (is_own && row.is_own_open);
    return false;
}

}  // namespace sallyport::desk
