// The reader of ONNX files: what our writer wrote comes back, and every refusal: sizes that do not fit, depth, names, external data that
// leads elsewhere, contents that would change a model's numbers unseen.
#include "runtime/onnx/OnnxReader.h"
#include "runtime/base/WireWriter.h"
#include "runtime/onnx/OnnxWriter.h"
#include "tests/runtime/base/TemporaryFolder.h"

#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>

using namespace clew;
using namespace clew::onnx;

namespace {

/// A message, written by `fill`.
std::string message(const std::function<void(WireWriter &)> &fill) {
  WireWriter writer;
  fill(writer);
  return writer.written();
}

/// A model around a graph's fields.
std::string modelOf(const std::string &graph, int64_t opset = 17, int64_t ir = 8) {
  return message([&](WireWriter &out) {
    out.integer(1, ir);
    out.bytes(7, graph);
    out.bytes(8, message([&](WireWriter &set) { set.integer(2, opset); }));
  });
}

std::string tensorOf(const std::string &name, std::vector<int64_t> dims, DataType type, const std::string &raw) {
  return message([&](WireWriter &out) {
    for (const int64_t extent : dims) {
      out.integer(1, extent);
    }
    out.integer(2, static_cast<int64_t>(type));
    out.bytes(8, name);
    out.bytes(9, raw);
  });
}

std::string nodeOf(const std::string &type, const std::vector<std::string> &inputs,
                   const std::vector<std::string> &outputs, const std::string &attribute = "") {
  return message([&](WireWriter &out) {
    for (const std::string &input : inputs) {
      out.bytes(1, input);
    }
    for (const std::string &output : outputs) {
      out.bytes(2, output);
    }
    out.bytes(4, type);
    if (!attribute.empty()) {
      out.bytes(5, attribute);
    }
  });
}

/// A graph field of `number` around a message.
std::string field(uint32_t number, const std::string &bytes) {
  return message([&](WireWriter &out) { out.bytes(number, bytes); });
}

std::string named(const std::string &name) {
  return message([&](WireWriter &out) { out.bytes(1, name); });
}

Result<Model> parse(const std::string &bytes) {
  const auto noFile = [](const std::string &name) -> Result<std::span<const std::byte>> {
    return fail(ErrorKind::NotFound, "no file " + name, "");
  };
  return parseOnnx(std::as_bytes(std::span(bytes)), "m.onnx", noFile);
}

/// What parsing says; the place is always the file.
std::string refusal(const std::string &bytes, ErrorKind kind = ErrorKind::BadInput) {
  const Result<Model> model = parse(bytes);
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().kind == kind);
  CHECK(model.error().where == "m.onnx");
  return model.error().message;
}

bool says(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

const float twelve[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Model small() {
  Model model;
  model.producer = "clew";
  model.metadata = {{"k", "v"}};
  auto body = std::make_shared<Graph>();
  body->nodes.push_back({"", "Identity", {"x"}, {"z"}});
  body->outputs.push_back({"z", DataType::Float, {}, false});
  model.graph.nodes.push_back({"n", "Add", {"x", "w"}, {"y"}});
  model.graph.nodes.push_back({"i",
                               "If",
                               {"c"},
                               {"o"},
                               {{"then_branch", body},
                                {"axes", std::vector<int64_t>{-1, 2}},
                                {"alpha", 0.5F},
                                {"mode", std::string("edge")},
                                {"axis", int64_t{-3}}}});
  model.graph.inputs.push_back({"x", DataType::Float, {std::string("batch"), int64_t{3}}});
  model.graph.inputs.push_back({"c", DataType::Bool, {}});
  model.graph.outputs.push_back({"y", DataType::Float, {std::string("batch"), int64_t{3}}});
  model.graph.initializers.push_back({"s", DataType::Int64, {2}, std::string(16, '\1')});
  return model;
}

Weight weightOf(const std::string &name) {
  return {name, {4, 3}, [](NumberSink sink) { return sink(std::span(twelve)); }};
}

} // namespace

TEST_CASE("what the writer writes comes back, weights inside of the file and beside it") {
  for (const bool beside : {false, true}) {
    const TemporaryFolder folder;
    const std::string path = folder.path + "/m.onnx";
    const Weight weight = weightOf("w");
    REQUIRE(writeModel(path, small(), {&weight, 1}, beside).has_value());
    const Result<OnnxFile> file = openOnnx(path);
    REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().render()));
    const Model &model = file->model;
    CHECK(file->files.size() == (beside ? 2 : 1));
    CHECK(model.opset == 17);
    CHECK(model.irVersion == 8);
    CHECK(model.producer == "clew");
    CHECK(model.metadata == small().metadata);
    REQUIRE(model.graph.initializers.size() == 2);
    const Tensor &read = model.graph.initializers[1];
    CHECK(read.name == "w");
    CHECK(read.dims == std::vector<int64_t>{4, 3});
    CHECK(std::memcmp(read.bytes().data(), twelve, sizeof(twelve)) == 0);
    CHECK(model.graph.initializers[0].bytes().size() == 16);
    const Node &node = model.graph.nodes[1];
    REQUIRE(node.attributes.size() == 5);
    CHECK(std::get<std::shared_ptr<Graph>>(node.attributes[0].value)->nodes[0].type == "Identity");
    CHECK(std::get<std::vector<int64_t>>(node.attributes[1].value) == std::vector<int64_t>{-1, 2});
    CHECK(std::get<float>(node.attributes[2].value) == 0.5F);
    CHECK(std::get<std::string>(node.attributes[3].value) == "edge");
    CHECK(std::get<int64_t>(node.attributes[4].value) == -3);
    CHECK(std::get<std::string>(model.graph.inputs[0].shape[0]) == "batch");
    CHECK(std::get<int64_t>(model.graph.inputs[0].shape[1]) == 3);
    CHECK(model.graph.inputs[1].ranked);
  }
}

