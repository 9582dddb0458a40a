// A GRU of 336 units whose update gate is the share of the new: as much weight as threads share the steps of.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x8xf32>
nn.parameter @fi normal : tensor<1008x8xf32>
nn.parameter @fh normal : tensor<1008x336xf32>
nn.parameter @fc normal : tensor<1008xf32>
nn.parameter @fd normal : tensor<1008xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x336xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x8xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x8xf32>
  %fi = nn.get @fi : tensor<1008x8xf32>
  %fh = nn.get @fh : tensor<1008x336xf32>
  %fc = nn.get @fc : tensor<1008xf32>
  %fd = nn.get @fd : tensor<1008xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd update_new : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<1008x8xf32>, tensor<1008x336xf32>, tensor<1008xf32>, tensor<1008xf32>) -> (tensor<?x336xf32, #tokens>, tensor<?x336xf32, #batch>)
  return %f : tensor<?x336xf32, #tokens>
}
}
