// Understands the few calls by which PyTorch writes tensors (torch/_utils.py, torch/serialization.py). Every walk into the pickle's
// values has a fixed depth, so that circles in it cannot matter.
#include "runtime/weights/TorchTensors.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

struct TorchType {
  std::string_view storage; ///< "" for types that only untyped storages hold
  std::string_view dtype;
  StoredType type;
};

constexpr std::array<TorchType, 15> torchTypes = {{{"DoubleStorage", "float64", StoredType::F64},
                                                   {"FloatStorage", "float32", StoredType::F32},
                                                   {"HalfStorage", "float16", StoredType::F16},
                                                   {"BFloat16Storage", "bfloat16", StoredType::BF16},
                                                   {"LongStorage", "int64", StoredType::I64},
                                                   {"IntStorage", "int32", StoredType::I32},
                                                   {"ShortStorage", "int16", StoredType::I16},
                                                   {"CharStorage", "int8", StoredType::I8},
                                                   {"ByteStorage", "uint8", StoredType::U8},
                                                   {"BoolStorage", "bool", StoredType::Bool},
                                                   {"", "uint16", StoredType::U16},
                                                   {"", "uint32", StoredType::U32},
                                                   {"", "uint64", StoredType::U64},
                                                   {"", "float8_e4m3fn", StoredType::F8E4M3},
                                                   {"", "float8_e5m2", StoredType::F8E5M2}}};

/// Under which a training run's checkpoint keeps its weights.
constexpr std::array<std::string_view, 3> stateKeys = {"state_dict", "model_state_dict", "model"};

std::vector<PickleGlobal> makeGlobals() {
  std::vector<PickleGlobal> globals = {
      {"collections", "OrderedDict", PickleUse::MakesDict},
      {"torch._utils", "_rebuild_tensor", PickleUse::Called},
      {"torch._utils", "_rebuild_tensor_v2", PickleUse::Called},
      {"torch._utils", "_rebuild_tensor_v3", PickleUse::Called},
      {"torch._utils", "_rebuild_parameter", PickleUse::Called},
      {"torch._utils", "_rebuild_parameter_with_state", PickleUse::Called},
      {"torch._tensor", "_rebuild_from_type_v2", PickleUse::Called},
      {"torch", "Tensor"},
      {"torch.nn.parameter", "Parameter"},
      {"torch", "Size", PickleUse::Called},
      {"torch", "device", PickleUse::Called},
      {"torch.storage", "UntypedStorage"},
  };
  for (const TorchType &type : torchTypes) {
    globals.push_back({"torch", type.dtype});
    if (!type.storage.empty()) {
      globals.push_back({"torch", type.storage});
    }
  }
  return globals;
}

/// A Global's or a Call's name without its module; "" for other values. The names on the list differ without modules, too.
std::string_view nameIn(const Pickle &pickle, const PickleValue &value) {
  if (value.kind == PickleKind::Call) {
    return nameIn(pickle, pickle.itemsOf(value)[0]);
  }
  return value.kind == PickleKind::Global ? torchGlobals()[value.index].name : "";
}

std::span<const PickleValue> argumentsOf(const Pickle &pickle, const PickleValue &call) {
  return pickle.itemsOf(pickle.itemsOf(call)[1]);
}

bool isKind(std::span<const PickleValue> values, size_t at, PickleKind kind) {
  return at < values.size() && values[at].kind == kind;
}

std::optional<StoredType> typeNamed(std::string_view name, std::string_view TorchType::*column) {
  const auto found = std::ranges::find(torchTypes, name, column);
  return found == torchTypes.end() || name.empty() ? std::nullopt : std::optional(found->type);
}

