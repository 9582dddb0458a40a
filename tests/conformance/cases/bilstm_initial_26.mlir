// An LSTM that begins with a mean and with the last token of each sequence, in both directions.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x26xf32>
nn.parameter @fi normal : tensor<104x26xf32>
nn.parameter @fh normal : tensor<104x26xf32>
nn.parameter @fc normal : tensor<104xf32>
nn.parameter @bi normal : tensor<104x26xf32>
nn.parameter @bh normal : tensor<104x26xf32>
nn.parameter @bc normal : tensor<104xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x52xf32, #tokens> {nn.output = "y"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %mean = nn.mean %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %last = nn.last %x, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %fi = nn.get @fi : tensor<104x26xf32>
  %fh = nn.get @fh : tensor<104x26xf32>
  %fc = nn.get @fc : tensor<104xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc from %mean and %last : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<104x26xf32>, tensor<104x26xf32>, tensor<104xf32>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>)
  %bi = nn.get @bi : tensor<104x26xf32>
  %bh = nn.get @bh : tensor<104x26xf32>
  %bc = nn.get @bc : tensor<104xf32>
  %b, %bn, %bm = nn.lstm %x, %offsets, %bi, %bh, %bc from %mean and %last reverse : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<104x26xf32>, tensor<104x26xf32>, tensor<104xf32>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>) -> tensor<?x52xf32, #tokens>
  return %y : tensor<?x52xf32, #tokens>
}
}
