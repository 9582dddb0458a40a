// What torch.save writes of a dictionary of tensors since PyTorch 1.6: FOLDER/data.pkl, a pickle of protocol 2 that rebuilds tensors from
// storages; FOLDER/data/KEY, the storages; FOLDER/byteorder and FOLDER/version. torch.load takes it with weights_only=True.
#include "runtime/weights/CheckpointWriter.h"
#include "runtime/weights/TensorSet.h"
#include "runtime/weights/ZipWriter.h"

#include <cstring>
#include <fmt/format.h>

namespace clew {
namespace {

constexpr std::string_view folder = "archive/";

/// PyTorch's class of storages of the type; empty if it has none that all of its versions read.
std::string_view storageOf(StoredType type) {
  switch (type) {
  case StoredType::F64:
    return "DoubleStorage";
  case StoredType::F32:
    return "FloatStorage";
  case StoredType::F16:
    return "HalfStorage";
  case StoredType::BF16:
    return "BFloat16Storage";
  case StoredType::I64:
    return "LongStorage";
  case StoredType::I32:
    return "IntStorage";
  case StoredType::I16:
    return "ShortStorage";
  case StoredType::I8:
    return "CharStorage";
  case StoredType::U8:
    return "ByteStorage";
  case StoredType::Bool:
    return "BoolStorage";
  case StoredType::U64:
  case StoredType::U32:
  case StoredType::U16:
  case StoredType::F8E4M3:
  case StoredType::F8E5M2:
    return "";
  }
  return "";
}

/// Writes values as opcodes of the pickle machine.
class PickleWriter {
public:
  PickleWriter &op(char code) {
    text += code;
    return *this;
  }
  PickleWriter &global(std::string_view module, std::string_view name) {
    text += fmt::format("c{}\n{}\n", module, name);
    return *this;
  }
  PickleWriter &string(std::string_view value) {
    text += 'X';
    return number<uint32_t>(static_cast<uint32_t>(value.size())).raw(value);
  }
  /// BININT, or LONG1 where it takes more than 32 bits.
  PickleWriter &integer(int64_t value) {
    if (value <= INT32_MAX) {
      return op('J').number(static_cast<int32_t>(value));
    }
    return op('\x8a').op('\x08').number(value);
  }
  PickleWriter &integers(const std::vector<int64_t> &values) {
    op('(');
    for (const int64_t value : values) {
      integer(value);
    }
    return op('t');
  }
  /// OrderedDict()
  PickleWriter &emptyDict() { return global("collections", "OrderedDict").op(')').op('R'); }

  std::string text;

private:
  template <typename T> PickleWriter &number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    text.append(bytes, sizeof(T));
    return *this;
  }
  PickleWriter &raw(std::string_view value) {
    text += value;
    return *this;
  }
};

std::string pickleOf(std::span<const TensorSource> tensors) {
  PickleWriter pickle;
  pickle.op('\x80').op('\x02').emptyDict().op('(');
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorLayout &layout = tensors[i].layout;
    int64_t elements = 1;
    for (const int64_t extent : layout.shape) {
      elements *= extent;
    }
    pickle.string(layout.name).global("torch._utils", "_rebuild_tensor_v2").op('(');
    pickle.op('(').string("storage").global("torch", storageOf(layout.type)).string(std::to_string(i)).string("cpu");
    pickle.integer(elements).op('t').op('Q').integer(0).integers(layout.shape).integers(rowMajorStrides(layout.shape));
    pickle.op('\x89').emptyDict().op('t').op('R');
  }
  pickle.op('u').op('.');
  return std::move(pickle.text);
}

} // namespace

Result<void> writeTorch(const std::string &path, std::span<const TensorSource> tensors) {
  for (const TensorSource &tensor : tensors) {
    if (storageOf(tensor.layout.type).empty()) {
      return fail(ErrorKind::BadInput,
                  fmt::format("expected a type that PyTorch's files have, found tensor {} of {}",
                              quoteName(tensor.layout.name), nameOf(tensor.layout.type)),
                  path);
    }
    if (const Result<uint64_t> bytes = bytesOf(tensor.layout); !bytes) {
      return fail(bytes);
    }
  }
  Result<ZipWriter> archive = ZipWriter::create(path);
  if (!archive) {
    return fail(archive);
  }
  const auto add = [&](std::string_view name, std::string_view text) {
    return archive->add(fmt::format("{}{}", folder, name), std::as_bytes(std::span(text)));
  };
  if (Result<void> added = add("data.pkl", pickleOf(tensors)); !added) {
    return added;
  }
  if (Result<void> added = add("byteorder", "little"); !added) {
    return added;
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string name = fmt::format("{}data/{}", folder, i);
    if (Result<void> added = archive->add(name, *bytesOf(tensors[i].layout), tensors[i].produce); !added) {
      return added;
    }
  }
  if (Result<void> added = add("version", "3\n"); !added) {
    return added;
  }
  return archive->finish();
}

} // namespace clew
