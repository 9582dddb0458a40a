// Ops of the dialect nn that move columns and compute nothing; models use them, and passes do.
#ifndef CLEW_NN_COLUMN_OPS
#define CLEW_NN_COLUMN_OPS

include "compiler/nn/NNDialect.td"

def NN_ConcatOp : NN_Op<"concat", [NN_RowWise, NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "puts tensors side by side, or one below the other";
  let description = [{
    Along axis 1: matrices (n, a), (n, b), ... -> (n, a + b + ...). Along axis 0: parameters (a, w), (b, w), ... -> (a + b + ..., w), or
    vectors (a), (b), ... -> (a + b + ...). All have one element type.

    ```mlir
    %y = nn.concat %x0, %x1 axis 1 : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<?x5xf32>
    ```
  }];
  let arguments = (ins Variadic<TensorRankOf<[F32, F64, BF16, I8], [1, 2]>>:$inputs, I64Attr:$axis);
  let results = (outs TensorRankOf<[F32, F64, BF16, I8], [1, 2]>:$y);
  let assemblyFormat = "$inputs `axis` $axis attr-dict `:` functional-type($inputs, $y)";
  let hasFolder = 1;
}

def NN_SliceOp : NN_Op<"slice", [NN_RowWise, NN_HasRefAttributes, NN_HasGradient], [NN_Infer]> {
  let summary = "some neighbouring columns";
  let description = [{
    x (n, w) -> (n, width): columns begin .. begin + width of x. A vector gives those elements.

    ```mlir
    %q = nn.slice %qkv[0, 768] : tensor<?x2304xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$x, I64Attr:$begin, I64Attr:$width);
  let results = (outs NN_Tensor:$y);
  let assemblyFormat = "$x `[` $begin `,` $width `]` attr-dict `:` type($x)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

#endif // CLEW_NN_COLUMN_OPS
