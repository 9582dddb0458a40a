// See ScoreCheck.h.
#include "suites/check/ScoreCheck.h"

#include <fmt/format.h>

#include <cmath>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

class ScoreComparison {
public:
  explicit ScoreComparison(const Record &record) : json(record.json) {}

  /// The fields of one object, e.g. /metrics/accuracy.
  void fields(const char *group, const std::string &name,
              std::initializer_list<std::pair<const char *, double>> expected) {
    const std::string path = fmt::format("/{}/{}", group, name);
    if (!json[group].contains(name)) {
      found.push_back(fmt::format("{}: expected one, which the predictions give, found none", path));
      return;
    }
    for (const auto &[field, value] : expected) {
      const auto stated = json[group][name][field].get<double>();
      if (!(std::fabs(stated - value) <= kSameScore)) {
        found.push_back(fmt::format("{}/{}: expected {:.6f}, which the predictions give, found {:.6f}", path, field,
                                    value, stated));
      }
    }
  }

  /// Nothing else is stated.
  template <typename Known> void noOthers(const char *group, const Known &known) {
    for (const auto &[name, value] : json[group].items()) {
      if (std::ranges::none_of(known, [&](const auto &one) { return one.first == name; })) {
        found.push_back(fmt::format("/{}: expected no '{}', found one", group, name));
      }
    }
  }

  const Json &json;
  std::vector<std::string> found;
};

} // namespace

std::vector<std::string> scoreFaults(const Record &record, const std::string &headline,
                                     const std::optional<Scores> &scores) {
  ScoreComparison comparison(record);
  const Scores none;
  const Scores &expected = scores ? *scores : none;
  for (const auto &[name, interval] : expected.metrics) {
    comparison.fields("metrics", name, {{"value", interval.value}, {"lo", interval.lo}, {"hi", interval.hi}});
  }
  for (const auto &[name, one] : expected.perClass) {
    comparison.fields("per_class", name,
                      {{"precision", one.precision},
                       {"recall", one.recall},
                       {"f1", one.f1},
                       {"support", static_cast<double>(one.support)}});
  }
  comparison.noOthers("metrics", expected.metrics);
  comparison.noOthers("per_class", expected.perClass);
  if (const std::string wanted = scores ? headline : ""; record.json["headline"] != wanted) {
    comparison.found.push_back(
        fmt::format("/headline: expected '{}', found {}", wanted, record.json["headline"].dump()));
  }
  return std::move(comparison.found);
}

} // namespace clew
