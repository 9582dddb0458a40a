// See BoardReader.h.
#include "suites/run/BoardReader.h"

#include "runtime/base/NamedValues.h"
#include "suites/records/FieldForms.h"
#include "yaml/InstalledYaml.h"
#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace clew {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> choiceOf(const YamlNode &node, const std::string &what,
                                    const std::vector<std::string> &known, Diagnostics &diagnostics) {
  std::optional<std::string> text = textOf(node, what, diagnostics);
  if (text && std::ranges::find(known, *text) == known.end()) {
    const std::string hint = didYouMean(*text, known);
    diagnostics.error(node.at,
                      "expected " + what + " to be one of " + quotedList(known) + ", found '" + *text + "'" + hint);
    return std::nullopt;
  }
  return text;
}

/// A list without doubles; `read` turns an item into a value or says what is wrong.
template <typename T, typename Read>
std::vector<T> listOf(const YamlNode &node, const std::string &what, Diagnostics &diagnostics, Read read) {
  std::vector<T> values;
  const std::vector<const YamlNode *> items = itemsOf(node, what, diagnostics);
  if (items.empty() && node.kind == YamlNode::Kind::Sequence) {
    diagnostics.error(node.at, "expected " + what + " to name at least one");
  }
  for (const YamlNode *item : items) {
    const std::optional<T> value = read(*item);
    if (value && std::ranges::find(values, *value) != values.end()) {
      diagnostics.error(item->at, what + " names '" + item->text + "' twice");
    } else if (value) {
      values.push_back(*value);
    }
  }
  return values;
}

std::vector<BoardTask> tasksOf(const YamlNode &node, Diagnostics &diagnostics) {
  std::vector<BoardTask> tasks;
  std::set<std::string> seen;
  if (node.kind != YamlNode::Kind::Sequence || node.items.empty()) {
    diagnostics.error(node.at, "expected 'tasks' to be a list of tasks, found " + describe(node));
  }
  for (const YamlNode &item : node.items) {
    BoardTask task;
    if (item.kind == YamlNode::Kind::Map) {
      YamlFields fields(item, "a task of a board", diagnostics);
      if (const YamlEntry *name = fields.need("task")) {
        task.name = textOf(name->value, "'task'", diagnostics).value_or("");
      }
      if (const YamlEntry *otherwise = fields.find("otherwise")) {
        task.otherwise = textOf(otherwise->value, "'otherwise'", diagnostics).value_or("");
      }
      fields.finish();
    } else {
      task.name = textOf(item, "a task", diagnostics).value_or("");
    }
    if (!task.name.empty() && !seen.insert(task.name).second) {
      diagnostics.error(item.at, "'tasks' names '" + task.name + "' twice");
    }
    tasks.push_back(std::move(task));
  }
  return tasks;
}

void readServer(const YamlNode &node, Board &board, Diagnostics &diagnostics) {
  YamlFields fields(node, "'server'", diagnostics);
  if (const YamlEntry *bound = fields.need("bound_ms")) {
    board.boundMs = floatOf(bound->value, "'bound_ms'", 0.001, 1e6, diagnostics).value_or(0);
  }
  if (const YamlEntry *batch = fields.find("batch")) {
    board.serverBatch = intOf(batch->value, "'batch'", 1, 4096, diagnostics).value_or(1);
  }
  fields.finish();
}

