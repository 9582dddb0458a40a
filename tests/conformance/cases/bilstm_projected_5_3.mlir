// Both directions of an LSTM of 5 units projected to 3, cells and projections clipped.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x8xf32>
nn.parameter @fi normal : tensor<20x8xf32>
nn.parameter @fh normal : tensor<20x3xf32>
nn.parameter @fc normal : tensor<20xf32>
nn.parameter @fr normal : tensor<3x5xf32>
nn.parameter @bi normal : tensor<20x8xf32>
nn.parameter @bh normal : tensor<20x3xf32>
nn.parameter @bc normal : tensor<20xf32>
nn.parameter @br normal : tensor<3x5xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x6xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x8xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x8xf32>
  %fi = nn.get @fi : tensor<20x8xf32>
  %fh = nn.get @fh : tensor<20x3xf32>
  %fc = nn.get @fc : tensor<20xf32>
  %fr = nn.get @fr : tensor<3x5xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc projection %fr cell_clip 0.04 projection_clip 0.002 : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<20x8xf32>, tensor<20x3xf32>, tensor<20xf32>, tensor<3x5xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x5xf32, #batch>)
  %bi = nn.get @bi : tensor<20x8xf32>
  %bh = nn.get @bh : tensor<20x3xf32>
  %bc = nn.get @bc : tensor<20xf32>
  %br = nn.get @br : tensor<3x5xf32>
  %b, %bn, %bm = nn.lstm %x, %offsets, %bi, %bh, %bc projection %br reverse cell_clip 0.04 projection_clip 0.002 : (tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<20x8xf32>, tensor<20x3xf32>, tensor<20xf32>, tensor<3x5xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x5xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>) -> tensor<?x6xf32, #tokens>
  return %y : tensor<?x6xf32, #tokens>
}
}
