// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.pad %{{.*}} at 2 of 9 : tensor<?x4xf32, #tokens>
func.func @one(%x: tensor<?x4xf32, #tokens>) -> (tensor<?x9xf32, #tokens>) {
  %r = nn.pad %x at 2 of 9 : tensor<?x4xf32, #tokens>
  return %r : tensor<?x9xf32, #tokens>
}
