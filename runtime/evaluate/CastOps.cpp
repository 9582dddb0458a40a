// Cast and its kin: numbers of any type as those of any other.
#include "runtime/evaluate/Elementwise.h"
#include "runtime/evaluate/SmallFloats.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace clew::onnx {
namespace {

bool isHalf(DataType type) { return type == DataType::Float16 || type == DataType::BFloat16; }
bool isSmallInteger(DataType type) {
  return type == DataType::Int4 || type == DataType::UInt4 || type == DataType::Int2 || type == DataType::UInt2;
}

/// Rounds to odd: what is rounded again to fewer bits is then as if it had been rounded once.
float oddFloat(double value) {
  auto rounded = static_cast<float>(value);
  if (static_cast<double>(rounded) == value || std::isnan(value) || std::isinf(rounded)) {
    return rounded;
  }
  auto bits = std::bit_cast<uint32_t>(rounded);
  bits -= std::abs(static_cast<double>(rounded)) > std::abs(value) ? 1 : 0;
  return std::bit_cast<float>(bits | 1);
}

/// Floats of few bits, and integers of few, to float or int8.
Array widened(Call &call, const Array &from) {
  if (isSmallInteger(from.type)) {
    Array to = from;
    to.type = from.type == DataType::UInt4 || from.type == DataType::UInt2 ? DataType::UInt8 : DataType::Int8;
    return to;
  }
  Array to = call.make(DataType::Float, from.dims);
  if (!call.ok()) {
    return to;
  }
  if (from.type == DataType::Float16) {
    mapEach<F16, float>(from, to, 1, [](F16 x) { return static_cast<float>(x); });
  } else if (from.type == DataType::BFloat16) {
    mapEach<BF16, float>(from, to, call.threads, [](BF16 x) { return static_cast<float>(x); });
  } else {
    mapEach<uint8_t, float>(from, to, 1, [&](uint8_t x) { return smallToFloat(from.type, x); });
  }
  return to;
}

/// From float to what has fewer bits.
Array narrowed(Call &call, const Array &from, DataType type, bool saturate, int up) {
  Array to = call.make(type, from.dims);
  if (!call.ok()) {
    return to;
  }
  if (type == DataType::Float16) {
    mapEach<float, F16>(from, to, 1, [](float x) { return F16(x); });
  } else if (type == DataType::BFloat16) {
    mapEach<float, BF16>(from, to, call.threads, [](float x) { return BF16(x); });
  } else {
    mapEach<float, uint8_t>(from, to, 1, [&](float x) { return floatToSmall(type, x, saturate, up); });
  }
  return to;
}

Array toSmallInteger(Call &call, const Array &from, DataType type) {
  Array wide = converted(call, from, DataType::Int32);
  Array to = call.make(type, from.dims);
  if (!call.ok()) {
    return to;
  }
  const auto bits = static_cast<int>(bitsOf(type));
  const bool sign = type == DataType::Int4 || type == DataType::Int2;
  mapEach<int32_t, uint8_t>(wide, to, 1, [=](int32_t x) {
    const unsigned mask = (1U << bits) - 1;
    const unsigned low = static_cast<unsigned>(x) & mask;
    return static_cast<uint8_t>(sign && (low >> (bits - 1)) != 0 ? low | ~mask : low);
  });
  return to;
}

Array fromTexts(Call &call, const Array &from, DataType type) {
  Array numbers = call.make(DataType::Double, from.dims);
  for (size_t i = 0; call.ok() && i < from.strings->size(); ++i) {
    const std::string &text = (*from.strings)[i];
    const char *begin = text.data() + (text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
    call.need(error == std::errc() && end == text.data() + text.size(), "expected texts that are numbers");
    numbers.to<double>()[i] = value;
  }
  return call.ok() ? converted(call, numbers, type) : numbers;
}

Array toTexts(Call &call, const Array &from) {
  Array to = call.make(DataType::String, from.dims);
  const auto write = [&]<typename T>() {
    for (size_t i = 0; i < to.strings->size(); ++i) {
      (*to.strings)[i] = fmt::format("{}", from.as<T>()[i]);
    }
  };
  if (call.ok() && from.type == DataType::Bool) {
    for (size_t i = 0; i < to.strings->size(); ++i) {
      (*to.strings)[i] = from.as<uint8_t>()[i] != 0 ? "True" : "False";
    }
  } else if (call.ok() && !withNumber(from.type, write)) {
    call.refuseType(from.type);
  }
  return to;
}

template <typename From, typename To> void convertAll(const Array &from, Array &to, int threads) {
  mapEach<From, To>(from, to, threads, [](From x) { return numberOf<To>(x); });
}

Array convertTo(Call &call, Array from, DataType type, bool saturate, int up) {
  if (from.type == type) {
    return from;
  }
  if (from.type == DataType::String) {
    return fromTexts(call, from, type);
  }
  if (isHalf(from.type) || isSmallFloat(from.type) || isSmallInteger(from.type)) {
    from = widened(call, from);
    if (!call.ok() || from.type == type) {
      return from;
    }
  }
  if (type == DataType::String) {
    return toTexts(call, from);
  }
  if (isHalf(type) || isSmallFloat(type)) {
    if (from.type == DataType::Double) {
      Array odd = call.make(DataType::Float, from.dims);
      if (call.ok()) {
        mapEach<double, float>(from, odd, call.threads, oddFloat);
      }
      return call.ok() ? narrowed(call, odd, type, saturate, up) : odd;
    }
    const Array real = convertTo(call, from, DataType::Float, saturate, up);
    return call.ok() ? narrowed(call, real, type, saturate, up) : real;
  }
  if (isSmallInteger(type)) {
    return toSmallInteger(call, from, type);
  }
  Array to = call.make(type, from.dims);
  if (!call.ok()) {
    return to;
  }
  bool known = false;
  const auto read = [&]<typename From>() {
    if (type == DataType::Bool) {
      mapEach<From, uint8_t>(from, to, call.threads, [](From x) -> uint8_t { return x != From{0}; });
      known = true;
    } else {
      known = withNumber(type, [&]<typename To>() { convertAll<From, To>(from, to, call.threads); });
    }
  };
  if (from.type == DataType::Bool) {
    read.template operator()<uint8_t>();
  } else {
    withNumber(from.type, read);
  }
  if (!known) {
    call.refuse(ErrorKind::Unsupported, fmt::format("does not convert {} to {}", nameOf(from.type), nameOf(type)));
  }
  return to;
}

void give(Call &call, Array array) {
  if (call.ok()) {
    call.outputs.assign(1, Value(std::move(array)));
  }
}

bool typeFrom(Call &call, int64_t number, DataType &type) {
  type = static_cast<DataType>(number);
  return call.need(number >= 1 && number <= lastDataType, "expected a data type from 1 to {}, found {}", lastDataType,
                   number);
}

int roundingOf(Call &call) {
  const std::string mode = call.text("round_mode", "up");
  call.need(mode == "up" || mode == "down" || mode == "nearest", "expected a round_mode up, down or nearest");
  return mode == "up" ? 1 : mode == "down" ? -1 : 0;
}

void cast(Call &call) {
  DataType type = DataType::Undefined;
  const int up = roundingOf(call);
  if (typeFrom(call, call.integer("to"), type) && call.in(0).count() >= 0 && call.ok()) {
    give(call, convertTo(call, call.in(0), type, call.integer("saturate", 1) != 0, up));
  }
}

void castLike(Call &call) {
  const DataType type = call.in(1).type;
  const int up = roundingOf(call);
  if (call.ok()) {
    give(call, convertTo(call, call.in(0), type, call.integer("saturate", 1) != 0, up));
  }
}

/// The same bits as another type of the same size.
void bitCast(Call &call) {
  DataType type = DataType::Undefined;
  const Array &x = call.in(0);
  if (!call.ok() || !typeFrom(call, call.integer("to"), type)) {
    return;
  }
  if (call.need(bitsOf(type) == bitsOf(x.type) && bitsOf(type) >= 8, "expected types of one size, found {} and {}",
                nameOf(x.type), nameOf(type))) {
    Array to = x;
    to.type = type;
    give(call, std::move(to));
  }
}

} // namespace

Array converted(Call &call, const Array &from, DataType to, bool saturate) {
  return convertTo(call, from, to, saturate, 1);
}

void addCastOps(OpTable &table) {
  table["Cast"] = {cast, "to saturate round_mode"};
  table["CastLike"] = {castLike, "saturate round_mode"};
  table["BitCast"] = {bitCast, "to"};
}

} // namespace clew::onnx
