// An LSTM that begins with parameters, which are the same for every sequence.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x8xf32>
nn.parameter @h0 gain : tensor<20xf32>
nn.parameter @c0 gain : tensor<20xf32>
nn.parameter @fi normal : tensor<80x8xf32>
nn.parameter @fh normal : tensor<80x20xf32>
nn.parameter @fc normal : tensor<80xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x20xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x8xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x8xf32>
  %h0 = nn.get @h0 : tensor<20xf32>
  %c0 = nn.get @c0 : tensor<20xf32>
  %fi = nn.get @fi : tensor<80x8xf32>
  %fh = nn.get @fh : tensor<80x20xf32>
  %fc = nn.get @fc : tensor<80xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc from %h0 and %c0 : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<80x8xf32>, tensor<80x20xf32>, tensor<80xf32>, tensor<20xf32>, tensor<20xf32>) -> (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #batch>, tensor<?x20xf32, #batch>)
  return %f : tensor<?x20xf32, #tokens>
}
}
