// OnnxParser: tensors, whose bytes lie in one of three ways: raw_data, a list of numbers, or a file beside the model. See OnnxParser.h.
#include "runtime/onnx/OnnxParser.h"

#include "runtime/weights/StoredType.h"

#include <charconv>

namespace clew::onnx {

using Kind = WireField::Kind;

struct OnnxParser::TensorData {
  bool raw = false;                 ///< raw_data was there: its view is in the tensor
  bool external = false;            ///< data_location
  uint32_t list = 0;                ///< the field of the list of numbers that was there
  std::string numbers;              ///< the list, decoded: what its messages hold one after the other
  size_t listed = 0;                ///< numbers in it
  std::string file, offset, length; ///< of external data
};

namespace {

/// Bytes of a number in the list of this field, as decoded: float_data, int32_data, int64_data, double_data, uint64_data.
size_t listedBytes(uint32_t field) { return field == 4 || field == 5 ? 4 : 8; }

/// The list that holds elements of a type.
uint32_t listFor(DataType type) {
  using T = DataType;
  static constexpr std::pair<T, uint32_t> fields[] = {{T::Float, 4},       {T::Complex64, 4}, {T::Double, 10},
                                                      {T::Complex128, 10}, {T::Int64, 7},     {T::UInt32, 11},
                                                      {T::UInt64, 11},     {T::String, 6}};
  for (const auto &[one, field] : fields) {
    if (one == type) {
      return field;
    }
  }
  return 5;
}

bool parseSize(const std::string &text, uint64_t &out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

} // namespace

bool OnnxParser::tensorField(const WireField &field, Tensor &out, TensorData &data) {
  switch (field.number) {
  case 1: {
    const auto one = [&](uint64_t value) {
      out.dims.push_back(static_cast<int64_t>(value));
      return out.dims.size() <= static_cast<size_t>(mostRank) ||
             refuse(fmt::format("expected at most {} axes, found more", mostRank));
    };
    return integers(field, "extents", one);
  }
  case 2:
    return elementType(field, out.type);
  case 3:
    return refuse("is a segment of a tensor, which is not read", ErrorKind::Unsupported);
  case 4:
  case 5:
  case 7:
  case 10:
  case 11: {
    if (data.list != 0 && data.list != field.number) {
      return refuse("expected one list of numbers, found two");
    }
    data.list = field.number;
    const size_t width = listedBytes(field.number);
    const bool varints = field.number != 4 && field.number != 10;
    const auto one = [&](uint64_t value) {
      data.numbers.append(reinterpret_cast<const char *>(&value), width);
      ++data.listed;
    };
    if (field.kind != Kind::Bytes) {
      const Kind expected = varints ? Kind::Varint : width == 4 ? Kind::Fixed32 : Kind::Fixed64;
      one(field.value);
      return field.kind == expected || refuse("expected numbers of another form in a list of numbers");
    }
    if (!varints) {
      data.numbers.append(reinterpret_cast<const char *>(field.bytes.data()), field.bytes.size());
      data.listed += field.bytes.size() / width;
      return field.bytes.size() % width == 0 || refuse("expected whole numbers in a list, found a part of one");
    }
    WireReader packed(field.bytes);
    uint64_t value = 0;
    while (!packed.empty()) {
      if (!packed.varint(value)) {
        return refuse("expected integers in a list, found other bytes");
      }
      one(value);
    }
    return true;
  }
  case 6:
    data.list = data.list == 0 ? 6 : data.list;
    return message(field, "a text") && count(values, "texts") &&
           (out.strings.emplace_back(reinterpret_cast<const char *>(field.bytes.data()), field.bytes.size()), true);
  case 8:
    return name(field, out.name);
  case 9:
    if (data.raw) {
      return refuse("expected raw_data once, found it twice");
    }
    data.raw = true;
    out.view = field.bytes;
    return message(field, "bytes");
  case 12: // doc_string
  case 16: // metadata_props
    return true;
  case 13: {
    std::string key;
    std::string value;
    if (!message(field, "an entry") || !entry(field.bytes, key, value)) {
      return false;
    }
    if (value.size() > mostNameBytes) {
      return refuse("expected short texts about external data, found a long one");
    }
    // `checksum` is a SHA-1 that guards nothing against malice; basepath belongs to one library's old files.
    std::string *known = key == "location" ? &data.file
                         : key == "offset" ? &data.offset
                         : key == "length" ? &data.length
                                           : nullptr;
    if (known) {
      *known = std::move(value);
    }
    return known || key == "checksum" ||
           refuse(
               fmt::format("expected location, offset, length or checksum of external data, found {}", quoteName(key)),
               ErrorKind::Unsupported);
  }
  case 14:
    data.external = field.value == 1;
    return (field.kind == Kind::Varint && field.value <= 1) || refuse("expected a data_location of 0 or 1");
  default:
    return unknown(field, "TensorProto");
  }
}

bool OnnxParser::tensor(Bytes message, Tensor &out) {
  out.type = DataType::Undefined;
  TensorData data;
  return fields(message, "a tensor", [&](const WireField &field) { return tensorField(field, out, data); }) &&
         finish(out, data);
}

bool OnnxParser::finish(Tensor &out, TensorData &data) {
  if (out.type == DataType::Undefined) {
    return refuse("expected a data type, found none");
  }
  const Result<int64_t> elements = countElements(out.dims, place);
  if (!elements) {
    return refuse(elements.error().message, elements.error().kind);
  }
  if (out.type == DataType::String) {
    return (!data.raw && !data.external && out.strings.size() == static_cast<size_t>(*elements)) ||
           refuse(fmt::format("expected {} texts for the shape {}, found {}", *elements, renderShape(out.dims),
                              out.strings.size()));
  }
  if (!out.strings.empty()) {
    return refuse(fmt::format("expected numbers of type {}, found texts", nameOf(out.type)));
  }
  const int64_t bytes = packedBytes(out.type, *elements);
  if (data.external) {
    return data.raw || data.list != 0 ? refuse("expected external data, found data in the file, too")
                                      : takeExternal(out, data, bytes);
  }
  if (data.raw) {
    if (data.list != 0) {
      return refuse("expected raw_data or a list of numbers, found both");
    }
    return static_cast<int64_t>(out.view.size()) == bytes ||
           refuse(fmt::format("expected {} bytes for {} {}, found {}", bytes, nameOf(out.type), renderShape(out.dims),
                              out.view.size()));
  }
  return takeTyped(out, data, *elements);
}

bool OnnxParser::takeExternal(Tensor &out, const TensorData &data, int64_t bytes) {
  uint64_t offset = 0;
  uint64_t length = static_cast<uint64_t>(bytes);
  if ((!data.offset.empty() && !parseSize(data.offset, offset)) ||
      (!data.length.empty() && !parseSize(data.length, length))) {
    return refuse(fmt::format("expected offset and length of external data as numbers, found {} and {}",
                              quoteName(data.offset), quoteName(data.length)));
  }
  const Result<Bytes> file = external(data.file);
  if (!file) {
    problem = file.error();
    return inside("external data");
  }
  if (length != static_cast<uint64_t>(bytes) || offset > file->size() || length > file->size() - offset) {
    return refuse(fmt::format("expected {} bytes for {} {} within the {} of {}, found {} at {}", bytes,
                              nameOf(out.type), renderShape(out.dims), file->size(), quoteName(data.file), length,
                              offset));
  }
  out.view = file->subspan(offset, length);
  return true;
}

bool OnnxParser::takeTyped(Tensor &out, TensorData &data, int64_t elements) {
  const int64_t bits = bitsOf(out.type);
  const bool complex = out.type == DataType::Complex64 || out.type == DataType::Complex128;
  // Types of fewer than 8 bits lie packed in int32_data, a byte's worth in each number.
  const int64_t expected = complex ? 2 * elements : bits < 8 ? packedBytes(out.type, elements) : elements;
  if (static_cast<int64_t>(data.listed) != expected || (data.list != 0 && data.list != listFor(out.type))) {
    return refuse(fmt::format("expected {} numbers for {} {}, found {}{}", expected, nameOf(out.type),
                              renderShape(out.dims), data.listed,
                              data.list != 0 && data.list != listFor(out.type) ? " in the list of another type" : ""));
  }
  const size_t from = listedBytes(listFor(out.type));
  const auto to = static_cast<size_t>(complex ? bits / 16 : bits < 8 ? 1 : bits / 8);
  if (from == to) {
    out.raw = std::move(data.numbers);
    return true;
  }
  out.raw.resize(data.listed * to);
  for (size_t i = 0; i < data.listed; ++i) {
    std::memcpy(out.raw.data() + i * to, data.numbers.data() + i * from, to); // little endian: the low bytes
  }
  return true;
}

} // namespace clew::onnx
