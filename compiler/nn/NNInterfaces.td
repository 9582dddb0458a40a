// GraphOp: what passes and tools ask of an op, so that each op says it of itself and no list of ops has to be kept elsewhere.
#ifndef CLEW_NN_INTERFACES
#define CLEW_NN_INTERFACES

include "mlir/IR/OpBase.td"

def NN_GraphOp : OpInterface<"GraphOp"> {
  let cppNamespace = "::clew::nn";
  let description = [{
    Every op of a graph, in the dialects nn and kernel. `extentOf` has no default: an op that does not say what its rows run over does not
    compile.
  }];
  let methods = [
    InterfaceMethod<"What the rows of result `number` run over; fails with a diagnostic where an operand's rows are unknown.",
      "::llvm::FailureOr<::clew::nn::RowExtent>", "extentOf", (ins "unsigned":$number)>,
    InterfaceMethod<"Each row of the results is computed from the same row of the matrix operands, from vectors and tables, or from a row "
                    "that an index operand names: such ops share loops.",
      "bool", "isRowWise", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Its operands are read at other rows than those of its result: they must be complete before it runs.",
      "bool", "readsOtherRows", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Each element of the result is computed from the same elements of the operands (a vector's repeat for every row): a "
                    "loop may write over what it reads.",
      "bool", "isElementWise", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Multiply-adds of its products for one sequence of `tokens` tokens; element-wise work is not counted.",
      "int64_t", "multiplyAdds", (ins "int64_t":$tokens), "", [{ return 0; }]>,
    InterfaceMethod<"Its attributes as runtime/ref/RefOps.h writes them.",
      "::clew::nn::RefAttributes", "refAttributes", (ins), "", [{ return {}; }]>,
  ];
}

// What an op says: its definition lists these.

/// Rows of every result are those of the first operand.
defvar NN_RowsOfFirst = [{
  ::llvm::FailureOr<::clew::nn::RowExtent> extentOf(unsigned) { return ::clew::nn::rowExtent(getOperation()->getOperand(0)); }
}];
/// The first result has a row for each token, like the first operand; the others one for each sequence.
defvar NN_RowsOfFirstThenBatch = [{
  ::llvm::FailureOr<::clew::nn::RowExtent> extentOf(unsigned number) {
    return number == 0 ? ::clew::nn::rowExtent(getOperation()->getOperand(0)) : ::clew::nn::RowExtent::Batch;
  }
}];
class NN_Rows<string extent> {
  string says = !strconcat("::llvm::FailureOr<::clew::nn::RowExtent> extentOf(unsigned) { return ::clew::nn::RowExtent::", extent, "; }\n");
}
defvar NN_RowsOfTokens = NN_Rows<"Tokens">.says;
defvar NN_RowsOfBatch = NN_Rows<"Batch">.says;
defvar NN_RowsFixed = NN_Rows<"Fixed">.says;

defvar NN_RowWise = "bool isRowWise() { return true; }\n";
/// One loop over rows of the result, each from several rows of the operands.
defvar NN_FromOtherRows = "bool isRowWise() { return true; }\nbool readsOtherRows() { return true; }\n";
defvar NN_EachElement = "bool isRowWise() { return true; }\nbool isElementWise() { return true; }\n";
defvar NN_CountsProducts = "int64_t multiplyAdds(int64_t tokens);\n";
defvar NN_HasRefAttributes = "::clew::nn::RefAttributes refAttributes();\n";

#endif // CLEW_NN_INTERFACES
