// BenchPlan: a board worked out: which configurations there are, which cells each has, what each cell's record is called, and what is left
// out and why. Nothing is compiled or run for it.
#pragma once

#include "runtime/program/Execution.h"
#include "suites/data/Dataset.h"
#include "suites/records/Record.h"
#include "suites/run/Board.h"
#include "zoo/Model.h"

#include <memory>

namespace clew {

/// What the command line says beside the board.
struct BenchOptions {
  std::string out;              ///< folder of records.jsonl and predictions/
  std::string weights;          ///< folder with <architecture>/<size>/<task>/; goes before the board's
  bool randomWeights = false;   ///< where there are no weights, draw them
  std::optional<uint64_t> seed; ///< of random weights and of the order of queries; 1 by default
  bool deterministic = false;
  std::string cpu;                      ///< as CompileOptions::cpu
  Execution execution;                  ///< of all configurations
  std::string vocabulary;               ///< empty: searched
  std::string data;                     ///< empty: $CLEW_DATA, then ~/.cache/clew/data
  std::vector<std::string> zoo;         ///< further folders of models
  std::vector<std::string> taskFolders; ///< further folders of tasks
};

/// One model with one task's head on one target at one precision with so many threads.
struct Configuration {
  std::shared_ptr<const Model> model; ///< with the task's head
  Task task;
  std::shared_ptr<const Dataset> data;
  std::string weights; ///< empty: random ones
  int64_t longest = 0; ///< tokens of a query, as model and tokenizer limit them; 0: any number
  CellKey key;         ///< its cells' keys, but for scenario, length and what belongs to the server
  std::vector<CellKey> cells;
};

/// A pair that is not measured. `missing`: because its data, weights or vocabulary are not there; else because it makes no sense (a tagger
/// and a task of classes, a length beyond the model's).
struct LeftOut {
  std::string what;
  std::string why;
  bool missing = false;
  bool noWeights = false; ///< of those: there are no weights, and none may be drawn
};

struct BenchPlan {
  Board board;
  uint64_t seed = 1;
  std::string dataFolder;
  Machine machine;                           ///< as it was before we began to load it
  std::vector<Configuration> configurations; ///< by task, then model; of each the f32 configuration first
  std::vector<LeftOut> leftOut;
  std::vector<std::string> notes; ///< what was read otherwise than it is written, and files that are wrong

  size_t cellCount() const;
};

/// NotFound for a model or task that does not exist; BadInput for broken data.
Result<BenchPlan> planBench(Board board, const BenchOptions &options);

} // namespace clew
