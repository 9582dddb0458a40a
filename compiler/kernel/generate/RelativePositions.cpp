// See RelativePositions.h.
#include "compiler/kernel/generate/RelativePositions.h"

#include <algorithm>

namespace clew::compiler {
namespace {

constexpr int64_t wordBytes = 4;
/// Tables that reach no further have room for all of their slots, whatever the sequence's length.
constexpr int64_t shortReach = 128;

/// Words for `each` words a slot, of vectors of slots.
Extent wordsOfSlots(const DistanceTable &table, int64_t each, int64_t lanes) {
  if (!table) {
    return {};
  }
  const bool isShort = table.reach <= shortReach;
  return {.constant = each * (isShort ? 2 * table.reach + 1 + lanes : lanes), .perLongest = isShort ? 0 : 2 * each};
}

} // namespace

RelativePositions::RelativePositions(LoopBuilder &builder, const AttentionShape &shape, const AttentionTiles &tiles,
                                     AttentionOperands &operands)
    : b(builder), s(shape), tiles(tiles), operands(operands), lanes(builder.cpu().lanes),
      valueVectors(ceilDiv(shape.valueSize, lanes)) {}

Extent RelativePositions::scratch(const AttentionShape &shape, const TargetCpu &cpu) {
  const int64_t rows = AttentionTiles(shape, cpu).rows;
  const int64_t lanes = cpu.lanes;
  Extent bytes;
  auto add = [&](Extent words) {
    bytes.constant += wordBytes * words.constant;
    bytes.perLongest += wordBytes * words.perLongest;
  };
  if (shape.relativeKeys) {
    add(wordsOfSlots(shape.relativeKeys, AttentionOperands::depthOf(shape, cpu), lanes));
    add(wordsOfSlots(shape.relativeKeys, rows, lanes));
    add({.constant = 2 * rows * lanes + rows * AttentionOperands::queryWords(shape, cpu)});
  }
  if (shape.relativeValues) {
    add({.constant = 3 * rows * lanes + rows * roundUp(shape.valueSize, lanes), .perLongest = rows});
  }
  return bytes;
}

RelativePositions::Slots RelativePositions::slotsOf(const DistanceTable &table, Expr base, Expr column, Expr length) {
  Slots slots;
  slots.most = b.min(length - 1, b.i64(table.reach));
  slots.table =
      b.f32At(base, (double(table.reach) - slots.most) * double(table.columns) + (table.perHead ? column : b.i64(0)));
  slots.vectors = b.wholes(slots.most * 2.0 + double(lanes), lanes);
  return slots;
}

void RelativePositions::enter(llvm::ArrayRef<Expr> buffers, const AttentionHead &head, Expr number, Expr first,
                              Expr at) {
  length = head.length;
  keyVectors = head.keyVectors;
  size_t place = AttentionPlaces::Count;
  if (keys()) {
    keySlots = slotsOf(s.relativeKeys, buffers[place++], number * double(s.keySize), length);
  }
  if (values()) {
    valueSlots = slotsOf(s.relativeValues, buffers[place++], number * double(s.valueSize), length);
  }
  if (keys()) {
    if (s.ldRelativeQ > 0) {
      ownQueries =
          b.f32At(buffers[place], first * double(s.ldRelativeQ) + number * double(s.keySize) + double(s.relativeQAt));
    }
    packed = at;
    packedQueries = b.f32At(packed, keySlots.vectors * double(lanes * operands.depth()));
    products = operands.endOf(packedQueries);
    at = b.f32At(products, (keySlots.vectors + 2) * double(tiles.rows * lanes));
    operands.packKeys({keySlots.table, s.relativeKeys.columns, keySlots.most * 2.0 + 1.0, keySlots.vectors}, packed);
  }
  if (values()) {
    weights = at;
    sums = b.f32At(weights, (keyVectors + 2) * double(tiles.rows * lanes));
  }
}

std::pair<Expr, Expr> RelativePositions::reachOf(const Slots &slots, const Block &block) {
  Expr last = block.first + double(tiles.rows - 1);
  Expr begin = b.max(slots.most - last, b.i64(0));
  Expr end = b.min(slots.most, length - 1 - block.first) + slots.most + 1;
  return {begin, end};
}

void RelativePositions::addScores(const Block &block, llvm::ArrayRef<Expr> queries) {
  Exprs seekers(queries);
  if (ownQueries) {
    seekers.clear();
    for (Expr row : block.rows) {
      seekers.push_back(b.f32At(ownQueries, row * double(s.ldRelativeQ)));
    }
    seekers = operands.packQueries(seekers, packedQueries);
  }
  const Expr stride = (keySlots.vectors + 2) * double(lanes);
  auto [firstSlot, endSlot] = reachOf(keySlots, block);
  operands.eachPanel(b.wholes(firstSlot, lanes), b.wholes(endSlot + double(lanes - 1), lanes), keySlots.vectors,
                     [&](Expr vector, int64_t width) {
                       Exprs found = operands.meet(seekers, packed, vector, width);
                       for (int64_t r = 0; r < tiles.rows; ++r) {
                         Expr to = b.f32At(rowOf(products, stride, r), (vector + 1) * double(lanes));
                         for (int64_t c = 0; c < width; ++c) {
                           b.store(found[r * width + c], b.f32At(to, b.i64(c * lanes)));
                         }
                       }
                     });
  // Beyond its ends a row repeats them. Where the block cannot reach an end, what is written there is not read.
  for (int64_t r = 0; r < tiles.rows; ++r) {
    Expr row = rowOf(products, stride, r);
    Expr behind = keySlots.most * 2.0 + double(lanes);
    b.store(b.splat(b.load(b.f32At(row, b.i64(lanes)), b.f32Type()), lanes), row);
    b.store(b.splat(b.load(b.f32At(row, behind), b.f32Type()), lanes), b.f32At(row, behind + 1));
  }
  b.loop(block.begin, block.end, 1, [&](Expr vector) {
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr slot = vector * double(lanes) - block.rows[r] + keySlots.most;
      slot = b.max(b.min(slot, keySlots.most * 2.0 + 1.0), b.i64(-lanes));
      Expr gained = b.loadF32(b.f32At(rowOf(products, stride, r), slot + double(lanes)), lanes);
      b.store(b.loadF32(block.scoreAt(vector, r), lanes) + gained, block.scoreAt(vector, r));
    }
  });
}

