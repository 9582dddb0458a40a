// Model: one architecture at one size, read from YAML, with blocks and repeats expanded and $params substituted. It is a flat
// list of op applications in evaluation order; the compiler turns each into one nn op (or a few).
#pragma once

#include "runtime/base/CheckpointForm.h"
#include "runtime/base/Result.h"
#include "runtime/base/TensorRecipe.h"
#include "runtime/base/TextForm.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace clew {

/// Where in a YAML file something was said; lines and columns count from 1.
struct Position {
  std::string file;
  int line = 0;
  int column = 0;

  std::string render() const; ///< "file:line:column"
};

using Attribute = std::variant<int64_t, double, bool, std::string>;

/// A value of the graph: result `result` of node `node`, or, if `node` is negative, input number `result`. Both negative: an operand that
/// is left out.
struct ValueRef {
  int node = -1;
  int result = 0;

  bool given() const { return node >= 0 || result >= 0; }
  bool operator==(const ValueRef &) const = default;
};

/// One op application. `name` is the path that its parameters hang under: "layer.0.self_attention.query" has the parameters
/// "layer.0.self_attention.query.weight" and ".bias". Two nodes with the same name share their parameters.
struct Node {
  std::string op;
  std::string name;
  std::vector<ValueRef> operands; ///< in the order of the op's entry in zoo/OpTable.h, up to the last that is given
  std::vector<std::pair<std::string, Attribute>> attributes;
  Position at;
  std::string weights = {};             ///< the path of another node, if this one reads parameters of it
  bool ofBody = false;                  ///< that one stands in the body that a head is put on
  std::vector<std::string> shared = {}; ///< suffixes of those parameters
};

/// How a published checkpoint stores one parameter. The names are exact: without a task as the bare body has them, with one
/// (zoo/Head.h) as the model with that task has them, body tensors with the prefix.
struct CheckpointEntry {
  std::string parameter;
  TensorRecipe recipe;
  Position at = {}; ///< where the recipe is said; no file for names that are nowhere said
};

struct Checkpoint {
  CheckpointForm form; ///< its prefix stands before the body's names where the weights belong to a task
  std::vector<CheckpointEntry> entries;
};

/// What a model reads of a batch: one number for each element of a level, or, if there is a `holder`, where the elements of the level stand
/// in those of the holder. The level "batch" is that of the batch's sequences.
struct ModelInput {
  std::string name;
  std::string level;
  std::string holder = {};
  bool optional = false; ///< zeros if the batch has none
  std::string at = {};   ///< of values: each is the index of an element of this level in what holds both

  bool operator==(const ModelInput &) const = default;
};

/// ids, segments and offsets, as most models read them and texts give them.
std::span<const ModelInput> standardInputs();
bool isStandard(const ModelInput &input);

struct ModelSyntax;

struct Model {
  std::string architecture;
  std::string size;
  std::string source; ///< paper, e.g. arXiv:1810.04805
  std::string file;
  std::string head; ///< the kind of task that the output `logits` answers (classify, pair, tag, span); empty: no logits
  std::map<std::string, std::string> heads; ///< heads for kinds of tasks, where they are not called like the kind
  std::vector<std::string> kinds;           ///< of a head: the kinds of tasks that it answers
  std::map<std::string, Attribute> params;
  std::vector<ModelInput>
      inputs;           ///< of a head: the names that it takes, and with levels what it reads of a batch itself
  TextForm text;        ///< how texts become ids; says nothing of heads
  Position tokenizerAt; ///< of text.tokenizer in the file; line 0 where it goes without saying
  std::vector<Node> nodes;
  std::vector<std::pair<std::string, ValueRef>> outputs; ///< hidden, hidden.0 ... hidden.N, pooled, logits
  std::vector<Checkpoint> checkpoints;
  std::shared_ptr<const ModelSyntax> syntax; ///< what the file says: for other values of params (withParams)

  std::string name() const { return architecture + "/" + size; }
};

} // namespace clew
