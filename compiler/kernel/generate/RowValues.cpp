// See RowValues.h.
#include "compiler/kernel/generate/RowValues.h"

#include "compiler/kernel/generate/ElementLoops.h"

using namespace mlir;

namespace clew::compiler {

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }
static Type elementOf(Value value) { return typeOf(value).getElementType(); }
static int64_t widthOf(Value value) { return typeOf(value).getRank() == 2 ? typeOf(value).getDimSize(1) : 1; }
static bool isMatrix(Value value) { return typeOf(value).getRank() == 2 && nn::levelOf(value); }

/// One constant for all columns.
static bool isNumber(Value value) {
  return typeOf(value).getRank() == 1 && typeOf(value).getDimSize(0) == 1 && elementOf(value).isF32();
}

/// bf16 travels as i16.
static Type storageOf(LoopBuilder &b, Type element) {
  return element.isF32() ? element : b.intType(element.getIntOrFloatBitWidth());
}

RowValues::RowValues(LoopBuilder &builder, RowColumns &columns, Block &body, ArrayRef<Expr> pointers, Expr row)
    : b(builder), shared(columns), row(row) {
  slices = !body.getOps<nn::SliceOp>().empty();
  for (auto [argument, pointer] : llvm::zip(body.getArguments(), pointers)) {
    if (isMatrix(argument)) {
      rows[argument] = rowPointer(pointer, argument, row);
    }
    bases[argument] = pointer;
  }
  for (auto [value, pointer] :
       llvm::zip(body.getTerminator()->getOperands(), pointers.drop_front(body.getNumArguments()))) {
    results.push_back({value, rowPointer(pointer, value, row)});
  }
}

Expr RowValues::pointerAt(Expr base, Type element, Expr index) { return b.at(base, index, storageOf(b, element)); }

Expr RowValues::rowPointer(Expr base, Value like, Expr index) {
  return pointerAt(base, elementOf(like), index * b.i64(widthOf(like)));
}

void RowValues::forColumns(int64_t width, llvm::function_ref<void(const Columns &)> emit) {
  shared.each(width, [&](const Columns &columns) {
    known.clear();
    emit(columns);
  });
  known.clear();
}

Expr RowValues::fold(Value x, Expr zero, Step step, Collapse collapse, Step join) {
  Expr place;
  keep(x, place);
  auto take = [&](Expr sum, const Columns &columns) {
    known.clear();
    if (place) {
      store(x, place, columns);
    }
    return step(sum, evaluate(x, columns));
  };
  Expr total = shared.fold(widthOf(x), {zero, take, collapse, join});
  known.clear();
  if (place) {
    settle();
    rows[x] = place;
  }
  return total;
}

/// After a value was kept column by column: who wrote a column reads it, but through slices.
void RowValues::settle() {
  if (slices) {
    shared.meet();
  }
}

/// After a value was put together of columns of others: anyone may read any of it, if it is read at all.
void RowValues::meetFor(Value value) {
  if (llvm::any_of(value.getUsers(), [](Operation *user) { return !isa<kernel::YieldOp>(user); })) {
    shared.meet();
  }
}

/// Finds a place for a value that several passes read, unless it is in memory already: its result's row, or scratch.
void RowValues::keep(Value value, Expr &place) {
  if (rows.count(value)) {
    return;
  }
  for (auto &[result, pointer] : results) {
    if (result == value && elementOf(value).isF32()) {
      place = pointer;
      return;
    }
  }
  place = shared.room(widthOf(value) * 4);
}

Expr RowValues::load(Expr pointer, Type element, const Columns &columns) {
  Expr address = pointerAt(pointer, element, columns.first);
  Type type = LoopBuilder::vectorOf(storageOf(b, element), columns.lanes);
  Expr raw = columns.count == columns.lanes ? b.load(address, type) : b.load(address, type, columns.count);
  return element.isF32() ? raw : element.isBF16() ? b.fromBf16(raw) : b.toF32(raw);
}

Expr RowValues::scalarOf(Value value) {
  if (auto known = scalars.find(value); known != scalars.end()) {
    return known->second;
  }
  return b.load(rows.lookup(value), b.f32Type());
}

