// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.derivative "gelu" %{{.*}}, %{{.*}} : tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>, %d: tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens>) {
  %r = nn.derivative "gelu" %x, %d : tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}
