// See DeviceViterbi.h.
#include "compiler/kernel/device/DeviceViterbi.h"

#include "runtime/base/Rounding.h"

#include <fmt/format.h>

#include <cmath>

using namespace mlir;

namespace clew::compiler {
namespace {

class Writer {
public:
  Writer(DeviceBuilder &builder, int64_t labels, LabelMoves moves, int64_t threads)
      : b(builder), labels(labels), moves(moves), threads(threads) {}

  void write(ArrayRef<Expr> operands) {
    Expr job = b.block();
    Expr count = b.loadIndex(operands[DeviceViterbiPlaces::Counts], b.i64(1));
    b.ifThen(job < count, [&] {
      Expr sequence = b.loadIndex(operands[DeviceViterbiPlaces::Order], job);
      Expr first = b.loadIndex(operands[DeviceViterbiPlaces::Offsets], sequence);
      length = b.loadIndex(operands[DeviceViterbiPlaces::Offsets], sequence + 1) - first;
      x = b.f32At(operands[DeviceViterbiPlaces::X], first * double(labels));
      y = b.f32At(operands[DeviceViterbiPlaces::Y], first * double(labels));
      transitions = operands[DeviceViterbiPlaces::Transitions];
      thread = b.thread();
      b.ifThen(length > 0.0, [&] {
        begin(operands[DeviceViterbiPlaces::Start]);
        b.loop(b.i64(1), length, 1, [&](Expr token) { step(token); });
        writePath(bestOf(operands[DeviceViterbiPlaces::End]));
      });
    });
  }

private:
  void eachLabel(llvm::function_ref<void(Expr label)> body) { b.loop(thread, b.i64(labels), threads, body); }
  Expr lowest() { return b.f32(-INFINITY); }
  /// Scores of the paths that end in a label; those of even tokens and those of odd ones.
  Expr scoreAt(Expr token, Expr label) { return b.f32At(b.shared(), b.both(token, b.i64(1)) * double(labels) + label); }
  Expr scoreOf(Expr token, Expr label) { return b.loadF32(scoreAt(token, label), 1); }
  Expr of(Expr rows, Expr row, Expr label) { return b.loadF32(b.f32At(rows, row * double(labels) + label), 1); }
  Expr beforeAt(Expr token, Expr label) { return b.at(y, token * double(labels) + label, b.intType(32)); }

  // What runtime/base/LabelMoves.h says, of labels that are known when the kernel runs.
  Expr ofType(Expr label) { return b.remainder(b.max(label - 1, b.i64(0)), moves == LabelMoves::Bio ? 2 : 4); }
  Expr goesOn(Expr label) {
    Expr place = ofType(label);
    Expr inside = moves == LabelMoves::Bio ? place == 1.0 : b.select(place == 1.0, yes(), place == 2.0);
    return b.both(label > 0.0, inside);
  }
  Expr isOpen(Expr label) {
    return moves == LabelMoves::Bioes ? b.both(label > 0.0, ofType(label) < 2.0) : b.constant(b.intType(1), 0);
  }
  Expr yes() { return b.constant(b.intType(1), 1); }
  /// Whether the scheme has the move.
  Expr isLegal(Expr from, Expr to) {
    Expr begin = moves == LabelMoves::Bio ? to - 1 : to - ofType(to);
    Expr following = b.select(from == begin, yes(), from == begin + 1);
    return b.select(goesOn(to), following, b.select(isOpen(from), b.constant(b.intType(1), 0), yes()));
  }

  void begin(Expr start) {
    eachLabel([&](Expr label) {
      Expr score = of(x, b.i64(0), label) + b.loadF32(b.f32At(start, label), 1);
      b.store(moves == LabelMoves::All ? score : b.select(goesOn(label), lowest(), score), scoreAt(b.i64(0), label));
    });
    b.barrier();
  }

  void step(Expr token) {
    eachLabel([&](Expr label) {
      auto wayFrom = [&](Expr from) {
        Expr way = scoreOf(token - 1, from) + of(transitions, from, label);
        return moves == LabelMoves::All ? way : b.select(isLegal(from, label), way, lowest());
      };
      Exprs best =
          b.loop(b.i64(1), b.i64(labels), 1, {wayFrom(b.i64(0)), b.constant(b.intType(32), 0)},
                 [&](Expr from, ArrayRef<Expr> carried) -> Exprs {
                   Expr way = wayFrom(from);
                   Expr better = way > carried[0];
                   return {b.select(better, way, carried[0]), b.select(better, b.convertInt(from, 32), carried[1])};
                 });
      b.store(best[0] + of(x, token, label), scoreAt(token, label));
      b.store(best[1], beforeAt(token, label));
    });
    b.barrier();
  }

  /// The first of the last token's labels with the largest score; each thread looks for itself.
  Expr bestOf(Expr end) {
    auto scoreWithEnd = [&](Expr label) {
      Expr score = scoreOf(length - 1, label) + b.loadF32(b.f32At(end, label), 1);
      return moves == LabelMoves::Bioes ? b.select(isOpen(label), lowest(), score) : score;
    };
    return b.loop(b.i64(1), b.i64(labels), 1, {scoreWithEnd(b.i64(0)), b.i64(0)},
                  [&](Expr label, ArrayRef<Expr> carried) -> Exprs {
                    Expr score = scoreWithEnd(label);
                    Expr better = score > carried[0];
                    return {b.select(better, score, carried[0]), b.select(better, label, carried[1])};
                  })[1];
  }

  /// From the last token to the first, `last` being the last one's. The first token's row says nothing yet of where it is reached from.
  void writePath(Expr last) {
    b.loop(b.i64(0), length, 1, {last}, [&](Expr index, ArrayRef<Expr> carried) -> Exprs {
      Expr token = length - 1 - index;
      Expr before = b.choose(
          token > 0.0,
          [&]() -> Exprs { return {b.convertInt(b.load(beforeAt(token, carried[0]), b.intType(32)), 64)}; },
          [&]() -> Exprs { return {b.i64(0)}; })[0];
      b.barrier(); // all have read what is written over now
      eachLabel([&](Expr label) {
        b.store(b.select(label == carried[0], b.f32(1), b.f32(0)), b.f32At(y, token * double(labels) + label));
      });
      return {before};
    });
  }

  DeviceBuilder &b;
  int64_t labels;
  LabelMoves moves;
  int64_t threads;
  Expr length, x, y, transitions, thread;
};

} // namespace

Result<void> buildDeviceViterbi(DeviceBuilder &builder, int64_t labels, LabelMoves moves, DeviceLaunch &launch) {
  launch.sharedBytes = roundUp(2 * 4 * labels, 16);
  if (launch.sharedBytes > mostSharedBytes) {
    return fail(ErrorKind::Unsupported, fmt::format("{} labels need {} bytes of shared memory, a block has {}", labels,
                                                    launch.sharedBytes, mostSharedBytes));
  }
  launch.threads = std::min<int64_t>(roundUp(labels, kWarp), 256);
  launch.itemsPerCut = 1;
  builder.deviceKernel(launch.symbol, DeviceViterbiPlaces::Count, launch.threads, [&](ArrayRef<Expr> operands) {
    Writer(builder, labels, moves, launch.threads).write(operands);
  });
  return {};
}

} // namespace clew::compiler
