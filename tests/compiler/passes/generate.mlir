// RUN: clew-opt %s --clew-generate=cpu=x86-64-v4 | FileCheck %s

#tokens = #nn.of<"tokens">
// Equal loops share a function, whatever constants they read; an op learns its function's name and its scratch.
// CHECK: kernel.rows(%arg0, %{{.*}}) {{.*}}kernel.scratch = array<i64: 0, 0>, kernel.symbol = "rows_0"
// CHECK: kernel.rows({{.*}}kernel.symbol = "rows_0"
// CHECK: module @kernels
// CHECK: func.func @rows_0(%{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr
// CHECK: scf.for
// CHECK: llvm.store
// CHECK-NOT: func.func
kernel.constant @p plain ["p"] : tensor<8xf32>
kernel.constant @q plain ["q"] : tensor<8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %p = kernel.use @p : tensor<8xf32>
  %q = kernel.use @q : tensor<8xf32>
  %y = kernel.rows(%x, %p) : (tensor<?x8xf32, #tokens>, tensor<8xf32>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>, %b: tensor<8xf32>):
    %0 = nn.add %a, %b : tensor<?x8xf32, #tokens>, tensor<8xf32>
    kernel.yield %0 : tensor<?x8xf32, #tokens>
  }
  %z = kernel.rows(%y, %q) : (tensor<?x8xf32, #tokens>, tensor<8xf32>) -> tensor<?x8xf32, #tokens> {
  ^bb0(%a: tensor<?x8xf32, #tokens>, %b: tensor<8xf32>):
    %0 = nn.add %a, %b : tensor<?x8xf32, #tokens>, tensor<8xf32>
    kernel.yield %0 : tensor<?x8xf32, #tokens>
  }
  return %z : tensor<?x8xf32, #tokens>
}