Expr RowValues::evaluate(Value value, const Columns &columns) {
  auto key = std::pair(value, columns.first.value);
  if (auto found = known.find(key); found != known.end()) {
    return found->second;
  }
  Expr result;
  if (auto pointer = rows.find(value); pointer != rows.end()) {
    result = load(pointer->second, elementOf(value), columns);
  } else if (auto base = bases.find(value); base != bases.end()) {
    result = isNumber(value) ? b.splat(b.load(base->second, b.f32Type()), columns.lanes)
                             : load(base->second, elementOf(value), columns);
  } else {
    result = evaluateOp(value.getDefiningOp(), columns);
  }
  known[key] = result;
  return result;
}

Expr RowValues::evaluateOp(Operation *op, const Columns &columns) {
  Value x = op->getOperand(0);
  if (auto slice = dyn_cast<nn::SliceOp>(op)) {
    return evaluate(x, {columns.first + b.i64(slice.getBegin()), columns.lanes, columns.count});
  }
  if (auto dequantize = dyn_cast<kernel::DequantizeOp>(op)) {
    auto integers = [&](Expr base) {
      Type type = LoopBuilder::vectorOf(b.intType(32), columns.lanes);
      return b.load(pointerAt(base, b.intType(32), columns.first), type, columns.count);
    };
    Expr sums = integers(rows.lookup(dequantize.getAcc()));
    if (Value columnSum = dequantize.getColumnSum()) { // acc - 128 sum stays in the integers, where it is exact
      sums = sums - b.shiftLeft(integers(bases.lookup(columnSum)), 7);
    }
    return b.toF32(sums) * (evaluate(dequantize.getColumnScale(), columns) * scalarOf(dequantize.getRowScale()));
  }
  if (auto neighbours = sums.find(op->getResult(0)); neighbours != sums.end()) {
    Expr zero = b.f32(0.0, columns.lanes);
    Expr sum = zero;
    for (auto [pointer, isThere] : neighbours->second) {
      sum = sum + b.select(isThere, load(pointer, b.f32Type(), columns), zero);
    }
    return sum;
  }
  if (ElementLoop loop = elementLoop(op->getName())) {
    Exprs operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(evaluate(operand, columns));
    }
    return loop(b, operands, columns.lanes);
  }
  Expr v = evaluate(x, columns);
  if (auto norm = dyn_cast<nn::LayerNormOp>(op)) {
    Expr scaled = (v - scalars.lookup(norm.getY())) * factors.lookup(norm.getY());
    return b.fma(scaled, evaluate(norm.getWeight(), columns), evaluate(norm.getBias(), columns));
  }
  if (auto normalize = dyn_cast<nn::L2NormalizeOp>(op)) {
    return v * factors.lookup(normalize.getY());
  }
  if (auto scale = dyn_cast<nn::ScaleOp>(op)) {
    return v * scale.getFactor().convertToDouble();
  }
  if (auto norm = dyn_cast<nn::BatchNormOp>(op)) {
    Expr variance = evaluate(norm.getRunningVariance(), columns);
    Expr scale = evaluate(norm.getWeight(), columns) * b.rsqrt(variance + norm.getEps().convertToDouble());
    return b.fma(v - evaluate(norm.getRunningMean(), columns), scale, evaluate(norm.getBias(), columns));
  }
  // visit() lets no other op pass.
  return elementOf(llvm::cast<nn::CastOp>(op).getY()).isBF16() ? b.fromBf16(b.toBf16(v)) : v;
}

void RowValues::store(Value value, Expr pointer, const Columns &columns) {
  Expr address = pointerAt(pointer, elementOf(value), columns.first);
  if (auto quantize = value.getDefiningOp<kernel::QuantizeOp>()) {
    // A row with NaN or infinity has scale NaN and all q 128; its inverse is 0 and the products are not looked at.
    Expr product = evaluate(quantize.getX(), columns) * factors.lookup(value);
    Expr finite = b.splat(scalars.lookup(quantize.getScale()) == scalars.lookup(quantize.getScale()), columns.lanes);
    Expr rounded = b.toI32(b.select(finite, product, b.f32(0.0, columns.lanes)));
    Expr shifted = elementOf(value).isUnsignedInteger() ? rounded + 128.0 : rounded;
    b.store(b.convertInt(shifted, 8), address, columns.count);
  } else if (elementOf(value).isBF16()) {
    auto cast = value.getDefiningOp<nn::CastOp>();
    b.store(b.toBf16(evaluate(cast ? cast.getX() : value, columns)), address, columns.count);
  } else {
    b.store(evaluate(value, columns), address, columns.count);
  }
}

