// Both directions of a GRU of 48 units over 26 columns, side by side.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<144x26xf32>
nn.parameter @fh normal : tensor<144x48xf32>
nn.parameter @fc normal : tensor<144xf32>
nn.parameter @fd normal : tensor<144xf32>
nn.parameter @bi normal : tensor<144x26xf32>
nn.parameter @bh normal : tensor<144x48xf32>
nn.parameter @bc normal : tensor<144xf32>
nn.parameter @bd normal : tensor<144xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x96xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<144x26xf32>
  %fh = nn.get @fh : tensor<144x48xf32>
  %fc = nn.get @fc : tensor<144xf32>
  %fd = nn.get @fd : tensor<144xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<144x26xf32>, tensor<144x48xf32>, tensor<144xf32>, tensor<144xf32>) -> (tensor<?x48xf32, #tokens>, tensor<?x48xf32, #batch>)
  %bi = nn.get @bi : tensor<144x26xf32>
  %bh = nn.get @bh : tensor<144x48xf32>
  %bc = nn.get @bc : tensor<144xf32>
  %bd = nn.get @bd : tensor<144xf32>
  %b, %bn = nn.gru %x, %offsets, %bi, %bh, %bc, %bd reverse : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<144x26xf32>, tensor<144x48xf32>, tensor<144xf32>, tensor<144xf32>) -> (tensor<?x48xf32, #tokens>, tensor<?x48xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x48xf32, #tokens>, tensor<?x48xf32, #tokens>) -> tensor<?x96xf32, #tokens>
  return %y : tensor<?x96xf32, #tokens>
}
}
