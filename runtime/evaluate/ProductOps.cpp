// Products of matrices, and sums over products as Einsum writes them.
#include "runtime/evaluate/Elementwise.h"
#include "runtime/evaluate/Products.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

namespace clew::onnx {
namespace {

/// The product of the first two inputs, in their type; false, and a refusal, for a type that has none.
bool multiplyInto(Call &call, const MatrixProduct &m, Array &to) {
  const Array &a = call.in(0);
  const Array &b = call.in(1);
  if (a.type == DataType::Float) {
    multiply(call, m, a.as<float>(), b.as<float>(), to.to<float>(), 1);
    return true;
  }
  if (withNumber(a.type, [&]<typename T>() { multiplyPlain(m, a.as<T>(), b.as<T>(), to.to<T>()); })) {
    return true;
  }
  call.refuseType(a.type);
  return false;
}

void matmul(Call &call) {
  const Array &a = call.in(0);
  const Array &b = call.in(1);
  MatrixProduct m;
  Shape dims;
  if (!call.ok() || !call.need(a.type == b.type, "expected matrices of one type") ||
      !matmulShape(call, a.dims, b.dims, m, dims)) {
    return;
  }
  Array *to = call.out(0, a.type, dims);
  if (!to) {
    return;
  }
  (void)multiplyInto(call, m, *to);
}

void gemm(Call &call) {
  const Array &a = call.in(0);
  const Array &b = call.in(1);
  MatrixProduct m;
  m.transposedA = call.integer("transA") != 0;
  m.transposedB = call.integer("transB") != 0;
  if (!call.ok() ||
      !call.need(a.rank() == 2 && b.rank() == 2 && a.type == b.type, "expected two matrices of one type")) {
    return;
  }
  m.rows = a.dims[m.transposedA ? 1 : 0];
  m.depth = a.dims[m.transposedA ? 0 : 1];
  m.columns = b.dims[m.transposedB ? 0 : 1];
  if (!call.need(b.dims[m.transposedB ? 1 : 0] == m.depth, "expected matrices that fit")) {
    return;
  }
  const Shape dims{m.rows, m.columns};
  Array *to = call.out(0, a.type, dims);
  if (!to) {
    return;
  }
  if (!multiplyInto(call, m, *to)) {
    return;
  }
  const float alpha = call.real("alpha", 1);
  const float beta = call.real("beta", 1);
  const bool added = call.has(2) && beta != 0;
  const Array none;
  const Array &c = added ? call.in(2) : none;
  if (added && !call.need(c.type == a.type && broadcast(call, c.dims, dims) == dims,
                          "expected a C that is broadcast to the product")) {
    return;
  }
  withNumber(a.type, [&]<typename T>() {
    T *y = to->to<T>();
    if (alpha != 1) {
      std::for_each(y, y + to->count(), [&](T &v) { v = numberOf<T>(alpha * v); });
    }
    if (added && to->count() > 0) {
      const Walk<1> walk = walkOver<1>(dims, {broadcastStrides(c.dims, dims)});
      const int64_t inner = walk.inner();
      inParallel(call.threads, walk.outer(), std::max<int64_t>(1, 16384 / inner), [&](int64_t begin, int64_t end) {
        T *row = y + begin * inner;
        walk.rows(begin, end, [&](const auto &at, int64_t count, const auto &steps) {
          const T *p = c.as<T>() + at[0];
          if (steps[0] == 1 && beta == 1) {
            for (int64_t i = 0; i < count; ++i) {
              row[i] = static_cast<T>(row[i] + p[i]);
            }
          } else {
            for (int64_t i = 0; i < count; ++i) {
              row[i] = numberOf<T>(row[i] + beta * p[i * steps[0]]);
            }
          }
          row += count;
        });
      });
    }
  });
}

/// A zero point's numbers, for each row or column, or one for all.
int32_t zeroOf(const Array &zeros, int64_t at) {
  return !zeros.data ? 0 : zeros.as<int32_t>()[zeros.count() == 1 ? 0 : at % zeros.count()];
}

/// a (int8 or uint8) less its zero points as int32: of the last axis but one if `rows`, else of the last.
Array lessZero(Call &call, const Array &a, size_t zero, bool rows) {
  Array wide = converted(call, a, DataType::Int32);
  if (!call.ok() || !call.has(zero)) {
    return wide;
  }
  const Array zeros = converted(call, call.in(zero), DataType::Int32);
  const int64_t last = a.rank() > 0 ? a.dims.back() : 1;
  const int64_t before = a.rank() > 1 ? a.dims[a.dims.size() - 2] : 1;
  if (call.need(zeros.count() == 1 || zeros.count() == (rows ? before : last), "expected a zero point for each {}",
                rows ? "row" : "column")) {
    for (int64_t i = 0; i < wide.count(); ++i) {
      wide.to<int32_t>()[i] -= zeroOf(zeros, rows ? i / last % before : i % last);
    }
  }
  return wide;
}

void matmulInteger(Call &call) {
  const Array a = lessZero(call, call.in(0), 2, true);
  const Array b = lessZero(call, call.in(1), 3, false);
  MatrixProduct m;
  Shape dims;
  if (call.ok() && matmulShape(call, a.dims, b.dims, m, dims)) {
    if (Array *to = call.out(0, DataType::Int32, dims)) {
      multiplyPlain(m, a.as<int32_t>(), b.as<int32_t>(), to->to<int32_t>());
    }
  }
}

/// a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero.
void qlinearMatmul(Call &call) {
  const DataType type = call.in(7).type;
  const Array a = lessZero(call, call.in(0), 2, true);
  const Array b = lessZero(call, call.in(3), 5, false);
  const Array scaleA = converted(call, call.in(1), DataType::Float);
  const Array scaleB = converted(call, call.in(4), DataType::Float);
  const Array scaleY = converted(call, call.in(6), DataType::Float);
  const Array zeroY = converted(call, call.in(7), DataType::Int32);
  MatrixProduct m;
  Shape dims;
  if (!call.ok() || !matmulShape(call, a.dims, b.dims, m, dims) ||
      !call.need(scaleA.count() > 0 && scaleB.count() > 0 && scaleY.count() > 0 && zeroY.count() > 0,
                 "expected scales")) {
    return;
  }
  Array sums = call.make(DataType::Int32, dims);
  Array result = call.make(DataType::Float, dims);
  if (!call.ok()) {
    return;
  }
  multiplyPlain(m, a.as<int32_t>(), b.as<int32_t>(), sums.to<int32_t>());
  const float low = type == DataType::Int8 ? -128 : 0;
  const float high = type == DataType::Int8 ? 127 : 255;
  for (int64_t i = 0; i < sums.count(); ++i) {
    const float scale = scaleA.as<float>()[i / m.columns % m.rows % scaleA.count()] *
                        scaleB.as<float>()[i % m.columns % scaleB.count()] /
                        scaleY.as<float>()[i % m.columns % scaleY.count()];
    result.to<float>()[i] = std::clamp(std::nearbyint(static_cast<float>(sums.as<int32_t>()[i]) * scale) +
                                           static_cast<float>(zeroOf(zeroY, i % m.columns)),
                                       low, high);
  }
  call.outputs.assign(1, Value(converted(call, result, type)));
}

/// An equation's letters for each operand and the result; those of "..." are digits and the like, from the back.
struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

bool parseEquation(Call &call, Equation &out) {
  std::string text;
  for (const char c : call.text("equation")) {
    text += c == ' ' ? "" : std::string(1, c);
  }
  const size_t arrow = text.find("->");
  std::string left = text.substr(0, arrow);
  std::map<char, int> counts;
  size_t i = 0;
  size_t longest = 0;
  for (size_t begin = 0; begin <= left.size(); ++i) {
    const size_t end = std::min(left.find(',', begin), left.size());
    std::string term = left.substr(begin, end - begin);
    if (const size_t dots = term.find("..."); dots != std::string::npos) {
      const int64_t extra = call.in(i).rank() - static_cast<int64_t>(term.size()) + 3;
      if (!call.need(extra >= 0 && extra < 10, "expected axes for every letter")) {
        return false;
      }
      std::string names;
      for (int64_t k = extra; k > 0; --k) {
        names += static_cast<char>('0' + k); // the last axis is '1'
      }
      longest = std::max(longest, names.size());
      term.replace(dots, 3, names);
    }
    for (const char c : term) {
      if (!call.need(std::isalnum(static_cast<unsigned char>(c)) != 0, "expected letters in the equation")) {
        return false;
      }
      counts[c] += 1;
    }
    out.operands.push_back(term);
    begin = end + 1;
  }
  std::string dots;
  for (size_t k = longest; k > 0; --k) {
    dots += static_cast<char>('0' + k);
  }
  if (arrow != std::string::npos) {
    out.result = text.substr(arrow + 2);
    if (const size_t at = out.result.find("..."); at != std::string::npos) {
      out.result.replace(at, 3, dots);
    }
  } else {
    out.result = dots;
    for (const auto &[c, count] : counts) {
      if (count == 1 && std::isalpha(static_cast<unsigned char>(c)) != 0) {
        out.result += c;
      }
    }
  }
  return call.need(out.operands.size() == call.inputs.size(), "expected {} operands, found {}", out.operands.size(),
                   call.inputs.size());
}

void einsum(Call &call) {
  Equation equation;
  if (!parseEquation(call, equation)) {
    return;
  }
  std::map<char, int64_t> extents;
  for (size_t i = 0; i < equation.operands.size(); ++i) {
    const Array &x = call.in(i);
    if (!call.ok() || !call.need(equation.operands[i].size() == x.dims.size() && x.type == call.in(0).type,
                                 "expected {} axes and one type", equation.operands[i].size())) {
      return;
    }
    for (size_t k = 0; k < x.dims.size(); ++k) {
      int64_t &extent = extents.emplace(equation.operands[i][k], x.dims[k]).first->second;
      extent = extent == 1 ? x.dims[k] : extent;
      if (!call.need(x.dims[k] == extent || x.dims[k] == 1, "expected one extent for each letter")) {
        return;
      }
    }
  }
  // All letters: those of the result first, then those that are summed over.
  std::string letters = equation.result;
  Shape dims;
  for (const char c : equation.result) {
    if (!call.need(extents.contains(c) && std::ranges::count(equation.result, c) == 1,
                   "expected letters of the operands in the result, each once")) {
      return;
    }
    dims.push_back(extents[c]);
  }
  Shape all = dims;
  for (const auto &[c, extent] : extents) {
    if (equation.result.find(c) == std::string::npos) {
      letters += c;
      all.push_back(extent);
    }
  }
  int64_t terms = 1;
  const bool overflows = std::ranges::any_of(
      all, [&](int64_t extent) { return __builtin_mul_overflow(terms, std::max<int64_t>(1, extent), &terms); });
  if (!call.need(!overflows && terms < (int64_t{1} << 50), "expected fewer terms")) {
    return;
  }
  std::vector<Shape> strides;
  for (size_t i = 0; i < equation.operands.size(); ++i) {
    const Shape own = stridesOf(call.in(i).dims);
    Shape &mine = strides.emplace_back(all.size(), 0);
    for (size_t k = 0; k < own.size(); ++k) {
      mine[letters.find(equation.operands[i][k])] += call.in(i).dims[k] == 1 ? 0 : own[k];
    }
  }
  Array *to = call.out(0, call.in(0).type, dims);
  if (!to) {
    return;
  }
  const int64_t summed = product(std::span<const int64_t>(all).subspan(dims.size()));
  if (!withNumber(to->type, [&]<typename T>() {
        using A = std::conditional_t<std::is_floating_point_v<T>, double, T>;
        Shape index(all.size(), 0);
        for (int64_t o = 0; o < to->count(); ++o) {
          A sum = 0;
          for (int64_t s = 0; s < summed; ++s) {
            A term = 1;
            for (size_t i = 0; i < strides.size(); ++i) {
              int64_t at = 0;
              for (size_t k = 0; k < all.size(); ++k) {
                at += index[k] * strides[i][k];
              }
              term *= static_cast<A>(call.in(i).as<T>()[at]);
            }
            sum += term;
            for (size_t k = all.size(); k-- > 0 && ++index[k] == all[k];) {
              index[k] = 0;
            }
          }
          to->to<T>()[o] = static_cast<T>(sum);
        }
      })) {
    call.refuseType(to->type);
  }
}

/// By elimination with the largest pivot.
void determinant(Call &call) {
  const Array &x = call.in(0);
  const bool square = x.rank() >= 2 && x.dims.back() == x.dims[x.dims.size() - 2];
  if (!call.ok() || !call.need(square, "expected square matrices")) {
    return;
  }
  const int64_t n = x.dims.back();
  Array *to = call.out(0, x.type, Shape(x.dims.begin(), x.dims.end() - 2));
  if (to && !withReal(x.type, [&]<typename T>() {
        for (int64_t m = 0; m < to->count(); ++m) {
          std::vector<double> a(x.as<T>() + m * n * n, x.as<T>() + (m + 1) * n * n);
          double result = 1;
          for (int64_t k = 0; k < n; ++k) {
            int64_t pivot = k;
            for (int64_t i = k; i < n; ++i) {
              pivot = std::abs(a[static_cast<size_t>(i * n + k)]) > std::abs(a[static_cast<size_t>(pivot * n + k)])
                          ? i
                          : pivot;
            }
            const double value = a[static_cast<size_t>(pivot * n + k)];
            result *= pivot == k ? value : -value;
            if (value == 0) {
              break;
            }
            if (pivot != k) {
              std::swap_ranges(a.begin() + k * n, a.begin() + (k + 1) * n, a.begin() + pivot * n);
            }
            for (int64_t i = k + 1; i < n; ++i) {
              const double factor = a[static_cast<size_t>(i * n + k)] / value;
              for (int64_t j = k; j < n; ++j) {
                a[static_cast<size_t>(i * n + j)] -= factor * a[static_cast<size_t>(k * n + j)];
              }
            }
          }
          to->to<T>()[m] = static_cast<T>(result);
        }
      })) {
    call.refuseType(x.type);
  }
}

} // namespace

void addProductOps(OpTable &table) {
  table["MatMul"] = {matmul, "", 1};
  table["Gemm"] = {gemm, "alpha beta transA transB", 1};
  table["MatMulInteger"] = {matmulInteger, ""};
  table["QLinearMatMul"] = {qlinearMatmul, ""};
  table["Einsum"] = {einsum, "equation", 1};
  table["Det"] = {determinant, "", 1};
}

} // namespace clew::onnx
