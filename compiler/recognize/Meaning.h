// Meaning: what a value of an ONNX graph is to a model of nn. Each node takes the meanings of what it reads to those of what it gives, or
// declines with a reason; a graph whose outputs are rows of nn is a graph of nn.
#pragma once

#include "compiler/recognize/Formula.h"
#include "compiler/recognize/Layout.h"
#include "compiler/recognize/Term.h"

#include "mlir/IR/Value.h"

#include <variant>

namespace clew::compiler {

/// Not understood, and why: the first node on the way.
struct Declined {
  std::string reason;
};

/// A tensor of the file, as it is: what it means depends on who reads it.
struct Constant {
  const onnx::Tensor *tensor = nullptr;
  std::string name = {}; ///< by which it serves as parameters (runtime/onnx/OnnxWeights.h); "": it does not
};

/// Integers of no or one axis, each as far as it is known: shapes, and what is computed of them.
struct Numbers {
  std::vector<Size> values;
  bool scalar = false;
};

struct Iterator {
  int id = 0;
  Size size;
};

/// Elements that are a term over the iterators of the axes; an axis without any is 1 long.
struct Symbol {
  std::vector<std::vector<Iterator>> axes;
  TermPtr term;
  onnx::DataType type = onnx::DataType::Int64;
};

/// Indices side by side in a last axis, as GatherND reads them.
struct Places {
  std::vector<Symbol> parts; ///< without that axis
};

/// Elements of a tensor of the file, one after the other.
struct Stretch {
  std::string tensor;
  std::vector<int64_t> dims; ///< of the whole tensor
  int64_t begin = 0;
  int64_t count = 0;
};

/// Parameters: stretches one after the other, of this shape; or one whole matrix, turned.
struct Weight {
  std::vector<Stretch> stretches;
  std::vector<int64_t> dims;
  bool turned = false; ///< rows are columns in the file
};

/// A matrix of nn, or a vector for every row, with `formula` of each element.
struct Rows {
  mlir::Value value;
  Axes axes;
  FormulaPtr formula = nullptr;
  std::optional<double> padding = std::nullopt; ///< what stands at padding, if that is known
};

/// Products of queries and keys, and the weights that come of them.
struct Scores {
  mlir::Value q, k;
  Axes axes; ///< the last two: tokens, keys
  int64_t heads = 1;
  double scale = 1;
  std::vector<Symbol> masks; ///< what is added
  bool weights = false;      ///< after softmax
  bool causal = false;       ///< known then
};

/// Which of a value's elements are NaN.
struct IsNan {
  std::string of;
};

/// On the way to a LayerNorm of `x`, or to rows of length 1.
struct Norm {
  enum class Step : uint8_t {
    Mean,
    Centred,
    Square,
    Variance,
    WithEps,
    Deviation,
    Inverse,
    Normal,
    Scaled,
    Length,
    LengthAtLeast,
  } step = Step::Mean;
  Rows x;
  double eps = 0;
  Weight gain = {};
};

/// Rows of each sequence, added up.
struct Total {
  mlir::Value rows;
  Axes axes;
};

using Meaning = std::variant<Declined, Constant, Numbers, Symbol, Places, Weight, Rows, Scores, IsNan, Norm, Total>;

} // namespace clew::compiler
