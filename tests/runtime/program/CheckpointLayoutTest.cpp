// Layouts of checkpoints: shapes of tensors follow from the parameters, and recipes that overlap, leave holes or do not fit are refused.
#include "runtime/program/CheckpointLayout.h"

#include <doctest/doctest.h>

using namespace clew;

namespace {

using Kind = TensorRange::Kind;

CheckpointNames namesOf(std::vector<TensorRecipe> recipes) {
  CheckpointNames names;
  names.tensors = std::move(recipes);
  return names;
}

TensorRecipe one(TensorPart part) { return {{{std::move(part)}}}; }

std::string refusal(const std::vector<Parameter> &parameters, const CheckpointNames &names) {
  const auto layout = layOutCheckpoint(parameters, names);
  return layout ? "" : layout.error().message;
}

bool refused(const std::vector<Parameter> &parameters, const std::vector<TensorRecipe> &recipes,
             const std::string &words) {
  const std::string message = refusal(parameters, namesOf(recipes));
  CAPTURE(message);
  return message.find(words) != std::string::npos;
}

} // namespace

TEST_CASE("three columns' shares of one tensor, turned, are query, key and value") {
  const std::vector<Parameter> parameters = {{"q", {2, 2}}, {"k", {2, 2}}, {"v", {2, 2}},
                                             {"qb", {2}},   {"kb", {2}},   {"vb", {2}}};
  std::vector<TensorRecipe> recipes;
  for (const char *tensor : {"w", "b"}) {
    for (int64_t part = 1; part <= 3; ++part) {
      recipes.push_back(one({.tensor = tensor, .columns = {Kind::Share, part, 3}, .transpose = true}));
    }
  }
  const auto layout = layOutCheckpoint(parameters, namesOf(recipes));
  REQUIRE_MESSAGE(layout, layout.error().message);
  REQUIRE(layout->tensors.size() == 2);
  CHECK(layout->tensors[0].shape == std::vector<int64_t>{2, 6});
  CHECK(layout->tensors[1].shape == std::vector<int64_t>{6});
  const TensorSlice &key = layout->parameters[1][0].slice;
  CHECK(key.offset == 2);
  CHECK(key.shape == std::vector<int64_t>{2, 2});
  CHECK(key.strides == std::vector<int64_t>{1, 6});
  CHECK(!key.isDense());
  CHECK(layout->parameters[5][0].slice.offset == 4);
  CHECK(layout->parameters[5][0].slice.isDense());
}

TEST_CASE("first and last rows share a tensor as the parameters need them, gates are put in order") {
  const std::vector<Parameter> parameters = {{"ih", {8, 3}}, {"hh", {8, 2}}};
  std::vector<TensorRecipe> recipes(2);
  for (const int64_t gate : {1, 3, 2, 4}) {
    recipes[0].blocks.push_back(
        {{.tensor = "k", .rows = {Kind::First}, .columns = {Kind::Share, gate, 4}, .transpose = true}});
    recipes[1].blocks.push_back(
        {{.tensor = "k", .rows = {Kind::Last}, .columns = {Kind::Share, gate, 4}, .transpose = true}});
  }
  const auto layout = layOutCheckpoint(parameters, namesOf(recipes));
  REQUIRE_MESSAGE(layout, layout.error().message);
  CHECK(layout->tensors[0].shape == std::vector<int64_t>{5, 8});
  CHECK(layout->parameters[1][1].slice.offset == 3 * 8 + 4); // row 3, third gate
  CHECK(layout->parameters[1][1].begin == 4);
  std::swap(recipes[0].blocks[0], recipes[0].blocks[1]); // another order is as good a layout
  CHECK(refusal(parameters, namesOf(recipes)).empty());
  recipes[0].blocks[0] = recipes[0].blocks[1];
  CHECK(refused(parameters, recipes, "expected each element of the tensor 'k' in one place"));
}

TEST_CASE("extents of a tensor's own are put in another order") {
  const auto layout = layOutCheckpoint(std::vector<Parameter>{{"conv", {4, 6}}},
                                       namesOf({one({.tensor = "c", .shape = {1, 3, 2, 4}, .axes = {3, 0, 1, 2}})}));
  REQUIRE_MESSAGE(layout, layout.error().message);
  CHECK(layout->tensors[0].shape == std::vector<int64_t>{1, 3, 2, 4});
  CHECK(layout->parameters[0][0].slice.strides == std::vector<int64_t>{1, 24, 8, 4});
}

