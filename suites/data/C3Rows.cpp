// Rows of C3 (arXiv:1904.09679): passages with questions, each of which has two to four choices.
#include "runtime/base/Excerpt.h"
#include "runtime/base/JsonTree.h"
#include "suites/data/Layouts.h"

#include <algorithm>

namespace clew {
namespace {

Result<std::string> needText(const LayoutInput &input, const JsonNode &question, std::string_view key) {
  const JsonNode *found = question.find(key);
  if (!found || found->kind != JsonNode::Kind::Text) {
    return failAt(input, found ? found->line : question.line,
                  "expected a text as '" + std::string(key) + "', found " + (found ? describe(*found) : "none"));
  }
  return found->text;
}

/// A list of texts, at least `least`.
Result<std::vector<std::string>> needTexts(const LayoutInput &input, const JsonNode *node, size_t least,
                                           const std::string &what, int line) {
  std::vector<std::string> texts;
  for (const JsonNode &item : node ? std::span<const JsonNode>(node->items) : std::span<const JsonNode>()) {
    if (item.kind == JsonNode::Kind::Text) {
      texts.push_back(item.text);
    }
  }
  if (!node || node->kind != JsonNode::Kind::Array || texts.size() != node->items.size() || texts.size() < least) {
    return failAt(input, node ? node->line : line,
                  "expected " + what + ", a list of at least " + std::to_string(least) + " texts, found " +
                      (node ? describe(*node) : "none"));
  }
  return texts;
}

/// Reads one file.
class C3Reader {
public:
  explicit C3Reader(const LayoutInput &input) : input(input) { out.before = input.before; }

  Result<LayoutRows> read() {
    const Result<JsonNode> root = parseJsonTree(input.text, input.path);
    if (!root) {
      return fail(root);
    }
    if (root->kind != JsonNode::Kind::Array) {
      return failAt(input, root->line, "expected a list of passages, found " + describe(*root));
    }
    for (const JsonNode &passage : root->items) {
      if (const Result<void> done = readPassage(passage); !done) {
        return fail(done);
      }
    }
    if (doubled > 0) {
      out.notes.push_back(std::to_string(doubled) + (doubled == 1 ? " question has" : " questions have") +
                          " two choices that equal the answer: the first counts");
    }
    return std::move(out);
  }

private:
  Result<void> readPassage(const JsonNode &passage) {
    if (passage.kind != JsonNode::Kind::Array || passage.items.size() < 2 ||
        passage.items[1].kind != JsonNode::Kind::Array) {
      return failAt(input, passage.line,
                    "expected [[lines of the context], [questions], id], found " + describe(passage));
    }
    const Result<std::vector<std::string>> lines = needTexts(input, &passage.items[0], 1, "the context", passage.line);
    if (!lines) {
      return fail(lines);
    }
    std::string context;
    for (const std::string &line : *lines) {
      context += (context.empty() ? "" : "\n") + line;
    }
    for (const JsonNode &question : passage.items[1].items) {
      if (const Result<void> done = readQuestion(question, context); !done) {
        return done;
      }
    }
    return {};
  }

  Result<void> readQuestion(const JsonNode &question, const std::string &context) {
    Result<std::string> text = needText(input, question, "question");
    Result<std::vector<std::string>> choices =
        text ? needTexts(input, question.find("choice"), 2, "'choice'", question.line) : fail(text);
    if (!choices) {
      return fail(choices);
    }
    Row row;
    row.line = question.line;
    row.id = out.number();
    if (const JsonNode *id = question.find("id")) {
      if (id->kind != JsonNode::Kind::Integer && id->kind != JsonNode::Kind::Text) {
        return failAt(input, id->line, "expected an integer or a text as 'id', found " + describe(*id));
      }
      row.id = id->kind == JsonNode::Kind::Integer ? RowId(id->integer) : RowId(id->text);
    }
    if (input.labelled) {
      const Result<std::string> answer = needText(input, question, "answer");
      if (!answer) {
        return fail(answer);
      }
      const auto found = std::ranges::find(*choices, *answer);
      if (found == choices->end()) {
        return failAt(input, question.line, "the answer '" + excerpt(*answer) + "' is none of the choices");
      }
      doubled += std::find(found + 1, choices->end(), *answer) == choices->end() ? 0 : 1;
      row.gold = static_cast<int32_t>(found - choices->begin());
    }
    const TaskKind &kind = *input.task.kind;
    addField(kind, {context}, row);
    addField(kind, {std::move(*text)}, row);
    addField(kind, std::move(*choices), row);
    return takeRow(input, std::move(row), true, out);
  }

  const LayoutInput &input;
  LayoutRows out;
  int64_t doubled = 0;
};

} // namespace

Result<LayoutRows> readC3Rows(const LayoutInput &input) { return C3Reader(input).read(); }

} // namespace clew
