// Pooling over what products and loops have made; rows scaled to length 1.
module attributes {nn.model = "test/graph", nn.vocabulary = 61 : i64} {
nn.parameter @table normal : tensor<61x70xf32>
nn.parameter @hw normal : tensor<64x70xf32>
nn.parameter @hb normal : tensor<64xf32>
nn.parameter @yw normal : tensor<7x128xf32>
nn.parameter @yb normal : tensor<7xf32>
func.func @main(%ids: tensor<?xi32> {nn.input = "ids"}, %offsets: tensor<?xi32> {nn.input = "offsets"}) -> (tensor<?x64xf32> {nn.output = "n"}, tensor<?x7xf32> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x70xf32>
  %x = nn.embedding %ids, %table : tensor<61x70xf32>
  %hw = nn.get @hw : tensor<64x70xf32>
  %hb = nn.get @hb : tensor<64xf32>
  %h = nn.linear %x, %hw, %hb : (tensor<?x70xf32>, tensor<64x70xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %t = nn.tanh %h : tensor<?x64xf32>
  %a = nn.mean %t, %offsets : tensor<?x64xf32>
  %m = nn.max %h, %offsets : tensor<?x64xf32>
  %c = nn.concat %a, %m axis 1 : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x128xf32>
  %n = nn.l2_normalize %h eps 1.0e-3 : tensor<?x64xf32>
  %yw = nn.get @yw : tensor<7x128xf32>
  %yb = nn.get @yb : tensor<7xf32>
  %y = nn.linear %c, %yw, %yb : (tensor<?x128xf32>, tensor<7x128xf32>, tensor<7xf32>) -> tensor<?x7xf32>
  return %n, %y : tensor<?x64xf32>, tensor<?x7xf32>
}
}
