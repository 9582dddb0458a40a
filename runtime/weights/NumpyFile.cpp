// Headers of NumPy's arrays: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } and nothing else that Python could say.
#include "runtime/weights/NumpyFile.h"

#include "runtime/weights/ZipDirectory.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <optional>

namespace clew {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr std::string_view ending = ".npy";

struct NumpyType {
  std::string_view code; ///< without the byte order
  StoredType type;
};

constexpr std::array<NumpyType, 12> numpyTypes = {{{"f8", StoredType::F64},
                                                   {"f4", StoredType::F32},
                                                   {"f2", StoredType::F16},
                                                   {"i8", StoredType::I64},
                                                   {"i4", StoredType::I32},
                                                   {"i2", StoredType::I16},
                                                   {"i1", StoredType::I8},
                                                   {"u8", StoredType::U64},
                                                   {"u4", StoredType::U32},
                                                   {"u2", StoredType::U16},
                                                   {"u1", StoredType::U8},
                                                   {"b1", StoredType::Bool}}};

/// Reads the literal. Methods return false where it is another, and then `expected` says what should stand at `at`.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view text) : text(text) {}

  std::string_view descr;
  std::optional<bool> fortranOrder;
  std::optional<std::vector<int64_t>> shape;
  std::string_view expected;
  size_t at = 0;

  bool read() {
    if (!take('{', "a dictionary")) {
      return false;
    }
    while (!sees('}')) {
      if (!entry() || !(sees('}') || take(',', "a comma"))) {
        return false;
      }
    }
    ++at;
    skip();
    if (at != text.size()) {
      return wants("the end of the header");
    }
    return (!descr.empty() && fortranOrder && shape) || wants("the keys descr, fortran_order and shape");
  }

private:
  bool wants(std::string_view what) {
    expected = what;
    return false;
  }

  void skip() { at = std::min(text.find_first_not_of(" \n", at), text.size()); }

  bool sees(char letter) {
    skip();
    return at < text.size() && text[at] == letter;
  }

  bool take(char letter, std::string_view what) { return sees(letter) ? (++at, true) : wants(what); }

  bool word(std::string_view name) {
    skip();
    if (!text.substr(at).starts_with(name)) {
      return false;
    }
    at += name.size();
    return true;
  }

  /// Without escapes, which neither keys nor types need.
  bool quoted(std::string_view &out, std::string_view what) {
    const char quote = sees('"') ? '"' : '\'';
    if (!take(quote, what)) {
      return false;
    }
    const size_t end = text.find(quote, at);
    out = text.substr(at, end == text.npos ? end : end - at);
    if (end == text.npos || out.find('\\') != out.npos) {
      return wants(what);
    }
    at = end + 1;
    return true;
  }

  bool entry() {
    std::string_view key;
    const size_t begin = at;
    if (!quoted(key, "a key in quotes") || !take(':', "a colon")) {
      return false;
    }
    if (key == "descr" && descr.empty()) {
      return quoted(descr, "a plain type such as '<f4' (no fields)") && (!descr.empty() || wants("a type"));
    }
    if (key == "fortran_order" && !fortranOrder) {
      const bool yes = word("True");
      fortranOrder = yes;
      return yes || word("False") || wants("True or False");
    }
    if (key == "shape" && !shape) {
      return extents();
    }
    at = begin;
    return wants("the keys descr, fortran_order and shape, each once");
  }

  /// "()", "(3,)", "(2, 3)"; Python 2 wrote "(2L, 3L)".
  bool extents() {
    shape.emplace();
    if (!take('(', "a tuple")) {
      return false;
    }
    while (!sees(')')) {
      int64_t extent = 0;
      const size_t begin = at;
      for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        if (__builtin_mul_overflow(extent, 10, &extent) || __builtin_add_overflow(extent, text[at] - '0', &extent)) {
          return wants("an extent of at most 64 bits");
        }
      }
      if (at == begin || shape->size() == mostTensorRank) {
        return wants("a tuple of at most 64 extents");
      }
      at += at < text.size() && text[at] == 'L' ? 1 : 0;
      shape->push_back(extent);
      if (!sees(')') && !take(',', "a comma")) {
        return false;
      }
      if (shape->size() == 1 && text.substr(begin, at - begin).find(',') == text.npos) {
        return wants("a tuple"); // "(3)" is a number
      }
    }
    ++at;
    return true;
  }

  std::string_view text;
};

struct Front {
  std::string_view header;
  size_t bytes = 0; ///< before the data
};

