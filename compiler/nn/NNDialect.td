// The dialect nn and the types and base classes of its ops. Ops that a model may use are in NNOps.td, ops that only passes make in
// NNLoweredOps.td.
#ifndef CLEW_NN_DIALECT
#define CLEW_NN_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "compiler/nn/NNInterfaces.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::clew::nn";
  let summary = "what a language model means";
  let description = [{
    Small ops with value semantics. A batch is packed: the tokens of all its sequences stand one after the other, and `offsets`
    (tensor<?xi32>, batch + 1 elements) says where each sequence begins; there is no padding. So the leading dimension of a value is
    dynamic (tokens, or sequences), and the others are static. Values are tensors of rank two, (rows, columns); vectors of parameters
    have rank one.

    Weights are symbols: `nn.parameter` declares one, `nn.get` reads it. A graph is a `func.func @main` whose arguments carry
    `nn.input` ("ids", "segments", "offsets", or "positions" once clew-to-kernel has run) and whose results carry `nn.output` ("hidden", "pooled", ...). What else a Program has
    to know about the model stands in attributes of the module: `nn.model`, `nn.vocabulary`, `nn.max_length`, `nn.segments`.
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

/// `says`: what it tells passes of itself (NNInterfaces.td).
class NN_Op<string mnemonic, list<string> says, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure, NN_GraphOp], traits)> {
  let extraClassDeclaration = !interleave(says, "");
}

/// Result types follow from operands and attributes; the checks of an op are made where its types are inferred, so that building,
/// parsing and importing report the same words.
defvar NN_Infer = InferTypeOpAdaptor;

/// ids, segments, offsets, positions: always tensor<?xi32>, so assembly need not say it.
def NN_Index : Type<CPred<"::clew::nn::isIndexVector($_self)">, "tensor<?xi32>", "::mlir::RankedTensorType">,
               BuildableType<"::mlir::RankedTensorType::get({::mlir::ShapedType::kDynamic}, $_builder.getI32Type())">;
def NN_Float : AnyTypeOf<[F32, F64, BF16]>;
def NN_Matrix : 2DTensorOf<[F32, F64, BF16]>;
def NN_Vector : 1DTensorOf<[F32, F64, BF16]>;
/// A matrix of values, or a vector or matrix of parameters.
def NN_Tensor : TensorRankOf<[F32, F64, BF16], [1, 2]>;

/// A matrix like x, from each row of x.
class NN_Unary<string mnemonic, list<string> says>
    : NN_Op<mnemonic, !listconcat([NN_RowsOfFirst], says), [SameOperandsAndResultType]> {
  let arguments = (ins NN_Matrix:$x);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

/// Works on each element. What it needs elsewhere: CONTRIBUTING.md, "What adding a thing costs".
class NN_Elementwise<string mnemonic> : NN_Unary<mnemonic, [NN_EachElement]>;

#endif // CLEW_NN_DIALECT
