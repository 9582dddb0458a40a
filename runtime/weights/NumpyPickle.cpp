// Understands the two calls by which NumPy's arrays are pickled (numpy/core/src/multiarray/methods.c: array_reduce; descriptor.c:
// arraydescr_reduce), and what is said of their results. Every walk into the pickle's values has a fixed depth.
#include "runtime/weights/NumpyPickle.h"

#include "runtime/weights/NumpyFile.h"
#include "runtime/weights/Pickle.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace clew {
namespace {

/// Arrays that one file may have, and the bytes of a name: as of PyTorch's files, one long text could be named again and again.
constexpr size_t mostArrays = 100'000;
constexpr size_t mostName = 1024;

constexpr std::string_view makesArray = "_reconstruct";
constexpr std::string_view arrayClass = "ndarray";
constexpr std::string_view typeClass = "dtype";

/// NumPy 2 moved its core, and pickles say where.
constexpr std::array<PickleGlobal, 4> allowed = {{{"numpy.core.multiarray", makesArray, PickleUse::Built},
                                                  {"numpy._core.multiarray", makesArray, PickleUse::Built},
                                                  {"numpy", arrayClass, PickleUse::Named},
                                                  {"numpy", typeClass, PickleUse::Built}}};

class ArrayReader {
public:
  ArrayReader(const Pickle &pickle, TensorMemory &memory, const std::string &where)
      : pickle(pickle), memory(memory), where(where) {}

  Result<std::vector<TensorView>> read() {
    if (pickle.top.kind != PickleKind::Dict) {
      return refuse("expected a dictionary of arrays, found " + describe(pickle.top));
    }
    const Values items = pickle.itemsOf(pickle.top);
    if (items.size() / 2 > mostArrays) {
      return refuse(fmt::format("expected at most {} arrays, found {}", mostArrays, items.size() / 2));
    }
    std::vector<TensorView> tensors;
    for (size_t i = 0; i < items.size(); i += 2) {
      if (items[i].kind != PickleKind::Text || items[i].text.size() > mostName) {
        return refuse(fmt::format("expected names of at most {} bytes, found {}", mostName, describe(items[i])));
      }
      StridedTensor tensor;
      tensor.name = items[i].text;
      if (!readArray(items[i + 1], tensor)) {
        return refuse(quoteName(tensor.name) + ": " + problem);
      }
      Result<TensorView> view = place(std::move(tensor));
      if (!view) {
        return fail(view);
      }
      tensors.push_back(std::move(*view));
    }
    return tensors;
  }

private:
  using Values = std::span<const PickleValue>;

  Failure refuse(std::string why) const {
    return fail(ErrorKind::BadInput, std::move(why) + "; nothing was executed", where);
  }

  bool reject(std::string why) {
    problem = std::move(why);
    return false;
  }

  /// The name that is called, its arguments, and what the result was told to hold; nothing of other values.
  struct Built {
    std::string_view name;
    Values arguments;
    Values state;
  };

  Built builtOf(const PickleValue &value) const {
    if (value.kind != PickleKind::Call) {
      return {};
    }
    const Values parts = pickle.itemsOf(value);
    const bool told = parts.size() == 3 && parts[2].kind == PickleKind::Tuple;
    return {allowed[parts[0].index].name, pickle.itemsOf(parts[1]), told ? pickle.itemsOf(parts[2]) : Values()};
  }

  static bool are(Values values, std::initializer_list<PickleKind> kinds) {
    return std::ranges::equal(values, kinds, {}, &PickleValue::kind);
  }

  /// _reconstruct(ndarray, (0,), b'b'), then (1, shape, type, whether in Fortran's order, the bytes).
  bool readArray(const PickleValue &value, StridedTensor &tensor) {
    using enum PickleKind;
    const Built array = builtOf(value);
    if (array.name != makesArray) {
      return reject("expected an array, found " + describe(value));
    }
    if (array.arguments.empty() || array.arguments[0].kind != Global ||
        allowed[array.arguments[0].index].name != arrayClass) {
      return reject("expected a plain array, found one of another class");
    }
    const Values state = array.state;
    if (!are(state, {Integer, Tuple, Call, Bool, Bytes}) || state[0].integer != 1) {
      return reject("expected version 1, a shape, a type, an order and bytes for an array, found something else");
    }
    const Values shape = pickle.itemsOf(state[1]);
    if (shape.size() > mostTensorRank || !std::ranges::all_of(shape, isInteger)) {
      return reject(fmt::format("expected at most {} integers for a shape, found something else", mostTensorRank));
    }
    std::ranges::transform(shape, std::back_inserter(tensor.shape), &PickleValue::integer);
    fortran = state[3].integer != 0;
    tensor.storage = std::as_bytes(std::span(state[4].text));
    return readType(state[2], tensor);
  }

  static bool isInteger(const PickleValue &value) { return value.kind == PickleKind::Integer; }
  static bool isNone(const PickleValue &value) { return value.kind == PickleKind::None; }

  /// dtype('f4', 0, 1), then (3, '<', None, None, None, -1, -1, 0); the three are fields and their like.
  bool readType(const PickleValue &value, StridedTensor &tensor) {
    const auto [name, arguments, state] = builtOf(value);
    const bool named = name == typeClass && !arguments.empty() && arguments[0].kind == PickleKind::Text;
    const bool plain = state.size() == 8 && isInteger(state[0]) && state[0].integer == 3 &&
                       state[1].kind == PickleKind::Text && state[1].text.size() == 1 &&
                       std::ranges::all_of(state.subspan(2, 3), isNone);
    if (!named || !plain) {
      return reject("expected a plain type of numbers, found one with fields or of another version");
    }
    problem = readNumpyType(std::string(state[1].text) + std::string(arguments[0].text), tensor);
    return problem.empty();
  }

  Result<TensorView> place(StridedTensor tensor) {
    const Result<int64_t> elements = countElements(tensor.name, tensor.shape, tensor.type, where);
    if (!elements) {
      return fail(elements);
    }
    const uint64_t bytes = static_cast<uint64_t>(*elements) * bytesOf(tensor.type);
    if (tensor.storage.size() != bytes) {
      return refuse(
          fmt::format("{}: expected {} bytes, found {}", quoteName(tensor.name), bytes, tensor.storage.size()));
    }
    std::vector<int64_t> shape = tensor.shape;
    if (fortran) {
      std::ranges::reverse(shape);
    }
    tensor.strides = rowMajorStrides(shape);
    if (fortran) {
      std::ranges::reverse(tensor.strides);
    }
    return layDense(std::move(tensor), memory, where);
  }

  const Pickle &pickle;
  TensorMemory &memory;
  const std::string &where;
  std::string problem;
  bool fortran = false; ///< of the array that is being read
};

} // namespace

Result<TensorSet> readNumpyPickle(std::span<const std::byte> file, const std::string &where) {
  const Result<Pickle> pickle = readPickle(file, allowed, where);
  if (!pickle) {
    return fail(pickle);
  }
  if (pickle->bytes != file.size()) {
    return fail(
        ErrorKind::BadInput,
        fmt::format("expected the end of the file behind the pickle, found {} more bytes", file.size() - pickle->bytes),
        where);
  }
  TensorMemory memory(file.size());
  Result<std::vector<TensorView>> tensors = ArrayReader(*pickle, memory, where).read();
  return tensors ? gatherTensors(std::move(*tensors), std::move(memory), where) : fail(tensors);
}

} // namespace clew