/// Magic, version, length, header.
Result<Front> readFront(Bytes file, const std::string &where) {
  const std::string_view text(reinterpret_cast<const char *>(file.data()), file.size());
  if (!looksLikeNpy(file) || file.size() < 10) {
    return fail(ErrorKind::BadInput, "expected an array of NumPy's (\\x93NUMPY, a version, a header), found other data",
                where);
  }
  const auto major = static_cast<uint8_t>(file[6]);
  const auto minor = static_cast<uint8_t>(file[7]);
  if (major < 1 || major > 3 || minor != 0) {
    return fail(ErrorKind::BadInput, fmt::format("expected NumPy's format 1.0, 2.0 or 3.0, found {}.{}", major, minor),
                where);
  }
  const size_t width = major == 1 ? 2 : 4;
  uint32_t length = 0;
  std::memcpy(&length, file.data() + 8, std::min(width, file.size() - 8));
  const size_t begin = 8 + width;
  if (length > mostNumpyHeader || begin > file.size() || length > file.size() - begin) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a header of at most {} bytes within the file, found {} where {} are left",
                            mostNumpyHeader, length, file.size() - std::min(begin, file.size())),
                where);
  }
  return Front{text.substr(begin, length), begin + length};
}

Result<TensorView> readArray(Bytes file, std::string name, TensorMemory &memory, const std::string &where) {
  const Result<Front> front = readFront(file, where);
  if (!front) {
    return fail(front);
  }
  HeaderReader header(front->header);
  if (!header.read()) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected {}, found {} at byte {} of the header", header.expected,
                            quoteName(front->header.substr(header.at).substr(0, 20)), header.at),
                where);
  }
  StridedTensor tensor;
  tensor.name = std::move(name);
  if (const std::string problem = readNumpyType(header.descr, tensor); !problem.empty()) {
    return fail(ErrorKind::BadInput, problem, where);
  }
  tensor.shape = std::move(*header.shape);
  const Result<int64_t> count = countElements(tensor.name, tensor.shape, tensor.type, where);
  if (!count) {
    return fail(count);
  }
  const uint64_t bytes = static_cast<uint64_t>(*count) * bytesOf(tensor.type);
  if (file.size() - front->bytes != bytes) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected {} bytes for {} {}, found {}", bytes, nameOf(tensor.type),
                            renderShape(tensor.shape), file.size() - front->bytes),
                where);
  }
  tensor.storage = file.subspan(front->bytes);
  tensor.strides = rowMajorStrides(tensor.shape);
  if (*header.fortranOrder) {
    std::vector<int64_t> turned(tensor.shape.rbegin(), tensor.shape.rend());
    turned = rowMajorStrides(turned);
    tensor.strides.assign(turned.rbegin(), turned.rend());
  }
  return layDense(std::move(tensor), memory, where);
}

} // namespace

std::string readNumpyType(std::string_view descr, StridedTensor &tensor) {
  const std::string_view code = descr.substr(1);
  const auto found = std::ranges::find(numpyTypes, code, &NumpyType::code);
  if (code.starts_with('O')) {
    return "expected numbers, found an array of objects, which would have to be unpickled; nothing was executed";
  }
  const char order = descr.front();
  const bool ordered = order == '<' || order == '>';
  if (found == numpyTypes.end() || !(ordered || (order == '|' && bytesOf(found->type) == 1))) {
    return "expected floats of 16 to 64 bits, integers or truth values, such as \"<f4\", found the type " +
           quoteName(descr);
  }
  tensor.type = found->type;
  tensor.bigEndian = order == '>';
  return "";
}

bool looksLikeNpy(Bytes bytes) {
  return std::string_view(reinterpret_cast<const char *>(bytes.data()), bytes.size()).starts_with(magic);
}

Result<TensorSet> readNpy(Bytes file, const std::string &name, const std::string &where) {
  TensorMemory memory(file.size());
  Result<TensorView> tensor = readArray(file, name, memory, where);
  return tensor ? gatherTensors({std::move(*tensor)}, std::move(memory), where) : fail(tensor);
}

Result<TensorSet> readNpz(Bytes file, const std::string &where) {
  const Result<std::vector<ZipMember>> members = readZipDirectory(file, where);
  if (!members) {
    return fail(members);
  }
  TensorMemory memory(file.size());
  std::vector<TensorView> tensors;
  for (const ZipMember &member : *members) {
    if (!member.name.ends_with(ending)) {
      return fail(ErrorKind::BadInput, fmt::format("expected arrays, NAME.npy each, found {}", quoteName(member.name)),
                  where);
    }
    const Result<Bytes> bytes = contentsOf(member, memory, where);
    if (!bytes) {
      return fail(bytes);
    }
    std::string name(member.name.substr(0, member.name.size() - ending.size()));
    Result<TensorView> tensor = readArray(*bytes, std::move(name), memory, where);
    if (!tensor) {
      return fail(tensor.error().kind, fmt::format("{}: {}", quoteName(member.name), tensor.error().message), where);
    }
    tensors.push_back(std::move(*tensor));
  }
  return gatherTensors(std::move(tensors), std::move(memory), where);
}

} // namespace clew
