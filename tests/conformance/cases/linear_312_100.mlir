// Products with and without a bias, 312 to 100 and back, gelu between them, residual and norm after them.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x312xf32>
nn.parameter @g gain : tensor<312xf32>
nn.parameter @s normal : tensor<312xf32>
nn.parameter @w normal : tensor<100x312xf32>
nn.parameter @b normal : tensor<100xf32>
nn.parameter @v normal : tensor<312x100xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x100xf32, #tokens> {nn.output = "p"}, tensor<?x312xf32, #tokens> {nn.output = "z"}) {
  %table = nn.get @table : tensor<61x312xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x312xf32>
  %g = nn.get @g : tensor<312xf32>
  %s = nn.get @s : tensor<312xf32>
  %y = nn.layer_norm %x, %g, %s eps 1.0e-12 : tensor<?x312xf32, #tokens>
  %w = nn.get @w : tensor<100x312xf32>
  %b = nn.get @b : tensor<100xf32>
  %v = nn.get @v : tensor<312x100xf32>
  %p = nn.linear %y, %w, %b : (tensor<?x312xf32, #tokens>, tensor<100x312xf32>, tensor<100xf32>) -> tensor<?x100xf32, #tokens>
  %h = nn.gelu %p : tensor<?x100xf32, #tokens>
  %q = nn.linear %h, %v : (tensor<?x100xf32, #tokens>, tensor<312x100xf32>) -> tensor<?x312xf32, #tokens>
  %r = nn.add %q, %y : tensor<?x312xf32, #tokens>, tensor<?x312xf32, #tokens>
  %z = nn.layer_norm %r, %g, %s eps 1.0e-12 : tensor<?x312xf32, #tokens>
  return %p, %z : tensor<?x100xf32, #tokens>, tensor<?x312xf32, #tokens>
}
}
