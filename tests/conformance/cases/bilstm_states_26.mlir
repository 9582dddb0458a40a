// The states that an LSTM of both directions ends with, and those of a GRU that reads backwards.
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
nn.parameter @gi normal : tensor<78x26xf32>
nn.parameter @gh normal : tensor<78x26xf32>
nn.parameter @gb normal : tensor<78xf32>
nn.parameter @gd normal : tensor<78xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x52xf32, #tokens> {nn.output = "y"}, tensor<?x26xf32, #batch> {nn.output = "forward_h"}, tensor<?x26xf32, #batch> {nn.output = "forward_c"}, tensor<?x26xf32, #batch> {nn.output = "backward_h"}, tensor<?x26xf32, #batch> {nn.output = "backward_c"}, tensor<?x26xf32, #batch> {nn.output = "gru_h"}, tensor<?x26xf32, #tokens> {nn.output = "gru"}) {
  %table = nn.get @table : tensor<61x26xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x26xf32>
  %fi = nn.get @fi : tensor<104x26xf32>
  %fh = nn.get @fh : tensor<104x26xf32>
  %fc = nn.get @fc : tensor<104xf32>
  %f, %fn, %fm = nn.lstm %x, %offsets, %fi, %fh, %fc : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<104x26xf32>, tensor<104x26xf32>, tensor<104xf32>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>)
  %bi = nn.get @bi : tensor<104x26xf32>
  %bh = nn.get @bh : tensor<104x26xf32>
  %bc = nn.get @bc : tensor<104xf32>
  %b, %bn, %bm = nn.lstm %x, %offsets, %bi, %bh, %bc reverse : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<104x26xf32>, tensor<104x26xf32>, tensor<104xf32>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>)
  %gi = nn.get @gi : tensor<78x26xf32>
  %gh = nn.get @gh : tensor<78x26xf32>
  %gb = nn.get @gb : tensor<78xf32>
  %gd = nn.get @gd : tensor<78xf32>
  %g, %gn = nn.gru %x, %offsets, %gi, %gh, %gb, %gd reverse : (tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<78x26xf32>, tensor<78x26xf32>, tensor<78xf32>, tensor<78xf32>) -> (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #batch>)
  %y = nn.concat %f, %b axis 1 : (tensor<?x26xf32, #tokens>, tensor<?x26xf32, #tokens>) -> tensor<?x52xf32, #tokens>
  return %y, %fn, %fm, %bn, %bm, %gn, %g : tensor<?x52xf32, #tokens>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #batch>, tensor<?x26xf32, #tokens>
}
}
