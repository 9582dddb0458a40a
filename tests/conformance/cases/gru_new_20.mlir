// A GRU that resets after its product and whose update gate is the share of the new.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x8xf32>
nn.parameter @fi normal : tensor<60x8xf32>
nn.parameter @fh normal : tensor<60x20xf32>
nn.parameter @fc normal : tensor<60xf32>
nn.parameter @fd normal : tensor<60xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x20xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x8xf32>
  %x = nn.embedding %ids, %table : tensor<61x8xf32>
  %fi = nn.get @fi : tensor<60x8xf32>
  %fh = nn.get @fh : tensor<60x20xf32>
  %fc = nn.get @fc : tensor<60xf32>
  %fd = nn.get @fd : tensor<60xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd update_new : (tensor<?x8xf32>, tensor<?xi32>, tensor<60x8xf32>, tensor<60x20xf32>, tensor<60xf32>, tensor<60xf32>) -> (tensor<?x20xf32>, tensor<?x20xf32>)
  return %f : tensor<?x20xf32>
}
}