/// ("storage", type, key, location, elements[, view]); a view is None or (key, begin, length). Returns what is wrong, or "".
std::string readStorage(const Pickle &pickle, const PickleValue &id, TorchStorage &storage) {
  const std::span<const PickleValue> parts =
      id.kind == PickleKind::Tuple ? pickle.itemsOf(id) : std::span<const PickleValue>();
  const bool named = isKind(parts, 0, PickleKind::Text) && isKind(parts, 1, PickleKind::Global) &&
                     isKind(parts, 2, PickleKind::Text) && isKind(parts, 4, PickleKind::Integer);
  if (!named || parts[0].text != "storage") {
    return "expected only storages outside of the pickle, found " +
           (parts.empty() ? describe(id) : "a tuple that begins with " + describe(parts[0]));
  }
  const std::string_view type = nameIn(pickle, parts[1]);
  storage.untyped = type == "UntypedStorage";
  const std::optional<StoredType> known = typeNamed(type, &TorchType::storage);
  if (!known && !storage.untyped) {
    return fmt::format("expected a type of storage, found '{}'", type);
  }
  storage.key = parts[2].text;
  if (storage.key.size() > mostTorchName) {
    return fmt::format("expected keys of at most {} bytes, found {}", mostTorchName, quoteName(storage.key));
  }
  storage.type = known.value_or(StoredType::U8);
  storage.elements = parts[4].integer;
  storage.viewLength = storage.elements;
  int64_t bytes = 0;
  if (storage.elements < 0 ||
      __builtin_mul_overflow(storage.elements, static_cast<int64_t>(bytesOf(storage.type)), &bytes)) {
    return fmt::format("storage {}: expected a possible number of elements, found {}", quoteName(storage.key),
                       storage.elements);
  }
  if (parts.size() == 5 || (parts.size() == 6 && parts[5].kind == PickleKind::None)) {
    return "";
  }
  const std::span<const PickleValue> view =
      isKind(parts, 5, PickleKind::Tuple) ? pickle.itemsOf(parts[5]) : std::span<const PickleValue>();
  if (parts.size() != 6 || view.size() != 3 || !isKind(view, 1, PickleKind::Integer) ||
      !isKind(view, 2, PickleKind::Integer)) {
    return fmt::format("storage {}: expected five parts and a view, found others", quoteName(storage.key));
  }
  storage.viewBegin = view[1].integer;
  storage.viewLength = view[2].integer;
  if (storage.viewBegin < 0 || storage.viewLength < 0 || storage.viewBegin > storage.elements ||
      storage.viewLength > storage.elements - storage.viewBegin) {
    return fmt::format("storage {}: expected a view within {} elements, found {} from {}", quoteName(storage.key),
                       storage.elements, storage.viewLength, storage.viewBegin);
  }
  return "";
}

/// Reads one state dict. Methods that return false have set `problem`.
class StateReader {
public:
  StateReader(const TorchSource &source, TensorMemory &memory, const std::string &where)
      : source(source), pickle(source.pickle), memory(memory), where(where) {}

  Result<std::vector<TensorView>> read() {
    std::vector<Named> state;
    if (!findState(state)) {
      return fail(ErrorKind::BadInput, problem, where);
    }
    std::vector<TensorView> tensors;
    for (const auto &[name, value] : state) {
      StridedTensor tensor;
      tensor.name = name;
      PickleValue storage;
      if (!describeTensor(value, tensor, storage)) {
        return fail(ErrorKind::BadInput, fmt::format("{}: {}", quoteName(name), problem), where);
      }
      Result<TensorView> view = place(std::move(tensor), storage);
      if (!view) {
        return fail(view);
      }
      tensors.push_back(std::move(*view));
    }
    return tensors;
  }

private:
  struct Named {
    std::string_view name;
    PickleValue value;
  };

  bool reject(std::string why) {
    problem = std::move(why);
    return false;
  }

