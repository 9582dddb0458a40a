// RUN: clew-opt %s --clew-generate-device | FileCheck %s
// RUN: clew-opt %s --clew-generate-device | FileCheck %s --check-prefix=WAYS

#tokens = #nn.of<"tokens">
// Equal loops share a kernel, whatever constants they read; an op learns its kernel's name and its launch: four warps have a row each.
// CHECK: kernel.rows(%arg0, %{{.*}}) {{.*}}kernel.launch = array<i64: 128, 0, 4>, kernel.symbol = "rows_0"
// CHECK: kernel.rows({{.*}}kernel.symbol = "rows_0"
// CHECK: gpu.module @kernels
// CHECK: gpu.func @rows_0(%{{.*}}: !llvm.ptr<1>, %{{.*}}: !llvm.ptr<1>, %{{.*}}: !llvm.ptr<1>, %{{.*}}: !llvm.ptr<1>) kernel
// CHECK: gpu.block_id  x
// CHECK: arith.cmpi slt
// CHECK: llvm.store
// CHECK: gpu.return
// CHECK-NOT: gpu.func
// A norm meets in shuffles, within a warp without barriers of the block.
// WAYS-COUNT-10: gpu.shuffle  xor
// WAYS-NOT: gpu.barrier
kernel.constant @p plain ["p"] : tensor<8xf32>
kernel.constant @q plain ["q"] : tensor<8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %p = kernel.use @p : tensor<8xf32>
  %q = kernel.use @q : tensor<8xf32>
  %y = kernel.rows(%x, %p) : (tensor<?x8xf32, #tokens>, tensor<8xf32>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>, %b: tensor<8xf32>):
    %0 = nn.layer_norm %a, %b, %b eps 1.0e-12 : tensor<?x8xf32, #tokens>
    kernel.yield %0 : tensor<?x8xf32, #tokens>
  }
  %z = kernel.rows(%y, %q) : (tensor<?x8xf32, #tokens>, tensor<8xf32>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>, %b: tensor<8xf32>):
    %0 = nn.layer_norm %a, %b, %b eps 1.0e-12 : tensor<?x8xf32, #tokens>
    kernel.yield %0 : tensor<?x8xf32, #tokens>
  }
  return %z : tensor<?x8xf32, #tokens>
}
