// Convolutions: windows become rows of a matrix, and one product with the weights does the rest.
#include "runtime/evaluate/Products.h"
#include "runtime/evaluate/Windows.h"

#include "runtime/base/ParallelFor.h"

#include <algorithm>
#include <cmath>

namespace clew::onnx {
namespace {

struct ConvolutionShape {
  int64_t batch, channels, groups, filters;
  int64_t perGroup() const { return channels / groups; }
  int64_t filtersPerGroup() const { return filters / groups; }
};

Shape spatial(const Shape &dims) { return {dims.begin() + 2, dims.end()}; }

/// x [n, c, ...], w [f, c / groups, ...] of any numbers: what a convolution needs of them. False: refused.
bool shapesOf(Call &call, const Array &x, const Array &w, ConvolutionShape &out, Windows &windows) {
  if (!call.need(x.rank() >= 3 && w.rank() == x.rank(),
                 "expected [batch, channels, ...] and weights of the same rank")) {
    return false;
  }
  out = {x.dims[0], x.dims[1], call.integer("group", 1), w.dims[0]};
  const Shape kernel = spatial(w.dims);
  const Shape said = call.integers("kernel_shape");
  return call.need(out.groups > 0 && out.channels % out.groups == 0 && out.filters % out.groups == 0 &&
                       w.dims[1] == out.perGroup() && (said.empty() || said == kernel),
                   "expected weights [filters, {} / {}, kernel], found {}", out.channels, out.groups, render(w)) &&
         windowsOf(call, spatial(x.dims), kernel, false, windows);
}

Shape resultDims(const ConvolutionShape &shape, const Windows &windows) {
  Shape dims{shape.batch, shape.filters};
  dims.insert(dims.end(), windows.out.begin(), windows.out.end());
  return dims;
}

/// Windows of one group of one example as rows [places, channels kernel].
template <typename T>
void gatherWindows(const T *x, const Windows &windows, int64_t channels, int64_t begin, int64_t end, T *rows) {
  const int64_t area = product(windows.in);
  const int64_t size = windows.size();
  std::fill_n(rows, (end - begin) * channels * size, T{});
  for (int64_t place = begin; place < end; ++place, rows += channels * size) {
    windows.inside(place, [&](int64_t k, int64_t at) {
      for (int64_t c = 0; c < channels; ++c) {
        rows[c * size + k] = x[c * area + at];
      }
    });
  }
}

void convolve(Call &call) {
  const Array &x = call.in(0);
  const Array &w = call.in(1);
  ConvolutionShape shape{};
  Windows windows;
  if (!call.ok() || !call.need(x.type == DataType::Float && w.type == DataType::Float, "expected float") ||
      !shapesOf(call, x, w, shape, windows)) {
    return;
  }
  const Array bias = call.has(2) ? call.in(2) : Array();
  if (!call.need(!bias.data || (bias.count() == shape.filters && bias.type == DataType::Float),
                 "expected a bias for each of {} filters", shape.filters)) {
    return;
  }
  Array *to = call.out(0, DataType::Float, resultDims(shape, windows));
  const int64_t depth = shape.perGroup() * windows.size();
  const int64_t places = windows.places();
  const int64_t filters = shape.filtersPerGroup();
  if (!to || to->count() == 0) {
    return;
  }
  // y [filters, places] = w [filters, depth] times windows, which lie as rows.
  const int64_t block =
      std::max<int64_t>(64, std::min<int64_t>(places, (int64_t{1} << 20) / std::max<int64_t>(1, depth)));
  const int64_t blocks = (places + block - 1) / block;
  Workspace memory;
  memory.divide(call.threads);
  parallelFor(call.threads, shape.batch * shape.groups * blocks, [&](int64_t job, int thread) {
    Workspace &own = memory.part(thread);
    own.reset();
    const int64_t part = job / blocks;
    const int64_t n = part / shape.groups, g = part % shape.groups;
    const int64_t begin = job % blocks * block, end = std::min(places, begin + block);
    float *rows = own.take((end - begin) * depth);
    float *product = own.take((end - begin) * filters);
    gatherWindows(x.as<float>() + (n * shape.channels + g * shape.perGroup()) * clew::onnx::product(windows.in),
                  windows, shape.perGroup(), begin, end, rows);
    DenseProduct{filters,          depth,   end - begin, w.as<float>() + g * filters * depth, false, rows,
                 Side::Transposed, nullptr, product}
        .run(1, own);
    for (int64_t f = 0; f < filters; ++f) {
      const int64_t filter = g * filters + f;
      const float added = bias.data ? bias.as<float>()[filter] : 0;
      float *out = to->to<float>() + (n * shape.filters + filter) * places + begin;
      for (int64_t i = 0; i < end - begin; ++i) {
        out[i] = product[f * (end - begin) + i] + added;
      }
    }
  });
}

/// x and w as int32 less their zero points; sums as int32.
bool convolveIntegers(Call &call, const Array &x, const Array &w, Array &sums, ConvolutionShape &shape,
                      Windows &windows) {
  if (!shapesOf(call, x, w, shape, windows)) {
    return false;
  }
  sums = call.make(DataType::Int32, resultDims(shape, windows));
  const int64_t depth = shape.perGroup() * windows.size();
  const int64_t places = windows.places();
  std::vector<int32_t> row(static_cast<size_t>(depth));
  for (int64_t part = 0; call.ok() && part < shape.batch * shape.groups; ++part) {
    const int64_t n = part / shape.groups, g = part % shape.groups;
    const int32_t *from = x.as<int32_t>() + (n * shape.channels + g * shape.perGroup()) * product(windows.in);
    for (int64_t place = 0; place < places; ++place) {
      gatherWindows(from, windows, shape.perGroup(), place, place + 1, row.data());
      for (int64_t f = 0; f < shape.filtersPerGroup(); ++f) {
        const int64_t filter = g * shape.filtersPerGroup() + f;
        int32_t sum = 0;
        for (int64_t k = 0; k < depth; ++k) {
          sum += row[static_cast<size_t>(k)] * w.as<int32_t>()[filter * depth + k];
        }
        sums.to<int32_t>()[(n * shape.filters + filter) * places + place] = sum;
      }
    }
  }
  return call.ok();
}

/// Less its zero point: one for all, or one for each filter.
Array lessZero(Call &call, size_t i, size_t zero) {
  Array wide = converted(call, call.in(i), DataType::Int32);
  if (!call.ok() || !call.has(zero)) {
    return wide;
  }
  const Array zeros = converted(call, call.in(zero), DataType::Int32);
  const int64_t filters = wide.rank() > 0 ? wide.dims[0] : 1;
  if (call.need(zeros.count() == 1 || zeros.count() == filters, "expected a zero point, or one for each filter")) {
    const int64_t each = std::max<int64_t>(1, wide.count() / std::max<int64_t>(1, zeros.count()));
    for (int64_t k = 0; k < wide.count(); ++k) {
      wide.to<int32_t>()[k] -= zeros.as<int32_t>()[k / each];
    }
  }
  return wide;
}

void convolveInteger(Call &call) {
  const Array x = lessZero(call, 0, 2);
  const Array w = lessZero(call, 1, 3);
  ConvolutionShape shape{};
  Windows windows;
  Array sums;
  if (call.ok() && convolveIntegers(call, x, w, sums, shape, windows)) {
    call.outputs.assign(1, Value(std::move(sums)));
  }
}

/// x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias.
void convolveQuantized(Call &call) {
  const Array x = lessZero(call, 0, 2);
  const Array w = lessZero(call, 3, 5);
  const Array scaleX = converted(call, call.in(1), DataType::Float);
  const Array scaleW = converted(call, call.in(4), DataType::Float);
  const Array scaleY = converted(call, call.in(6), DataType::Float);
  const Array zeroY = converted(call, call.in(7), DataType::Float);
  const Array bias = call.has(8) ? call.in(8) : Array();
  ConvolutionShape shape{};
  Windows windows;
  Array sums;
  if (!call.ok() || !convolveIntegers(call, x, w, sums, shape, windows) ||
      !call.need(scaleX.count() == 1 && scaleY.count() == 1 && zeroY.count() == 1 &&
                     (scaleW.count() == 1 || scaleW.count() == shape.filters) &&
                     (!bias.data || (bias.type == DataType::Int32 && bias.count() == shape.filters)),
                 "expected one scale for x and y, one or one for each filter for w, and an int32 bias")) {
    return;
  }
  Array real = call.make(DataType::Float, sums.dims);
  const bool sign = call.in(7).type == DataType::Int8;
  for (int64_t i = 0; call.ok() && i < sums.count(); ++i) {
    const int64_t filter = i / windows.places() % shape.filters;
    const float scale =
        *scaleX.as<float>() * scaleW.as<float>()[scaleW.count() == 1 ? 0 : filter] / *scaleY.as<float>();
    const int32_t sum = sums.as<int32_t>()[i] + (bias.data ? bias.as<int32_t>()[filter] : 0);
    real.to<float>()[i] = std::clamp(std::nearbyint(static_cast<float>(sum) * scale) + *zeroY.as<float>(),
                                     sign ? -128.0F : 0.0F, sign ? 127.0F : 255.0F);
  }
  if (call.ok()) {
    call.outputs.assign(1, Value(converted(call, real, call.in(7).type)));
  }
}

/// The other way round: each element of x adds its filter to a window of y.
void convolveTransposed(Call &call) {
  const Array &x = call.in(0);
  const Array &w = call.in(1);
  const Array bias = call.has(2) ? call.in(2) : Array();
  const int64_t groups = call.integer("group", 1);
  if (!call.ok() ||
      !call.need(x.type == DataType::Float && w.type == DataType::Float && x.rank() >= 3 && w.rank() == x.rank() &&
                     x.rank() <= 10 && groups > 0 && x.dims[1] % groups == 0 && w.dims[0] == x.dims[1],
                 "expected float [batch, channels, ...] and weights [channels, filters, ...]")) {
    return;
  }
  const size_t axes = x.dims.size() - 2;
  const Shape in = spatial(x.dims);
  const Shape kernel = spatial(w.dims);
  const auto listed = [&](const char *name, size_t count, int64_t otherwise) {
    Shape given = call.integers(name);
    given = given.empty() ? Shape(count, otherwise) : given;
    call.need(given.size() == count && std::ranges::all_of(given, [](int64_t n) { return n >= 0 && n < (1 << 28); }),
              "expected {} numbers as {}", count, name);
    return given;
  };
  const Shape strides = listed("strides", axes, 1), dilations = listed("dilations", axes, 1),
              extra = listed("output_padding", axes, 0);
  Shape pads = listed("pads", 2 * axes, 0);
  const Shape said = call.integers("output_shape");
  const std::string automatic = call.text("auto_pad", "NOTSET");
  if (!call.ok() || !call.need(said.empty() || said.size() == axes, "expected an output_shape of {} axes", axes)) {
    return;
  }
  if (!call.need(std::ranges::all_of(in, [](int64_t n) { return n < (1 << 28); }), "expected smaller extents")) {
    return;
  }
  // As the windows of a convolution over y whose places are the elements of x.
  Windows windows{{}, kernel, in, strides, dilations, {}, {}};
  for (size_t i = 0; i < axes; ++i) {
    const int64_t full = strides[i] * (in[i] - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1;
    int64_t extent = full - pads[i] - pads[axes + i];
    const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (!said.empty() || same) {
      extent = said.empty() ? in[i] * strides[i] : said[i];
      const int64_t pad = std::max<int64_t>(0, full - extent);
      pads[i] = automatic == "SAME_UPPER" ? pad / 2 : pad - pad / 2;
    }
    if (!call.need(extent >= 0 && extent < (1 << 28), "expected extents from 0 on")) {
      return;
    }
    windows.in.push_back(extent);
    windows.before.push_back(pads[i]);
  }
  const int64_t filters = w.dims[1] * groups, perGroup = x.dims[1] / groups;
  Shape dims{x.dims[0], filters};
  dims.insert(dims.end(), windows.in.begin(), windows.in.end());
  if (!call.need(!bias.data || (bias.count() == filters && bias.type == DataType::Float),
                 "expected a bias for each of {} filters", filters)) {
    return;
  }
  Array *to = call.out(0, DataType::Float, dims);
  const int64_t area = product(windows.in), size = windows.size(), places = windows.places();
  parallelFor(call.threads, to ? x.dims[0] * filters : 0, [&](int64_t job, int) {
    const int64_t n = job / filters, f = job % filters, g = f / w.dims[1];
    float *out = to->to<float>() + job * area;
    std::fill_n(out, area, bias.data ? bias.as<float>()[f] : 0.0F);
    for (int64_t c = g * perGroup; c < (g + 1) * perGroup; ++c) {
      const float *from = x.as<float>() + (n * x.dims[1] + c) * places;
      const float *filter = w.as<float>() + (c * w.dims[1] + f % w.dims[1]) * size;
      for (int64_t place = 0; place < places; ++place) {
        windows.inside(place, [&](int64_t k, int64_t at) { out[at] += from[place] * filter[k]; });
      }
    }
  });
}

} // namespace

void addConvolutionOps(OpTable &table) {
  const char *names = "auto_pad dilations group kernel_shape pads strides";
  table["Conv"] = {convolve, names, 1};
  table["ConvInteger"] = {convolveInteger, names};
  table["QLinearConv"] = {convolveQuantized, names};
  table["ConvTranspose"] = {convolveTransposed,
                            "auto_pad dilations group kernel_shape output_padding output_shape pads strides", 1};
}

} // namespace clew::onnx
