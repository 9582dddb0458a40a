// What a model or head YAML says, before any size is chosen: params are names still, blocks and repeats are not expanded.
// SyntaxReader builds it, SyntaxCheck finds what contradicts itself, Expand turns it into a Model.
#pragma once

#include "yaml/Diagnostics.h"
#include "zoo/Model.h"
#include "zoo/OpTable.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// A name and where it stands.
struct Named {
  std::string name;
  Spot at;
};

/// A literal, or the value of a param (`$hidden`), of an integer also with a number added (`$labels + 1`).
struct Scalar {
  Spot at;
  std::string param; ///< without $; empty for a literal
  Attribute literal;
  int64_t plus = 0; ///< 0 to 65536; other than 0 with an integer's param alone
};

struct AttributeSyntax {
  std::string name;
  Scalar value;
};

struct Expression;

/// An operand of an op, or what a block takes: the name of a value, or an op that makes it.
struct Argument {
  std::string key;
  Spot keyAt;
  Spot at;
  std::string value;              ///< empty when nested
  std::vector<Expression> nested; ///< at most one
};

/// One application of an op or a block.
struct Expression {
  Spot at;
  const OpEntry *op = nullptr; ///< null: a block
  Named block;
  std::string name; ///< `name:`, or empty
  std::vector<Argument> arguments;
  std::vector<AttributeSyntax> attributes;
  Named weights;                ///< `weights:`, or empty; ops with parameters only
  std::optional<Scalar> repeat; ///< blocks only
  bool share = false;           ///< one set of weights for all repeats
};

struct StepSyntax {
  Named name;
  Expression expression;
};

/// A block; the graph of a file is one too, without a name, that takes what the file says.
struct BlockSyntax {
  Named name;
  std::vector<Named> takes;
  std::vector<StepSyntax> steps;
  Named gives;
};

struct ParamSyntax {
  Named name;
  Attribute value;
  mutable bool used = false; ///< some `$name` reads it
};

struct SizeSyntax {
  Named name;
  std::vector<ParamSyntax> overrides;
  std::optional<TextForm> text; ///< in the place of the model's
  Spot tokenizerAt;             ///< of its tokenizer
};

/// `hidden: layer`, or a family `hidden.*: [embeddings, layer.*]`.
struct OutputSyntax {
  struct Item {
    Named value;
    bool each = false; ///< all results of a repeated step
  };
  Named name; ///< without .*
  bool family = false;
  std::vector<Item> items;
};

/// `rows: [0, $hidden]` and its like: a TensorRange whose params are names still.
struct RangeSyntax {
  Spot at;
  TensorRange::Kind kind = TensorRange::Kind::All;
  Scalar from;
  Scalar to;
};

/// A name, `{tensor: NAME, rows: .., columns: .., transpose: true, ..}`, or `{fill: 0}`: a TensorPart.
struct PartSyntax {
  Named tensor = {};
  bool fill = false; ///< no tensor, but `plus` throughout
  RangeSyntax elements = {};
  RangeSyntax rows = {};
  RangeSyntax columns = {};
  bool transpose = false;
  std::vector<Scalar> shape = {};
  std::vector<int32_t> axes = {};
  double plus = 0;
};

/// `layer.{i}.query: encoder.layer.{i}.attention.self.query`: a TensorRecipe.
struct TensorNameSyntax {
  Named path;
  std::vector<std::vector<PartSyntax>> blocks;
};

/// `linear.weight: {suffix: /kernel, transpose: true}`: what the tensor of an op's parameter is called and how it lies; or a recipe, as
/// `{tensor: /kernel, rows: first}`, whose tensors are suffixes.
struct SuffixSyntax {
  Named parameter; ///< "linear.weight", or "weight" of every op that is not named
  std::string suffix;
  bool transpose = false;
  std::vector<std::vector<PartSyntax>> blocks = {}; ///< of a recipe, without which there are none
  mutable bool used = false;
};

/// `hidden_size: {is: $hidden, otherwise: 768}`, or with `each` or `count` in the place of `is` (ConfigRule::Kind).
struct ConfigRuleSyntax {
  std::string key;
  ConfigRule::Kind kind = ConfigRule::Kind::Is;
  std::vector<Scalar> accepted;
  std::optional<Scalar> otherwise;
};

struct CheckpointSyntax {
  Spot at;
  CheckpointForm form; ///< without the rules, whose params are names still
  std::vector<TensorNameSyntax> names;
  std::vector<SuffixSyntax> suffixes;
  std::vector<ConfigRuleSyntax> rules;
};

enum class FileKind { Model, Head };

struct ModelSyntax {
  FileKind kind = FileKind::Model;
  std::string file;
  Named name;                               ///< the architecture, or the head's kind
  std::string head;                         ///< of a model with its own logits: their kind
  std::map<std::string, std::string> heads; ///< of a model: kinds of tasks that a head of another name answers
  std::vector<std::string> kinds;           ///< of a head: the kinds of tasks that it answers
  std::string source;
  TextForm text;    ///< of a model
  Spot tokenizerAt; ///< of its `tokenizer`; line 0 where it says none
  std::vector<ParamSyntax> params;
  std::vector<SizeSyntax> sizes; ///< models only; the first is the default
  std::vector<BlockSyntax> blocks;
  BlockSyntax graph;              ///< takes: the model's inputs, or the body's outputs that a head reads
  std::vector<ModelInput> inputs; ///< models only: what those are, and `offsets` where nobody named them
  std::vector<OutputSyntax> outputs;
  std::vector<CheckpointSyntax> checkpoints;

  const ParamSyntax *param(std::string_view wanted) const;
  const BlockSyntax *block(std::string_view wanted) const;
  const SizeSyntax *size(std::string_view wanted) const;
};

/// Checks what can be known without a size: values that do not exist, are not defined yet or never used, unknown or
/// unused blocks, recursion, unused params, path components that are not unique. Errors go to `diagnostics`.
void checkSyntax(const ModelSyntax &syntax, Diagnostics &diagnostics);

} // namespace clew
