// GraphOp: what passes and tools ask of an op, so that each op says it of itself and no list of ops has to be kept elsewhere.
#ifndef CLEW_NN_INTERFACES
#define CLEW_NN_INTERFACES

include "mlir/IR/OpBase.td"

def NN_GraphOp : OpInterface<"GraphOp"> {
  let cppNamespace = "::clew::nn";
  let description = [{
    Every op of a graph, in the dialects nn and kernel. What the rows of a value run over stands in its type (NNDialect.td).
  }];
  let methods = [
    InterfaceMethod<"Each row of the results is computed from the same row of the matrix operands, from vectors and tables, or from a row "
                    "that an index operand names: such ops share loops.",
      "bool", "isRowWise", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Its operands are read at other rows than those of its result: they must be complete before it runs.",
      "bool", "readsOtherRows", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Each element of the result is computed from the same elements of the operands (a vector's repeat for every row): a "
                    "loop may write over what it reads.",
      "bool", "isElementWise", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Multiply-adds of its products for as many elements of each level as `counts` says; element-wise work is not counted.",
      "int64_t", "multiplyAdds", (ins "const ::clew::nn::LevelCounts &":$counts), "", [{ return 0; }]>,
    InterfaceMethod<"Its attributes as runtime/ref/RefOps.h writes them.",
      "::clew::nn::RefAttributes", "refAttributes", (ins), "", [{ return {}; }]>,
    InterfaceMethod<"Adds to the gradients of its operands what those of its results come to (Gradients.h). Fails if it has no gradient.",
      "::llvm::LogicalResult", "differentiate", (ins "::clew::nn::Gradients &":$gradients), "", [{ return ::llvm::failure(); }]>,
  ];
}

// What an op says: its definition lists these.

defvar NN_RowWise = "bool isRowWise() { return true; }\n";
/// One loop over rows of the result, each from several rows of the operands.
defvar NN_FromOtherRows = "bool isRowWise() { return true; }\nbool readsOtherRows() { return true; }\n";
defvar NN_EachElement = "bool isRowWise() { return true; }\nbool isElementWise() { return true; }\n";
defvar NN_CountsProducts = "int64_t multiplyAdds(const ::clew::nn::LevelCounts &counts);\n";
defvar NN_HasGradient = "::llvm::LogicalResult differentiate(::clew::nn::Gradients &gradients);\n";
defvar NN_ActivationGradient = "::llvm::LogicalResult differentiate(::clew::nn::Gradients &gradients) "
                               "{ return ::clew::nn::differentiateActivation(*this, gradients); }\n";
defvar NN_HasRefAttributes = "::clew::nn::RefAttributes refAttributes();\n";

#endif // CLEW_NN_INTERFACES