  /// The entries of the dictionary that holds the weights.
  bool findState(std::vector<Named> &state) {
    PickleValue dict = pickle.top;
    std::string_view chosen;
    if (dict.kind != PickleKind::Dict) {
      return reject("expected a dictionary of tensors, found " + describe(dict));
    }
    const std::span<const PickleValue> items = pickle.itemsOf(dict);
    for (size_t i = 0; i < items.size(); i += 2) {
      const bool isState =
          items[i].kind == PickleKind::Text && std::ranges::find(stateKeys, items[i].text) != stateKeys.end();
      if (!isState || items[i + 1].kind != PickleKind::Dict) {
        continue;
      }
      if (!chosen.empty()) {
        return reject(fmt::format("expected one dictionary of weights, found both {} and {}", quoteName(chosen),
                                  quoteName(items[i].text)));
      }
      chosen = items[i].text;
      dict = items[i + 1];
    }
    return readNames(pickle.itemsOf(dict), state);
  }

  /// Names are compared before anything is made of them: one text may be the name of many.
  bool readNames(std::span<const PickleValue> items, std::vector<Named> &state) {
    if (items.size() / 2 > mostTorchTensors) {
      return reject(fmt::format("expected at most {} tensors, found {}", mostTorchTensors, items.size() / 2));
    }
    for (size_t i = 0; i < items.size(); i += 2) {
      if (items[i].kind != PickleKind::Text) {
        return reject("expected tensors by name, found " + describe(items[i]) + " for a name");
      }
      if (items[i].text.size() > mostTorchName) {
        return reject(
            fmt::format("expected names of at most {} bytes, found {}", mostTorchName, quoteName(items[i].text)));
      }
      state.push_back({items[i].text, items[i + 1]});
    }
    std::ranges::sort(state, {}, &Named::name);
    const auto twice = std::ranges::adjacent_find(state, {}, &Named::name);
    return twice == state.end() ||
           reject(fmt::format("expected names that differ, found {} twice", quoteName(twice->name)));
  }

  /// Looks through what may be around a tensor: a subclass's name first, then a parameter. Each at most once.
  bool unwrap(PickleValue &function, std::span<const PickleValue> &arguments) {
    std::string_view name = nameIn(pickle, function);
    if (name == "_rebuild_from_type_v2") { // (function, type, arguments, attributes)
      const std::string_view type = arguments.size() == 4 ? nameIn(pickle, arguments[1]) : "";
      if ((type != "Tensor" && type != "Parameter") || !isKind(arguments, 0, PickleKind::Global) ||
          !isKind(arguments, 2, PickleKind::Tuple)) {
        return reject("expected a plain tensor, found one of another class");
      }
      function = arguments[0];
      arguments = pickle.itemsOf(arguments[2]);
      name = nameIn(pickle, function);
    }
    if (name == "_rebuild_parameter" || name == "_rebuild_parameter_with_state") { // (tensor, ...)
      if (!isKind(arguments, 0, PickleKind::Call)) {
        return reject("expected a parameter that holds a tensor, found another");
      }
      function = pickle.itemsOf(arguments[0])[0];
      arguments = argumentsOf(pickle, arguments[0]);
    }
    return true;
  }