/// Each row's weights one after the other, with zeros around them and where the block does not look.
void RelativePositions::copyWeights(const Block &block) {
  const Expr stride = (keyVectors + 2) * double(lanes);
  const Expr zero = b.f32(0, lanes);
  auto clear = [&](Expr begin, Expr end) {
    b.loop(begin, end, 1, [&](Expr vector) {
      for (int64_t r = 0; r < tiles.rows; ++r) {
        b.store(zero, b.f32At(rowOf(weights, stride, r), vector * double(lanes)));
      }
    });
  };
  clear(b.i64(0), block.begin + 1);
  clear(b.min(block.end, keyVectors) + 1, keyVectors + 2);
  b.loop(block.begin, block.end, 1, [&](Expr vector) {
    for (int64_t r = 0; r < tiles.rows; ++r) {
      b.store(operands.loadWeights(block.scoreAt(vector, r)),
              b.f32At(rowOf(weights, stride, r), (vector + 1) * double(lanes)));
    }
  });
}

std::pair<Exprs, Exprs> RelativePositions::weightsBeyond(const Block &block) {
  const Expr stride = (keyVectors + 2) * double(lanes);
  const Expr zero = b.f32(0, lanes);
  const Expr ahead = b.max(valueSlots.most, b.i64(1)); // a table of one row has one end
  Exprs found =
      b.loop(block.begin, block.end, 1, Exprs(2 * tiles.rows, zero), [&](Expr vector, llvm::ArrayRef<Expr> carried) {
        Exprs next;
        for (int64_t r = 0; r < tiles.rows; ++r) {
          Expr key = vector * double(lanes);
          Expr all = b.loadF32(b.f32At(rowOf(weights, stride, r), key + double(lanes)), lanes);
          Expr before = b.firstLanes(block.rows[r] - valueSlots.most + 1 - key, lanes);
          Expr within = b.firstLanes(block.rows[r] + ahead - key, lanes);
          next.push_back(carried[2 * r] + b.select(before, all, zero));
          next.push_back(carried[2 * r + 1] + b.select(within, zero, all));
        }
        return next;
      });
  std::pair<Exprs, Exprs> ends;
  for (int64_t r = 0; r < tiles.rows; ++r) {
    ends.first.push_back(b.splat(b.reduceAdd(found[2 * r]), lanes));
    ends.second.push_back(b.splat(b.reduceAdd(found[2 * r + 1]), lanes));
  }
  return ends;
}

Expr RelativePositions::tableValues(Expr slot, int64_t vector) {
  Expr from = b.f32At(valueSlots.table, slot * double(s.relativeValues.columns) + double(vector * lanes));
  return operands.rounded(b.load(from, LoopBuilder::vectorOf(b.f32Type(), lanes), s.valueSize - vector * lanes));
}

void RelativePositions::weigh(const Block &block) {
  copyWeights(block);
  auto [before, behind] = weightsBeyond(block);
  for (int64_t vector = 0; vector < valueVectors; vector += tiles.valueVectors) {
    weighColumns(block, before, behind, vector, std::min(tiles.valueVectors, valueVectors - vector));
  }
}

void RelativePositions::weighColumns(const Block &block, const Exprs &before, const Exprs &behind, int64_t vector,
                                     int64_t width) {
  const Expr stride = (keyVectors + 2) * double(lanes);
  const Expr last = valueSlots.most * 2.0;
  Exprs totals;
  for (int64_t r = 0; r < tiles.rows; ++r) {
    for (int64_t c = 0; c < width; ++c) {
      Expr total = b.fma(before[r], tableValues(b.i64(0), vector + c), b.f32(0, lanes));
      totals.push_back(b.fma(behind[r], tableValues(last, vector + c), total));
    }
  }
  auto [begin, end] = reachOf(valueSlots, block);
  totals = b.loop(b.max(begin, b.i64(1)), b.min(end, last), 1, totals, [&](Expr slot, llvm::ArrayRef<Expr> carried) {
    Exprs loaded, next;
    for (int64_t c = 0; c < width; ++c) {
      loaded.push_back(tableValues(slot, vector + c));
    }
    for (int64_t r = 0; r < tiles.rows; ++r) {
      Expr key = b.max(b.min(block.rows[r] + slot - valueSlots.most, length), b.i64(-1)); // zeros lie on either side
      Expr weight = b.load(b.f32At(rowOf(weights, stride, r), key + double(lanes)), b.f32Type());
      for (int64_t c = 0; c < width; ++c) {
        next.push_back(b.fma(b.splat(weight, lanes), loaded[c], carried[r * width + c]));
      }
    }
    return next;
  });
  for (int64_t r = 0; r < tiles.rows; ++r) {
    for (int64_t c = 0; c < width; ++c) {
      b.store(totals[r * width + c], b.f32At(sums, b.i64((r * valueVectors + vector + c) * lanes)));
    }
  }
}

Expr RelativePositions::sum(int64_t row, Expr vector) {
  return b.loadF32(b.f32At(sums, (vector + double(row * valueVectors)) * double(lanes)), lanes);
}

} // namespace clew::compiler
