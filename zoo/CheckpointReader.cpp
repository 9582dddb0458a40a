// The map `checkpoint:`: how published files name the parameters.
#include "yaml/YamlFields.h"
#include "zoo/SyntaxReader.h"

#include <algorithm>

namespace clew {
namespace {

constexpr size_t mostEndings = 8;
constexpr size_t mostSuffixes = 32;
constexpr size_t mostFormats = 8;
constexpr size_t mostPatterns = 256;

std::vector<TensorNameSyntax> readTensorNames(const YamlNode &node, const ModelSyntax &syntax,
                                              Diagnostics &diagnostics) {
  std::vector<TensorNameSyntax> names;
  expectMap(node, "'names'", diagnostics);
  for (const YamlEntry &entry : node.entries) {
    names.push_back({{entry.key, entry.at}, readRecipe(entry.value, "'" + entry.key + "'", syntax, diagnostics)});
    if (diagnostics.full()) {
      break;
    }
  }
  return names;
}

/// `weight: /kernel`, `linear.weight: {suffix: /kernel, transpose: true}`, `lstm.weight_ih: {tensor: /kernel, rows: first}`.
std::vector<SuffixSyntax> readSuffixes(const YamlNode &node, const ModelSyntax &syntax, Diagnostics &diagnostics) {
  std::vector<SuffixSyntax> suffixes;
  expectMap(node, "'suffixes'", diagnostics);
  if (node.entries.size() > mostSuffixes) {
    diagnostics.error(node.at, "more than " + std::to_string(mostSuffixes) + " suffixes");
    return suffixes;
  }
  for (const YamlEntry &entry : node.entries) {
    SuffixSyntax &suffix = suffixes.emplace_back(SuffixSyntax{{entry.key, entry.at}, "", false});
    const std::string what = "'" + entry.key + "'";
    if (entry.value.kind == YamlNode::Kind::Map && (entry.value.find("tensor") || entry.value.find("join"))) {
      suffix.blocks = readRecipe(entry.value, what, syntax, diagnostics);
      continue;
    }
    const YamlNode *text = &entry.value;
    if (entry.value.kind == YamlNode::Kind::Map) {
      YamlFields fields(entry.value, what, diagnostics);
      const YamlEntry *named = fields.need("suffix");
      text = named ? &named->value : nullptr;
      if (const YamlEntry *transpose = fields.find("transpose")) {
        suffix.transpose = boolOf(transpose->value, "'transpose'", diagnostics).value_or(false);
      }
      fields.finish();
    }
    const bool none =
        text && text->kind == YamlNode::Kind::Scalar && text->quoted && text->text.empty(); // "": no suffix
    const auto name = text && !none ? readTensorName(*text, what, diagnostics) : std::nullopt;
    suffix.suffix = name ? name->name : "";
  }
  return suffixes;
}

/// `config: huggingface`: the rules of that format, which stands above.
void takeRules(const YamlNode &node, const std::vector<CheckpointSyntax> &above, CheckpointSyntax &checkpoint,
               Diagnostics &diagnostics) {
  const auto found = std::ranges::find(above, node.text, [](const CheckpointSyntax &one) { return one.form.format; });
  if (found == above.end()) {
    diagnostics.error(node.at, "expected rules, or a format that stands above and has them, for 'config', found " +
                                   describe(node));
    return;
  }
  checkpoint.rules = found->rules;
  checkpoint.form.config = found->form.config;
}

/// `like: bilm`: the names and suffixes of that format, which stands above, but for the paths that this one names itself.
void takeNames(const YamlNode &node, const std::vector<CheckpointSyntax> &above, CheckpointSyntax &checkpoint,
               Diagnostics &diagnostics) {
  const auto found = std::ranges::find(above, node.text, [](const CheckpointSyntax &one) { return one.form.format; });
  if (node.kind != YamlNode::Kind::Scalar || found == above.end()) {
    diagnostics.error(node.at, "expected a format that stands above for 'like', found " + describe(node));
    return;
  }
  const size_t own = checkpoint.names.size();
  for (const TensorNameSyntax &name : found->names) {
    const auto isSame = [&](const TensorNameSyntax &mine) { return mine.path.name == name.path.name; };
    if (std::none_of(checkpoint.names.begin(), checkpoint.names.begin() + static_cast<std::ptrdiff_t>(own), isSame)) {
      checkpoint.names.push_back(name);
    }
  }
  checkpoint.suffixes.insert(checkpoint.suffixes.end(), found->suffixes.begin(), found->suffixes.end());
}

std::vector<std::string> readPatterns(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  std::vector<std::string> patterns;
  for (const YamlNode *item : itemsOf(node, what, diagnostics)) {
    if (patterns.size() == mostPatterns) {
      diagnostics.error(item->at, "more than " + std::to_string(mostPatterns) + " names in " + what);
      break;
    }
    const auto pattern = readTensorName(*item, what, diagnostics);
    if (pattern && std::ranges::count(pattern->name, '*') > 1) {
      diagnostics.error(item->at, "expected at most one * in a name of " + what + ", found " + describe(*item));
    }
    patterns.push_back(pattern ? pattern->name : "");
  }
  return patterns;
}

std::vector<std::pair<std::string, std::string>> readEndings(const YamlNode &node, Diagnostics &diagnostics) {
  std::vector<std::pair<std::string, std::string>> endings;
  expectMap(node, "'endings'", diagnostics);
  if (node.entries.size() > mostEndings) {
    diagnostics.error(node.at, "more than " + std::to_string(mostEndings) + " endings");
    return endings;
  }
  for (const YamlEntry &entry : node.entries) {
    if (const auto older = readTensorName(entry.value, "'" + entry.key + "'", diagnostics)) {
      endings.emplace_back(entry.key, older->name);
    }
  }
  return endings;
}

} // namespace

std::optional<Named> readTensorName(const YamlNode &node, const std::string &what, Diagnostics &diagnostics) {
  const auto text = textOf(node, what, diagnostics);
  if (!text) {
    return std::nullopt;
  }
  if (text->size() > 256 || text->find_first_of(" \t\r\n") != std::string::npos) {
    diagnostics.error(node.at, "expected a name without spaces for " + what + ", found " + describe(node));
    return std::nullopt;
  }
  return Named{*text, node.at};
}

std::vector<CheckpointSyntax> readCheckpoints(const YamlNode &node, const ModelSyntax &syntax,
                                              Diagnostics &diagnostics) {
  std::vector<CheckpointSyntax> checkpoints;
  expectMap(node, "'checkpoint'", diagnostics);
  if (node.entries.size() > mostFormats) {
    diagnostics.error(node.at, "more than " + std::to_string(mostFormats) + " formats");
    return checkpoints;
  }
  for (const YamlEntry &entry : node.entries) {
    CheckpointSyntax checkpoint{entry.at, {}, {}, {}, {}};
    CheckpointForm &form = checkpoint.form;
    form.format = entry.key;
    YamlFields fields(entry.value, "checkpoint '" + entry.key + "'", diagnostics);
    if (const YamlEntry *prefix = fields.find("prefix")) {
      form.prefix = textOf(prefix->value, "'prefix'", diagnostics).value_or("");
    }
    if (const YamlEntry *names = fields.need("names")) {
      checkpoint.names = readTensorNames(names->value, syntax, diagnostics);
    }
    if (const YamlEntry *endings = fields.find("endings")) {
      form.endings = readEndings(endings->value, diagnostics);
    }
    if (const YamlEntry *suffixes = fields.find("suffixes")) {
      checkpoint.suffixes = readSuffixes(suffixes->value, syntax, diagnostics);
    }
    if (const YamlEntry *like = fields.find("like")) {
      takeNames(like->value, checkpoints, checkpoint, diagnostics);
    }
    const YamlEntry *config = fields.find("config");
    if (config && config->value.kind == YamlNode::Kind::Scalar) {
      takeRules(config->value, checkpoints, checkpoint, diagnostics);
    } else if (config) {
      checkpoint.rules = readConfigRules(config->value, syntax, diagnostics);
    }
    const std::pair<std::string, std::vector<std::string> *> lists[] = {{"ignore", &form.ignore},
                                                                        {"config_absent", &form.config.absent},
                                                                        {"config_ignore", &form.config.ignore},
                                                                        {"config_files", &form.config.files}};
    for (const auto &[key, list] : lists) {
      if (const YamlEntry *given = fields.find(key)) {
        *list = readPatterns(given->value, "'" + key + "'", diagnostics);
      }
    }
    fields.finish();
    checkpoints.push_back(std::move(checkpoint));
  }
  return checkpoints;
}

} // namespace clew
