// RUN: clew-opt %s --clew-plan-buffers | FileCheck %s

#tokens = #nn.of<"tokens">
// The chain's result is in the arena from step 0 to the end; the product's is local, and the element-wise loop writes over it.
// CHECK: func.func @main
// CHECK-SAME: kernel.buffers = [{first = 0 : i32, last = 1 : i32, local = false, type = tensor<?x8xf32, #tokens>}, {first = 0 : i32, last = 0 : i32, local = true, type = tensor<?x16xf32, #tokens>}]
// CHECK: kernel.chain(%arg0) {{.*}}kernel.into = array<i32: 0>
// CHECK: kernel.gemm %{{.*}}, @w {kernel.into = array<i32: 1>}
// CHECK: kernel.rows(%{{.*}}) {{.*}}kernel.into = array<i32: 1>
// CHECK: kernel.gemm %{{.*}}, @v {kernel.into = array<i32: 0>}
kernel.constant @w matmul ["w"] : tensor<16x8xf32>
kernel.constant @v matmul ["v"] : tensor<8x16xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %c = kernel.chain(%x) : (tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>):
    %0 = kernel.gemm %a, @w : tensor<?x8xf32, #tokens> -> tensor<?x16xf32, #tokens>
    %1 = kernel.rows(%0) : (tensor<?x16xf32, #tokens>) -> tensor<?x16xf32, #tokens> {
    ^bb0(%b: tensor<?x16xf32, #tokens>):
      %g = nn.gelu %b : tensor<?x16xf32, #tokens>
      kernel.yield %g : tensor<?x16xf32, #tokens>
    }
    %2 = kernel.gemm %1, @v : tensor<?x16xf32, #tokens> -> tensor<?x8xf32, #tokens>
    kernel.yield %2 : tensor<?x8xf32, #tokens>
  }
  return %c : tensor<?x8xf32, #tokens>
}
