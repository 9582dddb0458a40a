// Both directions of an LSTM of 48 units over 26 columns, side by side.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<192x26xf32>
nn.parameter @fh normal : tensor<192x48xf32>
nn.parameter @fb normal : tensor<192xf32>
nn.parameter @bi normal : tensor<192x26xf32>
nn.parameter @bh normal : tensor<192x48xf32>
nn.parameter @bb normal : tensor<192xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x96xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<61x26xf32>
  %fi = nn.get @fi : tensor<192x26xf32>
  %fh = nn.get @fh : tensor<192x48xf32>
  %fb = nn.get @fb : tensor<192xf32>
  %f, %fn, %fc = nn.lstm %x, %offsets, %fi, %fh, %fb : (tensor<?x26xf32>, tensor<?xi32>, tensor<192x26xf32>, tensor<192x48xf32>, tensor<192xf32>) -> (tensor<?x48xf32>, tensor<?x48xf32>, tensor<?x48xf32>)
  %bi = nn.get @bi : tensor<192x26xf32>
  %bh = nn.get @bh : tensor<192x48xf32>
  %bb = nn.get @bb : tensor<192xf32>
  %b, %bn, %bc = nn.lstm %x, %offsets, %bi, %bh, %bb reverse : (tensor<?x26xf32>, tensor<?xi32>, tensor<192x26xf32>, tensor<192x48xf32>, tensor<192xf32>) -> (tensor<?x48xf32>, tensor<?x48xf32>, tensor<?x48xf32>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x48xf32>, tensor<?x48xf32>) -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
}
