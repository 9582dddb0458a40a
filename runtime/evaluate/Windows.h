// Windows: where the windows of convolutions and pools lie: strides, dilations and pads of any number of axes.
#pragma once

#include "runtime/evaluate/Ops.h"

namespace clew::onnx {

struct Windows {
  Shape in, kernel, out; ///< extents of the spatial axes
  Shape strides, dilations, before, after;

  int64_t places() const { return product(out); }
  int64_t size() const { return product(kernel); }

  /// Calls each(element of the kernel, element of the input) for all of a window that lie inside. `place` counts windows.
  template <typename F> void inside(int64_t place, F &&each) const {
    const size_t axes = in.size();
    int64_t begin[8];
    for (size_t axis = axes; axis-- > 0;) {
      begin[axis] = place % out[axis] * strides[axis] - before[axis];
      place /= out[axis];
    }
    int64_t index[8] = {};
    for (int64_t k = 0; k < size(); ++k) {
      int64_t at = 0;
      bool in_ = true;
      for (size_t axis = 0; axis < axes; ++axis) {
        const int64_t i = begin[axis] + index[axis] * dilations[axis];
        in_ = in_ && i >= 0 && i < in[axis];
        at = at * in[axis] + i;
      }
      if (in_) {
        each(k, at);
      }
      for (size_t axis = axes; axis-- > 0 && ++index[axis] == kernel[axis];) {
        index[axis] = 0;
      }
    }
  }
};

/// From the attributes of a node, for spatial extents `in` and a kernel. `ceil`: as ceil_mode of pools. False: refused.
bool windowsOf(Call &call, const Shape &in, const Shape &kernel, bool ceil, Windows &out);

} // namespace clew::onnx
