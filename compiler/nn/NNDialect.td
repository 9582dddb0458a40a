// The dialect nn and the types and base classes of its ops. Ops that a model may use are in NNOps.td and
// NNColumnOps.td, ops that only passes make in NNLoweredOps.td, and those of training in NNGradientOps.td.
#ifndef CLEW_NN_DIALECT
#define CLEW_NN_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "compiler/nn/NNInterfaces.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::clew::nn";
  let summary = "what a language model means";
  let description = [{
    Small ops with value semantics. A batch is packed: the tokens of all its sequences stand one after the other, and `offsets` (batch + 1
    elements) says where each sequence begins; there is no padding. So the leading dimension of a value is dynamic, and the others are
    static. What the rows run over is a level: the batch's sequences, their tokens, the characters of those. It belongs to the type:
    `tensor<?x768xf32, #nn.of<"tokens">>`, and where the elements of a level stand in those of the one above is said by offsets of the type
    `tensor<?xi32, #nn.offsets<"tokens", "batch">>`. So a sum of tokens and sequences is a type error. Values are tensors of rank two,
    (rows, columns); vectors of parameters have rank one.

    Weights are symbols: `nn.parameter` declares one, `nn.get` reads it. A graph is a `func.func @main` whose arguments carry
    `nn.input`, the name by which a batch brings them, and, of values, `nn.limit` (i64: they are below), `nn.optional` (zeros if a batch
    has none) and `nn.at` (the level of whose elements each is one: a batch says which in what holds both, the graph reads which in the
    batch), of offsets `nn.most` (i64: elements that one of the level above may have). Its results carry `nn.output` ("hidden",
    "pooled", ...). An argument with `nn.carried` in place of `nn.input`, f32 with a row for each sequence, holds what the result of that
    `nn.carried` was for the batch before, zeros at first. The module carries `nn.model`. Once clew-to-kernel has run, an argument may carry `nn.derived` instead of
    `nn.input`: "positions" of its level, which the runtime makes.
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
}

class NN_Encoding<string name, string attrMnemonic>
    : AttrDef<NN_Dialect, name, [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = attrMnemonic;
}

def NN_LevelAttr : NN_Encoding<"Level", "of"> {
  let summary = "the rows of a tensor are the elements of this level";
  let description = [{ `tensor<?x768xf32, #nn.of<"tokens">>`. The root of all levels, the sequences of a batch, is called "batch". }];
  let parameters = (ins StringRefParameter<"the level">:$name);
  let assemblyFormat = "`<` $name `>`";
}

def NN_OffsetsAttr : NN_Encoding<"Offsets", "offsets"> {
  let summary = "says where the elements of a level stand in those of another";
  let description = [{
    `tensor<?xi32, #nn.offsets<"tokens", "batch">>`: for each element of "batch" its first of "tokens", then the number of "tokens".
  }];
  let parameters = (ins StringRefParameter<"what is cut">:$level, StringRefParameter<"what holds the pieces">:$parent);
  let assemblyFormat = "`<` $level `,` $parent `>`";
}

/// `says`: what it tells passes of itself (NNInterfaces.td).
class NN_Op<string mnemonic, list<string> says, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure, NN_GraphOp], traits)> {
  let extraClassDeclaration = !interleave(says, "");
}

/// Result types follow from operands and attributes; the checks of an op are made where its types are inferred, so that building,
/// parsing and importing report the same words.
defvar NN_Infer = InferTypeOpAdaptor;

/// ids, segments, positions: one number for each element of a level.
def NN_Values : Type<CPred<"::clew::nn::isValues($_self)">, "tensor<?xi32> of a level", "::mlir::RankedTensorType">;
def NN_Offsets : Type<CPred<"::clew::nn::cutOf($_self)">, "tensor<?xi32> of offsets", "::mlir::RankedTensorType">;
def NN_Float : AnyTypeOf<[F32, F64, BF16]>;
def NN_Matrix : 2DTensorOf<[F32, F64, BF16]>;
def NN_Vector : 1DTensorOf<[F32, F64, BF16]>;
/// A matrix of values, or a vector or matrix of parameters.
def NN_Tensor : TensorRankOf<[F32, F64, BF16], [1, 2]>;

/// A matrix like x, from each row of x.
class NN_Unary<string mnemonic, list<string> says>
    : NN_Op<mnemonic, says, [SameOperandsAndResultType]> {
  let arguments = (ins NN_Matrix:$x);
  let results = (outs NN_Matrix:$y);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

/// Works on each element. What it needs elsewhere: CONTRIBUTING.md, "What adding a thing costs".
class NN_Elementwise<string mnemonic> : NN_Unary<mnemonic, [NN_EachElement, NN_ActivationGradient]>;

#endif // CLEW_NN_DIALECT
