// An LSTM with clipped cells and no projection.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<80x26xf32>
nn.parameter @fh normal : tensor<80x20xf32>
nn.parameter @fc normal : tensor<80xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x20xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<80x26xf32>
  %fh = nn.get @fh : tensor<80x20xf32>
  %fc = nn.get @fc : tensor<80xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc cell_clip 0.04 : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<80x26xf32>, tensor<80x20xf32>, tensor<80xf32>) -> (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #batch>, tensor<?x20xf32, #batch>)
  return %f : tensor<?x20xf32, #tokens>
}
}
