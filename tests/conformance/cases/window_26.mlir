// Windows of 3 and 4 tokens over 26 columns, as convolutions, their largest values side by side.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @w0 normal : tensor<36x78xf32>
nn.parameter @c0 normal : tensor<36xf32>
nn.parameter @w1 normal : tensor<36x104xf32>
nn.parameter @c1 normal : tensor<36xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x72xf32, #batch> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %w0 = nn.get @w0 : tensor<36x78xf32>
  %c0 = nn.get @c0 : tensor<36xf32>
  %x0 = nn.window %x, %offsets size 3 before 1 : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %l0 = nn.linear %x0, %w0, %c0 : (tensor<?x78xf32, #tokens>, tensor<36x78xf32>, tensor<36xf32>) -> tensor<?x36xf32, #tokens>
  %r0 = nn.relu %l0 : tensor<?x36xf32, #tokens>
  %m0 = nn.max %r0, %offsets : tensor<?x36xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %w1 = nn.get @w1 : tensor<36x104xf32>
  %c1 = nn.get @c1 : tensor<36xf32>
  %x1 = nn.window %x, %offsets size 4 before 1 : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %l1 = nn.linear %x1, %w1, %c1 : (tensor<?x104xf32, #tokens>, tensor<36x104xf32>, tensor<36xf32>) -> tensor<?x36xf32, #tokens>
  %r1 = nn.relu %l1 : tensor<?x36xf32, #tokens>
  %m1 = nn.max %r1, %offsets : tensor<?x36xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %m = nn.concat %m0, %m1 axis 1 : (tensor<?x36xf32, #batch>, tensor<?x36xf32, #batch>) -> tensor<?x72xf32, #batch>
  %y = nn.scale %m factor -2.5 : tensor<?x72xf32, #batch>
  return %y : tensor<?x72xf32, #batch>
}
}