TEST_CASE("blocks with and without rows of their own fill the parameter") {
  const std::vector<Parameter> parameters = {{"p", {7, 2}}};
  const auto span = [](int64_t from, int64_t to) { return TensorRange{Kind::Span, from, to}; };
  const TensorPart three{.tensor = "a", .rows = span(0, 3)};
  CHECK(refusal(parameters, namesOf({{{{three}, {{.tensor = "b"}}, {{.tensor = "c"}}}}})).empty());
  CHECK(refused(parameters, {{{{three}, {{.tensor = "b"}}, {{.tensor = "c"}}, {{.tensor = "d"}}}}},
                "4 left for 3 equal ones"));
  CHECK(refused(parameters, {{{{three}, {{.tensor = "b", .rows = span(0, 9)}}}}},
                "expected blocks of 7 rows in all, found more"));
  CHECK(refused(parameters, {{{{three}, {{.tensor = "b", .rows = span(0, 3)}}}}}, "found 1 fewer"));
}

TEST_CASE("a vector may be a row or a column of a matrix, and a number fills what no tensor has") {
  const auto span = [](int64_t from, int64_t to) { return TensorRange{Kind::Span, from, to}; };
  const std::vector<Parameter> parameters = {{"moves", {3, 3}}, {"start", {3}}, {"end", {3}}, {"none", {3}}};
  CheckpointNames names =
      namesOf({one({.tensor = "t", .rows = span(0, 3), .columns = span(0, 3)}),
               one({.tensor = "t", .rows = span(3, TensorRange::wholeRest), .columns = span(0, 3)}),
               one({.tensor = "t", .rows = span(0, 3), .columns = span(3, 4)}), one({.tensor = "", .plus = -2})});
  CHECK(refusal(parameters, names).find("found 1 that no parameter reads") != std::string::npos);
  names.form.ignore = {"t"};
  const auto layout = layOutCheckpoint(parameters, names);
  REQUIRE_MESSAGE(layout, layout.error().message);
  REQUIRE(layout->tensors.size() == 1);
  CHECK(layout->tensors[0].shape == std::vector<int64_t>{4, 4});
  CHECK(layout->parameters[1][0].slice.offset == 12);
  CHECK(layout->parameters[1][0].slice.isDense());
  CHECK(layout->parameters[2][0].slice.offset == 3);
  CHECK(layout->parameters[2][0].slice.strides == std::vector<int64_t>{4, 1});
  CHECK(layout->parameters[3][0].tensor == PlacedPart::noTensor);
  CHECK(layout->parameters[3][0].slice.elements() == 3);
  // Nothing reads the last column: then the shape says how many there are.
  names = namesOf({one({.tensor = "t", .rows = span(0, 3), .columns = span(0, 3), .shape = {4, 5}})});
  names.form.ignore = {"t"};
  const auto wide = layOutCheckpoint(std::vector<Parameter>{parameters[0]}, names);
  REQUIRE_MESSAGE(wide, wide.error().message);
  CHECK(wide->tensors[0].shape == std::vector<int64_t>{4, 5});
  CHECK(wide->parameters[0][0].slice.strides == std::vector<int64_t>{5, 1});
  CHECK(refused({{"p", {2, 2}}}, {one({.tensor = "t", .rows = {Kind::Share, 1, 2}, .shape = {3, 2}})},
                "with 3 rows, as its shape says, found 4"));
  CHECK(refused({{"p", {2, 2}}}, {one({.tensor = "t", .transpose = true, .shape = {2}})}, "expected 2 extents"));
  CHECK(refused({{"p", {2, 2}}}, {one({.tensor = "t", .rows = span(0, 2), .shape = {1, 2}})},
                "expected 2 of the 1 rows"));
  CHECK(refused({{"p", {4}}}, {one({.tensor = "", .rows = span(0, 1)})}, "expected a number that fills"));
  CHECK(refused({{"p", {4}}}, {{{{{.tensor = "t"}, {.tensor = "", .plus = 1}}}}}, "found one in a sum"));
  CHECK(refused({{"p", {4}}}, {one({.tensor = "t", .rows = span(0, 2), .columns = span(0, 4)})}, "found both"));
}

