// See Windows.h.
#include "runtime/evaluate/Windows.h"

#include "runtime/weights/StoredType.h"

#include <algorithm>

namespace clew::onnx {

bool windowsOf(Call &call, const Shape &in, const Shape &kernel, bool ceil, Windows &out) {
  const size_t axes = in.size();
  const auto orOnes = [&](const char *name) {
    Shape given = call.integers(name);
    return given.empty() ? Shape(axes, 1) : given;
  };
  out.in = in;
  out.kernel = kernel;
  out.strides = orOnes("strides");
  out.dilations = orOnes("dilations");
  Shape pads = call.integers("pads");
  const std::string automatic = call.text("auto_pad", "NOTSET");
  pads = pads.empty() ? Shape(2 * axes, 0) : pads;
  constexpr int64_t most = int64_t{1} << 28;
  const auto within = [&](const Shape &numbers, size_t count, int64_t least) {
    return numbers.size() == count && std::ranges::all_of(numbers, [&](int64_t n) { return n >= least && n < most; });
  };
  if (!call.need(axes > 0 && axes <= 8 && within(kernel, axes, 1) && within(out.strides, axes, 1) &&
                     within(out.dilations, axes, 1) && within(pads, 2 * axes, 0) && within(in, axes, 0) &&
                     product(kernel) < most,
                 "expected a kernel, strides, dilations and pads for {} axes", axes)) {
    return false;
  }
  out.before.assign(pads.begin(), pads.begin() + static_cast<int64_t>(axes));
  out.after.assign(pads.begin() + static_cast<int64_t>(axes), pads.end());
  for (size_t i = 0; i < axes; ++i) {
    const int64_t reach = (kernel[i] - 1) * out.dilations[i] + 1;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const int64_t places = (in[i] + out.strides[i] - 1) / out.strides[i];
      const int64_t pad = std::max<int64_t>(0, (places - 1) * out.strides[i] + reach - in[i]);
      out.before[i] = automatic == "SAME_UPPER" ? pad / 2 : pad - pad / 2;
      out.after[i] = pad - out.before[i];
    } else if (automatic == "VALID") {
      out.before[i] = out.after[i] = 0;
    }
    const int64_t span = in[i] + out.before[i] + out.after[i] - reach;
    if (!call.need(span >= 0, "expected extents for a kernel that reaches over {}, found {}", reach, in[i])) {
      return false;
    }
    int64_t places = span / out.strides[i] + 1;
    if (ceil && span % out.strides[i] != 0 && places * out.strides[i] < in[i] + out.before[i]) {
      ++places; // the last window may begin inside, not in the pad behind
    }
    out.out.push_back(places);
  }
  return call.need(product(out.out) < (int64_t{1} << 32), "expected fewer windows, found {}", renderShape(out.out));
}

} // namespace clew::onnx