TEST_CASE("numbers in lists, packed and one by one") {
  const std::string halves = message([](WireWriter &out) {
    out.integer(1, 3);
    out.integer(2, static_cast<int64_t>(DataType::Float16));
    out.bytes(8, "h");
    out.bytes(5, std::string("\x80\x78\x00\x81\x78", 5)); // 0x3c00, 0, 0x3c01
  });
  const std::string floats = message([](WireWriter &out) {
    out.integer(1, 2);
    out.integer(2, static_cast<int64_t>(DataType::Float));
    out.bytes(8, "f");
    out.real(4, 1.5F);
    out.real(4, -2);
  });
  const Result<Model> model = parse(modelOf(field(5, halves) + field(5, floats)));
  REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().render()));
  CHECK(model->graph.initializers[0].raw == std::string("\x00\x3c\x00\x00\x01\x3c", 6));
  float read[2];
  std::memcpy(read, model->graph.initializers[1].bytes().data(), 8);
  CHECK(read[0] == 1.5F);
  CHECK(read[1] == -2);
}

TEST_CASE("tensors whose bytes are not as many as type and shape say") {
  const auto one = [](const std::string &tensor) { return refusal(modelOf(field(5, tensor))); };
  CHECK(says(one(tensorOf("w", {2, 3}, DataType::Float, std::string(20, 'x'))),
             "expected 24 bytes for float [2, 3], found 20"));
  // No memory is taken for what a shape says.
  CHECK(says(one(tensorOf("w", {1 << 20, 1 << 19}, DataType::Float, "abcd")), "found 4"));
  CHECK(says(one(tensorOf("w", {1 << 20, 1 << 20, 1 << 20}, DataType::Float, "")), "at most 2^40 elements"));
  CHECK(says(one(tensorOf("w", {-1}, DataType::Float, "")), "at most 2^40 elements"));
  CHECK(says(one(tensorOf("w", {INT64_MAX, INT64_MAX}, DataType::Float, "")), "at most 2^40 elements"));
  CHECK(says(one(tensorOf("w", std::vector<int64_t>(40, 1), DataType::Float, "abcd")), "at most 32 axes"));
  CHECK(says(one(tensorOf("w", {1}, static_cast<DataType>(99), "a")), "data type from 0 to"));
  CHECK(says(one(tensorOf("w", {3}, DataType::Int4, "a")), "expected 2 bytes for int4 [3], found 1"));
  CHECK(says(one(tensorOf("w", {1}, DataType::Float, "abcd") + tensorOf("", {}, DataType::Float, "abcd")), "twice"));
}