  /// Fills all of `tensor` but its storage's bytes. (storage, offset, size, strides[, requires_grad, hooks[, dtype][, metadata]])
  bool describeTensor(const PickleValue &value, StridedTensor &tensor, PickleValue &storage) {
    if (value.kind != PickleKind::Call) {
      return reject("expected a tensor, found " + describe(value));
    }
    PickleValue function = pickle.itemsOf(value)[0];
    std::span<const PickleValue> arguments = argumentsOf(pickle, value);
    if (!unwrap(function, arguments)) {
      return false;
    }
    const std::string_view name = nameIn(pickle, function);
    const bool third = name == "_rebuild_tensor_v3";
    if (!third && name != "_rebuild_tensor_v2" && name != "_rebuild_tensor") {
      return reject(fmt::format("expected a tensor, found a call of '{}'", name));
    }
    const size_t least = third ? 7 : name == "_rebuild_tensor_v2" ? 6 : 4;
    const size_t most = least == 4 ? 4 : least + 1;
    const bool shaped = isKind(arguments, 0, PickleKind::Persistent) && isKind(arguments, 1, PickleKind::Integer) &&
                        arguments.size() >= least && arguments.size() <= most;
    if (!shaped || !readNumbers(arguments[2], tensor.shape) || !readNumbers(arguments[3], tensor.strides)) {
      return reject(
          fmt::format("expected '{}' of a storage, an offset, sizes and strides, found other arguments", name));
    }
    // Metadata says that the numbers mean others: negated or conjugated.
    if (arguments.size() == most && most > 4 && !saysNothing(arguments.back())) {
      return reject("expected a plain tensor, found one with metadata, which may be negated or conjugated");
    }
    storage = arguments[0];
    tensor.offset = arguments[1].integer;
    return readType(third ? nameIn(pickle, arguments[6]) : "", third, storage, tensor.type);
  }

  bool saysNothing(const PickleValue &value) const {
    return value.kind == PickleKind::None || (value.kind == PickleKind::Dict && pickle.itemsOf(value).empty());
  }

  bool readType(std::string_view dtype, bool third, const PickleValue &storage, StoredType &type) {
    const TorchStorage &own = source.storages[storage.index];
    const std::optional<StoredType> said = typeNamed(dtype, &TorchType::dtype);
    if (own.untyped != third || (third && !said)) {
      return reject("expected an element type from the storage or from the tensor, found none or two");
    }
    type = third ? *said : own.type;
    return true;
  }

  /// A tuple, a list, or torch.Size((..)).
  bool readNumbers(PickleValue value, std::vector<int64_t> &out) const {
    if (value.kind == PickleKind::Call && nameIn(pickle, value) == "Size" && argumentsOf(pickle, value).size() == 1) {
      value = argumentsOf(pickle, value)[0];
    }
    if (value.kind != PickleKind::Tuple && value.kind != PickleKind::List) {
      return false;
    }
    const std::span<const PickleValue> items = pickle.itemsOf(value);
    if (items.size() > mostTensorRank) {
      return false;
    }
    for (const PickleValue &item : items) {
      if (item.kind != PickleKind::Integer) {
        return false;
      }
      out.push_back(item.integer);
    }
    return true;
  }

  Result<TensorView> place(StridedTensor tensor, const PickleValue &value) {
    const TorchStorage &storage = source.storages[value.index];
    const Result<std::span<const std::byte>> bytes = source.bytesOf(storage);
    if (!bytes) {
      return fail(bytes);
    }
    const size_t width = bytesOf(storage.type);
    tensor.storage =
        bytes->subspan(static_cast<size_t>(storage.viewBegin) * width, static_cast<size_t>(storage.viewLength) * width);
    tensor.bigEndian = source.bigEndian;
    return layDense(std::move(tensor), memory, where);
  }

  const TorchSource &source;
  const Pickle &pickle;
  TensorMemory &memory;
  const std::string &where;
  std::string problem;
};

} // namespace

std::span<const PickleGlobal> torchGlobals() {
  static const std::vector<PickleGlobal> globals = makeGlobals();
  return globals;
}

Result<std::vector<TorchStorage>> torchStorages(const Pickle &pickle, const std::string &where) {
  std::vector<TorchStorage> storages;
  storages.reserve(pickle.persistent.size());
  for (const PickleValue &id : pickle.persistent) {
    if (const std::string problem = readStorage(pickle, id, storages.emplace_back()); !problem.empty()) {
      return fail(ErrorKind::BadInput, problem + "; nothing was executed", where);
    }
  }
  return storages;
}

Result<std::vector<TensorView>> readTorchTensors(const TorchSource &source, TensorMemory &memory,
                                                 const std::string &where) {
  return StateReader(source, memory, where).read();
}

} // namespace clew
