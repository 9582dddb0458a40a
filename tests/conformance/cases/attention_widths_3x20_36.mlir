// Attention whose keys are narrower than its values, and wider.
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @qw normal : tensor<60x26xf32>
nn.parameter @qb normal : tensor<60xf32>
nn.parameter @kw normal : tensor<60x26xf32>
nn.parameter @kb normal : tensor<60xf32>
nn.parameter @vw normal : tensor<108x26xf32>
nn.parameter @vb normal : tensor<108xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x108xf32, #tokens> {nn.output = "y"}, tensor<?x108xf32, #tokens> {nn.output = "c"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %qw = nn.get @qw : tensor<60x26xf32>
  %qb = nn.get @qb : tensor<60xf32>
  %q = nn.linear %x, %qw, %qb : (tensor<?x26xf32, #tokens>, tensor<60x26xf32>, tensor<60xf32>) -> tensor<?x60xf32, #tokens>
  %kw = nn.get @kw : tensor<60x26xf32>
  %kb = nn.get @kb : tensor<60xf32>
  %k = nn.linear %x, %kw, %kb : (tensor<?x26xf32, #tokens>, tensor<60x26xf32>, tensor<60xf32>) -> tensor<?x60xf32, #tokens>
  %vw = nn.get @vw : tensor<108x26xf32>
  %vb = nn.get @vb : tensor<108xf32>
  %v = nn.linear %x, %vw, %vb : (tensor<?x26xf32, #tokens>, tensor<108x26xf32>, tensor<108xf32>) -> tensor<?x108xf32, #tokens>
  %y, %ys, %yl = nn.attention %q, %k, %v, %offsets heads 3 scale 1.2 : (tensor<?x60xf32, #tokens>, tensor<?x60xf32, #tokens>, tensor<?x108xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x108xf32, #tokens>, tensor<?x3x?xf32, #tokens>, tensor<?x3xf32, #tokens>)
  %c, %cs, %cl = nn.attention %q, %k, %v, %offsets heads 3 scale 1.2 causal : (tensor<?x60xf32, #tokens>, tensor<?x60xf32, #tokens>, tensor<?x108xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x108xf32, #tokens>, tensor<?x3x?xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return %y, %c : tensor<?x108xf32, #tokens>, tensor<?x108xf32, #tokens>
}
}