TEST_CASE("external data stays in the folder") {
  const TemporaryFolder folder;
  folder.write("outside", std::string(64, 'x'));
  folder.write("in/data", std::string(64, 'x'));
  std::filesystem::create_symlink("../outside", folder.path + "/in/link");
  const auto open = [&](const std::string &location, const std::string &offset, const std::string &length) {
    const auto entry = [](const std::string &key, const std::string &value) {
      return message([&](WireWriter &out) {
        out.bytes(1, key);
        out.bytes(2, value);
      });
    };
    const std::string tensor = message([&](WireWriter &out) {
      out.integer(1, 4);
      out.integer(2, 1);
      out.bytes(8, "w");
      out.bytes(13, entry("location", location));
      out.bytes(13, entry("offset", offset));
      out.bytes(13, entry("length", length));
      out.integer(14, 1);
    });
    return openOnnx(folder.write("in/m.onnx", modelOf(field(5, tensor))));
  };
  CHECK(open("data", "48", "16").has_value());
  for (const char *elsewhere : {"../outside", "/etc/passwd", "link", "", ".", "..", "in/../data", "missing"}) {
    CAPTURE(elsewhere);
    CHECK_FALSE(open(elsewhere, "0", "16").has_value());
  }
  for (const auto &[offset, length] : {std::pair("49", "16"),
                                       {"0", "15"},
                                       {"18446744073709551615", "16"},
                                       {"-1", "16"},
                                       {"0", "x"},
                                       {"0", "18446744073709551616"}}) {
    CAPTURE(offset);
    CHECK_FALSE(open("data", offset, length).has_value());
  }
}

TEST_CASE("names are defined once and before they are read") {
  const std::string x = field(11, named("x"));
  CHECK(says(refusal(modelOf(x + field(1, nodeOf("Add", {"x", "y"}, {"z"})))), "which no node before it makes"));
  CHECK(says(refusal(modelOf(x + field(1, nodeOf("Abs", {"x"}, {"x"})))), "which is there already"));
  CHECK(says(refusal(modelOf(x + x)), "inputs with names of their own"));
  CHECK(says(refusal(modelOf(field(12, named("q")))), "made by no node"));
  CHECK(says(refusal(modelOf(field(1, nodeOf("Abs", {"z"}, {"z"})))), "which no node before it makes"));
}

TEST_CASE("graphs in graphs end") {
  std::string graph;
  for (int i = 0; i < 40; ++i) {
    const std::string attribute = message([&](WireWriter &out) {
      out.bytes(1, "body");
      out.bytes(6, graph);
      out.integer(20, 5);
    });
    graph = field(1, nodeOf("Loop", {}, {}, attribute));
  }
  CHECK(says(refusal(modelOf(graph)), "at most 16 deep"));
}

TEST_CASE("functions that call themselves") {
  const auto function = [](const char *name, const char *calls) {
    return message([&](WireWriter &out) {
      out.bytes(1, name);
      out.bytes(7, message([&](WireWriter &node) {
                  node.bytes(4, calls);
                  node.bytes(7, "d");
                }));
      out.bytes(10, "d");
    });
  };
  const auto with = [&](std::vector<std::string> functions) {
    std::string model = modelOf("");
    for (const std::string &one : functions) {
      model += field(25, one);
    }
    return model;
  };
  CHECK(says(refusal(with({function("f", "f")})), "calls itself"));
  CHECK(says(refusal(with({function("f", "g"), function("g", "f")})), "calls itself"));
  CHECK(says(refusal(with({function("f", "x"), function("f", "x")})), "two of one name"));
  std::vector<std::string> chain;
  for (int i = 0; i < 40; ++i) {
    chain.push_back(function(("f" + std::to_string(i)).c_str(), ("f" + std::to_string(i + 1)).c_str()));
  }
  CHECK(says(refusal(with(chain)), "deep"));
}

TEST_CASE("what is not read is an error and not another number") {
  using enum ErrorKind;
  CHECK(says(refusal(modelOf(field(15, ""), 17), Unsupported), "sparse initializers"));
  CHECK(says(refusal(modelOf("") + field(20, ""), Unsupported), "training_info"));
  CHECK(says(refusal(modelOf("") + field(99, ""), Unsupported), "field 99"));
  CHECK(says(refusal(modelOf("", 17, 15), Unsupported), "IR version"));
  CHECK(says(refusal(modelOf("", 17, 0), Unsupported), "IR version"));
  CHECK(says(refusal(modelOf("") + field(7, "")), "one graph"));
  CHECK(says(refusal(""), "no graph"));
  CHECK(says(refusal("\x0a\xff\xff"), "cut short"));
  CHECK(says(refusal(std::string(100, '\xff')), "no protocol buffer"));
}

TEST_CASE("every prefix of a file is refused or read, and nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder.path + "/m.onnx";
  const Weight weight = weightOf("w");
  REQUIRE(writeModel(path, small(), {&weight, 1}, false).has_value());
  const std::string whole = folder.read("m.onnx");
  for (size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(parse(whole.substr(0, size)).has_value());
  }
}
