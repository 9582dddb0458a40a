// Both directions of an LSTM of 48 units projected to 20, cells and projections clipped.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<192x26xf32>
nn.parameter @fh normal : tensor<192x20xf32>
nn.parameter @fc normal : tensor<192xf32>
nn.parameter @fr normal : tensor<20x48xf32>
nn.parameter @bi normal : tensor<192x26xf32>
nn.parameter @bh normal : tensor<192x20xf32>
nn.parameter @bc normal : tensor<192xf32>
nn.parameter @br normal : tensor<20x48xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x40xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<192x26xf32>
  %fh = nn.get @fh : tensor<192x20xf32>
  %fc = nn.get @fc : tensor<192xf32>
  %fr = nn.get @fr : tensor<20x48xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc projection %fr cell_clip 0.04 projection_clip 0.002 : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<192x26xf32>, tensor<192x20xf32>, tensor<192xf32>, tensor<20x48xf32>) -> (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #batch>, tensor<?x48xf32, #batch>)
  %bi = nn.get @bi : tensor<192x26xf32>
  %bh = nn.get @bh : tensor<192x20xf32>
  %bc = nn.get @bc : tensor<192xf32>
  %br = nn.get @br : tensor<20x48xf32>
  %b, %bn, %bm = nn.lstm %x, %offsets, %bi, %bh, %bc projection %br reverse cell_clip 0.04 projection_clip 0.002 : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<192x26xf32>, tensor<192x20xf32>, tensor<192xf32>, tensor<20x48xf32>) -> (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #batch>, tensor<?x48xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x20xf32, #tokens>, tensor<?x20xf32, #tokens>) -> tensor<?x40xf32, #tokens>
  return %y : tensor<?x40xf32, #tokens>
}
}
