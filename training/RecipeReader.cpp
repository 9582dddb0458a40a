// See Recipe.h.
#include "training/Recipe.h"

#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"
#include "zoo/OpTable.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clew {
namespace {

/// Puts "a.b=value" into the tree, in place of what is there.
void setValue(YamlNode &root, const std::string &assignment, Diagnostics &diagnostics) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.error(root.at, "expected --set KEY=VALUE, found '" + assignment + "'");
    return;
  }
  YamlNode *node = &root;
  std::string path = assignment.substr(0, equals);
  while (!path.empty()) {
    const std::string key = path.substr(0, path.find('.'));
    path = key.size() == path.size() ? "" : path.substr(key.size() + 1);
    if (node->kind != YamlNode::Kind::Map && node->kind != YamlNode::Kind::Null) {
      diagnostics.error(node->at, "--set " + assignment + ": '" + key + "' is inside of what is no map");
      return;
    }
    node->kind = YamlNode::Kind::Map;
    auto found = std::ranges::find(node->entries, key, &YamlEntry::key);
    if (found == node->entries.end()) {
      YamlNode empty;
      empty.at = root.at;
      found = node->entries.insert(found, YamlEntry{key, root.at, std::move(empty)});
    }
    node = &found->value;
  }
  const Spot at = node->at;
  *node = YamlNode();
  node->kind = YamlNode::Kind::Scalar;
  node->at = at;
  node->text = assignment.substr(equals + 1);
}

class Reader {
public:
  Reader(const YamlNode &root, Diagnostics &diagnostics) : root(root), diagnostics(diagnostics) {}

  Recipe read() {
    recipe.file = diagnostics.fileName();
    YamlFields fields(root, "a recipe", diagnostics);
    text(fields, "recipe", recipe.name, true);
    text(fields, "about", recipe.about, false);
    text(fields, "source", recipe.source, false);
    text(fields, "model", recipe.model, true);
    text(fields, "task", recipe.task, true);
    text(fields, "start_from", recipe.startFrom, false);
    if (const YamlEntry *head = fields.find("new_head")) {
      recipe.newHead = boolOf(head->value, "'new_head'", diagnostics).value_or(false);
      if (recipe.newHead && recipe.startFrom.empty()) {
        diagnostics.error(head->value.at,
                          "'new_head' says something of the weights of 'start_from', which is not there");
      }
    }
    if (const YamlEntry *rows = fields.find("rows")) {
      readRows(rows->value);
    }
    if (const YamlEntry *params = fields.find("params")) {
      recipe.params = paramsOf(params->value);
    }
    if (const YamlEntry *teacher = fields.find("teacher")) {
      readTeacher(teacher->value);
    }
    if (const YamlEntry *loss = fields.need("loss")) {
      readLosses(loss->value);
    }
    if (const YamlEntry *initial = fields.find("initial")) {
      readInitial(initial->value);
    }
    if (const YamlEntry *optimizer = fields.need("optimizer")) {
      readOptimizer(optimizer->value);
    }
    if (const YamlEntry *schedule = fields.find("schedule")) {
      readSchedule(schedule->value);
    }
    whole(fields, "batch", recipe.batch, 1, 1 << 20);
    whole(fields, "epochs", recipe.epochs, 1, 1000000);
    whole(fields, "patience", recipe.patience, 0, 1000000);
    number(fields, "average", recipe.average, 0, 0.99999999);
    int64_t seed = 1;
    whole(fields, "seed", seed, 0, INT64_MAX);
    recipe.seed = static_cast<uint64_t>(seed);
    if (const YamlEntry *frozen = fields.find("frozen")) {
      for (const YamlNode *item : itemsOf(frozen->value, "'frozen'", diagnostics)) {
        recipe.frozen.push_back(textOf(*item, "a path", diagnostics).value_or(""));
      }
    }
    fields.finish();
    return std::move(recipe);
  }

private:
  void text(YamlFields &fields, std::string_view key, std::string &value, bool needed) {
    if (const YamlEntry *entry = needed ? fields.need(key) : fields.find(key)) {
      value = textOf(entry->value, "'" + std::string(key) + "'", diagnostics).value_or("");
    }
  }
  void whole(YamlFields &fields, std::string_view key, int64_t &value, int64_t least, int64_t most) {
    if (const YamlEntry *entry = fields.find(key)) {
      value = intOf(entry->value, "'" + std::string(key) + "'", least, most, diagnostics).value_or(value);
    }
  }
  void number(YamlFields &fields, std::string_view key, double &value, double least, double most) {
    if (const YamlEntry *entry = fields.find(key)) {
      value = floatOf(entry->value, "'" + std::string(key) + "'", least, most, diagnostics).value_or(value);
    }
  }
  /// The index of the name that stands there.
  std::optional<size_t> choice(const YamlEntry &entry, const std::vector<std::string> &names) {
    const auto name = textOf(entry.value, "'" + entry.key + "'", diagnostics);
    const auto found = name ? std::ranges::find(names, *name) : names.end();
    if (name && found == names.end()) {
      diagnostics.error(entry.value.at, "expected '" + entry.key + "' to be one of " + quotedList(names) + ", found '" +
                                            *name + "'" + didYouMean(*name, names));
    }
    return found == names.end() ? std::nullopt : std::optional(static_cast<size_t>(found - names.begin()));
  }

