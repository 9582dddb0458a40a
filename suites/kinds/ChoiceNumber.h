// ChoiceNumber: choices of a row by their number, from 0, as files give them.
#pragma once

#include "runtime/base/Result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace clew {

/// One cell with digits. BadInput without a place.
Result<int32_t> choiceNumber(std::span<const std::string_view> cells);
/// A whole number, or a text of digits; null: there is none. `key` is for the message.
Result<int32_t> choiceNumber(const nlohmann::json *value, std::string_view key);
/// BadInput without a place if there are not so many choices.
Result<void> checkChoice(int32_t number, size_t choices);

} // namespace clew