TEST_CASE("what overlaps, leaves holes or contradicts itself is refused") {
  const std::vector<Parameter> two = {{"p", {4, 2}}, {"q", {4, 2}}};
  const auto rows = [](Kind kind, int64_t from = 0, int64_t to = 0) {
    return one({.tensor = "t", .rows = {kind, from, to}});
  };
  CHECK(refusal(two, namesOf({rows(Kind::Span, 0, 4), rows(Kind::Span, 4, TensorRange::wholeRest)})).empty());
  CHECK(refused(two, {rows(Kind::Span, 0, 4), rows(Kind::Span, 3, 7)}, "in one place, found some that 'p' has too"));
  CHECK(refused(two, {rows(Kind::Span, 0, 4), rows(Kind::Span, 5, 9)}, "found 2 that no parameter reads"));
  CHECK(refused(two, {rows(Kind::Span, 0, 5), rows(Kind::Span, 5, 9)}, "found 0 to 5"));
  CHECK(refused(two, {rows(Kind::Share, 1, 2), rows(Kind::Share, 2, 3)}, "expected the tensor 't' with 8 rows"));
  CHECK(refused(two, {rows(Kind::Last), rows(Kind::Last)}, "where the last rows of the tensor 't' begin"));
  CHECK(refused(two, {rows(Kind::All), rows(Kind::All)}, "in one place"));
  CHECK(refused(two, {rows(Kind::Share, 1, INT64_MAX), rows(Kind::First)}, "too many"));
  CHECK(refused(two, {rows(Kind::Share, 0, 2), rows(Kind::Share, 2, 2)}, "found -4 to 0"));
  CHECK(refused(two, {rows(Kind::Share, 3, 2), rows(Kind::Share, 2, 2)}, "found 8 to 12"));
  CHECK(refused(two, {rows(Kind::Span, -4, 0), rows(Kind::First)}, "found -4 to 0"));
  CHECK(refused(two, {rows(Kind::Span, INT64_MAX - 3, INT64_MAX), rows(Kind::First)}, "expected 4 of the"));
  CHECK(refused(two, {rows(Kind::All), one({.tensor = "t", .shape = {8}})}, "with 2 extents, as 'p' has it, found 1"));
  CHECK(
      refused(two, {rows(Kind::All), one({.tensor = "u", .shape = {3, 3}})}, "expected 8 elements of the tensor 'u'"));
  CHECK(refused(two, {rows(Kind::All), one({.tensor = "u", .shape = {4, 2}, .axes = {0, 0}})}, "axes 0 to 1"));
  CHECK(refused(two, {rows(Kind::All), one({.tensor = "u", .axes = {1, 0}})}, "expected the shape of the tensor 'u'"));
  CHECK(refused({{"p", {4}}}, {one({.tensor = "t", .rows = {Kind::First}, .columns = {Kind::First}})}, "found both"));
  CHECK(refused({{"p", {4, 2, 2}}}, {one({.tensor = "t", .transpose = true})}, "expected shape and axes"));
}

TEST_CASE("stretches of a tensor's elements have extents of their own") {
  const std::vector<Parameter> parameters = {{"gates", {8, 4}}, {"candidate", {4, 4}}};
  std::vector<TensorRecipe> recipes(2);
  for (const int64_t gate : {2, 1}) {
    recipes[0].blocks.push_back(
        {{.tensor = "t", .elements = {Kind::First}, .columns = {Kind::Share, gate, 2}, .transpose = true}});
  }
  recipes[1] = one({.tensor = "t", .elements = {Kind::Last}, .transpose = true});
  const auto layout = layOutCheckpoint(parameters, namesOf(recipes));
  REQUIRE_MESSAGE(layout, layout.error().message);
  REQUIRE(layout->tensors.size() == 1);
  CHECK(layout->tensors[0].shape == std::vector<int64_t>{4, 12}); // side by side, as Paddle declares it
  const TensorSlice &reset = layout->parameters[0][0].slice;
  CHECK(reset.offset == 4);
  CHECK(reset.strides == std::vector<int64_t>{1, 8});
  CHECK(layout->parameters[1][0].slice.offset == 32);
  CHECK(layout->parameters[1][0].slice.strides == std::vector<int64_t>{1, 4});
  // The shape may be said; then it must have as many elements.
  recipes[1].blocks[0][0].shape = {48};
  const auto vector = layOutCheckpoint(parameters, namesOf(recipes));
  REQUIRE_MESSAGE(vector, vector.error().message);
  CHECK(vector->tensors[0].shape == std::vector<int64_t>{48});
  recipes[1].blocks[0][0].shape = {7, 7};
  CHECK(refused(parameters, recipes, "with 48 elements, as its stretches need, found the shape [7, 7]"));
}

