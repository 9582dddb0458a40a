// The ops of the dialect nn that training adds to a graph: what clew-differentiate makes of the others, and what moves gradients into the
// memory that training owns. runtime/ref computes them like the others.
#ifndef CLEW_NN_GRADIENT_OPS
#define CLEW_NN_GRADIENT_OPS

include "compiler/nn/NNDialect.td"

/// A value of training: dense, of one element type.
def NN_Real : TensorRankOf<[F32, F64], [1, 2]>;
def NN_RealMatrix : 2DTensorOf<[F32, F64]>;
def NN_RealVector : 1DTensorOf<[F32, F64]>;
/// One number, such as a loss.
def NN_Number : Type<CPred<"::clew::nn::isNumber($_self)">, "tensor<1x1> of f32 or f64", "::mlir::RankedTensorType">;

//===-------------------------------------------------------------------------------------------------------------------===//
// What training owns
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_RandomOp : NN_Op<"random", []> {
  let summary = "what random bits of this step are made from";
  let description = [{ (4): seed and step, each as its lower and upper 32 bits. runtime/base/RandomBits.h makes bits of them. }];
  let results = (outs 1DTensorOf<[I32]>:$bits);
  let assemblyFormat = "attr-dict `:` type($bits)";
}

def NN_AccumulateOp : Op<NN_Dialect, "accumulate", [NN_GraphOp, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "adds to the gradient of a parameter";
  let description = [{
    Gradients are memory that training owns and clears. Several of these for one parameter add up: a tied weight has one for each place that
    reads it.

    ```mlir
    nn.accumulate @"layer.0.query.weight", %dw : tensor<768x768xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$parameter, NN_Real:$gradient);
  let assemblyFormat = "$parameter `,` $gradient attr-dict `:` type($gradient)";
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Numbers and sums
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_FillOp : NN_Op<"fill", [NN_HasRefAttributes]> {
  let summary = "one number";
  let description = [{ (1, 1): the number. }];
  let arguments = (ins F64Attr:$value);
  let results = (outs NN_Number:$y);
  let assemblyFormat = "$value attr-dict `:` type($y)";
}

def NN_ScaleByOp : NN_Op<"scale_by", [], [TypesMatchWith<"y is like x", "x", "y", "$_self">]> {
  let summary = "times a number that the graph computes";
  let description = [{ x of any shape, factor (1, 1) -> like x: y = factor x. }];
  let arguments = (ins NN_Real:$x, NN_Number:$factor);
  let results = (outs NN_Real:$y);
  let assemblyFormat = "$x `,` $factor attr-dict `:` type($x) `,` type($factor)";
  let hasFolder = 1;
}

def NN_MatmulOp : NN_Op<"matmul", [NN_CountsProducts], [NN_Infer]> {
  let summary = "product with a matrix as it lies";
  let description = [{ x (n, N), weight (N, K) -> (n, K): y = x W. Of nn.linear, what the gradient of y gives to x. }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealMatrix:$weight);
  let results = (outs NN_RealMatrix:$y);
  let assemblyFormat = "$x `,` $weight attr-dict `:` functional-type(operands, results)";
}

def NN_OuterSumOp : NN_Op<"outer_sum", [NN_CountsProducts], [NN_Infer]> {
  let summary = "sum over rows of the products of each element of one with each of the other";
  let description = [{ x (n, N), y (n, K) -> (N, K): z = x^T y. Of nn.linear, what the gradient of y gives to the weight. }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealMatrix:$y);
  let results = (outs NN_RealMatrix:$z);
  let assemblyFormat = "$x `,` $y attr-dict `:` functional-type(operands, results)";
}

def NN_SumRowsOp : NN_Op<"sum_rows", [], [NN_Infer]> {
  let summary = "sum of all rows";
  let description = [{ x (n, w) -> (w). Sums run in an order that no number of threads changes. }];
  let arguments = (ins NN_RealMatrix:$x);
  let results = (outs NN_RealVector:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def NN_SumOp : NN_Op<"sum", [], [NN_Infer]> {
  let summary = "sum of all elements";
  let description = [{ x of any shape -> (1). Of a number that scales or shifts all elements, what they give to it. }];
  let arguments = (ins NN_Real:$x);
  let results = (outs NN_RealVector:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Row by row. dy, dx: gradients of a number by y and x
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_DerivativeOp : NN_Op<"derivative", [NN_EachElement, NN_HasRefAttributes], [AllTypesMatch<["x", "dy", "dx"]>]> {
  let summary = "the gradient of an activation";
  let description = [{ dx = dy f'(x), f being the activation of that name in runtime/ref/Activations.h. }];
  let arguments = (ins StrAttr:$function, NN_RealMatrix:$x, NN_RealMatrix:$dy);
  let results = (outs NN_RealMatrix:$dx);
  let hasVerifier = 1;
  let assemblyFormat = "$function $x `,` $dy attr-dict `:` type($x)";
}

def NN_StandardizeOp : NN_Op<"standardize", [NN_RowWise, NN_HasRefAttributes], [SameOperandsAndResultType]> {
  let summary = "a layer norm without weight and bias";
  let description = [{ y = (x - mean) / sqrt(variance + eps), of each row. }];
  let arguments = (ins NN_RealMatrix:$x, F64Attr:$eps);
  let results = (outs NN_RealMatrix:$y);
  let assemblyFormat = "$x `eps` $eps attr-dict `:` type($x)";
}

def NN_LayerNormGradientOp : NN_Op<"layer_norm_gradient", [NN_RowWise, NN_HasRefAttributes], [
    AllTypesMatch<["x", "dy", "dx"]>, TypesMatchWith<"weight is like a row of x", "x", "weight", "::clew::nn::rowOf($_self)">]> {
  let summary = "the gradient of a layer norm by x";
  let description = [{
    With n = standardize(x) and g = weight dy: dx = (g - mean(g) - n mean(g n)) / sqrt(variance + eps), of each row.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealVector:$weight, NN_RealMatrix:$dy, F64Attr:$eps);
  let results = (outs NN_RealMatrix:$dx);
  let assemblyFormat = "$x `,` $weight `,` $dy `eps` $eps attr-dict `:` type($x)";
}

def NN_BatchNormGradientOp : NN_Op<"batch_norm_gradient", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "the gradient of a batch norm whose mean and variance are given";
  let description = [{
    x, dy (n, w), weight, running_mean, running_variance (w) -> dx (n, w), dweight (w), dbias (w), with s = 1 / sqrt(running_variance +
    eps): dx = dy weight s, dweight = sum of dy (x - running_mean) s, dbias = sum of dy.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealVector:$weight, NN_RealVector:$running_mean, NN_RealVector:$running_variance,
                       NN_RealMatrix:$dy, F64Attr:$eps);
  let results = (outs NN_RealMatrix:$dx, NN_RealVector:$dweight, NN_RealVector:$dbias);
  let assemblyFormat = [{
    $x `,` $weight `,` $running_mean `,` $running_variance `,` $dy `eps` $eps attr-dict `:` functional-type(operands, results)
  }];
}

def NN_SoftmaxGradientOp : NN_Op<"softmax_gradient", [NN_RowWise], [SameOperandsAndResultType]> {
  let summary = "the gradient of a softmax, from its result";
  let description = [{ dx = y (dy - sum_j dy[j] y[j]), of each row; a vector is one row. }];
  let arguments = (ins NN_Real:$y, NN_Real:$dy);
  let results = (outs NN_Real:$dx);
  let assemblyFormat = "$y `,` $dy attr-dict `:` type($y)";
}

def NN_L2NormalizeGradientOp : NN_Op<"l2_normalize_gradient", [NN_RowWise, NN_HasRefAttributes], [SameOperandsAndResultType]> {
  let summary = "the gradient of l2_normalize";
  let description = [{
    With l the length of a row and y = x / l: dx = (dy - y sum_j dy[j] y[j]) / l; of a row that is shorter than eps, dy / eps.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealMatrix:$dy, F64Attr:$eps);
  let results = (outs NN_RealMatrix:$dx);
  let assemblyFormat = "$x `,` $dy `eps` $eps attr-dict `:` type($x)";
}

def NN_PadOp : NN_Op<"pad", [NN_RowWise, NN_HasRefAttributes], [NN_Infer]> {
  let summary = "zeros beside columns: the gradient of a slice";
  let description = [{ x (n, a) -> (n, width): columns begin .. begin + a are x, the others 0. A vector likewise. }];
  let arguments = (ins NN_Real:$x, I64Attr:$begin, I64Attr:$width);
  let results = (outs NN_Real:$y);
  let assemblyFormat = "$x `at` $begin `of` $width attr-dict `:` type($x)";
}

def NN_DropOp : NN_Op<"drop", [NN_HasRefAttributes, NN_HasGradient], [TypesMatchWith<"y is like x", "x", "y", "$_self">]> {
  let summary = "drops elements: what training makes of nn.dropout";
  let description = [{
    y = 0 with probability `rate`, x / (1 - rate) otherwise, arXiv:1207.0580. Whether an element goes depends on `bits` (nn.random), `site` and
    the element's index in x, and on nothing else: not on threads, and the gradient asks the same.
  }];
  let arguments = (ins NN_Real:$x, 1DTensorOf<[I32]>:$bits, F64Attr:$rate, I64Attr:$site);
  let results = (outs NN_Real:$y);
  let assemblyFormat = "$x `,` $bits `rate` $rate `site` $site attr-dict `:` type($x) `,` type($bits)";
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Across rows
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_EmbeddingGradientOp : NN_Op<"embedding_gradient", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "the gradient of a table by the rows that were looked up";
  let description = [{ ids (n), dy (n, w) -> (count, w): dy[t] is added to row ids[t] + start, in the order of t. }];
  let arguments = (ins NN_Values:$ids, NN_RealMatrix:$dy, I64Attr:$count, I64Attr:$start);
  let results = (outs NN_RealMatrix:$dtable);
  let assemblyFormat = "$ids `,` $dy `count` $count `start` $start attr-dict `:` type($ids) `,` type($dy)";
}

def NN_Pool : I32EnumAttr<"Pool", "how an element of a level was made of those that it holds", [
    I32EnumAttrCase<"First", 0, "first">, I32EnumAttrCase<"Last", 1, "last">, I32EnumAttrCase<"Mean", 2, "mean">]> {
  let cppNamespace = "::clew::nn";
}

def NN_SpreadOp : NN_Op<"spread", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "the gradient of first, last and mean";
  let description = [{
    dy (batch, w), offsets (batch + 1) -> (tokens, w): dy[s] at the first or last token of s and 0 elsewhere, or dy[s] / length of s at each.
  }];
  let arguments = (ins NN_Pool:$pool, NN_RealMatrix:$dy, NN_Offsets:$offsets);
  let results = (outs NN_RealMatrix:$dx);
  let assemblyFormat = "$pool $dy `,` $offsets attr-dict `:` type($dy) `,` type($offsets)";
}

def NN_MaxGradientOp : NN_Op<"max_gradient", [], [NN_Infer]> {
  let summary = "the gradient of max";
  let description = [{
    x (tokens, w), dy (batch, w), offsets (batch + 1) -> (tokens, w): dy[s] where the largest of a column stands first, 0 elsewhere.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealMatrix:$dy, NN_Offsets:$offsets);
  let results = (outs NN_RealMatrix:$dx);
  let assemblyFormat = "$x `,` $dy `,` $offsets attr-dict `:` functional-type(operands, results)";
}

def NN_ShiftOp : NN_Op<"shift", [NN_FromOtherRows, NN_HasRefAttributes], [NN_Infer]> {
  let summary = "the row that a recurrence came from";
  let description = [{
    x (tokens, w), offsets (batch + 1) [, initial (w) or (batch, w)] -> (tokens, w): y[t] = x[t - 1] of the same sequence, or x[t + 1]
    with `reverse`; where there is none, `initial`, or else 0.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_Offsets:$offsets, Optional<NN_Real>:$initial, UnitAttr:$reverse);
  let results = (outs NN_RealMatrix:$y);
  let assemblyFormat = "$x `,` $offsets (`from` $initial^)? (`reverse` $reverse^)? attr-dict `:` functional-type(operands, results)";
}

def NN_WindowGradientOp : NN_Op<"window_gradient", [NN_HasRefAttributes], [NN_Infer]> {
  let summary = "the gradient of a window";
  let description = [{
    dy (tokens, size w), offsets (batch + 1) -> (tokens, w): each piece of dy[t] is added to the row that it came from, `whole` windows'
    too.
  }];
  let arguments = (ins NN_RealMatrix:$dy, NN_Offsets:$offsets, I64Attr:$size, I64Attr:$before, UnitAttr:$whole);
  let results = (outs NN_RealMatrix:$dx);
  let assemblyFormat = "$dy `,` $offsets `size` $size `before` $before (`whole` $whole^)? attr-dict `:` type($dy) `,` type($offsets)";
}

def NN_AttentionGradientOp : NN_Op<"attention_gradient", [NN_HasRefAttributes], [NN_Infer, AttrSizedOperandSegments]> {
  let summary = "the gradient of attention";
  let description = [{
    Operands and attributes of nn.attention, its results out and lse, and the gradient dout of out -> dq, dk, dv, and the gradients of
    relative_keys, relative_values and relative_q, each of which is of no use where there is no such operand. Scores are computed again
    from q and k, so that what is kept of the forward pass is (tokens, heads), arXiv:2205.14135 section 3.1.
  }];
  let arguments = (ins NN_RealMatrix:$q, NN_RealMatrix:$k, NN_RealMatrix:$v, NN_Offsets:$offsets, Optional<NN_RealMatrix>:$relative_keys,
                       Optional<NN_RealMatrix>:$relative_values, Optional<NN_RealMatrix>:$relative_q, NN_RealMatrix:$out,
                       NN_RealMatrix:$lse, NN_RealMatrix:$dout, I64Attr:$heads, F64Attr:$scale, UnitAttr:$causal, I64Attr:$window);
  let results = (outs NN_RealMatrix:$dq, NN_RealMatrix:$dk, NN_RealMatrix:$dv, NN_RealMatrix:$drelative_keys,
                      NN_RealMatrix:$drelative_values, NN_RealMatrix:$drelative_q);
  let assemblyFormat = [{
    $q `,` $k `,` $v `,` $offsets (`keys` $relative_keys^)? (`values` $relative_values^)? (`by` $relative_q^)? `of` $out `,` $lse `,` $dout
    `heads` $heads `scale` $scale (`causal` $causal^)? `window` $window attr-dict `:` functional-type(operands, results)
  }];
}

def NN_RecurrenceGradientOp : NN_Op<"recurrence_gradient", [NN_HasRefAttributes], [NN_Infer, AttrSizedOperandSegments]> {
  let summary = "the gradient of a recurrence, against the direction of time";
  let description = [{
    Operands and attributes of nn.recurrence, its result y, and the gradients of y, h_n and c_n (or none) ->
    dgates (tokens, GH): of its operand gates;
    dproducts (tokens, GH): of the products of weight_hh, W h + bias; equal to dgates but for the third gate of a GRU with `reset` after;
    fed (tokens, H): what the last product of a step reads: r h of a GRU with reset_before, o tanh(c) of an LSTM with a projection;
    dprojected (tokens, P): of what the projection gives; equal to the gradient of h;
    dh_0 (batch, P), dc_0 (batch, H).
    So weights get theirs from sums over all tokens at once: weight_hh from dproducts and nn.shift of y. Cells and gates are computed again
    from gates and y.
  }];
  let arguments = (ins NN_Cell:$cell, NN_RealMatrix:$gates, NN_RealMatrix:$weight_hh, Optional<NN_RealVector>:$bias,
                       Optional<NN_RealMatrix>:$weight_hr, Optional<NN_Real>:$h_0, Optional<NN_Real>:$c_0, NN_Offsets:$offsets,
                       NN_RealMatrix:$y, Optional<NN_RealMatrix>:$dy, Optional<NN_RealMatrix>:$dh_n, Optional<NN_RealMatrix>:$dc_n,
                       UnitAttr:$reverse, UnitAttr:$reset_before, UnitAttr:$update_new, F64Attr:$cell_clip, F64Attr:$projection_clip);
  let results = (outs NN_RealMatrix:$dgates, NN_RealMatrix:$dproducts, NN_RealMatrix:$fed, NN_RealMatrix:$dprojected,
                      NN_RealMatrix:$dh_0, NN_RealMatrix:$dc_0);
  let assemblyFormat = [{
    $cell $gates `,` $weight_hh (`bias` $bias^)? (`projection` $weight_hr^)? (`from` $h_0^ (`and` $c_0^)?)? `,` $offsets `of` $y
    (`by` $dy^)? (`by_h` $dh_n^)? (`by_c` $dc_n^)? (`reverse` $reverse^)? (`reset_before` $reset_before^)? (`update_new` $update_new^)?
    `cell_clip` $cell_clip `projection_clip` $projection_clip attr-dict `:` functional-type(operands, results)
  }];
}

//===-------------------------------------------------------------------------------------------------------------------===//
// Losses: a number, and its gradient by what it judges
//===-------------------------------------------------------------------------------------------------------------------===//

def NN_CrossEntropyOp : NN_Op<"cross_entropy", [NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "cross entropy with labels";
  let description = [{
    x (n, L), labels (n) -> loss (1, 1), dx (n, L). With p = softmax(x): the mean over rows of -sum_j q[j] log p[j], q being 1 - smoothing at
    the label and smoothing / L more everywhere (arXiv:1512.00567 section 7). Rows whose label is L count for nothing: that is how a row
    is left out. dx = (p - q) / rows that count.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_Values:$labels, DefaultValuedAttr<F64Attr, "0.0">:$smoothing);
  let results = (outs NN_Number:$loss, NN_RealMatrix:$dx);
  let assemblyFormat = "$x `,` $labels (`smoothing` $smoothing^)? attr-dict `:` type($x) `,` type($labels)";
}

def NN_CrfLossOp : NN_Op<"crf_loss", [NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "negative log-likelihood of labels under a linear-chain conditional random field";
  let description = [{
    x (tokens, L), labels (tokens), offsets (batch + 1), transitions (L, L), start, end (L) -> loss (1, 1), dx (tokens, L), dtransitions,
    dstart, dend. Of each sequence, log Z - score, the score of a path being that of nn.viterbi and Z the sum of exp(score) over all paths;
    the loss is their mean over sequences, or over tokens with `by_token`. Gradients are expected counts less those of the labels, by the
    forward-backward algorithm. doi:10.5555/645530.655813 (Lafferty et al. 2001), section 4.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_Values:$labels, NN_Offsets:$offsets, NN_RealMatrix:$transitions, NN_RealVector:$start,
                       NN_RealVector:$end, UnitAttr:$by_token);
  let results = (outs NN_Number:$loss, NN_RealMatrix:$dx, NN_RealMatrix:$dtransitions, NN_RealVector:$dstart, NN_RealVector:$dend);
  let assemblyFormat = [{
    $x `,` $labels `,` $offsets `,` $transitions `,` $start `,` $end (`by_token` $by_token^)? attr-dict `:` functional-type(operands, results)
  }];
}

def NN_MeanSquareOp : NN_Op<"mean_square", [NN_HasGradient], [NN_Infer, AllTypesMatch<["x", "y"]>]> {
  let summary = "mean squared error";
  let description = [{ x, y (n, w) -> loss (1, 1) = sum (x - y)^2 / (n w), dx = 2 (x - y) / (n w), dy = -dx. }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealMatrix:$y);
  let results = (outs NN_Number:$loss, NN_RealMatrix:$dx, NN_RealMatrix:$dy);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x)";
}

def NN_SoftCrossEntropyOp : NN_Op<"soft_cross_entropy", [NN_HasRefAttributes, NN_HasGradient], [NN_Infer, AllTypesMatch<["x", "y"]>]> {
  let summary = "cross entropy with another model's scores";
  let description = [{
    x, y (n, L) -> loss (1, 1), dx (n, L). With p = softmax(x / T), q = softmax(y / T), T the temperature: T^2 times the mean over rows of
    -sum_j q[j] log p[j], or with `divergence` of sum_j q[j] (log q[j] - log p[j]). dx = T (p - q) / n. y gets no gradient: it is a
    teacher's. arXiv:1503.02531 section 2.
  }];
  let arguments = (ins NN_RealMatrix:$x, NN_RealMatrix:$y, DefaultValuedAttr<F64Attr, "1.0">:$temperature, UnitAttr:$divergence);
  let results = (outs NN_Number:$loss, NN_RealMatrix:$dx);
  let assemblyFormat = "$x `,` $y (`temperature` $temperature^)? (`divergence` $divergence^)? attr-dict `:` type($x)";
}

#endif // CLEW_NN_GRADIENT_OPS
