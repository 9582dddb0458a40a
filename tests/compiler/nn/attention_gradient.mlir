// RUN: clew-opt %s | clew-opt | FileCheck %s

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK-LABEL: @one
// CHECK: nn.attention_gradient {{.*}} of %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 causal window 0 :
func.func @one(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %l: tensor<?x2xf32, #tokens>) -> (tensor<?x4xf32, #tokens>) {
  %q, %k, %v, %a, %b, %c = nn.attention_gradient %x, %x, %x, %o of %x, %l, %x heads 2 scale 5.000000e-01 causal window 0
      : (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<?x4xf32, #tokens>, tensor<?x2xf32, #tokens>, tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>)
  return %q : tensor<?x4xf32, #tokens>
}
