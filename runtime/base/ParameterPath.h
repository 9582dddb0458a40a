// Paths of parameters: what recipes and passes name a part of a model by.
#pragma once

#include <string_view>

namespace clew {

/// Whether `parameter` ("layer.0.query.weight") is the one at `path` or stands below it ("layer.0"); "layer.0" is not below "layer.0.q".
constexpr bool isUnder(std::string_view parameter, std::string_view path) {
  return parameter.starts_with(path) && (parameter.size() == path.size() || parameter[path.size()] == '.');
}

} // namespace clew
