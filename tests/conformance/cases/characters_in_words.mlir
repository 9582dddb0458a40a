// Three levels: characters in words in rows. Loops, products, cells, attention and pooling work on each, and pooling leads up.
#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#characters = #nn.of<"characters">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
#characters_in_tokens = #nn.offsets<"characters", "tokens">
module attributes {nn.model = "test/graph"} {
nn.parameter @words normal : tensor<61x12xf32>
nn.parameter @table gain : tensor<61x12xf32>
nn.parameter @places normal : tensor<8x12xf32>
nn.parameter @wi normal : tensor<28x12xf32>
nn.parameter @wh normal : tensor<28x7xf32>
nn.parameter @b normal : tensor<28xf32>
nn.parameter @up normal : tensor<26x12xf32>
nn.parameter @down normal : tensor<10x26xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}, %characters: tensor<?xi32, #characters> {nn.input = "characters", nn.limit = 61 : i64}, %character_offsets: tensor<?xi32, #characters_in_tokens> {nn.input = "character_offsets", nn.most = 8 : i64}) -> (tensor<?x26xf32, #characters> {nn.output = "up"}, tensor<?x26xf32, #tokens> {nn.output = "largest"}, tensor<?x12xf32, #tokens> {nn.output = "mixed"}, tensor<?x17xf32, #tokens> {nn.output = "words"}, tensor<?x10xf32, #batch> {nn.output = "rows"}) {
  %table = nn.get @table : tensor<61x12xf32>
  %c = nn.embedding %characters, %table : tensor<?xi32, #characters>, tensor<61x12xf32>
  %p = nn.positions %character_offsets : tensor<?xi32, #characters_in_tokens>
  %places = nn.get @places : tensor<8x12xf32>
  %q = nn.embedding %p, %places : tensor<?xi32, #characters>, tensor<8x12xf32>
  %x = nn.add %c, %q : tensor<?x12xf32, #characters>, tensor<?x12xf32, #characters>
  %up = nn.get @up : tensor<26x12xf32>
  %u = nn.linear %x, %up : (tensor<?x12xf32, #characters>, tensor<26x12xf32>) -> tensor<?x26xf32, #characters>
  %v = nn.tanh %u : tensor<?x26xf32, #characters>
  %m = nn.max %v, %character_offsets : tensor<?x26xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %a, %s, %l = nn.attention %x, %x, %x, %character_offsets heads 3 scale 5.000000e-01 : (tensor<?x12xf32, #characters>, tensor<?x12xf32, #characters>, tensor<?x12xf32, #characters>, tensor<?xi32, #characters_in_tokens>) -> (tensor<?x12xf32, #characters>, tensor<?x3x?xf32, #characters>, tensor<?x3xf32, #characters>)
  %n = nn.mean %a, %character_offsets : tensor<?x12xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %wi = nn.get @wi : tensor<28x12xf32>
  %wh = nn.get @wh : tensor<28x7xf32>
  %b = nn.get @b : tensor<28xf32>
  %y, %h, %d = nn.lstm %x, %character_offsets, %wi, %wh, %b : (tensor<?x12xf32, #characters>, tensor<?xi32, #characters_in_tokens>, tensor<28x12xf32>, tensor<28x7xf32>, tensor<28xf32>) -> (tensor<?x7xf32, #characters>, tensor<?x7xf32, #tokens>, tensor<?x7xf32, #tokens>)
  %k = nn.last %y, %character_offsets : tensor<?x7xf32, #characters>, tensor<?xi32, #characters_in_tokens>
  %words = nn.get @words : tensor<61x12xf32>
  %w = nn.embedding %ids, %words : tensor<?xi32, #tokens>, tensor<61x12xf32>
  %z = nn.concat %k, %m axis 1 : (tensor<?x7xf32, #tokens>, tensor<?x26xf32, #tokens>) -> tensor<?x33xf32, #tokens>
  %t = nn.slice %z[0, 5] : tensor<?x33xf32, #tokens>
  %wt = nn.concat %w, %t axis 1 : (tensor<?x12xf32, #tokens>, tensor<?x5xf32, #tokens>) -> tensor<?x17xf32, #tokens>
  %down = nn.get @down : tensor<10x26xf32>
  %r = nn.mean %m, %offsets : tensor<?x26xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  %o = nn.linear %r, %down : (tensor<?x26xf32, #batch>, tensor<10x26xf32>) -> tensor<?x10xf32, #batch>
  return %v, %m, %n, %wt, %o : tensor<?x26xf32, #characters>, tensor<?x26xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?x17xf32, #tokens>, tensor<?x10xf32, #batch>
}
}
