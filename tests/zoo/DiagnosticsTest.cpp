// Every complaint about a file, with its exact place and words.
#include "zoo/ModelReader.h"

#include "yaml/Suggest.h"
#include "zoo/OpTable.h"

#include <doctest/doctest.h>

#include <string>

using namespace clew;

namespace {

constexpr const char *good = R"(model: tiny
source: none
params: {layers: 2, width: 4}
sizes: {base: {}, one: {layers: 1}}
inputs: [ids, offsets]
blocks:
  layer:
    takes: [x]
    steps:
      - q: {op: linear, x: x, width: $width}
      - a: {op: attention, q: q, k: q, v: q, offsets: offsets, heads: 2}
    gives: a
graph:
  - words: {op: embedding, ids: ids, count: 10, width: $width}
  - layer: {block: layer, x: words, repeat: $layers}
outputs: {hidden: layer}
checkpoint:
  other:
    names:
      words: table
      layer.{i}.q: up_{i}
)";

std::string opNames() {
  std::vector<std::string> names;
  for (const OpEntry &op : opTable()) {
    names.emplace_back(op.name);
  }
  return quotedList(names);
}

struct Change {
  const char *what;
  const char *from;
  const char *to;
  std::vector<std::string> errors; ///< "line:column: message"
};

const Change changes[] = {
    {"unknown key", "source: none", "source: none\ncolour: red", {"3:1: unknown key 'colour' in a model"}},
    {"misspelt key",
     "outputs:",
     "output:",
     {"1:1: missing 'outputs' in a model", "16:1: unknown key 'output' in a model, did you mean 'outputs'?"}},
    {"duplicate key", "source: none", "source: none\nsource: other", {"3:1: duplicate key 'source'"}},
    {"missing field", "source: none\n", "", {"1:1: missing 'source' in a model"}},
    {"missing operand", ", offsets: offsets, heads", ", heads", {"11:12: missing 'offsets' in step 'a'"}},
    {"missing attribute", ", heads: 2", "", {"11:12: missing 'heads' in step 'a'"}},
    {"unknown attribute",
     "heads: 2",
     "heads: 2, head: 3",
     {"11:74: unknown key 'head' in step 'a', did you mean 'heads'?"}},
    {"unused param", "{layers: 2,", "{layers: 2, depth: 1,", {"3:21: param 'depth' is never used"}},
    {"unknown param",
     "width: $width}\n      - a",
     "width: $widht}\n      - a",
     {"10:38: unknown param '$widht', did you mean 'width'?"}},
    {"a sum of no number",
     "width: $width}\n      - a",
     "width: $width + x}\n      - a",
     {"10:38: expected `$param + N`, an integer's param and N from 1 to 65536, for 'width', found '$width + x'"}},
    {"a sum beyond its bound",
     "width: $width}\n      - a",
     "width: $width + 65537}\n      - a",
     {"10:38: expected `$param + N`, an integer's param and N from 1 to 65536, for 'width', found '$width + 65537'"}},
    {"wrong type", "heads: 2", "heads: two", {"11:71: expected an integer for 'heads', found 'two'"}},
    {"wrong type of a param",
     "width: 4",
     "width: 4.5",
     {"10:38: expected an integer for 'width', found 4.5 (param 'width')",
      "14:56: expected an integer for 'width', found 4.5 (param 'width')"}},
    {"a real that is whole",
     "width: 4",
     "width: 4.0",
     {"10:38: expected an integer for 'width', found 4.0 (param 'width')",
      "14:56: expected an integer for 'width', found 4.0 (param 'width')"}},
    {"a number in quotes",
     "heads: 2",
     "heads: \"2\"",
     {"11:71: expected an integer for 'heads', found '2', a text in quotes"}},
    {"a param in quotes",
     "one: {layers: 1}",
     "one: {layers: \"1\"}",
     {"4:33: expected an integer for param 'layers', found '1', a text in quotes"}},
    {"number out of range", "heads: 2", "heads: 0", {"11:71: expected 'heads' from 1 to 2147483647, found 0"}},
    {"unknown op",
     "op: attention",
     "op: selfattention",
     {"11:17: unknown op 'selfattention', did you mean 'attention'? Ops are " + opNames()}},
    {"unknown op, like no other",
     "op: attention",
     "op: transmogrify",
     {"11:17: unknown op 'transmogrify'; ops are " + opNames()}},
    {"block as op",
     "{block: layer",
     "{op: layer",
     {"15:17: unknown op 'layer', which is a block: write 'block: layer'"}},
    {"unknown block",
     "{block: layer",
     "{block: lair",
     {"7:3: block 'layer' is never used", "15:20: unknown block 'lair'"}},
    {"block lacks an operand",
     "x: words, repeat",
     "repeat",
     {"14:5: 'words' is never used", "15:12: missing 'x', which block 'layer' takes"}},
    {"block takes no such operand",
     "x: words, repeat",
     "x: words, mask: words, repeat",
     {"15:37: unknown key 'mask', block 'layer' does not take it"}},
    {"value not defined yet",
     "x: x, width",
     "x: a, width",
     {"8:13: 'x' is never used", "10:28: 'a' is not defined yet, its step is on line 11"}},
    {"unknown value", "x: x, width", "x: y, width", {"8:13: 'x' is never used", "10:28: unknown value 'y'"}},
    {"unused step", "    gives: a", "      - b: {op: tanh, x: q}\n    gives: a", {"12:9: 'b' is never used"}},
    {"unused take",
     "takes: [x]",
     "takes: [x, y]",
     {"8:16: 'y' is never used", "15:12: missing 'y', which block 'layer' takes"}},
    {"unused input", "[ids, offsets]", "[ids, segments, offsets]", {"5:15: 'segments' is never used"}},
    {"unknown input",
     "[ids, offsets]",
     "[ids, words_of, offsets]",
     {"5:15: unknown input 'words_of', a list may have 'ids', 'segments' and 'offsets'; a map says of others what they "
      "are: "
      "{words_of: {of: tokens}}"}},
    {"unused block",
     "blocks:\n",
     "blocks:\n  other: {takes: [x], steps: [{y: {op: tanh, x: x}}], gives: y}\n",
     {"7:3: block 'other' is never used"}},
    {"value defined twice",
     "- a: {op: attention",
     "- q: {op: attention",
     {"11:9: 'q' is defined already", "11:9: the path component 'q' is taken already; give another 'name'",
      "12:12: unknown value 'a'"}},
    {"path taken twice",
     "heads: 2}",
     "heads: 2, name: q}",
     {"11:12: the path component 'q' is taken already; give another 'name'"}},
    {"input defined again",
     "takes: [x]",
     "takes: [x, ids]",
     {"8:16: 'ids' is an input already, and inputs are known everywhere",
      "15:12: missing 'ids', which block 'layer' takes"}},
    {"block in itself",
     "{op: attention, q: q, k: q, v: q, offsets: offsets, heads: 2}",
     "{block: layer, x: q}",
     {"5:15: 'offsets' is never used", "11:20: block 'layer' contains itself"}},
    {"no repeats", "{layers: 2", "{layers: 0", {"15:45: expected 'repeat' from 1 to 1024, found 0 (param 'layers')"}},
    {"too many repeats",
     "one: {layers: 1}",
     "one: {layers: 9999}",
     {"15:45: expected 'repeat' from 1 to 1024, found 9999 (param 'layers')"}},
    {"repeat is no number", "repeat: $layers", "repeat: all", {"3:10: param 'layers' is never used"}},
    {"share without repeat",
     "repeat: $layers",
     "share: true",
     {"15:37: 'share' says that all repeats have the same weights, but step 'layer' has no 'repeat'"}},
    {"size sets an unknown param",
     "one: {layers: 1}",
     "one: {layer: 1}",
     {"4:25: size 'one' sets 'layer', which is no param, did you mean 'layers'?"}},
    {"size sets another type",
     "one: {layers: 1}",
     "one: {layers: few}",
     {"4:33: expected an integer for param 'layers', found 'few'"}},
    {"no size",
     "sizes: {base: {}, one: {layers: 1}}",
     "sizes: {}",
     {"4:8: expected at least one size, for instance {base: {}}"}},
    {"bad size name", "one:", "One/2:", {"4:19: expected a name of a-z, 0-9, -, _ and . for a size, found 'One/2'"}},
    {"parameters without a path",
     "q: q, k: q",
     "q: {op: linear, x: q, width: 4}, k: q",
     {"11:31: 'linear' has parameters, so inside an operand it needs a 'name'"}},
    {"block as an operand", "q: q, k: q", "q: {block: layer, x: q}, k: q", {"11:32: a block needs a step of its own"}},
    {"op and block", "{block: layer", "{op: tanh, block: layer", {"15:23: step 'layer' has both 'op' and 'block'"}},
    {"neither op nor block", "{block: layer, ", "{", {"15:12: missing 'op' or 'block' in step 'layer'"}},
    {"two keys in a step",
     "      - q: {op",
     "      - p: 1\n        q: {op",
     {"10:9: expected one 'name: {op: ...}' for a step of block 'layer', found 2 keys", "12:31: unknown value 'q'",
      "12:37: unknown value 'q'", "12:43: unknown value 'q'"}},
    {"unknown output value",
     "{hidden: layer}",
     "{hidden: layers}",
     {"15:5: 'layer' is never used", "16:19: unknown value 'layers', did you mean 'layer'?"}},
    {"input as output",
     "{hidden: layer}",
     "{hidden: layer, pooled: ids}",
     {"16:34: 'ids' is an input and cannot be an output"}},
    {"family without repeat",
     "{hidden: layer}",
     "{hidden: layer, hidden.*: [words.*]}",
     {"16:37: 'words.*' needs a step with 'repeat'"}},
    {"several values as one output",
     "{hidden: layer}",
     "{hidden: layer.*}",
     {"16:19: 'layer.*' is several values; only an output with a name like 'hidden.*' takes them"}},
    {"logits without head",
     "{hidden: layer}",
     "{hidden: layer, logits: layer}",
     {"1:8: missing 'head' in a model with the output 'logits': the kind of task that they answer"}},
    {"head without logits",
     "source: none",
     "source: none\nhead: tag",
     {"1:8: a model with 'head' needs the output 'logits'"}},
    {"parameter without tensor",
     "      words: table\n",
     "",
     {"18:3: checkpoint 'other' gives no name to the parameter 'words.weight'"}},
    {"tensor without parameter",
     "words: table",
     "words: table\n      pooler: pooler",
     {"21:7: no parameter has the path 'pooler'"}},
    {"one tensor for two",
     "up_{i}",
     "up",
     {"21:20: the tensor 'up.bias' is given to 'layer.0.q.bias' and to 'layer.1.q.bias'",
      "21:20: the tensor 'up.weight' is given to 'layer.0.q.weight' and to 'layer.1.q.weight'"}},
    {"unknown key of a part",
     "words: table",
     "words: {tensor: table, row: first}",
     {"20:30: unknown key 'row' in 'words', did you mean 'rows'?"}},
    {"share beyond the last",
     "words: table",
     "words: {tensor: table, rows: 4 of 3}",
     {"20:36: expected `first`, `last`, `2 of 3`, [FROM, TO] or a list of shares for 'rows', found '4 of 3'"}},
    {"rows of a text",
     "words: table",
     "words: {tensor: table, rows: [0, all]}",
     {"20:40: expected an integer from 0 for 'rows', found 'all'"}},
    {"elements of a text",
     "words: table",
     "words: {tensor: table, elements: half}",
     {"20:40: expected `first`, `last`, `2 of 3`, [FROM, TO] or a list of shares for 'elements', found 'half'"}},
    {"join of nothing",
     "words: table",
     "words: {join: []}",
     {"20:15: expected a list of at least one part for 'join', found an empty list"}},
    {"join beside other keys",
     "words: table",
     "words: {join: [a, b], transpose: true}",
     {"20:29: unknown key 'transpose' in 'words'"}},
    {"fill beside other keys",
     "words: table",
     "words: {fill: 0, rows: first}",
     {"20:24: unknown key 'rows' in 'words'"}},
    {"fill of a text",
     "words: table",
     "words: {fill: nothing}",
     {"20:21: expected a finite number for 'fill', found 'nothing'"}},
    {"axes without shape",
     "words: table",
     "words: {tensor: table, axes: [1, 0]}",
     {"20:30: expected 'shape', the tensor's extents, beside 'axes'"}},
    {"suffix of no op",
     "    names:\n      words",
     "    suffixes: {lstm.weight_ih: /kernel}\n    names:\n      words",
     {"19:16: no op has the parameter 'lstm.weight_ih'"}},
    {"suffix of parts beside parts",
     "    names:\n      words: table",
     "    suffixes: {embedding.weight: {tensor: /table, rows: first}}\n    names:\n      words: {tensor: a, rows: "
     "last}",
     {"21:7: expected a name for 'words', since a suffix says which parts 'words.weight' is made of, found something "
      "else"}},
    {"like no format",
     "    names:\n      words",
     "    like: another\n    names:\n      words",
     {"19:11: expected a format that stands above for 'like', found 'another'"}},
    {"characters without a number",
     "source: none",
     "source: none\ntext: {single: A, characters: {padding: 3}}",
     {"3:31: missing 'most' in 'characters'"}},
    {"characters of too few",
     "source: none",
     "source: none\ntext: {single: A, characters: {most: 2}}",
     {"3:38: expected 'most' from 3 to 1024, found 2"}},
    {"rules of no format",
     "    names:\n      words",
     "    config: huggingface\n    names:\n      words",
     {"19:13: expected rules, or a format that stands above and has them, for 'config', found 'huggingface'"}},
    {"foreign placeholder", "up_{i}", "up_{k}", {"21:20: 'up_{k}' has a placeholder that 'layer.{i}.q' has not"}},
    {"parameter named twice",
     "words: table",
     "words: table\n      words.weight: other",
     {"21:7: 'words.weight' names the parameter 'words.weight', which another path names too"}},
    {"not a map",
     "params: {layers: 2, width: 4}",
     "params: 3",
     {"3:9: expected a map for 'params', found '3'", "4:25: size 'one' sets 'layers', which is no param",
      "10:38: unknown param '$width'", "14:56: unknown param '$width'", "15:45: unknown param '$layers'"}},
    {"integer overflow",
     "layers: 2,",
     "layers: 99999999999999999999,",
     {"3:18: expected param 'layers' from -9223372036854775808 to 9223372036854775807, found 99999999999999999999"}},
    {"NaN", "layers: 2,", "layers: .nan,", {"3:18: expected a finite number for param 'layers', found '.nan'"}},
    {"alias", "source: none", "source: &s none", {"2:9: anchors and aliases are not allowed"}},
    {"tag", "source: none", "source: !!str none", {"2:9: tags are not allowed, found 'tag:yaml.org,2002:str'"}},
    {"second document",
     "source: none\n",
     "source: none\n---\nmore: 1\n",
     {"4:1: expected one document, found another"}},
    {"not UTF-8", "source: none", "source: n\xC3\xB6\xFFne", {"2:11: expected UTF-8 text without control characters"}},
    {"not YAML", "[ids, offsets]", "[ids, offsets", {}},
    {"param text",
     "width: 4}",
     "width: 4, text: 1}",
     {"3:31: a param cannot be called 'text': a size says by it how it reads texts"}},
    {"form of a size",
     "one: {layers: 1}",
     "one: {layers: 1, text: {single: B}}",
     {"4:51: 'single': expected one A and no B, found 0 A and 1 B in 'B'"}},
    {"tab", "    takes: [x]", " \ttakes: [x]", {"8:2: not YAML: a tab indents this line, expected spaces"}},
    {"one of several texts",
     "x: x, width: $width}",
     "x: x, width: $width, keep: f16}",
     {"10:52: expected 'f32' or 'bf16' for 'keep', found 'f16'"}},
};

