// Arithmetic, comparisons and logic, element by element.
#include "runtime/evaluate/Elementwise.h"

#include <cmath>
#include <limits>

namespace clew::onnx {
namespace {

template <typename T> constexpr bool isReal = std::is_floating_point_v<T>;

/// Integers wrap around, as the formats of the CPU do; done on unsigned ones, where that is defined.
template <typename T, typename F> T wrapped(T a, T b, F f) {
  if constexpr (isReal<T>) {
    return f(a, b);
  } else {
    using U = std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;
    return static_cast<T>(f(static_cast<U>(a), static_cast<U>(b)));
  }
}

struct Add {
  template <typename T> T operator()(T a, T b) const {
    return wrapped(a, b, [](auto x, auto y) { return x + y; });
  }
};
struct Sub {
  template <typename T> T operator()(T a, T b) const {
    return wrapped(a, b, [](auto x, auto y) { return x - y; });
  }
};
struct Mul {
  template <typename T> T operator()(T a, T b) const {
    return wrapped(a, b, [](auto x, auto y) { return x * y; });
  }
};
struct Div {
  template <typename T> T operator()(T a, T b) const {
    if constexpr (isReal<T>) {
      return a / b;
    } else {
      // Refused before where b is 0; the lowest number by -1 wraps around.
      return b == 0 ? T{0} : std::is_signed_v<T> && b == static_cast<T>(-1) ? Sub()(T{0}, a) : static_cast<T>(a / b);
    }
  }
};
struct Maximum {
  template <typename T> T operator()(T a, T b) const {
    if constexpr (isReal<T>) {
      return std::isnan(a) || a > b ? a : b;
    }
    return a > b ? a : b;
  }
};
struct Minimum {
  template <typename T> T operator()(T a, T b) const {
    if constexpr (isReal<T>) {
      return std::isnan(a) || a < b ? a : b;
    }
    return a < b ? a : b;
  }
};
/// The sign of the divisor, as Python's.
struct Mod {
  template <typename T> T operator()(T a, T b) const {
    if constexpr (isReal<T>) {
      const T r = std::fmod(a, b);
      return r != 0 && (r < 0) != (b < 0) ? r + b : r;
    } else {
      if (b == 0 || (std::is_signed_v<T> && b == static_cast<T>(-1))) {
        return T{0};
      }
      const T r = static_cast<T>(a % b);
      return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
    }
  }
};
/// The sign of the dividend, as C's fmod.
struct Remainder {
  template <typename T> T operator()(T a, T b) const {
    if constexpr (isReal<T>) {
      return std::fmod(a, b);
    } else {
      return b == 0 || (std::is_signed_v<T> && b == static_cast<T>(-1)) ? T{0} : static_cast<T>(a % b);
    }
  }
};

/// An op of two numbers whose result is of their type, over `count` inputs from the left.
template <typename F, bool integers = true> void arithmetic(Call &call) {
  if (!call.need(!call.inputs.empty(), "expected inputs, found none")) {
    return;
  }
  for (size_t i = 1; i < call.inputs.size(); ++i) {
    const Array &a = call.in(0);
    const Array &b = call.in(i);
    if (!call.ok() ||
        !call.need(a.type == b.type, "expected inputs of one type, found {} and {}", nameOf(a.type), nameOf(b.type))) {
      return;
    }
    const Shape dims = broadcast(call, a.dims, b.dims);
    if (!call.ok()) {
      return;
    }
    // In the buffer of an input: each element is read before it is written.
    const bool over = a.dims == dims || b.dims != dims;
    Array *to = call.outOver(0, over ? 0 : i, a.type, dims);
    if (!to) {
      return;
    }
    const auto run = [&]<typename T>() { combine<T, T>(a, b, *to, call.threads, F()); };
    if (!withReal(a.type, run) && !withInteger(a.type, run)) {
      call.refuseType(a.type);
      return;
    }
    if (i + 1 < call.inputs.size()) {
      call.inputs[0] = std::move(call.outputs[0]);
    }
  }
  if (call.inputs.size() == 1) {
    call.pass(0, 0, call.in(0).dims);
  }
}

void divide(Call &call) {
  const Array &b = call.in(1);
  bool zero = false;
  if (call.ok()) {
    withInteger(b.type, [&]<typename T>() {
      for (const T value : b.all<T>()) {
        zero = zero || value == 0;
      }
    });
  }
  if (call.need(!zero, "divides an integer by 0")) {
    arithmetic<Div>(call);
  }
}

void mod(Call &call) {
  if (call.integer("fmod") != 0) {
    arithmetic<Remainder>(call);
  } else {
    arithmetic<Mod>(call);
  }
}

void mean(Call &call) {
  const auto count = static_cast<double>(call.inputs.size());
  arithmetic<Add>(call);
  if (call.ok()) {
    Array &to = call.outputs[0].array;
    Array from = to;
    Array *result = call.out(0, from.type, from.dims);
    if (result && !withReal(from.type, [&]<typename T>() {
          mapEach<T, T>(from, *result, call.threads, [&](T x) { return static_cast<T>(x / static_cast<T>(count)); });
        })) {
      call.refuseType(from.type);
    }
  }
}

/// Powers of a type of numbers by another's.
void power(Call &call) {
  const Array &a = call.in(0);
  const Array &b = call.in(1);
  const Shape dims = call.ok() ? broadcast(call, a.dims, b.dims) : Shape();
  Array *to = call.ok() ? call.out(0, a.type, dims) : nullptr;
  if (!to) {
    return;
  }
  const Walk<2> walk = walkOver<2>(dims, {broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims)});
  bool known = false;
  withNumber(a.type, [&]<typename A>() {
    known = withNumber(b.type, [&]<typename B>() {
      const A *x = a.as<A>();
      const B *y = b.as<B>();
      A *z = to->to<A>();
      if (to->count() == 0) {
        return;
      }
      walk.rows(0, walk.outer(), [&](const auto &at, int64_t count, const auto &steps) {
        for (int64_t i = 0; i < count; ++i, ++z) {
          const A base = x[at[0] + i * steps[0]];
          const B exponent = y[at[1] + i * steps[1]];
          if constexpr (isReal<A>) {
            *z = exponent == B{2} ? base * base : static_cast<A>(std::pow(base, static_cast<A>(exponent)));
          } else {
            *z = numberOf<A>(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
          }
        }
      });
    });
  });
  if (!known) {
    call.refuseType(a.type);
  }
}

/// Comparisons and logic: to bool.
template <typename F> void compare(Call &call) {
  const Array &a = call.in(0);
  const Array &b = call.in(1);
  if (!call.ok() ||
      !call.need(a.type == b.type, "expected inputs of one type, found {} and {}", nameOf(a.type), nameOf(b.type))) {
    return;
  }
  const Shape dims = broadcast(call, a.dims, b.dims);
  Array *to = call.ok() ? call.out(0, DataType::Bool, dims) : nullptr;
  if (!to) {
    return;
  }
  if constexpr (std::is_invocable_v<F, std::string, std::string>) {
    if (a.type == DataType::String) {
      const Walk<2> walk = walkOver<2>(dims, {broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims)});
      auto *z = to->to<uint8_t>();
      if (to->count() > 0) {
        walk.rows(0, walk.outer(), [&](const auto &at, int64_t count, const auto &steps) {
          for (int64_t i = 0; i < count; ++i) {
            *z++ = F()((*a.strings)[static_cast<size_t>(at[0] + i * steps[0])],
                       (*b.strings)[static_cast<size_t>(at[1] + i * steps[1])]);
          }
        });
      }
      return;
    }
  }
  const auto run = [&]<typename T>() { combine<T, uint8_t>(a, b, *to, call.threads, F()); };
  if (a.type == DataType::Bool) {
    run.template operator()<uint8_t>();
  } else if (!withNumber(a.type, run)) {
    call.refuseType(a.type);
  }
}

template <typename F> void logic(Call &call) {
  const Array &a = call.in(0);
  if (call.ok() && call.need(a.type == DataType::Bool, "expected bool, found {}", nameOf(a.type))) {
    compare<F>(call);
  }
}

template <typename F> void bitwise(Call &call) {
  const Array &a = call.in(0);
  const Array &b = call.in(1);
  const Shape dims = call.ok() ? broadcast(call, a.dims, b.dims) : Shape();
  if (!call.ok() || !call.need(a.type == b.type, "expected inputs of one type")) {
    return;
  }
  Array *to = call.out(0, a.type, dims);
  if (to && !withInteger(a.type, [&]<typename T>() { combine<T, T>(a, b, *to, call.threads, F()); })) {
    call.refuseType(a.type);
  }
}

struct And {
  template <typename T> T operator()(T a, T b) const { return a & b; }
};
struct Or {
  template <typename T> T operator()(T a, T b) const { return a | b; }
};
struct Xor {
  template <typename T> T operator()(T a, T b) const { return a ^ b; }
};
struct ShiftLeft {
  template <typename T> T operator()(T a, T b) const {
    return static_cast<uint64_t>(b) >= sizeof(T) * 8 ? T{0} : static_cast<T>(static_cast<uint64_t>(a) << b);
  }
};
struct ShiftRight {
  template <typename T> T operator()(T a, T b) const {
    constexpr int64_t last = sizeof(T) * 8 - 1; // of numbers with a sign, the sign is shifted in
    return static_cast<uint64_t>(b) <= last ? static_cast<T>(a >> b)
           : std::is_signed_v<T>            ? static_cast<T>(a >> last)
                                            : T{0};
  }
};

void shift(Call &call) {
  const std::string direction = call.text("direction");
  if (call.need(direction == "LEFT" || direction == "RIGHT", "expected the direction LEFT or RIGHT")) {
    direction == "LEFT" ? bitwise<ShiftLeft>(call) : bitwise<ShiftRight>(call);
  }
}

void bitwiseNot(Call &call) {
  const Array &a = call.in(0);
  Array *to = call.ok() ? call.out(0, a.type, a.dims) : nullptr;
  if (to && !withInteger(a.type, [&]<typename T>() {
        mapEach<T, T>(a, *to, call.threads, [](T x) { return static_cast<T>(~x); });
      })) {
    call.refuseType(a.type);
  }
}

void logicalNot(Call &call) {
  const Array &a = call.in(0);
  if (!call.ok() || !call.need(a.type == DataType::Bool, "expected bool, found {}", nameOf(a.type))) {
    return;
  }
  if (Array *to = call.out(0, a.type, a.dims)) {
    mapEach<uint8_t, uint8_t>(a, *to, call.threads, [](uint8_t x) -> uint8_t { return x == 0; });
  }
}

void where(Call &call) {
  const Array &condition = call.in(0);
  const Array &x = call.in(1);
  const Array &y = call.in(2);
  if (!call.ok() ||
      !call.need(condition.type == DataType::Bool && x.type == y.type, "expected bool and two inputs of one type")) {
    return;
  }
  const Shape dims = broadcast(call, broadcast(call, condition.dims, x.dims), y.dims);
  Array *to = call.ok() ? call.out(0, x.type, dims) : nullptr;
  if (!to || to->count() == 0) {
    return;
  }
  const Walk<3> walk = walkOver<3>(
      dims, {broadcastStrides(condition.dims, dims), broadcastStrides(x.dims, dims), broadcastStrides(y.dims, dims)});
  withElement(x.type, [&]<typename T>() {
    const auto *c = condition.as<uint8_t>();
    const T *p = elements<T>(x);
    const T *q = elements<T>(y);
    T *r = elementsTo<T>(*to);
    walk.rows(0, walk.outer(), [&](const auto &at, int64_t count, const auto &steps) {
      for (int64_t i = 0; i < count; ++i) {
        *r++ = c[at[0] + i * steps[0]] != 0 ? p[at[1] + i * steps[1]] : q[at[2] + i * steps[2]];
      }
    });
  });
}

/// min and max are inputs, or attributes before opset 11.
void clip(Call &call) {
  const Array &x = call.in(0);
  Array *to = call.ok() ? call.outOver(0, 0, x.type, x.dims) : nullptr;
  if (!to) {
    return;
  }
  const bool known = withNumber(x.type, [&]<typename T>() {
    T low = std::numeric_limits<T>::lowest();
    T high = std::numeric_limits<T>::max();
    if constexpr (isReal<T>) {
      low = call.attribute("min") ? static_cast<T>(call.real("min")) : -std::numeric_limits<T>::infinity();
      high = call.attribute("max") ? static_cast<T>(call.real("max")) : std::numeric_limits<T>::infinity();
    }
    for (size_t i = 1; i <= 2; ++i) {
      if (call.has(i) &&
          call.need(call.in(i).type == x.type && call.in(i).count() == 1, "expected bounds of one number")) {
        (i == 1 ? low : high) = *call.in(i).as<T>();
      }
    }
    mapEach<T, T>(x, *to, call.threads, [=](T value) {
      value = value < low ? low : value;
      return value > high ? high : value;
    });
  });
  if (!known) {
    call.refuseType(x.type);
  }
}

} // namespace

