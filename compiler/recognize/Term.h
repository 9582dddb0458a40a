// Term: what an element of an ONNX tensor is, as an expression in its own places: masks, positions and shapes are computed by graphs from
// ranges, comparisons and the batch's mask, and no two exporters write the same ones. Terms say what an element is; whoever uses a tensor
// asks what that comes to at the places where it matters (evaluate), and so needs no patterns.
#pragma once

#include "compiler/recognize/Size.h"
#include "runtime/onnx/OnnxModel.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew::compiler {

struct Term;
using TermPtr = std::shared_ptr<const Term>;

/// An expression over iterators, which count along the axes of the tensor that it belongs to.
struct Term {
  enum class Kind : uint8_t {
    Number,   ///< `number`
    Index,    ///< where iterator `id` stands
    Extent,   ///< `size`
    Input,    ///< input number `id` of the graph at the row and place of the two arguments
    Length,   ///< how many tokens the row of the argument has
    AtTokens, ///< the argument where iterator `id` stands at a token; not known at padding
    Apply,    ///< ONNX's op `op`, element by element
  } kind = Kind::Number;
  double number = 0;
  int id = 0;
  Size size;
  std::string op;
  onnx::DataType type = onnx::DataType::Float; ///< of Apply: of its arguments; of a Cast: of its result
  std::vector<TermPtr> arguments;
  size_t parts = 1; ///< of the whole expression: bounded, since a file may double it with each node
};

/// Larger expressions are not looked at.
inline constexpr size_t mostTermParts = 2000;

TermPtr numberTerm(double number);
TermPtr indexTerm(int id);
TermPtr extentTerm(const Size &size);
TermPtr inputTerm(int input, TermPtr row, TermPtr place);
TermPtr lengthTerm(TermPtr row);
TermPtr atTokensTerm(TermPtr term, int id);
TermPtr applyTerm(std::string_view op, onnx::DataType type, std::vector<TermPtr> arguments);

/// With other terms in place of iterators.
TermPtr substitute(const TermPtr &term, const std::map<int, TermPtr> &iterators);
bool reads(const Term &term, int id); ///< whether an iterator occurs

/// Where iterators stand when a term is evaluated. Of sequences it is known that tokens come first and that there is at least one: the
/// condition under which batches are packed (docs/onnx.md).
struct World {
  int mask = -1;            ///< the input that is 1 at tokens and 0 at padding
  std::optional<int> batch; ///< the iterator over the sequences
  std::map<int, bool> real; ///< iterators over places: at a token, or at padding
  int first = -1,
      second = -1; ///< two of those whose order is known: `first` stands before (-1), at (0) or behind (1) `second`
  int order = 0;
  /// What was taken for granted: inputs, and a number that they do not hold at tokens.
  std::set<std::pair<int, int64_t>> *never = nullptr;
};

/// A number plus multiples of what is not known.
struct Affine {
  enum class Kind : uint8_t { Index, Input, Length, Batch, Tokens };
  std::map<std::pair<Kind, int>, double> terms;
  double number = 0;

  bool isNumber() const { return terms.empty(); }
  /// Whether it is that, once, and a number.
  bool isPlus(Kind kind, int id) const {
    return terms.size() == 1 && terms.begin()->first == std::pair(kind, id) && terms.begin()->second == 1;
  }
};

/// What the term is there; nothing where that is not known.
std::optional<Affine> evaluate(const Term &term, const World &world);

} // namespace clew::compiler
