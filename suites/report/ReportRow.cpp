// What can be said of a row without its neighbours: its marks and its place.
#include "suites/report/ReportRow.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <tuple>

namespace clew {

std::string ReportRow::configuration() const {
  std::string key;
  for (const std::string *part : {&task, &taskVersion, &taskSha256, &split, &dataSha256, &model, &modelSha256,
                                  &weightsSha256, &vocabularySha256, &tokenizerSha256, &scheme, &execution}) {
    key += *part + '\n';
  }
  key += std::string(nameOf(target)) + '\n' + std::string(nameOf(precision)) + '\n';
  key += deterministic ? '1' : '0';
  return key;
}

std::vector<std::string> ReportRow::marks() const {
  std::vector<std::string> marks;
  if (randomWeights()) {
    marks.emplace_back("random weights");
  }
  if (!complete()) {
    marks.emplace_back(judged() ? "no labels" : "incomplete");
  }
  if (tier != Tier::Official) {
    marks.emplace_back("not official");
  }
  if (sampleData()) {
    marks.emplace_back("sample data");
  } else if (!dataOfficial) {
    marks.emplace_back("other data");
  }
  if (gate && !gate->kept99) {
    marks.emplace_back("below 99 % of f32");
  }
  if (faulty) {
    marks.emplace_back("does not check");
  } else if (scoreUnchecked) {
    marks.emplace_back("score not computed again here");
  }
  if (deterministic) {
    marks.emplace_back("deterministic");
  }
  for (std::string &flag : furtherFlags()) {
    marks.push_back(std::move(flag));
  }
  return marks;
}

std::vector<std::string> ReportRow::furtherFlags() const {
  // What a record says in words beside the field that says it (suites/run/CellRecord.cpp); reports show the field.
  static constexpr std::array kSaidByFields = {
      "random weights",       "tier ",           "the data is not the official",
      "keeps less than 99 %", "p99: not enough", "the split has no labels"};
  std::vector<std::string> further;
  std::ranges::copy_if(flags, std::back_inserter(further), [](const std::string &flag) {
    return std::ranges::none_of(kSaidByFields, [&](const char *begin) { return flag.starts_with(begin); });
  });
  // Of the loads that a row's records began under the highest tells enough.
  const auto loadOf = [](const std::string &flag) {
    return flag.starts_with("load ") ? std::strtod(flag.c_str() + 5, nullptr) : -1.0;
  };
  double most = 0;
  for (const std::string &flag : further) {
    most = std::max(most, loadOf(flag));
  }
  std::erase_if(further, [&](const std::string &flag) { return loadOf(flag) >= 0 && loadOf(flag) < most; });
  return further;
}

bool standsBefore(const ReportRow &a, const ReportRow &b) {
  constexpr double kLast = std::numeric_limits<double>::infinity();
  auto place = [kLast](const ReportRow &row) {
    return std::tuple(std::tie(row.task, row.taskVersion, row.split, row.dataSha256), row.randomWeights(),
                      row.complete() ? -row.metrics.front().second.value : kLast, row.latency.p50.value_or(kLast),
                      std::tie(row.model, row.precision, row.target, row.scheme, row.threads, row.tier),
                      std::tie(row.machine.cpu, row.machineId, row.weightsSha256, row.modelSha256, row.ids));
  };
  return place(a) < place(b);
}

} // namespace clew
