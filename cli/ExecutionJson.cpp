// See ExecutionJson.h.
#include "cli/ExecutionJson.h"

namespace clew {

nlohmann::ordered_json executionJson(const Executable &executable) {
  const Program &program = executable.program();
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();
  for (const auto &[name, value] : executable.facts()) {
    facts[name] = value;
  }
  return {{"target", nameOf(program.target)},
          {"precision", nameOf(program.precision)},
          {"scheme", program.scheme},
          {"bf16", nameOf(program.execution.bf16)},
          {"products", nameOf(program.execution.products)},
          {"execution", std::move(facts)},
          {"threads", executable.options().threads}};
}

} // namespace clew
