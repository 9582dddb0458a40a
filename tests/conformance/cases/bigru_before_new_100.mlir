// Both directions of a GRU whose update gate is the share of the new, of 100 units, which fill no block of vectors.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<300x26xf32>
nn.parameter @fh normal : tensor<300x100xf32>
nn.parameter @fc normal : tensor<300xf32>
nn.parameter @fd normal : tensor<300xf32>
nn.parameter @bi normal : tensor<300x26xf32>
nn.parameter @bh normal : tensor<300x100xf32>
nn.parameter @bc normal : tensor<300xf32>
nn.parameter @bd normal : tensor<300xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x200xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<61x26xf32>
  %fi = nn.get @fi : tensor<300x26xf32>
  %fh = nn.get @fh : tensor<300x100xf32>
  %fc = nn.get @fc : tensor<300xf32>
  %fd = nn.get @fd : tensor<300xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd reset_before update_new : (tensor<?x26xf32>, tensor<?xi32>, tensor<300x26xf32>, tensor<300x100xf32>, tensor<300xf32>, tensor<300xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>)
  %bi = nn.get @bi : tensor<300x26xf32>
  %bh = nn.get @bh : tensor<300x100xf32>
  %bc = nn.get @bc : tensor<300xf32>
  %bd = nn.get @bd : tensor<300xf32>
  %b, %bn = nn.gru %x, %offsets, %bi, %bh, %bc, %bd reverse reset_before update_new : (tensor<?x26xf32>, tensor<?xi32>, tensor<300x26xf32>, tensor<300x100xf32>, tensor<300xf32>, tensor<300xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x100xf32>, tensor<?x100xf32>) -> tensor<?x200xf32>
  return %y : tensor<?x200xf32>
}
}
