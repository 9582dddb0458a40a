// Both directions of an LSTM of 100 units projected to 36, cells and projections clipped.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<400x26xf32>
nn.parameter @fh normal : tensor<400x36xf32>
nn.parameter @fc normal : tensor<400xf32>
nn.parameter @fr normal : tensor<36x100xf32>
nn.parameter @bi normal : tensor<400x26xf32>
nn.parameter @bh normal : tensor<400x36xf32>
nn.parameter @bc normal : tensor<400xf32>
nn.parameter @br normal : tensor<36x100xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x72xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<400x26xf32>
  %fh = nn.get @fh : tensor<400x36xf32>
  %fc = nn.get @fc : tensor<400xf32>
  %fr = nn.get @fr : tensor<36x100xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc projection %fr cell_clip 0.04 projection_clip 0.002 : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<400x26xf32>, tensor<400x36xf32>, tensor<400xf32>, tensor<36x100xf32>) -> (tensor<?x36xf32, #tokens>, tensor<?x36xf32, #batch>, tensor<?x100xf32, #batch>)
  %bi = nn.get @bi : tensor<400x26xf32>
  %bh = nn.get @bh : tensor<400x36xf32>
  %bc = nn.get @bc : tensor<400xf32>
  %br = nn.get @br : tensor<36x100xf32>
  %b, %bn, %bm = nn.lstm %x, %offsets, %bi, %bh, %bc projection %br reverse cell_clip 0.04 projection_clip 0.002 : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<400x26xf32>, tensor<400x36xf32>, tensor<400xf32>, tensor<36x100xf32>) -> (tensor<?x36xf32, #tokens>, tensor<?x36xf32, #batch>, tensor<?x100xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x36xf32, #tokens>, tensor<?x36xf32, #tokens>) -> tensor<?x72xf32, #tokens>
  return %y : tensor<?x72xf32, #tokens>
}
}