/// What a board is made of: the lists.
void readLists(YamlFields &fields, Board &board, Diagnostics &diagnostics) {
  const auto texts = [&](const YamlNode &node) { return textOf(node, "a model", diagnostics); };
  if (const YamlEntry *models = fields.need("models")) {
    board.models = listOf<std::string>(models->value, "'models'", diagnostics, texts);
  }
  if (const YamlEntry *tasks = fields.need("tasks")) {
    board.tasks = tasksOf(tasks->value, diagnostics);
  }
  if (const YamlEntry *scenarios = fields.need("scenarios")) {
    board.scenarios = listOf<ScenarioKind>(scenarios->value, "'scenarios'", diagnostics, [&](const YamlNode &node) {
      const std::optional<std::string> name = choiceOf(node, "a scenario", namesOf(kScenarios), diagnostics);
      return name ? std::optional(*scenarioNamed(*name)) : std::nullopt;
    });
  }
  if (const YamlEntry *precisions = fields.find("precisions")) {
    board.precisions = listOf<Precision>(precisions->value, "'precisions'", diagnostics, [&](const YamlNode &node) {
      const std::optional<std::string> name = choiceOf(node, "a precision", namesOf(kPrecisions), diagnostics);
      return name ? std::optional(*precisionNamed(*name)) : std::nullopt;
    });
  }
  if (const YamlEntry *targets = fields.find("targets")) {
    board.targets = listOf<Target>(targets->value, "'targets'", diagnostics, [&](const YamlNode &node) {
      const std::optional<std::string> name = choiceOf(node, "a target", namesOf(kTargets), diagnostics);
      return name ? std::optional(*targetNamed(*name)) : std::nullopt;
    });
  }
  if (const YamlEntry *threads = fields.find("threads")) {
    board.threads = listOf<int>(threads->value, "'threads'", diagnostics, [&](const YamlNode &node) {
      const std::optional<int64_t> count = intOf(node, "'threads'", 1, 1024, diagnostics);
      return count ? std::optional<int>(static_cast<int>(*count)) : std::nullopt;
    });
  }
  if (const YamlEntry *lengths = fields.find("lengths")) {
    board.lengths = listOf<int64_t>(lengths->value, "'lengths'", diagnostics, [&](const YamlNode &node) {
      return intOf(node, "a length", 4, 4096, diagnostics);
    });
  }
}

Board boardOf(const YamlNode &root, Diagnostics &diagnostics) {
  Board board;
  board.file = diagnostics.fileName();
  YamlFields fields(root, "a board", diagnostics);
  if (const YamlEntry *name = fields.need("board")) {
    board.name = textOf(name->value, "'board'", diagnostics).value_or("");
    if (!isName(board.name)) { // records name it, and files of results are named by it
      diagnostics.error(name->value.at,
                        "expected a name of letters, digits, '-', '_' and '.', found '" + board.name + "'");
    }
  }
  if (const YamlEntry *about = fields.find("about")) {
    board.about = textOf(about->value, "'about'", diagnostics).value_or("");
  }
  readLists(fields, board, diagnostics);
  if (const YamlEntry *tier = fields.need("tier")) {
    if (const auto name = choiceOf(tier->value, "'tier'", namesOf(kTiers), diagnostics)) {
      board.tier = *tierNamed(*name);
    }
  }
  if (const YamlEntry *split = fields.find("split")) {
    board.split = textOf(split->value, "'split'", diagnostics).value_or("dev");
  }
  if (const YamlEntry *server = fields.find("server")) {
    readServer(server->value, board, diagnostics);
  } else if (std::ranges::find(board.scenarios, ScenarioKind::Server) != board.scenarios.end()) {
    diagnostics.error(root.at, "the scenario 'server' needs 'server: {bound_ms: ...}'");
  }
  if (const YamlEntry *weights = fields.find("weights")) {
    const std::string folder = textOf(weights->value, "'weights'", diagnostics).value_or("");
    board.weights = (fs::path(board.file).parent_path() / folder).string();
  }
  if (!board.lengths.empty() &&
      std::ranges::find(board.scenarios, ScenarioKind::SingleStream) == board.scenarios.end()) {
    diagnostics.error(root.at, "'lengths' are timed as single streams: 'scenarios' must name 'single-stream'");
  }
  fields.finish();
  return board;
}

/// The board, as far as it could be understood, with its errors.
Result<Board> parse(const std::string &path, Diagnostics &diagnostics) {
  const Result<std::string> text = readSmallFile(path);
  if (!text) {
    return fail(text);
  }
  const std::optional<YamlNode> root = parseYaml(*text, diagnostics);
  return root ? Result<Board>(boardOf(*root, diagnostics)) : Result<Board>(Board());
}

} // namespace

Result<Board> readBoard(const std::string &path) {
  Diagnostics diagnostics(path);
  Result<Board> board = parse(path, diagnostics);
  return board && diagnostics.any() ? Result<Board>(Failure(diagnostics.first())) : board;
}

std::vector<Error> checkBoardFile(const std::string &path) {
  Diagnostics diagnostics(path);
  const Result<Board> board = parse(path, diagnostics);
  return board ? diagnostics.all() : std::vector<Error>{board.error()};
}

Result<Board> findBoard(const std::string &name) {
  const Result<std::string> path = installedYaml("suites/boards", "board", name);
  return path ? readBoard(*path) : fail(path);
}

} // namespace clew
