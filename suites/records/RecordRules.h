// What the fields of one record must say about each other. A record that was edited with care has the right id and digest again; then it is
// caught by what its other fields still say, or by the predictions (suites/check), or only by running it again.
#pragma once

#include "suites/records/Record.h"

namespace clew {

/// Each contradiction as "/field: expected ..., found ...", of a record of the present schema that it allows. `now`: seconds since 1970.
/// Every field has a rule, or is free by decision: tests/e2e/record_rules_test.py makes all variants of real records and holds the list of
/// those that nothing in the record contradicts, each with its reason.
///   - forms: names, versions, hashes, the words of schemes and facts, counts that are possible at all;
///   - random_weights, weights_sha256 and seeds; target, precision and gate; flags, which follow from the other fields (Flags.h);
///   - metrics, headline, per_class and predictions: no scores without predictions, F1 of precision and recall;
///   - the scenario's fields; seconds of the tier; warm-up; percentiles with samples enough, in order, the model's part within the whole,
///     no more time in slow queries than there was; rates of queries and seconds; the histogram of lengths;
///   - energy: counters that there are, joules a row of joules and queries, a machine's power, and why there are none;
///   - server: rates, the one that is reported, the bound;
///   - dates: real, in order, as far apart as the timing took, not in the future;
///   - the machine: cores, memory, features of one maker.
std::vector<std::string> contradictions(const Record &record, int64_t now);

/// What the rules have in common: the record, and what was found so far.
class RecordRules {
public:
  using Json = nlohmann::ordered_json;

  explicit RecordRules(const Json &json) : json(json) {}

  /// Unless `holds`: "PATH: expected EXPECTED, found FOUND".
  void need(bool holds, const std::string &path, const std::string &expected, const std::string &found);
  /// The same, the record's own value at `path` being what was found.
  void need(bool holds, const std::string &path, const std::string &expected);

  double number(const char *pointer) const { return json.at(Json::json_pointer(pointer)).get<double>(); }
  std::string text(const char *pointer) const { return json.at(Json::json_pointer(pointer)).get<std::string>(); }
  bool isNull(const char *pointer) const { return json.at(Json::json_pointer(pointer)).is_null(); }

  const Json &json;
  std::vector<std::string> found;
};

/// "package-0", "dram-1", "gpu-0": what joules are counted of.
bool isEnergyCounter(std::string_view name);

/// Two numbers of which each was rounded to six digits.
bool aboutEqual(double a, double b);

/// The groups of rules.
void checkFields(RecordRules &rules);
void checkExecution(RecordRules &rules);
void checkVersions(RecordRules &rules);
void checkScores(RecordRules &rules);
void checkTimes(RecordRules &rules);
void checkPace(RecordRules &rules, ScenarioKind scenario, double tierSeconds); ///< of a timed cell
void checkServer(RecordRules &rules);
void checkDates(RecordRules &rules, int64_t now);

} // namespace clew