  void readRows(const YamlNode &node) {
    YamlFields fields(node, "'rows'", diagnostics);
    text(fields, "train", recipe.trainSplit, false);
    number(fields, "held_out", recipe.heldOut, 0, 0.9);
    text(fields, "choose", recipe.chooseSplit, false);
    text(fields, "report", recipe.reportSplit, false);
    if (const YamlEntry *extra = fields.find("extra")) {
      const bool list = extra->value.kind == YamlNode::Kind::Sequence;
      for (size_t i = 0; i < (list ? extra->value.items.size() : 1); ++i) {
        const YamlNode &item = list ? extra->value.items[i] : extra->value;
        recipe.extra.push_back(textOf(item, "a file of rows", diagnostics).value_or(""));
      }
    }
    fields.finish();
    if ((recipe.heldOut > 0) == !recipe.chooseSplit.empty()) {
      diagnostics.error(node.at, "expected either 'held_out' or 'choose' in 'rows': what chooses the best epoch");
    }
  }

  std::map<std::string, Attribute> paramsOf(const YamlNode &node) {
    std::map<std::string, Attribute> params;
    expectMap(node, "'params'", diagnostics);
    for (const YamlEntry &entry : node.entries) {
      if (auto value = literalOf(entry.value, "'" + entry.key + "'", diagnostics)) {
        params[entry.key] = std::visit([](const auto &one) { return Attribute(one); }, *value);
      }
    }
    return params;
  }

  void readTeacher(const YamlNode &node) {
    TeacherForm teacher;
    teacher.at = {recipe.file, node.at.line, node.at.column};
    YamlFields fields(node, "'teacher'", diagnostics);
    text(fields, "model", teacher.model, true);
    text(fields, "weights", teacher.weights, true);
    if (const YamlEntry *params = fields.find("params")) {
      teacher.params = paramsOf(params->value);
    }
    fields.finish();
    recipe.teacher = std::move(teacher);
  }

  void readProjection(const YamlNode &node, LossTerm &term) {
    Projection projection{"projection", 0};
    YamlFields fields(node, "'project'", diagnostics);
    text(fields, "name", projection.name, false);
    if (const YamlEntry *width = fields.need("width")) {
      projection.width = intOf(width->value, "'width'", 1, 1 << 20, diagnostics).value_or(1);
    }
    fields.finish();
    if (projection.name.empty() || projection.name.find('.') != std::string::npos) {
      diagnostics.error(node.at, "expected the 'name' of a projection to be a word without dots, found '" +
                                     projection.name + "'");
    }
    term.project = std::move(projection);
  }

  void readLosses(const YamlNode &node) {
    const bool list = node.kind == YamlNode::Kind::Sequence;
    if (list && node.items.empty()) {
      diagnostics.error(node.at, "expected at least one loss");
    }
    for (size_t i = 0; i < (list ? node.items.size() : 1); ++i) {
      readLoss(list ? node.items[i] : node);
    }
  }

  void readLoss(const YamlNode &node) {
    LossTerm term;
    term.at = {recipe.file, node.at.line, node.at.column};
    YamlFields fields(node, "a loss", diagnostics);
    text(fields, "op", term.op, true);
    text(fields, "weights", term.weights, false);
    number(fields, "factor", term.factor, 0, 1e6);
    if (const YamlEntry *project = fields.find("project")) {
      readProjection(project->value, term);
    }
    const OpEntry *op = findOp(term.op);
    if (!op || !op->isLoss) {
      std::vector<std::string> known;
      for (const OpEntry &entry : opTable()) {
        if (entry.isLoss) {
          known.emplace_back(entry.name);
        }
      }
      diagnostics.error(node.at, "expected the 'op' of a loss to be one of " + quotedList(known) + ", found '" +
                                     term.op + "'" + didYouMean(term.op, known));
      return;
    }
    for (std::string_view operand : op->operands) {
      const bool implied = operand == "labels" || operand == "offsets";
      const YamlEntry *entry = implied ? fields.find(operand) : fields.need(operand);
      std::string value =
          entry ? textOf(entry->value, "'" + entry->key + "'", diagnostics).value_or("") : std::string(operand);
      term.operands.emplace_back(operand, std::move(value));
    }
    for (const OpAttribute &attribute : op->attributes) {
      if (const YamlEntry *entry = fields.find(attribute.name)) {
        readAttribute(attribute, *entry, term);
      }
    }
    fields.finish();
    recipe.losses.push_back(std::move(term));
  }

