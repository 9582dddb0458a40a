// Dialect kernel: which library call or generated loop computes a piece of a graph. Ops have value semantics; every op says what it
// means in nn ops, so that conformance tests can hold one against the other. Storage comes later (clew-plan-buffers).
#ifndef CLEW_KERNEL_OPS
#define CLEW_KERNEL_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "compiler/nn/NNInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::clew::kernel";
  let summary = "library calls and fused loops";
  let description = [{
    The level between what a model means (dialect `nn`) and the steps of a Program: products with packed constants, attention and
    recurrence over packed sequences, and regions of row-wise nn ops that become one loop each.
  }];
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

/// An op that stands in a graph; `says`: what it tells passes of itself (compiler/nn/NNInterfaces.td).
class Kernel_GraphOp<string mnemonic, list<string> says, list<Trait> traits = []>
    : Kernel_Op<mnemonic, !listconcat([Pure, NN_GraphOp], traits)> {
  let extraClassDeclaration = !interleave(says, "");
}

def Kernel_Matrix : AnyTypeOf<[2DTensorOf<[F32, BF16, I32, UI8, I8]>], "matrix of rows">;

def Kernel_ConstantKind : I32EnumAttr<"ConstantKind", "how a constant is made from parameters", [
    I32EnumAttrCase<"Plain", 0, "plain">, I32EnumAttrCase<"Matmul", 1, "matmul">,
    I32EnumAttrCase<"Scales", 2, "scales">, I32EnumAttrCase<"ColumnSums", 3, "column_sums">,
    I32EnumAttrCase<"Recurrent", 4, "recurrent">, I32EnumAttrCase<"Derived", 5, "derived">]> {
  let cppNamespace = "::clew::kernel";
}