void RowValues::storeResults() {
  for (auto &[value, pointer] : results) {
    if (auto scalar = scalars.find(value); scalar != scalars.end() && widthOf(value) == 1) {
      shared.once([&, to = pointer] { b.store(scalar->second, to); });
    }
  }
  SmallVector<int64_t> widths;
  for (auto &[value, pointer] : results) {
    auto kept = rows.find(value);
    bool stored = kept != rows.end() && kept->second.value == pointer.value;
    bool scalar = scalars.count(value) && widthOf(value) == 1;
    if (!stored && !scalar && !llvm::is_contained(widths, widthOf(value))) {
      widths.push_back(widthOf(value));
    }
  }
  for (int64_t width : widths) {
    forColumns(width, [&](const Columns &columns) {
      for (auto &[value, pointer] : results) {
        auto kept = rows.find(value);
        bool stored = kept != rows.end() && kept->second.value == pointer.value;
        if (widthOf(value) == width && !stored) {
          store(value, pointer, columns);
        }
      }
    });
  }
}

bool RowValues::visit(Operation *op) {
  if (auto embedding = dyn_cast<nn::EmbeddingOp>(op)) {
    Expr id = b.loadIndex(bases.lookup(embedding.getIds()), row);
    if (auto start = static_cast<int64_t>(embedding.getStart())) {
      id = id + b.i64(start);
    }
    rows[embedding.getY()] = rowPointer(bases.lookup(embedding.getTable()), embedding.getY(), id);
    return true;
  }
  if (auto gather = dyn_cast<nn::GatherOp>(op)) { // x is in memory, as for pooling
    Expr from = b.loadIndex(bases.lookup(gather.getRows()), row);
    rows[gather.getY()] = rowPointer(bases.lookup(gather.getX()), gather.getX(), from);
    return true;
  }
  if (isa<nn::FirstOp, nn::LastOp, nn::MeanOp, nn::MaxOp>(op)) {
    visitPooling(op);
    return true;
  }
  if (auto window = dyn_cast<kernel::WindowOp>(op)) {
    visitWindow(window);
    return true;
  }
  if (auto sum = dyn_cast<kernel::WindowSumOp>(op)) {
    visitWindowSum(sum);
    return true;
  }
  if (auto norm = dyn_cast<nn::LayerNormOp>(op)) {
    visitLayerNorm(norm);
    return true;
  }
  if (auto normalize = dyn_cast<nn::L2NormalizeOp>(op)) {
    visitL2Normalize(normalize);
    return true;
  }
  if (auto quantize = dyn_cast<kernel::QuantizeOp>(op)) {
    visitQuantize(quantize);
    return true;
  }
  if (auto softmax = dyn_cast<nn::SoftmaxOp>(op)) {
    visitSoftmax(softmax);
    return true;
  }
  if (auto concat = dyn_cast<nn::ConcatOp>(op)) {
    visitConcat(concat);
    return true;
  }
  return elementLoop(op->getName()) ||
         isa<nn::CastOp, nn::SliceOp, nn::ScaleOp, nn::BatchNormOp, kernel::DequantizeOp>(op);
}

void RowValues::visitLayerNorm(nn::LayerNormOp op) {
  double width = widthOf(op.getX());
  Expr zero = b.f32(0.0);
  auto add = [](Expr sum, Expr v) { return sum + v; };
  auto collapse = [&](Expr v) { return b.reduceAdd(v); };
  Expr mean = fold(op.getX(), zero, add, collapse, add) * (1.0 / width);
  auto addSquare = [&](Expr sum, Expr v) {
    Expr d = v - mean;
    return b.fma(d, d, sum);
  };
  Expr variance = fold(op.getX(), zero, addSquare, collapse, add) * (1.0 / width);
  scalars[op.getY()] = mean;
  factors[op.getY()] = b.rsqrt(variance + op.getEps().convertToDouble());
}

