// Both directions of a GRU whose update gate is the share of the new, of 100 units, which fill no block of vectors.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<300x26xf32>
nn.parameter @fh normal : tensor<300x100xf32>
nn.parameter @fc normal : tensor<300xf32>
nn.parameter @fd normal : tensor<300xf32>
nn.parameter @bi normal : tensor<300x26xf32>
nn.parameter @bh normal : tensor<300x100xf32>
nn.parameter @bc normal : tensor<300xf32>
nn.parameter @bd normal : tensor<300xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x200xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<300x26xf32>
  %fh = nn.get @fh : tensor<300x100xf32>
  %fc = nn.get @fc : tensor<300xf32>
  %fd = nn.get @fd : tensor<300xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd reset_before update_new : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<300x26xf32>, tensor<300x100xf32>, tensor<300xf32>, tensor<300xf32>) -> (tensor<?x100xf32, #tokens>, tensor<?x100xf32, #batch>)
  %bi = nn.get @bi : tensor<300x26xf32>
  %bh = nn.get @bh : tensor<300x100xf32>
  %bc = nn.get @bc : tensor<300xf32>
  %bd = nn.get @bd : tensor<300xf32>
  %b, %bn = nn.gru %x, %offsets, %bi, %bh, %bc, %bd reverse reset_before update_new : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<300x26xf32>, tensor<300x100xf32>, tensor<300xf32>, tensor<300xf32>) -> (tensor<?x100xf32, #tokens>, tensor<?x100xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x100xf32, #tokens>, tensor<?x100xf32, #tokens>) -> tensor<?x200xf32, #tokens>
  return %y : tensor<?x200xf32, #tokens>
}
}
