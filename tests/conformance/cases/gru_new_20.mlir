// A GRU that resets after its product and whose update gate is the share of the new.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x8xf32>
nn.parameter @fi normal : tensor<60x8xf32>
nn.parameter @fh normal : tensor<60x20xf32>
nn.parameter @fc normal : tensor<60xf32>
nn.parameter @fd normal : tensor<60xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x20xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x8xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x8xf32>
  %fi = nn.get @fi : tensor<60x8xf32>
  %fh = nn.get @fh : tensor<60x20xf32>
  %fc = nn.get @fc : tensor<60xf32>
  %fd = nn.get @fd : tensor<60xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd update_new : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<60x8xf32>, tensor<60x20xf32>, tensor<60xf32>, tensor<60xf32>) -> (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #batch>)
  return %f : tensor<?x20xf32, #tokens>
}
}
