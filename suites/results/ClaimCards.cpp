// What model cards and .eval_results of the Hub claim (huggingface_hub: EvalResult, "Evaluation results" of its documentation).
#include "suites/results/ClaimForms.h"
#include "yaml/YamlDocument.h"

#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// YAML of a card; those of embedding models claim a thousand scores.
constexpr size_t kMostYaml = size_t{4} << 20;

const YamlNode &at(const YamlNode &node, std::string_view key) {
  static const YamlNode nothing;
  const YamlEntry *found = node.kind == YamlNode::Kind::Map ? node.find(key) : nullptr;
  return found ? found->value : nothing;
}

std::string textOf(const YamlNode &node) { return node.kind == YamlNode::Kind::Scalar ? node.text : ""; }

std::optional<double> numberOf(const YamlNode &node) {
  return node.kind == YamlNode::Kind::Scalar && !node.quoted ? finiteNumber(node.text) : std::nullopt;
}

Result<YamlNode> parse(std::string_view yaml, const std::string &path) {
  if (yaml.size() > kMostYaml) {
    return fail(ErrorKind::BadInput, "expected at most 4 MiB of YAML", path);
  }
  Diagnostics diagnostics(path);
  std::optional<YamlNode> root = parseYaml(yaml, diagnostics);
  return diagnostics.any() || !root ? Result<YamlNode>(Failure(diagnostics.first())) : std::move(*root);
}

/// The YAML of a card, with as many lines before it as in the file, so that places are right; empty: it has none.
std::string frontMatter(std::string_view text) {
  Lines lines(text);
  std::string_view line;
  if (!lines.next(line) || line != "---") {
    return "";
  }
  std::string yaml = "\n";
  while (lines.next(line)) {
    if (line == "---") {
      return yaml;
    }
    yaml += line;
    yaml += '\n';
  }
  return "";
}

void addResult(const std::string &model, const YamlNode &result, std::vector<Claim> &claims) {
  const YamlNode &dataset = at(result, "dataset");
  const std::string type = textOf(at(dataset, "type"));
  const std::string config = textOf(at(dataset, "config"));
  for (const YamlNode &metric : at(result, "metrics").items) {
    const std::optional<double> value = numberOf(at(metric, "value"));
    if (!value) {
      continue; // a text, or lists of several runs
    }
    const std::string name = textOf(at(metric, "name"));
    Claim claim;
    claim.model = model;
    claim.task = (type.empty() ? textOf(at(dataset, "name")) : type) + (config.empty() ? "" : " (" + config + ")");
    claim.split = textOf(at(dataset, "split"));
    claim.metric = name.empty() ? textOf(at(metric, "type")) : name;
    claim.value = *value;
    claim.harness = "model card";
    claims.push_back(std::move(claim));
  }
}

} // namespace

Result<std::vector<Claim>> cardClaims(const TextFile &text, const std::string &path) {
  const std::string yaml = frontMatter(text.text);
  if (yaml.empty()) {
    return std::vector<Claim>();
  }
  const Result<YamlNode> card = parse(yaml, path);
  if (!card) {
    return fail(card);
  }
  std::vector<Claim> claims;
  for (const YamlNode &model : at(*card, "model-index").items) {
    for (const YamlNode &result : at(model, "results").items) {
      addResult(textOf(at(model, "name")), result, claims);
    }
  }
  return claims;
}

Result<std::vector<Claim>> evalResultClaims(const TextFile &text, const std::string &path) {
  const Result<YamlNode> file = parse(text.text, path);
  if (!file) {
    return fail(file);
  }
  const fs::path folder = fs::absolute(path).parent_path();
  const fs::path repository = folder.filename() == ".eval_results" ? folder.parent_path() : folder;
  std::vector<Claim> claims;
  for (const YamlNode &result : file->items) {
    const std::optional<double> value = numberOf(at(result, "value"));
    const std::string id = textOf(at(at(result, "dataset"), "id"));
    const std::string task = textOf(at(at(result, "dataset"), "task_id"));
    if (!value || id.empty()) {
      continue;
    }
    Claim claim;
    claim.model = repository.filename().string();
    claim.task = id + (task.empty() || task == "default" ? "" : " (" + task + ")");
    claim.metric = "value";
    claim.value = *value;
    claim.harness = ".eval_results";
    claims.push_back(std::move(claim));
  }
  return claims;
}

} // namespace clew