def Kernel_ConstantOp : Kernel_Op<"constant", [Symbol]> {
  let summary = "a constant made from parameters when weights are loaded";
  let description = [{
    `sources` name nn.parameters whose rows are stacked; the type is that of the stacked tensor, with the element type it is kept in.
    Kinds are those of clew::ConstantKind (runtime/program/Program.h). Of a derived one `sources` name constants, to which runtime/ref
    applies the op that `made` names, with `settings` as its attributes. A product's weight may be made of constants, too: `made` is "stack"
    then, and puts them one below the other. `gates`, of a recurrent one, are how many matrices of as many
    rows stand one below the other in it.

    ```mlir
    kernel.constant @matmul_0 matmul ["layer.0.query.weight", "layer.0.key.weight"] : tensor<1536x768xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Kernel_ConstantKind:$kind, StrArrayAttr:$sources, TypeAttr:$type,
                       OptionalAttr<StrAttr>:$made, OptionalAttr<DictionaryAttr>:$settings,
                       DefaultValuedAttr<I64Attr, "0">:$gates);
  let assemblyFormat = "$sym_name $kind $sources (`by` $made^ $settings)? `:` $type attr-dict";
}

def Kernel_UseOp : Kernel_GraphOp<"use", [], [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "reads a constant";
  let arguments = (ins FlatSymbolRefAttr:$constant);
  let results = (outs AnyRankedTensor:$value);
  let assemblyFormat = "$constant attr-dict `:` type($value)";
}

def Kernel_GemmOp : Kernel_GraphOp<"gemm", [], [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "product of rows with a packed constant";
  let description = [{
    y (rows x N) = x (rows x K) W^T, W a `matmul` constant of type NxK. f32 and bf16 give f32 and may add a bias constant;
    ui8 activations (value + 128), or i8 ones, with i8 weights give i32. In nn: `nn.linear`.

    ```mlir
    %y = kernel.gemm %x, @matmul_0 bias @plain_1 : tensor<?x768xf32> -> tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins Kernel_Matrix:$x, FlatSymbolRefAttr:$weight, OptionalAttr<FlatSymbolRefAttr>:$bias);
  let results = (outs Kernel_Matrix:$y);
  let assemblyFormat = "$x `,` $weight (`bias` $bias^)? attr-dict `:` type($x) `->` type($y)";
}

def Kernel_QuantizeOp : Kernel_GraphOp<"quantize", [NN_RowWise]> {
  let summary = "row-wise symmetric quantization, signed or shifted to unsigned";
  let description = [{
    q = round_half_even(x / scale), scale = max|x| / 127 of the row (0 for a row of zeros, whose q are 0). In nn: `nn.quantize`. Of type ui8 it
    is q + 128, which the unsigned-by-signed product instruction of CPUs wants.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$x);
  let results = (outs 2DTensorOf<[UI8, I8]>:$q, 2DTensorOf<[F32]>:$scale);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($q) `,` type($scale)";
}

def Kernel_DequantizeOp : Kernel_GraphOp<"dequantize", [NN_RowWise]> {
  let summary = "undoes quantization after an integer product";
  let description = [{
    y = (acc - 128 column_sum) row_scale column_scale, without the column sums where activations were signed. In nn: `nn.dequantize` of
    the signed product.
  }];
  let arguments = (ins 2DTensorOf<[I32]>:$acc, 2DTensorOf<[F32]>:$row_scale, 1DTensorOf<[F32]>:$column_scale,
                       Optional<1DTensorOf<[I32]>>:$column_sum);
  let results = (outs 2DTensorOf<[F32]>:$y);
  let assemblyFormat = "$acc `,` $row_scale `,` $column_scale (`,` $column_sum^)? attr-dict `:` functional-type(operands, results)";
}

def Kernel_AttentionOp : Kernel_GraphOp<"attention", [], [AttrSizedOperandSegments]> {
  let summary = "attention inside packed sequences, operands as columns of wider buffers";
  let description = [{
    q, k, v are columns q_at.., k_at.., v_at.. of their operands; q and k have heads * key_size columns, v as many as the result. With
    `bf16` they are rounded to bf16 first, and so are the tables of relative positions and of segments, relative_q and segment_q, which begin at
    relative_q_at and segment_q_at; biases are not. In nn: slices, casts if `bf16`, and `nn.attention`.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$q, 2DTensorOf<[F32]>:$k, 2DTensorOf<[F32]>:$v, 1DTensorOf<[I32]>:$offsets,
                       Optional<2DTensorOf<[F32]>>:$relative_keys, Optional<2DTensorOf<[F32]>>:$relative_values,
                       Optional<2DTensorOf<[F32]>>:$relative_q, Optional<2DTensorOf<[F32]>>:$relative_biases,
                       Optional<1DTensorOf<[I32]>>:$segments, Optional<2DTensorOf<[F32]>>:$segment_keys,
                       Optional<2DTensorOf<[F32]>>:$segment_q, DefaultValuedAttr<I64Attr, "0">:$relative_q_at,
                       DefaultValuedAttr<I64Attr, "0">:$segment_q_at, I64Attr:$heads, I64Attr:$key_size, F64Attr:$scale, I64Attr:$q_at, I64Attr:$k_at, I64Attr:$v_at, UnitAttr:$bf16,
                       UnitAttr:$causal, DefaultValuedAttr<I64Attr, "0">:$window);
  let results = (outs 2DTensorOf<[F32]>:$y);
  let assemblyFormat = "$q `[` $q_at `]` `,` $k `[` $k_at `]` `,` $v `[` $v_at `]` `,` $offsets (`keys` $relative_keys^)? (`values` $relative_values^)? (`by` $relative_q^)? (`biases` $relative_biases^)? (`segments` $segments^ `,` $segment_keys)? (`met` `by` $segment_q^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_RecurrenceOp : Kernel_GraphOp<"recurrence", []> {
  let summary = "LSTM or GRU cells of one or two directions over packed sequences";
  let description = [{
    Direction d reads gates (input bias included) at columns gates_at[d].. of `gates`, runs with its recurrent weights forwards, or backwards
    if reverse[d], and writes columns d*outputs.. of the result, `outputs` being the projection's rows, or `hidden` where there is none
    (`projection` 0). `weights`: per direction a `recurrent` constant, for i8 also scales and column sums, then the same of the projection,
    for a GRU then its bias. `initial`: per direction h_0 and, of an LSTM, c_0, or nothing. `cells`, of an LSTM, is c after each token,
    columns d*hidden.. for direction d. In nn: slices, `nn.recurrence` and `nn.concat`.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$gates, 1DTensorOf<[I32]>:$offsets, Variadic<TensorRankOf<[F32], [1, 2]>>:$initial,
                       FlatSymbolRefArrayAttr:$weights, I64Attr:$hidden, DenseI64ArrayAttr:$gates_at, DenseBoolArrayAttr:$reverse,
                       UnitAttr:$gru, UnitAttr:$reset_before, UnitAttr:$update_new, DefaultValuedAttr<I64Attr, "0">:$projection,
                       DefaultValuedAttr<F64Attr, "0.0">:$cell_clip, DefaultValuedAttr<F64Attr, "0.0">:$projection_clip);
  let results = (outs 2DTensorOf<[F32]>:$y, Optional<2DTensorOf<[F32]>>:$cells);
  let assemblyFormat = "$gates `,` $offsets (`from` $initial^)? `,` $weights attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_ViterbiOp : Kernel_GraphOp<"viterbi", []> {
  let summary = "the best path of labels through each packed sequence";
  let description = [{ In nn: `nn.viterbi`, whose parameters are constants here; `moves` is a clew::LabelMoves. }];
  let arguments = (ins 2DTensorOf<[F32]>:$x, 1DTensorOf<[I32]>:$offsets, 2DTensorOf<[F32]>:$transitions, 1DTensorOf<[F32]>:$start,
                       1DTensorOf<[F32]>:$end, DefaultValuedAttr<I64Attr, "0">:$moves);
  let results = (outs 2DTensorOf<[F32]>:$y);
  let assemblyFormat = "$x `,` $offsets `,` $transitions `,` $start `,` $end attr-dict `:` functional-type(operands, results)";
}

def Kernel_WindowOp : Kernel_GraphOp<"window", [NN_FromOtherRows]> {
  let summary = "each token beside its neighbours";
  let description = [{ In nn: `nn.window`. Tokens find the ends of their sequence by `positions` and the number of tokens, the first of `counts`. }];
  let arguments = (ins 2DTensorOf<[F32, BF16]>:$x, 1DTensorOf<[I32]>:$positions, 1DTensorOf<[I32]>:$counts, I64Attr:$size,
                       I64Attr:$before, UnitAttr:$whole);
  let results = (outs 2DTensorOf<[F32, BF16]>:$y);
  let assemblyFormat = "$x `,` $positions `,` $counts `size` $size `before` $before (`whole` $whole^)? attr-dict `:` functional-type(operands, results)";
}

def Kernel_WindowSumOp : Kernel_GraphOp<"window_sum", [NN_FromOtherRows]> {
  let summary = "pieces of neighbouring tokens, added up";
  let description = [{
    y[t] = sum over k < size of piece k of x[t + before - k], tokens of the same sequence alone; piece k are columns
    x_at + k w .. of x, w those of y. In nn: `nn.window_gradient` of a slice.
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$x, 1DTensorOf<[I32]>:$positions, 1DTensorOf<[I32]>:$counts, I64Attr:$size, I64Attr:$before,
                       I64Attr:$x_at);
  let results = (outs 2DTensorOf<[F32]>:$y);
  let assemblyFormat = "$x `[` $x_at `]` `,` $positions `,` $counts `size` $size `before` $before attr-dict `:` functional-type(operands, results)";
}

def Kernel_RowsOp : Kernel_GraphOp<"rows", [], [IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "row-wise nn ops that become one generated loop";
  let description = [{
    Each row of the results depends on the same row of the matrix operands, on vectors and tables, and on index operands. The body is the meaning.

    ```mlir
    %y = kernel.rows(%x, %r) : (tensor<?x768xf32>, tensor<?x768xf32>) -> tensor<?x768xf32> {
    ^bb0(%a: tensor<?x768xf32>, %b: tensor<?x768xf32>):
      %s = nn.add %a, %b : ...
      kernel.yield %s : tensor<?x768xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$operands_);
  let results = (outs Variadic<AnyRankedTensor>:$results_);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $operands_ `)` attr-dict-with-keyword `:` functional-type($operands_, $results_) $body";
  let hasVerifier = 1;
}

def Kernel_ChainOp : Kernel_GraphOp<"chain", [], [IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "row-local products and loops that a block of rows runs through on one thread";
  let arguments = (ins Variadic<AnyRankedTensor>:$operands_);
  let results = (outs Variadic<AnyRankedTensor>:$results_);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $operands_ `)` attr-dict-with-keyword `:` functional-type($operands_, $results_) $body";
  let hasVerifier = 1;
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["RowsOp", "ChainOp"]>]> {
  let summary = "ends the body of kernel.rows and kernel.chain";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ }]>];
}

#endif // CLEW_KERNEL_OPS
