// The ops of the dialect nn that make rows of ids and of distances, most of them by looking a table up.
#ifndef CLEW_NN_TABLE_OPS
#define CLEW_NN_TABLE_OPS

include "compiler/nn/NNDialect.td"

def NN_PositionsOp : NN_Op<"positions", [], [NN_Infer]> {
  let summary = "index of each token in its sequence";
  let description = [{
    offsets (batch + 1) -> (tokens): y[t] = t - offsets[s], s the sequence of token t.
  }];
  let arguments = (ins NN_Offsets:$offsets);
  let results = (outs NN_Values:$y);
  let assemblyFormat = "$offsets attr-dict `:` type($offsets)";
}

def NN_EmbeddingOp : NN_Op<"embedding", [NN_RowWise, NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "looks rows of a table up";
  let description = [{
    ids (n), table (count, width) -> (n, width): y[t] = table[ids[t] + start]. RoBERTa's positions start at 2.
  }];
  let arguments = (ins NN_Values:$ids, NN_Matrix:$table, DefaultValuedAttr<I64Attr, "0">:$start);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$ids `,` $table (`start` $start^)? attr-dict `:` type($ids) `,` type($table)";
  let hasVerifier = 1;
}

def NN_SinusoidsOp : NN_Op<"sinusoids", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "a table of waves";
  let description = [{
    (count, width): row i holds, for each k < width / 2, the sine and cosine of (from + step i) 10000^(-2k / width): all sines, then all
    cosines, or by turns with `interleaved`. arXiv:1706.03762 section 3.5.
  }];
  let arguments = (ins I64Attr:$count, I64Attr:$width, DefaultValuedAttr<I64Attr, "0">:$from, DefaultValuedAttr<I64Attr, "1">:$step,
                       UnitAttr:$interleaved);
  let results = (outs 2DTensorOf<[F32]>:$y);
  let assemblyFormat = "$count `x` $width (`from` $from^)? (`step` $step^)? (`interleaved` $interleaved^)? attr-dict";
}

def NN_RowOp : NN_Op<"row", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "one row of a table";
  let description = [{ table (count, width) -> (width): y = table[index]. }];
  let arguments = (ins NN_Matrix:$table, I64Attr:$index);
  let results = (outs NN_Vector:$y);
  let assemblyFormat = "$table `[` $index `]` attr-dict `:` type($table)";
}

def NN_BucketsOp : NN_Op<"buckets", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "a row for each distance, from a table with a row for each bucket of distances";
  let description = [{
    x (count, width) -> (2 furthest + 1, width): row furthest + d is x's row for the distance d, from -furthest to furthest. Of n buckets on
    one side the first n / 2 have one distance each, the others are as wide as powers grow, and the last has `furthest` and all beyond.
    The upper half of x is for distances above 0, the lower for all others; with `causal` all of it is for those up to 0, and distances
    above 0 read the first row. arXiv:1910.10683 section 2.1; the rounding is that of its published code.
  }];
  let arguments = (ins NN_Matrix:$x, I64Attr:$furthest, UnitAttr:$causal);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x `furthest` $furthest (`causal` $causal^)? attr-dict `:` type($x)";
}

#endif // CLEW_NN_TABLE_OPS
