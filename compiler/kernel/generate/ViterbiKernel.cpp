// Scratch: scores of the paths that end in each label, before and after a step (f32, padded to vectors), then for each token the label
// from which each label is reached best (i32, padded alike).
#include "compiler/kernel/generate/ViterbiKernel.h"

#include "runtime/base/Rounding.h"

using namespace mlir;

namespace clew::compiler {
namespace {

constexpr int64_t wordBytes = 4;

class Writer {
public:
  Writer(LoopBuilder &builder, int64_t labels)
      : b(builder), labels(labels), lanes(builder.cpu().lanes), padded(roundUp(labels, lanes)) {}

  void write(ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    b.loop(begin, end, 1, [&](Expr job) {
      Expr sequence = b.loadIndex(operands[ViterbiPlaces::Order], job);
      Expr first = b.loadIndex(operands[ViterbiPlaces::Offsets], sequence);
      Expr length = b.loadIndex(operands[ViterbiPlaces::Offsets], sequence + 1) - first;
      Expr x = b.f32At(operands[ViterbiPlaces::X], first * double(labels));
      Expr y = b.f32At(operands[ViterbiPlaces::Y], first * double(labels));
      Expr scores = scratch;
      Expr next = b.f32At(scratch, b.i64(padded));
      Expr before = b.f32At(scratch, b.i64(2 * padded));
      addRows(scores, x, operands[ViterbiPlaces::Start]);
      b.loop(b.i64(1), length, 1, [&](Expr token) {
        Expr row = b.f32At(x, token * double(labels));
        writeStep(scores, next, row, operands[ViterbiPlaces::Transitions], labelsOf(before, token));
        copy(next, scores);
      });
      addRows(scores, scores, operands[ViterbiPlaces::End]);
      writePath(bestOf(scores), before, length, y);
    });
  }

private:
  Type labelType() { return b.intType(32); }
  Type labelVector() { return LoopBuilder::vectorOf(labelType(), lanes); }
  Expr labelsOf(Expr before, Expr token) { return b.at(before, token * double(padded), labelType()); }

  void forVectors(llvm::function_ref<void(int64_t first, int64_t count)> body) {
    for (int64_t first = 0; first < labels; first += lanes) {
      body(first, std::min(lanes, labels - first));
    }
  }
  Expr load(Expr row, int64_t first, int64_t count) {
    return b.load(b.f32At(row, b.i64(first)), LoopBuilder::vectorOf(b.f32Type(), lanes), count);
  }

  void addRows(Expr to, Expr x, Expr y) {
    forVectors([&](int64_t first, int64_t count) {
      b.store(load(x, first, count) + load(y, first, count), b.f32At(to, b.i64(first)));
    });
  }

  void copy(Expr from, Expr to) {
    forVectors([&](int64_t first, int64_t) {
      b.store(b.loadF32(b.f32At(from, b.i64(first)), lanes), b.f32At(to, b.i64(first)));
    });
  }

  /// For each label the best way to it: its score with the emissions of `row` to `next`, where it comes from to `before`.
  void writeStep(Expr scores, Expr next, Expr row, Expr transitions, Expr before) {
    forVectors([&](int64_t first, int64_t count) {
      auto wayFrom = [&](Expr label) {
        Expr score = b.splat(b.load(b.f32At(scores, label), b.f32Type()), lanes);
        Expr at = b.f32At(transitions, label * double(labels) + double(first));
        return score + b.load(at, LoopBuilder::vectorOf(b.f32Type(), lanes), count);
      };
      Exprs best = b.loop(b.i64(1), b.i64(labels), 1, {wayFrom(b.i64(0)), b.constant(labelVector(), 0)},
                          [&](Expr label, ArrayRef<Expr> carried) -> Exprs {
                            Expr way = wayFrom(label);
                            Expr better = way > carried[0];
                            Expr number = b.splat(b.convertInt(label, 32), lanes);
                            return {b.select(better, way, carried[0]), b.select(better, number, carried[1])};
                          });
      b.store(best[0] + load(row, first, count), b.f32At(next, b.i64(first)));
      b.store(best[1], b.at(before, b.i64(first), labelType()));
    });
  }

  /// The first of the labels with the largest score.
  Expr bestOf(Expr scores) {
    Expr lowest = b.load(scores, b.f32Type());
    return b.loop(b.i64(1), b.i64(labels), 1, {lowest, b.i64(0)}, [&](Expr label, ArrayRef<Expr> carried) -> Exprs {
      Expr score = b.load(b.f32At(scores, label), b.f32Type());
      Expr better = score > carried[0];
      return {b.select(better, score, carried[0]), b.select(better, label, carried[1])};
    })[1];
  }

  /// From the last token to the first, `label` being the last one's.
  void writePath(Expr label, Expr before, Expr length, Expr y) {
    b.loop(b.i64(0), length, 1, {label}, [&](Expr index, ArrayRef<Expr> carried) -> Exprs {
      Expr token = length - 1 - index;
      Expr row = b.f32At(y, token * double(labels));
      forVectors([&](int64_t first, int64_t count) { b.store(b.f32(0, lanes), b.f32At(row, b.i64(first)), count); });
      b.store(b.f32(1), b.f32At(row, carried[0]));
      // Of the first token nothing is stored: what is read there leads nowhere.
      return {b.loadIndex(labelsOf(before, b.max(token, b.i64(1))), carried[0])};
    });
  }

  LoopBuilder &b;
  int64_t labels;
  int64_t lanes;
  int64_t padded;
};

} // namespace

func::FuncOp buildViterbiKernel(LoopBuilder &builder, StringRef symbol, int64_t labels) {
  return builder.kernel(symbol, ViterbiPlaces::Count, [&](ArrayRef<Expr> operands, Expr begin, Expr end, Expr scratch) {
    Writer(builder, labels).write(operands, begin, end, scratch);
  });
}

Extent viterbiScratch(int64_t labels, const TargetCpu &cpu) {
  const int64_t padded = roundUp(labels, cpu.lanes) * wordBytes;
  // A row more than tokens: a sequence of one token reads (and does not use) the second's.
  return {.constant = 3 * padded, .perLongest = padded};
}

} // namespace clew::compiler
