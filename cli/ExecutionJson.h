// What of an Executable decides its numbers and its speed, as the JSON of `clew run` says it of every kind of model.
#pragma once

#include "runtime/session/Executable.h"

#include <nlohmann/json.hpp>

namespace clew {

/// target, precision, scheme, bf16, products, execution (its facts), threads.
nlohmann::ordered_json executionJson(const Executable &executable);

} // namespace clew
