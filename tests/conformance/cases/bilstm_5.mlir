// Both directions of an LSTM of 5 units over 8 columns, side by side.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x8xf32>
nn.parameter @fi normal : tensor<20x8xf32>
nn.parameter @fh normal : tensor<20x5xf32>
nn.parameter @fb normal : tensor<20xf32>
nn.parameter @bi normal : tensor<20x8xf32>
nn.parameter @bh normal : tensor<20x5xf32>
nn.parameter @bb normal : tensor<20xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x10xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x8xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x8xf32>
  %fi = nn.get @fi : tensor<20x8xf32>
  %fh = nn.get @fh : tensor<20x5xf32>
  %fb = nn.get @fb : tensor<20xf32>
  %f, %fn, %fc = nn.lstm %x, %offsets, %fi, %fh, %fb : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<20x8xf32>, tensor<20x5xf32>, tensor<20xf32>) -> (tensor<?x5xf32, #tokens>, tensor<?x5xf32, #batch>, tensor<?x5xf32, #batch>)
  %bi = nn.get @bi : tensor<20x8xf32>
  %bh = nn.get @bh : tensor<20x5xf32>
  %bb = nn.get @bb : tensor<20xf32>
  %b, %bn, %bc = nn.lstm %x, %offsets, %bi, %bh, %bb reverse : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<20x8xf32>, tensor<20x5xf32>, tensor<20xf32>) -> (tensor<?x5xf32, #tokens>, tensor<?x5xf32, #batch>, tensor<?x5xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x5xf32, #tokens>, tensor<?x5xf32, #tokens>) -> tensor<?x10xf32, #tokens>
  return %y : tensor<?x10xf32, #tokens>
}
}
