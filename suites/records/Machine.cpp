// A machine to JSON and back, its identity, and the words for what disturbs times.
#include "suites/records/Machine.h"

#include "runtime/base/Sha256.h"

#include <fmt/format.h>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

Json orNull(const auto &value) { return value ? Json(*value) : Json(); }

std::optional<std::string> textIn(const Json &json, const char *field) {
  return json.contains(field) && json[field].is_string() ? std::optional(json[field].get<std::string>()) : std::nullopt;
}

std::optional<bool> boolIn(const Json &json, const char *field) {
  return json.contains(field) && json[field].is_boolean() ? std::optional(json[field].get<bool>()) : std::nullopt;
}

template <typename T> T numberIn(const Json &json, const char *field) {
  return json.contains(field) && json[field].is_number() ? json[field].get<T>() : T{};
}

} // namespace

Json Machine::json() const {
  return {{"cpu", cpu},
          {"cores", cores},
          {"features", features},
          {"governor", orNull(governor)},
          {"turbo", orNull(turbo)},
          {"smt", orNull(smt)},
          {"aslr", orNull(aslr)},
          {"kernel", kernel},
          {"memory_bytes", memoryBytes},
          {"host", orNull(host)},
          {"load_at_start", load}};
}

Machine Machine::of(const Json &json) {
  Machine machine;
  machine.cpu = textIn(json, "cpu").value_or("");
  machine.cores = numberIn<int64_t>(json, "cores");
  if (json.contains("features")) {
    for (const Json &feature : json["features"]) {
      if (feature.is_string()) {
        machine.features.push_back(feature.get<std::string>());
      }
    }
  }
  machine.governor = textIn(json, "governor");
  machine.turbo = boolIn(json, "turbo");
  machine.smt = boolIn(json, "smt");
  machine.aslr = boolIn(json, "aslr");
  machine.kernel = textIn(json, "kernel").value_or("");
  machine.memoryBytes = numberIn<int64_t>(json, "memory_bytes");
  machine.host = textIn(json, "host"); // records of the schema before have none
  machine.load = numberIn<double>(json, "load_at_start");
  return machine;
}

std::string Machine::identity() const {
  Json fields = json();
  fields.erase("load_at_start");
  fields.erase("memory_bytes"); // of a virtual machine it may change while it runs
  const std::string text = fields.dump(-1, ' ', false, Json::error_handler_t::replace);
  return sha256Of(std::string_view(text)).value_or("");
}

std::vector<std::string> Machine::flags() const {
  std::vector<std::string> found;
  if (busy()) {
    found.push_back(fmt::format("load {:.2f} at start, over 0.2 a core: others were working", load));
  }
  if (governor != "performance") {
    found.push_back(governor ? fmt::format("governor {}, not performance", *governor) : "governor unknown");
  }
  if (turbo.value_or(false)) {
    found.emplace_back("turbo is on: the clock rate depends on heat and on the other cores");
  }
  if (smt.value_or(false)) {
    found.emplace_back("SMT is on: a core may be shared");
  }
  if (aslr.value_or(false)) {
    found.emplace_back("ASLR is on: addresses differ from run to run");
  }
  return found;
}

std::string nameOf(const Machine &machine) {
  return fmt::format("{}, {} {}", machine.cpu.empty() ? "unknown CPU" : machine.cpu, machine.cores,
                     machine.cores == 1 ? "core" : "cores");
}

} // namespace clew