void RowValues::visitL2Normalize(nn::L2NormalizeOp op) {
  auto add = [](Expr x, Expr y) { return x + y; };
  auto addSquare = [&](Expr sum, Expr v) { return b.fma(v, v, sum); };
  Expr squares = fold(op.getX(), b.f32(0.0), addSquare, [&](Expr v) { return b.reduceAdd(v); }, add);
  Expr length = b.sqrt(squares);
  Expr least = b.f32(op.getEps().convertToDouble());
  factors[op.getY()] = 1.0 / b.select(length < least, least, length); // NaN stays
}

/// x is in memory: what reads other rows stands above what it reads (clew-form-rows).
void RowValues::visitPooling(Operation *op) {
  Value x = op->getOperand(0);
  Value y = op->getResult(0);
  Expr offsets = bases.lookup(op->getOperand(1));
  Expr begin = b.loadIndex(offsets, row);
  Expr end = b.loadIndex(offsets, row + 1);
  auto tokenAt = [&](Expr token) { return rowPointer(bases.lookup(x), x, token); };
  if (isa<nn::FirstOp, nn::LastOp>(op)) {
    rows[y] = tokenAt(isa<nn::FirstOp>(op) ? begin : end - 1);
    return;
  }
  const bool mean = isa<nn::MeanOp>(op);
  auto join = [&](Expr sum, Expr v) {
    // The larger one, NaN if there is one.
    return mean ? sum + v : b.select(v < sum, sum, b.select(sum == sum, v, sum));
  };
  Expr place;
  keep(y, place);
  Expr factor = 1.0 / b.toF32(b.convertInt(end - begin, 32));
  forColumns(widthOf(y), [&](const Columns &columns) {
    auto at = [&](Expr token) { return load(tokenAt(token), elementOf(x), columns); };
    Expr pooled = b.loop(begin + 1, end, 1, {at(begin)},
                         [&](Expr token, ArrayRef<Expr> carried) -> Exprs { return {join(carried[0], at(token))}; })[0];
    b.store(mean ? pooled * factor : pooled, b.f32At(place, columns.first), columns.count);
  });
  settle();
  rows[y] = place;
}

const std::pair<Value, Expr> *RowValues::asBf16(Value value) const {
  auto cast = value.hasOneUse() ? dyn_cast<nn::CastOp>(*value.user_begin()) : nn::CastOp();
  if (!cast || !elementOf(value).isF32() || !elementOf(cast.getY()).isBF16()) {
    return nullptr;
  }
  auto isRounded = [&](const auto &result) { return result.first == cast.getY(); };
  return llvm::count_if(results, isRounded) == 1 ? llvm::find_if(results, isRounded) : nullptr;
}

/// Tokens are told apart as in visitWindow.
void RowValues::visitWindowSum(kernel::WindowSumOp op) {
  Expr positions = bases.lookup(op.getPositions());
  Expr own = b.loadIndex(positions, row);
  Expr last = b.loadIndex(bases.lookup(op.getCounts()), b.i64(0)) - 1;
  const auto begin = static_cast<int64_t>(op.getXAt());
  for (int64_t piece = 0; piece < static_cast<int64_t>(op.getSize()); ++piece) {
    Expr away = b.i64(static_cast<int64_t>(op.getBefore()) - piece);
    Expr token = b.max(b.min(row + away, last), b.i64(0));
    Expr from = rowPointer(bases.lookup(op.getX()), op.getX(), token);
    sums[op.getY()].push_back(
        {b.f32At(from, b.i64(begin + piece * widthOf(op.getY()))), b.loadIndex(positions, token) == own + away});
  }
}