std::vector<std::string> errorsOf(const std::string &text) {
  std::vector<std::string> lines;
  for (const Error &error : checkModelText(text, "f")) {
    CHECK(error.kind == ErrorKind::BadInput);
    lines.push_back(error.where.substr(std::min<size_t>(2, error.where.size())) + ": " + error.message);
  }
  return lines;
}

std::string joined(const std::vector<std::string> &lines) {
  std::string text;
  for (const std::string &line : lines) {
    text += line + "\n";
  }
  return text;
}

} // namespace

TEST_CASE("the file that the changes start from is right") { CHECK(errorsOf(good) == std::vector<std::string>{}); }

TEST_CASE("every error has its place and its words") {
  for (const Change &change : changes) {
    INFO(std::string(change.what));
    std::string text = good;
    const size_t at = text.find(change.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(change.from).size(), change.to);
    const auto errors = errorsOf(text);
    if (change.errors.empty()) {
      CHECK(!errors.empty());
    } else {
      CHECK(joined(errors) == joined(change.errors));
    }
    const auto model = parseModel(text, "f");
    // A wrong size other than the default shows only when all are checked.
    CHECK((!model || std::string(change.what) == "too many repeats"));
  }
}

TEST_CASE("all errors of a file come at once, in the order of their places") {
  std::string text = good;
  text.replace(text.find("heads: 2"), 8, "heads: no");
  text.replace(text.find("count: 10"), 9, "count: -1");
  text.replace(text.find("x: words"), 8, "x: wrods");
  text.replace(text.find("op: linear"), 10, "op: linaer");
  CHECK(joined(errorsOf(text)) == joined({"10:17: unknown op 'linaer', did you mean 'linear'? Ops are " + opNames(),
                                          "15:30: unknown value 'wrods', did you mean 'words'?"}));
}
