// RUN: clew-opt %s --clew-differentiate --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

#batch = #nn.of<"batch">
nn.parameter @w normal : tensor<3x8xf32>
nn.parameter @b normal : tensor<3xf32>
// What reads no parameter gets no gradient: there is no product with @w.
// CHECK-LABEL: @main
// CHECK-SAME: %[[H:.*]]: tensor<?x8xf32, #batch>
// CHECK: %[[LOSS:.*]], %[[DX:.*]] = nn.cross_entropy
// CHECK-NOT: nn.matmul
// CHECK: %[[DW:.*]] = nn.outer_sum %[[DX]], %[[H]] :
// CHECK: nn.accumulate @w, %[[DW]] : tensor<3x8xf32>
// CHECK: %[[DB:.*]] = nn.sum_rows %[[DX]] :
// CHECK: nn.accumulate @b, %[[DB]] : tensor<3xf32>
// CHECK: return %[[LOSS]]
func.func @main(%h: tensor<?x8xf32, #batch>, %labels: tensor<?xi32, #batch> {nn.input = "labels"}) -> (tensor<1x1xf32> {nn.output = "loss"}) {
  %w = nn.get @w : tensor<3x8xf32>
  %b = nn.get @b : tensor<3xf32>
  %x = nn.linear %h, %w, %b : (tensor<?x8xf32, #batch>, tensor<3x8xf32>, tensor<3xf32>) -> tensor<?x3xf32, #batch>
  %loss, %dx = nn.cross_entropy %x, %labels : tensor<?x3xf32, #batch>, tensor<?xi32, #batch>
  return %loss : tensor<1x1xf32>
}

// -----

#tokens = #nn.of<"tokens">
nn.parameter @w normal : tensor<4x4xf32> {nn.frozen}
nn.parameter @v normal : tensor<4x4xf32>
// A frozen parameter passes gradients on and gets none; two sums of one value are added.
// CHECK-LABEL: @main
// CHECK: %[[DY:.*]] = nn.add
// CHECK: %[[DH:.*]] = nn.matmul %[[DY]], %{{.*}} :
// CHECK-NOT: nn.accumulate @w
// CHECK: nn.accumulate @v
// CHECK-NOT: nn.accumulate @w
func.func @main(%x: tensor<?x4xf32, #tokens>) -> (tensor<1x1xf32> {nn.output = "loss"}) {
  %w = nn.get @w : tensor<4x4xf32>
  %v = nn.get @v : tensor<4x4xf32>
  %h = nn.linear %x, %v : (tensor<?x4xf32, #tokens>, tensor<4x4xf32>) -> tensor<?x4xf32, #tokens>
  %y = nn.linear %h, %w : (tensor<?x4xf32, #tokens>, tensor<4x4xf32>) -> tensor<?x4xf32, #tokens>
  %z = nn.tanh %y : tensor<?x4xf32, #tokens>
  %loss, %a, %b = nn.mean_square %y, %z : tensor<?x4xf32, #tokens>
  return %loss : tensor<1x1xf32>
}

// -----

#tokens = #nn.of<"tokens">
// expected-error @+1 {{expected an output 'loss' that is one number}}
func.func @main(%x: tensor<?x4xf32, #tokens>) -> (tensor<?x4xf32, #tokens> {nn.output = "hidden"}) {
  return %x : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
// expected-error @+1 {{no parameter that could be trained reaches the output 'loss'}}
func.func @main(%x: tensor<?x4xf32, #tokens>) -> (tensor<1x1xf32> {nn.output = "loss"}) {
  %y = nn.tanh %x : tensor<?x4xf32, #tokens>
  %loss, %a, %b = nn.mean_square %x, %y : tensor<?x4xf32, #tokens>
  return %loss : tensor<1x1xf32>
}

// -----

#tokens = #nn.of<"tokens">
#offsets = #nn.offsets<"tokens", "batch">
nn.parameter @t normal : tensor<4x4xf32>
nn.parameter @s normal : tensor<4xf32>
func.func @main(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #offsets>) -> (tensor<1x1xf32> {nn.output = "loss"}) {
  %t = nn.get @t : tensor<4x4xf32>
  %s = nn.get @s : tensor<4xf32>
  // expected-error @+1 {{has no gradient}}
  %y = nn.viterbi %x, %o, %t, %s, %s : tensor<?x4xf32, #tokens>, tensor<?xi32, #offsets>, tensor<4x4xf32>
  %loss, %a, %b = nn.mean_square %y, %x : tensor<?x4xf32, #tokens>
  return %loss : tensor<1x1xf32>
}
