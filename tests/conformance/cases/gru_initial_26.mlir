// A GRU whose state begins with the first token of each sequence, beside one that begins with a parameter.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @h0 gain : tensor<26xf32>
nn.parameter @fi normal : tensor<78x26xf32>
nn.parameter @fh normal : tensor<78x26xf32>
nn.parameter @fc normal : tensor<78xf32>
nn.parameter @fd normal : tensor<78xf32>
nn.parameter @bi normal : tensor<78x26xf32>
nn.parameter @bh normal : tensor<78x26xf32>
nn.parameter @bc normal : tensor<78xf32>
nn.parameter @bd normal : tensor<78xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x52xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %first = nn.first %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %h0 = nn.get @h0 : tensor<26xf32>
  %fi = nn.get @fi : tensor<78x26xf32>
  %fh = nn.get @fh : tensor<78x26xf32>
  %fc = nn.get @fc : tensor<78xf32>
  %fd = nn.get @fd : tensor<78xf32>
  %f, %fn = nn.gru %x, %offsets, %fi, %fh, %fc, %fd from %first reverse : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<78x26xf32>, tensor<78x26xf32>, tensor<78xf32>, tensor<78xf32>, tensor<?x26xf32, #batch>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>)
  %bi = nn.get @bi : tensor<78x26xf32>
  %bh = nn.get @bh : tensor<78x26xf32>
  %bc = nn.get @bc : tensor<78xf32>
  %bd = nn.get @bd : tensor<78xf32>
  %b, %bn = nn.gru %x, %offsets, %bi, %bh, %bc, %bd from %h0 reset_before : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<78x26xf32>, tensor<78x26xf32>, tensor<78xf32>, tensor<78xf32>, tensor<26xf32>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>) -> tensor<?x52xf32, #tokens>
  return %y : tensor<?x52xf32, #tokens>
}
}
