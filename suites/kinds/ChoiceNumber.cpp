// See ChoiceNumber.h.
#include "suites/kinds/ChoiceNumber.h"

#include "runtime/base/Excerpt.h"
#include "suites/data/Layouts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace clew {
namespace {

int32_t valueOf(std::string_view digits) {
  int32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

} // namespace

Result<int32_t> choiceNumber(std::span<const std::string_view> cells) {
  if (cells.size() == 1 && isWholeNumber(cells.front())) {
    return valueOf(cells.front());
  }
  return fail(ErrorKind::BadInput, fmt::format("expected the number of a choice, from 0, found {}",
                                               cells.size() == 1 ? "'" + excerpt(cells.front()) + "'" : "a list"));
}

Result<int32_t> choiceNumber(const nlohmann::json *value, std::string_view key) {
  const std::string text = !value                       ? ""
                           : value->is_string()         ? value->get<std::string>()
                           : value->is_number_integer() ? value->dump()
                                                        : "";
  if (!isWholeNumber(text)) {
    return fail(ErrorKind::BadInput, fmt::format("expected \"{}\", the number of a choice, from 0", key));
  }
  return valueOf(text);
}

Result<void> checkChoice(int32_t number, size_t choices) {
  if (number >= 0 && static_cast<size_t>(number) < choices) {
    return {};
  }
  return fail(ErrorKind::BadInput, fmt::format("there is no choice {}: the row has {}, from 0", number, choices));
}

} // namespace clew
