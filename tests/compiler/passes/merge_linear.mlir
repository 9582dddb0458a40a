// RUN: clew-opt %s --clew-merge-linear | FileCheck %s
// RUN: clew-opt %s --clew-lower-cells --clew-merge-linear | FileCheck %s --check-prefix=LSTM

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
nn.parameter @wq normal : tensor<8x8xf32>
nn.parameter @wk normal : tensor<4x8xf32>
nn.parameter @bq normal : tensor<8xf32>
nn.parameter @bk normal : tensor<4xf32>
nn.parameter @wi normal : tensor<12x8xf32>
nn.parameter @bi normal : tensor<12xf32>
nn.parameter @wj normal : tensor<12x8xf32>
nn.parameter @bj normal : tensor<12xf32>
nn.parameter @wh normal : tensor<12x3xf32>

// CHECK-LABEL: @merged
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32, #tokens>
// CHECK: %[[WQ:.*]] = nn.get @wq
// CHECK: %[[WK:.*]] = nn.get @wk
// CHECK: %[[W:.*]] = nn.concat %[[WQ]], %[[WK]] axis 0 : (tensor<8x8xf32>, tensor<4x8xf32>) -> tensor<12x8xf32>
// CHECK: %[[BQ:.*]] = nn.get @bq
// CHECK: %[[BK:.*]] = nn.get @bk
// CHECK: %[[B:.*]] = nn.concat %[[BQ]], %[[BK]] axis 0 : (tensor<8xf32>, tensor<4xf32>) -> tensor<12xf32>
// CHECK: %[[Y:.*]] = nn.linear %[[X]], %[[W]], %[[B]]
// CHECK: %[[Q:.*]] = nn.slice %[[Y]][0, 8]
// CHECK: %[[K:.*]] = nn.slice %[[Y]][8, 4]
// CHECK-NOT: nn.get
// CHECK: return %[[Q]], %[[K]]
func.func @merged(%x: tensor<?x8xf32, #tokens>) -> (tensor<?x8xf32, #tokens>, tensor<?x4xf32, #tokens>) {
  %wq = nn.get @wq : tensor<8x8xf32>
  %bq = nn.get @bq : tensor<8xf32>
  %q = nn.linear %x, %wq, %bq : (tensor<?x8xf32, #tokens>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32, #tokens>
  %wk = nn.get @wk : tensor<4x8xf32>
  %bk = nn.get @bk : tensor<4xf32>
  %k = nn.linear %x, %wk, %bk : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return %q, %k : tensor<?x8xf32, #tokens>, tensor<?x4xf32, #tokens>
}

// One bias and none, another value, a weight that is no parameter: they stay alone.
// CHECK-LABEL: @alone
// CHECK-NOT: nn.concat
// CHECK-COUNT-4: nn.linear
// CHECK-NOT: nn.slice
// CHECK: return
func.func @alone(%x: tensor<?x8xf32, #tokens>, %other: tensor<?x8xf32, #tokens>, %w: tensor<4x8xf32>)
    -> (tensor<?x8xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>) {
  %wq = nn.get @wq : tensor<8x8xf32>
  %bq = nn.get @bq : tensor<8xf32>
  %wk = nn.get @wk : tensor<4x8xf32>
  %q = nn.linear %x, %wq, %bq : (tensor<?x8xf32, #tokens>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32, #tokens>
  %k = nn.linear %x, %wk : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  %l = nn.linear %other, %wk : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  %m = nn.linear %x, %w : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  return %q, %k, %l, %m : tensor<?x8xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>
}

// Both directions share the product with the input.
// LSTM-LABEL: @directions
// LSTM: %[[Y:.*]] = nn.linear %{{.*}} -> tensor<?x24xf32, #tokens>
// LSTM: %[[F:.*]] = nn.slice %[[Y]][0, 12]
// LSTM: %[[B:.*]] = nn.slice %[[Y]][12, 12]
// LSTM-NOT: nn.linear
// LSTM: nn.recurrence lstm %[[F]], %{{.*}}, %{{.*}} :
// LSTM: nn.recurrence lstm %[[B]], %{{.*}}, %{{.*}} reverse :
func.func @directions(%x: tensor<?x8xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>) {
  %wi = nn.get @wi : tensor<12x8xf32>
  %bi = nn.get @bi : tensor<12xf32>
  %wh = nn.get @wh : tensor<12x3xf32>
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %bi : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x8xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  %wj = nn.get @wj : tensor<12x8xf32>
  %bj = nn.get @bj : tensor<12xf32>
  %z, %i, %d = nn.lstm %x, %offsets, %wj, %wh, %bj reverse
      : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x8xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return %y, %z : tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>
}

// Maps of tables are made at load, each by itself: nothing is won by merging them.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-2: nn.linear
// CHECK-NOT: nn.slice
nn.parameter @a normal : tensor<8x8xf32>
nn.parameter @b normal : tensor<8x8xf32>
func.func @main() -> (tensor<5x8xf32>, tensor<5x8xf32>) {
  %waves = nn.sinusoids 5 x 8
  %a = nn.get @a : tensor<8x8xf32>
  %x = nn.linear %waves, %a : (tensor<5x8xf32>, tensor<8x8xf32>) -> tensor<5x8xf32>
  %b = nn.get @b : tensor<8x8xf32>
  %y = nn.linear %waves, %b : (tensor<5x8xf32>, tensor<8x8xf32>) -> tensor<5x8xf32>
  return %x, %y : tensor<5x8xf32>, tensor<5x8xf32>
}

// Products that lower precisions treat differently (nn.keep) stay apart.
nn.parameter @kept normal : tensor<4x8xf32> {nn.keep = "f32"}
nn.parameter @left normal : tensor<4x8xf32>

// CHECK-LABEL: @kept_apart
// CHECK-NOT: nn.concat
// CHECK: return
func.func @kept_apart(%x: tensor<?x8xf32, #tokens>) -> (tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>) {
  %kept = nn.get @kept : tensor<4x8xf32>
  %left = nn.get @left : tensor<4x8xf32>
  %a = nn.linear %x, %kept : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  %b = nn.linear %x, %left : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>) -> tensor<?x4xf32, #tokens>
  return %a, %b : tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>
}
