// Convolutions that are narrower than a token: their windows are not written (clew-split-windows). Windows that end, or begin, at the token.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x64xf32>
nn.parameter @w0 normal : tensor<20x192xf32>
nn.parameter @c0 normal : tensor<20xf32>
nn.parameter @w1 normal : tensor<7x320xf32>
nn.parameter @w2 normal : tensor<40x128xf32>
nn.parameter @c2 normal : tensor<40xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x20xf32, #tokens> {nn.output = "x"}, tensor<?x47xf32, #batch> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x64xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x64xf32>
  %w0 = nn.get @w0 : tensor<20x192xf32>
  %x0 = nn.window %x, %offsets size 3 before 1 : tensor<?x64xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %c0 = nn.get @c0 : tensor<20xf32>
  %l0 = nn.linear %x0, %w0, %c0 : (tensor<?x192xf32, #tokens>, tensor<20x192xf32>, tensor<20xf32>) -> tensor<?x20xf32, #tokens>
  %w1 = nn.get @w1 : tensor<7x320xf32>
  %x1 = nn.window %x, %offsets size 5 before 4 : tensor<?x64xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %l1 = nn.linear %x1, %w1 : (tensor<?x320xf32, #tokens>, tensor<7x320xf32>) -> tensor<?x7xf32, #tokens>
  %w2 = nn.get @w2 : tensor<40x128xf32>
  %x2 = nn.window %x, %offsets size 2 before 0 : tensor<?x64xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %c2 = nn.get @c2 : tensor<40xf32>
  %l2 = nn.linear %x2, %w2, %c2 : (tensor<?x128xf32, #tokens>, tensor<40x128xf32>, tensor<40xf32>) -> tensor<?x40xf32, #tokens>
  %m1 = nn.max %l1, %offsets : tensor<?x7xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %r2 = nn.relu %l2 : tensor<?x40xf32, #tokens>
  %m2 = nn.max %r2, %offsets : tensor<?x40xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %y = nn.concat %m1, %m2 axis 1 : (tensor<?x7xf32, #batch>, tensor<?x40xf32, #batch>) -> tensor<?x47xf32, #batch>
  return %l0, %y : tensor<?x20xf32, #tokens>, tensor<?x47xf32, #batch>
}
}
