// Pools over windows and over whole channels.
#include "runtime/evaluate/Windows.h"

#include "runtime/base/ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clew::onnx {
namespace {

/// What every pool has: windows over each channel, and an output of their shape.
bool start(Call &call, const Array &x, Windows &windows, Shape &dims) {
  const Shape kernel = call.integers("kernel_shape");
  if (!call.ok() || !call.need(x.rank() >= 3 && static_cast<int64_t>(kernel.size()) == x.rank() - 2,
                               "expected [batch, channels, ...] and a kernel")) {
    return false;
  }
  if (!windowsOf(call, {x.dims.begin() + 2, x.dims.end()}, kernel, call.integer("ceil_mode") != 0, windows)) {
    return false;
  }
  dims = {x.dims[0], x.dims[1]};
  dims.insert(dims.end(), windows.out.begin(), windows.out.end());
  return true;
}

void maxPool(Call &call) {
  const Array &x = call.in(0);
  Windows windows;
  Shape dims;
  if (!start(call, x, windows, dims)) {
    return;
  }
  call.outputs.resize(2);
  Array *indices = call.wants(1) ? call.out(1, DataType::Int64, dims) : nullptr;
  Array *to = call.ok() ? call.out(0, x.type, dims) : nullptr;
  const bool columns = call.integer("storage_order") != 0;
  const int64_t area = product(windows.in), places = windows.places();
  if (to && !withNumber(x.type, [&]<typename T>() {
        parallelFor(call.threads, x.dims[0] * x.dims[1], [&](int64_t channel, int) {
          const T *from = x.as<T>() + channel * area;
          for (int64_t place = 0; place < places; ++place) {
            T most = std::numeric_limits<T>::lowest();
            if constexpr (std::is_floating_point_v<T>) {
              most = -std::numeric_limits<T>::infinity();
            }
            int64_t where = -1;
            windows.inside(place, [&](int64_t, int64_t at) {
              if (where < 0 || from[at] > most || from[at] != from[at]) {
                most = from[at];
                where = at;
              }
            });
            to->to<T>()[channel * places + place] = most;
            if (indices) {
              int64_t index = where;
              if (columns && where >= 0) { // counted with the first axis moving fastest
                int64_t rest = where, scale = area;
                index = 0;
                for (size_t axis = windows.in.size(); axis-- > 0;) {
                  scale /= windows.in[axis];
                  index += rest % windows.in[axis] * scale;
                  rest /= windows.in[axis];
                }
              }
              indices->to<int64_t>()[channel * places + place] = channel * area + index;
            }
          }
        });
      })) {
    call.refuseType(x.type);
  }
}

/// Elements of a window inside of the padded input: what count_include_pad divides by.
int64_t paddedSize(const Windows &windows, int64_t place) {
  int64_t count = 1;
  for (size_t axis = windows.in.size(); axis-- > 0;) {
    const int64_t begin = place % windows.out[axis] * windows.strides[axis];
    place /= windows.out[axis];
    const int64_t extent = windows.in[axis] + windows.before[axis] + windows.after[axis];
    const int64_t inside = (extent - begin + windows.dilations[axis] - 1) / windows.dilations[axis];
    count *= std::clamp<int64_t>(inside, 0, windows.kernel[axis]);
  }
  return count;
}

void averagePool(Call &call) {
  const Array &x = call.in(0);
  Windows windows;
  Shape dims;
  if (!start(call, x, windows, dims)) {
    return;
  }
  Array *to = call.out(0, x.type, dims);
  const bool pads = call.integer("count_include_pad") != 0;
  const int64_t area = product(windows.in), places = windows.places();
  if (to && !withReal(x.type, [&]<typename T>() {
        parallelFor(call.threads, x.dims[0] * x.dims[1], [&](int64_t channel, int) {
          for (int64_t place = 0; place < places; ++place) {
            double sum = 0;
            int64_t count = 0;
            windows.inside(place, [&](int64_t, int64_t at) {
              sum += x.as<T>()[channel * area + at];
              ++count;
            });
            count = pads ? paddedSize(windows, place) : count;
            to->to<T>()[channel * places + place] = static_cast<T>(count == 0 ? 0 : sum / static_cast<double>(count));
          }
        });
      })) {
    call.refuseType(x.type);
  }
}

void lpPool(Call &call) {
  const Array &x = call.in(0);
  Windows windows;
  Shape dims;
  if (!start(call, x, windows, dims)) {
    return;
  }
  Array *to = call.out(0, x.type, dims);
  const auto p = static_cast<double>(call.integer("p", 2));
  const int64_t area = product(windows.in), places = windows.places();
  if (to && !withReal(x.type, [&]<typename T>() {
        for (int64_t i = 0; i < to->count(); ++i) {
          double sum = 0;
          windows.inside(i % places, [&](int64_t, int64_t at) {
            sum += std::pow(std::abs(static_cast<double>(x.as<T>()[i / places * area + at])), p);
          });
          to->to<T>()[i] = static_cast<T>(std::pow(sum, 1 / p));
        }
      })) {
    call.refuseType(x.type);
  }
}

enum class Whole : uint8_t { Average, Max, Lp };

template <Whole kind> void wholePool(Call &call) {
  const Array &x = call.in(0);
  if (!call.ok() || !call.need(x.rank() >= 2, "expected [batch, channels, ...]")) {
    return;
  }
  Shape dims(x.dims.size(), 1);
  std::copy_n(x.dims.begin(), 2, dims.begin());
  Array *to = call.out(0, x.type, dims);
  const int64_t area = product(std::span<const int64_t>(x.dims).subspan(2));
  const auto p = static_cast<double>(call.integer("p", 2));
  if (to && !withReal(x.type, [&]<typename T>() {
        for (int64_t i = 0; i < to->count(); ++i) {
          double sum = kind == Whole::Max ? -std::numeric_limits<double>::infinity() : 0;
          for (int64_t k = 0; k < area; ++k) {
            const double value = x.as<T>()[i * area + k];
            sum = kind == Whole::Max ? std::max(sum, value)
                                     : sum + (kind == Whole::Lp ? std::pow(std::abs(value), p) : value);
          }
          to->to<T>()[i] = static_cast<T>(kind == Whole::Average ? sum / static_cast<double>(area)
                                          : kind == Whole::Lp    ? std::pow(sum, 1 / p)
                                                                 : sum);
        }
      })) {
    call.refuseType(x.type);
  }
}

/// Puts what a MaxPool found back where it was.
void maxUnpool(Call &call) {
  const Array &x = call.in(0);
  const Shape kernel = call.integers("kernel_shape");
  const Shape indices = call.numbersOf(1, int64_t{1} << 28);
  Shape dims = x.dims;
  const size_t axes = kernel.size();
  Shape strides = call.integers("strides"), pads = call.integers("pads");
  strides = strides.empty() ? Shape(axes, 1) : strides;
  pads = pads.empty() ? Shape(2 * axes, 0) : pads;
  if (!call.ok() || !call.need(x.rank() >= 3 && dims.size() == axes + 2 && strides.size() == axes &&
                                   pads.size() == 2 * axes && static_cast<int64_t>(indices.size()) == x.count(),
                               "expected [batch, channels, ...], a kernel, and a place for each element")) {
    return;
  }
  for (size_t i = 0; i < axes; ++i) {
    dims[i + 2] = (x.dims[i + 2] - 1) * strides[i] + kernel[i] - pads[i] - pads[axes + i];
  }
  // Places count in the shape that the windows say; one that is asked for keeps their coordinates.
  const Shape shape = call.has(2) ? call.numbersOf(2) : dims;
  const bool fits = shape.size() == dims.size() &&
                    std::ranges::equal(shape, dims, [](int64_t a, int64_t b) { return a >= b && b > 0; });
  if (!call.need(x.count() == 0 || fits, "expected an output_shape that holds {} axes", dims.size())) {
    return;
  }
  const Shape own = stridesOf(dims), wide = stridesOf(shape);
  Array *to = call.ok() ? call.out(0, x.type, shape) : nullptr;
  if (to && !withNumber(x.type, [&]<typename T>() {
        std::fill_n(to->to<T>(), to->count(), T{});
        for (size_t i = 0; i < indices.size(); ++i) {
          if (!call.need(indices[i] >= 0 && indices[i] < product(dims), "expected places below {}, found {}",
                         product(dims), indices[i])) {
            return;
          }
          int64_t at = 0;
          for (size_t axis = 0; axis < dims.size(); ++axis) {
            at += indices[i] / own[axis] % dims[axis] * wide[axis];
          }
          to->to<T>()[at] = x.as<T>()[i];
        }
      })) {
    call.refuseType(x.type);
  }
}

} // namespace

void addPoolOps(OpTable &table) {
  table["MaxPool"] = {maxPool, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides", 1};
  table["AveragePool"] = {averagePool, "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides", 1};
  table["LpPool"] = {lpPool, "auto_pad ceil_mode dilations kernel_shape p pads strides", 1};
  table["GlobalAveragePool"] = {wholePool<Whole::Average>, "", 1};
  table["GlobalMaxPool"] = {wholePool<Whole::Max>, "", 1};
  table["GlobalLpPool"] = {wholePool<Whole::Lp>, "p", 1};
  table["MaxUnpool"] = {maxUnpool, "kernel_shape pads strides"};
}

} // namespace clew::onnx
