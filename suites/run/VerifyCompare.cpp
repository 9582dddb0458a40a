// Two records of one cell: what of the second is within the intervals of the first.
#include "suites/run/Verify.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

void compareMetrics(const Json &then, const Json &now, std::vector<VerifiedField> &fields) {
  const bool identical =
      then["predictions"].is_object() && then["predictions"]["sha256"] == now["predictions"]["sha256"];
  if (then["predictions"].is_object()) {
    fields.push_back({"predictions", then["predictions"]["sha256"].get<std::string>().substr(0, 12),
                      now["predictions"]["sha256"].get<std::string>().substr(0, 12),
                      "the same bytes; if not, the scores below decide", identical, true});
  }
  for (const auto &[name, interval] : then["metrics"].items()) {
    const bool scored = now["metrics"].contains(name);
    const double value = scored ? now["metrics"][name]["value"].get<double>() : 0;
    // Identical predictions score the same; a hair for decimal digits.
    const double lo = identical ? interval["value"].get<double>() - 1e-9 : interval["lo"].get<double>();
    const double hi = identical ? interval["value"].get<double>() + 1e-9 : interval["hi"].get<double>();
    fields.push_back({"metrics/" + name, fmt::format("{:.4f}", interval["value"].get<double>()),
                      fmt::format("{:.4f}", value),
                      identical ? "the same" : fmt::format("within {:.4f} .. {:.4f}", lo, hi),
                      scored && value >= lo && value <= hi, false});
  }
}

/// A time or rate within `share` of the recorded one.
void compareAmount(const std::string &name, const Json &then, const Json &now, double share, bool advisory,
                   std::vector<VerifiedField> &fields) {
  if (!then.is_number()) {
    return;
  }
  const double was = then.get<double>();
  if (!now.is_number()) {
    fields.push_back({name, fmt::format("{:.4g}", was), "not enough samples", "needs a longer tier", true, true});
    return;
  }
  const double is = now.get<double>();
  const bool holds = is >= was / (1 + share) && is <= was * (1 + share);
  fields.push_back({name, fmt::format("{:.4g}", was), fmt::format("{:.4g}", is),
                    fmt::format("a factor of {:.2f} at most", 1 + share), holds, advisory});
}

/// Times mean the same only on the same machine, and only when nobody else uses it.
bool timesAreAdvisory(const Json &then, const Json &now) {
  const auto busy = [](const Json &machine) {
    return machine["load_at_start"].get<double>() > 0.2 * machine["cores"].get<double>();
  };
  return then["machine"]["cpu"] != now["machine"]["cpu"] || then["machine"]["cores"] != now["machine"]["cores"] ||
         busy(then["machine"]) || busy(now["machine"]);
}

} // namespace

bool allHold(std::span<const VerifiedField> fields) {
  return std::ranges::all_of(fields, [](const VerifiedField &field) { return field.holds || field.advisory; });
}

std::vector<VerifiedField> compareRecords(const Record &then, const Record &now) {
  std::vector<VerifiedField> fields;
  compareMetrics(then.json, now.json, fields);
  const bool advisory = timesAreAdvisory(then.json, now.json);
  const Json &was = then.json["latency_ms"];
  const Json &is = now.json["latency_ms"];
  if (was.is_object() && is.is_object()) {
    for (const auto &[name, share] : {std::pair("p50", 0.15), std::pair("p90", 0.25), std::pair("p99", 0.5)}) {
      compareAmount(std::string("latency_ms/") + name, was[name], is[name], share, advisory, fields);
      compareAmount(std::string("latency_ms/model_only/") + name, was["model_only"][name], is["model_only"][name],
                    share, advisory, fields);
    }
  }
  for (const char *name : {"rows_per_s", "tokens_per_s"}) {
    compareAmount(name, then.json[name], now.json[name], 0.15, advisory, fields);
  }
  if (then.json["server"].is_object() && now.json["server"].is_object()) {
    compareAmount("server/rate_per_s", then.json["server"]["rate_per_s"], now.json["server"]["rate_per_s"], 0.2,
                  advisory, fields);
  }
  return fields;
}

} // namespace clew