/// A token i away is in this one's sequence if its position is i more; where i leads out of the batch, no token's is (the last
/// one's, or the first one's, is nearer than i).
void RowValues::visitWindow(kernel::WindowOp op) {
  Expr positions = bases.lookup(op.getPositions());
  Expr own = b.loadIndex(positions, row);
  Expr last = b.loadIndex(bases.lookup(op.getCounts()), b.i64(0)) - 1;
  const int64_t width = widthOf(op.getX());
  const auto size = static_cast<int64_t>(op.getSize());
  auto tokenAt = [&](Expr away) { return b.max(b.min(row + away, last), b.i64(0)); };
  Expr first = b.i64(-static_cast<int64_t>(op.getBefore()));
  if (op.getWhole()) { // back by the rows that are missing behind, but not beyond the sequence's first
    Exprs missing = b.loop(b.i64(1), first + double(size), 1, {b.i64(0)}, [&](Expr away, ArrayRef<Expr> sum) -> Exprs {
      Expr isThere = b.loadIndex(positions, tokenAt(away)) == own + away;
      return {sum[0] + b.select(isThere, b.i64(0), b.i64(1))};
    });
    first = b.max(first - missing[0], b.i64(0) - own);
  }
  Value y = op.getY();
  Expr place;
  if (const auto *rounded = asBf16(y)) {
    y = rounded->first;
    place = rounded->second;
  } else {
    keep(y, place);
  }
  const bool bf16 = y != op.getY();
  b.loop(b.i64(0), b.i64(size), 1, [&](Expr index) {
    Expr away = index + first;
    Expr token = tokenAt(away);
    Expr from = rowPointer(bases.lookup(op.getX()), op.getX(), token);
    Type element = bf16 ? elementOf(y) : b.f32Type();
    Expr to = pointerAt(place, element, index * double(width));
    auto fill = [&](llvm::function_ref<Expr(const Columns &)> valueOf) {
      forColumns(width, [&](const Columns &columns) {
        Expr value = valueOf(columns);
        b.store(bf16 ? b.toBf16(value) : value, pointerAt(to, element, columns.first), columns.count);
      });
    };
    b.ifElse(
        b.loadIndex(positions, token) == own + away,
        [&] { fill([&](const Columns &columns) { return load(from, elementOf(op.getX()), columns); }); },
        [&] { fill([&](const Columns &columns) { return b.f32(0.0, columns.lanes); }); });
  });
  meetFor(op.getY());
  rows[y] = place;
}

void RowValues::visitQuantize(kernel::QuantizeOp op) {
  auto largest = [&](Expr most, Expr v) { return b.max(most, b.absBits(v)); };
  auto join = [&](Expr x, Expr y) { return b.max(x, y); };
  Expr bits = fold(op.getX(), b.constant(b.intType(32), 0), largest, [&](Expr v) { return b.reduceMax(v); }, join);
  Expr most = b.bitcast(bits, b.f32Type());
  Expr notFinite = most - most; // 0, or NaN for infinity and NaN
  scalars[op.getScale()] = most * (1.0 / 127.0) + notFinite;
  factors[op.getQ()] = b.select(most > 0.0, 127.0 / most, b.f32(0.0));
}

void RowValues::visitSoftmax(nn::SoftmaxOp op) {
  // The largest value, NaN if there is one: the sum of a row with NaN is NaN either way.
  auto larger = [&](Expr most, Expr v) { return b.select(v > most, v, most); };
  Expr most = fold(op.getX(), b.f32(-INFINITY), larger, [&](Expr v) { return b.reduceMax(v); }, larger);
  Expr place;
  keep(op.getY(), place);
  // The exponentials are kept where the result will lie; a second pass divides them.
  forColumns(widthOf(op.getX()), [&](const Columns &columns) {
    b.store(b.exp(evaluate(op.getX(), columns) - most), b.f32At(place, columns.first), columns.count);
  });
  rows[op.getY()] = place;
  Expr sum = fold(
      op.getY(), b.f32(0.0), [](Expr s, Expr v) { return s + v; }, [&](Expr v) { return b.reduceAdd(v); },
      [](Expr x, Expr y) { return x + y; });
  Expr inverse = 1.0 / sum;
  forColumns(widthOf(op.getX()), [&](const Columns &columns) {
    b.store(evaluate(op.getY(), columns) * inverse, b.f32At(place, columns.first), columns.count);
  });
  settle();
}

void RowValues::visitConcat(nn::ConcatOp op) {
  Expr place;
  keep(op.getY(), place);
  int64_t begin = 0;
  for (Value part : op.getInputs()) {
    Expr target = b.f32At(place, b.i64(begin));
    forColumns(widthOf(part), [&](const Columns &columns) {
      b.store(evaluate(part, columns), b.f32At(target, columns.first), columns.count);
    });
    begin += widthOf(part);
  }
  meetFor(op.getY());
  rows[op.getY()] = place;
}

} // namespace clew::compiler
