// Two layers of projected cells whose directions read only their own below, side by side, the upper with the lower added: as in ELMo.
#tokens = #nn.of<"tokens">
#batch = #nn.of<"batch">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
module attributes {nn.model = "test/graph"} {
nn.parameter @table gain : tensor<61x12xf32>
nn.parameter @wif0 normal : tensor<80x12xf32>
nn.parameter @whf0 normal : tensor<80x12xf32>
nn.parameter @bf0 normal : tensor<80xf32>
nn.parameter @pf0 gain : tensor<12x20xf32>
nn.parameter @wif1 normal : tensor<80x12xf32>
nn.parameter @whf1 normal : tensor<80x12xf32>
nn.parameter @bf1 normal : tensor<80xf32>
nn.parameter @pf1 gain : tensor<12x20xf32>
nn.parameter @wib0 normal : tensor<80x12xf32>
nn.parameter @whb0 normal : tensor<80x12xf32>
nn.parameter @bb0 normal : tensor<80xf32>
nn.parameter @pb0 gain : tensor<12x20xf32>
nn.parameter @wib1 normal : tensor<80x12xf32>
nn.parameter @whb1 normal : tensor<80x12xf32>
nn.parameter @bb1 normal : tensor<80xf32>
nn.parameter @pb1 gain : tensor<12x20xf32>
func.func @main(%ids: tensor<?xi32, #tokens> {nn.input = "ids", nn.limit = 61 : i64}, %offsets: tensor<?xi32, #tokens_in_batch> {nn.input = "offsets"}) -> (tensor<?x24xf32, #tokens> {nn.output = "first"}, tensor<?x24xf32, #tokens> {nn.output = "second"}) {
  %table = nn.get @table : tensor<61x12xf32>
  %x = nn.embedding %ids, %table : tensor<?xi32, #tokens>, tensor<61x12xf32>
  %wif0 = nn.get @wif0 : tensor<80x12xf32>
  %whf0 = nn.get @whf0 : tensor<80x12xf32>
  %bf0 = nn.get @bf0 : tensor<80xf32>
  %pf0 = nn.get @pf0 : tensor<12x20xf32>
  %yf0, %hf0, %cf0 = nn.lstm %x, %offsets, %wif0, %whf0, %bf0 projection %pf0 cell_clip 5.000000e-01 projection_clip 2.500000e-01 : (tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<80x12xf32>, tensor<80x12xf32>, tensor<80xf32>, tensor<12x20xf32>) -> (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #batch>, tensor<?x20xf32, #batch>)
  %wib0 = nn.get @wib0 : tensor<80x12xf32>
  %whb0 = nn.get @whb0 : tensor<80x12xf32>
  %bb0 = nn.get @bb0 : tensor<80xf32>
  %pb0 = nn.get @pb0 : tensor<12x20xf32>
  %yb0, %hb0, %cb0 = nn.lstm %x, %offsets, %wib0, %whb0, %bb0 projection %pb0 reverse cell_clip 5.000000e-01 projection_clip 2.500000e-01 : (tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<80x12xf32>, tensor<80x12xf32>, tensor<80xf32>, tensor<12x20xf32>) -> (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #batch>, tensor<?x20xf32, #batch>)
  %wif1 = nn.get @wif1 : tensor<80x12xf32>
  %whf1 = nn.get @whf1 : tensor<80x12xf32>
  %bf1 = nn.get @bf1 : tensor<80xf32>
  %pf1 = nn.get @pf1 : tensor<12x20xf32>
  %yf1, %hf1, %cf1 = nn.lstm %yf0, %offsets, %wif1, %whf1, %bf1 projection %pf1 cell_clip 5.000000e-01 projection_clip 2.500000e-01 : (tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<80x12xf32>, tensor<80x12xf32>, tensor<80xf32>, tensor<12x20xf32>) -> (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #batch>, tensor<?x20xf32, #batch>)
  %wib1 = nn.get @wib1 : tensor<80x12xf32>
  %whb1 = nn.get @whb1 : tensor<80x12xf32>
  %bb1 = nn.get @bb1 : tensor<80xf32>
  %pb1 = nn.get @pb1 : tensor<12x20xf32>
  %yb1, %hb1, %cb1 = nn.lstm %yb0, %offsets, %wib1, %whb1, %bb1 projection %pb1 reverse cell_clip 5.000000e-01 projection_clip 2.500000e-01 : (tensor<?x12xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<80x12xf32>, tensor<80x12xf32>, tensor<80xf32>, tensor<12x20xf32>) -> (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #batch>, tensor<?x20xf32, #batch>)
  %first = nn.concat %yf0, %yb0 axis 1 : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>) -> tensor<?x24xf32, #tokens>
  %upper = nn.concat %yf1, %yb1 axis 1 : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>) -> tensor<?x24xf32, #tokens>
  %second = nn.add %upper, %first : tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>
  return %first, %second : tensor<?x24xf32, #tokens>, tensor<?x24xf32, #tokens>
}
}
