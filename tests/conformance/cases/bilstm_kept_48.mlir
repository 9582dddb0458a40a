// Both directions of an LSTM that keeps bf16 in every precision, and a linear behind it that keeps nothing, as a tagger has it.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<192x26xf32> {nn.keep = "bf16"}
nn.parameter @fh normal : tensor<192x48xf32> {nn.keep = "bf16"}
nn.parameter @fb normal : tensor<192xf32>
nn.parameter @bi normal : tensor<192x26xf32> {nn.keep = "bf16"}
nn.parameter @bh normal : tensor<192x48xf32> {nn.keep = "bf16"}
nn.parameter @bb normal : tensor<192xf32>
nn.parameter @up normal : tensor<40x96xf32>
nn.parameter @exact normal : tensor<24x96xf32> {nn.keep = "f32"}
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x40xf32, #tokens> {nn.output = "y"}, tensor<?x24xf32, #tokens> {nn.output = "z"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<192x26xf32>
  %fh = nn.get @fh : tensor<192x48xf32>
  %fb = nn.get @fb : tensor<192xf32>
  %f, %fn, %fc = nn.lstm %x, %offsets, %fi, %fh, %fb : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<192x26xf32>, tensor<192x48xf32>, tensor<192xf32>) -> (tensor<?x48xf32, #tokens>, tensor<?x48xf32, #batch>, tensor<?x48xf32, #batch>)
  %bi = nn.get @bi : tensor<192x26xf32>
  %bh = nn.get @bh : tensor<192x48xf32>
  %bb = nn.get @bb : tensor<192xf32>
  %b, %bn, %bc = nn.lstm %x, %offsets, %bi, %bh, %bb reverse : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<192x26xf32>, tensor<192x48xf32>, tensor<192xf32>) -> (tensor<?x48xf32, #tokens>, tensor<?x48xf32, #batch>, tensor<?x48xf32, #batch>)
  %both = nn.concat %f, %b axis 1 : (tensor<?x48xf32, #tokens>, tensor<?x48xf32, #tokens>) -> tensor<?x96xf32, #tokens>
  %up = nn.get @up : tensor<40x96xf32>
  %exact = nn.get @exact : tensor<24x96xf32>
  %y = nn.linear %both, %up : (tensor<?x96xf32, #tokens>, tensor<40x96xf32>) -> tensor<?x40xf32, #tokens>
  %z = nn.linear %both, %exact : (tensor<?x96xf32, #tokens>, tensor<24x96xf32>) -> tensor<?x24xf32, #tokens>
  return %y, %z : tensor<?x40xf32, #tokens>, tensor<?x24xf32, #tokens>
}
}