void addElementOps(OpTable &table) {
  table["Add"] = {arithmetic<Add>, "", 1};
  table["Sub"] = {arithmetic<Sub>, "", 1};
  table["Mul"] = {arithmetic<Mul>, "", 1};
  table["Div"] = {divide, "", 1};
  table["Max"] = {arithmetic<Maximum>, "", 1};
  table["Min"] = {arithmetic<Minimum>, "", 1};
  table["Sum"] = {arithmetic<Add>, "", 1};
  table["Mean"] = {mean, "", 1};
  table["Mod"] = {mod, "fmod", 1};
  table["Pow"] = {power, "", 1};
  table["Equal"] = {compare<std::equal_to<>>, "", 1};
  table["Less"] = {compare<std::less<>>, "", 1};
  table["LessOrEqual"] = {compare<std::less_equal<>>, "", 1};
  table["Greater"] = {compare<std::greater<>>, "", 1};
  table["GreaterOrEqual"] = {compare<std::greater_equal<>>, "", 1};
  table["And"] = {logic<std::logical_and<>>, ""};
  table["Or"] = {logic<std::logical_or<>>, ""};
  table["Xor"] = {logic<std::not_equal_to<>>, ""};
  table["Not"] = {logicalNot, ""};
  table["BitwiseAnd"] = {bitwise<And>, ""};
  table["BitwiseOr"] = {bitwise<Or>, ""};
  table["BitwiseXor"] = {bitwise<Xor>, ""};
  table["BitwiseNot"] = {bitwiseNot, ""};
  table["BitShift"] = {shift, "direction"};
  table["Where"] = {where, ""};
  table["Clip"] = {clip, "min max", 1};
}

} // namespace clew::onnx
