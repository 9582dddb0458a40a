// Pooling over what products and loops have made; rows scaled to length 1.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table normal : tensor<61x70xf32>
nn.parameter @hw normal : tensor<64x70xf32>
nn.parameter @hb normal : tensor<64xf32>
nn.parameter @yw normal : tensor<7x128xf32>
nn.parameter @yb normal : tensor<7xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x64xf32, #tokens> {nn.output = "n"}, tensor<?x7xf32, #batch> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x70xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x70xf32>
  %hw = nn.get @hw : tensor<64x70xf32>
  %hb = nn.get @hb : tensor<64xf32>
  %h = nn.linear %x, %hw, %hb : (tensor<?x70xf32, #tokens>, tensor<64x70xf32>, tensor<64xf32>) -> tensor<?x64xf32, #tokens>
  %t = nn.tanh %h : tensor<?x64xf32, #tokens>
  %a = nn.mean %t, %offsets : tensor<?x64xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %m = nn.max %h, %offsets : tensor<?x64xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %c = nn.concat %a, %m axis 1 : (tensor<?x64xf32, #batch>, tensor<?x64xf32, #batch>) -> tensor<?x128xf32, #batch>
  %n = nn.l2_normalize %h eps 1.0e-3 : tensor<?x64xf32, #tokens>
  %yw = nn.get @yw : tensor<7x128xf32>
  %yb = nn.get @yb : tensor<7xf32>
  %y = nn.linear %c, %yw, %yb : (tensor<?x128xf32, #batch>, tensor<7x128xf32>, tensor<7xf32>) -> tensor<?x7xf32, #batch>
  return %n, %y : tensor<?x64xf32, #tokens>, tensor<?x7xf32, #batch>
}
}
