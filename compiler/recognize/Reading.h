// Reading: what rules read and write while a graph is recognised, and the table of rules. A rule takes the meanings of a node's inputs to
// those of its outputs, or declines and says why; rules stand in a file for each family of ops, which adds them to the table.
#pragma once

#include "compiler/recognize/Meaning.h"
#include "compiler/recognize/NNWriter.h"

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace clew::compiler {

/// What holds for the whole graph.
class Reading {
public:
  Reading(const onnx::Model &model, NNWriter &nn) : model(model), nn(nn) {}

  int fresh() { return ++lastIterator; }
  /// The symbol over iterators that nothing else has.
  Symbol renamed(const Symbol &symbol);
  /// A world for rows of the layout, at tokens: `atoms` are the symbol's iterators by kind.
  World worldAt(std::optional<int> batch, std::optional<int> token);
  /// What the padded batch must be like beyond the condition of packing.
  void wholeOnly(const std::string &why) { whole = whole.empty() && mask >= 0 ? why : whole; }

  const onnx::Model &model;
  NNWriter &nn;
  std::map<std::string, Meaning> values;
  int mask = -1;                           ///< number of the input that is the mask
  std::set<std::pair<int, int64_t>> never; ///< inputs, and numbers that they do not hold at tokens
  int64_t mostPlaces = 0;                  ///< places that a sequence may have, padding too; 0: any
  std::string whole;                       ///< why rows without padding alone are right; "": others are, too
  std::map<int, std::string> idInputs;     ///< inputs that tables are looked up by, and how the graph of nn calls them

private:
  int lastIterator = 0;
};

/// One node while it is read.
class NodeReading {
public:
  NodeReading(Reading &graph, const onnx::Node &node)
      : graph(graph), nn(graph.nn), node(node), results(node.outputs.size(), Declined{}) {}

  /// Why the node declines: the first reason stays.
  void decline(const std::string &why);
  void give(Meaning meaning) { give(0, std::move(meaning)); }
  void give(size_t output, Meaning meaning);
  /// A row of a matrix of nn, if it was made.
  void giveRows(mlir::FailureOr<mlir::Value> value, Axes axes);

  bool has(size_t input) const { return input < node.inputs.size() && !node.inputs[input].empty(); }
  const Meaning &in(size_t input) const;
  template <typename T> const T *as(size_t input) const { return has(input) ? std::get_if<T>(&in(input)) : nullptr; }

  // Constants, whatever their form; nothing where an input is none.
  std::optional<Numbers> numbers(size_t input) const;
  std::optional<double> number(size_t input) const; ///< one element, or all of them the same
  std::optional<Symbol> symbol(size_t input) const; ///< numbers and constants, too
  std::optional<Weight> weight(size_t input) const; ///< f32
  std::vector<Size> sizes(size_t input) const;      ///< the axes of what has any
  size_t rank(size_t input) const { return sizes(input).size(); }

  int64_t attribute(std::string_view name, int64_t otherwise) const;
  double attribute(std::string_view name, double otherwise) const;
  std::string attribute(std::string_view name, const char *otherwise) const;
  const std::vector<int64_t> *list(std::string_view name) const;
  bool hasAttribute(std::string_view name) const;
  /// Axes from an input, or in older opsets an attribute, counted from the front of `rank`; nothing if they are not known.
  std::optional<std::vector<int64_t>> axes(size_t input, size_t rank) const;
  /// An axis counted from the front; -1 if there is none such.
  int64_t axis(int64_t given, size_t rank) const;

  /// The rows with their formula made; failure after decline().
  mlir::FailureOr<mlir::Value> made(const Rows &rows);
  mlir::FailureOr<mlir::Value> made(mlir::Value x, const FormulaPtr &formula);

  Reading &graph;
  NNWriter &nn;
  const onnx::Node &node;
  std::vector<Meaning> results;
  std::string reason;
};

using Rule = void (*)(NodeReading &node);
using Rules = llvm::StringMap<Rule>; ///< by op of the default domain

// A function for each family.
void addShapeRules(Rules &rules);     ///< what computes shapes
void addSymbolRules(Rules &rules);    ///< masks and positions
void addMoveRules(Rules &rules);      ///< what moves axes
void addIndexRules(Rules &rules);     ///< elements by their numbers
void addSliceRules(Rules &rules);     ///< parts side by side
void addElementRules(Rules &rules);   ///< element by element
void addProductRules(Rules &rules);   ///< MatMul, Gemm
void addNormRules(Rules &rules);      ///< LayerNorm and its parts
void addReduceRules(Rules &rules);    ///< pooling
void addAttentionRules(Rules &rules); ///< Softmax
void addCellRules(Rules &rules);      ///< LSTM, GRU

const Rules &recognitionRules();

/// A name from a file, in quotes.
std::string quoted(const std::string &name);
/// The one number that a tensor holds, or all of its elements.
std::optional<double> numberIn(const onnx::Tensor &tensor);
/// Whether a tensor of sizes `inner` broadcasts to one of sizes `outer` and no larger one.
bool fitsInside(llvm::ArrayRef<Size> inner, llvm::ArrayRef<Size> outer);

// What several families ask for.
/// Element by element on symbols and numbers; false where an input is neither.
bool applySymbols(NodeReading &node);
bool applyNumbers(NodeReading &node);
bool joinNumbers(NodeReading &node); ///< Concat
Size sizeOfAxis(const std::vector<Iterator> &axis);
/// Two symbols' axes as one's, the second's iterators being the first's.
std::optional<std::vector<std::vector<Iterator>>> alignedAxes(const Symbol &a, const Symbol &b,
                                                              std::map<int, TermPtr> &names);
/// Goes through the iterators that the symbol's term reads, each with the atom that it stands along when the symbol is broadcast to `axes`.
/// False where the symbol would make them larger, where one goes over several atoms or over columns, and once `visit` is false.
bool alongAxes(const Symbol &symbol, const Axes &axes,
               llvm::function_ref<bool(const Iterator &iterator, Atom::Kind along)> visit);
/// The first or last row of each sequence, its axis staying as one of 1; false where the axis is none of tokens.
bool takeSequenceEnd(NodeReading &node, const Rows &rows, int64_t axis, bool first);
int64_t columnsOf(const Rows &rows);
/// Scores with a mask, a scale, a softmax.
bool applyScores(NodeReading &node);
bool multiplyRows(NodeReading &node); ///< MatMul of queries and keys, of weights and values
bool applyNorm(NodeReading &node);    ///< Add, Sub, Mul, Div and the like on the way to a LayerNorm
/// What a symbol is at tokens and at padding of rows of this layout; nothing where that is not known.
std::optional<double> atPlaces(NodeReading &node, const Symbol &symbol, const Axes &axes, bool token);

} // namespace clew::compiler