TEST_CASE("stretches that overlap, leave holes or do not fit are refused") {
  const std::vector<Parameter> two = {{"p", {4, 2}}, {"q", {2, 2}}};
  const auto elements = [](Kind kind, int64_t from = 0, int64_t to = 0) {
    return one({.tensor = "t", .elements = {kind, from, to}});
  };
  const auto shaped = [](Kind kind, int64_t from, int64_t to, std::vector<int64_t> shape) {
    return one({.tensor = "t", .elements = {kind, from, to}, .shape = std::move(shape)});
  };
  CHECK(refused(two, {elements(Kind::First), elements(Kind::Last)}, "expected `shape`"));
  CHECK(refusal(two, namesOf({shaped(Kind::First, 0, 0, {12}), elements(Kind::Last)})).empty());
  CHECK(refusal(two, namesOf({shaped(Kind::Span, 4, 12, {3, 4}), elements(Kind::Span, 0, 4)})).empty());
  CHECK(refused(two, {shaped(Kind::Span, 3, 11, {3, 4}), elements(Kind::Span, 0, 4)}, "in one place, found some"));
  CHECK(refused(two, {shaped(Kind::Span, 5, 13, {13}), elements(Kind::Span, 0, 4)}, "found 1 that no parameter reads"));
  CHECK(refused(two, {shaped(Kind::Span, 4, 13, {13}), elements(Kind::Span, 0, 4)}, "expected 8 of the 13 elements"));
  CHECK(refused(two, {elements(Kind::Share, 1, 2), elements(Kind::Share, 2, 2)},
                "expected the tensor 't' with 16 elements, as other parts of it say, found 8"));
  CHECK(refused(two, {elements(Kind::Share, 1, INT64_MAX), elements(Kind::First)}, "too many"));
  CHECK(refused(two, {elements(Kind::First), elements(Kind::All)}, "expected `elements` of the tensor 't'"));
  CHECK(refused(two, {elements(Kind::All), elements(Kind::Last)}, "expected `elements` of the tensor 't'"));
  CHECK(refused(two, {shaped(Kind::First, 0, 0, {12}), shaped(Kind::Last, 0, 0, {3, 4})}, "as other parts of it say"));
  CHECK(refused({{"p", {4}}}, {one({.tensor = "t", .elements = {Kind::First}, .shape = {4}, .axes = {0}})},
                "found rows, columns, elements or transpose"));
  // Blocks that say how many elements they have say how many rows.
  const auto span = [](int64_t from, int64_t to) { return TensorRange{Kind::Span, from, to}; };
  CHECK(refusal({{"p", {5, 2}}}, namesOf({{{{{.tensor = "t", .elements = span(0, 4)}},
                                            {{.tensor = "t", .elements = span(4, 10), .shape = {10}}}}}}))
            .empty());
}

TEST_CASE("a tensor that is ignored by name may have a rest that nobody reads") {
  CheckpointNames names = namesOf({one({.tensor = "t", .rows = {Kind::Share, 2, 3}})});
  const std::vector<Parameter> parameters = {{"p", {4, 2}}};
  CHECK(refusal(parameters, names).find("found 16 that no parameter reads") != std::string::npos);
  names.form.ignore = {"t"};
  const auto layout = layOutCheckpoint(parameters, names);
  REQUIRE(layout);
  CHECK(layout->tensors[0].shape == std::vector<int64_t>{12, 2});
}

TEST_CASE("errors carry the parameter's place") {
  const std::vector<std::string> places = {"f:1:2", "f:3:4"};
  const auto layout = layOutCheckpoint(std::vector<Parameter>{{"p", {4}}, {"q", {4}}},
                                       namesOf({one({.tensor = "t"}), one({.tensor = "t"})}), places);
  REQUIRE(!layout);
  CHECK(layout.error().where == "f:3:4");
}
