// RUN: clew-opt %s --split-input-file --verify-diagnostics
// What does not fit together is said with both types or numbers.

#tokens = #nn.of<"tokens">
func.func @columns(%x: tensor<?x8xf32, #tokens>, %w: tensor<4x6xf32>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+2 {{'nn.linear' op x has 8 columns, but the weight takes 6}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.linear %x, %w : (tensor<?x8xf32, #tokens>, tensor<4x6xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @bias(%x: tensor<?x8xf32, #tokens>, %w: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+2 {{'nn.linear' op bias must be 'tensor<4xf32>', found 'tensor<8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.linear %x, %w, %b : (tensor<?x8xf32, #tokens>, tensor<4x8xf32>, tensor<8xf32>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @mixed(%x: tensor<?x8xf32, #tokens>, %w: tensor<4x8xbf16>) -> tensor<?x4xf32, #tokens> {
  // expected-error @+2 {{'nn.linear' op x and weight must have one element type, found 'f32' and 'bf16'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.linear %x, %w : (tensor<?x8xf32, #tokens>, tensor<4x8xbf16>) -> tensor<?x4xf32, #tokens>
  return %y : tensor<?x4xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @integer_bias(%x: tensor<?x8xi8, #tokens>, %w: tensor<4x8xi8>, %b: tensor<4xf32>) -> tensor<?x4xi32, #tokens> {
  // expected-error @+2 {{'nn.linear' op a product of i8 takes no bias: add it after nn.dequantize}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.linear %x, %w, %b : (tensor<?x8xi8, #tokens>, tensor<4x8xi8>, tensor<4xf32>) -> tensor<?x4xi32, #tokens>
  return %y : tensor<?x4xi32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @result(%x: tensor<?x8xbf16, #tokens>, %w: tensor<4x8xbf16>) -> tensor<?x4xf64, #tokens> {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{op inferred type(s) 'tensor<?x4xf32, #nn.of<"tokens">>' are incompatible with return type(s) of operation 'tensor<?x4xf64, #nn.of<"tokens">>'}}
  %y = nn.linear %x, %w : (tensor<?x8xbf16, #tokens>, tensor<4x8xbf16>) -> tensor<?x4xf64, #tokens>
  return %y : tensor<?x4xf64, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @widths(%x: tensor<?x8xf32, #tokens>, %y: tensor<?x4xf32, #tokens>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+1 {{'nn.add' op y must be 'tensor<?x8xf32, #nn.of<"tokens">>', 'tensor<8xf32>' or 'tensor<1xf32>', found 'tensor<?x4xf32, #nn.of<"tokens">>'}}
  %z = nn.add %x, %y : tensor<?x8xf32, #tokens>, tensor<?x4xf32, #tokens>
  return %z : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
func.func @row(%x: tensor<?x8xf32, #tokens>, %y: tensor<4xf32>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+1 {{'nn.multiply' op y must be 'tensor<?x8xf32, #nn.of<"tokens">>', 'tensor<8xf32>' or 'tensor<1xf32>', found 'tensor<4xf32>'}}
  %z = nn.multiply %x, %y : tensor<?x8xf32, #tokens>, tensor<4xf32>
  return %z : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @heads(%q: tensor<?x8xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+2 {{'nn.attention' op 8 columns do not divide into 3 heads}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %offsets heads 3 scale 1.0
      : (tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?x8xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x8xf32, #tokens>, tensor<?x3x?xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return %y : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @keys(%q: tensor<?x8xf32, #tokens>, %k: tensor<?x4xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>) -> tensor<?x8xf32, #tokens> {
  // expected-error @+2 {{'nn.attention' op k must be like q, 'tensor<?x8xf32, #nn.of<"tokens">>', found 'tensor<?x4xf32, #nn.of<"tokens">>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %k, %k, %offsets heads 2 scale 1.0
      : (tensor<?x8xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x8xf32, #tokens>, tensor<?x2x?xf32, #tokens>, tensor<?x2xf32, #tokens>)
  return %y : tensor<?x8xf32, #tokens>
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @gates(%x: tensor<?x5xf32, #tokens>, %offsets: tensor<?xi32, #tokens_in_batch>, %wi: tensor<9x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>) {
  // expected-error @+2 {{'nn.lstm' op weight_ih must be 'tensor<12x5xf32>', found 'tensor<9x5xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %h, %c = nn.lstm %x, %offsets, %wi, %wh, %b : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x5xf32>, tensor<12x3xf32>, tensor<12xf32>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @scales(%gates: tensor<?x12xf32, #tokens>, %w: tensor<12x3xi8>, %offsets: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+2 {{'nn.recurrence' op scales stand beside an i8 weight_hh and no other}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets : (tensor<?x12xf32, #tokens>, tensor<12x3xi8>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @recurrent(%gates: tensor<?x12xf32, #tokens>, %w: tensor<8x2xf32>, %offsets: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+2 {{'nn.recurrence' op expected gates (tokens, 4H) and weight_hh (4H, H), found 'tensor<?x12xf32, #nn.of<"tokens">>' and 'tensor<8x2xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %h, %c = nn.recurrence lstm %gates, %w, %offsets : (tensor<?x12xf32, #tokens>, tensor<8x2xf32>, tensor<?xi32, #tokens_in_batch>)
      -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>, tensor<?x3xf32, #tokens>)
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @outside(%x: tensor<?x8xf32, #tokens>) {
  // expected-error @+1 {{'nn.slice' op columns 6 to 9 are not all in 'tensor<?x8xf32, #nn.of<"tokens">>'}}
  %y = nn.slice %x[6, 3] : tensor<?x8xf32, #tokens>
  return
}

// -----

func.func @rows(%x: tensor<2x8xf32>, %y: tensor<3x8xf32>) {
  // expected-error @+2 {{'nn.concat' op cannot join 'tensor<2x8xf32>' and 'tensor<3x8xf32>' along axis 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %z = nn.concat %x, %y axis 1 : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<2x16xf32>
  return
}

// -----

func.func @axis(%x: tensor<8xf32>) {
  // expected-error @+2 {{'nn.concat' op has no axis 1 in 'tensor<8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %z = nn.concat %x axis 1 : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @columns_scale(%acc: tensor<?x4xi32, #tokens>, %rows: tensor<?x1xf32, #tokens>, %columns: tensor<3x1xf32>) {
  // expected-error @+2 {{'nn.dequantize' op column_scale must be 'tensor<4x1xf32>', found 'tensor<3x1xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.dequantize %acc, %rows, %columns : (tensor<?x4xi32, #tokens>, tensor<?x1xf32, #tokens>, tensor<3x1xf32>) -> tensor<?x4xf32, #tokens>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @cast(%x: tensor<?x4xf32, #tokens>) {
  // expected-error @+1 {{'nn.cast' op changes the shape of 'tensor<?x4xf32, #nn.of<"tokens">>' to 'tensor<?x5xbf16, #nn.of<"tokens">>'}}
  %y = nn.cast %x : tensor<?x4xf32, #tokens> to tensor<?x5xbf16, #tokens>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @rate(%x: tensor<?x4xf32, #tokens>) {
  // expected-error @+1 {{'nn.dropout' op rate must be in [0, 1), found}}
  %y = nn.dropout %x rate 1.0 site 0 : tensor<?x4xf32, #tokens>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @eps(%x: tensor<?x4xf32, #tokens>, %w: tensor<4xf32>) {
  // expected-error @+1 {{'nn.layer_norm' op eps must not be negative, found}}
  %y = nn.layer_norm %x, %w, %w eps -1.0 : tensor<?x4xf32, #tokens>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @norm(%x: tensor<?x4xf32, #tokens>, %w: tensor<5xf32>) {
  // expected-error @+1 {{'nn.layer_norm' op failed to verify that weight is like a row of x}}
  %y = "nn.layer_norm"(%x, %w, %w) : (tensor<?x4xf32, #tokens>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x4xf32, #tokens>
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @gru_bias(%x: tensor<?x5xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %wi: tensor<9x5xf32>, %wh: tensor<9x3xf32>, %b: tensor<9xf32>, %d: tensor<12xf32>) {
  // expected-error @+2 {{'nn.gru' op bias_hh must be 'tensor<9xf32>', found 'tensor<12xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %h = nn.gru %x, %o, %wi, %wh, %b, %d : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<9x5xf32>, tensor<9x3xf32>, tensor<9xf32>, tensor<12xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>)
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @recurrence_without_bias(%g: tensor<?x9xf32, #tokens>, %w: tensor<9x3xf32>, %o: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+2 {{'nn.recurrence' op a bias stands in a gru and in no other cell}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %h, %c = nn.recurrence gru %g, %w, %o : (tensor<?x9xf32, #tokens>, tensor<9x3xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @values_of_other_heads(%q: tensor<?x12xf32, #tokens>, %v: tensor<?x10xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+2 {{'nn.attention' op 10 columns do not divide into 4 heads}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %v, %o heads 4 scale 0.5 : (tensor<?x12xf32, #tokens>, tensor<?x12xf32, #tokens>, tensor<?x10xf32, #tokens>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x10xf32, #tokens>, tensor<?x4x?xf32, #tokens>, tensor<?x4xf32, #tokens>)
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @start_beyond(%ids: tensor<?xi32, #tokens>, %t: tensor<8x4xf32>) {
  // expected-error @+1 {{start must be from 0 to 7, found 8}}
  %y = nn.embedding %ids, %t start 8 : tensor<?xi32, #tokens>, tensor<8x4xf32>
  return
}

// -----

func.func @tokens_and_sequences(%x: tensor<?x8xf32, #nn.of<"tokens">>, %y: tensor<?x8xf32, #nn.of<"batch">>) {
  // expected-error @+1 {{'nn.add' op y must be 'tensor<?x8xf32, #nn.of<"tokens">>', 'tensor<8xf32>' or 'tensor<1xf32>', found 'tensor<?x8xf32, #nn.of<"batch">>'}}
  %z = nn.add %x, %y : tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"batch">>
  return
}

// -----

func.func @other_offsets(%x: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"characters", "tokens">>) {
  // expected-error @+1 {{'nn.max' op offsets cut characters, but the rows are 'tensor<?x8xf32, #nn.of<"tokens">>'}}
  %z = nn.max %x, %o : tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"characters", "tokens">>
  return
}

// -----

func.func @no_level(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+2 {{'nn.linear' op x must say what its rows run over, found 'tensor<?x8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %z = nn.linear %x, %w : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @even_distances(%q: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"tokens", "batch">>, %t: tensor<4x4xf32>) {
  // expected-error @+2 {{'nn.attention' op relative_keys must be a table of an odd number of rows, 4 or 8 columns wide, of the element type of q, found 'tensor<4x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %o keys %t heads 2 scale 0.5 : (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"tokens", "batch">>, tensor<4x4xf32>) -> (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x2x?xf32, #nn.of<"tokens">>, tensor<?x2xf32, #nn.of<"tokens">>)
  return
}

// -----

func.func @no_keys(%q: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"tokens", "batch">>) {
  // expected-error @+2 {{'nn.attention' op relative_q stands beside relative_keys and is like q}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %o by %q heads 2 scale 0.5 : (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"tokens", "batch">>, tensor<?x8xf32, #nn.of<"tokens">>) -> (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x2x?xf32, #nn.of<"tokens">>, tensor<?x2xf32, #nn.of<"tokens">>)
  return
}

// -----

func.func @biases(%q: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"tokens", "batch">>, %t: tensor<4x2xf32>) {
  // expected-error @+2 {{'nn.attention' op relative_biases must be a table of an odd number of rows, 2 columns wide, of 'f32', found 'tensor<4x2xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %o biases %t heads 2 scale 0.5 : (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"tokens", "batch">>, tensor<4x2xf32>) -> (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x2x?xf32, #nn.of<"tokens">>, tensor<?x2xf32, #nn.of<"tokens">>)
  return
}

// -----

func.func @three_keys(%q: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"tokens", "batch">>, %g: tensor<?xi32, #nn.of<"tokens">>, %t: tensor<3x8xf32>) {
  // expected-error @+2 {{'nn.attention' op segment_keys must be two rows, 4 or 8 columns wide, of the element type of q, found 'tensor<3x8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %o segments %g, %t heads 2 scale 0.5 : (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"tokens", "batch">>, tensor<?xi32, #nn.of<"tokens">>, tensor<3x8xf32>) -> (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x2x?xf32, #nn.of<"tokens">>, tensor<?x2xf32, #nn.of<"tokens">>)
  return
}

// -----

func.func @segments_of_batch(%q: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"tokens", "batch">>, %g: tensor<?xi32, #nn.of<"batch">>, %t: tensor<2x8xf32>) {
  // expected-error @+2 {{'nn.attention' op segments must be values of the level of q,}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %o segments %g, %t heads 2 scale 0.5 : (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"tokens", "batch">>, tensor<?xi32, #nn.of<"batch">>, tensor<2x8xf32>) -> (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x2x?xf32, #nn.of<"tokens">>, tensor<?x2xf32, #nn.of<"tokens">>)
  return
}

// -----

func.func @no_segments(%q: tensor<?x8xf32, #nn.of<"tokens">>, %o: tensor<?xi32, #nn.offsets<"tokens", "batch">>) {
  // expected-error @+2 {{'nn.attention' op segments and segment_keys stand beside each other, segment_q beside them}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %s, %l = nn.attention %q, %q, %q, %o met by %q heads 2 scale 0.5 : (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x8xf32, #nn.of<"tokens">>, tensor<?xi32, #nn.offsets<"tokens", "batch">>, tensor<?x8xf32, #nn.of<"tokens">>) -> (tensor<?x8xf32, #nn.of<"tokens">>, tensor<?x2x?xf32, #nn.of<"tokens">>, tensor<?x2xf32, #nn.of<"tokens">>)
  return
}

// -----

func.func @few_distances(%x: tensor<32x2xf32>) {
  // expected-error @+1 {{'nn.buckets' op wants a table of two buckets or more on each side, and furthest above half of them, found 'tensor<32x2xf32>' and furthest 8}}
  %y = nn.buckets %x furthest 8 : tensor<32x2xf32>
  return
}

// -----

func.func @odd_waves() {
  // expected-error @+1 {{'nn.sinusoids' op must have rows, and an even number of columns, found 4 x 3}}
  %y = nn.sinusoids 4 x 3
  return
}

// -----

func.func @no_row(%t: tensor<3x8xf32>) {
  // expected-error @+1 {{'nn.row' op there is no row 3 in 'tensor<3x8xf32>'}}
  %y = nn.row %t[3] : tensor<3x8xf32>
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @initial_state(%g: tensor<?x9xf32, #tokens>, %w: tensor<9x3xf32>, %b: tensor<9xf32>, %h: tensor<4xf32>, %o: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+2 {{'nn.recurrence' op h_0 must be 'tensor<?x3xf32, #nn.of<"batch">>' or 'tensor<3xf32>', found 'tensor<4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %n, %c = nn.recurrence gru %g, %w bias %b from %h, %o : (tensor<?x9xf32, #tokens>, tensor<9x3xf32>, tensor<9xf32>, tensor<4xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @projection_rows(%x: tensor<?x5xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %wi: tensor<12x5xf32>, %wh: tensor<12x2xf32>, %b: tensor<12xf32>, %r: tensor<4x3xf32>) {
  // expected-error @+2 {{'nn.lstm' op weight_hr must be 'tensor<2x3xf32>', found 'tensor<4x3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y, %h, %c = nn.lstm %x, %o, %wi, %wh, %b projection %r : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x2xf32>, tensor<12xf32>, tensor<4x3xf32>) -> (tensor<?x2xf32, #tokens>, tensor<?x2xf32, #batch>, tensor<?x3xf32, #batch>)
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @clip_of_no_projection(%x: tensor<?x5xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>) {
  // expected-error @+1 {{'nn.lstm' op has projection_clip, but no projection}}
  %y, %h, %c = nn.lstm %x, %o, %wi, %wh, %b projection_clip 1.0 : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @clip_below_zero(%x: tensor<?x5xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %wi: tensor<12x5xf32>, %wh: tensor<12x3xf32>, %b: tensor<12xf32>) {
  // expected-error @+1 {{'nn.lstm' op a clip must be positive, or 0 for none, found}}
  %y, %h, %c = nn.lstm %x, %o, %wi, %wh, %b cell_clip -1.0 : (tensor<?x5xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<12x5xf32>, tensor<12x3xf32>, tensor<12xf32>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return
}

// -----

#batch = #nn.of<"batch">
#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @reset_of_lstm(%g: tensor<?x12xf32, #tokens>, %w: tensor<12x3xf32>, %o: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+1 {{'nn.recurrence' op an lstm has no reset or update, and h_0 and c_0 stand together}}
  %y, %h, %c = nn.recurrence lstm %g, %w, %o reset_before : (tensor<?x12xf32, #tokens>, tensor<12x3xf32>, tensor<?xi32, #tokens_in_batch>) -> (tensor<?x3xf32, #tokens>, tensor<?x3xf32, #batch>, tensor<?x3xf32, #batch>)
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @batch_norm_mean(%x: tensor<?x4xf32, #tokens>, %w: tensor<4xf32>, %m: tensor<5xf32>) {
  // expected-error @+2 {{'nn.batch_norm' op running_mean must be 'tensor<4xf32>', found 'tensor<5xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.batch_norm %x, %w, %w, %m, %w : (tensor<?x4xf32, #tokens>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<?x4xf32, #tokens>
  return
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @window_before(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>) {
  // expected-error @+1 {{'nn.window' op wants a size of at least 1 and before from 0 to size - 1, found size 3, before 3}}
  %y = nn.window %x, %o size 3 before 3 : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>
  return
}

// -----

#tokens = #nn.of<"tokens">
#tokens_in_batch = #nn.offsets<"tokens", "batch">
func.func @labels_of_half_a_type(%x: tensor<?x4xf32, #tokens>, %o: tensor<?xi32, #tokens_in_batch>, %t: tensor<4x4xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{'nn.viterbi' op 4 labels are not O and those of whole types, as moves bio wants them}}
  %y = nn.viterbi %x, %o, %t, %s, %s moves bio : tensor<?x4xf32, #tokens>, tensor<?xi32, #tokens_in_batch>, tensor<4x4xf32>
  return
}

// -----

#tokens = #nn.of<"tokens">
func.func @subtract_width(%x: tensor<?x8xf32, #tokens>, %y: tensor<2xf32>) {
  // expected-error @+1 {{'nn.subtract' op y must be 'tensor<?x8xf32, #nn.of<"tokens">>', 'tensor<8xf32>' or 'tensor<1xf32>', found 'tensor<2xf32>'}}
  %z = nn.subtract %x, %y : tensor<?x8xf32, #tokens>, tensor<2xf32>
  return
}
