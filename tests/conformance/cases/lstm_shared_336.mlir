// One direction of an LSTM of 336 units: as much weight as threads share the steps of.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<1344x26xf32>
nn.parameter @fh normal : tensor<1344x336xf32>
nn.parameter @fb normal : tensor<1344xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x336xf32, #tokens> {nn.output = "f"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<1344x26xf32>
  %fh = nn.get @fh : tensor<1344x336xf32>
  %fb = nn.get @fb : tensor<1344xf32>
  %f, %fn, %fc = nn.lstm %x, %offsets, %fi, %fh, %fb : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<1344x26xf32>, tensor<1344x336xf32>, tensor<1344xf32>) -> (tensor<?x336xf32, #tokens>, tensor<?x336xf32, #batch>, tensor<?x336xf32, #batch>)
  return %f : tensor<?x336xf32, #tokens>
}
}
