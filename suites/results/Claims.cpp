// Readers of other harnesses' result files in JSON: tolerant of what they add, strict about what is taken.
#include "suites/results/Claims.h"

#include "runtime/base/JsonValue.h"
#include "suites/data/TextFile.h"
#include "suites/results/ClaimForms.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kMostClaims = 100'000;

const Json &at(const Json &object, const char *key) {
  static const Json nothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : nothing;
}

std::string textOf(const Json &value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::optional<double> numberOf(const Json &value) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// "acc,none" -> "acc"; another filter stays: "exact_match,strict-match" -> "exact_match (strict-match)".
std::string metricOf(const std::string &key) {
  const size_t comma = key.find(',');
  const std::string filter = comma == std::string::npos ? "none" : key.substr(comma + 1);
  return key.substr(0, comma) + (filter == "none" ? "" : " (" + filter + ")");
}

/// The key of a metric's standard error: "acc_stderr,none".
std::string errorKeyOf(const std::string &key) {
  const size_t comma = std::min(key.find(','), key.size());
  return key.substr(0, comma) + "_stderr" + key.substr(comma);
}

std::string lmEvalModel(const Json &file) {
  const std::string named = textOf(at(file, "model_name"));
  const std::string arguments = textOf(at(at(file, "config"), "model_args"));
  constexpr std::string_view key = "pretrained=";
  const size_t begin = arguments.find(key);
  if (!named.empty() || begin == std::string::npos) {
    return !named.empty() ? named : textOf(at(at(file, "config"), "model"));
  }
  return arguments.substr(begin + key.size(), arguments.find(',', begin) - begin - key.size());
}

std::vector<Claim> lmEvalClaims(const Json &file) {
  std::vector<Claim> claims;
  const std::string version = textOf(at(file, "lm_eval_version"));
  for (const auto &[task, numbers] : at(file, "results").items()) {
    if (!numbers.is_object()) {
      continue;
    }
    for (const auto &[key, value] : numbers.items()) {
      const std::optional<double> number = numberOf(value);
      if (!number || key.find("_stderr") != std::string::npos || key.find(',') == std::string::npos) {
        continue; // texts, "N/A", and what is no metric, as sample_len
      }
      Claim claim;
      claim.model = lmEvalModel(file);
      claim.task = task;
      claim.metric = metricOf(key);
      claim.value = *number;
      claim.standardError = numberOf(at(numbers, errorKeyOf(key).c_str()));
      claim.harness = "lm-evaluation-harness" + (version.empty() ? "" : " " + version);
      claims.push_back(std::move(claim));
    }
  }
  return claims;
}

std::vector<Claim> mtebClaims(const Json &file, const std::string &path) {
  std::vector<Claim> claims;
  const std::string version = textOf(at(file, "mteb_version"));
  for (const auto &[split, subsets] : at(file, "scores").items()) {
    for (const Json &scores : subsets) {
      const std::optional<double> number = numberOf(at(scores, "main_score"));
      if (!number) {
        continue;
      }
      const std::string subset = textOf(at(scores, "hf_subset"));
      Claim claim;
      claim.model = fs::absolute(path).parent_path().parent_path().filename().string();
      claim.task = textOf(at(file, "task_name"));
      claim.split = split;
      claim.metric = "main_score" + (subset.empty() || subset == "default" ? "" : " (" + subset + ")");
      claim.value = *number;
      claim.harness = "MTEB" + (version.empty() ? "" : " " + version);
      claims.push_back(std::move(claim));
    }
  }
  return claims;
}

Result<std::vector<Claim>> jsonClaims(const TextFile &text, const std::string &path) {
  const Result<Json> file = parseOrderedJson(text.text, path);
  if (!file) {
    return fail(file);
  }
  if (at(*file, "results").is_object()) {
    return lmEvalClaims(*file);
  }
  const bool isMteb = at(*file, "scores").is_object() && at(*file, "task_name").is_string();
  return isMteb ? mtebClaims(*file, path) : std::vector<Claim>();
}

struct ClaimForm {
  std::string_view ending;
  Result<std::vector<Claim>> (*read)(const TextFile &text, const std::string &path);
  std::string_view expected;
};

constexpr ClaimForm kForms[] = {
    {".md", cardClaims, "a model card with a model-index that has numbers"},
    {".yaml", evalResultClaims, "a list of results with a data set and a value each"},
    {".yml", evalResultClaims, "a list of results with a data set and a value each"},
    {".csv", csvClaims, "records as `clew results export --format csv` writes them, with scores"},
    {"", jsonClaims, "results of lm-evaluation-harness (\"results\" by task) or MTEB (\"task_name\", \"scores\")"},
};

} // namespace

Result<std::vector<Claim>> readClaims(const std::string &path) {
  const Result<TextFile> text = readTextFile(path);
  if (!text) {
    return fail(text);
  }
  const ClaimForm &form =
      *std::ranges::find_if(kForms, [&](const ClaimForm &one) { return path.ends_with(one.ending); });
  Result<std::vector<Claim>> claims = form.read(*text, path);
  if (!claims) {
    return claims;
  }
  if (claims->empty() || claims->size() > kMostClaims) {
    return fail(ErrorKind::BadInput,
                claims->empty() ? fmt::format("expected {}, found no score", form.expected)
                                : "expected at most 100,000 scores",
                path);
  }
  for (Claim &claim : *claims) {
    claim.file = path;
    claim.sha256 = text->sha256;
  }
  return claims;
}

} // namespace clew
