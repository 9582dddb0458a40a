// GraphBuilder: writes an ONNX graph op by op. Ops return the names of their results, so that a rule reads like a formula. It knows ONNX and
// nothing of nn.
#pragma once

#include "runtime/onnx/OnnxModel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <memory>
#include <string>
#include <utility>

namespace clew::compiler {

using Names = llvm::ArrayRef<std::string>;

/// An end of a Slice: as far as it goes.
inline constexpr int64_t sliceToEnd = INT64_MAX;

// Attributes of nodes.
inline onnx::Attribute integer(const char *name, int64_t value) { return {name, value}; }
inline onnx::Attribute real(const char *name, double value) { return {name, static_cast<float>(value)}; }
inline onnx::Attribute text(const char *name, const char *value) { return {name, std::string(value)}; }
inline onnx::Attribute integers(const char *name, std::vector<int64_t> values) { return {name, std::move(values)}; }

/// Names are unique in the whole graph, bodies of loops included, and begin with the scope that was set last. Constants are initializers of the
/// outermost graph, each there once.
class GraphBuilder {
public:
  explicit GraphBuilder(onnx::Graph &graph);

  /// A builder of a body, which may read every value of this graph: constants go to the outermost graph. `body` must outlive it.
  GraphBuilder nested(onnx::Graph &body) const;

  /// The model's own name for what follows: "layer.0.self_attention.query". Gives the one before back.
  std::string setScope(llvm::StringRef scope) { return std::exchange(shared->scope, scope.str()); }

  /// Makes a name that is nobody else's: this one, or with a number behind it.
  std::string unique(llvm::StringRef name);

  std::string op(llvm::StringRef type, Names inputs, std::vector<onnx::Attribute> attributes = {});
  /// An op with several results.
  llvm::SmallVector<std::string> ops(llvm::StringRef type, Names inputs, size_t results,
                                     std::vector<onnx::Attribute> attributes = {});
  /// An op whose result has this name, which unique() made.
  void opAs(const std::string &result, llvm::StringRef type, Names inputs,
            std::vector<onnx::Attribute> attributes = {});

  std::string scalar(int64_t value);                  ///< i64 []
  std::string vector(llvm::ArrayRef<int64_t> values); ///< i64 [n]
  std::string number(double value);                   ///< f32 []
  std::string numbers(llvm::ArrayRef<float> values, llvm::ArrayRef<int64_t> dims,
                      llvm::StringRef name); ///< f32 of this shape

  // What is written often.
  std::string transpose(const std::string &x, std::vector<int64_t> order) {
    return op("Transpose", {x}, {integers("perm", std::move(order))});
  }
  std::string reshape(const std::string &x, llvm::ArrayRef<int64_t> shape) { return op("Reshape", {x, vector(shape)}); }
  std::string unsqueeze(const std::string &x, llvm::ArrayRef<int64_t> axes) {
    return op("Unsqueeze", {x, vector(axes)});
  }
  /// Elements begin..end of one axis; both i64 [1].
  std::string slice(const std::string &x, const std::string &begin, const std::string &end, int64_t axis) {
    return op("Slice", {x, begin, end, vector({axis})});
  }
  std::string concat(Names parts, int64_t axis) { return op("Concat", parts, {integer("axis", axis)}); }
  std::string cast(const std::string &x, onnx::DataType type) {
    return op("Cast", {x}, {integer("to", static_cast<int64_t>(type))});
  }

private:
  /// What a graph and the bodies in it have in common.
  struct Shared {
    onnx::Graph &outermost;
    llvm::StringSet<> names;
    llvm::StringMap<std::string> constants; ///< name by contents
    std::string scope;
  };
  GraphBuilder(onnx::Graph &graph, std::shared_ptr<Shared> shared) : graph(&graph), shared(std::move(shared)) {}
  std::string constant(llvm::StringRef name, onnx::DataType type, llvm::ArrayRef<int64_t> dims, std::string raw);

  onnx::Graph *graph;
  std::shared_ptr<Shared> shared;
};

} // namespace clew::compiler
