// Attention with 2 heads of 64; its three products read one value.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x128xf32>
nn.parameter @qw normal : tensor<128x128xf32>
nn.parameter @kw normal : tensor<128x128xf32>
nn.parameter @vw normal : tensor<128x128xf32>
nn.parameter @qb normal : tensor<128xf32>
nn.parameter @kb normal : tensor<128xf32>
nn.parameter @vb normal : tensor<128xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x128xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x128xf32>
  %x = nn.embedding %ids, %table : tensor<61x128xf32>
  %qw = nn.get @qw : tensor<128x128xf32>
  %qb = nn.get @qb : tensor<128xf32>
  %q = nn.linear %x, %qw, %qb : (tensor<?x128xf32>, tensor<128x128xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %kw = nn.get @kw : tensor<128x128xf32>
  %kb = nn.get @kb : tensor<128xf32>
  %k = nn.linear %x, %kw, %kb : (tensor<?x128xf32>, tensor<128x128xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %vw = nn.get @vw : tensor<128x128xf32>
  %vb = nn.get @vb : tensor<128xf32>
  %v = nn.linear %x, %vw, %vb : (tensor<?x128xf32>, tensor<128x128xf32>, tensor<128xf32>) -> tensor<?x128xf32>
  %y, %s, %l = nn.attention %q, %k, %v, %offsets heads 2 scale 1.250000e-01 : (tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?xi32>) -> (tensor<?x128xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>)
  return %y : tensor<?x128xf32>
}
}
