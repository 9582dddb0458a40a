// Attention with 4 heads of 8; its three products read one value.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table gain : tensor<61x32xf32>
nn.parameter @qw normal : tensor<32x32xf32>
nn.parameter @kw normal : tensor<32x32xf32>
nn.parameter @vw normal : tensor<32x32xf32>
nn.parameter @qb normal : tensor<32xf32>
nn.parameter @kb normal : tensor<32xf32>
nn.parameter @vb normal : tensor<32xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x32xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x32xf32>
  %x = nn.embedding %ids, %table : tensor<61x32xf32>
  %qw = nn.get @qw : tensor<32x32xf32>
  %qb = nn.get @qb : tensor<32xf32>
  %q = nn.linear %x, %qw, %qb : (tensor<?x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<?x32xf32>
  %kw = nn.get @kw : tensor<32x32xf32>
  %kb = nn.get @kb : tensor<32xf32>
  %k = nn.linear %x, %kw, %kb : (tensor<?x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<?x32xf32>
  %vw = nn.get @vw : tensor<32x32xf32>
  %vb = nn.get @vb : tensor<32xf32>
  %v = nn.linear %x, %vw, %vb : (tensor<?x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<?x32xf32>
  %y, %s, %l = nn.attention %q, %k, %v, %offsets heads 4 scale 3.535534e-01 : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x4x?xf32>, tensor<?x4xf32>)
  return %y : tensor<?x32xf32>
}
}
