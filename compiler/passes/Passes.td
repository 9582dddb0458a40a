// The passes of Clew. A pass has one name: FuseEpiloguePass here, FuseEpilogue.cpp, clew-fuse-epilogue, tests/compiler/passes/fuse_epilogue.mlir.
// What a description shows before and after is what that test checks. The order of the passes is in Pipeline.cpp.
#ifndef CLEW_PASSES
#define CLEW_PASSES

include "mlir/Pass/PassBase.td"

def TrainingPass : Pass<"clew-training", "::mlir::func::FuncOp"> {
  let summary = "makes dropout drop";
  let description = [{
    What `clew-inference` removes gets its bits.

    ```mlir
    %1 = nn.dropout %0 rate 1.000000e-01 site 3 : tensor<?x8xf32, #nn.of<"tokens">>
    // becomes
    %bits = nn.random : tensor<4xi32>
    %1 = nn.drop %0, %bits rate 1.000000e-01 site 3 : tensor<?x8xf32, #nn.of<"tokens">>, tensor<4xi32>
    ```
  }];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def DifferentiatePass : Pass<"clew-differentiate", "::mlir::func::FuncOp"> {
  let summary = "adds the gradients of the output `loss` by every parameter that is not frozen";
  let description = [{
    The graph is walked from the loss backwards; each op says what the gradients of its results give to its operands
    (compiler/nn/GradientRules.cpp). What it needs of the forward pass it reads: values are kept, except for attention's scores and a
    recurrence's cells, which are computed again.

    ```mlir
    %w = nn.get @w : tensor<3x8xf32>
    %x = nn.linear %h, %w : (tensor<?x8xf32, #nn.of<"batch">>, tensor<3x8xf32>) -> tensor<?x3xf32, #nn.of<"batch">>
    %loss, %dx = nn.cross_entropy %x, %labels : tensor<?x3xf32, #nn.of<"batch">>, tensor<?xi32, #nn.of<"batch">>
    // then has
    %dw = nn.outer_sum %dx, %h : (tensor<?x3xf32, #nn.of<"batch">>, tensor<?x8xf32, #nn.of<"batch">>) -> tensor<3x8xf32>
    nn.accumulate @w, %dw : tensor<3x8xf32>
    ```
  }];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def InferencePass : Pass<"clew-inference", "::mlir::func::FuncOp"> {
  let summary = "removes what only training needs";
  let description = [{
    Dropout passes its operand on.

    ```mlir
    %1 = nn.dropout %0 rate 1.000000e-01 site 0 : tensor<?x8xf32>
    %2 = nn.gelu %1 : tensor<?x8xf32>
    // becomes
    %1 = nn.gelu %0 : tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def LowerCellsPass : Pass<"clew-lower-cells", "::mlir::func::FuncOp"> {
  let summary = "takes the products with the input out of the recurrence";
  let description = [{
    x W_ih^T + b needs no earlier step: it is one product over all tokens, and only U h stays inside. LSTM and GRU become one op.

    ```mlir
    %y, %h, %c = nn.lstm %x, %offsets, %w_ih, %w_hh, %b reverse : ...
    // becomes
    %gates = nn.linear %x, %w_ih, %b : ...
    %y, %h, %c = nn.recurrence lstm %gates, %w_hh, %offsets reverse : ...
    ```
  }];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def SplitWindowsPass : Pass<"clew-split-windows", "::mlir::func::FuncOp"> {
  let summary = "linears of windows multiply each token once, and add up what neighbours give";
  let description = [{
    Where a linear's width is at most that of a token, windows are at most of 16 tokens, and nothing else reads them. What belongs to one
    row of the window stands together in the weight, the last row first, which the adjoint of a window wants.

    ```mlir
    %0 = nn.window %x, %o size 2 before 1 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
    %1 = nn.linear %0, %w bias %b : (tensor<?x8xf32, #tokens>, tensor<3x8xf32>, tensor<3xf32>) -> tensor<?x3xf32, #tokens>
    // becomes
    %0 = nn.slice %w[4, 4] : tensor<3x8xf32>
    %1 = nn.slice %w[0, 4] : tensor<3x8xf32>
    %2 = nn.concat %0, %1 axis 0 : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<6x4xf32>
    %3 = nn.linear %x, %2 : (tensor<?x4xf32, #tokens>, tensor<6x4xf32>) -> tensor<?x6xf32, #tokens>
    %4 = nn.window_gradient %3, %o size 2 before 0 : tensor<?x6xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
    %5 = nn.add %4, %b : tensor<?x3xf32, #tokens>, tensor<3xf32>
    ```
  }];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def MergeLinearPass : Pass<"clew-merge-linear", "::mlir::func::FuncOp"> {
  let summary = "makes one product of linears that read one value";
  let description = [{
    Weights and biases are parameters and lie one below the other; the results are columns of one product. It merges Q, K and V, and both
    directions of an LSTM. A linear stays alone if its weight or bias is not read straight from a parameter, and those with a bias do
    not merge with those without.

    ```mlir
    %q = nn.linear %x, %wq, %bq : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %k = nn.linear %x, %wk, %bk : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    // becomes
    %w = nn.concat %wq, %wk axis 0 : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<16x8xf32>
    %b = nn.concat %bq, %bk axis 0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<16xf32>
    %y = nn.linear %x, %w, %b : (tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32>
    %q = nn.slice %y[0, 8] : tensor<?x16xf32>
    %k = nn.slice %y[8, 8] : tensor<?x16xf32>
    ```
  }];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def PrecisionPass : Pass<"clew-precision", "::mlir::func::FuncOp"> {
  let summary = "sets the element types of products";
  let description = [{
    bf16: both operands of a linear, and the recurrent weights of a recurrence, are cast; sums stay f32. s8: activations are quantized a
    row, weights an output channel at a time, the i32 sums are brought back before the bias is added; a recurrence gets i8 weights and
    their scales. Both: q, k and v of an attention are cast to bf16. Everything else stays f32, and so do heads: linears over sequences rather than tokens, and those whose result
    is the output "logits" or "pooled", at once or through slices, dropouts and activations.

    ```mlir
    %y = nn.linear %x, %w, %b : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    // becomes, with type=int8,
    %qx, %sx = nn.quantize %x : tensor<?x8xf32>
    %qw, %sw = nn.quantize %w : tensor<4x8xf32>
    %acc = nn.linear %qx, %qw : (tensor<?x8xi8>, tensor<4x8xi8>) -> tensor<?x4xi32>
    %p = nn.dequantize %acc, %sx, %sw : (tensor<?x4xi32>, tensor<?x1xf32>, tensor<4x1xf32>) -> tensor<?x4xf32>
    %y = nn.add %p, %b : tensor<?x4xf32>, tensor<4xf32>
    ```
  }];
  let options = [Option<"type", "type", "std::string", "\"f32\"", "f32, bf16 or int8">];
  let dependentDialects = ["::clew::nn::NNDialect"];
}

def ToKernelPass : Pass<"clew-to-kernel", "::mlir::ModuleOp"> {
  let summary = "chooses library calls and constants";
  let description = [{
    Products, attention and recurrence become kernel ops; slices of their operands become column numbers, casts of what attention reads
    its own rounding; whatever is computed from
    parameters alone becomes a kernel.constant. What stays nn is row-wise.

    ```mlir
    %w = nn.get @w : tensor<4x8xf32>
    %b = nn.get @b : tensor<4xf32>
    %y = nn.linear %x, %w, %b : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    // becomes
    kernel.constant @matmul_0 matmul ["w"] : tensor<4x8xf32>
    kernel.constant @plain_1 plain ["b"] : tensor<4xf32>
    %y = kernel.gemm %x, @matmul_0 bias @plain_1 : tensor<?x8xf32> -> tensor<?x4xf32>
    ```
  }];
  let options = [Option<"signedBytes", "signed-bytes", "bool", "false",
                        "quantized activations are signed, as GPUs multiply them, not shifted by 128">];
  let dependentDialects = ["::clew::kernel::KernelDialect"];
}

def FormRowsPass : Pass<"clew-form-rows", "::mlir::func::FuncOp"> {
  let summary = "gathers row-wise ops into loops";
  let description = [{
    Sorts the graph into layers between products and sequence ops; the row-wise ops of one layer become one kernel.rows.

    ```mlir
    %s = nn.add %x, %r : tensor<?x8xf32>, tensor<?x8xf32>
    %y = nn.gelu %s : tensor<?x8xf32>
    // becomes
    %y = kernel.rows(%x, %r) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
    ^bb0(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>):
      %s = nn.add %a, %b : tensor<?x8xf32>, tensor<?x8xf32>
      %g = nn.gelu %s : tensor<?x8xf32>
      kernel.yield %g : tensor<?x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::clew::kernel::KernelDialect"];
}

def FormChainsPass : Pass<"clew-form-chains", "::mlir::func::FuncOp"> {
  let summary = "lets a block of rows run through neighbours while it is in cache";
  let description = [{
    Neighbouring products and loops over the same rows become one kernel.chain: one step, with no barrier between its stages.

    ```mlir
    %0 = kernel.gemm %x, @w : tensor<?x8xf32> -> tensor<?x4xf32>
    %1 = kernel.rows(%0) : ...
    // becomes
    %1 = kernel.chain(%x) : (tensor<?x8xf32>) -> tensor<?x4xf32> {
    ^bb0(%a: tensor<?x8xf32>):
      %0 = kernel.gemm %a, @w : tensor<?x8xf32> -> tensor<?x4xf32>
      %1 = kernel.rows(%0) : ...
      kernel.yield %1 : tensor<?x4xf32>
    }
    ```
  }];
  let dependentDialects = ["::clew::kernel::KernelDialect"];
}

def PlanBuffersPass : Pass<"clew-plan-buffers", "::mlir::func::FuncOp"> {
  let summary = "gives every value a buffer and the steps it lives in";
  let description = [{
    Writes `kernel.buffers` on the function and `kernel.into` on every op. A value that lives inside one chain gets a local buffer, one block
    of rows of one thread; an element-wise loop writes over an operand that dies in it.

    ```mlir
    %0 = kernel.chain(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> { ... }
    // becomes
    %0 = kernel.chain(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> attributes {kernel.into = array<i32: 0>} { ... }
    ```
  }];
  let dependentDialects = ["::clew::kernel::KernelDialect"];
}

def GeneratePass : Pass<"clew-generate", "::mlir::ModuleOp"> {
  let summary = "writes the loops as functions over vectors";
  let description = [{
    Each distinct kernel.rows, kernel.attention and kernel.recurrence becomes one function in the module @kernels, and every op gets the
    name of its function and the scratch bytes that a thread needs. Equal loops of different layers share a function.

    ```mlir
    %0 = kernel.rows(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> { ... }
    // becomes
    %0 = kernel.rows(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> attributes {kernel.symbol = "rows_0", kernel.scratch = ...} { ... }
    module @kernels {
      func.func @rows_0(%operands: !llvm.ptr, %begin: i64, %end: i64, %scratch: !llvm.ptr) { ... }
    }
    ```
  }];
  let options = [Option<"cpu", "cpu", "std::string", "\"host\"", "LLVM's name of the CPU to generate for">,
                 Option<"bf16", "bf16", "std::string", "\"auto\"", "how bf16 is multiplied: auto, native or widen">];
  let dependentDialects = ["::clew::kernel::KernelDialect"];
}

def GenerateDevicePass : Pass<"clew-generate-device", "::mlir::ModuleOp"> {
  let summary = "writes the loops as kernels of a GPU";
  let description = [{
    Each distinct kernel.rows, kernel.attention, kernel.recurrence and kernel.viterbi becomes one kernel in the gpu.module @kernels, and every op
    gets the name of its kernel and how it is launched: threads of a block, bytes of its shared memory, and what of the step's extent a block
    has. Equal loops of different layers share a kernel.

    ```mlir
    %0 = kernel.rows(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> { ... }
    // becomes
    %0 = kernel.rows(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32> attributes {kernel.symbol = "rows_0", kernel.launch = ...} { ... }
    gpu.module @kernels {
      gpu.func @rows_0(%x: !llvm.ptr<1>, %y: !llvm.ptr<1>, %counts: !llvm.ptr<1>) kernel { ... }
    }
    ```
  }];
  let dependentDialects = ["::clew::kernel::KernelDialect"];
}

#endif // CLEW_PASSES
