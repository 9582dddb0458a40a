// See Plausibility.h.
#include "suites/check/Plausibility.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kHertz = 6.2e9;

/// Operations a clock of one core.
double perClock(const Machine &machine, Precision precision) {
  const auto has = [&](std::string_view feature) {
    return std::ranges::find(machine.features, feature) != machine.features.end();
  };
  const double f32 = has("avx512f") ? 64 : 32;
  switch (precision) {
  case Precision::F32:
    return f32;
  case Precision::BF16:
    return has("amx_bf16") ? 1024 : has("avx512_bf16") ? 128 : f32;
  case Precision::Int8:
    return has("amx_int8") ? 2048 : 4 * f32;
  }
  return f32;
}

} // namespace

double peakOperations(const Machine &machine, Precision precision, int64_t threads) {
  return perClock(machine, precision) * kHertz * static_cast<double>(std::min(threads, machine.cores));
}

std::vector<std::string> implausible(const Record &record, const ModelFacts &model) {
  std::vector<std::string> found;
  const Json &json = record.json;
  if (const auto stated = json["parameters"].get<int64_t>(); stated != model.parameters) {
    found.push_back(fmt::format("/parameters: expected {}, which the model has, found {}", model.parameters, stated));
  }
  const Result<Precision> precision = precisionNamed(json["precision"].get<std::string>());
  if (!precision) {
    return found; // the schema says it
  }
  const double peak = peakOperations(Machine::of(json["machine"]), *precision, json["threads"].get<int64_t>());
  // Products of one thread at a time: what the model alone takes is timed beside what texts take.
  for (const char *field : {"tokens_per_s", "model_only_tokens_per_s"}) {
    const double needed = json[field].is_number() ? json[field].get<double>() * model.operationsPerToken : 0;
    if (needed > peak) {
      found.push_back(fmt::format("/{}: expected no more than the machine can do, {:.4g} tokens a second: {:.4g} "
                                  "operations a token, and its peak is below {:.4g} a second; found {:.4g}",
                                  field, peak / model.operationsPerToken, model.operationsPerToken, peak,
                                  json[field].get<double>()));
    }
  }
  const double bytes = *precision == Precision::F32 ? 4 : *precision == Precision::BF16 ? 2 : 1;
  const double weights = std::min(static_cast<double>(model.parameters), model.operationsPerToken / 2);
  const double least = 0.5 * weights * bytes;
  if (const auto stated = json["peak_memory_bytes"].get<double>(); stated < least) {
    found.push_back(fmt::format("/peak_memory_bytes: expected at least {:.0f}, half of the weights that every token "
                                "meets, found {:.0f}",
                                least, stated));
  }
  return found;
}

} // namespace clew
