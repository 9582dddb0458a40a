// Names of the choices, and the variables that oneDNN reads.
#include "runtime/program/Execution.h"

#include <algorithm>
#include <unistd.h>

namespace clew {

std::string_view nameOf(Bf16Products products) {
  switch (products) {
  case Bf16Products::Auto:
    return "auto";
  case Bf16Products::Native:
    return "native";
  case Bf16Products::Widen:
    return "widen";
  }
  return "?";
}

std::string_view nameOf(Products products) {
  switch (products) {
  case Products::Auto:
    return "auto";
  case Products::Library:
    return "library";
  }
  return "?";
}

ExecutionFacts libraryEnvironment() {
  ExecutionFacts found;
  for (char **entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos && (text.starts_with("ONEDNN_") || text.starts_with("DNNL_"))) {
      found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  std::ranges::sort(found);
  return found;
}

} // namespace clew
