// StepPlan: a step of a Program, prepared once: kernels looked up, products made ready, local buffers placed.
#pragma once

#include "runtime/base/Result.h"
#include "runtime/cpu/CodeImage.h"
#include "runtime/cpu/PackedGemm.h"
#include "runtime/program/Program.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace clew {

/// A generated kernel (docs/architecture.md, "Generated kernels").
using Kernel = void (*)(void *const *operands, int64_t begin, int64_t end, void *scratch);

/// An operand, and for a local buffer its place: `localOffset` bytes per row of the block after the start of the local buffers.
struct PlannedOperand {
  Operand operand;
  int64_t localOffset = -1;
  int64_t rowBytes = 0;
  bool local() const { return localOffset >= 0; }
};

struct PlannedGemm {
  std::unique_ptr<PackedGemm> product;
  PlannedOperand x;
  PlannedOperand y;
  int32_t weight = 0;
  int32_t bias = -1;
};

struct PlannedCall {
  Kernel kernel = nullptr;
  std::vector<PlannedOperand> operands;
  int64_t rowElements = 0; ///< elements in one row of all its buffers
  /// Of a recurrence: by which threads share its steps, or null; blocks of units of its product and of its projection (0: none), and bytes
  /// of a direction's weights.
  Kernel shared = nullptr;
  std::array<int64_t, 2> blocks = {};
  int64_t weightBytes = 0;
};

using PlannedStage = std::variant<PlannedGemm, PlannedCall>;

struct StepPlan {
  std::vector<PlannedStage> stages;
  int64_t weightBytes = 0;      ///< packed, of all products
  int64_t productScratch = 0;   ///< bytes of scratch that a product needs
  int64_t localBytesPerRow = 0; ///< of all local buffers that are alive at once

  /// More operands than this are refused: they are gathered on the stack.
  static constexpr size_t mostOperands = 64;

  /// Local buffers share space if their first and last stages do not meet.
  static Result<StepPlan> make(const Program &program, const Step &step, const CodeImage &code, int threads,
                               ProductCache &products);
};

} // namespace clew
