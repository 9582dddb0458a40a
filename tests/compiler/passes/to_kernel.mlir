// RUN: clew-opt %s --split-input-file --clew-to-kernel | FileCheck %s

#tokens = #nn.of<"tokens">
// A product takes its weights and bias as constants; equal constants are one.
// CHECK-DAG: kernel.constant @matmul_0 matmul ["w"] : tensor<4x8xf32>
// CHECK-DAG: kernel.constant @plain_1 plain ["b"] : tensor<4xf32>
// CHECK-LABEL: func.func @main
// CHECK: %[[Y:.*]] = kernel.gemm %arg0, @matmul_0 bias @plain_1 : tensor<?x8xf32, #tokens> -> tensor<?x4xf32, #tokens>
// CHECK: %[[Z:.*]] = kernel.gemm %arg0, @matmul_0 bias @plain_1 : tensor<?x8xf32, #tokens> -> tensor<?x4xf32, #tokens>
// CHECK: return %[[Y]], %[[Z]]
nn.parameter @w normal : tensor<4x8xf32>
nn.parameter @b normal : tensor<4xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>) {
  %w = nn.get @w : tensor<4x8xf32>
  %b = nn.get @b : tensor<4xf32>
  %y = nn.linear %x, %w, %b : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  %z = nn.linear %x, %w, %b : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %y, %z : tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
// bf16: the constant is kept in bf16, the activation's cast stays a row-wise op.
// CHECK: kernel.constant @matmul_0 matmul ["w", "v"] : tensor<8x8xbf16>
// CHECK-LABEL: func.func @main
// CHECK: %[[H:.*]] = nn.cast %arg0 : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
// CHECK: kernel.gemm %[[H]], @matmul_0 : tensor<?x8xbf16, #tokens> -> tensor<?x8xf32, #tokens>
nn.parameter @w normal : tensor<4x8xf32>
nn.parameter @v normal : tensor<4x8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  %w = nn.get @w : tensor<4x8xf32>
  %v = nn.get @v : tensor<4x8xf32>
  %wv = nn.concat %w, %v axis 0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  %h = nn.cast %x : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  %wh = nn.cast %wv : tensor<8x8xf32> to tensor<8x8xbf16>
  %y = nn.linear %h, %wh : (tensor<?x8xbf16, #tokens>, tensor<8x8xbf16>) -> tensor<?x8xf32, #tokens>
  return %y : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
// int8: activations become unsigned, the column sums take the shift back.
// CHECK-DAG: kernel.constant @[[W:matmul_[0-9]]] matmul ["w"] : tensor<4x8xi8>
// CHECK-DAG: kernel.constant @[[S:scales_[0-9]]] scales ["w"] : tensor<4xf32>
// CHECK-DAG: kernel.constant @[[C:column_sums_[0-9]]] column_sums ["w"] : tensor<4xi32>
// CHECK-LABEL: func.func @main
// CHECK: %[[Q:.*]], %[[R:.*]] = kernel.quantize %arg0 : tensor<?x8xf32, #tokens> -> tensor<?x8xui8, #tokens>, tensor<?x1xf32, #tokens>
// CHECK: %[[A:.*]] = kernel.gemm %[[Q]], @[[W]] : tensor<?x8xui8, #tokens> -> tensor<?x4xi32, #tokens>
// CHECK-DAG: %[[SV:.*]] = kernel.use @[[S]] : tensor<4xf32>
// CHECK-DAG: %[[CV:.*]] = kernel.use @[[C]] : tensor<4xi32>
// CHECK: kernel.dequantize %[[A]], %[[R]], %[[SV]], %[[CV]]
nn.parameter @w normal : tensor<4x8xf32>
func.func @main(%x: tensor<?x8xf32, #tokens>) -> tensor<?x4xf32, #tokens> {
  %w = nn.get @w : tensor<4x8xf32>
  %q, %s = nn.quantize %x : tensor<?x8xf32, #tokens>
  %qw, %sw = nn.quantize %w : tensor<4x8xf32>
  %a = nn.linear %q, %qw : (tensor<?x8xi8, #tokens>, tensor<4x8xi8>) -> tensor<?x4xi32, #tokens>
  %y = nn.dequantize %a, %s, %sw : (tensor<?x4xi32, #tokens>, tensor<?x1xf32, #tokens>, tensor<4x1xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// Attention reads its columns in place.
// CHECK-LABEL: func.func @main
// CHECK: kernel.attention %arg0[0], %arg0[8], %arg0[16], %arg1 {heads = 2 : i64, key_size = 4 : i64, scale = 5.000000e-01 : f64}
// CHECK-NOT: nn.slice
func.func @main(%x: tensor<?x24xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x8xf32, #tokens> {
  %q = nn.slice %x[0, 8] : tensor<?x24xf32, #tokens>
  %k = nn.slice %x[8, 8] : tensor<?x24xf32, #tokens>
  %v = nn.slice %x[16, 8] : tensor<?x24xf32, #tokens>
  %y, %s, %l = nn.attention %q, %k, %v, %o heads 2 scale 5.000000e-01 : (tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x8xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// Casts of what attention reads are the kernel's own.
// CHECK-LABEL: func.func @main
// CHECK-NOT: nn.cast
// CHECK: kernel.attention %arg0[0], %arg0[8], %arg1[0], %arg2 {bf16, heads = 2 : i64, key_size = 4 : i64, scale = 5.000000e-01 : f64}
// CHECK-NOT: nn.slice
func.func @main(%x: tensor<?x16xf32, #tokens>, %z: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x8xf32, #tokens> {
  %a = nn.slice %x[0, 8] : tensor<?x16xf32, #tokens>
  %b = nn.slice %x[8, 8] : tensor<?x16xf32, #tokens>
  %q = nn.cast %a : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  %k = nn.cast %b : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  %v = nn.cast %z : tensor<?x8xf32, #tokens> to tensor<?x8xbf16, #tokens>
  %y, %s, %l = nn.attention %q, %k, %v, %o heads 2 scale 5.000000e-01 : (tensor<?x8xbf16, #tokens>, tensor<?x8xbf16, #tokens>, tensor<?x8xbf16, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x8xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x8xf32, #tokens>
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// Two directions become one op.
// CHECK-LABEL: func.func @main
// CHECK: kernel.recurrence %arg0, %arg1, [@recurrent_0, @recurrent_1] {gates_at = array<i64: 0, 8>, hidden = 2 : i64, reverse = array<i1: false, true>}
// CHECK-NOT: nn.concat
nn.parameter @w normal : tensor<8x2xf32>
nn.parameter @v normal : tensor<8x2xf32>
func.func @main(%x: tensor<?x16xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x4xf32, #tokens> {
  %w = nn.get @w : tensor<8x2xf32>
  %v = nn.get @v : tensor<8x2xf32>
  %f = nn.slice %x[0, 8] : tensor<?x16xf32, #tokens>
  %b = nn.slice %x[8, 8] : tensor<?x16xf32, #tokens>
  %y, %h, %c = nn.recurrence lstm %f, %w, %o : (tensor<?x8xf32, #tokens>, tensor<8x2xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #batch>, tensor<?x2xf32, #batch>)
  %z, %i, %d = nn.recurrence lstm %b, %v, %o reverse : (tensor<?x8xf32, #tokens>, tensor<8x2xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #batch>, tensor<?x2xf32, #batch>)
  %r = nn.concat %y, %z axis 1 : (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #tokens>) -> tensor<?x4xf32, #tokens>
  return %r : tensor<?x4xf32, #tokens>
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// Gates of two products are put side by side first; who reads one direction alone reads its columns.
// CHECK-LABEL: func.func @main
// CHECK: %[[GATES:.*]] = nn.concat %arg0, %arg1 axis 1
// CHECK: %[[BOTH:.*]] = kernel.recurrence %[[GATES]], %arg2, [@recurrent_0, @recurrent_1] {gates_at = array<i64: 0, 8>, hidden = 2 : i64, reverse = array<i1: false, true>}
// CHECK: %[[FIRST:.*]] = nn.slice %[[BOTH]][0, 2]
// CHECK-NOT: kernel.recurrence
// CHECK: %[[TANH:.*]] = nn.tanh %[[FIRST]]
// CHECK: return %[[BOTH]], %[[TANH]]
nn.parameter @w normal : tensor<8x2xf32>
nn.parameter @v normal : tensor<8x2xf32>
func.func @main(%f: tensor<?x8xf32, #tokens>, %b: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x4xf32, #tokens>, tensor<?x2xf32, #tokens>) {
  %w = nn.get @w : tensor<8x2xf32>
  %v = nn.get @v : tensor<8x2xf32>
  %y, %h, %c = nn.recurrence lstm %f, %w, %o : (tensor<?x8xf32, #tokens>, tensor<8x2xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #batch>, tensor<?x2xf32, #batch>)
  %z, %i, %d = nn.recurrence lstm %b, %v, %o reverse : (tensor<?x8xf32, #tokens>, tensor<8x2xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #batch>, tensor<?x2xf32, #batch>)
  %r = nn.concat %y, %z axis 1 : (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #tokens>) -> tensor<?x4xf32, #tokens>
  %t = nn.tanh %y : tensor<?x2xf32, #tokens>
  return %r, %t : tensor<?x4xf32, #tokens>, tensor<?x2xf32, #tokens>
}

// -----

// What is computed from parameters alone is computed once, when weights are loaded; equal ones are one constant.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// CHECK: kernel.constant @derived_0 derived [] by "sinusoids" {from = 0.000000e+00 : f64, interleaved = 1.000000e+00 : f64, step = 1.000000e+00 : f64} : tensor<5x4xf32>
// CHECK: kernel.constant @plain_1 plain ["tasks"] : tensor<3x8xf32>
// CHECK: kernel.constant @derived_2 derived ["plain_1"] by "row" {index = 2.000000e+00 : f64} : tensor<8xf32>
// CHECK: %[[W0:.*]] = kernel.use @derived_0
// CHECK: %[[W1:.*]] = kernel.use @derived_0
// CHECK: %[[ROW:.*]] = kernel.use @derived_2
// CHECK: %[[X:.*]] = nn.add %arg0, %[[ROW]]
// CHECK: kernel.attention %[[X]][0], %[[X]][0], %[[X]][0], %arg1 keys %[[W0]] values %[[W1]] {
nn.parameter @tasks normal : tensor<3x8xf32>
func.func @main(%q: tensor<?x8xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x8xf32, #tokens> {
  %w0 = nn.sinusoids 5 x 4 interleaved
  %w1 = nn.sinusoids 5 x 4 interleaved
  %tasks = nn.get @tasks : tensor<3x8xf32>
  %row = nn.row %tasks[2] : tensor<3x8xf32>
  %x = nn.add %q, %row : tensor<?x8xf32, #tokens>, tensor<8xf32>
  %y, %s, %l = nn.attention %x, %x, %x, %o keys %w0 values %w1 heads 2 scale 0.5 : (tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<5x4xf32>, tensor<5x4xf32>) -> (tensor<?x8xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x8xf32, #tokens>
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// A window finds the ends of sequences by positions; labels' moves go along.
// CHECK: func.func @main(%[[X:[a-z0-9]+]]: tensor<?x4xf32, #tokens>, %{{.*}}, %[[P:.*]]: tensor<?xi32, #tokens> {nn.derived = "positions"}, %[[C:.*]]: tensor<?xi32, #tokens> {nn.derived = "counts"})
// CHECK: kernel.window %[[X]], %[[P]], %[[C]] size 3 before 1
// CHECK: kernel.viterbi {{.*}} {moves = 1 : i64}
nn.parameter @t normal : tensor<3x3xf32>
nn.parameter @s normal : tensor<3xf32>
func.func @main(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x12xf32, #tokens>, tensor<?x3xf32, #tokens>) {
  %t = nn.get @t : tensor<3x3xf32>
  %s = nn.get @s : tensor<3xf32>
  %w = nn.window %x, %o size 3 before 1 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %e = nn.slice %x[0, 3] : tensor<?x4xf32, #tokens>
  %y = nn.viterbi %e, %o, %t, %s, %s moves bio : tensor<?x3xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<3x3xf32>
  return %w, %y : tensor<?x12xf32, #tokens>, tensor<?x3xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
// Shares of layers are made of parameters alone, once; whole windows stay whole.
// CHECK: kernel.constant @plain_0 plain ["scores"] : tensor<3xf32>
// CHECK: kernel.constant @derived_1 derived ["plain_0"] by "softmax" {} : tensor<3xf32>
// CHECK: kernel.constant @derived_2 derived ["derived_1"] by "slice" {begin = 1.000000e+00 : f64} : tensor<1xf32>
// CHECK: kernel.window {{.*}} size 3 before 0 whole
// CHECK: %[[SHARE:.*]] = kernel.use @derived_2
// CHECK: nn.multiply %{{.*}}, %[[SHARE]] : tensor<?x12xf32, #tokens>, tensor<1xf32>
nn.parameter @scores normal : tensor<3xf32>
func.func @main(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> tensor<?x12xf32, #tokens> {
  %s = nn.get @scores : tensor<3xf32>
  %w = nn.window %x, %o size 3 before 0 whole : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %shares = nn.softmax %s : tensor<3xf32>
  %share = nn.slice %shares[1, 1] : tensor<3xf32>
  %y = nn.multiply %w, %share : tensor<?x12xf32, #tokens>, tensor<1xf32>
  return %y : tensor<?x12xf32, #tokens>
}