  void readAttribute(const OpAttribute &attribute, const YamlEntry &entry, LossTerm &term) {
    const std::string what = "'" + entry.key + "'";
    if (attribute.type == AttributeType::Bool) {
      if (auto value = boolOf(entry.value, what, diagnostics)) {
        term.attributes.emplace_back(entry.key, *value);
      }
    } else if (auto value = floatOf(entry.value, what, attribute.least, attribute.most, diagnostics)) {
      term.attributes.emplace_back(entry.key, *value);
    }
  }

  void readInitial(const YamlNode &node) {
    YamlFields fields(node, "'initial'", diagnostics);
    if (const YamlEntry *matrices = fields.find("matrices")) {
      const auto chosen = choice(*matrices, {"glorot", "normal"});
      recipe.initial.matrices = chosen == 0 ? InitialValues::Matrices::Glorot : InitialValues::Matrices::Normal;
    }
    number(fields, "deviation", recipe.initial.deviation, 0, 10);
    number(fields, "tables", recipe.initial.tables, 0, 10);
    number(fields, "forget_bias", recipe.initial.forgetBias, -10, 10);
    fields.finish();
  }

  void readOptimizer(const YamlNode &node) {
    OptimizerForm &form = recipe.optimizer;
    YamlFields fields(node, "'optimizer'", diagnostics);
    if (const YamlEntry *name = fields.need("name")) {
      form.kind = static_cast<OptimizerKind>(choice(*name, {"adamw", "lamb", "sgd"}).value_or(0));
    }
    number(fields, "rate", form.rate, 0, 1000);
    if (form.kind == OptimizerKind::Sgd) {
      number(fields, "momentum", form.momentum, 0, 0.9999);
    } else {
      number(fields, "beta1", form.beta1, 0, 0.9999);
      number(fields, "beta2", form.beta2, 0, 0.999999);
      number(fields, "eps", form.eps, 0, 1);
    }
    number(fields, "weight_decay", form.weightDecay, 0, 10);
    number(fields, "clip", form.clip, 0, 1e9);
    if (const YamlEntry *rates = fields.find("rates")) {
      expectMap(rates->value, "'rates'", diagnostics);
      for (const YamlEntry &entry : rates->value.entries) {
        form.rates.emplace_back(entry.key,
                                floatOf(entry.value, "'" + entry.key + "'", 0, 1e6, diagnostics).value_or(1));
      }
    }
    fields.finish();
  }

  void readSchedule(const YamlNode &node) {
    YamlFields fields(node, "'schedule'", diagnostics);
    if (const YamlEntry *shape = fields.find("shape")) {
      recipe.schedule.shape = static_cast<ScheduleShape>(choice(*shape, {"constant", "linear", "cosine"}).value_or(1));
    }
    number(fields, "warm_up", recipe.schedule.warmUp, 0, 1);
    fields.finish();
  }

  const YamlNode &root;
  Diagnostics &diagnostics;
  Recipe recipe;
};

} // namespace

double Schedule::at(int64_t step, int64_t steps) const {
  const double done = static_cast<double>(step + 1) / static_cast<double>(std::max<int64_t>(steps, 1));
  if (done < warmUp) {
    return done / warmUp;
  }
  const double left =
      warmUp < 1 ? (1 - static_cast<double>(step) / static_cast<double>(std::max<int64_t>(steps, 1))) / (1 - warmUp)
                 : 1;
  switch (shape) {
  case ScheduleShape::Constant:
    return 1;
  case ScheduleShape::Linear:
    return std::clamp(left, 0.0, 1.0);
  case ScheduleShape::Cosine:
    return (1 + std::cos(std::numbers::pi * (1 - std::clamp(left, 0.0, 1.0)))) / 2;
  }
  return 1;
}

/// The recipe, as far as it could be understood, with its errors.
static Result<Recipe> parse(const std::string &path, const std::vector<std::string> &set, Diagnostics &diagnostics) {
  const Result<std::string> text = readSmallFile(path);
  if (!text) {
    return fail(text);
  }
  std::optional<YamlNode> root = parseYaml(*text, diagnostics);
  if (!root) {
    return Recipe();
  }
  for (const std::string &assignment : set) {
    setValue(*root, assignment, diagnostics);
  }
  return Reader(*root, diagnostics).read();
}

Result<Recipe> readRecipe(const std::string &path, const std::vector<std::string> &set) {
  Diagnostics diagnostics(path);
  Result<Recipe> recipe = parse(path, set, diagnostics);
  return recipe && diagnostics.any() ? Result<Recipe>(Failure(diagnostics.first())) : recipe;
}

std::vector<Error> checkRecipeFile(const std::string &path) {
  Diagnostics diagnostics(path);
  const Result<Recipe> recipe = parse(path, {}, diagnostics);
  return recipe ? diagnostics.all() : std::vector<Error>{recipe.error()};
}

} // namespace clew
