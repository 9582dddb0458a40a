// The ops of the dialect nn that a model may use, and the parameters that they read. zoo/OpTable.h lists the same ops with their YAML
// keys; runtime/ref computes them.
#ifndef CLEW_NN_OPS
#define CLEW_NN_OPS

include "compiler/nn/NNDialect.td"

//===-------------------------------------------------------------------------------------------------------------------===//
// Parameters
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_Init : I32EnumAttr<"Init", "where random values of a parameter come from", [
    I32EnumAttrCase<"Normal", 0, "normal">, I32EnumAttrCase<"Gain", 1, "gain">]> {
  let cppNamespace = "::clew::nn";
}

def NN_ParameterOp : Op<NN_Dialect, "parameter", [Symbol]> {
  let summary = "declares a parameter";
  let description = [{
    A tensor that training sets and checkpoints hold, by the name that it has in the model. `normal` parameters are drawn from
    N(0, 0.02) when no weights are given, `gain` parameters from 1 + N(0, 0.1). `from` says which tensors of the
    first of the model's published formats add up to the parameter (an LSTM of PyTorch has two biases, everything else has one
    tensor): for people, and for counting. Loading goes by the Program's `checkpoints`.

    ```mlir
    nn.parameter @"layer.0.query.weight" normal : tensor<768x768xf32> from ["encoder.layer.0.attention.self.query.weight"]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, NN_Init:$init, TypeAttrOf<NN_Tensor>:$type,
                       OptionalAttr<StrArrayAttr>:$tensors);
  let assemblyFormat = "$sym_name $init `:` $type (`from` $tensors^)? attr-dict";
  let hasVerifier = 1;
}

def NN_GetOp : NN_Op<"get", [], [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "reads a parameter";
  let description = [{
    Two reads of one name share the parameter: that is how weights are tied.

    ```mlir
    %w = nn.get @"layer.0.query.weight" : tensor<768x768xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$parameter);
  let results = (outs NN_Tensor:$value);
  let assemblyFormat = "$parameter attr-dict `:` type($value)";
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Rows from ids
//===-------------------------------------------------------------------------------------------------------------------===//

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

//===-------------------------------------------------------------------------------------------------------------------===//
// Row by row
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_LinearOp : NN_Op<"linear", [NN_CountsProducts, NN_HasGradient], [NN_Infer]> {
  let summary = "affine map of each row";
  let description = [{
    x (n, K), weight (N, K), bias (N) -> (n, N): y = x W^T + b, the weight laid out as in PyTorch. x and weight have one element type:
    f32 -> f32, f64 -> f64; bf16 -> f32, accumulated in f32; i8 -> i32, then without a bias (nn.dequantize brings the scales back).

    ```mlir
    %y = nn.linear %x, %w, %b : (tensor<?x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>) -> tensor<?x3072xf32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32, F64, BF16, I8]>:$x, 2DTensorOf<[F32, F64, BF16, I8]>:$weight,
                       Optional<1DTensorOf<[F32, F64]>>:$bias);
  let results = (outs 2DTensorOf<[F32, F64, I32]>:$y);
  let assemblyFormat = "$x `,` $weight (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
}

/// x (n, w), y like x, a vector (w) for every row, or one number (1) for every element -> like x.
class NN_Binary<string mnemonic> : NN_Op<mnemonic, [NN_EachElement, NN_HasGradient], [NN_Infer]> {
  let arguments = (ins NN_Matrix:$x, NN_Tensor:$y);
  let results = (outs NN_Matrix:$z);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x) `,` type($y)";
}

def NN_AddOp : NN_Binary<"add"> {
  let summary = "sum";
  let description = [{
    x (n, w), y (n, w), (w) or (1) -> (n, w): z = x + y; a vector is added to every row.
  }];
}

def NN_SubtractOp : NN_Binary<"subtract"> {
  let summary = "difference";
  let description = [{
    x (n, w), y (n, w), (w) or (1) -> (n, w): z = x - y; a vector is subtracted from every row.
  }];
}

def NN_MultiplyOp : NN_Binary<"multiply"> {
  let summary = "product of elements";
  let description = [{
    x (n, w), y (n, w), (w) or (1) -> (n, w): z = x y, element by element; a vector multiplies every row.
  }];
}

def NN_GeluOp : NN_Elementwise<"gelu"> {
  let summary = "Gaussian error linear unit";
  let description = [{ y = x/2 (1 + erf(x / sqrt 2)), arXiv:1606.08415. }];
}

def NN_GeluTanhOp : NN_Elementwise<"gelu_tanh"> {
  let summary = "Gaussian error linear unit, the form with tanh";
  let description = [{ y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), arXiv:1606.08415 section 2. }];
}

def NN_TanhOp : NN_Elementwise<"tanh"> {
  let summary = "hyperbolic tangent";
  let description = [{ y = tanh x. }];
}

def NN_ReluOp : NN_Elementwise<"relu"> {
  let summary = "rectified linear unit";
  let description = [{ y = max(x, 0); NaN stays NaN. }];
}

def NN_SigmoidOp : NN_Elementwise<"sigmoid"> {
  let summary = "logistic function";
  let description = [{ y = 1 / (1 + exp(-x)). }];
}

def NN_SiluOp : NN_Elementwise<"silu"> {
  let summary = "sigmoid linear unit";
  let description = [{ y = x / (1 + exp(-x)), arXiv:1702.03118. }];
}

def NN_SoftmaxOp : NN_Op<"softmax", [NN_RowWise, NN_HasGradient], [NN_Infer]> {
  let summary = "softmax over each row";
  let description = [{ y[i] = exp(x[i] - m) / sum_j exp(x[j] - m), m the largest element of the row; a vector is one row. }];
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def NN_ScaleOp : NN_Op<"scale", [NN_EachElement, NN_HasRefAttributes, NN_HasGradient], [SameOperandsAndResultType]> {
  let summary = "times a number";
  let description = [{ y = factor x. }];
  let arguments = (ins NN_Matrix:$x, F64Attr:$factor);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x `factor` $factor attr-dict `:` type($x)";
}

def NN_L2NormalizeOp : NN_Op<"l2_normalize", [NN_RowWise, NN_HasRefAttributes, NN_HasGradient], [SameOperandsAndResultType]> {
  let summary = "scales each row to length 1";
  let description = [{ y = x / max(sqrt(sum_j x[j]^2), eps). }];
  let arguments = (ins NN_Matrix:$x, DefaultValuedAttr<F64Attr, "1e-12">:$eps);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x (`eps` $eps^)? attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def NN_LayerNormOp : NN_Op<"layer_norm", [NN_RowWise, NN_HasRefAttributes, NN_HasGradient], [
    NN_Infer, TypesMatchWith<"weight is like a row of x", "x", "weight", "::clew::nn::rowOf($_self)">,
    TypesMatchWith<"bias is like a row of x", "x", "bias", "::clew::nn::rowOf($_self)">]> {
  let summary = "normalizes each row";
  let description = [{
    x (n, w), weight (w), bias (w) -> (n, w): y = (x - mean) / sqrt(variance + eps) weight + bias, mean and variance over the row, the
    variance divided by w. arXiv:1607.06450.
  }];
  let arguments = (ins NN_Matrix:$x, NN_Vector:$weight, NN_Vector:$bias, DefaultValuedAttr<F64Attr, "1e-12">:$eps);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x `,` $weight `,` $bias (`eps` $eps^)? attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def NN_BatchNormOp : NN_Op<"batch_norm", [NN_EachElement, NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "normalizes each column by what training saw of it";
  let description = [{
    x (n, w), weight (w), bias (w), running_mean (w), running_variance (w) -> (n, w):
    y = (x - running_mean) / sqrt(running_variance + eps) weight + bias, as in inference, arXiv:1502.03167.
  }];
  let arguments = (ins NN_Matrix:$x, NN_Vector:$weight, NN_Vector:$bias, NN_Vector:$running_mean, NN_Vector:$running_variance,
                       DefaultValuedAttr<F64Attr, "1e-5">:$eps);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = [{
    $x `,` $weight `,` $bias `,` $running_mean `,` $running_variance (`eps` $eps^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_DropoutOp : NN_Op<"dropout", [NN_HasRefAttributes], [SameOperandsAndResultType]> {
  let summary = "drops elements while training";
  let description = [{
    While training, an element becomes 0 with probability `rate` and x / (1 - rate) otherwise, arXiv:1207.0580; `site` tells the dropouts
    of a graph apart and seeds their bits. Everywhere else y = x: clew-inference removes it.
  }];
  let arguments = (ins NN_Matrix:$x, F64Attr:$rate, I64Attr:$site);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x `rate` $rate `site` $site attr-dict `:` type($x)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Across tokens
//===-------------------------------------------------------------------------------------------------------------------===//

/// x (tokens, w), offsets (batch + 1) -> (batch, w), from all or some tokens of each sequence; or of any level, for each of the one above.
class NN_Pooling<string mnemonic> : NN_Op<mnemonic, [NN_FromOtherRows, NN_HasGradient], [NN_Infer]> {
  let arguments = (ins NN_Matrix:$x, NN_Offsets:$offsets);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x `,` $offsets attr-dict `:` type($x) `,` type($offsets)";
}

def NN_FirstOp : NN_Pooling<"first"> {
  let summary = "first token of each sequence";
  let description = [{ x (tokens, w), offsets (batch + 1) -> (batch, w): y[s] = x[offsets[s]]. }];
}

def NN_LastOp : NN_Pooling<"last"> {
  let summary = "last token of each sequence";
  let description = [{ x (tokens, w), offsets (batch + 1) -> (batch, w): y[s] = x[offsets[s + 1] - 1]. }];
}

def NN_MeanOp : NN_Pooling<"mean"> {
  let summary = "mean over the tokens of each sequence";
  let description = [{ x (tokens, w), offsets (batch + 1) -> (batch, w): y[s] = sum_t x[t] / length of s, t in s. }];
}

def NN_MaxOp : NN_Pooling<"max"> {
  let summary = "largest value of each column over the tokens of each sequence";
  let description = [{ x (tokens, w), offsets (batch + 1) -> (batch, w): y[s] = max_t x[t], t in s; NaN stays NaN. }];
}

def NN_WindowOp : NN_Op<"window", [NN_FromOtherRows, NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "each token beside its neighbours";
  let description = [{
    x (tokens, w), offsets (batch + 1) -> (tokens, size w): y[t] = x[t - before], x[t - before + 1], ..., `size` rows one after the other;
    rows beyond the ends of t's sequence are 0. With nn.linear after it, a convolution over the sequence. With `whole`, a window that
    would reach beyond an end is moved inside: those of the last rows repeat the last whole one, so that nn.max over a convolution is
    that of whole windows alone; only in a sequence shorter than `size` the rows behind its end are 0.
  }];
  let arguments = (ins NN_Matrix:$x, NN_Offsets:$offsets, I64Attr:$size, I64Attr:$before, UnitAttr:$whole);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x `,` $offsets `size` $size `before` $before (`whole` $whole^)? attr-dict `:` type($x) `,` type($offsets)";
}

def NN_AttentionOp : NN_Op<"attention", [NN_CountsProducts, NN_HasRefAttributes, NN_HasGradient], [NN_Infer, AttrSizedOperandSegments]> {
  let summary = "scaled dot-product attention inside each sequence";
  let description = [{
    q, k (tokens, hidden), v (tokens, values), offsets (batch + 1) -> out (tokens, values), scores (tokens, heads, longest),
    lse (tokens, heads). Columns are cut into `heads` heads, of q and k of hidden / heads each, of v and out of values / heads. For tokens
    i, j of one sequence and head h: scores[i, h, j] = scale q[i, h] . k[j, h], lse[i, h] = log sum_j exp scores[i, h, j],
    out[i, h] = sum_j exp(scores[i, h, j] - lse[i, h]) v[j, h]. With `causal`, j is at most i; with `window` w > 0, |i - j| is less than w;
    sums run over those j alone. j counts from the sequence's first token; scores are 0 beyond its end and where i does not look.
    `relative_keys` and `relative_values` are tables with a row for each distance j - i from -c to c, of the width of one head or of all;
    further distances read the first or last row. scores then have scale r[i, h] . relative_keys[j - i, h] more, r being relative_q or else
    q, and v[j, h] is v[j, h] + relative_values[j - i, h] for token i. arXiv:1803.02155 section 3.2, arXiv:1901.02860 section 3.3.
    `relative_biases` (2c + 1, heads) is added to the scores as it is: relative_biases[j - i, h], arXiv:1910.10683 section 2.1.
    With `segments` scores have scale r[i, h] . segment_keys[0, h] more if segments[i] = segments[j], and segment_keys[1, h] if not, r being
    segment_q or else q, arXiv:1906.08237 section 2.5.
    arXiv:1706.03762 section 3.2; arXiv:2004.05150 section 3.1. Of bf16 operands, sums and results are f32. Results without a use are not
    computed.
  }];
  let arguments = (ins NN_Matrix:$q, NN_Matrix:$k, NN_Matrix:$v, NN_Offsets:$offsets, Optional<NN_Matrix>:$relative_keys,
                       Optional<NN_Matrix>:$relative_values, Optional<NN_Matrix>:$relative_q, Optional<NN_Matrix>:$relative_biases,
                       Optional<NN_Values>:$segments, Optional<NN_Matrix>:$segment_keys, Optional<NN_Matrix>:$segment_q,
                       I64Attr:$heads, F64Attr:$scale, UnitAttr:$causal, DefaultValuedAttr<I64Attr, "0">:$window);
  let results = (outs NN_Matrix:$out, 3DTensorOf<[F32, F64, BF16]>:$scores, NN_Matrix:$lse);
  let assemblyFormat = [{
    $q `,` $k `,` $v `,` $offsets (`keys` $relative_keys^)? (`values` $relative_values^)? (`by` $relative_q^)? (`biases` $relative_biases^)?
    (`segments` $segments^ `,` $segment_keys)? (`met` `by` $segment_q^)? `heads` $heads `scale` $scale (`causal` $causal^)? (`window` $window^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_Moves : I32EnumAttr<"Moves", "which labels may follow which: runtime/base/LabelMoves.h", [
    I32EnumAttrCase<"All", 0, "all">, I32EnumAttrCase<"Bio", 1, "bio">, I32EnumAttrCase<"Bioes", 2, "bioes">]> {
  let cppNamespace = "::clew::nn";
}

def NN_ViterbiOp : NN_Op<"viterbi", [NN_HasRefAttributes], [
    NN_Infer, TypesMatchWith<"start is like a row of x", "x", "start", "::clew::nn::rowOf($_self)">,
    TypesMatchWith<"end is like a row of x", "x", "end", "::clew::nn::rowOf($_self)">]> {
  let summary = "the best path of labels through each sequence";
  let description = [{
    x (tokens, L), offsets (batch + 1), transitions (L, L), start (L), end (L) -> y (tokens, L). The labels l[t] of a sequence are those
    whose score start[l[first]] + sum_t x[t, l[t]] + sum_t transitions[l[t], l[t + 1]] + end[l[last]] is the largest; y[t] is 1 at l[t] and
    0 elsewhere. Of equal scores the lower label wins, seen from the sequence's end. With `moves` bio or bioes, paths with a move that the
    scheme does not have are left out; labels are then O and, of each type, B and I, or B, I, E and S. Decoding of a linear-chain conditional random field,
    doi:10.1109/TIT.1967.1054010.
  }];
  let arguments = (ins NN_Matrix:$x, NN_Offsets:$offsets, NN_Matrix:$transitions, NN_Vector:$start, NN_Vector:$end,
                       DefaultValuedAttr<NN_Moves, "::clew::nn::Moves::All">:$moves);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = [{
    $x `,` $offsets `,` $transitions `,` $start `,` $end (`moves` $moves^)? attr-dict `:` type($x) `,` type($offsets) `,`
    type($transitions)
  }];
  let hasVerifier = 1;
}

def NN_LstmOp : NN_Op<"lstm", [NN_CountsProducts, NN_HasRefAttributes], [NN_Infer, AttrSizedOperandSegments]> {
  let summary = "long short-term memory over each sequence";
  let description = [{
    x (tokens, in), offsets (batch + 1), weight_ih (4H, in), weight_hh (4H, P), bias (4H), weight_hr (P, H), h_0 and c_0 ->
    y (tokens, P), h_n (batch, P), c_n (batch, H). Rows of the weights are the gates i, f, g, o, as in PyTorch. Token by token of a
    sequence, or from its last to its first with `reverse`:
    i, f, o = sigmoid(W_i* x + b_i + U_i* h), g = tanh(W_g x + b_g + U_g h), c = f c + i g, h = W_hr (o tanh(c)); y is h, h_n and c_n are
    what the last step leaves. doi:10.1162/neco.1997.9.8.1735, with the forget gate of doi:10.1162/089976600300015015 and the projection of
    arXiv:1402.1128, without which P = H and h = o tanh(c). `cell_clip` bounds c to [-clip, clip] before anything reads it,
    `projection_clip` bounds h; 0 is no bound. h and c begin as h_0 (batch, P) and c_0 (batch, H), or as vectors (P) and (H) for every
    sequence, or as zeros. Results without a use are not computed.
  }];
  let arguments = (ins NN_Matrix:$x, NN_Offsets:$offsets, NN_Matrix:$weight_ih, NN_Matrix:$weight_hh, NN_Vector:$bias,
                       Optional<NN_Matrix>:$weight_hr, Optional<NN_Tensor>:$h_0, Optional<NN_Tensor>:$c_0, UnitAttr:$reverse,
                       DefaultValuedAttr<F64Attr, "0.0">:$cell_clip, DefaultValuedAttr<F64Attr, "0.0">:$projection_clip);
  let results = (outs NN_Matrix:$y, NN_Matrix:$h_n, NN_Matrix:$c_n);
  let assemblyFormat = [{
    $x `,` $offsets `,` $weight_ih `,` $weight_hh `,` $bias (`projection` $weight_hr^)? (`from` $h_0^ `and` $c_0)? (`reverse` $reverse^)?
    (`cell_clip` $cell_clip^)? (`projection_clip` $projection_clip^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_GruOp : NN_Op<"gru", [NN_CountsProducts, NN_HasRefAttributes], [NN_Infer]> {
  let summary = "gated recurrent unit over each sequence";
  let description = [{
    x (tokens, in), offsets (batch + 1), weight_ih (3H, in), weight_hh (3H, H), bias_ih (3H), bias_hh (3H), h_0 -> y (tokens, H),
    h_n (batch, H). Rows of the weights are the gates r, z, n, as in PyTorch. Token by token of a sequence, or from its last to its first
    with `reverse`: r, z = sigmoid(W_* x + b_* + U_* h + d_*), n = tanh(W_n x + b_n + r (U_n h + d_n)), h = (1 - z) n + z h.
    So the reset gate stands after the product, as cuDNN and PyTorch compute; with `reset_before` it stands before it, as arXiv:1406.1078 is
    printed and PaddlePaddle computes: n = tanh(W_n x + b_n + U_n (r h) + d_n). With `update_new`, z is the share of the new:
    h = (1 - z) h + z n, as in arXiv:1412.3555. h begins as h_0 (batch, H), or as a vector (H) for every sequence, or as zeros. Results
    without a use are not computed.
  }];
  let arguments = (ins NN_Matrix:$x, NN_Offsets:$offsets, NN_Matrix:$weight_ih, NN_Matrix:$weight_hh, NN_Vector:$bias_ih,
                       NN_Vector:$bias_hh, Optional<NN_Tensor>:$h_0, UnitAttr:$reverse, UnitAttr:$reset_before, UnitAttr:$update_new);
  let results = (outs NN_Matrix:$y, NN_Matrix:$h_n);
  let assemblyFormat = [{
    $x `,` $offsets `,` $weight_ih `,` $weight_hh `,` $bias_ih `,` $bias_hh (`from` $h_0^)? (`reverse` $reverse^)?
    (`reset_before` $reset_before^)? (`update_new` $update_new^)? attr-dict `:` functional-type(operands, results)
  }];
}

include "compiler/nn/NNColumnOps.td"
include "compiler/nn/NNLoweredOps.td"
include "compiler/nn/NNGradientOps.td"

#endif // CLEW_NN_OPS
