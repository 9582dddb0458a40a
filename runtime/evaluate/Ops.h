// Ops: what each op of ONNX does with arrays. An op is a function of a Call; ops stand in a file for each family, which adds them to the table
// together with the attributes that they obey: a node with another attribute, or an op without an entry, is an error that names it.
#pragma once

#include "runtime/base/FunctionRef.h"
#include "runtime/evaluate/Array.h"

#include <fmt/format.h>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace clew::onnx {

/// Gives the results of a graph in a node: `inputs` are those that the graph declares, in order.
using RunBody = std::function<Result<std::vector<Value>>(const Graph &body, std::vector<Value> inputs)>;

/// One op at work: its inputs, attributes, and where results go. The first problem stays; after it ops return.
class Call {
public:
  const Node *node = nullptr;
  int64_t opset = 0; ///< of the node's domain
  int threads = 1;
  Memory *memory = nullptr;
  std::vector<Value> inputs; ///< the call's own: moved out of, their buffers may be written to
  std::vector<Value> outputs;
  RunBody runBody;
  /// What an op made of its constant inputs at an earlier call, packed weights; by the op alone. Null where nothing may be kept.
  std::shared_ptr<void> *kept = nullptr;
  std::vector<bool> constant; ///< which inputs are the same at each call

  bool has(size_t i) const { return i < inputs.size() && inputs[i].kind != Value::Kind::None; }
  /// The input as an array; refuses, and gives an empty one, if it is none.
  const Array &in(size_t i);
  bool wants(size_t i) const { return i < node->outputs.size() && !node->outputs[i].empty(); }

  /// A new array for output i; null, and refused, if its shape or memory is impossible. An array that nobody wants is made, too.
  Array *out(size_t i, DataType type, const Shape &dims);
  /// The same in the buffer of input `from`, if that has this type and size and nobody else reads it.
  Array *outOver(size_t i, size_t from, DataType type, const Shape &dims);
  /// Gives input `from` as output i in another shape of as many elements, without a copy.
  void pass(size_t i, size_t from, Shape dims);
  /// An array that is no output.
  Array make(DataType type, const Shape &dims);

  const Attribute *attribute(std::string_view name) const;
  int64_t integer(std::string_view name, int64_t otherwise = 0) const;
  float real(std::string_view name, float otherwise = 0) const;
  std::string text(std::string_view name, std::string_view otherwise = "") const;
  Shape integers(std::string_view name) const; ///< empty if it is not there
  std::vector<float> reals(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  const Graph *graph(std::string_view name) const;

  /// Integers of an input tensor (int32 or int64) of at most mostRank numbers, or of more with `most`.
  Shape numbersOf(size_t i, int64_t most = 64);
  /// Axes that count from the end made to count from the front; refuses others.
  int64_t axisOf(int64_t axis, int64_t rank);

  bool ok() const { return !failed; }
  /// Refuses unless `holds`; gives ok().
  template <typename... Args> bool need(bool holds, fmt::format_string<Args...> text, Args &&...args) {
    if (!holds && !failed) {
      refuse(ErrorKind::BadInput, fmt::format(text, std::forward<Args>(args)...));
    }
    return holds && !failed;
  }
  void refuse(ErrorKind kind, std::string message);
  /// That this op does not take a type.
  void refuseType(DataType type);
  const Error &error() const { return problem; }

private:
  bool failed = false;
  Error problem{ErrorKind::Internal, "", ""};
};

/// What is known of an op.
struct Op {
  void (*run)(Call &call) = nullptr;
  std::string_view attributes; ///< names that it obeys, with spaces between
  /// float16 and bfloat16 come as float, and outputs of float go back to the type that came: bit i for output i. 0: the op takes them itself.
  uint32_t halves = 0;
  bool pure = true; ///< gives the same for the same inputs: may be folded
};

/// By domain and name: "MatMul", "com.microsoft.Gelu".
using OpTable = std::unordered_map<std::string, Op>;

// A function for each family.
void addActivationOps(OpTable &table);
void addAttentionOps(OpTable &table);
void addCastOps(OpTable &table);
void addCellOps(OpTable &table);
void addControlOps(OpTable &table);
void addConvolutionOps(OpTable &table);
void addElementOps(OpTable &table);
void addGatherOps(OpTable &table);
void addLossOps(OpTable &table);
void addMoveOps(OpTable &table);
void addNormOps(OpTable &table);
void addPoolOps(OpTable &table);
void addProductOps(OpTable &table);
void addQuantizeOps(OpTable &table);
void addReduceOps(OpTable &table);
void addSelectOps(OpTable &table);
void addSequenceOps(OpTable &table);
void addShapeOps(OpTable &table);

/// All of them.
const OpTable &allOps();

/// Calls visit.template operator()<T>() with the C++ type of numbers of `type`. False for other types.
template <typename F> bool withReal(DataType type, F &&visit) {
  const auto as = [&]<typename T>(DataType one) { return type == one && (visit.template operator()<T>(), true); };
  return as.template operator()<float>(DataType::Float) || as.template operator()<double>(DataType::Double);
}
template <typename F> bool withInteger(DataType type, F &&visit) {
  const auto as = [&]<typename T>(DataType one) { return type == one && (visit.template operator()<T>(), true); };
  return as.template operator()<int64_t>(DataType::Int64) || as.template operator()<int32_t>(DataType::Int32) ||
         as.template operator()<int16_t>(DataType::Int16) || as.template operator()<int8_t>(DataType::Int8) ||
         as.template operator()<uint64_t>(DataType::UInt64) || as.template operator()<uint32_t>(DataType::UInt32) ||
         as.template operator()<uint16_t>(DataType::UInt16) || as.template operator()<uint8_t>(DataType::UInt8);
}
template <typename F> bool withNumber(DataType type, F &&visit) {
  return withReal(type, visit) || withInteger(type, visit);
}

struct Pair64 {
  uint64_t low, high;
};
/// The same by the size of elements alone, for ops that only move them; texts are moved as such.
template <typename F> bool withElement(DataType type, F &&visit) {
  if (type == DataType::String) {
    return visit.template operator()<std::string>(), true;
  }
  switch (bytesOf(type)) {
  case 1:
    return visit.template operator()<uint8_t>(), true;
  case 2:
    return visit.template operator()<uint16_t>(), true;
  case 4:
    return visit.template operator()<uint32_t>(), true;
  case 8:
    return visit.template operator()<uint64_t>(), true;
  case 16:
    return visit.template operator()<Pair64>(), true;
  default:
    return false;
  }
}
template <typename T> const T *elements(const Array &array) {
  if constexpr (std::is_same_v<T, std::string>) {
    return array.strings->data();
  } else {
    return array.as<T>();
  }
}
template <typename T> T *elementsTo(Array &array) {
  if constexpr (std::is_same_v<T, std::string>) {
    return array.strings->data();
  } else {
    return array.to<T>();
  }
}

/// The shape of what is broadcast together; refuses shapes that do not go together.
Shape broadcast(Call &call, const Shape &a, const Shape &b);
/// For each axis of `to`, elements of `from` from one index to the next: 0 where it has one.
Shape broadcastStrides(const Shape &from, const Shape &to);

/// Calls body(begin, end) for ranges of 0..count, on several threads where there are at least 2 `grain`.
void inParallel(int threads, int64_t count, int64_t grain, FunctionRef<void(int64_t, int64_t)> body);

/// An array in another type of numbers, as Cast converts.
Array converted(Call &call, const Array &from, DataType to, bool saturate = true);

} // namespace clew::onnx
