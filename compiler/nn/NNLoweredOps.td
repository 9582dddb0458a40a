// The ops of the dialect nn that passes make: no model may use them, runtime/ref computes them like the others.
#ifndef CLEW_NN_LOWERED_OPS
#define CLEW_NN_LOWERED_OPS

include "compiler/nn/NNDialect.td"

def NN_CastOp : NN_Op<"cast", [NN_RowWise, NN_HasGradient]> {
  let summary = "changes the element type";
  let description = [{
    Widening is exact, narrowing rounds to nearest, ties to even; NaN stays NaN.

    ```mlir
    %h = nn.cast %x : tensor<?x768xf32> to tensor<?x768xbf16>
    ```
  }];
  let arguments = (ins NN_Tensor:$x);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` type($x) `to` type($y)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_QuantizeOp : NN_Op<"quantize", [], [NN_Infer]> {
  let summary = "symmetric quantization of each row";
  let description = [{
    x (n, w) -> q i8 (n, w), scale f32 (n, 1): scale = max |row| / 127, q = x / scale rounded half to even. A row of zeros has scale 0 and
    q 0; a row with NaN or infinity has scale NaN and q 0, so that it stays a NaN and its neighbours do not. On activations a row is a
    token, on weights an output channel.
  }];
  let arguments = (ins NN_Matrix:$x);
  let results = (outs 2DTensorOf<[I8]>:$q, 2DTensorOf<[F32]>:$scale);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def NN_DequantizeOp : NN_Op<"dequantize", [], [NN_Infer]> {
  let summary = "brings the scales back after an integer product";
  let description = [{
    acc i32 (n, N), row_scale (n, 1), column_scale (N, 1) -> f32 (n, N): y[i, j] = acc[i, j] row_scale[i] column_scale[j].
  }];
  let arguments = (ins 2DTensorOf<[I32]>:$acc, 2DTensorOf<[F32]>:$row_scale, 2DTensorOf<[F32]>:$column_scale);
  let results = (outs 2DTensorOf<[F32]>:$y);
  let assemblyFormat = "$acc `,` $row_scale `,` $column_scale attr-dict `:` functional-type(operands, results)";
}

def NN_Cell : I32EnumAttr<"Cell", "what a recurrence computes for one token", [
    I32EnumAttrCase<"Lstm", 0, "lstm">, I32EnumAttrCase<"Gru", 1, "gru">]> {
  let cppNamespace = "::clew::nn";
}

def NN_RecurrenceOp : NN_Op<"recurrence", [NN_CountsProducts, NN_HasRefAttributes, NN_HasGradient],
                            [NN_Infer, AttrSizedOperandSegments]> {
  let summary = "the part of an LSTM or GRU that runs token by token";
  let description = [{
    gates (tokens, GH) = x W_ih^T + b, weight_hh (GH, P), offsets (batch + 1) -> y (tokens, P), h_n (batch, P), c_n (batch, H), with the
    cells of nn.lstm (G = 4, with its `projection` (P, H), or P = H) or nn.gru (G = 3, P = H, with `bias` (3H) = its bias_hh; c_n is
    h_n), and their `from` and attributes. Before each product, what is multiplied with the weights - h, o tanh(c) where it is projected,
    r h where it is reset - is rounded to bf16 if weight_hh is bf16; if it is i8, with its `scales` (GH, 1), it is quantized as
    nn.quantize does, a row being a sequence. The projection has the element type of weight_hh and, if that is i8, scales (P, 1). c, and
    the h that a GRU keeps, are never rounded. Results without a use are not computed.

    ```mlir
    %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets reverse : (...) -> (...)
    ```
  }];
  let arguments = (ins NN_Cell:$cell, 2DTensorOf<[F32, F64]>:$gates, 2DTensorOf<[F32, F64, BF16, I8]>:$weight_hh,
                       Optional<2DTensorOf<[F32]>>:$scales, Optional<1DTensorOf<[F32, F64]>>:$bias,
                       Optional<2DTensorOf<[F32, F64, BF16, I8]>>:$weight_hr, Optional<2DTensorOf<[F32]>>:$projection_scales,
                       Optional<TensorRankOf<[F32, F64], [1, 2]>>:$h_0, Optional<TensorRankOf<[F32, F64], [1, 2]>>:$c_0,
                       NN_Offsets:$offsets, UnitAttr:$reverse, UnitAttr:$reset_before, UnitAttr:$update_new,
                       DefaultValuedAttr<F64Attr, "0.0">:$cell_clip, DefaultValuedAttr<F64Attr, "0.0">:$projection_clip);
  let results = (outs 2DTensorOf<[F32, F64]>:$y, 2DTensorOf<[F32, F64]>:$h_n, 2DTensorOf<[F32, F64]>:$c_n);
  let assemblyFormat = [{
    $cell $gates `,` $weight_hh (`scales` $scales^)? (`bias` $bias^)? (`projection` $weight_hr^ (`scales` $projection_scales^)?)?
    (`from` $h_0^ (`and` $c_0^)?)? `,` $offsets (`reverse` $reverse^)? (`reset_before` $reset_before^)? (`update_new` $update_new^)?
    (`cell_clip` $cell_clip^)? (`projection_clip` $projection_clip^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // CLEW_NN_LOWERED_OPS
